from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.deadline_rules import DEADLINE_RULES, Event
from rules.recorded_events import RECORDED_EVENTS, objection

TODAY = date(2027, 10, 20)
DAYS = st.dates(date(2026, 1, 1), date(2035, 12, 31))


@pytest.mark.parametrize("event", RECORDED_EVENTS)
def test_a_day_that_has_not_come_is_refused_unless_it_is_set(event: Event) -> None:
    known = {needed: date(2027, 1, 4) for needed in RECORDED_EVENTS[event].needs}
    assert objection(event, TODAY, known, TODAY) is None
    refused = objection(event, TODAY + timedelta(days=1), known, TODAY)
    assert (refused is None) is (event in {Event.CLOSING, Event.DEBRIEF_OFFERED})
    if refused is not None:
        assert "has not happened yet" in refused
        assert "milestones of the package" in refused


@pytest.mark.parametrize(
    ("event", "day", "known", "said"),
    [
        (
            Event.RFP_ISSUED,
            date(2027, 2, 26),
            {Event.PRESOLICITATION_PUBLISHED: date(2027, 3, 1)},
            "before publication of the presolicitation notice, recorded for 2027-03-01",
        ),
        (
            Event.PRESOLICITATION_PUBLISHED,
            date(2027, 3, 17),
            {Event.RFP_ISSUED: date(2027, 3, 16)},
            "after issue of the RFP, recorded for 2027-03-16",
        ),
        (Event.DEBRIEF_HELD, date(2027, 9, 15), {}, "Record receipt of the debriefing request"),
        (Event.NOTICE_RECEIVED, date(2027, 9, 7), {}, "Record award first"),
        (Event.PROTEST_NOTICE_RECEIVED, date(2027, 9, 29), {}, "Record filing of the protest"),
        (
            Event.DEBRIEF_CONCLUDED,
            date(2027, 9, 16),
            {
                Event.DEBRIEF_HELD: date(2027, 9, 15),
                Event.DEBRIEF_QUESTIONS_RECEIVED: date(2027, 9, 17),
            },
            "before receipt of the written questions",
        ),
        (Event.FUNDS_EXPIRE, date(2027, 9, 30), {}, "follows from the package"),
        (Event.PROTEST_REPORT_DUE, date(2027, 9, 30), {}, "follows from the package"),
    ],
    ids=[
        "issue-before-notice",
        "notice-after-issue",
        "debriefing-nobody-asked-for",
        "notice-before-award",
        "notice-of-no-protest",
        "concluded-before-questions",
        "a-fact",
        "a-computed-day",
    ],
)
def test_what_cannot_have_happened_is_refused_with_the_reason(
    event: Event, day: date, known: dict[Event, date], said: str
) -> None:
    refused = objection(event, day, known, TODAY)
    assert refused is not None
    assert said in refused


def test_a_second_offeror_may_be_later_than_what_followed_the_first() -> None:
    known = {Event.AWARD: date(2027, 9, 2), Event.DEBRIEF_REQUESTED: date(2027, 9, 9)}
    assert objection(Event.NOTICE_RECEIVED, date(2027, 9, 10), known, TODAY) is None


def test_an_unlawful_day_that_happened_is_recorded() -> None:
    notice = {Event.PRESOLICITATION_PUBLISHED: date(2027, 3, 1)}
    assert objection(Event.RFP_ISSUED, date(2027, 3, 2), notice, TODAY) is None


@given(st.sampled_from(list(RECORDED_EVENTS)), DAYS, DAYS)
def test_the_same_day_again_is_never_refused(event: Event, day: date, today: date) -> None:
    known = {needed: day for needed in RECORDED_EVENTS[event].needs}
    known |= {earlier: day for earlier in RECORDED_EVENTS[event].after}
    if day <= today:
        assert objection(event, day, known, today) is None


def test_every_event_that_starts_a_deadline_is_planned_or_can_be_recorded() -> None:
    planned = {
        Event.PACKAGE_ACCEPTED,
        Event.QUESTIONS_DUE,
        Event.CURRENT_PERIOD_END,
        Event.FUNDS_EXPIRE,
        Event.APPROVAL_REQUESTED,
        Event.PROTEST_REPORT_DUE,
    }
    triggers = {trigger.event for rule in DEADLINE_RULES for trigger in rule.triggers}
    fulfilled = {rule.done_by for rule in DEADLINE_RULES if rule.done_by}
    assert (triggers | fulfilled) - planned <= set(RECORDED_EVENTS)
