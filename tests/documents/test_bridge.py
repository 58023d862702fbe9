"""The sole-source bridge: what it needs and what it does not, and why."""

from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from documents.catalog import BY_CODE
from documents.computed import Computed, compute
from documents.facts import InvalidFacts, Records, parse_facts
from documents.planning import plan_for
from documents.vocabulary import Phase, Position, RecordKind
from tests.documents.acquisitions import text_of

SAMPLE = Path(__file__).parents[2] / "samples" / "bridge.yaml"

RULES: dict[str, tuple[bool | None, str]] = {
    "justification": (True, "$7,397,253.60 with all options: approved by the competition advocate"),
    "sources_sought": (True, "comes before any sole source"),
    "certified_data": (False, "$7,397,253.60, is not over $10 million"),
    "acquisition_plan": (False, "$7,397,253.60, is below $50 million"),
    "source_selection_plan": (False, "no source selection without competition"),
    "ssac": (False, "no source selection without competition"),
    "ssa_other_than_co": (False, "no source selection without competition"),
    "negotiations_expected": (False, "no source selection without competition"),
    "past_performance_factor": (False, "no evaluation factors without competition"),
    "announcement": (False, "$7,397,253.60, is not over $9 million"),
    "required_debrief": (False, "no unsuccessful offerors"),
    "ssdd_disclosure_on_request": (False, "no unsuccessful offerors"),
    "clearance_upload": (False, "$7,397,253.60, is not over $25 million"),
    "small_business_coordination": (True, "is over $15,000"),
    "subcontracting_clause": (True, "is over $900,000"),
    "synopsis": (True, "is over $20,000"),
    "market_research_clause": (False, "$7,397,253.60, is not over $7.5 million"),
    "option_determination": (False, "There are no options"),
    "wage_determination": (True, "is over $2,500"),
    "government_property": (True, "furnishes property"),
    "dd254": (False, "No access to classified information"),
    "not_performance_based_approval": (False, "performance-based"),
}

NEEDED = {
    "SSN": "one source is asked for only after the market was asked",
    "JA": "competition is not full and open",
    "JAP": "every justification is posted",
    "PNO": "the price is negotiated",
    "PNM": "the price is negotiated",
    "PCA": "the price is analyzed in every acquisition",
    "SUBK": "the source is other than small, above the threshold",
    "CTD": "travel is reimbursed",
    "WD": "service employees work on it",
    "GFP": "the Government furnishes property",
    "RESP": "every award needs a responsible firm",
}
NOT_NEEDED = {
    **dict.fromkeys(
        ("SSP", "SEC-L", "SEC-M", "PPQF", "NDA", "CMP", "SCORE", "PPE", "SSEB", "SSAC", "SSDD"),
        "there is no source selection",
    ),
    **dict.fromkeys(("CRD", "CLAR", "XCL", "UNS", "DBR", "SBN"), "there is no other offeror"),
    **dict.fromkeys(("RFI", "IND", "DRFP"), "the office chose not to"),
    **dict.fromkeys(("SOW", "SOO"), "the work statement is performance-based"),
    "AP": "the value is below the threshold of a written plan",
    "ANN": "the face value is below the threshold of the announcement",
    "OPT": "there are no options",
    "CBD": "nothing is combined",
    "LPTA": "nothing is compared",
    "DD254": "no classified access",
    "PROT": "nobody protests",
}


@cache
def _raw() -> dict[str, Any]:
    return yaml.safe_load(SAMPLE.read_text(encoding="utf-8"))


@cache
def _computed() -> Computed:
    return compute(parse_facts(_raw()["facts"]), Records.model_validate(_raw()["records"]))


def _plan() -> dict[str, tuple[Position, ...]]:
    documents = plan_for(parse_facts(_raw()["facts"])).documents
    return {row.code: tuple(signer.position for signer in row.approvers) for row in documents}


@pytest.mark.parametrize("rule", RULES)
def test_a_rule_answers_for_the_bridge_and_says_why(rule: str) -> None:
    applies, reason = RULES[rule]
    answer = _computed().answers[rule]
    assert answer.applies is applies, answer.reason
    assert reason in answer.reason, f"{rule} gives another reason: {answer.reason}"


@pytest.mark.parametrize("code", NEEDED)
def test_the_bridge_needs(code: str) -> None:
    assert code in _plan(), f"{code} is missing although {NEEDED[code]}"


@pytest.mark.parametrize("code", NOT_NEEDED)
def test_the_bridge_does_not_need(code: str) -> None:
    assert code not in _plan(), f"{code} is planned although {NOT_NEEDED[code]}"


def test_every_other_type_is_one_that_any_acquisition_of_services_has() -> None:
    every = {
        "PR", "MRR", "PWS", "PRS", "QASP", "CDRL", "IGF", "IGCE", "SBCR", "PSN", "RFP", "QNA",
        "AMD", "RCPT", "SF26", "AWL", "CAS", "CAR", "CORL",
        *(f"SEC-{letter}" for letter in "ABCDEFGHIJK"),
    }  # fmt: skip
    assert set(_plan()) == every | set(NEEDED)
    assert set(BY_CODE) == every | set(NEEDED) | set(NOT_NEEDED), "a type has no expectation here"


def test_the_justification_is_signed_up_to_the_advocate_for_competition() -> None:
    assert _plan()["JA"] == (
        Position.PROGRAM_MANAGER,
        Position.LEGAL_COUNSEL,
        Position.CONTRACTING_OFFICER,
        Position.COMPETITION_ADVOCATE,
    )
    assert not Position.COMPETITION_ADVOCATE.delegable


