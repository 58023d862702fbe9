"""What the API writes about projects: the intake row, stated facts and records.

Everything else about a project is written by its workflows, through ``db.projection``.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from hashlib import sha256
from typing import Any, TypeVar
from uuid import UUID, uuid4, uuid5

from sqlalchemy import delete, exists, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from db.models import (
    AuditLog,
    Project,
    ProjectDocument,
    ProjectMember,
    ProjectPhase,
    ProjectRecord,
    ProjectStep,
    RecordedKind,
    User,
)
from db.projection.default_steps import DEFAULT_STEPS
from db.projection.projects import lay_out_checklist
from db.projection.writing import Event, Notice, Writing
from db.session import Sessions, transaction
from documents.facts import Facts
from documents.identity import phase_id, project_page, project_workflow_id, record_id
from documents.plan import PlannedDocument
from documents.provisional import Holder
from documents.vocabulary import (
    Phase,
    PhaseStatus,
    Position,
    ProjectStatus,
    ProjectType,
    StepStatus,
)

ACCEPTED, PROVISIONAL = "accepted", "provisional"
"""The statements of requirements packages."""
PROPOSED = datetime(1970, 1, 1, tzinfo=UTC)
"""When a package was recorded that was never in force: before every other."""

Row = TypeVar("Row", ProjectStep, ProjectPhase, ProjectDocument)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewProject:
    """What a person states when a project is created; money in USD."""

    name: str
    description: str | None = None
    project_type: ProjectType
    estimated_value: Decimal | None = None
    contracting_officer_id: UUID | None = None
    program_manager_id: UUID | None = None
    start_date: date | None = None
    target_completion_date: date | None = None
    auto_draft: bool = False


@dataclass(frozen=True, slots=True)
class StoredRecord:
    """A recorded statement. Recording equal content again gives the same id."""

    id: UUID
    sha256: str


class Intake:
    """Writes what people state about a project, each call in one transaction."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    async def create_project(self, new: NewProject, by: UUID, id: UUID | None = None) -> Project:
        """Insert the intake row; with an ``id`` that exists already, return what is there."""
        project_id = id or uuid4()
        async with transaction(self._sessions) as session:
            created = await session.scalar(
                insert(Project)
                .values(
                    id=project_id,
                    name=new.name,
                    description=new.description,
                    project_type=new.project_type,
                    estimated_value=new.estimated_value,
                    contracting_officer_id=new.contracting_officer_id,
                    program_manager_id=new.program_manager_id,
                    start_date=new.start_date,
                    target_completion_date=new.target_completion_date,
                    auto_draft=new.auto_draft,
                    created_by=by,
                )
                .on_conflict_do_nothing()
                .returning(Project.id)
            )
            if created is not None:
                await session.execute(insert(ProjectPhase).values(_phases(project_id)))
                session.add(_audit(by, project_id, "project_created", after={"name": new.name}))
            return await session.get_one(Project, project_id)

    async def change_project(
        self, project_id: UUID, changes: Mapping[str, Any], by: UUID
    ) -> Project | None:
        """Set columns that people keep (name, description, dates, people); ``None`` if unknown."""
        async with transaction(self._sessions) as session:
            project = await session.get(Project, project_id, with_for_update=True)
            if project is None:
                return None
            before = {name: _plain(getattr(project, name)) for name in changes}
            for name, value in changes.items():
                setattr(project, name, value)
            after = {name: _plain(value) for name, value in changes.items()}
            session.add(_audit(by, project_id, "project_edited", before=before, after=after))
            return project

    async def cancel_project(self, project_id: UUID, by: User) -> None:
        """Close a project for good and tell its team; nothing is erased. Harmless to repeat."""
        workflow_id = project_workflow_id(project_id)
        async with transaction(self._sessions) as session:
            writing = await Writing.begin(session, project_id)
            if await writing.was_published(workflow_id, "cancelled"):
                return
            project = await session.get_one(Project, project_id, populate_existing=True)
            before, message = project.overall_status, f"{by.name} has cancelled {project.name}"
            project.overall_status = ProjectStatus.CANCELLED
            await session.flush()
            await writing.audit(
                "project_cancelled",
                ("project", project_id),
                by=by.id,
                before={"status": before},
                after={"status": ProjectStatus.CANCELLED},
                why=message,
            )
            team = select(ProjectMember.user_id).where(ProjectMember.project_id == project_id)
            for member in await session.scalars(
                select(User).where(User.id.in_(team), User.id != by.id).order_by(User.email)
            ):
                await writing.tell(
                    member,
                    Notice(
                        key=f"cancelled/{project_id}",
                        type="project_cancelled",
                        title=f"{project.name}: cancelled",
                        message=f"{message}. Nothing has to be done; the file is kept.",
                        link=project_page(project_id),
                    ),
                )
            payload = {
                "phase": project.current_phase,
                "status": ProjectStatus.CANCELLED,
                "message": message,
            }
            await writing.publish(workflow_id, "cancelled", Event("phase_update", payload))

    async def create_default_steps(self, phase: ProjectPhase, by: UUID) -> int:
        """Add the checklist of work that every phase starts with; returns how many were missing."""
        rows = [
            {
                "id": uuid5(phase.id, f"step/{order}"),
                "phase_id": phase.id,
                "project_id": phase.project_id,
                "step_name": name,
                "step_order": order,
                "requires_approval": requires_approval,
            }
            for order, (name, requires_approval) in enumerate(DEFAULT_STEPS[phase.phase_name], 1)
        ]
        async with transaction(self._sessions) as session:
            statement = insert(ProjectStep).values(rows).on_conflict_do_nothing()
            added = len((await session.scalars(statement.returning(ProjectStep.id))).all())
            if added:
                entry = _audit(by, phase.project_id, "steps_created", after={"count": added})
                entry.entity_type, entry.entity_id = "phase", phase.id
                session.add(entry)
            return added

    async def remove_duplicate_steps(self, phase: ProjectPhase, by: UUID) -> int:
        """Delete steps that repeat an earlier one's name and that nobody has begun."""
        earlier = aliased(ProjectStep)
        repeated = exists().where(
            earlier.phase_id == ProjectStep.phase_id,
            earlier.step_name == ProjectStep.step_name,
            earlier.step_order < ProjectStep.step_order,
        )
        statement = (
            delete(ProjectStep)
            .where(
                ProjectStep.phase_id == phase.id,
                ProjectStep.status == StepStatus.NOT_STARTED,
                ProjectStep.notes.is_(None),
                repeated,
            )
            .returning(ProjectStep.step_name)
            .execution_options(synchronize_session=False)
        )
        async with transaction(self._sessions) as session:
            names = list(await session.scalars(statement))
            if names:
                entry = _audit(by, phase.project_id, "steps_removed", before={"steps": names})
                entry.entity_type, entry.entity_id = "phase", phase.id
                session.add(entry)
            return len(names)

    async def record_provisional(self, project_id: UUID, facts: Facts, by: UUID) -> StoredRecord:
        """Store a package that nobody has accepted; the project can be started with it."""
        body = facts.model_dump(mode="json")
        return await self.record(project_id, RecordedKind.FACTS, body, by, PROVISIONAL)

    async def lay_out(
        self, project_id: UUID, documents: Iterable[PlannedDocument], by: User
    ) -> None:
        """Make steps and checklist of a project that cannot be planned yet, once.

        A document whose drafter has no name is assigned to ``by``.
        """
        workflow_id = project_workflow_id(project_id)
        async with transaction(self._sessions) as session:
            writing = await Writing.begin(session, project_id)
            if await writing.was_published(workflow_id, "laid out"):
                return
            planned = tuple(documents)
            await lay_out_checklist(writing, planned, by)
            message = f"{len(planned)} documents are expected"
            payload = {
                "phase": Phase.PRE_SOLICITATION,
                "status": PhaseStatus.NOT_STARTED,
                "message": message,
            }
            await writing.publish(workflow_id, "laid out", Event("phase_update", payload))

    async def holders(self) -> tuple[Holder, ...]:
        """Active accounts with the positions that they hold, by themselves or on any project."""
        query = (
            select(User, ProjectMember.position)
            .outerjoin(ProjectMember, ProjectMember.user_id == User.id)
            .where(User.is_active)
            .distinct()
        )
        found: dict[UUID, Holder] = {}
        async with self._sessions() as session:
            for user, position in await session.execute(query):
                known = found.get(user.id) or Holder(
                    user.email, user.name, frozenset(map(Position, user.positions))
                )
                positions = {*known.positions, position} if position else known.positions
                found[user.id] = Holder(user.email, user.name, frozenset(positions))
        return tuple(found.values())

    async def record_facts(
        self, project_id: UUID, facts: Facts, by: UUID, *, auto_draft: bool | None = None
    ) -> StoredRecord:
        """Store an accepted requirements package and mark the project as ready to be started."""
        body = facts.model_dump(mode="json")
        changes: dict[str, Any] = {
            "facts_accepted": True,
            "solicitation_piid": facts.project.solicitation_piid,
            "contract_piid": facts.project.contract_piid,
        }
        if auto_draft is not None:
            changes["auto_draft"] = auto_draft
        async with transaction(self._sessions) as session:
            stored = await _state(session, project_id, RecordedKind.FACTS, body, by, ACCEPTED)
            await session.execute(update(Project).where(Project.id == project_id).values(changes))
        return stored

    async def record(
        self,
        project_id: UUID,
        kind: RecordedKind,
        body: Mapping[str, Any],
        by: UUID,
        statement: str,
    ) -> StoredRecord:
        """Store one statement; ``body`` is JSON that fits the kind's schema.

        Equal content is stored once: stating it again makes it the newest of its kind, to be
        announced anew. Repeating a ``statement`` with equal content changes nothing.
        """
        async with transaction(self._sessions) as session:
            return await _state(session, project_id, kind, body, by, statement)

    async def propose(self, project_id: UUID, facts: Facts, by: UUID) -> StoredRecord:
        """Store a package that counts only once the project's workflow has put it in force."""
        body = facts.model_dump(mode="json")
        digest = _digest(body)
        key = record_id(project_id, RecordedKind.FACTS, digest)
        async with transaction(self._sessions) as session:
            await session.execute(
                insert(ProjectRecord)
                .values(
                    id=key,
                    project_id=project_id,
                    kind=RecordedKind.FACTS,
                    sha256=digest,
                    body=body,
                    recorded_by=by,
                    recorded_at=PROPOSED,
                )
                .on_conflict_do_nothing()
            )
        return StoredRecord(key, digest)

    async def mark_announced(self, record: UUID) -> None:
        """Note that the project's workflow knows of a record that needs no entry of its own."""
        async with transaction(self._sessions) as session:
            await session.execute(
                update(ProjectRecord).where(ProjectRecord.id == record).values(announced=True)
            )

    async def unstarted(self) -> tuple[UUID, ...]:
        """Projects with a package whose workflow has not opened them yet."""
        packages = exists().where(
            ProjectRecord.project_id == Project.id, ProjectRecord.kind == RecordedKind.FACTS
        )
        query = (
            select(Project.id)
            .where(
                packages,
                ~Project.workflow_started,
                Project.overall_status != ProjectStatus.CANCELLED,
            )
            .order_by(Project.created_at)
        )
        async with self._sessions() as session:
            return tuple(await session.scalars(query))

    async def unannounced(self) -> tuple[ProjectRecord, ...]:
        """Records of started projects that their workflow may not know of, oldest first."""
        query = (
            select(ProjectRecord)
            .join(Project, Project.id == ProjectRecord.project_id)
            .where(
                ~ProjectRecord.announced,
                ProjectRecord.kind != RecordedKind.FACTS,
                Project.workflow_started,
                Project.overall_status != ProjectStatus.CANCELLED,
            )
            .order_by(ProjectRecord.recorded_at)
        )
        async with self._sessions() as session:
            return tuple(await session.scalars(query))

    async def note_draft_request(self, document: ProjectDocument, by: UUID) -> None:
        """Note that a person asked for a draft for which the planned drafter answers."""
        entry = _audit(by, document.project_id, "draft_requested", after={"code": document.code})
        entry.entity_type, entry.entity_id = "document", document.id
        async with transaction(self._sessions) as session:
            session.add(entry)

    async def change_step(
        self, step_id: UUID, changes: Mapping[str, Any], by: UUID
    ) -> ProjectStep | None:
        """Set columns of a step; ``None`` if unknown."""
        return await self._change(ProjectStep, step_id, "step", changes, by)

    async def change_phase_dates(
        self, phase_id: UUID, changes: Mapping[str, date | None], by: UUID
    ) -> ProjectPhase | None:
        """Set the planned start or end of a phase; its status belongs to its workflow."""
        return await self._change(ProjectPhase, phase_id, "phase", changes, by)

    async def change_document_notes(
        self, document_id: UUID, changes: Mapping[str, Any], by: UUID
    ) -> ProjectDocument | None:
        """Set notes, deadline or expiration date; the status belongs to the workflow."""
        return await self._change(ProjectDocument, document_id, "document", changes, by)

    async def _change(
        self, model: type[Row], key: UUID, kind: str, changes: Mapping[str, Any], by: UUID
    ) -> Row | None:
        async with transaction(self._sessions) as session:
            row = await session.get(model, key, with_for_update=True)
            if row is None:
                return None
            before = {name: _plain(getattr(row, name)) for name in changes}
            for name, value in changes.items():
                setattr(row, name, value)
            after = {name: _plain(value) for name, value in changes.items()}
            entry = _audit(by, row.project_id, f"{kind}_edited", before=before, after=after)
            entry.entity_type, entry.entity_id = kind, key
            session.add(entry)
            return row


