"""Work statements, property, wages, consolidation, lowest price, justification and draft."""

import re
from decimal import Decimal
from typing import Any

import pytest

from documents.catalog import BY_CODE, WORK_STATEMENTS
from documents.computed import Computed
from documents.facts import InvalidFacts, parse_facts
from documents.planning import plan_for
from documents.strategy import LptaLimit
from documents.vocabulary import Position
from tests.documents.acquisitions import (
    award_to_the_lowest_price,
    market_only,
    raw_facts,
    solicit_one_source,
    text_of,
)

DOMAIN = (
    "PR", "MRR", "SSN", "RFI", "IND", "DRFP", "SBCR", "CBD", "IGF", "PWS", "SOW", "SOO", "PRS",
    "QASP", "IGCE", "CDRL", "DD254", "GFP", "WD", "AP", "CTD", "OPT", "JA", "LPTA", "SSP", "PSN",
    "SEC-A", "SEC-B", "SEC-C", "SEC-D..G", "SEC-H", "SEC-I", "SEC-J", "SEC-K", "SEC-L", "SEC-M",
    "PPQF", "RFP", "QNA", "AMD", "RCPT", "NDA", "CMP", "SCORE", "PPE", "PCA", "CLAR", "CRD",
    "SSEB", "SSAC", "PNO", "PNM", "SUBK", "RESP", "SSDD", "ANN", "SF26", "AWL", "XCL", "SBN",
    "UNS", "DBR", "CAS", "CAR", "JAP", "CORL", "PROT",
)  # fmt: skip
"""Every document that the rules of negotiated DoD contracting know; one row groups D to G."""

PLACEHOLDERS = re.compile(r"\{\{|\{%|\bTBD\b|\bTODO\b|True\b|False\b")
CONSOLIDATION: dict[str, Any] = {
    "combined": ["Operation of the warehouse system", "Operation of the requisition system"],
    "benefits": [
        {"title": "One data center", "measure": "Charges of two years", "amount": "4100000.00"},
        {"title": "One help desk", "measure": "Staff of two help desks", "amount": "2050000.00"},
        {"title": "Fewer failures", "measure": "Incidents at the interface of both systems"},
    ],
    "alternatives": [{"approach": "Two contracts", "assessment": "Both would own half a defect."}],
    "impact": "Two small businesses perform today; both can take part as subcontractors.",
    "mitigation": ["A tenth of the price is subcontracted to small businesses"],
    "conclusion": "The benefits exceed those of the alternatives substantially.",
}


def _plan(raw: dict[str, Any]) -> dict[str, tuple[Position, ...]]:
    documents = plan_for(parse_facts(raw)).documents
    return {row.code: tuple(signer.position for signer in row.approvers) for row in documents}


def _computed(raw: dict[str, Any]) -> Computed:
    return market_only(parse_facts(raw))


def _text(code: str, raw: dict[str, Any]) -> str:
    text = text_of(code, _computed(raw))
    left = PLACEHOLDERS.search(text)
    assert left is None, f"{code} still says {left.group() if left else ''}"
    return text


def _problems(raw: dict[str, Any]) -> str:
    with pytest.raises(InvalidFacts) as caught:
        plan_for(parse_facts(raw))
    return "\n".join(caught.value.problems)


def _appoint(raw: dict[str, Any], *positions: str) -> None:
    for position in positions:
        raw["people"][position] = {"name": position.title(), "email": f"{position}@navy.mil"}


def _work_by_method() -> dict[str, Any]:
    raw = raw_facts()
    raw["project"]["performance_based"] = False
    for requirement in raw["requirements"]:
        requirement["procedure"] = f"The steps of {requirement['id']} are followed in order."
    _appoint(raw, "services_official", "senior_procurement_executive")
    return raw


def _work_by_objective() -> dict[str, Any]:
    raw = raw_facts()
    raw["project"]["offerors_propose_work_statement"] = True
    return raw


