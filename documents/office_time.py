"""From days of the contracting office to moments: when its day ends, in its own time zone."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from rules.calendar import FederalCalendar
from rules.deadlines import approval_schedule

CLOSE_OF_BUSINESS = time(16, 30)
"""Local time of the office, where none is stated (FAR 33.101)."""

START_OF_BUSINESS = time(8, 0)
"""Local time of the office at which people are reminded of a day."""


def office_moment(day: date, at: time, time_zone: str) -> datetime:
    """That local time of the office, in UTC.

    A time that a clock change skips is the moment an hour later; one that it repeats is the first.
    """
    return datetime.combine(day, at, ZoneInfo(time_zone)).astimezone(UTC)


def office_day(moment: datetime, time_zone: str) -> date:
    """The day by the office's clock."""
    return moment.astimezone(ZoneInfo(time_zone)).date()


def is_office_hours(moment: datetime, time_zone: str, calendar: FederalCalendar) -> bool:
    """Whether people of the office are at work at that moment."""
    local = moment.astimezone(ZoneInfo(time_zone))
    return calendar.is_open(local.date()) and START_OF_BUSINESS <= local.time() < CLOSE_OF_BUSINESS


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalMoments:
    """When a signature is due, and who hears of it when; UTC."""

    due: datetime
    reminders: tuple[datetime, ...]
    """At 60 %, 100 % and 150 % of the business days."""
    escalation: datetime
    """The last of the reminders: the holder's superior is told too."""


def approval_times(
    time_zone: str,
    requested: datetime,
    business_days: int,
    calendar: FederalCalendar | None = None,
) -> ApprovalMoments:
    """When a signature is due, when its holder is reminded and when it is escalated (rule D51).

    All at the office's close of business. The day of the request, by the office's clock, is not
    counted.
    """
    asked = office_day(requested, time_zone)
    schedule = approval_schedule(asked, business_days, calendar or FederalCalendar())
    remind, due, escalate = (
        office_moment(day, CLOSE_OF_BUSINESS, time_zone)
        for day in (schedule.reminder, schedule.due, schedule.escalation)
    )
    return ApprovalMoments(
        due=due, reminders=tuple(sorted({remind, due, escalate})), escalation=escalate
    )
