"""Two implementations of one rule agree on any input, not only on the golden ones."""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.calendar import FederalCalendar
from rules.deadlines import DeadlineFacts
from rules.estimate import (
    EstimateInput,
    LabourCategory,
    LinePlan,
    LineType,
    OtherDirectCost,
    escalated,
    estimate,
    to_cents,
)
from rules.evaluation import (
    ConfidenceRating,
    Factor,
    Offer,
    Rating,
    Scale,
    TechnicalRating,
    frontier,
    percent_over,
    premium,
    six_month_extension,
)
from rules.schedule import ScheduleFacts, Step, Unit, schedule
from tests.rules import second_opinion
from tests.rules.alms import ESTIMATE_INPUT, OFFERS, PERIODS

CALENDAR = FederalCalendar()
MONEY = st.decimals("0.01", "999999.99", places=2)
RATES = st.decimals("0", "0.12", places=4)
# Leads of 120 days stay clear of 24 and 26 December 2025: the President closed offices on them, and
# the second opinion knows the statute alone.
DAYS = st.dates(date(2026, 5, 11), date(2036, 12, 20))


def _in_cents(amount: Decimal) -> int:
    return int(amount * 100)


@settings(deadline=None)
@given(MONEY, RATES, st.integers(0, 9))
def test_k1_escalated_rates_agree(base: Decimal, yearly: Decimal, years: int) -> None:
    expected = second_opinion.rate_in_cents(Fraction(base), Fraction(yearly), years)
    assert _in_cents(escalated(base, yearly, years)) == expected


def test_k1_both_opinions_refuse_to_chain_rounded_rates() -> None:
    assert second_opinion.rate_in_cents(Fraction("156.30"), Fraction("0.03"), 4) == 17592
    chained = Decimal("156.30")
    for _ in range(4):
        chained = to_cents(chained * Decimal("1.03"))
    assert chained == Decimal("175.91"), "this is the error that the rule avoids"


@st.composite
def _estimates(draw: st.DrawFn) -> tuple[EstimateInput, int]:
    periods = draw(st.integers(1, 6))
    hours = st.tuples(*[st.integers(0, 20_000)] * periods)
    money = st.tuples(*[MONEY] * periods)
    labour = tuple(
        LabourCategory(code=f"L{n}", title=f"L{n}", base_rate=draw(MONEY), hours=draw(hours))
        for n in range(draw(st.integers(1, 4)))
    )
    costs = tuple(
        OtherDirectCost(code=f"C{n}", title=f"C{n}", amounts=draw(money))
        for n in range(draw(st.integers(0, 3)))
    )
    codes = [item.code for item in (*labour, *costs)]
    split = draw(st.integers(1, len(codes)))
    lines = [
        LinePlan(suffix=f"{n:03d}", title="Line", type=LineType.FFP, costs=tuple(part))
        for n, part in enumerate((codes[:split], codes[split:]), 1)
        if part
    ]
    return (
        EstimateInput(
            labour_escalation=draw(RATES),
            labour=labour,
            other_direct_costs=costs,
            lines=tuple(lines),
            method="drawn",
        ),
        periods,
    )


@settings(max_examples=60, deadline=None)
@given(_estimates())
def test_k2_k3_k4_totals_agree_with_sums_of_cents(drawn: tuple[EstimateInput, int]) -> None:
    _compare_estimates(*drawn)


def test_k2_k3_k4_agree_on_the_sample() -> None:
    total, extension = _compare_estimates(ESTIMATE_INPUT, PERIODS)
    assert (total, extension) == (5_829_457_584, 480_221_568)


