"""Deadlines as stored, recomputed when facts change, and their reminders, each sent once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

from sqlalchemy import func, or_, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import (
    ProgressEvent,
    Project,
    ProjectDeadline,
    ProjectMember,
    ProjectRecord,
    RecordedKind,
    User,
)
from db.projection.writing import Event, Notice, Writing
from db.session import Sessions, transaction
from documents.office_time import CLOSE_OF_BUSINESS, START_OF_BUSINESS, office_moment
from documents.vocabulary import Position, ProjectStatus

if TYPE_CHECKING:
    from activities.deadlines import ComputeDeadlines
    from rules.deadlines import Deadline

LONGEST_NOTICE = timedelta(days=30)
"""The longest time before a deadline at which a person can ask to be reminded."""

REMINDED = (Position.CONTRACTING_OFFICER, Position.CONTRACT_SPECIALIST)


@dataclass(frozen=True, slots=True)
class _Slot:
    """A reminder that has come due, and for whom."""

    deadline: UUID
    project_id: UUID
    moment: datetime
    people: frozenset[UUID]

    @property
    def workflow_id(self) -> str:
        return f"deadline/{self.deadline}"

    @property
    def key(self) -> str:
        return self.moment.isoformat()


class DeadlineStore:
    """Keeps the deadlines of projects. Times of day are those of the contracting office."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    async def list(self, project_id: UUID) -> tuple[ProjectDeadline, ...]:
        """The project's deadlines, the next first."""
        query = (
            select(ProjectDeadline)
            .where(ProjectDeadline.project_id == project_id)
            .order_by(ProjectDeadline.due_at, ProjectDeadline.rule)
        )
        async with self._sessions() as session:
            return tuple(await session.scalars(query))

    async def replace(self, request: ComputeDeadlines, deadlines: Iterable[Deadline]) -> None:
        """Store what was computed: unchanged rows stay, changed ones are audited and announced."""
        async with transaction(self._sessions) as session:
            writing = await Writing.begin(session, request.project_id)
            key = f"t{request.seq}"
            if await writing.was_published(request.workflow_id, key):
                return
            changed = await _store(writing, list(deadlines))
            message = f"{len(changed)} deadlines changed" if changed else "Deadlines are unchanged"
            event = Event("deadlines_update", {"rules": changed, "message": message})
            await writing.publish(request.workflow_id, key, event)

    async def complete(self, project_id: UUID, rule: str, by: UUID) -> bool:
        """Note that what the deadline asks for was done; no reminder follows. False if unknown."""
        async with transaction(self._sessions) as session:
            writing = await Writing.begin(session, project_id)
            row = await session.get(ProjectDeadline, _deadline_id(project_id, rule))
            if row is None:
                return False
            if row.completed_at is None:
                row.completed_at = writing.now
                await session.flush()
                await writing.audit("deadline_completed", ("deadline", row.id), by=by, why=rule)
            return True

    async def send_due_reminders(self) -> int:
        """Send every reminder that has come due and was not sent; returns how many."""
        sent = 0
        for slot in await self._due():
            sent += await self._send(slot)
        return sent

    async def _due(self) -> list[_Slot]:
        async with self._sessions() as session:
            now = await Writing.clock(session)
            found = await session.scalars(
                select(ProjectDeadline)
                .join(Project, Project.id == ProjectDeadline.project_id)
                .where(
                    ProjectDeadline.completed_at.is_(None),
                    # What the rule reminds nobody of, nobody has to do by that day.
                    func.cardinality(ProjectDeadline.reminders) > 0,
                    or_(
                        ProjectDeadline.reminders[1] <= now,
                        ProjectDeadline.due_at <= now + LONGEST_NOTICE,
                    ),
                    # Of a day that had passed before the product knew it, nobody is reminded.
                    ProjectDeadline.due_at >= ProjectDeadline.created_at,
                    Project.overall_status == ProjectStatus.IN_PROGRESS,
                )
                .order_by(ProjectDeadline.due_at)
            )
            rows = tuple(found)
            projects = {row.project_id for row in rows}
            zones = await _time_zones(session, projects)
            listeners = await _reminded(session, projects)
            slots = [
                slot
                for row in rows
                for slot in _slots_due(
                    row, listeners[row.project_id], zones.get(row.project_id, "UTC"), now
                )
            ]
            published = await session.execute(
                select(ProgressEvent.workflow_id, ProgressEvent.key).where(
                    ProgressEvent.workflow_id.in_([slot.workflow_id for slot in slots])
                )
            )
            done = set(published)
        return [slot for slot in slots if (slot.workflow_id, slot.key) not in done]

    async def _send(self, slot: _Slot) -> bool:
        async with transaction(self._sessions) as session:
            writing = await Writing.begin(session, slot.project_id)
            row = await session.get(ProjectDeadline, slot.deadline)
            zone = await _time_zone(writing)
            listeners = await _reminded(session, {slot.project_id})
            people = listeners[slot.project_id]
            # Looked at again under the lock: another sweep or a new date may have been faster.
            if (
                row is None
                or row.completed_at is not None
                or slot not in _slots_due(row, people, zone, writing.now)
                or await writing.was_published(slot.workflow_id, slot.key)
            ):
                return False
            message = f"{row.title}: due {_local(row.due_at, zone)}. {row.basis} {row.citation}"
            for person in people:
                if person.id not in slot.people:
                    continue
                await writing.tell(
                    person,
                    Notice(
                        key=f"deadline/{row.id}/{slot.key}",
                        type="deadline_reminder",
                        title=f"{row.title} ({row.rule})",
                        message=message,
                        link=f"/projects/{slot.project_id}/deadlines",
                    ),
                )
            event = Event(
                "reminder", {"rule": row.rule, "due_at": row.due_at.isoformat(), "message": message}
            )
            await writing.publish(slot.workflow_id, slot.key, event)
            return True


