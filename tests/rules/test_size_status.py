from datetime import date
from decimal import Decimal

import pytest

from rules.size_status import (
    IncompleteSizeData,
    Measure,
    SizeStandard,
    average_receipts,
    size_status,
)

ISSUE = date(2027, 3, 16)
STANDARD = SizeStandard(
    naics="541512",
    measure=Measure.RECEIPTS,
    limit=Decimal(34_000_000),
    effective_from=date(2022, 12, 19),
)


@pytest.mark.parametrize(
    ("receipts", "small"), [("33999999.99", True), ("34000000.00", True), ("34000000.01", False)]
)
def test_an_offeror_is_small_up_to_the_standard(receipts: str, small: bool) -> None:
    status = size_status(STANDARD, Decimal(receipts), ISSUE)
    assert status.small is small, status.reason
    assert "541512 on 2027-03-16" in status.reason


def test_receipts_are_averaged_over_the_last_five_completed_years() -> None:
    by_year = {year: Decimal(year) for year in range(2018, 2028)}
    assert average_receipts(by_year, ISSUE) == Decimal("2024.00"), "2022 to 2026; 2027 is running"


def test_a_young_firm_is_averaged_over_the_years_it_has() -> None:
    by_year = {2025: Decimal(1_000_000), 2026: Decimal(2_000_001)}
    assert average_receipts(by_year, ISSUE) == Decimal("1500000.50")


@pytest.mark.parametrize(
    ("by_year", "missing"),
    [
        ({}, "before 2027-03-16"),
        ({2027: Decimal(1)}, "before 2027-03-16"),
        ({2023: Decimal(1), 2025: Decimal(1), 2026: Decimal(1)}, "2024"),
        ({2022: Decimal(1), 2023: Decimal(1)}, "2024, 2025, 2026"),
    ],
)
def test_missing_years_are_named(by_year: dict[int, Decimal], missing: str) -> None:
    with pytest.raises(IncompleteSizeData, match=missing):
        average_receipts(by_year, ISSUE)


def test_a_standard_of_another_time_does_not_decide() -> None:
    with pytest.raises(IncompleteSizeData, match="not on 2020-01-01"):
        size_status(STANDARD, Decimal(1), date(2020, 1, 1))


def test_employees_are_measured_like_receipts() -> None:
    standard = SizeStandard(
        naics="336411",
        measure=Measure.EMPLOYEES,
        limit=Decimal(1500),
        effective_from=date(2022, 12, 19),
    )
    assert size_status(standard, Decimal(1500), ISSUE).small
    assert not size_status(standard, Decimal(1501), ISSUE).small
