"""What the rules ask for in each competed sample, answer by answer with its reason."""

from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from documents.catalog import BY_CODE, BY_RECORD
from documents.computed import Computed, compute
from documents.facts import InvalidFacts, Records, parse_facts
from documents.planning import plan_for
from documents.vocabulary import Position, RecordKind
from tests.documents.test_negotiation_documents import PROTEST

SAMPLES = Path(__file__).resolve().parents[2] / "samples"
OVER_100M = "$117,772,334.08, is at least $100 million"

RULES: dict[str, dict[str, tuple[bool | None, str]]] = {
    "alms": {
        "market_research": (True, "New requirement documents are written"),
        "small_business_coordination": (True, "$58,294,575.84, is over"),
        "acquisition_plan": (
            True,
            "$58,294,575.84, is at least $50 million. The highest fiscal year, $14,692,123.60, is "
            "below $25 million",
        ),
        "consolidation": (False, "No separate requirements are combined"),
        "source_selection_plan": (True, "is over $10 million"),
        "ssa_other_than_co": (False, "$58,294,575.84, is below $100 million"),
        "ssac": (False, "$58,294,575.84, is below $100 million"),
        "negotiations_expected": (False, "$58,294,575.84, is below $100 million"),
        "synopsis": (True, "$58,294,575.84, is over"),
        "notice_period": (True, "$58,294,575.84, is over"),
        "response_time": (True, "$58,294,575.84, is over"),
        "subcontracting_clause": (True, "$58,294,575.84, is over $900,000"),
        "market_research_clause": (True, "$58,294,575.84, is over $7.5 million"),
        "past_performance_factor": (True, "$58,294,575.84, is over $1 million"),
        "certified_data": (False, "test again if only one offer is received"),
        "dd254": (True, "needs access to classified information"),
        "announcement": (True, "$14,692,123.60, is over $9 million"),
        "required_debrief": (True, "$58,294,575.84, is at least $15 million"),
        "ssdd_disclosure": (False, "$58,294,575.84, is not over $150 million"),
        "ssdd_disclosure_on_request": (True, "$58,294,575.84, is over $15 million"),
        "peer_review": (False, "$58,294,575.84, is below $1 billion"),
        "justification": (False, "The acquisition is competed"),
        "time_and_materials_determination": (False, "No line is time-and-materials"),
        "clearance_upload": (False, "Only noncompetitive"),
    },
    "alms-118m": {
        "acquisition_plan": (True, "$117,772,334.08, is at least $50 million"),
        "source_selection_plan": (True, "is over $10 million"),
        "ssa_other_than_co": (True, OVER_100M),
        "ssac": (True, OVER_100M),
        "negotiations_expected": (True, OVER_100M),
        "subcontracting_clause": (True, "$117,772,334.08, is over $900,000"),
        "certified_data": (False, "test again if only one offer is received"),
        "announcement": (True, "$29,715,841.20, is over $9 million"),
        "required_debrief": (True, "$117,772,334.08, is at least $15 million"),
        "ssdd_disclosure": (False, "$117,772,334.08, is not over $150 million"),
        "ssdd_disclosure_on_request": (True, "$117,772,334.08, is over $15 million"),
        "peer_review": (False, "$117,772,334.08, is below $1 billion"),
        "justification": (False, "The acquisition is competed"),
    },
}

NEGOTIATED = {"CRD", "CLAR", "PNO", "PNM", "SSAC"}
"""What the 118 million adds to the plan of the acquisition without negotiations."""

JOINING = {
    "alms": set[str](),
    "alms-118m": {"XCL", "SUBK"},
    "depot-maintenance": set[str](),
}
"""What joins a plan when it is known who is out of the range and who receives the award."""


@cache
def _raw(name: str) -> dict[str, Any]:
    return yaml.safe_load((SAMPLES / f"{name}.yaml").read_text("utf-8"))


@cache
def _computed(name: str) -> Computed:
    return compute(parse_facts(_raw(name)["facts"]))


def _codes(name: str, *, recorded: bool = False) -> set[str]:
    records = Records.model_validate(_raw(name)["records"]) if recorded else Records()
    plan = plan_for(parse_facts(_raw(name)["facts"]), records=records)
    return {document.code for document in plan.documents}


@pytest.mark.parametrize(
    ("name", "rule"), [(name, rule) for name, rules in RULES.items() for rule in rules]
)
def test_a_rule_answers_for_a_sample_as_expected_and_says_why(name: str, rule: str) -> None:
    applies, reason = RULES[name][rule]
    answer = _computed(name).answers[rule]
    assert answer.applies is applies, answer.reason
    assert reason in answer.reason, f"{rule} gives another reason: {answer.reason}"


def test_the_estimate_of_the_large_variant_lies_between_its_bounds() -> None:
    total = _computed("alms-118m").estimate.total
    assert 117_500_000 < total < 118_500_000, f"{total:,} is no 118 million"


