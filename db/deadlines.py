"""Deadlines as stored, recomputed when facts change, and their reminders, each sent once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

from sqlalchemy import select

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

REMINDED = (Position.CONTRACTING_OFFICER, Position.CONTRACT_SPECIALIST)


@dataclass(frozen=True, slots=True)
class _Slot:
    """A reminder that has come due: the newest one stands for those before it."""

    deadline: UUID
    project_id: UUID
    moment: datetime

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
            rows = await session.scalars(
                select(ProjectDeadline)
                .join(Project, Project.id == ProjectDeadline.project_id)
                .where(
                    ProjectDeadline.completed_at.is_(None),
                    ProjectDeadline.reminders[1] <= now,
                    # Of a day that had passed before the product knew it, nobody is reminded.
                    ProjectDeadline.due_at >= ProjectDeadline.created_at,
                    Project.overall_status == ProjectStatus.IN_PROGRESS,
                )
                .order_by(ProjectDeadline.due_at)
            )
            slots = [
                _Slot(row.id, row.project_id, max(past))
                for row in rows
                if (past := [moment for moment in row.reminders if moment <= now])
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
            # Looked at again under the lock: another sweep or a new date may have been faster.
            if (
                row is None
                or row.completed_at is not None
                or slot.moment not in row.reminders
                or await writing.was_published(slot.workflow_id, slot.key)
            ):
                return False
            zone = await _time_zone(writing)
            message = f"{row.title}: due {_local(row.due_at, zone)}. {row.basis} {row.citation}"
            for person in await _reminded(writing):
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
    zone = await writing.session.scalar(
        select(ProjectRecord.body["project"]["office"]["time_zone"].astext)
        .where(
            ProjectRecord.project_id == writing.project_id,
            ProjectRecord.kind == RecordedKind.FACTS,
        )
        .order_by(ProjectRecord.recorded_at.desc())
        .limit(1)
    )
    return str(zone or "UTC")


async def _reminded(writing: Writing) -> list[User]:
    members = await writing.session.scalars(
        select(User)
        .where(
            User.id.in_(
                select(ProjectMember.user_id).where(
                    ProjectMember.project_id == writing.project_id,
                    ProjectMember.position.in_(REMINDED),
                )
            )
        )
        .order_by(User.email)
    )
    return list(members)


def _deadline_id(project_id: UUID, rule: str) -> UUID:
    return uuid5(project_id, f"deadline/{rule}")


def _local(moment: datetime, zone: str) -> str:
    return f"{moment.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M} local time of the office"
