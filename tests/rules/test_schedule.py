from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest

from rules.calendar import FederalCalendar
from rules.citations import Regime
from rules.deadlines import DeadlineFacts
from rules.schedule import ScheduleFacts, Unit, schedule

CALENDAR = FederalCalendar()
DEADLINES = DeadlineFacts(value=Decimal("58294575.84"), base_value=Decimal("14692123.60"))
ALMS = {
    "package_accepted": date(2027, 1, 11),
    "sources_sought_published": date(2027, 1, 13),
    "sources_sought_response": date(2027, 1, 28),
    "rfi_published": date(2027, 1, 20),
    "rfi_response": date(2027, 2, 4),
    "industry_day": date(2027, 2, 3),
    "market_research_complete": date(2027, 2, 11),
    "requirement_baselined": date(2027, 2, 19),
    "strategy_approved": date(2027, 2, 26),
    "presolicitation_published": date(2027, 3, 1),
    "rfp_issue": date(2027, 3, 16),
    "questions_due": date(2027, 4, 16),
    "answers_posted": date(2027, 4, 23),
    "closing": date(2027, 4, 30),
    "evaluation_complete": date(2027, 7, 30),
    "decision": date(2027, 8, 20),
    "award_announcement": date(2027, 9, 1),
    "award": date(2027, 9, 2),
    "notices_sent": date(2027, 9, 3),
    "offer_expiration": date(2027, 10, 27),
}
FACTS = ScheduleFacts(deadlines=DEADLINES)
LAID_OUT = schedule(ALMS, FACTS, CALENDAR)


def test_k11_the_response_time_uses_45_days_of_30_required() -> None:
    step = LAID_OUT.step("rfp_issue", "closing")
    assert (step.calendar_days, step.least, step.unit) == (45, 30, Unit.CALENDAR)
    assert step.slack == 15
    assert (step.rule, step.citation) == ("D03", "RFO 5.201(d)")


def test_k11_the_notice_period_is_used_to_the_day() -> None:
    step = LAID_OUT.step("presolicitation_published", "rfp_issue")
    assert (step.calendar_days, step.least, step.slack, step.rule) == (15, 15, 0, "D01")


def test_k10_durations_are_shown_in_both_kinds_of_day() -> None:
    assert LAID_OUT.palt == 170
    found = {part.title: (part.calendar_days, part.business_days) for part in LAID_OUT.stretches}
    assert found == {
        "Pre-solicitation": (64, 44),
        "Solicitation": (45, 33),
        "Evaluation and award": (125, 86),
        "Solicitation to award (PALT)": (170, 119),
        "Package to award": (234, 163),
    }


def test_the_backward_pass_starts_at_the_award_and_keeps_every_minimum() -> None:
    expected = {
        "award": date(2027, 9, 2),
        "award_announcement": date(2027, 9, 1),
        "evaluation_complete": date(2027, 9, 1),
        "closing": date(2027, 8, 31),
        "rfp_issue": date(2027, 7, 30),  # 30 days before 31 August is a Sunday
        "presolicitation_published": date(2027, 7, 15),
        "strategy_approved": date(2027, 7, 14),
        "market_research_complete": date(2027, 7, 13),
        "package_accepted": date(2027, 6, 21),
    }
    assert {name: LAID_OUT.milestone(name).latest for name in expected} == expected
    assert LAID_OUT.milestone("closing").slack == 123


def test_the_forward_pass_gives_the_earliest_award() -> None:
    assert LAID_OUT.milestone("award").earliest == date(2027, 3, 24)
    assert LAID_OUT.margin == 162
    assert LAID_OUT.problems == ()


def test_the_critical_path_is_the_chain_that_keeps_the_award_from_being_earlier() -> None:
    path = LAID_OUT.critical_path
    assert (path[0], path[-1]) == ("package_accepted", "award")
    steps = [LAID_OUT.step(start, end) for start, end in pairwise(path)]
    assert all(step.critical for step in steps)
    assert {"D01", "D03", "D21"} <= {step.rule for step in steps}
    assert "questions_due" not in path, "questions and answers fit into the response time"