def test_the_plan_of_alms_is_the_catalogue_without_what_its_facts_rule_out() -> None:
    reasons = {
        **dict.fromkeys(("CRD", "CLAR", "PNO", "PNM"), "award without negotiations is intended"),
        "SSAC": "below 100 million, and no chair is named",
        "XCL": "nobody is left out of a range",
        "SUBK": "the awardee is small",
        "SBN": "the acquisition is not set aside",
        "PROT": "nobody protests",
        **dict.fromkeys(("JA", "JAP"), "the acquisition is competed"),
        **dict.fromkeys(("SOW", "SOO"), "the work statement is performance-based"),
        "CBD": "no requirements are combined",
        "LPTA": "the approach is a trade-off",
        "WD": "no service employees work on it",
        "DRFP": "no draft is published",
    }
    out = set(BY_CODE) - _codes("alms")
    assert out == set(reasons), f"missing or too many: {out ^ set(reasons)}"


def test_the_large_variant_adds_the_papers_of_a_negotiation_and_the_council() -> None:
    assert _codes("alms-118m") - _codes("alms") == NEGOTIATED
    assert _codes("alms") - _codes("alms-118m") == set()


@pytest.mark.parametrize("name", JOINING)
def test_documents_that_depend_on_what_happened_join_the_plan_with_the_record(name: str) -> None:
    assert _codes(name, recorded=True) - _codes(name) == JOINING[name]


@pytest.mark.parametrize("kind", sorted(RecordKind))
def test_only_the_codes_that_are_watched_depend_on_a_record(kind: RecordKind) -> None:
    raw = _raw("alms-118m")["records"]
    facts = parse_facts(_raw("alms")["facts"])
    before = {document.code for document in plan_for(facts).documents}
    stated = raw.get(kind.value) or PROTEST
    records = Records.model_validate({"offers": raw["offers"], kind.value: stated})
    joined = {document.code for document in plan_for(facts, records=records).documents} - before
    assert joined <= BY_RECORD, f"a project in flight would not notice {joined - BY_RECORD}"


def test_the_notice_to_small_businesses_belongs_to_a_set_aside_only() -> None:
    assert "SBN" in _codes("depot-maintenance")
    assert "SBN" not in _codes("alms")


@pytest.mark.parametrize(
    "changes",
    [
        {"set_aside": "8(a)"},
        {"urgent_award_reason": "Overhaul lines stand still until the work begins."},
    ],
    ids=["8(a)", "urgent"],
)
def test_no_notice_to_small_businesses_when_the_rule_excepts_it(changes: dict[str, str]) -> None:
    raw = _raw("depot-maintenance")["facts"]
    facts = parse_facts({**raw, "project": {**raw["project"], **changes}})
    assert "SBN" not in {document.code for document in plan_for(facts).documents}


def test_the_award_waits_for_everything_that_the_records_add_to_it() -> None:
    facts = parse_facts(_raw("alms-118m")["facts"])
    records = Records.model_validate(_raw("alms-118m")["records"])
    documents = {row.code: row for row in plan_for(facts, records=records).documents}
    assert {"SUBK", "PNM", "ANN"} <= set(documents["SF26"].requires)
    assert "SSAC" in documents["SSDD"].requires
    assert [row.position for row in documents["SSAC"].approvers] == [Position.SSAC_CHAIR]
    assert [row.position for row in documents["CRD"].approvers] == [
        Position.CONTRACTING_OFFICER,
        Position.SOURCE_SELECTION_AUTHORITY,
    ]


def test_below_100_million_a_named_chair_is_enough_for_a_council() -> None:
    raw = _raw("alms")["facts"]
    chair = {"ssac_chair": {"name": "K. Holloway", "email": "k.holloway@navy.mil"}}
    facts = parse_facts({**raw, "people": {**raw["people"], **chair}})
    assert "SSAC" in {document.code for document in plan_for(facts).documents}


def test_at_100_million_a_council_needs_a_chair() -> None:
    raw = _raw("alms-118m")["facts"]
    people = {
        position: person for position, person in raw["people"].items() if "ssac" not in position
    }
    with pytest.raises(InvalidFacts, match=r"people\.ssac_chair is missing: SSAC needs"):
        plan_for(parse_facts({**raw, "people": people}))


@pytest.mark.parametrize(("name", "refused"), [("alms-118m", True), ("alms", False)])
def test_the_contracting_officer_decides_a_source_selection_below_100_million_only(
    name: str, refused: bool
) -> None:
    raw = _raw(name)["facts"]
    officer = raw["people"]["contracting_officer"]
    people = {**raw["people"], "source_selection_authority": officer}
    facts = parse_facts({**raw, "people": people})
    if refused:
        with pytest.raises(InvalidFacts, match="is the contracting officer; name another person"):
            plan_for(facts)
    else:
        assert plan_for(facts).documents
