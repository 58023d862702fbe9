"""Deadlines as stored: computed again when facts, events or the calendar change, and completed."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Protocol
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncSession

from db.closures import CLOSED_PROJECTS
from db.models import (
    OutdatedDeadlines,
    Project,
    ProjectDeadline,
    ProjectMember,
    ProjectRecord,
    RecordedKind,
    User,
)
from db.projection.writing import Event, Notice, Writing
from db.recorded_events import recorded_days
from db.session import Sessions, transaction
from documents.identity import deadlines_page
from documents.office_time import CLOSE_OF_BUSINESS, START_OF_BUSINESS, office_moment
from documents.vocabulary import Position
from rules.calendar import FederalCalendar
from rules.deadlines import Deadline
from rules.deadlines import Event as Happening

REMINDED = (Position.CONTRACTING_OFFICER, Position.CONTRACT_SPECIALIST)
LISTED = 12
"""How many moved dates a notice names; the others are counted."""


class Source(Protocol):
    """The contract file of a project, from which its deadlines are counted."""

    @property
    def calendar(self) -> FederalCalendar: ...
    def deadlines(self, recorded: Mapping[Happening, date]) -> Sequence[Deadline]: ...


@dataclass(frozen=True, slots=True)
class Outdated:
    """A project whose deadlines have to be computed again."""

    project_id: UUID
    since: datetime
    cause: str
    closed: bool
    """Completed or cancelled: nobody needs its deadlines any more."""


@dataclass(frozen=True, slots=True)
class _Moved:
    rule: str
    title: str
    before: datetime | None
    after: datetime | None

    def line(self, zone: str) -> str:
        match self.before, self.after:
            case None, after if after is not None:
                text = f"now due {local_day(after, zone)}"
            case before, None if before is not None:
                text = f"no longer due (was {local_day(before, zone)})"
            case before, after if before is not None and after is not None:
                text = f"moved from {local_day(before, zone)} to {local_day(after, zone)}"
            case _:
                text = "changed"
        return f"{self.rule} {self.title}: {text}"


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

    async def replace(
        self,
        project_id: UUID,
        workflow_id: str,
        key: str,
        read: Callable[[], Awaitable[Source]],
        *,
        cause: str = "",
        settles: datetime | None = None,
    ) -> tuple[str, ...]:
        """Count and store: unchanged rows stay, changed ones are audited and announced.

        Repeated under its key it changes nothing. The file is read under the project's lock, so of
        two computations the later one knows everything that the earlier one knew.

        Args:
            cause: what changed, in the words in which people are told.
            settles: the change in the queue of outdated projects that this answers.

        Returns the rules whose dates are new, moved or gone. Raises what reading raises.
        """
        async with transaction(self._sessions) as session:
            writing = await Writing.begin(session, project_id)
            if await writing.was_published(workflow_id, key):
                return ()
            file = await read()
            recorded = await recorded_days(session, project_id)
            deadlines = await asyncio.to_thread(file.deadlines, recorded)
            moved = await _store(writing, deadlines, file.calendar.version, cause)
            if settles is not None:
                await _settle(session, project_id, settles)
            rules = [change.rule for change in moved]
            message = f"{len(rules)} deadlines changed" if rules else "Deadlines are unchanged"
            event = Event("deadlines_update", {"rules": rules, "message": message, "cause": cause})
            await writing.publish(workflow_id, key, event)
            return tuple(rules)

    async def outdated(self, limit: int, after: datetime | None = None) -> tuple[Outdated, ...]:
        """Projects whose deadlines have to be computed again, the longest waiting first."""
        query = (
            select(OutdatedDeadlines, Project.overall_status)
            .join(Project, Project.id == OutdatedDeadlines.project_id)
            .order_by(OutdatedDeadlines.since)
            .limit(limit)
        )
        if after is not None:
            query = query.where(OutdatedDeadlines.since > after)
        async with self._sessions() as session:
            rows = await session.execute(query)
            return tuple(
                Outdated(row.project_id, row.since, row.cause, status in CLOSED_PROJECTS)
                for row, status in rows
            )

    async def is_outdated(self, project_id: UUID) -> bool:
        """Whether a change is waiting to be computed."""
        async with self._sessions() as session:
            return await session.get(OutdatedDeadlines, project_id) is not None

    async def forget(self, outdated: Outdated) -> None:
        """Take a project off the queue, unless something changed since."""
        async with transaction(self._sessions) as session:
            await _settle(session, outdated.project_id, outdated.since)

    async def complete(
        self, project_id: UUID, deadline_id: UUID, by: UUID, note: str = ""
    ) -> ProjectDeadline | None:
        """Note that what the deadline asks for was done: no reminder follows. None if unknown."""
        async with transaction(self._sessions) as session:
            writing = await Writing.begin(session, project_id)
            row = await session.get(ProjectDeadline, deadline_id)
            if row is None or row.project_id != project_id:
                return None
            if row.completed_at is None:
                row.completed_at, row.completed_by = writing.now, by
                row.completion_note = note
                await session.flush()
                await writing.audit(
                    "deadline_completed",
                    ("deadline", row.id),
                    by=by,
                    after={"rule": row.rule, "title": row.title},
                    why=note,
                )
                message = f"Done: {row.title}"
                await writing.publish(
                    f"deadline/{row.id}",
                    f"completed/{writing.now.isoformat()}",
                    Event("deadlines_update", {"rules": [row.rule], "message": message}),
                )
            return row


async def office_zones(session: AsyncSession, projects: Collection[UUID]) -> dict[UUID, str]:
    """By project: the time zone of its contracting office, from the facts as they stand."""
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


async def office_zone(writing: Writing) -> str:
    """The time zone of the project's contracting office; UTC before there are facts."""
    zones = await office_zones(writing.session, {writing.project_id})
    return zones.get(writing.project_id, "UTC")


