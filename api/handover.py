"""Brings stored packages and records to the workflow of their project, now or after a crash."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from uuid import UUID

import structlog

from api.errors import AnswerPending, ApiError, Conflict, TemporalUnavailable
from api.live import ended
from api.temporal import Workflows
from db.intake import Intake
from db.models import RecordedKind
from db.queries import ProjectQueries
from documents.facts import InvalidFacts, parse_facts
from documents.plan import Plan
from documents.planning import plan_for
from documents.vocabulary import RecordKind
from workflows.messages import AcceptPackage, NoteRecord

PAUSE_SECONDS = 20.0
"""Between two sweeps."""


class Handover:
    """The row is written first, so whatever happens afterwards, a sweep finishes the work."""

    def __init__(self, intake: Intake, projects: ProjectQueries, workflows: Workflows) -> None:
        self._intake = intake
        self._projects = projects
        self._workflows = workflows
        self._stopping = asyncio.Event()
        self._log = structlog.get_logger("api.handover")

    async def accept(self, project_id: UUID, plan: Plan | None = None) -> None:
        """Have the project's workflow accept the stored package; harmless to repeat.

        The person who stored the facts is the one who accepts.
        """
        view = await self._projects.get(project_id)
        stored = (await self._projects.records(project_id)).get(RecordedKind.FACTS)
        if view is None or stored is None:
            raise LookupError(f"project {project_id} has no stored facts")
        if plan is None:
            facts = parse_facts(stored.record.body)
            plan = await asyncio.to_thread(plan_for, facts)
        package = AcceptPackage(
            plan=plan, actor=stored.recorded_by.email, auto_draft=view.project.auto_draft
        )
        await self._workflows.accept_package(project_id, package, f"accept/{stored.record.id}")

    async def announce(
        self, project_id: UUID, kind: RecordKind, record: UUID, actor: str, *, again: str = ""
    ) -> None:
        """Tell the project's workflow of a stored record.

        ``again`` is set when equal content was announced before and counts as the newest now.
        """
        await self._workflows.note_record(
            project_id,
            NoteRecord(kind=kind, record_id=record, actor=actor),
            f"note/{record}/{again}" if again else f"note/{record}",
        )

    @asynccontextmanager
    async def sweeping(self) -> AsyncGenerator[None]:
        """Sweep now and then for the length of the block."""
        task = asyncio.create_task(self._sweep_for_ever(), name="handover")
        try:
            yield
        finally:
            self._stopping.set()
            await ended(task)

    async def _sweep_for_ever(self) -> None:
        while not self._stopping.is_set():
            try:
                await self.sweep()
            except Exception as error:  # a database that is away comes back
                self._log.warning("sweep failed", reason=repr(error))
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), PAUSE_SECONDS)

    async def sweep(self) -> None:
        """Hand over what a crash, or a missing worker, left behind."""
        for project_id in await self._intake.unstarted():
            try:
                await self.accept(project_id)
            except (AnswerPending, TemporalUnavailable):
                return  # nobody answers: the others have to wait too
            except (ApiError, InvalidFacts) as error:
                self._log.error("package refused", project_id=str(project_id), reason=str(error))
        for record in await self._intake.unannounced():
            kind = RecordKind(record.kind.value)
            try:
                recorded = (await self._projects.records(record.project_id))[record.kind]
                await self.announce(record.project_id, kind, record.id, recorded.recorded_by.email)
            except (AnswerPending, TemporalUnavailable):
                return
            except Conflict:
                await self._intake.mark_announced(record.id)  # closed: nobody waits for it
            except ApiError as error:
                self._log.error("record refused", record_id=str(record.id), reason=str(error))
