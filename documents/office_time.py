"""From days of the contracting office to moments: when its day ends, in its own time zone."""

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


def approval_times(
    time_zone: str,
    requested: datetime,
    business_days: int,
    calendar: FederalCalendar | None = None,
) -> tuple[datetime, tuple[datetime, ...]]:
    """When a signature is due, and when its holder is reminded (rule D51); UTC.

    Due at the office's close of business. Reminders at 60 % and 100 % of the business days, and the
    escalation at 150 %. The day of the request, by the office's clock, is not counted.
    """
    asked = requested.astimezone(ZoneInfo(time_zone)).date()
    schedule = approval_schedule(asked, business_days, calendar or FederalCalendar())
    moments = {
        office_moment(day, CLOSE_OF_BUSINESS, time_zone)
        for day in (schedule.reminder, schedule.due, schedule.escalation)
    }
    return office_moment(schedule.due, CLOSE_OF_BUSINESS, time_zone), tuple(sorted(moments))
