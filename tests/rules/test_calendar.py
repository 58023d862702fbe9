from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.calendar import FederalCalendar

CALENDAR = FederalCalendar()
DAYS = st.dates(date(2026, 1, 1), date(2035, 12, 31))
COUNTS = st.integers(1, 120)


@pytest.mark.parametrize(
    "day",
    [
        date(2026, 7, 3),
        date(2027, 6, 18),
        date(2027, 7, 5),
        date(2027, 9, 6),
        date(2027, 12, 24),
        date(2027, 12, 31),
        date(2028, 11, 10),
        date(2024, 12, 24),
        date(2027, 9, 5),
    ],
)
def test_observed_holidays_closings_and_weekends_are_closed(day: date) -> None:
    assert not CALENDAR.is_open(day)


def test_a_period_that_ends_on_sunday_before_labor_day_runs_to_tuesday() -> None:
    assert CALENDAR.roll_forward_deadline(date(2027, 9, 2), 3) == date(2027, 9, 7)


def test_business_days_skip_an_observed_holiday() -> None:
    assert CALENDAR.add_business_days(date(2027, 6, 17), 3) == date(2027, 6, 23)


def test_local_closures_count_as_closed_and_change_the_version() -> None:
    snow = FederalCalendar(frozenset({date(2027, 9, 7)}))
    assert snow.roll_forward_deadline(date(2027, 9, 2), 3) == date(2027, 9, 8)
    assert snow.version != CALENDAR.version
    assert FederalCalendar(frozenset()).version == CALENDAR.version


@given(DAYS, COUNTS)
def test_a_lead_time_is_never_shortened(event: date, days: int) -> None:
    latest = CALENDAR.minimum_lead(event, days)
    assert CALENDAR.is_open(latest)
    assert event - latest >= timedelta(days=days), "rolling must not shorten the minimum"
    following = CALENDAR.next_open(latest + timedelta(days=1))
    assert event - following < timedelta(days=days), "a later working day would have done"


@given(DAYS, COUNTS)
def test_a_notice_clock_never_runs_out_early(event: date, days: int) -> None:
    earliest = CALENDAR.earliest_after(event, days)
    assert CALENDAR.is_open(earliest)
    assert earliest - event >= timedelta(days=days)


@given(DAYS, COUNTS)
def test_a_rolled_deadline_is_open_and_at_most_a_long_weekend_later(event: date, days: int) -> None:
    due = CALENDAR.roll_forward_deadline(event, days)
    assert CALENDAR.is_open(due)
    assert timedelta(days=days) <= due - event <= timedelta(days=days + 4)


@given(DAYS, st.integers(1, 40))
def test_counting_business_days_back_undoes_counting_them_forward(event: date, days: int) -> None:
    due = CALENDAR.add_business_days(event, days)
    assert CALENDAR.business_days_between(event, due) == days
    start = CALENDAR.subtract_business_days(due, days)
    assert start == CALENDAR.previous_open(event)


@pytest.mark.parametrize("days", [0, -1])
def test_a_period_of_no_days_is_refused(days: int) -> None:
    with pytest.raises(ValueError, match="at least one day"):
        CALENDAR.roll_forward_deadline(date(2027, 9, 2), days)