async def _state(
    session: AsyncSession,
    project_id: UUID,
    kind: RecordedKind,
    body: Mapping[str, Any],
    by: UUID,
    statement: str,
) -> StoredRecord:
    digest = _digest(body)
    key = record_id(project_id, kind, digest)
    inserted = insert(ProjectRecord).values(
        id=key,
        project_id=project_id,
        kind=kind,
        sha256=digest,
        body=body,
        recorded_by=by,
        statement=statement,
    )
    is_news = await session.scalar(
        inserted.on_conflict_do_update(
            index_elements=[ProjectRecord.id],
            set_={
                "recorded_at": func.clock_timestamp(),
                "announced": False,
                "statement": statement,
            },
            # The request may have died between this transaction and its answer.
            where=ProjectRecord.statement != statement,
        ).returning(ProjectRecord.id)
    )
    if is_news:
        session.add(_audit(by, project_id, "recorded", after={"kind": kind, "sha256": digest}))
    return StoredRecord(key, digest)


def _digest(body: Mapping[str, Any]) -> str:
    text = json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return sha256(text.encode()).hexdigest()


def _phases(project_id: UUID) -> list[dict[str, Any]]:
    return [
        {
            "id": phase_id(project_id, phase),
            "project_id": project_id,
            "phase_name": phase,
            "phase_order": order,
        }
        for order, phase in enumerate(Phase, start=1)
    ]


def _audit(
    by: UUID,
    project_id: UUID,
    action: str,
    *,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> AuditLog:
    return AuditLog(
        user_id=by,
        project_id=project_id,
        action=action,
        entity_type="project",
        entity_id=project_id,
        changes={"before": before, "after": after, "why": ""},
    )


def _plain(value: object) -> object:
    """As the audit log keeps it: JSON has no dates, ids or decimals."""
    return value if value is None or isinstance(value, str | int | float | bool) else str(value)
