from datetime import date, time, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.calendar import FederalCalendar
from rules.citations import Regime, cite
from rules.deadline_rules import DEADLINE_RULES, Count
from rules.deadlines import (
    Deadline,
    DeadlineFacts,
    Event,
    approval_due,
    approval_schedule,
    deadlines_for,
    palt,
)

CALENDAR = FederalCalendar()
FACTS = DeadlineFacts(
    value=Decimal("58294575.84"),
    base_value=Decimal(13_912_405),
    closing_time=time(14, 0),
    offer_acceptance_days=180,
)


def _find(id: str, events: dict[Event, date], facts: DeadlineFacts = FACTS) -> Deadline:
    found = {deadline.id: deadline for deadline in deadlines_for(events, facts, CALENDAR)}
    assert id in found, f"{id} was not computed; got {sorted(found)}"
    return found[id]


GOLDEN = [
    ("D01", {Event.PRESOLICITATION_PUBLISHED: date(2027, 3, 1)}, date(2027, 3, 16)),
    ("D03", {Event.RFP_ISSUED: date(2027, 3, 16)}, date(2027, 4, 15)),
    ("D12", {Event.CLOSING: date(2027, 4, 30)}, date(2027, 4, 16)),
    ("D13", {Event.CLOSING: date(2027, 4, 30)}, date(2027, 4, 23)),
    ("D14", {Event.CLOSING: date(2027, 4, 30)}, date(2027, 4, 30)),
    ("D14S", {Event.CLOSING: date(2027, 4, 30)}, date(2027, 4, 29)),
    ("D15", {Event.CLOSING: date(2027, 4, 30)}, date(2027, 10, 27)),
    ("D21", {Event.AWARD: date(2027, 9, 2)}, date(2027, 9, 1)),
    ("D22", {Event.AWARD: date(2027, 9, 2)}, date(2027, 9, 2)),
    ("D23", {Event.AWARD: date(2027, 9, 2)}, date(2027, 9, 7)),
    ("D24", {Event.NOTICE_RECEIVED: date(2027, 9, 7)}, date(2027, 9, 10)),
    ("D25", {Event.DEBRIEF_REQUESTED: date(2027, 9, 10)}, date(2027, 9, 15)),
    ("D27", {Event.DEBRIEF_QUESTIONS_RECEIVED: date(2027, 9, 17)}, date(2027, 9, 24)),
    ("D28", {Event.AWARD: date(2027, 9, 2)}, date(2027, 9, 13)),
    (
        "D28",
        {Event.AWARD: date(2027, 9, 2), Event.DEBRIEF_CONCLUDED: date(2027, 9, 24)},
        date(2027, 9, 29),
    ),
    ("D30", {Event.DEBRIEF_CONCLUDED: date(2027, 9, 24)}, date(2027, 10, 4)),
    ("D33", {Event.PROTEST_NOTICE_RECEIVED: date(2027, 9, 29)}, date(2027, 10, 29)),
    ("D34", {Event.PROTEST_NOTICE_RECEIVED: date(2027, 9, 29)}, date(2027, 10, 22)),
    ("D36", {Event.PROTEST_FILED: date(2027, 9, 28)}, date(2028, 1, 6)),
    ("D40", {Event.AWARD: date(2027, 9, 2)}, date(2027, 9, 8)),
    ("D40", {Event.AWARD: date(2027, 6, 17)}, date(2027, 6, 23)),
    ("D44", {Event.CURRENT_PERIOD_END: date(2028, 9, 30)}, date(2028, 8, 1)),
    ("D50", {Event.FUNDS_EXPIRE: date(2028, 9, 30)}, date(2028, 9, 29)),
    # The year ends on an observed holiday: New Year's Day 2028 is a Saturday.
    ("D23", {Event.AWARD: date(2027, 12, 28)}, date(2028, 1, 3)),
    ("D24", {Event.NOTICE_RECEIVED: date(2027, 12, 28)}, date(2028, 1, 3)),
    ("D40", {Event.AWARD: date(2027, 12, 29)}, date(2028, 1, 4)),
    ("D21", {Event.AWARD: date(2028, 1, 3)}, date(2027, 12, 30)),
    # Days are days of the calendar, whatever the clock does on 14 March and 7 November 2027.
    ("D01", {Event.PRESOLICITATION_PUBLISHED: date(2027, 3, 8)}, date(2027, 3, 23)),
    ("D25", {Event.DEBRIEF_REQUESTED: date(2027, 3, 10)}, date(2027, 3, 15)),
    ("D25", {Event.DEBRIEF_REQUESTED: date(2027, 11, 4)}, date(2027, 11, 9)),
    ("D27", {Event.DEBRIEF_QUESTIONS_RECEIVED: date(2027, 11, 4)}, date(2027, 11, 12)),
]