def _compare_estimates(inp: EstimateInput, periods: int) -> tuple[int, int]:
    result = estimate(inp, periods)
    yearly = Fraction(inp.labour_escalation)
    cells: dict[tuple[str, int], int] = {}
    for category in inp.labour:
        for year in range(periods):
            rate = second_opinion.rate_in_cents(Fraction(category.base_rate), yearly, year)
            cells[category.code, year] = second_opinion.amount_in_cents(rate, category.hours[year])
    for cost in inp.other_direct_costs:
        for year in range(periods):
            cells[cost.code, year] = _cost_in_cents(cost, year)
    by_period = [
        sum(cell for (_, at), cell in cells.items() if at == year) for year in range(periods)
    ]
    by_line = {
        (plan.suffix, year): sum(cells[code, year] for code in plan.costs)
        for plan in inp.lines
        if plan.type is not LineType.NOT_SEPARATELY_PRICED
        for year in range(periods)
    }
    assert [_in_cents(period.total) for period in result.periods] == by_period
    assert {
        (line.suffix, line.period): _in_cents(line.amount)
        for line in result.line_items
        if line.amount is not None
    } == {key: amount for key, amount in by_line.items() if amount}
    assert _in_cents(result.total) == sum(by_period) == sum(by_line.values())
    extension = second_opinion.half_in_cents(by_period[-1])
    assert _in_cents(result.six_month_extension) == extension
    return sum(by_period), extension


def _cost_in_cents(cost: OtherDirectCost, year: int) -> int:
    if cost.amounts:
        return second_opinion.cents(Fraction(cost.amounts[year]))
    if len(cost.unit_prices) == 1:
        price = second_opinion.rate_in_cents(
            Fraction(cost.unit_prices[0]), Fraction(cost.escalation), year
        )
    else:
        price = second_opinion.cents(Fraction(cost.unit_prices[year]))
    return price * cost.quantities[year]


@settings(deadline=None)
@given(MONEY, MONEY)
def test_k6_percentages_agree_in_sign_and_rounding(amount: Decimal, reference: Decimal) -> None:
    expected = second_opinion.hundredths_of_percent(Fraction(amount), Fraction(reference))
    assert _in_cents(percent_over(amount, reference)) == expected


def test_k6_the_premium_of_the_sample_agrees() -> None:
    cheaper, dearer = OFFERS[0], OFFERS[1]
    found = premium(dearer, cheaper)
    first, second = (sum(map(Fraction, offer.prices), Fraction(0)) for offer in (cheaper, dearer))
    assert _in_cents(found.amount) == second_opinion.cents(second - first) == 633_456_800
    assert _in_cents(found.percent) == second_opinion.hundredths_of_percent(second, first) == 1154
    with_extension = [
        total + Fraction(second_opinion.half_in_cents(_in_cents(offer.prices[-1])), 100)
        for total, offer in ((first, cheaper), (second, dearer))
    ]
    evaluated = second_opinion.hundredths_of_percent(with_extension[1], with_extension[0])
    assert _in_cents(found.evaluated_percent) == evaluated == 1158


@settings(deadline=None)
@given(MONEY)
def test_k4_half_a_period_agrees(price: Decimal) -> None:
    offer = OFFERS[0].model_copy(update={"prices": (price,)})
    assert _in_cents(six_month_extension(offer)) == second_opinion.half_in_cents(_in_cents(price))


@pytest.mark.parametrize("year", range(2026, 2037))
def test_k9_the_holidays_are_those_of_the_statute(year: int) -> None:
    first, last = date(year, 1, 1), date(year, 12, 31)
    days = (first + timedelta(days=index) for index in range((last - first).days + 1))
    counted = [day for day in days if CALENDAR.is_open(day)]
    assert counted == second_opinion.open_days(first, last)


@settings(max_examples=200, deadline=None)
@given(DAYS, st.integers(1, 120))
def test_k9_every_way_of_counting_agrees(event: date, days: int) -> None:
    assert CALENDAR.roll_forward_deadline(event, days) == second_opinion.calendar_deadline(
        event, days
    )
    assert CALENDAR.add_business_days(event, days) == second_opinion.business_deadline(event, days)
    assert CALENDAR.minimum_lead(event, days) == second_opinion.latest_lead(event, days)


