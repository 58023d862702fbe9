"""Every threshold, row by row: its values, their dates and sources, and both sides of each."""

from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest

from rules.thresholds import (
    THRESHOLDS,
    ApprovalLevel,
    Comparison,
    NoThresholdOnDate,
    Threshold,
    ThresholdId,
    navy_plan_approval_level,
    threshold,
    time_and_materials_approval_level,
)

CENT = Decimal("0.01")
DAY = timedelta(days=1)
AWARD = date(2027, 9, 2)

ADJUSTED, DEVIATION, PART_15 = date(2025, 10, 1), date(2026, 2, 1), date(2026, 3, 16)
CODIFIED, PROCEDURES = date(2020, 10, 1), date(2022, 8, 20)

STATED: dict[str, tuple[str, tuple[tuple[str, date], ...], str]] = {
    # id: (comparison, (value, first day) oldest first, words of the newest source)
    "MPT": (">", (("10000", CODIFIED), ("15000", ADJUSTED)), "FAR 2.101"),
    "SAT": (">", (("250000", CODIFIED), ("350000", ADJUSTED)), "FAR 2.101"),
    "COMM_SAP": ("<=", (("7500000", CODIFIED), ("9000000", ADJUSTED)), "RFO 12.201-1"),
    "SYNOPSIS": (">", (("25000", CODIFIED), ("20000", DEVIATION)), "RFO 5.101"),
    "SYNOPSIS_15_DAYS": (">", (("25000", CODIFIED),), "5.203"),
    "JA_CO": ("<=", (("750000", CODIFIED), ("900000", ADJUSTED)), "6.304(a)(1)"),
    "JA_CA": ("<=", (("20000000", ADJUSTED),), "6.104-2"),
    "JA_HPA": ("<=", (("150000000", ADJUSTED),), "6.104-2"),
    "JA_HPA_CIVILIAN": ("<=", (("90000000", ADJUSTED),), "6.104-2"),
    "JA_SPE": (">", (("150000000", ADJUSTED),), "6.104-2"),
    "JA_SPE_CIVILIAN": (">", (("90000000", ADJUSTED),), "6.104-2"),
    "JA_8A": (">", (("100000000", DEVIATION),), "DFARS 206.104-70"),
    "TINA": (
        ">",
        (("2000000", CODIFIED), ("2500000", ADJUSTED), ("10000000", date(2026, 7, 1))),
        "DFARS 215.403-3(a)",
    ),
    "AP_DEV": (">=", (("10000000", DEVIATION),), "DFARS 207.103-70(a)(1)"),
    "AP_SVC_TOTAL": (">=", (("50000000", DEVIATION),), "DFARS 207.103-70(a)(2)"),
    "AP_SVC_YEAR": (">=", (("25000000", DEVIATION),), "DFARS 207.103-70(a)(2)"),
    "SUBK": (">", (("750000", CODIFIED), ("900000", ADJUSTED)), "19.109(a)"),
    "SUBK_CONSTRUCTION": (">", (("1500000", CODIFIED), ("2000000", ADJUSTED)), "19.109(a)"),
    "CONSOLIDATION": (">", (("2000000", DEVIATION),), "RFO 7.107-1(b)"),
    "BUNDLE": (">=", (("8000000", DEVIATION),), "RFO 7.107-1(b)"),
    "PP_EVAL_IT": (">", (("1000000", PART_15),), "DFARS 215.104-70(g)"),
    "PP_EVAL_SERVICES": (">", (("1000000", PART_15),), "DFARS 215.104-70(g)"),
    "PP_EVAL_SYSTEMS": (">", (("5000000", PART_15),), "DFARS 215.104-70(g)"),
    "PP_EVAL_SHIP_REPAIR": (">", (("500000", PART_15),), "DFARS 215.104-70(g)"),
    "MKT_CLAUSE": (">", (("7500000", DEVIATION),), "RFO 10.002"),
    "ANNOUNCE": (">", (("7500000", CODIFIED), ("9000000", ADJUSTED)), "DFARS 205.302"),
    "COOP": (">", (("1500000", DEVIATION),), "DFARS 205.701"),
    "DEBRIEF_REQ": (">=", (("10000000", CODIFIED), ("15000000", ADJUSTED)), "215.301-170(a)"),
    "SSDD_DISC_ALL": (">", (("150000000", PART_15),), "DFARS 215.301-170(b)"),
    "SSDD_DISC_SMALL": (">", (("15000000", PART_15),), "DFARS 215.301-170(b)"),
    "NEGOT": (">=", (("100000000", PART_15),), "DFARS 215.204-2"),
    "SSA_NOT_CO": (">=", (("100000000", PROCEDURES),), "Source Selection Procedures"),
    "SSAC": (">=", (("100000000", PROCEDURES),), "Source Selection Procedures"),
    "SSPROC": (">", (("10000000", PROCEDURES),), "Source Selection Procedures"),
    "PEER": (">=", (("1000000000", DEVIATION),), "PGI 201.170"),
    "NONPBA_SPE": (">", (("100000000", DEVIATION),), "DFARS 237.870-2"),
    "TM_DF": (">", (("1000000", PART_15),), "DFARS 216.601-370"),
    "CBAR": (">", (("25000000", PART_15),), "PGI 215.408-2(a)(3)"),
    "TO_PROTEST": (">", (("35000000", date(2024, 12, 23)),), "10 USC 3406(f)"),
    "NMCARS_AP": (">=", (("100000000", DEVIATION),), "NMCARS 5207.103"),
    "SCLS": (">", (("2500", CODIFIED),), "FAR 22.10"),
}
"""The threshold table of the domain notes, written down a second time."""


