"""Reminders of deadlines: each sent once, in the working hours of the contracting office."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from db.closures import closure_history
from db.deadlines import local_day, office_zones, reminded
from db.models import ProgressEvent, Project, ProjectDeadline, ProjectRecord, RecordedKind, User
from db.projection.writing import Event, Notice, Writing
from db.session import Sessions, transaction
from documents.identity import deadlines_page
from documents.office_time import START_OF_BUSINESS, is_office_hours, office_day, office_moment
from documents.vocabulary import ProjectStatus
from rules.calendar import FederalCalendar

LONGEST_NOTICE = timedelta(days=30)
"""The longest time before a deadline at which a person can ask to be reminded."""
OVER_A_LONG_WEEKEND = timedelta(days=7)
"""A person's own day may be closed: then the reminder comes on a working day before it."""


@dataclass(frozen=True, slots=True)
class _Office:
    """Where the people of a project work."""

    time_zone: str
    calendar: FederalCalendar


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


class Reminders:
    """Sends what has come due. Any number of sweeps may run, and die, at the same time."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    async def send_due(self, at: datetime | None = None) -> int:
        """Send every reminder that has come due and was not sent; returns how many.

        Projects whose office is closed at that moment wait until it opens. ``at`` is the moment,
        by default that of the database's clock.
        """
        sent = 0
        for slot in await self._due(at):
            sent += await self._send(slot, at)
        return sent

    async def _due(self, at: datetime | None) -> list[_Slot]:
        async with self._sessions() as session:
            now = at or await Writing.clock(session)
            found = await session.scalars(
                select(ProjectDeadline)
                .join(Project, Project.id == ProjectDeadline.project_id)
                .where(
                    ProjectDeadline.completed_at.is_(None),
                    # What the rule reminds nobody of, nobody has to do by that day.
                    func.cardinality(ProjectDeadline.reminders) > 0,
                    or_(
                        ProjectDeadline.reminders[1] <= now,
                        ProjectDeadline.due_at <= now + LONGEST_NOTICE + OVER_A_LONG_WEEKEND,
                    ),
                    # Of a day that had passed before the product knew it, nobody is reminded.
                    ProjectDeadline.due_at >= ProjectDeadline.created_at,
                    Project.overall_status == ProjectStatus.IN_PROGRESS,
                )
                .order_by(ProjectDeadline.due_at)
            )
            rows = tuple(found)
            zones = await office_zones(session, {row.project_id for row in rows})
            slots: list[_Slot] = []
            known: dict[UUID, tuple[_Office, list[User]]] = {}
            for row in rows:
                project = row.project_id
                if project not in known:
                    office = await _office(session, project, zones.get(project, "UTC"))
                    known[project] = office, await reminded(session, project)
                office, people = known[project]
                if is_office_hours(now, office.time_zone, office.calendar):
                    slots += _slots_due(row, people, office, now)
            published = await session.execute(
                select(ProgressEvent.workflow_id, ProgressEvent.key).where(
                    ProgressEvent.workflow_id.in_([slot.workflow_id for slot in slots])
                )
            )
            done = set(published)
        return [slot for slot in slots if (slot.workflow_id, slot.key) not in done]

    async def _send(self, slot: _Slot, at: datetime | None) -> bool:
        """Claim and send in one transaction: a sweep that dies in between has done neither."""
        async with transaction(self._sessions) as session:
            writing = await Writing.begin(session, slot.project_id)
            row = await session.get(ProjectDeadline, slot.deadline)
            zones = await office_zones(session, {slot.project_id})
            office = await _office(session, slot.project_id, zones.get(slot.project_id, "UTC"))
            people = await reminded(session, slot.project_id)
            # Looked at again under the lock: another sweep or a new date may have been faster.
            if (
                row is None
                or row.completed_at is not None
                or slot not in _slots_due(row, people, office, at or writing.now)
                or await writing.was_published(slot.workflow_id, slot.key)
            ):
                return False
            due = local_day(row.due_at, office.time_zone)
            message = f"{row.title}: due {due} local time of the office. {row.basis} {row.citation}"
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
                        link=deadlines_page(slot.project_id),
                    ),
                )
            event = Event(
                "reminder", {"rule": row.rule, "due_at": row.due_at.isoformat(), "message": message}
            )
            await writing.publish(slot.workflow_id, slot.key, event)
            return True


async def _office(session: AsyncSession, project_id: UUID, time_zone: str) -> _Office:
    code = await session.scalar(
        select(ProjectRecord.body["project"]["office"]["aac"].astext)
        .where(ProjectRecord.project_id == project_id, ProjectRecord.kind == RecordedKind.FACTS)
        .order_by(ProjectRecord.recorded_at.desc())
        .limit(1)
    )
    return _Office(time_zone, (await closure_history(session, code or "")).now())


def _slots_due(
    row: ProjectDeadline, people: Iterable[User], office: _Office, now: datetime
) -> list[_Slot]:
    """The reminders of the rule, and of each person so many days before as that person wants.

    Of several that have come due, the newest stands for a person's earlier ones.
    """
    stated = {moment for moment in row.reminders if moment <= now}
    told: dict[datetime, list[UUID]] = {}
    for person in people:
        own = {moment for moment in _own_moments(person, row.due_at, office) if moment <= now}
        if stated | own:
            told.setdefault(max(stated | own), []).append(person.id)
    if not told and stated:
        told[max(stated)] = []
    return [
        _Slot(row.id, row.project_id, moment, frozenset(ids))
        for moment, ids in sorted(told.items())
    ]


def _own_moments(person: User, due: datetime, office: _Office) -> Iterable[datetime]:
    wanted: list[Any] = person.notification_preferences.get("deadline_days", [])
    last = office_day(due, office.time_zone)
    for days in wanted:
        if isinstance(days, int) and 0 <= days <= LONGEST_NOTICE.days:
            day = office.calendar.previous_open(last - timedelta(days=days))
            yield office_moment(day, START_OF_BUSINESS, office.time_zone)
