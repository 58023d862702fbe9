"""The only writer of phase, document, approval, notification, audit and progress rows.

Every message is an ``Entry``: the workflow that writes it counts ``seq``. State, audit row and
progress event are written in one transaction keyed by (workflow id, seq), so a retry or a late
duplicate changes nothing.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from pydantic import BaseModel, ConfigDict
from temporalio import activity

from activities.rendering import RenderedFiles
from documents.office_time import approval_times
from documents.plan import Assignee, Plan
from documents.vocabulary import (
    ApprovalStatus,
    DocumentStatus,
    GenerationStatus,
    Phase,
    PhaseStatus,
    ProjectStatus,
    RecordKind,
)

if TYPE_CHECKING:
    from db.contract_file import ContractFiles
    from db.projection import Projection


class ApprovalTerm(BaseModel):
    """How long a signature may take (rule D51)."""

    model_config = ConfigDict(frozen=True)

    requested: datetime
    """UTC; when the signature was asked for."""
    business_days: int
    """After which it is due, at the office's close of business."""


class ApprovalTimes(BaseModel):
    """When a signature is due and when its holder is reminded; UTC."""

    model_config = ConfigDict(frozen=True)

    due: datetime
    reminders: tuple[datetime, ...]
    escalation: datetime | None = None
    """When the holder's superior is told; also one of the reminders."""


class Entry(BaseModel):
    """Who writes (workflow id) and the how-manieth entry of that workflow it is."""

    model_config = ConfigDict(frozen=True)

    project_id: UUID
    workflow_id: str
    seq: int


class OpenProject(Entry):
    plan: Plan
    actor: str
    """E-mail of the person who accepted the requirements package."""
    provisional: bool = False
    """The plan rests on a provisional package: nobody has accepted one."""
    facts_id: UUID | None = None
    """The stored package that the plan was made from."""


class ReviseProject(Entry):
    plan: Plan
    facts_id: UUID
    """The stored package; it counts once this is written."""
    actor: str
    auto_draft: bool | None = None
    provisional: bool = False
    why: str = ""
    changed_phases: tuple[Phase, ...] = ()
    """Phases that get or lose documents."""


class DocumentsStale(Entry):
    """What was found of documents that were made from an earlier package."""

    facts_id: UUID
    """The package that they were compared with."""
    because: dict[str, tuple[str, ...]]
    """By code: paths of the facts that have changed. Other documents are not stale."""


class ProjectChange(Entry):
    status: ProjectStatus
    phase: Phase
    message: str


class RecordNoted(Entry):
    kind: RecordKind
    record_id: UUID
    actor: str


class PhaseChange(Entry):
    phase: Phase
    status: PhaseStatus
    message: str


class TransitionRequested(Entry):
    phase: Phase
    round: int
    requested_by: str
    gatekeeper: Assignee
    blocking: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


class TransitionDecided(Entry):
    phase: Phase
    round: int
    actor: str
    approved: bool
    comments: str
    facts_id: UUID | None = None
    """The package that the phase knows; ``None``: it is not compared."""


class DocumentChange(Entry):
    code: str
    version: int
    status: DocumentStatus
    generation: GenerationStatus
    message: str
    actor: str
    error: str = ""


class ApprovalsRequested(Entry):
    code: str
    version: int
    content_sha256: str
    files: RenderedFiles
    agent: str
    drafter: Assignee
    approvers: tuple[Assignee, ...]
    term: ApprovalTerm
    """Of the first signature."""
    asked: tuple[int, ...] = (1,)
    """The signatures, from 1, that are asked for at once."""
    note: str = ""
    """What the person who submitted the version says about it."""
    quality_score: int | None = None
    """0 to 100, as stated by that person; ``None``: nobody has rated this version."""
    calendar_version: str = ""
    """By which calendar the days in it were counted; empty: a person made it."""
    facts_id: UUID | None = None
    """The package that it was made from; ``None``: the one that counts now."""
    quoted_sha256: str | None = None
    """Of everything that its type quotes from that package and the records."""


