from datetime import UTC, date, datetime, time

import pytest

from documents.office_time import approval_times, is_office_hours, office_moment
from rules.calendar import FederalCalendar

NEW_YORK = "America/New_York"


def utc(year: int, month: int, day: int, hour: int, minute: int) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=UTC)


@pytest.mark.parametrize(
    ("requested", "days", "due"),
    [
        # Thursday 2 September 2027; Monday the 6th is Labor Day.
        (utc(2027, 9, 2, 14, 0), 3, utc(2027, 9, 8, 20, 30)),
        # Friday 29 October 2027 is summer time, Friday 12 November is not; the 11th is a holiday.
        (utc(2027, 10, 29, 14, 0), 9, utc(2027, 11, 12, 21, 30)),
        # Half past one at night in UTC is still the day before in New York.
        (utc(2027, 9, 15, 1, 30), 1, utc(2027, 9, 15, 20, 30)),
    ],
)
def test_a_signature_is_due_at_close_of_business_of_the_offices_nth_working_day(
    requested: datetime, days: int, due: datetime
) -> None:
    assert approval_times(NEW_YORK, requested, days).due == due


@pytest.mark.parametrize(
    ("zone", "requested", "days", "due"),
    [
        # Friday 12 March 2027 is winter time; Sunday the 14th has 23 hours.
        ("America/New_York", utc(2027, 3, 12, 19, 0), 1, utc(2027, 3, 15, 20, 30)),
        # Friday 5 November 2027 is summer time; Sunday the 7th has 25 hours.
        ("America/New_York", utc(2027, 11, 5, 18, 0), 1, utc(2027, 11, 8, 21, 30)),
        # Hawaii keeps its time on the same days: half past eleven on Friday night is Saturday, UTC.
        ("Pacific/Honolulu", utc(2027, 3, 13, 9, 30), 1, utc(2027, 3, 16, 2, 30)),
        ("Pacific/Honolulu", utc(2027, 11, 6, 9, 30), 1, utc(2027, 11, 9, 2, 30)),
        # Stuttgart changes two weeks after New York, on Sunday 28 March 2027.
        ("Europe/Berlin", utc(2027, 3, 12, 22, 30), 1, utc(2027, 3, 15, 15, 30)),
        ("Europe/Berlin", utc(2027, 3, 26, 22, 30), 1, utc(2027, 3, 29, 14, 30)),
        ("Europe/Berlin", utc(2027, 10, 29, 21, 30), 1, utc(2027, 11, 1, 15, 30)),
        # Half past eleven at night is the same day in UTC, and half past seven the day before.
        ("Asia/Tokyo", utc(2027, 9, 15, 14, 30), 1, utc(2027, 9, 16, 7, 30)),
        ("Asia/Tokyo", utc(2027, 9, 12, 22, 30), 1, utc(2027, 9, 14, 7, 30)),
        ("Pacific/Guam", utc(2027, 9, 15, 13, 30), 1, utc(2027, 9, 16, 6, 30)),
        ("Pacific/Guam", utc(2027, 9, 12, 21, 30), 1, utc(2027, 9, 14, 6, 30)),
        # Thursday 31 December 2026; Friday is New Year's Day.
        ("America/New_York", utc(2026, 12, 31, 20, 0), 1, utc(2027, 1, 4, 21, 30)),
        # Half past eleven that night is next year in UTC, and a holiday there.
        ("America/New_York", utc(2027, 1, 1, 4, 30), 1, utc(2027, 1, 4, 21, 30)),
        # New Year's Day 2028 is a Saturday: the office is closed on 31 December 2027.
        ("America/New_York", utc(2027, 12, 31, 4, 30), 1, utc(2028, 1, 3, 21, 30)),
        # It is next year in Tokyo, not in UTC: New Year's Day of 2027 and a weekend follow.
        ("Asia/Tokyo", utc(2026, 12, 31, 15, 30), 2, utc(2027, 1, 5, 7, 30)),
        # Christmas, New Year and Martin Luther King's birthday lie between.
        ("Pacific/Honolulu", utc(2026, 12, 24, 9, 30), 16, utc(2027, 1, 20, 2, 30)),
    ],
    ids=[
        "spring",
        "autumn",
        "Honolulu-spring",
        "Honolulu-autumn",
        "Stuttgart-before-its-spring",
        "Stuttgart-spring",
        "Stuttgart-autumn",
        "Tokyo-night",
        "Tokyo-morning",
        "Guam-night",
        "Guam-morning",
        "year-end",
        "year-end-night",
        "New-Year-observed",
        "Tokyo-New-Year",
        "Honolulu-holidays",
    ],
)
def test_a_signature_is_due_by_the_clock_and_calendar_of_its_own_office(
    zone: str, requested: datetime, days: int, due: datetime
) -> None:
    assert approval_times(zone, requested, days).due == due


