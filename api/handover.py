"""Brings stored packages and records to the workflow of their project, now or after a crash."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import structlog

from api.errors import AnswerPending, ApiError, Conflict, TemporalUnavailable
from api.live import ended
from api.temporal import Workflows
from db.intake import Intake
from db.models import RecordedKind, User
from db.queries import ProjectQueries, ProjectView
from documents.catalog import BY_RECORD
from documents.facts import Facts, InvalidFacts, Records, parse_facts
from documents.plan import Plan
from documents.planning import plan_for
from documents.provisional import Holder, OfficeEntries, Provisional, Stated, provisional
from documents.vocabulary import Position, RecordKind, Role
from runtime.settings import Settings
from workflows.messages import AcceptPackage, NoteRecord, RevisePackage, RevisionReceipt

PAUSE_SECONDS = 20.0
"""Between two sweeps."""


def office_of(settings: Settings) -> OfficeEntries:
    """The contracting office as the settings name it."""
    return OfficeEntries(
        name=settings.office_name,
        agency=settings.office_agency,
        aac=settings.office_aac,
        address=settings.office_address,
        email=settings.office_email,
        phone=settings.office_phone,
        time_zone=settings.office_time_zone,
    )


class Handover:
    """The row is written first, so whatever happens afterwards, a sweep finishes the work."""

    def __init__(
        self,
        intake: Intake,
        projects: ProjectQueries,
        workflows: Workflows,
        office: OfficeEntries,
    ) -> None:
        self._office = office
        self._intake = intake
        self._projects = projects
        self._workflows = workflows
        self._stopping = asyncio.Event()
        self._log = structlog.get_logger("api.handover")

    async def accept(self, project_id: UUID, plan: Plan | None = None) -> None:
        """Have the project's workflow accept the stored package; harmless to repeat.

        The person who stored the facts is the one who accepts.
        """
        package = await self._package(project_id, plan)
        await self._workflows.accept_package(project_id, package, f"accept/{package.facts_id}")

    async def _package(self, project_id: UUID, plan: Plan | None = None) -> AcceptPackage:
        view = await self._projects.get(project_id)
        stored = (await self._projects.records(project_id)).get(RecordedKind.FACTS)
        if view is None or stored is None:
            raise LookupError(f"project {project_id} has no stored facts")
        facts = parse_facts(stored.record.body)
        return AcceptPackage(
            plan=plan or await asyncio.to_thread(plan_for, facts),
            actor=stored.recorded_by.email,
            auto_draft=view.project.auto_draft,
            facts_id=stored.record.id,
            provisional=not view.project.facts_accepted,
            regime=facts.project.regime,
        )

    async def begin(self, project_id: UUID) -> tuple[str, ...]:
        """Give a project without a package its checklist, and start it if a plan is possible.

        Returns what a plan lacks, sentence by sentence; nothing when the project is started.
        Harmless to repeat: people who were missing may have been added.
        """
        view = await self._projects.get(project_id)
        if view is None:
            raise LookupError(f"there is no project {project_id}")
        if RecordedKind.FACTS in await self._projects.records(project_id):
            await self._workflows.start_project(project_id, await self._package(project_id))
            return ()
        creator = await self._projects.creator(project_id)
        found = await self._provisional(view, creator)
        missing = tuple(
            f"no active account holds the position {position.label}" for position in found.vacant
        )
        plan: Plan | None = None
        if not missing:
            try:
                plan = await asyncio.to_thread(plan_for, found.facts)
            except InvalidFacts as error:
                missing = error.problems
        if plan is None:
            await self._intake.lay_out(project_id, found.expected(), creator)
            return missing
        await self._intake.record_provisional(project_id, found.facts, creator.id)
        await self._intake.lay_out(project_id, plan.documents, creator)
        await self._workflows.start_project(project_id, await self._package(project_id, plan))
        return ()

    async def restate(self, project_id: UUID) -> None:
        """Make the provisional package anew after its project was changed."""
        view = await self._projects.get(project_id)
        stored = (await self._projects.records(project_id)).get(RecordedKind.FACTS)
        if view is None or stored is None or view.project.facts_accepted:
            return
        creator = await self._projects.creator(project_id)
        found = await self._provisional(view, creator)
        if not found.vacant and found.facts.model_dump(mode="json") != stored.record.body:
            plan = await asyncio.to_thread(plan_for, found.facts)
            await self.revise(project_id, found.facts, plan, creator, provisional=True)

    async def revise(
        self,
        project_id: UUID,
        facts: Facts,
        plan: Plan,
        by: User,
        *,
        request_id: str = "",
        auto_draft: bool | None = None,
        provisional: bool = False,
        regime_change_reason: str = "",
        released: bool = False,
        based_on: UUID | None = None,
    ) -> RevisionReceipt:
        """Store another package and have the project's workflow put it in force."""
        stored = await self._intake.propose(project_id, facts, by.id)
        return await self._workflows.revise_package(
            project_id,
            RevisePackage(
                request_id=request_id or str(uuid4()),
                plan=plan,
                facts_id=stored.id,
                actor=by.email,
                auto_draft=auto_draft,
                provisional=provisional,
                regime=facts.project.regime,
                regime_change_reason=regime_change_reason,
                released=released,
                based_on=based_on,
            ),
        )

    async def _provisional(self, view: ProjectView, creator: User) -> Provisional:
        project, office = view.project, self._office
        named = {
            Position.CONTRACTING_OFFICER: view.contracting_officer
            or (creator if creator.role is Role.CONTRACTING_OFFICER else None),
            Position.PROGRAM_MANAGER: view.program_manager
            or (creator if creator.role is Role.PROGRAM_MANAGER else None),
        }
        return await asyncio.to_thread(
            provisional,
            Stated(
                name=project.name,
                description=project.description or "",
                project_type=project.project_type,
                estimated_value=project.estimated_value,
                created=project.created_at.astimezone(ZoneInfo(office.time_zone)).date(),
            ),
            office,
            await self._intake.holders(),
            {
                position: Holder(person.email, person.name, frozenset())
                for position, person in named.items()
                if person is not None and person.is_active
            },
        )

    async def announce(
        self, project_id: UUID, kind: RecordKind, record: UUID, actor: str, statement: str
    ) -> None:
        """Tell the project's workflow of a stored record, and of the documents it calls for.

        Once per ``statement``, however often and by whomever it is announced.
        """
        await self._follow(project_id, f"{record}/{statement}", actor)
        await self._workflows.note_record(
            project_id,
            NoteRecord(kind=kind, record_id=record, actor=actor, statement=statement),
            f"note/{record}/{statement}",
        )

    async def planned(self, project_id: UUID, facts: Facts) -> Plan:
        """The plan of these facts with everything that is recorded; raises InvalidFacts."""
        found = await self._projects.records(project_id)
        records = Records.model_validate(
            {
                kind.value: view.record.body
                for kind, view in found.items()
                if kind is not RecordedKind.FACTS
            }
        )
        return await asyncio.to_thread(plan_for, facts, records=records)

    async def _follow(self, project_id: UUID, request_id: str, actor: str) -> None:
        """Let documents join and leave that are needed because of what happened.

        It comes before the record is announced: otherwise an award that waits for the review of
        a subcontracting plan could be drafted without it.
        """
        stored = (await self._projects.records(project_id)).get(RecordedKind.FACTS)
        if stored is None:
            return
        facts = parse_facts(stored.record.body)
        plan = await self.planned(project_id, facts)
        codes = frozenset(document.code for document in plan.documents)
        in_force = await self._projects.required_codes(project_id)
        if codes & BY_RECORD == in_force & BY_RECORD:
            return
        await self._workflows.revise_package(
            project_id,
            RevisePackage(
                request_id=f"record/{request_id}",
                plan=plan,
                facts_id=stored.record.id,
                actor=actor,
                regime=facts.project.regime,
            ),
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
                actor = recorded.recorded_by.email
                await self.announce(
                    record.project_id, kind, record.id, actor, statement=record.statement
                )
            except (AnswerPending, TemporalUnavailable):
                return
            except Conflict:
                await self._intake.mark_announced(record.id)  # closed: nobody waits for it
            except (ApiError, InvalidFacts) as error:
                self._log.error("record refused", record_id=str(record.id), reason=str(error))