def test_after_the_award_there_is_nothing_to_slip_towards() -> None:
    notices = LAID_OUT.milestone("notices_sent")
    assert (notices.earliest, notices.latest, notices.slack) == (None, None, None)


@pytest.mark.parametrize("days", [0, 1])
def test_one_day_too_few_is_a_problem_that_says_how_far_to_move(days: int) -> None:
    closing = ALMS["rfp_issue"] + timedelta(days=30 - days)
    dates = ALMS | {
        "questions_due": date(2027, 3, 29),
        "answers_posted": date(2027, 4, 5),
        "closing": closing,
    }
    problems = schedule(dates, FACTS, CALENDAR).problems
    if not days:
        assert problems == ()
    else:
        (problem,) = problems
        assert "30 calendar days needed (D03, RFO 5.201(d)); move closing by 1 days" in problem


def test_an_award_after_the_offers_expire_is_a_problem() -> None:
    dates = ALMS | {"offer_expiration": date(2027, 9, 1)}
    (problem,) = schedule(dates, FACTS, CALENDAR).problems
    assert "after the offers expire on 2027-09-01" in problem


def test_a_commercial_buy_needs_no_waiting_periods() -> None:
    facts = FACTS.model_copy(
        update={"deadlines": DEADLINES.model_copy(update={"commercial": True})}
    )
    found = schedule(ALMS, facts, CALENDAR)
    assert found.step("presolicitation_published", "rfp_issue").least == 0
    assert found.step("rfp_issue", "closing").least == 0


def test_research_counts_45_days_from_the_notice() -> None:
    facts = FACTS.model_copy(update={"deadlines": DEADLINES.model_copy(update={"research": True})})
    step = schedule(ALMS, facts, CALENDAR).step("presolicitation_published", "closing")
    assert (step.least, step.rule, step.slack) == (45, "D04", 15)


def test_without_announcement_the_award_may_follow_the_decision() -> None:
    small = DEADLINES.model_copy(update={"base_value": Decimal(9_000_000)})
    found = schedule(ALMS, FACTS.model_copy(update={"deadlines": small}), CALENDAR)
    assert "award_announcement" not in found.critical_path
    assert found.milestone("decision").latest == date(2027, 9, 2)


def test_milestones_that_an_acquisition_does_not_have_are_left_out() -> None:
    names = ("package_accepted", "presolicitation_published", "rfp_issue", "closing", "award")
    found = schedule({name: ALMS[name] for name in names}, FACTS, CALENDAR)
    assert [milestone.name for milestone in found.milestones] == list(names)
    assert found.palt == 170
    with pytest.raises(KeyError, match="industry_day"):
        found.milestone("industry_day")


def test_steps_cite_the_regime_of_the_project() -> None:
    codified = DEADLINES.model_copy(update={"regime": Regime.FAR})
    found = schedule(ALMS, FACTS.model_copy(update={"deadlines": codified}), CALENDAR)
    assert found.step("rfp_issue", "closing").citation == "FAR 5.203(c)"


def test_a_closed_office_moves_the_latest_dates_forward_in_time() -> None:
    closed = FederalCalendar(frozenset({date(2027, 7, 30), date(2027, 7, 29)}))
    found = schedule(ALMS, FACTS, closed)
    assert found.milestone("rfp_issue").latest == date(2027, 7, 28)
    assert found.calendar_version != LAID_OUT.calendar_version


def test_what_has_happened_is_marked_and_counts_from_its_day() -> None:
    found = schedule(ALMS | {"rfp_issue": date(2027, 3, 23)}, FACTS, CALENDAR, {"rfp_issue"})
    assert [m.name for m in found.milestones if m.recorded] == ["rfp_issue"]
    assert found.step("rfp_issue", "closing").slack == 8
    assert found.palt == 163