def test_the_justification_comes_before_the_notice_and_its_copy_after_the_award() -> None:
    documents = {row.code: row for row in plan_for(parse_facts(_raw()["facts"])).documents}
    assert "JA" in documents["PSN"].requires
    assert {"MRR", "SSN"} <= set(documents["JA"].requires)
    assert documents["JA"].records == (RecordKind.MARKET_RESEARCH,)
    assert documents["JAP"].phase is Phase.POST_SOLICITATION
    assert {"JA", "SF26"} <= set(documents["JAP"].requires)


def test_the_justification_has_its_twelve_items_in_order_and_both_attachments() -> None:
    text = text_of("JA", _computed())
    headings = [line[2:] for line in text.splitlines() if line.startswith("# ")]
    assert headings == [
        "Agency and contracting activity",
        "Nature of the action",
        "Supplies or services required",
        "Statutory authority",
        "Why the authority applies",
        "Efforts to obtain offers",
        "Fair and reasonable price",
        "Market research",
        "Other facts",
        "Sources that expressed interest",
        "Actions to remove barriers",
        "Certification of the Contracting Officer",
        "Technical certification, review and approval",
        "Attachment: results of the notice to the market",
        "Attachment: earlier justifications",
    ]
    for phrase in ("10 USC 3204(a)(1); RFO 6.103-1", "Baywater Data Services LLC", "N0018926C0031"):
        assert phrase in text, f"the justification does not say {phrase!r}"


@pytest.mark.parametrize("code", ["JAP", "PSN", "SSN", "SEC-A"])
def test_no_released_document_of_the_bridge_shows_what_is_withheld(code: str) -> None:
    computed, text = _computed(), text_of(code, _computed()).replace("\\", "")
    objectives = computed.records.objectives
    assert objectives is not None
    secret = {computed.estimate.total, objectives.positions[0].prices[0]}
    shown = [f"{amount:,.2f}" for amount in secret if f"{amount:,.2f}" in text]
    assert not shown, f"{code} is released and shows {shown}"
    assert "2,310,000" not in text, f"{code} shows a statement that the facts withhold"


def test_the_posted_copy_says_what_was_removed_and_why() -> None:
    text = text_of("JAP", _computed())
    for reason in (
        "Removed: an estimate of the Government that would show its position on price",
        "Removed: the Government's own estimate",
        "Removed: proprietary data of the sources",
    ):
        assert reason in text, f"the posted copy does not say {reason!r}"
    assert "The legacy system is operated by people, not by documents" in text
    assert "posted no later than 2 September 2027" in text, "14 days after the award"


def test_the_notice_names_the_source_the_reason_and_the_authority() -> None:
    text = text_of("PSN", _computed())
    for phrase in (
        "Keelhaven Systems Group Inc.",
        "The firm operates the legacy system today.",
        "only one responsible source",
        "All responsible sources may submit",
    ):
        assert phrase in text, f"the notice does not say {phrase!r}"


def test_no_document_of_the_bridge_sends_the_reader_to_a_section_that_it_has_not() -> None:
    for code in _plan():
        text = text_of(code, _computed())
        for phrase in ("Section L", "Section M", "Sections L", "evaluation team"):
            assert phrase not in text, f"{code} speaks of {phrase}, which the bridge does not have"


def _changed(**changes: object) -> dict[str, Any]:
    facts = _raw()["facts"]
    return {**facts, "justification": {**facts["justification"], **changes}}


def _without_notice() -> dict[str, Any]:
    facts = _raw()["facts"]
    milestones = {k: v for k, v in facts["milestones"].items() if k != "sources_sought_published"}
    return {**facts, "milestones": milestones}


def _without(name: str) -> dict[str, Any]:
    return {key: value for key, value in _raw()["facts"].items() if key != name}


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        (_without("justification"), "justification is missing"),
        (_changed(source=None), "justification.source is missing"),
        (_without_notice(), "milestones.sources_sought_published is missing"),
        (_changed(section_8a=True), "needs the exception statute"),
        (_without("wage_determinations"), "wage_determinations is empty"),
    ],
    ids=["justification", "source", "notice", "8(a)", "wages"],
)
def test_a_sole_source_without_its_facts_is_refused_with_the_remedy(
    facts: dict[str, Any], words: str
) -> None:
    with pytest.raises(InvalidFacts) as caught:
        plan_for(parse_facts(facts))
    assert any(words in problem for problem in caught.value.problems), caught.value.problems


def test_an_urgent_sole_source_needs_no_notice_and_posts_within_thirty_days() -> None:
    urgent = _without_notice()
    urgent["justification"] = {**urgent["justification"], "exception": "urgency"}
    computed = compute(parse_facts(urgent))
    assert "SSN" not in {row.code for row in plan_for(computed.facts).documents}
    due = {deadline.id: deadline.due for deadline in computed.deadlines}
    # Thirty days after the award are a Saturday, so that the next open day counts.
    assert due["D41"] == date(2027, 9, 20)


def test_a_waived_notice_is_explained_in_the_justification() -> None:
    facts = _without_notice()
    waiver = "The head of the contracting activity waived the notice"
    facts["justification"] = {**facts["justification"], "notice_waiver": waiver}
    plan_for(parse_facts(facts))
    records = Records.model_validate({"market_research": _raw()["records"]["market_research"]})
    assert waiver in text_of("JA", compute(parse_facts(facts), records))


def test_deadlines_of_options_and_plans_come_only_with_options_and_plans() -> None:
    named = {deadline.id for deadline in _computed().deadlines}
    assert not named & {"D44", "D45"}, "the bridge has no options"
    assert "D46" not in named, "the bridge has no written acquisition plan to review"
    assert {"D41", "D49"} <= named, "the justification is posted, and wages are checked"
