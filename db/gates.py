"""What gates look at as it is stored, and the written reasons for passing them with warnings."""

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID, uuid4

from sqlalchemy import select

from db.models import GateWaiver, Project, ProjectDeadline, ProjectDocument, ProjectMember, User
from db.projection.writing import Event, Writing
from db.recorded_events import recorded_days
from db.session import Sessions, transaction
from documents.computed import Computed
from documents.gating import Progress, gate_facts
from documents.vocabulary import DocumentStatus, Phase
from rules.checks import Finding
from rules.gates import GateState, Unmet, gate_states, phase_states


class ComputedFile(Protocol):
    """What follows from the facts and records of a project."""

    def computed(self) -> Computed: ...


@dataclass(frozen=True, slots=True)
class WaiverView:
    waiver: GateWaiver
    waived_by: User


class GateStore:
    """Reads how far projects are and keeps waivers."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    async def progress(self, project_id: UUID) -> Progress:
        """How far the project is; raises LookupError for an unknown one."""
        async with self._sessions() as session:
            project = await session.get(Project, project_id)
            if project is None:
                raise LookupError(f"there is no project {project_id}")
            documents = tuple(
                await session.scalars(
                    select(ProjectDocument).where(
                        ProjectDocument.project_id == project_id, ProjectDocument.is_required
                    )
                )
            )
            deadlines = await session.execute(
                select(
                    ProjectDeadline.rule, ProjectDeadline.due_at, ProjectDeadline.completed_at
                ).where(ProjectDeadline.project_id == project_id)
            )
            positions = await session.scalars(
                select(ProjectMember.position).where(ProjectMember.project_id == project_id)
            )
            return Progress(
                accepted=project.facts_accepted,
                planned=frozenset(document.code for document in documents),
                approved=frozenset(
                    document.code
                    for document in documents
                    if document.status is DocumentStatus.APPROVED
                ),
                needed_records=frozenset(
                    kind for document in documents for kind in document.records
                ),
                recorded=await recorded_days(session, project_id),
                deadlines={rule: (due, done is not None) for rule, due, done in deadlines},
                positions=frozenset(position.value for position in positions),
                now=await Writing.clock(session),
            )

    async def states(
        self, project_id: UUID, file: ComputedFile, findings: Sequence[Finding] = ()
    ) -> tuple[GateState, ...]:
        """All gates as they stand; raises InvalidFacts."""
        progress = await self.progress(project_id)
        computed = await asyncio.to_thread(file.computed)
        return gate_states(gate_facts(computed, progress, findings))

    async def unmet(self, project_id: UUID, phase: Phase, file: ComputedFile) -> tuple[Unmet, ...]:
        """What the gates of a phase still ask for, open items and contradictions left out."""
        progress = await self.progress(project_id)
        computed = await asyncio.to_thread(file.computed)
        facts = gate_facts(computed, progress).model_copy(update={"open_items": ()})
        return tuple(unmet for state in phase_states(facts, phase.value) for unmet in state.unmet)

    async def waive(
        self,
        project_id: UUID,
        gate: str,
        check: str,
        warnings: Sequence[str],
        reason: str,
        by: User,
    ) -> WaiverView:
        """Keep the reason for which these warnings of a check do not hold the gate."""
        async with transaction(self._sessions) as session:
            writing = await Writing.begin(session, project_id)
            waiver = GateWaiver(
                id=uuid4(),
                project_id=project_id,
                gate=gate,
                check=check,
                warnings=list(warnings),
                reason=reason,
                waived_by=by.id,
                waived_at=writing.now,
            )
            session.add(waiver)
            await session.flush()
            await writing.audit(
                "warning_waived",
                ("gate_waiver", waiver.id),
                by=by.id,
                after={"gate": gate, "check": check, "warnings": list(warnings)},
                why=reason,
            )
            message = f"{by.name} gave a reason for {check} at gate {gate}"
            payload = {"gate": gate, "check": check, "message": message}
            await writing.publish(f"waiver/{waiver.id}", "waived", Event("warning_waived", payload))
            return WaiverView(waiver, by)

    async def waivers(self, project_id: UUID) -> tuple[WaiverView, ...]:
        """Every reason that was given, the newest first."""
        query = (
            select(GateWaiver, User)
            .join(User, User.id == GateWaiver.waived_by)
            .where(GateWaiver.project_id == project_id)
            .order_by(GateWaiver.waived_at.desc())
        )
        async with self._sessions() as session:
            return tuple(WaiverView(*row) for row in await session.execute(query))

    async def unexplained(self, project_id: UUID, warnings: Collection[str]) -> tuple[str, ...]:
        """Those of the warnings for which nobody has given a reason."""
        given = {text for view in await self.waivers(project_id) for text in view.waiver.warnings}
        return tuple(warning for warning in warnings if warning not in given)
