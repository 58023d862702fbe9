from datetime import date
from decimal import Decimal

import pytest

from rules.applicability import (
    AcquisitionProfile,
    Answer,
    Competition,
    CompetitionException,
    ContractType,
    applicability,
    by_rule,
)
from rules.citations import Regime, cite
from rules.thresholds import ApprovalLevel, ThresholdId, threshold
from tests.rules.alms import IGCE_TOTAL

ALMS = AcquisitionProfile(
    value=IGCE_TOTAL,
    base_value=Decimal(13_912_405),
    max_fiscal_year_value=Decimal("14692123.60"),
    issue=date(2027, 3, 16),
    award=date(2027, 9, 2),
    competition=Competition.FULL_AND_OPEN,
    service=True,
    information_technology=True,
    classified=True,
    contract_types=frozenset({ContractType.FIRM_FIXED_PRICE, ContractType.COST_REIMBURSEMENT}),
    cost_reimbursable_travel_only=True,
)

EXPECTED: dict[str, bool | None] = {
    "market_research": True,
    "small_business_coordination": True,
    "acquisition_plan": True,
    "consolidation": None,
    "source_selection_plan": True,
    "ssa_other_than_co": False,
    "ssac": False,
    "negotiations_expected": False,
    "synopsis": True,
    "notice_period": True,
    "response_time": True,
    "subcontracting_clause": True,
    "market_research_clause": True,
    "past_performance_factor": True,
    "certified_data": False,
    "dd254": True,
    "announcement": True,
    "required_debrief": True,
    "ssdd_disclosure": False,
    "ssdd_disclosure_on_request": True,
    "peer_review": False,
    "justification": False,
    "time_and_materials_determination": False,
    "clearance_upload": False,
    "qasp": True,
    "inherently_governmental": True,
    "not_performance_based_approval": False,
    "option_determination": True,
    "sources_sought": None,
    "lpta_limits": False,
    "wage_determination": False,
    "government_property": False,
}


def _answer(rule: str, **changes: object) -> Answer:
    return by_rule(applicability(ALMS.model_copy(update=changes)))[rule]


@pytest.mark.parametrize("rule", EXPECTED)
def test_alms_gets_the_expected_answer(rule: str) -> None:
    answer = _answer(rule)
    assert answer.applies is EXPECTED[rule], answer.reason


def test_every_answer_has_a_reason_a_citation_and_an_expectation() -> None:
    answers = applicability(ALMS)
    assert {answer.rule for answer in answers} == set(EXPECTED)
    assert len(answers) == len(EXPECTED), "two answers share one name"
    for answer in answers:
        assert answer.reason.endswith("."), answer.rule
        for regime in Regime:
            assert cite(answer.citation_rule, regime).text
        if answer.threshold_id is not None:
            assert threshold(answer.threshold_id, ALMS.award)


def test_the_plan_names_the_total_although_no_fiscal_year_reaches_25_million() -> None:
    answer = _answer("acquisition_plan")
    assert answer.threshold_id is ThresholdId.AP_SVC_TOTAL
    assert "is at least $50 million" in answer.reason
    assert "$14,692,123.60, is below $25 million" in answer.reason


@pytest.mark.parametrize(
    ("changes", "applies"),
    [
        ({"value": Decimal("49999999.99")}, False),
        ({"value": Decimal(50_000_000)}, True),
        ({"value": Decimal(40_000_000), "max_fiscal_year_value": Decimal(25_000_000)}, True),
        ({"value": Decimal(10_000_000), "development": True}, True),
        ({"value": Decimal(100_000), "cost_reimbursable_travel_only": False}, True),
    ],
)
def test_a_written_plan_is_needed_by_total_year_development_or_risk(
    changes: dict[str, object], applies: bool
) -> None:
    assert _answer("acquisition_plan", **changes).applies is applies


def test_the_118_million_variant_needs_a_council_another_ssa_and_negotiations() -> None:
    for rule in ("ssac", "ssa_other_than_co", "negotiations_expected"):
        assert _answer(rule, value=Decimal(118_000_000)).applies is True, rule


