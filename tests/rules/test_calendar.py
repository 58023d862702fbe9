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
    assert snow.version.endswith(snow.closures_version), "the closures can be told from the version"


CLOSURES = st.frozensets(st.dates(date(2026, 1, 1), date(2036, 6, 30)), max_size=40)
"""Storms, lapses and closed bases, anywhere in ten years."""
CALENDARS = st.builds(FederalCalendar, CLOSURES)


@given(CALENDARS, DAYS, COUNTS)
def test_a_lead_time_is_never_shortened(calendar: FederalCalendar, event: date, days: int) -> None:
    latest = calendar.minimum_lead(event, days)
    assert calendar.is_open(latest)
    assert event - latest >= timedelta(days=days), "rolling must not shorten the minimum"
    following = calendar.next_open(latest + timedelta(days=1))
    assert event - following < timedelta(days=days), "a later working day would have done"


@given(CALENDARS, DAYS, COUNTS)
def test_a_notice_clock_never_runs_out_early(
    calendar: FederalCalendar, event: date, days: int
) -> None:
    earliest = calendar.earliest_after(event, days)
    assert calendar.is_open(earliest)
    assert earliest - event >= timedelta(days=days)


@given(CALENDARS, DAYS, COUNTS)
def test_a_rolled_deadline_is_open_and_no_open_day_lies_between(
    calendar: FederalCalendar, event: date, days: int
) -> None:
    due, last = calendar.roll_forward_deadline(event, days), event + timedelta(days=days)
    assert calendar.is_open(due)
    assert due >= last
    between = range((due - last).days)
    assert not any(calendar.is_open(last + timedelta(days=offset)) for offset in between)


@given(DAYS, COUNTS)
def test_without_closures_a_deadline_rolls_over_a_long_weekend_at_most(
    event: date, days: int
) -> None:
    due = CALENDAR.roll_forward_deadline(event, days)
    assert timedelta(days=days) <= due - event <= timedelta(days=days + 4)


@given(CALENDARS, DAYS, st.integers(0, 400), COUNTS)
def test_a_later_event_never_gives_an_earlier_date(
    calendar: FederalCalendar, event: date, later: int, days: int
) -> None:
    after = event + timedelta(days=later)
    for count in (
        calendar.roll_forward_deadline,
        calendar.earliest_after,
        calendar.minimum_lead,
        calendar.add_business_days,
        calendar.subtract_business_days,
    ):
        assert count(event, days) <= count(after, days), count.__name__


@given(CALENDARS, DAYS, COUNTS)
def test_more_days_never_give_a_tighter_date(
    calendar: FederalCalendar, event: date, days: int
) -> None:
    more = days + 1
    assert calendar.roll_forward_deadline(event, days) <= calendar.roll_forward_deadline(
        event, more
    )
    assert calendar.earliest_after(event, days) <= calendar.earliest_after(event, more)
    assert calendar.add_business_days(event, days) < calendar.add_business_days(event, more)
    assert calendar.minimum_lead(event, days) >= calendar.minimum_lead(event, more)


@given(CLOSURES, st.dates(date(2026, 1, 1), date(2035, 12, 31)), DAYS, COUNTS)
def test_another_closure_never_shortens_a_period_or_a_wait(
    closures: frozenset[date], storm: date, event: date, days: int
) -> None:
    before, after = FederalCalendar(closures), FederalCalendar(closures | {storm})
    assert before.roll_forward_deadline(event, days) <= after.roll_forward_deadline(event, days)
    assert before.earliest_after(event, days) <= after.earliest_after(event, days)
    assert before.add_business_days(event, days) <= after.add_business_days(event, days)
    assert before.minimum_lead(event, days) >= after.minimum_lead(event, days)


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
