"""On which days things really happened: what people state, and take back, with its history."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncSession

from db.closures import outdate
from db.models import EventRecord, User
from db.projection.writing import Event as Message
from db.projection.writing import Writing
from db.session import Sessions, transaction
from documents.office_time import office_day
from rules.deadline_rules import Event
from rules.recorded_events import objection


class EventRefused(ValueError):
    """The statement cannot be true; the text says why and what to do."""


@dataclass(frozen=True, slots=True)
class EventView:
    """The newest statement on one event."""

    record: EventRecord
    recorded_by: User


async def recorded_days(session: AsyncSession, project_id: UUID) -> dict[Event, date]:
    """On which day each recorded event happened."""
    rows = await session.execute(
        select(EventRecord.event, EventRecord.day)
        .ext(distinct_on(EventRecord.event))
        .where(EventRecord.project_id == project_id)
        .order_by(EventRecord.event, EventRecord.recorded_at.desc())
    )
    return {Event(event): day for event, day in rows if day is not None}


class RecordedEvents:
    """Writes and reads the events of projects. A change outdates the project's deadlines."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    async def days(self, project_id: UUID) -> Mapping[Event, date]:
        """On which day each recorded event happened."""
        async with self._sessions() as session:
            return await recorded_days(session, project_id)

    async def list(self, project_id: UUID) -> tuple[EventView, ...]:
        """Every statement, also those that were corrected or taken back; the newest first."""
        query = (
            select(EventRecord, User)
            .join(User, User.id == EventRecord.recorded_by)
            .where(EventRecord.project_id == project_id)
            .order_by(EventRecord.recorded_at.desc())
        )
        async with self._sessions() as session:
            return tuple(EventView(*row) for row in await session.execute(query))

    async def record(
        self,
        project_id: UUID,
        event: Event,
        day: date,
        by: User,
        *,
        note: str = "",
        time_zone: str,
        also: Mapping[Event, date],
    ) -> EventView:
        """State on which day something happened.

        Args:
            time_zone: of the contracting office, whose clock decides what today is.
            also: events that are known from other records of the project.

        Raises:
            EventRefused: the statement contradicts the calendar or another statement.
        """
        async with transaction(self._sessions) as session:
            writing = await Writing.begin(session, project_id)
            known = await recorded_days(session, project_id)
            others = {name: there for name, there in {**also, **known}.items() if name is not event}
            today = office_day(writing.now, time_zone)
            if problem := objection(event, day, others, today):
                raise EventRefused(problem)
            return await _state(writing, event, day, known.get(event), by, note)

    async def withdraw(self, project_id: UUID, event: Event, by: User, reason: str) -> bool:
        """Take a statement back: the event counts as planned again. False if there is none."""
        async with transaction(self._sessions) as session:
            writing = await Writing.begin(session, project_id)
            known = await recorded_days(session, project_id)
            if event not in known:
                return False
            await _state(writing, event, None, known[event], by, reason)
            return True


async def _state(
    writing: Writing, event: Event, day: date | None, before: date | None, by: User, note: str
) -> EventView:
    row = EventRecord(
        id=uuid4(),
        project_id=writing.project_id,
        event=event.value,
        day=day,
        note=note,
        recorded_by=by.id,
        recorded_at=writing.now,
    )
    writing.session.add(row)
    await writing.session.flush()
    stated = f"{event.text} on {day}" if day else f"{event.text} is taken back"
    message = f"Recorded by {by.name}: {stated}"
    await writing.audit(
        "event_recorded" if day else "event_withdrawn",
        ("event", row.id),
        by=by.id,
        before=None if before is None else {"event": event.value, "day": str(before)},
        after=None if day is None else {"event": event.value, "day": str(day)},
        why=note,
    )
    await outdate(writing.session, writing.project_id, message, writing.now)
    payload = {"event": event.value, "day": day and day.isoformat(), "message": message}
    await writing.publish(f"event/{row.id}", "recorded", Message("event_recorded", payload))
    return EventView(row, by)