def test_the_sole_source_bridge_goes_to_the_advocate_without_certified_data() -> None:
    bridge: dict[str, object] = {
        "competition": Competition.SOLE_SOURCE,
        "value": Decimal(7_400_000),
        "base_value": Decimal(7_400_000),
        "max_fiscal_year_value": Decimal(7_400_000),
    }
    justification = _answer("justification", **bridge)
    assert justification.applies is True
    assert justification.approver is ApprovalLevel.COMPETITION_ADVOCATE
    assert _answer("certified_data", **bridge).applies is False
    assert _answer("sources_sought", **bridge).applies is True
    assert _answer("announcement", **bridge).applies is False
    assert _answer("source_selection_plan", **bridge).applies is False


SOLE: dict[str, object] = {"competition": Competition.SOLE_SOURCE, "value": Decimal(7_400_000)}


@pytest.mark.parametrize(
    ("changes", "approver"),
    [
        ({}, ApprovalLevel.COMPETITION_ADVOCATE),
        ({"value": Decimal("900000.00")}, ApprovalLevel.CONTRACTING_OFFICER),
        ({"value": Decimal("900000.01")}, ApprovalLevel.COMPETITION_ADVOCATE),
        ({"value": Decimal("20000000.01")}, ApprovalLevel.HEAD_OF_PROCURING_ACTIVITY),
        ({"value": Decimal("150000000.01")}, ApprovalLevel.SENIOR_PROCUREMENT_EXECUTIVE),
        ({"exception": CompetitionException.PUBLIC_INTEREST}, None),
        ({"exception": CompetitionException.STATUTE}, None),
        (
            {
                "exception": CompetitionException.STATUTE,
                "section_8a": True,
                "value": Decimal(100_000_000),
            },
            None,
        ),
        (
            {
                "exception": CompetitionException.STATUTE,
                "section_8a": True,
                "value": Decimal("100000000.01"),
            },
            ApprovalLevel.HEAD_OF_PROCURING_ACTIVITY,
        ),
        (
            {"competition": Competition.FULL_AND_OPEN, "brand_name": True},
            ApprovalLevel.COMPETITION_ADVOCATE,
        ),
    ],
)
def test_a_justification_is_approved_at_the_level_of_its_authority_and_value(
    changes: dict[str, object], approver: ApprovalLevel | None
) -> None:
    answer = _answer("justification", **SOLE | changes)
    assert answer.approver is approver, answer.reason
    assert answer.applies is (approver is not None)


def test_only_one_source_makes_the_notice_to_the_market_mandatory() -> None:
    assert _answer("sources_sought", **SOLE).applies is True
    urgent = SOLE | {"exception": CompetitionException.URGENCY}
    assert _answer("sources_sought", **urgent).applies is None


@pytest.mark.parametrize(
    ("value", "approver"),
    [
        (Decimal("100000000.00"), ApprovalLevel.SERVICES_OFFICIAL),
        (Decimal("100000000.01"), ApprovalLevel.SENIOR_PROCUREMENT_EXECUTIVE),
    ],
)
def test_services_that_are_not_performance_based_are_approved_by_value(
    value: Decimal, approver: ApprovalLevel
) -> None:
    answer = _answer("not_performance_based_approval", performance_based=False, value=value)
    assert (answer.applies, answer.approver) == (True, approver)


@pytest.mark.parametrize(("value", "applies"), [("2500.00", False), ("2500.01", True)])
def test_a_wage_determination_is_needed_above_2500_dollars(value: str, applies: bool) -> None:
    answer = _answer("wage_determination", service_employees=True, value=Decimal(value))
    assert answer.applies is applies, answer.reason


def test_a_sole_source_awarded_by_30_june_2026_needs_certified_data_from_2_5_million() -> None:
    june: dict[str, object] = {
        "competition": Competition.SOLE_SOURCE,
        "value": Decimal(3_000_000),
        "issue": date(2026, 4, 1),
    }
    assert _answer("certified_data", award=date(2026, 6, 30), **june).applies is True
    assert _answer("certified_data", award=date(2026, 7, 1), **june).applies is False


def test_above_150_million_the_decision_is_disclosed_to_all() -> None:
    value = Decimal("150000000.01")
    assert _answer("ssdd_disclosure", value=value).applies is True
    assert _answer("ssdd_disclosure_on_request", value=value).applies is False


def test_a_small_competition_asks_whether_a_plan_is_needed() -> None:
    assert _answer("source_selection_plan", value=Decimal(10_000_000)).applies is None


def test_consolidation_is_asked_until_somebody_has_answered() -> None:
    assert _answer("consolidation", consolidation=True).applies is True
    assert _answer("consolidation", consolidation=False).applies is False
    assert _answer("consolidation", value=Decimal(2_000_000)).applies is False
