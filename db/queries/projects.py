"""Projects with their people, phases, steps, gates and records, as the API shows them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import DateTime, Select, Uuid, literal, or_, select, tuple_
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import aliased

from db.models import (
    PhaseTransition,
    Project,
    ProjectDocument,
    ProjectMember,
    ProjectPhase,
    ProjectRecord,
    ProjectStep,
    RecordedKind,
    User,
)
from db.session import Sessions
from documents.vocabulary import Position, ProjectStatus, TransitionStatus

_OFFICER = aliased(User)
_MANAGER = aliased(User)
_REQUESTER = aliased(User)
_GATEKEEPER = aliased(User)


@dataclass(frozen=True, slots=True)
class ProjectView:
    project: Project
    contracting_officer: User | None
    program_manager: User | None


@dataclass(frozen=True, slots=True)
class Member:
    """A person and every position that person holds on the project."""

    user: User
    positions: frozenset[Position]


@dataclass(frozen=True, slots=True)
class StepView:
    step: ProjectStep
    assigned_user: User | None
    phase_order: int


@dataclass(frozen=True, slots=True)
class TransitionView:
    transition: PhaseTransition
    project: Project
    requester: User | None
    """``None``: the phase asked by itself."""
    gatekeeper: User


@dataclass(frozen=True, slots=True)
class RecordView:
    """The newest statement of one kind."""

    record: ProjectRecord
    recorded_by: User


class ProjectQueries:
    """Reads projects. What a caller may see is decided above."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    async def list(
        self,
        *,
        only_of: UUID | None = None,
        cancelled: bool = True,
        after: tuple[datetime, UUID] | None = None,
        limit: int | None = None,
    ) -> tuple[ProjectView, ...]:
        """Projects, the newest first.

        Args:
            only_of: only those that this user created or is on the team of.
            cancelled: also those that were cancelled.
            after: time of creation and id of the project before the page.
        """
        query = _projects().order_by(Project.created_at.desc(), Project.id.desc()).limit(limit)
        if only_of is not None:
            member = select(ProjectMember.project_id).where(ProjectMember.user_id == only_of)
            query = query.where(or_(Project.created_by == only_of, Project.id.in_(member)))
        if not cancelled:
            query = query.where(Project.overall_status != ProjectStatus.CANCELLED)
        if after is not None:
            created_at, key = after
            query = query.where(
                tuple_(Project.created_at, Project.id)
                < tuple_(literal(created_at, DateTime(timezone=True)), literal(key, Uuid()))
            )
        async with self._sessions() as session:
            return tuple(ProjectView(*row) for row in await session.execute(query))

    async def get(self, project_id: UUID) -> ProjectView | None:
        async with self._sessions() as session:
            rows = await session.execute(_projects().where(Project.id == project_id))
            row = rows.first()
            return None if row is None else ProjectView(*row)

    async def creator(self, project_id: UUID) -> User:
        """Who has created the project; raises NoResultFound for an unknown one."""
        query = (
            select(User)
            .join(Project, Project.created_by == User.id)
            .where(Project.id == project_id)
        )
        async with self._sessions() as session:
            return (await session.scalars(query)).one()

    async def members(self, project_id: UUID) -> tuple[Member, ...]:
        """The team by name."""
        query = (
            select(User, ProjectMember.position)
            .join(ProjectMember, ProjectMember.user_id == User.id)
            .where(ProjectMember.project_id == project_id)
            .order_by(User.name, User.email)
        )
        async with self._sessions() as session:
            people: dict[UUID, User] = {}
            positions: dict[UUID, set[Position]] = {}
            for user, position in await session.execute(query):
                people[user.id] = user
                positions.setdefault(user.id, set()).add(position)
        return tuple(Member(user, frozenset(positions[user.id])) for user in people.values())

    async def positions_of(self, user_id: UUID) -> Mapping[UUID, frozenset[Position]]:
        """By project: the positions that a user holds."""
        query = select(ProjectMember.project_id, ProjectMember.position).where(
            ProjectMember.user_id == user_id
        )
        held: dict[UUID, set[Position]] = {}
        async with self._sessions() as session:
            for project_id, position in await session.execute(query):
                held.setdefault(project_id, set()).add(position)
        return {project_id: frozenset(positions) for project_id, positions in held.items()}

    async def phases(self, project_id: UUID) -> tuple[ProjectPhase, ...]:
        query = (
            select(ProjectPhase)
            .where(ProjectPhase.project_id == project_id)
            .order_by(ProjectPhase.phase_order)
        )
        async with self._sessions() as session:
            return tuple(await session.scalars(query))

    async def phase(self, phase_id: UUID) -> ProjectPhase | None:
        async with self._sessions() as session:
            return await session.get(ProjectPhase, phase_id)

    async def steps(self, project_id: UUID, phase_id: UUID | None = None) -> tuple[StepView, ...]:
        """Steps in the order of phases and steps."""
        query = (
            select(ProjectStep, User, ProjectPhase.phase_order)
            .join(ProjectPhase, ProjectPhase.id == ProjectStep.phase_id)
            .outerjoin(User, User.id == ProjectStep.assigned_user_id)
            .where(ProjectStep.project_id == project_id)
            .order_by(ProjectPhase.phase_order, ProjectStep.step_order)
        )
        if phase_id is not None:
            query = query.where(ProjectStep.phase_id == phase_id)
        async with self._sessions() as session:
            return tuple(StepView(*row) for row in (await session.execute(query)))

    async def step(self, step_id: UUID) -> ProjectStep | None:
        async with self._sessions() as session:
            return await session.get(ProjectStep, step_id)

    async def transitions(self, project_id: UUID) -> tuple[TransitionView, ...]:
        """Every request to pass a gate of the project, the newest first."""
        return await self._transitions(
            _transitions().where(PhaseTransition.project_id == project_id)
        )

    async def pending_transitions(self, gatekeeper_id: UUID | None) -> tuple[TransitionView, ...]:
        """Gates that await a decision, of one gatekeeper or (``None``) of all."""
        query = _transitions().where(
            PhaseTransition.status == TransitionStatus.PENDING,
            Project.overall_status != ProjectStatus.CANCELLED,
        )
        if gatekeeper_id is not None:
            query = query.where(PhaseTransition.gatekeeper_id == gatekeeper_id)
        return await self._transitions(query)

    async def transition(self, transition_id: UUID) -> TransitionView | None:
        found = await self._transitions(_transitions().where(PhaseTransition.id == transition_id))
        return found[0] if found else None

    async def records(self, project_id: UUID) -> Mapping[RecordedKind, RecordView]:
        """The newest facts and records, by kind."""
        query = (
            select(ProjectRecord, User)
            .join(User, User.id == ProjectRecord.recorded_by)
            .ext(distinct_on(ProjectRecord.kind))
            .where(ProjectRecord.project_id == project_id)
            .order_by(ProjectRecord.kind, ProjectRecord.recorded_at.desc())
        )
        async with self._sessions() as session:
            rows = await session.execute(query)
            return {record.kind: RecordView(record, user) for record, user in rows}

    async def required_codes(self, project_id: UUID) -> frozenset[str]:
        """The documents that the plan in force names."""
        query = select(ProjectDocument.code).where(
            ProjectDocument.project_id == project_id, ProjectDocument.is_required
        )
        async with self._sessions() as session:
            return frozenset(await session.scalars(query))

    async def _transitions(
        self, query: Select[PhaseTransition, Project, User | None, User]
    ) -> tuple[TransitionView, ...]:
        async with self._sessions() as session:
            rows = await session.execute(query.order_by(PhaseTransition.requested_at.desc()))
            return tuple(TransitionView(*row) for row in rows)


def _projects() -> Select[Any, Any, Any]:
    return (
        select(Project, _OFFICER, _MANAGER)
        .outerjoin(_OFFICER, _OFFICER.id == Project.contracting_officer_id)
        .outerjoin(_MANAGER, _MANAGER.id == Project.program_manager_id)
    )


def _transitions() -> Select[Any, Any, Any, Any]:
    return (
        select(PhaseTransition, Project, _REQUESTER, _GATEKEEPER)
        .join(Project, Project.id == PhaseTransition.project_id)
        .outerjoin(_REQUESTER, _REQUESTER.id == PhaseTransition.requested_by)
        .join(_GATEKEEPER, _GATEKEEPER.id == PhaseTransition.gatekeeper_id)
    )
