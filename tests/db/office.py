"""An office with one project whose deadlines a test states, and what its team was told."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select

from db.deadlines import DeadlineStore
from db.models import Notification
from db.session import Sessions
from rules.calendar import FederalCalendar
from rules.deadlines import Deadline, Unit
from rules.deadlines import Event as Happening
from tests.db.people import OFFICER, SPECIALIST, user_id

CALENDAR = FederalCalendar()
TODAY = CALENDAR.next_open(datetime.now(UTC).date())
NOON = datetime.combine(TODAY, time(12, 0), ZoneInfo("America/New_York"))
"""When the office of the sample is at work."""
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Stated:
    """A contract file with deadlines that the test states."""

    stated: Sequence[Deadline]
    calendar: FederalCalendar = field(default_factory=FederalCalendar)

    def deadlines(self, recorded: Mapping[Happening, date]) -> Sequence[Deadline]:
        return self.stated


@dataclass(frozen=True, slots=True)
class Keeper:
    """Stores the deadlines of one project as its workflow does."""

    store: DeadlineStore
    project: UUID

    async def replace(
        self, seq: int, *deadlines: Deadline, calendar: FederalCalendar = CALENDAR
    ) -> tuple[str, ...]:
        async def read() -> Stated:
            return Stated(deadlines, calendar)

        return await self.store.replace(
            self.project, f"project/{self.project}", f"t{seq}", read, cause="A test"
        )

    async def due(self) -> dict[str, datetime]:
        return {row.rule: row.due_at for row in await self.store.list(self.project)}


def deadline(
    rule: str = "D23", due: date = TODAY + timedelta(days=5), *reminders: date
) -> Deadline:
    return Deadline(
        id=rule,
        title="Notice to unsuccessful offerors",
        due=due,
        time=None,
        unit=Unit.CALENDAR,
        rule="postaward_notice",
        citation="FAR 15.503(b)",
        reminders=reminders,
        basis="Three days after award.",
        not_before=False,
        gate=False,
    )


async def told(sessions: Sessions, project: UUID, kind: str = "deadline_reminder") -> list[UUID]:
    query = select(Notification.user_id).where(
        Notification.project_id == project, Notification.notification_type == kind
    )
    async with sessions() as session:
        return sorted(await session.scalars(query))


TEAM = sorted([user_id(OFFICER), user_id(SPECIALIST)])
