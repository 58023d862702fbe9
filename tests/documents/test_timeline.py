"""The schedule as the product lays it out: from facts, with recorded days, in the plan document."""

from datetime import date
from decimal import Decimal

from documents.milestones import dates_for
from documents.timeline import timeline
from rules.deadlines import Event
from rules.service_levels import SamplePlan, allowed_downtime, hours_and_minutes
from tests.documents.acquisitions import alms, text_of


def test_the_sample_needs_170_days_and_has_15_to_spare_for_proposals() -> None:
    laid_out = timeline(alms())
    assert laid_out.palt == 170
    assert laid_out.step("rfp_issue", "closing").slack == 15
    assert laid_out.problems == ()


def test_every_date_of_the_schedule_is_one_that_documents_quote() -> None:
    quoted = dates_for(alms().facts, alms().calendar)
    for milestone in timeline(alms()).milestones:
        assert milestone.planned == quoted[milestone.name]


def test_a_recorded_day_takes_the_place_of_the_plan_and_shortens_the_slack() -> None:
    laid_out = timeline(alms(), {Event.RFP_ISSUED: date(2027, 3, 30)})
    issued = laid_out.milestone("rfp_issue")
    assert (issued.planned, issued.recorded) == (date(2027, 3, 30), True)
    assert laid_out.step("rfp_issue", "closing").slack == 1
    assert not laid_out.milestone("closing").recorded


def test_a_recorded_delay_that_breaks_the_response_time_is_a_problem() -> None:
    (problem,) = timeline(alms(), {Event.RFP_ISSUED: date(2027, 4, 2)}).problems
    assert "30 calendar days needed (D03, RFO 5.201(d)); move closing by 3 days" in problem


def test_events_that_are_no_milestone_change_nothing() -> None:
    assert timeline(alms(), {Event.PROTEST_FILED: date(2027, 9, 28)}) == timeline(alms())


def test_the_acquisition_plan_shows_time_used_needed_and_to_spare() -> None:
    text = text_of("AP", alms())
    assert "| Solicitation issued to proposals close | 45 | 33 | 30 calendar days | 15 |" in text
    assert "| Solicitation to award (PALT) | 16 March 2027 | 2 September 2027 | 170 | 119 |" in text
    assert "form the critical path: requirements package accepted" in text


def test_the_quality_levels_of_the_sample_are_the_computed_ones() -> None:
    levels = {requirement.id: requirement for requirement in alms().facts.requirements}
    down = hours_and_minutes(allowed_downtime(Decimal("99.5")))
    assert down == "3 h 39 min"
    assert "3 hours 39 minutes down in a 30.4-day month" in levels["R04"].aql
    assert "98.0% of a sample of 200" in levels["R01"].aql
    assert SamplePlan.for_level(200, Decimal("98.0")).passes(196)