def test_no_threshold_is_missing_and_none_is_extra() -> None:
    assert set(STATED) == {id.value for id in ThresholdId}


@pytest.mark.parametrize("id", STATED)
def test_a_threshold_has_the_stated_values_dates_and_source(id: str) -> None:
    comparison, values, source = STATED[id]
    rows = sorted((row for row in THRESHOLDS if row.id == id), key=lambda row: row.effective_from)
    assert [(row.value, row.effective_from) for row in rows] == [
        (Decimal(value), start) for value, start in values
    ]
    assert {row.comparison.value for row in rows} == {comparison}
    assert source in rows[-1].source, f"{id} is printed with {rows[-1].source}"
    for older, newer in pairwise(rows):
        assert older.effective_to == newer.effective_from - DAY, f"{id} has a gap or an overlap"
    assert rows[-1].effective_to is None, f"{id} has ended"


@pytest.mark.parametrize("row", THRESHOLDS, ids=lambda row: f"{row.id}-{row.effective_from}")
def test_a_threshold_divides_at_its_value_to_the_cent(row: Threshold) -> None:
    below, at, above = row.value - CENT, row.value, row.value + CENT
    met = tuple(row.met_by(amount) for amount in (below, at, above))
    expected = {
        Comparison.OVER: (False, False, True),
        Comparison.AT_LEAST: (False, True, True),
        Comparison.UP_TO: (True, True, False),
    }[row.comparison]
    assert met == expected, f"{row.id}: at {row.value} the rule says {row.comparison}"


@pytest.mark.parametrize("row", THRESHOLDS, ids=lambda row: f"{row.id}-{row.effective_from}")
def test_a_threshold_holds_from_its_first_day_to_its_last(row: Threshold) -> None:
    assert threshold(row.id, row.effective_from) is row
    before = row.effective_from - DAY
    if any(other.id == row.id and other.effective_to == before for other in THRESHOLDS):
        assert threshold(row.id, before) is not row
    else:
        with pytest.raises(NoThresholdOnDate, match=str(row.effective_from)):
            threshold(row.id, before)
    if row.effective_to is not None:
        assert threshold(row.id, row.effective_to) is row
        assert threshold(row.id, row.effective_to + DAY) is not row


def test_what_the_sources_disagree_about_is_noted_on_the_row() -> None:
    noted = {row.id for row in THRESHOLDS if row.note}
    assert noted == {
        ThresholdId.SYNOPSIS,
        ThresholdId.SSDD_DISC_SMALL,
        ThresholdId.TO_PROTEST,
        ThresholdId.NMCARS_AP,
    }


@pytest.mark.parametrize(
    ("value", "months", "level"),
    [
        ("1000000.00", 36, ApprovalLevel.ONE_LEVEL_ABOVE_CONTRACTING_OFFICER),
        ("1000000.01", 36, ApprovalLevel.SENIOR_CONTRACTING_OFFICIAL),
        ("1.00", 37, ApprovalLevel.HEAD_OF_CONTRACTING_ACTIVITY),
    ],
)
def test_time_and_materials_are_determined_at_the_level_of_value_and_length(
    value: str, months: int, level: ApprovalLevel
) -> None:
    assert time_and_materials_approval_level(Decimal(value), months, AWARD) is level


def test_a_navy_plan_goes_to_the_deputy_assistant_secretary_from_100_million() -> None:
    limit = Decimal(100_000_000)
    below = navy_plan_approval_level(limit - CENT, AWARD)
    assert below is ApprovalLevel.HEAD_OF_CONTRACTING_ACTIVITY
    assert navy_plan_approval_level(limit, AWARD) is ApprovalLevel.DEPUTY_ASSISTANT_SECRETARY