def _combined() -> dict[str, Any]:
    raw = raw_facts()
    raw["project"]["consolidation"] = True
    raw["consolidation"] = dict(CONSOLIDATION)
    _appoint(raw, "senior_procurement_executive")
    return raw


def test_all_67_documents_of_the_domain_are_in_the_catalogue() -> None:
    assert len(DOMAIN) == len(set(DOMAIN)) == 67
    grouped = {"SEC-D..G": [f"SEC-{letter}" for letter in "DEFG"]}
    codes = {code for name in DOMAIN for code in grouped.get(name, [name])}
    assert set(BY_CODE) == codes, f"missing or unknown: {set(BY_CODE) ^ codes}"
    assert len(codes) == 70, "Sections D to G are four rows"


@pytest.mark.parametrize(
    ("facts", "planned"),
    [(raw_facts, "PWS"), (_work_by_method, "SOW"), (_work_by_objective, "SOO")],
    ids=["outcome", "method", "objective"],
)
def test_exactly_one_document_describes_the_work(facts: Any, planned: str) -> None:
    plan = _plan(facts())
    assert set(plan) & set(WORK_STATEMENTS) == {planned}
    assert ("PRS" in plan) == (planned == "PWS"), "a requirements summary comes with every PWS"
    _text(planned, facts())


@pytest.mark.parametrize(
    ("agency", "rate", "level"),
    [
        ("Department of the Navy", "168.42", ()),
        ("Department of the Navy", "6000.00", (Position.DEPUTY_ASSISTANT_SECRETARY,)),
        ("Department of the Army", "6000.00", ()),
    ],
    ids=["Navy, 58 million", "Navy, over 100 million", "Army, over 100 million"],
)
def test_a_plan_is_approved_at_the_level_of_its_value(
    agency: str, rate: str, level: tuple[Position, ...]
) -> None:
    raw = raw_facts()
    raw["project"]["agency"] = agency
    raw["people"]["contracting_officer"]["warrant_usd"] = None
    _appoint(raw, "ssac_chair", "deputy_assistant_secretary")
    raw["estimate"]["labour"][0]["base_rate"] = rate
    assert _plan(raw)["AP"] == (Position.PROGRAM_MANAGER, Position.CONTRACTING_OFFICER, *level)


@pytest.mark.parametrize(
    ("rate", "approver"),
    [
        ("168.42", Position.SERVICES_OFFICIAL),
        ("6000.00", Position.SENIOR_PROCUREMENT_EXECUTIVE),
    ],
    ids=["up to 100 million", "over 100 million"],
)
def test_services_described_by_method_are_approved_at_the_level_of_their_value(
    rate: str, approver: Position
) -> None:
    raw = _work_by_method()
    raw["people"]["contracting_officer"]["warrant_usd"] = None
    _appoint(raw, "ssac_chair", "deputy_assistant_secretary")
    raw["estimate"]["labour"][0]["base_rate"] = rate
    assert _plan(raw)["SOW"] == (
        Position.PROGRAM_MANAGER,
        Position.CONTRACTING_OFFICER,
        approver,
    )
    assert "This was approved under DFARS 237.870-2" in _text("SOW", raw)


def test_a_statement_of_work_says_how_each_task_is_done() -> None:
    raw = _work_by_method()
    assert "The steps of R07 are followed in order." in _text("SOW", raw)
    del raw["requirements"][6]["procedure"]
    assert "requirements.R07.procedure is missing" in _problems(raw)


def test_the_tasks_of_a_statement_of_work_are_numbered_as_the_facts_say() -> None:
    text = _text("SOW", _work_by_method())
    first = text.split("# Tasks")[1].split("\n# ")[0]
    titles = [line[4:] for line in first.splitlines() if line.startswith("### ")]
    assert titles == [item.title for item in parse_facts(raw_facts()).requirements]