async def reminded(session: AsyncSession, project_id: UUID) -> list[User]:
    """Who hears of the deadlines of a project, each person once."""
    members = await session.scalars(
        select(User)
        .join(ProjectMember, User.id == ProjectMember.user_id)
        .where(ProjectMember.project_id == project_id, ProjectMember.position.in_(REMINDED))
        .order_by(User.email)
    )
    return list(dict.fromkeys(members))


def local_day(moment: datetime, zone: str) -> str:
    """The day and time of the office."""
    return f"{moment.astimezone(ZoneInfo(zone)):%a %Y-%m-%d %H:%M}"


async def _store(
    writing: Writing, deadlines: Sequence[Deadline], calendar_version: str, cause: str
) -> list[_Moved]:
    """Bring the rows in line with what was counted; returns what moved."""
    zone = await office_zone(writing)
    found = await writing.session.scalars(
        select(ProjectDeadline).where(ProjectDeadline.project_id == writing.project_id)
    )
    stored = {row.rule: row for row in found}
    first = not stored
    moved: list[_Moved] = []
    for deadline in deadlines:
        values = _values(deadline, zone)
        row = stored.pop(deadline.id, None)
        before = None if row is None else {name: getattr(row, name) for name in values}
        if row is None:
            row = ProjectDeadline(
                id=deadline_id(writing.project_id, deadline.id),
                project_id=writing.project_id,
                rule=deadline.id,
            )
            writing.session.add(row)
        elif row.due_at != values["due_at"] and row.calendar_version == calendar_version:
            # Its event moved, so it has to be met again. What was met before a closure was met.
            row.completed_at = row.completed_by = None
            row.completion_note = ""
        row.calendar_version = calendar_version
        for name, value in values.items():
            setattr(row, name, value)
        if deadline.done is not None and row.completed_at is None:
            row.completed_at, row.completion_note = writing.now, f"recorded for {deadline.done}"
        if before == values:
            continue
        await _changed(writing, row.id, before, values)
        was = None if before is None else before["due_at"]
        moved.append(_Moved(deadline.id, deadline.title, was, values["due_at"]))
    for rule, row in stored.items():
        before = {"title": row.title, "due_at": row.due_at}
        await writing.session.delete(row)
        await _changed(writing, row.id, before, None)
        moved.append(_Moved(rule, row.title, row.due_at, None))
    await writing.session.flush()
    announced = [change for change in moved if change.before != change.after]
    if announced and not first:
        await _announce(writing, announced, zone, cause)
    return moved


async def _announce(writing: Writing, moved: Sequence[_Moved], zone: str, cause: str) -> None:
    lines = [change.line(zone) for change in moved[:LISTED]]
    if len(moved) > LISTED:
        lines.append(f"and {len(moved) - LISTED} more")
    for person in await reminded(writing.session, writing.project_id):
        await writing.tell(
            person,
            Notice(
                key=f"deadlines/{writing.project_id}/{writing.now.isoformat()}",
                type="deadlines_moved",
                title=f"{len(moved)} deadline{'s' if len(moved) > 1 else ''} moved",
                message="\n".join([*([f"{cause}."] if cause else []), *lines]),
                link=deadlines_page(writing.project_id),
            ),
        )


def _values(deadline: Deadline, zone: str) -> dict[str, Any]:
    due = office_moment(deadline.due, deadline.time or CLOSE_OF_BUSINESS, zone)
    days = {office_moment(day, START_OF_BUSINESS, zone) for day in deadline.reminders}
    hours = {due - timedelta(hours=hours) for hours in deadline.reminder_hours}
    return {
        "title": deadline.title,
        "due_at": due,
        "basis": deadline.basis,
        "citation": deadline.citation,
        "reminders": sorted(days | hours),
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


async def _settle(session: AsyncSession, project_id: UUID, since: datetime) -> None:
    await session.execute(
        delete(OutdatedDeadlines).where(
            OutdatedDeadlines.project_id == project_id, OutdatedDeadlines.since <= since
        )
    )


def deadline_id(project_id: UUID, rule: str) -> UUID:
    """The id of the row of a rule."""
    return uuid5(project_id, f"deadline/{rule}")