@pytest.mark.parametrize(
    ("id", "events", "due"), GOLDEN, ids=[f"{row[0]}-{row[2]}" for row in GOLDEN]
)
def test_a_deadline_falls_on_its_golden_date(id: str, events: dict[Event, date], due: date) -> None:
    deadline = _find(id, events)
    assert deadline.due == due, deadline.basis


def test_palt_runs_from_issue_to_award() -> None:
    assert palt(date(2027, 3, 16), date(2027, 9, 2)) == 170


def test_times_of_day_travel_with_the_deadline() -> None:
    events = {Event.CLOSING: date(2027, 4, 30)}
    assert _find("D14", events).time == time(14, 0)
    assert _find("D14S", events).time == time(17, 0)


def test_the_basis_explains_a_deadline_that_rolled_over_a_holiday() -> None:
    basis = _find("D23", {Event.AWARD: date(2027, 9, 2)}).basis
    assert "3 calendar days after award (Thu 2 Sep 2027)" in basis
    assert "Sun 5 Sep 2027 falls on a closed day" in basis
    assert basis.endswith("Tue 7 Sep 2027.")


def test_the_citation_follows_the_regime_of_the_project() -> None:
    events = {Event.AWARD: date(2027, 9, 2)}
    assert _find("D23", events).citation == "RFO 15.207-2"
    codified = FACTS.model_copy(update={"regime": Regime.FAR})
    assert _find("D23", events, codified).citation == "FAR 15.503(b)"


def test_a_date_the_project_states_replaces_the_computed_one() -> None:
    events = {Event.CLOSING: date(2027, 4, 30), Event.QUESTIONS_DUE: date(2027, 4, 9)}
    assert _find("D12", events).due == date(2027, 4, 9)


def test_a_closing_on_a_day_that_a_storm_closes_is_on_the_next_open_day() -> None:
    storm = FederalCalendar(frozenset({date(2027, 4, 30)}))
    events = {Event.CLOSING: date(2027, 4, 30)}
    found = {row.id: row for row in deadlines_for(events, FACTS, storm)}
    assert found["D14"].due == date(2027, 5, 3)
    assert "Fri 30 Apr 2027 is a closed day" in found["D14"].basis
    assert found["D14"].reminder_hours == (2,)


@pytest.mark.parametrize(
    ("recorded", "done"),
    [
        ({}, None),
        ({Event.DEBRIEF_HELD: date(2027, 9, 14)}, date(2027, 9, 14)),
        ({Event.DEBRIEF_HELD: date(2027, 9, 1)}, None),
    ],
    ids=["planned-only", "recorded", "of-an-earlier-request"],
)
def test_a_deadline_is_met_by_what_is_recorded_and_never_by_a_plan(
    recorded: dict[Event, date], done: date | None
) -> None:
    events = {Event.DEBRIEF_REQUESTED: date(2027, 9, 10), Event.DEBRIEF_HELD: date(2027, 9, 15)}
    rows = deadlines_for({**events, **recorded}, FACTS, CALENDAR, recorded)
    assert next(row for row in rows if row.id == "D25").done == done


def test_only_deadlines_of_recorded_events_are_computed() -> None:
    ids = {
        deadline.id
        for deadline in deadlines_for(
            {Event.PRESOLICITATION_PUBLISHED: date(2027, 3, 1)}, FACTS, CALENDAR
        )
    }
    assert ids == {"D01"}


