from datetime import date
from decimal import Decimal
from itertools import pairwise

import pytest

from rules.thresholds import (
    THRESHOLDS,
    ApprovalLevel,
    NoThresholdOnDate,
    ThresholdId,
    UnknownThreshold,
    certified_data_required,
    ja_approval_level,
    past_performance_required,
    threshold,
)

AWARD = date(2027, 9, 2)
CENT = Decimal("0.01")


@pytest.mark.parametrize(
    ("value", "level"),
    [
        ("900000.00", ApprovalLevel.CONTRACTING_OFFICER),
        ("900000.01", ApprovalLevel.COMPETITION_ADVOCATE),
        ("20000000.00", ApprovalLevel.COMPETITION_ADVOCATE),
        ("20000000.01", ApprovalLevel.HEAD_OF_PROCURING_ACTIVITY),
        ("150000000.00", ApprovalLevel.HEAD_OF_PROCURING_ACTIVITY),
        ("150000000.01", ApprovalLevel.SENIOR_PROCUREMENT_EXECUTIVE),
    ],
)
def test_a_justification_goes_to_the_approver_of_its_value(
    value: str, level: ApprovalLevel
) -> None:
    assert ja_approval_level(Decimal(value), AWARD) is level


def test_outside_dod_the_senior_procurement_executive_starts_above_90_million() -> None:
    ninety = Decimal(90_000_000)
    assert ja_approval_level(ninety, AWARD, dod=False) is ApprovalLevel.HEAD_OF_PROCURING_ACTIVITY
    level = ja_approval_level(ninety + CENT, AWARD, dod=False)
    assert level is ApprovalLevel.SENIOR_PROCUREMENT_EXECUTIVE


@pytest.mark.parametrize(
    ("award", "required"), [(date(2026, 6, 30), True), (date(2026, 7, 1), False)]
)
def test_a_sole_source_of_3_million_needs_certified_data_until_30_june_2026(
    award: date, required: bool
) -> None:
    value = Decimal(3_000_000)
    assert certified_data_required(value, award, adequate_competition=False) is required


def test_certified_data_starts_one_cent_above_the_threshold_and_ends_with_competition() -> None:
    limit = Decimal(10_000_000)
    assert not certified_data_required(limit, AWARD, adequate_competition=False)
    assert certified_data_required(limit + CENT, AWARD, adequate_competition=False)
    assert not certified_data_required(limit + CENT, AWARD, adequate_competition=True)
    assert not certified_data_required(
        limit + CENT, AWARD, adequate_competition=False, commercial=True
    )


@pytest.mark.parametrize(
    ("id", "day", "value"),
    [
        (ThresholdId.MPT, date(2025, 9, 30), 10_000),
        (ThresholdId.MPT, date(2025, 10, 1), 15_000),
        (ThresholdId.SAT, date(2025, 9, 30), 250_000),
        (ThresholdId.SAT, date(2025, 10, 1), 350_000),
        (ThresholdId.COMM_SAP, date(2025, 10, 1), 9_000_000),
        (ThresholdId.SUBK, date(2025, 9, 30), 750_000),
        (ThresholdId.SUBK, date(2025, 10, 1), 900_000),
        (ThresholdId.SUBK_CONSTRUCTION, date(2025, 10, 1), 2_000_000),
        (ThresholdId.ANNOUNCE, AWARD, 9_000_000),
        (ThresholdId.DEBRIEF_REQ, AWARD, 15_000_000),
        (ThresholdId.TINA, date(2026, 6, 30), 2_500_000),
        (ThresholdId.TINA, date(2026, 7, 1), 10_000_000),
        (ThresholdId.SYNOPSIS, date(2026, 1, 31), 25_000),
        (ThresholdId.SYNOPSIS, date(2026, 2, 1), 20_000),
    ],
)
def test_a_threshold_has_the_value_of_its_date(id: ThresholdId, day: date, value: int) -> None:
    assert threshold(id, day).value == value


@pytest.mark.parametrize(
    ("id", "at", "above"),
    [
        (ThresholdId.SAT, False, True),
        (ThresholdId.AP_SVC_TOTAL, True, True),
        (ThresholdId.AP_SVC_YEAR, True, True),
        (ThresholdId.AP_DEV, True, True),
        (ThresholdId.BUNDLE, True, True),
        (ThresholdId.CONSOLIDATION, False, True),
        (ThresholdId.ANNOUNCE, False, True),
        (ThresholdId.DEBRIEF_REQ, True, True),
        (ThresholdId.SSAC, True, True),
        (ThresholdId.SSA_NOT_CO, True, True),
        (ThresholdId.NEGOT, True, True),
        (ThresholdId.PEER, True, True),
        (ThresholdId.SUBK, False, True),
        (ThresholdId.JA_CO, True, False),
    ],
)
def test_each_boundary_falls_on_the_side_the_text_says(
    id: ThresholdId, at: bool, above: bool
) -> None:
    row = threshold(id, AWARD)
    assert row.met_by(row.value) is at, f"{id} at exactly {row.text}"
    assert row.met_by(row.value + CENT) is above, f"{id} one cent above {row.text}"


@pytest.mark.parametrize("id", list(ThresholdId))
def test_every_threshold_has_one_value_today_and_spans_that_never_overlap(id: ThresholdId) -> None:
    assert threshold(id, AWARD).source
    rows = sorted((row for row in THRESHOLDS if row.id == id), key=lambda row: row.effective_from)
    for older, newer in pairwise(rows):
        assert older.effective_to is not None, f"{id}: an older row is still open"
        assert older.effective_to < newer.effective_from, f"{id}: two values on one day"


def test_an_unknown_threshold_is_an_error() -> None:
    with pytest.raises(UnknownThreshold, match="NOPE"):
        threshold("NOPE", AWARD)


def test_a_date_before_the_table_starts_is_an_error_that_names_the_known_spans() -> None:
    with pytest.raises(NoThresholdOnDate, match="2025-10-01"):
        threshold(ThresholdId.SAT, date(2019, 1, 1))


def test_past_performance_is_evaluated_above_one_million_for_services_or_it() -> None:
    million = Decimal(1_000_000)
    assert past_performance_required(million + CENT, AWARD, it=True, service=False)
    assert past_performance_required(million + CENT, AWARD, it=False, service=True)
    assert not past_performance_required(million, AWARD, it=True, service=True)
    assert not past_performance_required(5 * million, AWARD, it=False, service=False)


def test_values_print_the_way_documents_write_them() -> None:
    printed = [
        threshold(id, AWARD).text
        for id in (ThresholdId.SUBK, ThresholdId.MKT_CLAUSE, ThresholdId.PEER)
    ]
    assert printed == ["$900,000", "$7.5 million", "$1 billion"]