def test_a_statement_of_objectives_never_becomes_part_of_the_contract() -> None:
    raw = _work_by_objective()
    assert "does not become part of the contract" in _text("SOO", raw)
    section = _text("SEC-C", raw)
    assert "the performance work statement that its offer proposes" in section
    assert "does not become part of the contract" in section


def test_objectives_for_services_that_are_not_performance_based_are_refused() -> None:
    raw = _work_by_method()
    raw["project"]["offerors_propose_work_statement"] = True
    assert "performance-based services only" in _problems(raw)


def test_property_is_listed_with_number_value_and_condition_and_signed_by_its_administrator() -> (
    None
):
    raw = raw_facts()
    raw["furnished"] = [
        {
            "item": "Test rack",
            "stock_number": "6625-01-555-0133",
            "quantity": 3,
            "value": "12500.00",
            "condition": "Serviceable",
            "available": "2027-10-01",
        }
    ]
    assert _plan(raw)["GFP"] == (Position.PROPERTY_ADMINISTRATOR, Position.CONTRACTING_OFFICER)
    text = _text("GFP", raw)
    row = "| 1 | Test rack | 6625-01-555-0133 | 3 | Each | $12,500.00 | Serviceable |"
    assert row in text
    assert "all capitalized items is $37,500.00" in text, "three racks at 12,500 each"
    raw["furnished"] = []
    assert "GFP" not in _plan(raw)


def test_service_employees_need_a_wage_determination_that_the_solicitation_attaches() -> None:
    raw = raw_facts()
    raw["project"]["service_employees"] = True
    assert "wage_determinations is empty" in _problems(raw)
    raw["wage_determinations"] = [
        {
            "number": "2015-9009",
            "revision": 12,
            "published": "2026-12-22",
            "checked": "2027-02-10",
            "localities": ["City of Norfolk, Virginia"],
            "places": ["Norfolk, VA"],
            "occupations": ["14160 Personal Computer Support Technician"],
        }
    ]
    assert "WD" in _plan(raw)
    text = _text("WD", raw)
    assert "| 2015-9009 | 12 | 22 December 2026 | City of Norfolk, Virginia |" in text
    assert "| San Diego, CA | No service employees work there |" in text
    assert "52.222-41" in _text("SEC-I", raw), "the clause comes with the determination"
    raw["wage_determinations"][0]["places"] = ["Norfolk, Virginia"]
    assert "is no place of performance" in _problems(raw)


def test_combined_requirements_are_determined_by_the_senior_procurement_executive() -> None:
    raw = _combined()
    assert _plan(raw)["CBD"] == (
        Position.PROGRAM_MANAGER,
        Position.SENIOR_PROCUREMENT_EXECUTIVE,
    )
    text = _text("CBD", raw)
    for phrase in ("$4,100,000.00", "| Total | Sum of the amounts above, all periods | $6,150,000"):
        assert phrase in text, f"the determination does not say {phrase!r}"
    assert "Not stated in money" in text
    assert "No: the acquisition is not bundled" in text
    raw["consolidation"]["bundled"] = True
    assert "Yes: at least $8 million" in _text("CBD", raw), "the sample is over 8 million"


def test_a_bundling_is_determined_although_nothing_says_that_it_is_a_consolidation() -> None:
    raw = _combined()
    raw["project"]["consolidation"] = False
    assert "CBD" not in _plan(raw)
    raw["consolidation"]["bundled"] = True
    assert "CBD" in _plan(raw)


def test_a_consolidation_that_is_not_explained_is_refused() -> None:
    raw = _combined()
    del raw["consolidation"]
    assert "consolidation is missing" in _problems(raw)