def _slots_due(
    row: ProjectDeadline, people: Iterable[User], zone: str, now: datetime
) -> list[_Slot]:
    """The reminders of the rule, and of each person so many days before as that person wants.

    Of several that have come due, the newest stands for a person's earlier ones.
    """
    stated = {moment for moment in row.reminders if moment <= now}
    told: dict[datetime, list[UUID]] = {}
    for person in people:
        own = {moment for moment in _own_moments(person, row.due_at, zone) if moment <= now}
        if stated | own:
            told.setdefault(max(stated | own), []).append(person.id)
    if not told and stated:
        told[max(stated)] = []
    return [
        _Slot(row.id, row.project_id, moment, frozenset(ids))
        for moment, ids in sorted(told.items())
    ]


def _own_moments(person: User, due: datetime, zone: str) -> Iterable[datetime]:
    wanted: list[Any] = person.notification_preferences.get("deadline_days", [])
    last = due.astimezone(ZoneInfo(zone)).date()
    for days in wanted:
        if isinstance(days, int) and 0 <= days <= LONGEST_NOTICE.days:
            yield office_moment(last - timedelta(days=days), START_OF_BUSINESS, zone)


async def _store(writing: Writing, deadlines: list[Deadline]) -> list[str]:
    """Bring the rows in line with the computed deadlines; returns the rules that changed."""
    zone = await _time_zone(writing)
    found = await writing.session.scalars(
        select(ProjectDeadline).where(ProjectDeadline.project_id == writing.project_id)
    )
    stored = {row.rule: row for row in found}
    changed: list[str] = []
    for deadline in deadlines:
        values = _values(deadline, zone)
        row = stored.pop(deadline.id, None)
        before = None if row is None else {name: getattr(row, name) for name in values}
        if before == values:
            continue
        if row is None:
            row = ProjectDeadline(
                id=_deadline_id(writing.project_id, deadline.id),
                project_id=writing.project_id,
                rule=deadline.id,
            )
            writing.session.add(row)
        elif row.due_at != values["due_at"]:
            row.completed_at = None
        for name, value in values.items():
            setattr(row, name, value)
        await _changed(writing, row.id, before, values)
        changed.append(deadline.id)
    for rule, row in stored.items():
        before = {"title": row.title, "due_at": row.due_at}
        await writing.session.delete(row)
        await _changed(writing, row.id, before, None)
        changed.append(rule)
    await writing.session.flush()
    return changed


def _values(deadline: Deadline, zone: str) -> dict[str, Any]:
    return {
        "title": deadline.title,
        "due_at": office_moment(deadline.due, deadline.time or CLOSE_OF_BUSINESS, zone),
        "basis": deadline.basis,
        "citation": deadline.citation,
        "reminders": [office_moment(day, START_OF_BUSINESS, zone) for day in deadline.reminders],
    }


def _told(values: Mapping[str, Any] | None) -> dict[str, str] | None:
    return None if values is None else {name: str(values[name]) for name in ("title", "due_at")}


async def _changed(
    writing: Writing,
    row: UUID,
    before: Mapping[str, Any] | None,
    after: Mapping[str, Any] | None,
) -> None:
    await writing.audit(
        "deadline_changed", ("deadline", row), by=None, before=_told(before), after=_told(after)
    )


async def _time_zone(writing: Writing) -> str:
    """The zone of the contracting office, from the facts as they stand."""
    zones = await _time_zones(writing.session, {writing.project_id})
    return zones.get(writing.project_id, "UTC")


async def _time_zones(session: AsyncSession, projects: Collection[UUID]) -> dict[UUID, str]:
    found = await session.execute(
        select(
            ProjectRecord.project_id,
            ProjectRecord.body["project"]["office"]["time_zone"].astext,
        )
        .where(
            ProjectRecord.project_id.in_(projects),
            ProjectRecord.kind == RecordedKind.FACTS,
        )
        .order_by(ProjectRecord.project_id, ProjectRecord.recorded_at.desc())
        .ext(distinct_on(ProjectRecord.project_id))
    )
    return {project: zone for project, zone in found if zone is not None}


async def _reminded(
    session: AsyncSession, projects: Collection[UUID]
) -> defaultdict[UUID, list[User]]:
    """Who is reminded of the deadlines of each project."""
    members = await session.execute(
        select(ProjectMember.project_id, User)
        .join(User, User.id == ProjectMember.user_id)
        .where(ProjectMember.project_id.in_(projects), ProjectMember.position.in_(REMINDED))
        .order_by(User.email)
    )
    found: defaultdict[UUID, list[User]] = defaultdict(list)
    for project, user in members:
        # One person may hold both positions.
        if user not in found[project]:
            found[project].append(user)
    return found


def _deadline_id(project_id: UUID, rule: str) -> UUID:
    return uuid5(project_id, f"deadline/{rule}")


def _local(moment: datetime, zone: str) -> str:
    return f"{moment.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M} local time of the office"
