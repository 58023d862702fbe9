"""Days on which offices are closed, and the calendars that follow from them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID, uuid4

from sqlalchemy import exists, func, literal, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import (
    AuditLog,
    Closure,
    OutdatedDeadlines,
    Project,
    ProjectDeadline,
    ProjectRecord,
    RecordedKind,
)
from db.session import Sessions, transaction
from documents.vocabulary import ProjectStatus
from rules.calendar import ClosureKind, FederalCalendar

EVERY_OFFICE = ""
CLOSED_PROJECTS = (ProjectStatus.COMPLETED, ProjectStatus.CANCELLED)


class AlreadyClosed(ValueError):
    """The day is listed already, for this office or for every office."""


@dataclass(frozen=True, slots=True)
class ClosureHistory:
    """The closures of one office, removed ones too."""

    rows: tuple[Closure, ...]

    def now(self) -> FederalCalendar:
        """The calendar with the closures that stand."""
        return FederalCalendar(frozenset(row.day for row in self.rows if row.removed_at is None))

    def named(self, version: str) -> FederalCalendar | None:
        """The calendar that had these closures at some time; ``None`` if none ever had.

        The holiday list is that of today's library: past holidays do not change.
        """
        _, _, closures = version.rpartition("/")
        for calendar in (self.now(), *self._earlier()):
            if calendar.closures_version == closures:
                return calendar
        return None

    def _earlier(self) -> Iterable[FederalCalendar]:
        yield FederalCalendar()
        moments = {row.added_at for row in self.rows}
        moments |= {row.removed_at for row in self.rows if row.removed_at is not None}
        for moment in sorted(moments, reverse=True):
            yield FederalCalendar(
                frozenset(
                    row.day
                    for row in self.rows
                    if row.added_at <= moment
                    and (row.removed_at is None or row.removed_at > moment)
                )
            )


async def closure_history(session: AsyncSession, office: str) -> ClosureHistory:
    """Every closure that counts, or counted, for an office (activity address code)."""
    rows = await session.scalars(
        select(Closure).where(Closure.office.in_({office, EVERY_OFFICE})).order_by(Closure.added_at)
    )
    return ClosureHistory(tuple(rows))


class Closures:
    """The table of closures. Every change lets the deadlines of open projects be computed again."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    async def list(self) -> tuple[Closure, ...]:
        """The closures that stand, by day."""
        query = (
            select(Closure)
            .where(Closure.removed_at.is_(None))
            .order_by(Closure.day, Closure.office)
        )
        async with self._sessions() as session:
            return tuple(await session.scalars(query))

    async def add(
        self, day: date, kind: ClosureKind, reason: str, by: UUID, office: str = EVERY_OFFICE
    ) -> Closure:
        """Close an office, or every office, on a day. Raises AlreadyClosed."""
        row = Closure(id=uuid4(), day=day, office=office, kind=kind, reason=reason, added_by=by)
        try:
            async with transaction(self._sessions) as session:
                listed = await session.scalar(
                    select(Closure.id).where(
                        Closure.day == day,
                        Closure.office.in_({office, EVERY_OFFICE}),
                        Closure.removed_at.is_(None),
                    )
                )
                if listed is not None:
                    raise AlreadyClosed(f"{day} is a closed day already")
                session.add(row)
                await session.flush()
                after = {"day": str(day), "office": office, "kind": kind.value}
                session.add(_audit("closure_added", row.id, by, after=after, why=reason))
                await _outdate(session, office, f"{_who(office)} closed on {day}: {reason}")
                await session.refresh(row)
        except IntegrityError as error:
            raise AlreadyClosed(f"{day} is a closed day already") from error
        return row

    async def remove(self, closure_id: UUID, reason: str, by: UUID) -> Closure | None:
        """Take a closure back; ``None`` if there is no such closure or it was removed before."""
        async with transaction(self._sessions) as session:
            row = await session.get(Closure, closure_id, with_for_update=True)
            if row is None or row.removed_at is not None:
                return None
            row.removed_at = await session.scalar(select(func.clock_timestamp()))
            row.removed_by, row.removed_because = by, reason
            before = {"day": str(row.day), "office": row.office, "kind": row.kind.value}
            session.add(_audit("closure_removed", row.id, by, before=before, why=reason))
            cause = f"{_who(row.office)} not closed on {row.day} after all: {reason}"
            await _outdate(session, row.office, cause)
            return row


async def outdate(session: AsyncSession, project_id: UUID, cause: str, since: datetime) -> None:
    """Let the deadlines of a project be computed again; ``cause`` is told to its people."""
    values = {"project_id": project_id, "since": since, "cause": cause}
    statement = insert(OutdatedDeadlines).values(values)
    await session.execute(
        statement.on_conflict_do_update(
            index_elements=[OutdatedDeadlines.project_id],
            set_={"since": statement.excluded.since, "cause": statement.excluded.cause},
        )
    )


async def _outdate(session: AsyncSession, office: str, cause: str) -> None:
    """Let the deadlines of every open project of an office be computed again."""
    projects = select(Project.id, func.clock_timestamp(), literal(cause)).where(
        Project.overall_status.not_in(CLOSED_PROJECTS),
        exists().where(ProjectDeadline.project_id == Project.id),
    )
    if office != EVERY_OFFICE:
        # Whichever package of the project names the office: one computation too many is harmless.
        projects = projects.where(
            exists().where(
                ProjectRecord.project_id == Project.id,
                ProjectRecord.kind == RecordedKind.FACTS,
                ProjectRecord.body["project"]["office"]["aac"].astext == office,
            )
        )
    statement = insert(OutdatedDeadlines).from_select(["project_id", "since", "cause"], projects)
    await session.execute(
        statement.on_conflict_do_update(
            index_elements=[OutdatedDeadlines.project_id],
            set_={"since": statement.excluded.since, "cause": statement.excluded.cause},
        )
    )


def _who(office: str) -> str:
    return f"The office {office} is" if office else "The offices are"


def _audit(
    action: str,
    closure: UUID,
    by: UUID,
    *,
    before: dict[str, str] | None = None,
    after: dict[str, str] | None = None,
    why: str,
) -> AuditLog:
    return AuditLog(
        user_id=by,
        action=action,
        entity_type="closure",
        entity_id=closure,
        changes={"before": before, "after": after, "why": why},
    )