class DecisionRecorded(Entry):
    code: str
    version: int
    step: int
    actor: str
    status: ApprovalStatus
    comments: str
    sha256: str
    """Hash of the DOCX that was decided on."""
    next_term: ApprovalTerm | None = None
    """Of the signature that is asked for next, if one is."""
    completes: bool | None = None
    """Whether no further signature is needed; ``None``: it is the last of a serial chain."""


class ApprovalDelegated(Entry):
    code: str
    version: int
    step: int
    delegate: Assignee
    delegated_from: Assignee
    reason: str
    by: str = ""
    """E-mail of the administrator who arranged it; empty: the signer did."""


class ApproversAdded(Entry):
    code: str
    version: int
    approvers: tuple[Assignee, ...]
    first_step: int
    """The step of the first of them; the others follow."""
    requested_by: str
    due: datetime | None = None
    """UTC; set when they are asked at once."""


class ReminderSent(Entry):
    code: str
    version: int
    step: int
    approver: Assignee
    overdue: bool
    due: datetime
    escalated: bool = False
    """The holder's superior is told too."""


class GatekeeperReminded(Entry):
    phase: Phase
    round: int
    gatekeeper: Assignee


class RecordActivities:
    """Writes what workflows decide. Every method is idempotent."""

    def __init__(self, projection: Projection, contract_files: ContractFiles) -> None:
        self._projection = projection
        self._contract_files = contract_files

    @activity.defn
    async def open_project(self, entry: OpenProject) -> None:
        """Create phases, steps, the checklist and the team from the plan."""
        await self._projection.open_project(entry)

    @activity.defn
    async def revise_project(self, entry: ReviseProject) -> None:
        """Let a stored package count, with its plan, team and checklist.

        Raises:
            PhaseClosed: a phase that would get or lose documents has passed its gate.
        """
        await self._projection.revise_project(entry)

    @activity.defn
    async def change_project(self, entry: ProjectChange) -> None:
        await self._projection.change_project(entry)

    @activity.defn
    async def note_record(self, entry: RecordNoted) -> None:
        await self._projection.note_record(entry)

    @activity.defn
    async def change_phase(self, entry: PhaseChange) -> None:
        await self._projection.change_phase(entry)

    @activity.defn
    async def request_transition(self, entry: TransitionRequested) -> None:
        await self._projection.request_transition(entry)

    @activity.defn
    async def decide_transition(self, entry: TransitionDecided) -> None:
        await self._projection.decide_transition(entry)

    @activity.defn
    async def change_document(self, entry: DocumentChange) -> None:
        await self._projection.change_document(entry)

    @activity.defn
    async def request_approvals(self, entry: ApprovalsRequested) -> ApprovalTimes:
        """Store the version, void what it replaces, and ask the first signer."""
        times = await self._times(entry.project_id, entry.term)
        await self._projection.request_approvals(entry, times.due)
        return times

    @activity.defn
    async def record_decision(self, entry: DecisionRecorded) -> ApprovalTimes | None:
        """Write a decision, and ask the next signer if there is one; returns that one's times."""
        if entry.next_term is None:
            await self._projection.record_decision(entry)
            return None
        times = await self._times(entry.project_id, entry.next_term)
        await self._projection.record_decision(entry, times.due)
        return times

    @activity.defn
    async def record_delegation(self, entry: ApprovalDelegated) -> None:
        await self._projection.record_delegation(entry)

    @activity.defn
    async def add_approvers(self, entry: ApproversAdded) -> None:
        await self._projection.add_approvers(entry)

    @activity.defn
    async def remind_gatekeeper(self, entry: GatekeeperReminded) -> None:
        await self._projection.remind_gatekeeper(entry)

    @activity.defn
    async def record_reminder(self, entry: ReminderSent) -> str | None:
        """Remind a signer; returns name and position of the superior who was told, if one was."""
        await self._projection.record_reminder(entry)
        return await self._projection.superior(entry) if entry.escalated else None

    async def _times(self, project_id: UUID, term: ApprovalTerm) -> ApprovalTimes:
        file = await self._contract_files.read(project_id)
        times = approval_times(
            file.facts.project.office.time_zone, term.requested, term.business_days, file.calendar
        )
        return ApprovalTimes(due=times.due, reminders=times.reminders, escalation=times.escalation)