@pytest.mark.parametrize(
    ("id", "present", "change"),
    [
        ("D01", False, {"commercial": True}),
        ("D01", False, {"value": Decimal(25_000)}),
        ("D02", True, {"value": Decimal(25_000)}),
        ("D21", False, {"base_value": Decimal(9_000_000)}),
        ("D21", True, {"base_value": Decimal("9000000.01")}),
        ("D41", True, {"competitive": False}),
        ("D41", False, {}),
        ("D43", False, {"competitive": False, "value": Decimal(25_000_000)}),
        ("D43", True, {"competitive": False}),
        ("D11", False, {"value": Decimal(10_000_000)}),
        ("D40U", True, {"urgent": True}),
        ("D40", False, {"urgent": True}),
    ],
)
def test_a_deadline_applies_exactly_when_its_condition_holds(
    id: str, present: bool, change: dict[str, object]
) -> None:
    events = {
        Event.PRESOLICITATION_PUBLISHED: date(2027, 3, 1),
        Event.RFP_ISSUED: date(2027, 3, 16),
        Event.AWARD: date(2027, 9, 2),
    }
    facts = FACTS.model_copy(update=change)
    ids = {deadline.id for deadline in deadlines_for(events, facts, CALENDAR)}
    assert (id in ids) is present


def test_reminders_are_working_days_before_the_deadline() -> None:
    deadline = _find(
        "D09",
        {Event.RFP_ISSUED: date(2027, 3, 16)},
        FACTS.model_copy(update={"small_business_review": True}),
    )
    assert deadline.due == date(2027, 2, 12), "14 Feb is a Sunday: the safe day is the Friday"
    assert deadline.reminders == (date(2027, 2, 4), date(2027, 2, 9))


def test_an_approval_is_reminded_due_and_escalated_in_business_days() -> None:
    friday = date(2027, 9, 3)
    schedule = approval_schedule(friday, 5, CALENDAR)
    assert approval_due(friday, 5, CALENDAR) == schedule.due == date(2027, 9, 13)
    assert schedule.reminder == date(2027, 9, 9)
    assert schedule.escalation == date(2027, 9, 16)


def test_ids_are_unique_and_every_rule_can_be_cited_in_both_regimes() -> None:
    ids = [rule.id for rule in DEADLINE_RULES]
    assert len(ids) == len(set(ids))
    numbered = {int(id[1:3]) for id in ids}
    assert numbered == set(range(1, 52)), "every row of the deadline table is there"
    for rule in DEADLINE_RULES:
        for regime in Regime:
            assert cite(rule.citation, regime).text


@settings(max_examples=60)
@given(st.dates(date(2026, 4, 1), date(2035, 12, 31)))
def test_no_rule_ever_lands_on_a_closed_day_or_shortens_a_minimum(day: date) -> None:
    facts = FACTS.model_copy(
        update={"small_business_review": True, "set_aside": True, "trade_agreements": True}
    )
    events = {event: day for event in Event}
    del events[Event.QUESTIONS_DUE], events[Event.ANSWERS_POSTED]
    rules = {rule.id: rule for rule in DEADLINE_RULES}
    for deadline in deadlines_for(events, facts, CALENDAR):
        rule = rules[deadline.id]
        # Nobody receives offers on a closed day; what merely happens on a day may fall on one.
        if rule.count is not Count.ON:
            assert CALENDAR.is_open(deadline.due), f"{deadline.id}: {deadline.basis}"
        days = max(trigger.days_for(facts) for trigger in rule.triggers)
        if rule.count is Count.NOT_BEFORE:
            assert deadline.due >= day + timedelta(days=days), deadline.basis
        if rule.count is Count.LEAD:
            assert deadline.due <= day - timedelta(days=days), deadline.basis
        if rule.count is Count.WITHIN:
            assert deadline.due <= day + timedelta(days=days), deadline.basis
        assert list(deadline.reminders) == sorted(deadline.reminders)
        assert all(reminder <= deadline.due for reminder in deadline.reminders)
