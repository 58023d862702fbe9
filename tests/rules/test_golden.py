"""The computations K1 to K20 at a glance: what each gives for the sample acquisition."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal

import pytest

from rules.calendar import FederalCalendar
from rules.clauses import ClauseFacts, clauses_for
from rules.deadlines import DeadlineFacts, Event, deadlines_for, palt
from rules.estimate import around_the_clock, escalated, estimate, to_cents
from rules.evaluation import (
    Finding,
    FindingKind,
    Rating,
    TechnicalRating,
    frontier,
    percent_over,
    premium,
    rating_problems,
    total_price,
)
from rules.numbering import InvalidNumber, next_subline, parse_piid
from rules.page_counts import VolumeCount
from rules.schedule import ScheduleFacts, schedule
from rules.service_levels import SamplePlan, allowed_downtime, hours_and_minutes
from rules.size_status import Measure, SizeStandard, size_status
from rules.thresholds import ThresholdId, ja_approval_level, threshold
from tests.rules.alms import ESTIMATE_INPUT, FACTORS, IGCE_TOTAL, OFFERS, PERIODS, RATINGS

ISSUE, AWARD = date(2027, 3, 16), date(2027, 9, 2)
CALENDAR = FederalCalendar()
DEADLINES = DeadlineFacts(value=IGCE_TOTAL, base_value=Decimal("14692123.60"))


def _chained() -> Decimal:
    """What rounding every year gives instead."""
    rate = Decimal("156.30")
    for _ in range(4):
        rate = to_cents(rate * Decimal("1.03"))
    return rate


def _three_sums() -> tuple[Decimal, ...]:
    costs = estimate(ESTIMATE_INPUT, PERIODS)
    by_line = sum((line.amount for line in costs.line_items if line.amount), Decimal(0))
    by_period = sum((period.total for period in costs.periods), Decimal(0))
    return costs.total, by_line, by_period


def _percents() -> dict[str, str]:
    return {offer.code: f"{percent_over(total_price(offer), IGCE_TOTAL):+}" for offer in OFFERS}


def _due(id: str, event: Event, day: date) -> date:
    found = deadlines_for({event: day}, DEADLINES, CALENDAR)
    return next(deadline.due for deadline in found if deadline.id == id)


def _slack() -> int:
    days = {"package_accepted": date(2027, 1, 11), "rfp_issue": ISSUE, "award": AWARD}
    laid_out = schedule(
        days | {"closing": date(2027, 4, 30)}, ScheduleFacts(deadlines=DEADLINES), CALENDAR
    )
    return laid_out.step("rfp_issue", "closing").slack


def _deficient(word: TechnicalRating) -> tuple[str, ...]:
    finding = Finding(kind=FindingKind.DEFICIENCY, text="24 hours only", volume="I", page=31)
    return rating_problems(
        Rating(offer="C", factor="1", rating=word, narrative="", findings=(finding,), evaluators=4)
    )


def _piid(text: str) -> str:
    try:
        return parse_piid(text).instrument.name
    except InvalidNumber:
        return "refused"


def _small(receipts: int) -> bool:
    standard = SizeStandard(
        naics="541512",
        measure=Measure.RECEIPTS,
        limit=Decimal(34_000_000),
        effective_from=date(2022, 12, 19),
    )
    return size_status(standard, Decimal(receipts), ISSUE).small


def _has_clause(number: str, value: Decimal) -> bool:
    facts = ClauseFacts(value=value, issue=ISSUE, service=True, contract_type="FFP")
    return number in {clause.number for clause in clauses_for(facts)}


GOLDEN: dict[str, tuple[Callable[[], object], object]] = {
    "K1": (
        lambda: (escalated(Decimal("156.30"), Decimal("0.03"), 4), _chained()),
        (Decimal("175.92"), Decimal("175.91")),
    ),
    "K2": (
        lambda: estimate(ESTIMATE_INPUT, PERIODS).labour_total,
        Decimal("47735907.20"),
    ),
    "K3": (_three_sums, (Decimal("58294575.84"),) * 3),
    "K4": (
        lambda: estimate(ESTIMATE_INPUT, PERIODS).six_month_extension,
        Decimal("4802215.68"),
    ),
    "K5": (
        lambda: (
            estimate(ESTIMATE_INPUT, PERIODS).periods[0].full_time_equivalents,
            around_the_clock(),
        ),
        (Decimal("47.0000"), Decimal("4.6596")),
    ),
    "K6": (
        lambda: (_percents(), premium(OFFERS[1], OFFERS[0]).percent),
        ({"A": "-5.87", "B": "+4.99", "C": "-10.25", "D": "-0.60"}, Decimal("11.54")),
    ),
    "K7": (
        lambda: [
            threshold(ThresholdId.TINA, day).met_by(Decimal(3_000_000))
            for day in (date(2026, 6, 30), date(2026, 7, 1))
        ],
        [True, False],
    ),
    "K8": (
        lambda: [
            ja_approval_level(Decimal(value), AWARD).value
            for value in ("900000.00", "900000.01", "20000000.01", "150000000.01")
        ],
        [
            "contracting_officer",
            "competition_advocate",
            "head_of_procuring_activity",
            "senior_procurement_executive",
        ],
    ),
    "K9": (
        lambda: (_due("D23", Event.AWARD, AWARD), _due("D40", Event.AWARD, date(2027, 6, 17))),
        (date(2027, 9, 7), date(2027, 6, 23)),
    ),
    "K10": (
        lambda: (palt(ISSUE, AWARD), CALENDAR.business_days_between(ISSUE, AWARD)),
        (170, 119),
    ),
    "K11": (_slack, 15),
    "K12": (lambda: VolumeCount(volume="I", pages=63, limit=60).excess, 3),
    "K13": (
        lambda: (
            _deficient(TechnicalRating.UNACCEPTABLE),
            len(_deficient(TechnicalRating.OUTSTANDING)),
        ),
        ((), 2),
    ),
    "K14": (lambda: {offer.code for offer in frontier(OFFERS, RATINGS, FACTORS)}, {"A", "B"}),
    "K15": (
        lambda: [SamplePlan.for_level(200, Decimal(98)).passes(good) for good in (196, 195)],
        [True, False],
    ),
    "K16": (
        lambda: (
            allowed_downtime(Decimal("99.5")),
            hours_and_minutes(allowed_downtime(Decimal("99.5"))),
        ),
        (Decimal("219.0"), "3 h 39 min"),
    ),
    "K17": (
        lambda: (_piid("N0018927R0042"), _piid("W56KGU-25-R-0042")),
        ("REQUEST_FOR_PROPOSALS", "refused"),
    ),
    "K18": (
        lambda: next_subline("0001", deliverable=True, used=[f"0001A{x}" for x in "ABCDEFGH"]),
        "0001AJ",
    ),
    "K19": (lambda: (_small(34_000_000), _small(34_000_001)), (True, False)),
    "K20": (
        lambda: [
            _has_clause("52.219-9", value) for value in (Decimal(900_000), Decimal("900000.01"))
        ],
        [False, True],
    ),
}


@pytest.mark.parametrize("id", GOLDEN)
def test_a_computation_gives_its_golden_value(id: str) -> None:
    compute, expected = GOLDEN[id]
    assert compute() == expected


def test_every_computation_of_the_rule_book_is_here() -> None:
    assert list(GOLDEN) == [f"K{number}" for number in range(1, 21)]
