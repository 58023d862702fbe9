"""The only writer of what workflows decide: state, audit, notices and event in one transaction.

Every entry is keyed by the workflow that wrote it and that workflow's own count. An entry that was
written before changes nothing, so activities may be repeated at will.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, TypeVar
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.exc import DBAPIError

from db.models import User
from db.projection import approvals, batches, documents, projects, signers
from db.projection.escalation import superior_of
from db.projection.writing import (
    CHANNEL,
    AlreadyDecided,
    DifferentContent,
    DrafterCannotApprove,
    EntryRefused,
    Event,
    Notice,
    PackageChanged,
    PhaseClosed,
    UnknownPerson,
    UnstorableEntry,
    Writing,
)
from db.session import UNSTORABLE, Sessions, sqlstate, transaction

if TYPE_CHECKING:
    from activities.progress import Task
    from activities.records import (
        ApprovalDelegated,
        ApprovalsRequested,
        ApproversAdded,
        DecisionRecorded,
        DocumentChange,
        DocumentsStale,
        Entry,
        GatekeeperReminded,
        OpenProject,
        PhaseChange,
        ProjectChange,
        RecordNoted,
        ReminderSent,
        ReviseProject,
        TransitionDecided,
        TransitionRequested,
    )

    AnyEntry = TypeVar("AnyEntry", bound=Entry)

__all__ = [
    "CHANNEL",
    "AlreadyDecided",
    "DifferentContent",
    "DrafterCannotApprove",
    "EntryRefused",
    "Event",
    "Notice",
    "PackageChanged",
    "PhaseClosed",
    "Projection",
    "UnknownPerson",
    "UnstorableEntry",
    "Writing",
]


class Projection:
    """Writes entries. Safe to share between tasks; entries of one project wait for each other.

    Every method may raise EntryRefused, by one of its subclasses: trying again cannot help.
    """

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    async def open_project(self, entry: OpenProject) -> None:
        """Create team, phases, steps and checklist."""
        await self._write(entry, projects.open_project)

    async def revise_project(self, entry: ReviseProject) -> None:
        """Let another package count."""
        await self._write(entry, projects.revise_project)

    async def mark_stale(self, entry: DocumentsStale) -> None:
        """Mark the documents that were made from an earlier package, and unmark the others."""
        await self._write(entry, documents.mark_stale)

    async def change_project(self, entry: ProjectChange) -> None:
        await self._write(entry, projects.change_project)

    async def note_record(self, entry: RecordNoted) -> None:
        await self._write(entry, projects.note_record)

    async def change_phase(self, entry: PhaseChange) -> None:
        await self._write(entry, projects.change_phase)

    async def request_transition(self, entry: TransitionRequested) -> None:
        """Ask the gatekeeper."""
        await self._write(entry, projects.request_transition)

    async def remind_gatekeeper(self, entry: GatekeeperReminded) -> None:
        """Remind the gatekeeper of a gate that is not decided."""
        await self._write(entry, projects.remind_gatekeeper)

    async def decide_transition(self, entry: TransitionDecided) -> None:
        """Write the gatekeeper's decision."""
        await self._write(entry, projects.decide_transition)

    async def change_document(self, entry: DocumentChange) -> None:
        await self._write(entry, documents.change_document)

    async def request_approvals(self, entry: ApprovalsRequested, due: datetime) -> None:
        """Store the version, void what it replaces, ask the first signer until ``due`` (UTC)."""
        await self._write(entry, partial(approvals.request_approvals, due=due))

    async def record_decision(
        self, entry: DecisionRecorded, next_due: datetime | None = None
    ) -> None:
        """Write a signer's decision; who is asked next has until ``next_due`` (UTC)."""
        await self._write(entry, partial(approvals.record_decision, next_due=next_due))

    async def record_delegation(self, entry: ApprovalDelegated) -> None:
        """Let another person sign; both names stay."""
        await self._write(entry, signers.record_delegation)

    async def add_approvers(self, entry: ApproversAdded) -> None:
        """Ask for more signatures on a version."""
        await self._write(entry, signers.add_approvers)

    async def record_reminder(self, entry: ReminderSent) -> None:
        await self._write(entry, approvals.record_reminder)

    async def superior(self, entry: ReminderSent) -> str | None:
        """Name and position of whoever an escalation went to; ``None``: the team has nobody."""
        async with self._sessions() as session:
            holder = await session.scalar(
                select(User.id).where(User.email == entry.approver.email.lower())
            )
            if holder is None:
                return None
            position = entry.approver.position
            found = await superior_of(session, entry.project_id, position, holder)
            return f"{found[0].name}, {found[1].label}" if found else None

    async def report(self, task: Task, percentage: int, message: str) -> None:
        """Publish one step of progress; the same percentage of a task is published once."""
        await self._publish(
            task.project_id,
            task.workflow_id,
            f"p{percentage}",
            lambda writing: documents.report(writing, task, percentage, message),
        )

    async def _write(
        self, entry: AnyEntry, apply: Callable[[Writing, AnyEntry], Awaitable[Event]]
    ) -> None:
        await self._publish(
            entry.project_id,
            entry.workflow_id,
            f"t{entry.seq}",
            lambda writing: apply(writing, entry),
        )

    async def _publish(
        self,
        project_id: UUID,
        workflow_id: str,
        key: str,
        apply: Callable[[Writing], Awaitable[Event]],
    ) -> None:
        try:
            async with transaction(self._sessions) as session:
                writing = await Writing.begin(session, project_id)
                # Under the lock, so of two copies of an entry the second finds the first.
                if not await writing.was_published(workflow_id, key):
                    await writing.publish(workflow_id, key, await apply(writing))
                    await batches.advance(writing, workflow_id)
        except DBAPIError as error:
            if sqlstate(error).startswith(UNSTORABLE):
                raise UnstorableEntry("it holds a value that cannot be stored") from error
            raise