FACTS = ScheduleFacts(
    deadlines=DeadlineFacts(value=Decimal("58294575.84"), base_value=Decimal("14692123.60"))
)
CHAIN = (
    "package_accepted",
    "sources_sought_published",
    "sources_sought_response",
    "market_research_complete",
    "requirement_baselined",
    "strategy_approved",
    "presolicitation_published",
    "rfp_issue",
    "closing",
    "evaluation_complete",
    "decision",
    "award_announcement",
    "award",
)


def _walk(step: Step) -> Callable[[date], date]:
    """When a step that begins on a day ends at the earliest, by the second opinion."""
    if not step.least:
        return lambda day: day
    if step.unit is Unit.BUSINESS:
        return partial(second_opinion.business_deadline, days=step.least)
    return partial(second_opinion.calendar_deadline, days=step.least)


@settings(max_examples=15, deadline=None)
@given(st.dates(date(2026, 4, 1), date(2034, 1, 1)), st.lists(st.integers(0, 40), min_size=12))
def test_k11_the_backward_pass_agrees_with_trying_every_day(start: date, gaps: list[int]) -> None:
    planned: dict[str, date] = {}
    day = start
    for name, gap in zip(CHAIN, [0, *gaps], strict=False):
        day += timedelta(days=gap)
        planned[name] = day
    award = planned["award"] = second_opinion.calendar_deadline(planned["award"], 1)
    found = schedule(planned, FACTS, CALENDAR)
    steps = [(step.start, step.end, _walk(step)) for step in found.steps]
    expected = second_opinion.latest_dates(steps, award, horizon=150)
    for milestone in found.milestones:
        assert milestone.latest is not None
        # Where a step needs no time, a closed day before an open one is as late as that one is.
        last, latest = expected[milestone.name], milestone.latest
        assert latest <= last, f"{milestone.name}: {latest} is too late"
        assert not second_opinion.open_days(latest + timedelta(days=1), last), (
            f"{milestone.name}: {last} would still do, not only {latest}"
        )


FACTORS = tuple(
    Factor(code=code, title=code, scale=scale, importance="", standard="", volume="I")
    for code, scale in (("1", Scale.TECHNICAL), ("2", Scale.TECHNICAL), ("3", Scale.CONFIDENCE))
)
PASSING = [rating for rating in TechnicalRating if rating is not TechnicalRating.UNACCEPTABLE]


@st.composite
def _evaluated(draw: st.DrawFn) -> tuple[list[Offer], list[Rating]]:
    offers: list[Offer] = []
    ratings: list[Rating] = []
    for code in "ABCDEF"[: draw(st.integers(1, 6))]:
        price = Decimal(draw(st.integers(1, 6)) * 100)
        offers.append(OFFERS[0].model_copy(update={"code": code, "prices": (price,)}))
        words = [
            draw(st.sampled_from(PASSING)),
            draw(st.sampled_from(PASSING)),
            draw(st.sampled_from(ConfidenceRating)),
        ]
        ratings += [
            Rating(offer=code, factor=factor.code, rating=word, narrative="", evaluators=2)
            for factor, word in zip(FACTORS, words, strict=True)
        ]
    return offers, ratings


@settings(max_examples=200, deadline=None)
@given(_evaluated())
def test_k14_the_frontier_agrees_with_trying_every_pair(
    drawn: tuple[list[Offer], list[Rating]],
) -> None:
    offers, ratings = drawn
    given = {(row.offer, row.factor): row.rating for row in ratings}

    def rank(offer: str, factor: Factor) -> int | None:
        word = given[offer, factor.code]
        if word == ConfidenceRating.NEUTRAL:
            return None
        scale = TechnicalRating if factor.scale is Scale.TECHNICAL else ConfidenceRating
        return [member.value for member in scale].index(word)

    ranked = {
        offer.code: (
            [rank(offer.code, factor) for factor in FACTORS],
            _in_cents(offer.prices[0]),
        )
        for offer in offers
    }
    found = {offer.code for offer in frontier(offers, ratings, FACTORS)}
    assert found == second_opinion.unbeaten(ranked)