def test_reminders_come_at_sixty_and_a_hundred_percent_and_after_half_as_long_again() -> None:
    monday = utc(2027, 9, 13, 14, 0)
    times = approval_times(NEW_YORK, monday, 5)
    assert [moment.date() for moment in times.reminders] == [
        date(2027, 9, 16),
        date(2027, 9, 20),
        date(2027, 9, 23),
    ]
    assert times.reminders[1:] == (times.due, times.escalation)


def test_a_signature_due_in_one_day_is_reminded_of_once_before_it_is_overdue() -> None:
    times = approval_times(NEW_YORK, utc(2027, 9, 13, 14, 0), 1)
    assert times.reminders == (times.due, utc(2027, 9, 15, 20, 30))


def test_a_closed_office_gives_its_signers_another_day() -> None:
    monday, storm = utc(2027, 9, 13, 14, 0), FederalCalendar(frozenset({date(2027, 9, 15)}))
    assert approval_times(NEW_YORK, monday, 5, storm).due == utc(2027, 9, 21, 20, 30)


@pytest.mark.parametrize(
    ("moment", "open_"),
    [
        (utc(2027, 3, 12, 12, 59), False),
        (utc(2027, 3, 12, 13, 0), True),
        (utc(2027, 3, 15, 11, 59), False),
        (utc(2027, 3, 15, 12, 0), True),
        (utc(2027, 9, 6, 15, 0), False),
        (utc(2027, 12, 31, 17, 0), False),
        (utc(2028, 1, 3, 21, 29), True),
        (utc(2028, 1, 3, 21, 30), False),
    ],
    ids=[
        "winter-before-eight",
        "winter-eight",
        "summer-before-eight",
        "summer-eight",
        "Labor-Day",
        "New-Year-observed",
        "last-minute",
        "closed",
    ],
)
def test_people_are_at_work_in_the_hours_of_their_own_clock(moment: datetime, open_: bool) -> None:
    assert is_office_hours(moment, NEW_YORK, FederalCalendar()) is open_


def test_a_time_that_the_clock_change_repeats_is_the_first_of_the_two() -> None:
    assert office_moment(date(2027, 11, 7), time(1, 30), NEW_YORK) == utc(2027, 11, 7, 5, 30)


def test_a_time_that_the_clock_change_skips_is_the_moment_an_hour_later() -> None:
    assert office_moment(date(2027, 3, 14), time(2, 30), NEW_YORK) == utc(2027, 3, 14, 7, 30)


@pytest.mark.parametrize(
    ("zone", "moment", "open_"),
    [
        ("Asia/Tokyo", utc(2027, 9, 12, 23, 0), True),
        ("Asia/Tokyo", utc(2027, 9, 17, 7, 30), False),
        ("Pacific/Guam", utc(2027, 9, 12, 22, 0), True),
        ("Pacific/Honolulu", utc(2027, 9, 18, 2, 29), True),
        ("Pacific/Honolulu", utc(2027, 9, 18, 2, 30), False),
        ("Europe/Berlin", utc(2027, 3, 15, 7, 0), True),
        ("Europe/Berlin", utc(2027, 3, 29, 6, 0), True),
        ("Europe/Berlin", utc(2027, 3, 29, 5, 59), False),
    ],
)
def test_an_office_overseas_is_open_while_it_is_another_day_in_utc(
    zone: str, moment: datetime, open_: bool
) -> None:
    assert is_office_hours(moment, zone, FederalCalendar()) is open_
