from datetime import UTC, date, datetime, time

import pytest

from documents.office_time import approval_times, office_moment

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
    assert approval_times(NEW_YORK, requested, days)[0] == due


def test_reminders_come_at_sixty_and_a_hundred_percent_and_after_half_as_long_again() -> None:
    monday = utc(2027, 9, 13, 14, 0)
    due, reminders = approval_times(NEW_YORK, monday, 5)
    assert [moment.date() for moment in reminders] == [
        date(2027, 9, 16),
        date(2027, 9, 20),
        date(2027, 9, 23),
    ]
    assert reminders[1] == due


def test_a_signature_due_in_one_day_is_reminded_of_once_before_it_is_overdue() -> None:
    due, reminders = approval_times(NEW_YORK, utc(2027, 9, 13, 14, 0), 1)
    assert list(reminders) == [due, utc(2027, 9, 15, 20, 30)]


def test_a_time_that_the_clock_change_repeats_is_the_first_of_the_two() -> None:
    assert office_moment(date(2027, 11, 7), time(1, 30), NEW_YORK) == utc(2027, 11, 7, 5, 30)
