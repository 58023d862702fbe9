from datetime import date
from decimal import Decimal

import pytest

from rules.citations import Regime
from rules.clause_table import CLAUSES, PROVISIONS
from rules.clauses import ClauseFacts, Incorporation, Section, clauses_for, provisions_for
from tests.rules.alms import IGCE_TOTAL

ALMS = ClauseFacts(
    value=IGCE_TOTAL,
    issue=date(2027, 3, 16),
    information_technology=True,
    cloud=True,
    supplies=True,
    classified=True,
    cost_reimbursable_travel=True,
    data_rights=True,
    on_installation=True,
    response_days=45,
    naics="541512",
    size_standard="$34 million",
    protest_address="Fleet Logistics Contracting Center, Norfolk, VA",
)


def _numbers(**changes: object) -> set[str]:
    facts = ALMS.model_copy(update=changes)
    return {entry.number for entry in (*clauses_for(facts), *provisions_for(facts))}


@pytest.mark.parametrize(
    "number",
    [
        "52.219-9",
        "52.222-50",
        "252.204-7012",
        "252.215-7996",
        "52.210-1",
        "252.205-7000",
        "52.240-92",
        "52.217-8",
        "52.217-9",
        "52.215-1",
        "52.243-1 Alternate I",
        "52.216-7",
        "252.227-7014",
        "252.239-7010",
    ],
)
def test_alms_carries_every_clause_its_facts_require(number: str) -> None:
    assert number in _numbers()


@pytest.mark.parametrize(
    ("number", "changes", "present"),
    [
        ("52.219-9", {"value": Decimal(900_000)}, False),
        ("52.219-9", {"value": Decimal("900000.01")}, True),
        ("52.219-9", {"set_aside": True}, False),
        ("52.219-6", {"set_aside": True}, True),
        ("52.210-1", {"value": Decimal(7_500_000)}, False),
        ("52.210-1", {"value": Decimal("7500000.01")}, True),
        ("52.210-1", {"commercial": True}, False),
        ("252.205-7000", {"value": Decimal(1_500_000)}, False),
        ("252.215-7996", {"value": Decimal("14999999.99")}, False),
        ("252.215-7996", {"value": Decimal(15_000_000)}, True),
        ("252.215-7007", {"response_days": 29}, True),
        ("252.215-7007", {"response_days": 30}, False),
        ("52.240-92", {"classified": False}, False),
        ("52.215-1", {"negotiations": True}, False),
        ("52.215-1 Alternate I", {"negotiations": True}, True),
        ("52.215-1 Alternate I", {}, False),
        ("52.217-9", {"options": False}, False),
        ("52.216-7", {"cost_reimbursable_travel": False}, False),
        ("52.245-1", {"government_property": True}, True),
        ("52.245-1", {}, False),
        ("52.222-41", {"service_contract_labor_standards": True}, True),
        ("52.222-41", {}, False),
        ("52.222-43", {"service_contract_labor_standards": True}, True),
        ("52.222-43", {"service_contract_labor_standards": True, "options": False}, False),
        ("52.222-44", {"service_contract_labor_standards": True, "options": False}, True),
        ("52.222-44", {"service_contract_labor_standards": True}, False),
        ("52.212-4", {"commercial": True}, True),
        ("52.212-4", {}, False),
    ],
)
def test_a_clause_is_in_exactly_when_its_rule_holds(
    number: str, changes: dict[str, object], present: bool
) -> None:
    assert (number in _numbers(**changes)) is present


def test_a_renumbered_clause_follows_the_regime_and_never_both() -> None:
    for old, new in (
        ("52.204-2", "52.240-92"),
        ("52.204-21", "52.240-93"),
        ("52.204-25", "52.240-91"),
        ("252.204-7020", "252.240-7997"),
        ("252.215-7016", "252.215-7996"),
    ):
        assert old in _numbers(regime=Regime.FAR)
        assert new not in _numbers(regime=Regime.FAR)
        assert new in _numbers(regime=Regime.RFO)
        assert old not in _numbers(regime=Regime.RFO)


def test_option_clauses_are_in_full_text_with_their_blanks_filled() -> None:
    entries = {entry.number: entry for entry in clauses_for(ALMS)}
    option = entries["52.217-9"]
    assert option.incorporation is Incorporation.FULL_TEXT
    assert "within 30 days before the contract expires" in option.text
    assert "at least 60 days before the contract expires" in option.text
    assert "shall not exceed 60 months (5 years)" in option.text
    assert "within 30 days" in entries["52.217-8"].text
    other = ALMS.model_copy(update={"option_notice_days": 90, "total_months": 30})
    text = {entry.number: entry.text for entry in clauses_for(other)}["52.217-9"]
    assert "at least 90 days" in text
    assert "shall not exceed 30 months." in text


def test_provisions_with_blanks_read_as_sentences_and_cite_the_regime() -> None:
    facts = ALMS.model_copy(
        update={"contract_type": "Firm-fixed-price and cost-reimbursement (travel only)"}
    )
    texts = {entry.number: entry.text for entry in provisions_for(facts)}
    assert texts["52.216-1"] == (
        "The Government contemplates award of a firm-fixed-price and cost-reimbursement (travel "
        "only) contract resulting from this solicitation."
    )
    assert "section 33.102 of" in texts["52.233-2"], "the overhaul renumbered the definition"
    far = {
        e.number: e.text for e in provisions_for(facts.model_copy(update={"regime": Regime.FAR}))
    }
    assert "section 33.101 of" in far["52.233-2"]


@pytest.mark.parametrize(
    ("issue", "level"),
    [(date(2026, 11, 9), "Level 2 (Self)"), (date(2026, 11, 10), "Level 2 (C3PAO)")],
)
def test_solicitation_and_contract_state_the_certification_level_of_their_date(
    issue: date, level: str
) -> None:
    facts = ALMS.model_copy(update={"issue": issue})
    entries = {e.number: e for e in (*clauses_for(facts), *provisions_for(facts))}
    for number in ("252.204-7021", "252.204-7025"):
        assert dict(entries[number].fill_ins) == {"CMMC level": level}


def test_deviation_clauses_are_tagged() -> None:
    entries = {entry.number: entry for entry in clauses_for(ALMS)}
    assert entries["52.240-92"].dated == "(FEB 2026) (DEVIATION)"
    assert entries["52.217-8"].dated == "(NOV 1999)"
    assert "52.252-6" in entries, "a contract with deviations explains the tag"


def test_clauses_come_in_the_order_of_their_numbers() -> None:
    numbers = [entry.number for entry in clauses_for(ALMS)]
    assert numbers[0] == "52.202-1"
    assert numbers.index("52.204-9") < numbers.index("52.204-10")
    first_dfars = next(index for index, number in enumerate(numbers) if number.startswith("252."))
    assert all(number.startswith("252.") for number in numbers[first_dfars:])


def test_the_matrix_lists_each_number_once_and_every_provision_has_its_section() -> None:
    numbers = [row.number for row in (*CLAUSES, *PROVISIONS)]
    assert len(numbers) == len(set(numbers))
    assert {row.section for row in CLAUSES} == {Section.CLAUSES}
    assert {row.section for row in PROVISIONS} == {
        Section.REPRESENTATIONS,
        Section.INSTRUCTIONS,
        Section.EVALUATION,
    }
    assert len(clauses_for(ALMS)) >= 60, "an ALMS-like contract carries at least 60 clauses"
