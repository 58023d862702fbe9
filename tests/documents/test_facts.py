"""Facts: what does not fit is refused, with every problem, where it is and what to do."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from documents.computed import compute
from documents.facts import InvalidFacts, MarketResearch, parse_facts, parse_record
from documents.vocabulary import RecordKind
from tests.documents.acquisitions import alms, alms_facts, raw_facts

Change = Callable[[dict[str, Any]], None]


def _refused(raw: dict[str, Any]) -> str:
    with pytest.raises(InvalidFacts) as caught:
        parse_facts(raw)
    return "\n".join(caught.value.problems)


def test_the_sample_is_accepted() -> None:
    assert alms_facts().project.solicitation_piid == "N0018927R0042"


def test_a_wrong_code_is_reported_with_its_path() -> None:
    raw = raw_facts()
    raw["project"]["naics"]["code"] = "54151"
    raw["periods"][2]["start"] = "soon"
    raw["people"]["contracting_officer"]["salary"] = 1
    problems = _refused(raw)
    for path in (
        "project.naics.code",
        "periods.2.start",
        "people.contracting_officer.salary",
    ):
        assert path in problems, f"the message must name {path}:\n{problems}"


def _gap_between_periods(raw: dict[str, Any]) -> None:
    raw["periods"][1]["start"] = "2028-10-02"


def _period_that_ends_before_it_starts(raw: dict[str, Any]) -> None:
    raw["periods"][4]["end"] = "2031-01-01"


def _unknown_data_item(raw: dict[str, Any]) -> None:
    raw["requirements"][0]["cdrl"] = "A099"


def _hours_for_four_of_five_periods(raw: dict[str, Any]) -> None:
    raw["estimate"]["labour"][0]["hours"] = [1880, 1880, 1880, 1880]


def _number_of_another_office(raw: dict[str, Any]) -> None:
    raw["project"]["contract_piid"] = "W912AB27C0042"


def _nobody_with_a_warrant(raw: dict[str, Any]) -> None:
    del raw["people"]["contracting_officer"]


DISAGREEMENTS: dict[Change, tuple[str, str]] = {
    _gap_between_periods: ("periods.o1.start is 2028-10-02", "must be the day after"),
    _period_that_ends_before_it_starts: ("periods.o4.end", "must be after its start"),
    _unknown_data_item: ("requirements.R01.cdrl names A099", "add it to data_items"),
    _hours_for_four_of_five_periods: ("estimate.labour.LC01.hours has 4", "each of the 5 periods"),
    _number_of_another_office: ("project.contract_piid is W912AB27C0042", "N00189"),
    _nobody_with_a_warrant: ("people.contracting_officer is missing", "name who holds"),
}


@pytest.mark.parametrize("change", DISAGREEMENTS, ids=lambda change: change.__name__.strip("_"))
def test_facts_that_disagree_are_refused_with_place_and_remedy(change: Change) -> None:
    raw = raw_facts()
    change(raw)
    problems = _refused(raw)
    for words in DISAGREEMENTS[change]:
        assert words in problems, f"expected {words!r} in:\n{problems}"


def test_all_disagreements_are_reported_at_once() -> None:
    raw = raw_facts()
    for change in DISAGREEMENTS:
        change(raw)
    problems = _refused(raw)
    for place, _ in DISAGREEMENTS.values():
        assert place in problems, f"{place!r} was swallowed by another problem:\n{problems}"


def test_a_cost_that_no_line_pays_for_is_refused() -> None:
    raw = raw_facts()
    raw["estimate"]["lines"][2]["costs"] = []
    with pytest.raises(InvalidFacts, match=r"estimate: .*on no line"):
        compute(parse_facts(raw))


def test_a_record_is_read_by_the_schema_of_its_kind() -> None:
    with pytest.raises(InvalidFacts, match=r"questions\.0\.answer"):
        parse_record(
            RecordKind.QUESTIONS,
            {"questions": [{"number": 1, "section": "L", "question": "Which date?"}]},
        )
    empty: dict[str, list[str]] = {
        "sources": [],
        "vehicles": [],
        "prices": [],
        "terms": [],
        "conclusions": [],
    }
    assert isinstance(parse_record(RecordKind.MARKET_RESEARCH, empty), MarketResearch)


MISPLACED: dict[str, tuple[dict[str, Any], tuple[str, ...]]] = {
    "an RFP less than 15 days after the notice": (
        {"presolicitation_published": "2027-03-02"},
        ("milestones.rfp_issue is 2027-03-16", "use 2027-03-17 or later"),
    ),
    "a closing less than 30 days after the RFP": (
        {
            "questions_due": "2027-04-05",
            "answers_posted": "2027-04-09",
            "closing": {"day": "2027-04-14", "at": "14:00"},
        },
        ("milestones.closing is 2027-04-14", "use 2027-04-15 or later"),
    ),
    "answers before the questions are due": (
        {"answers_posted": "2027-04-15"},
        ("milestones.answers_posted", "after questions_due"),
    ),
    "answers on the day of closing": (
        {"answers_posted": "2027-04-30"},
        ("milestones.closing", "after answers_posted"),
    ),
    "a notice before market research is complete": (
        {"presolicitation_published": "2027-02-10"},
        (
            "milestones.presolicitation_published is 2027-02-10",
            "market research is complete on 2027-02-11",
            "use 2027-02-16 or later",
        ),
    ),
    "an award before the decision": (
        {"award": "2027-08-19"},
        ("milestones.award", "on or after decision"),
    ),
    "an award after the offers expire": (
        {"offer_acceptance_days": 60},
        ("milestones.offer_acceptance_days", "on or after award"),
    ),
    "a closing on a federal holiday": (
        {"closing": {"day": "2027-05-31", "at": "14:00"}},
        ("milestones.closing.day is 2027-05-31", "use 2027-06-01"),
    ),
}


@pytest.mark.parametrize("case", MISPLACED)
def test_milestones_out_of_legal_order_are_refused_with_the_date_to_use(case: str) -> None:
    change, expected = MISPLACED[case]
    raw = raw_facts()
    raw["milestones"] |= change
    with pytest.raises(InvalidFacts) as caught:
        compute(parse_facts(raw))
    problems = "\n".join(caught.value.problems)
    for words in expected:
        assert words in problems, f"{case}: expected {words!r} in:\n{problems}"


def test_a_commercial_buy_may_use_a_shorter_notice() -> None:
    raw = raw_facts()
    raw["project"]["commercial"] = True
    raw["milestones"]["presolicitation_published"] = "2027-03-12"
    assert compute(parse_facts(raw)).dates["presolicitation_published"] == date(2027, 3, 12)


@pytest.mark.parametrize(
    ("name", "day"),
    [
        ("sources_sought_response", date(2027, 1, 28)),
        ("rfi_response", date(2027, 2, 4)),
        ("market_research_complete", date(2027, 2, 11)),
        ("requirement_baselined", date(2027, 2, 19)),
        ("strategy_approved", date(2027, 2, 26)),
        ("award_announcement", date(2027, 9, 1)),
        ("offer_expiration", date(2027, 10, 27)),
    ],
)
def test_derived_dates_skip_closed_days(name: str, day: date) -> None:
    assert alms().dates[name] == day, f"{name} is counted with the federal calendar"


def test_the_response_date_of_a_notice_rolls_to_an_open_day() -> None:
    raw = raw_facts()
    raw["milestones"]["sources_sought_published"] = "2027-01-31"
    raw["milestones"]["rfi_published"] = "2027-01-28"
    dates = compute(parse_facts(raw)).dates
    assert dates["sources_sought_response"] == date(2027, 2, 16), "15 February is a holiday"