def test_every_limit_on_the_lowest_price_is_answered() -> None:
    raw = raw_facts()
    award_to_the_lowest_price(raw)
    assert _plan(raw)["LPTA"] == (Position.CONTRACTING_OFFICER,)
    limits = _text("LPTA", raw).split("# Limits")[1].split("\n# ")[0]
    rows = re.findall(r"^\| (\d) \| .+ \| (.+) \|$", limits, re.M)
    assert [int(number) for number, _ in rows] == list(range(1, len(LptaLimit) + 1))
    assert len({answer for _, answer in rows}) == len(LptaLimit), "one answer for each limit"
    del raw["evaluation"]["lowest_price"]["answers"][LptaLimit.CONFIDENCE]
    assert "evaluation.lowest_price.answers.confidence is missing" in _problems(raw)
    del raw["evaluation"]["lowest_price"]
    assert "answer every limit" in _problems(raw)


@pytest.mark.parametrize(
    ("scale", "last"),
    [
        (Decimal("0.01"), Position.CONTRACTING_OFFICER),
        (Decimal("0.1"), Position.COMPETITION_ADVOCATE),
        (Decimal(1), Position.HEAD_OF_PROCURING_ACTIVITY),
        (Decimal(3), Position.SENIOR_PROCUREMENT_EXECUTIVE),
    ],
    ids=["0.6 million", "6 million", "58 million", "175 million"],
)
def test_the_last_signer_of_a_justification_follows_from_the_value(
    scale: Decimal, last: Position
) -> None:
    raw = raw_facts()
    solicit_one_source(raw)
    raw["people"]["contracting_officer"]["warrant_usd"] = None
    _appoint(raw, "deputy_assistant_secretary")
    for category in raw["estimate"]["labour"]:
        category["base_rate"] = str(
            (Decimal(category["base_rate"]) * scale).quantize(Decimal(".01"))
        )
    for cost in raw["estimate"]["other_direct_costs"]:
        for name in ("amounts", "unit_prices"):
            cost[name] = [str(Decimal(amount) * scale) for amount in cost.get(name, [])]
    signers = _plan(raw)["JA"]
    assert signers[-1] is last, f"{_computed(raw).estimate.total:,} is signed by {signers}"
    assert len(signers) == len(set(signers)), "nobody signs twice"
    by_officer = "the certification is also the approval" in _text("JA", raw)
    assert by_officer == (last is Position.CONTRACTING_OFFICER)


def test_a_brand_name_is_justified_although_it_is_competed() -> None:
    raw = raw_facts()
    solicit_one_source(raw)
    raw["project"]["competition"] = "full_and_open"
    raw["justification"]["source"] = None
    plan = _plan(raw)
    assert {"JA", "JAP", "SSP", "SEC-M"} <= set(plan)
    assert "among sources of the named brand" in _text("JA", raw)


def test_what_a_statute_authorizes_needs_no_justification() -> None:
    raw = raw_facts()
    solicit_one_source(raw)
    raw["justification"]["exception"] = "statute"
    assert not {"JA", "JAP"} & set(_plan(raw))


def test_a_draft_solicitation_is_published_by_choice_and_says_that_it_is_none() -> None:
    raw = raw_facts()
    assert "DRFP" not in _plan(raw)
    raw["milestones"]["draft_rfp_published"] = "2027-02-24"
    assert "DRFP" in _plan(raw)
    text = _text("DRFP", raw)
    assert "DRAFT FOR COMMENT. This is not a solicitation." in text
    for letter in "BCFH":
        assert f"# Draft Section {letter}: " in text
    assert "$" not in text.replace("$34,000,000", ""), "a draft shows no estimate"


def test_a_draft_before_the_requirement_is_settled_is_refused_with_the_date() -> None:
    raw = raw_facts()
    raw["milestones"]["draft_rfp_published"] = "2027-01-20"
    assert "draft_rfp_published" in _problems(raw)


def test_facts_of_a_competition_are_asked_for_by_name() -> None:
    raw = raw_facts()
    del raw["milestones"]["notices_sent"]
    raw["evaluation"]["price_importance"] = ""
    problems = _problems(raw)
    for words in ("milestones.notices_sent is missing", "evaluation.price_importance is missing"):
        assert words in problems, problems
