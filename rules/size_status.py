"""Whether an offeror is small under the size standard of a NAICS code (13 CFR 121).

The standard is that of the solicitation's NAICS code on the date of the solicitation; what is
measured is the offeror with its affiliates.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum

RECEIPTS_YEARS = 5
"""Completed fiscal years over which receipts are averaged (13 CFR 121.104)."""


class Measure(StrEnum):
    RECEIPTS = "average annual receipts, USD"
    EMPLOYEES = "average employees"


class IncompleteSizeData(ValueError):
    """What the offeror states is not enough; the message says what is missing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SizeStandard:
    """The largest size at which an offeror is still small, over one span of dates."""

    naics: str
    measure: Measure
    limit: Decimal
    effective_from: date
    effective_to: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SizeStatus:
    small: bool
    measured: Decimal
    limit: Decimal
    reason: str


def average_receipts(by_fiscal_year: Mapping[int, Decimal], on: date) -> Decimal:
    """Average annual receipts, USD, of the last five fiscal years that ended before ``on``.

    Fiscal years are calendar years here. A firm with fewer completed years is averaged over those
    it has. Raises ``IncompleteSizeData`` when none is complete or one in between is missing.
    """
    completed = sorted(year for year in by_fiscal_year if year < on.year)[-RECEIPTS_YEARS:]
    if not completed:
        raise IncompleteSizeData(f"State the receipts of a fiscal year that ended before {on}.")
    missing = sorted(set(range(completed[0], on.year)) - set(completed))
    if missing:
        raise IncompleteSizeData(
            f"State the receipts of fiscal year {', '.join(map(str, missing))} as well."
        )
    total = sum((by_fiscal_year[year] for year in completed), Decimal(0))
    return (total / len(completed)).quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)


def size_status(standard: SizeStandard, measured: Decimal, solicitation: date) -> SizeStatus:
    """Whether an offeror of that size is small for a solicitation of that date.

    Exactly at the limit is small. Raises ``IncompleteSizeData`` when the standard was not in force
    on the date of the solicitation.
    """
    ended = standard.effective_to is not None and standard.effective_to < solicitation
    if solicitation < standard.effective_from or ended:
        raise IncompleteSizeData(
            f"The standard of NAICS {standard.naics} given is in force from "
            f"{standard.effective_from} to {standard.effective_to or 'now'}, not on {solicitation}."
        )
    small = measured <= standard.limit
    relation = "not over" if small else "over"
    return SizeStatus(
        small=small,
        measured=measured,
        limit=standard.limit,
        reason=f"{measured:,.2f} {standard.measure} is {relation} the standard of "
        f"{standard.limit:,.0f} for NAICS {standard.naics} on {solicitation}.",
    )
