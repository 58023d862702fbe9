"""Tables of price analysis: offers compared with each other and with the Government estimate."""

from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal

from documents.compose import Markdown, escape, table
from documents.computed import Computed, Package
from documents.tables.source_selection import offers_of, percent
from rules.evaluation import percent_over, six_month_extension, total_evaluated_price, total_price


def _price_comparison(computed: Computed, _: Package) -> Markdown:
    offers = offers_of(computed)
    rows: list[tuple[object, ...]] = [
        (period.title, *(offer.prices[index] for offer in offers))
        for index, period in enumerate(computed.facts.periods)
    ]
    rows += [
        ("**Total**", *(total_price(offer) for offer in offers)),
        ("Six-month extension", *(six_month_extension(offer) for offer in offers)),
        ("**Total evaluated price**", *(total_evaluated_price(offer) for offer in offers)),
    ]
    return table(
        ("Period", *(f"Offeror {offer.code}" for offer in offers)),
        [(Markdown(str(row[0])), *row[1:]) for row in rows],
        right=range(1, len(offers) + 1),
    )


def _price_against_estimate(computed: Computed, _: Package) -> Markdown:
    estimate = computed.estimate
    return table(
        ("Offeror", "Total price", "Government estimate", "Difference", "Percent"),
        [
            (
                f"{offer.code} {offer.name}",
                total_price(offer),
                estimate.total,
                total_price(offer) - estimate.total,
                percent(percent_over(total_price(offer), estimate.total)),
            )
            for offer in offers_of(computed)
        ],
        right=range(1, 5),
    )


def _price_by_period_against_estimate(computed: Computed, _: Package) -> Markdown:
    offers = offers_of(computed)
    return table(
        ("Period", "Government estimate", *(f"Offeror {offer.code}" for offer in offers)),
        [
            (
                period.title,
                part.total,
                *(percent(percent_over(offer.prices[index], part.total)) for offer in offers),
            )
            for index, (period, part) in enumerate(
                zip(computed.facts.periods, computed.estimate.periods, strict=True)
            )
        ],
        right=range(1, len(offers) + 2),
    )


def _price_balance(computed: Computed, _: Package) -> Markdown:
    offers = offers_of(computed)
    estimate = computed.estimate
    return table(
        ("Period", "Government estimate", *(f"Offeror {offer.code}" for offer in offers)),
        [
            (
                period.title,
                _share(estimate.periods[index].total, estimate.total),
                *(_share(offer.prices[index], total_price(offer)) for offer in offers),
            )
            for index, period in enumerate(computed.facts.periods)
        ],
        right=range(1, len(offers) + 2),
    )


def _share(part: Decimal, whole: Decimal) -> str:
    return percent(_points(part, whole), signed=False)


def _points(part: Decimal, whole: Decimal) -> Decimal:
    return (part / whole * 100).quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)


_BALANCED_WITHIN = Decimal(5)
"""Percentage points of a period's share beyond which an offer is looked at again (local rule)."""


def _price_balance_finding(computed: Computed, _: Package) -> Markdown:
    estimate = computed.estimate
    gap, code, title = max(
        (
            abs(
                _points(offer.prices[index], total_price(offer))
                - _points(estimate.periods[index].total, estimate.total)
            ),
            offer.code,
            period.title,
        )
        for offer in offers_of(computed)
        for index, period in enumerate(computed.facts.periods)
    )
    finding = (
        "No offer is found to be unbalanced to a degree that poses an unacceptable risk to the "
        "Government."
        if gap <= _BALANCED_WITHIN
        else "The Contracting Officer asks the offeror to explain that period before deciding "
        "whether the risk to the Government is acceptable."
    )
    return Markdown(
        f"The largest difference between an offer and the estimate is {gap} percentage points, "
        f"for Offeror {escape(code)} in {escape(title)}. {finding}"
    )


def _price_ranking(computed: Computed, _: Package) -> Markdown:
    offers = sorted(offers_of(computed), key=total_evaluated_price)
    lowest = offers[0]
    return table(
        ("Offeror", "Total evaluated price", "Above the lowest", "Percent"),
        [
            (
                f"{offer.code} {offer.name}",
                total_evaluated_price(offer),
                total_evaluated_price(offer) - total_evaluated_price(lowest),
                percent(percent_over(total_evaluated_price(offer), total_evaluated_price(lowest))),
            )
            for offer in offers
        ],
        right=range(1, 4),
    )


TABLES: dict[str, Callable[[Computed, Package], Markdown]] = {
    "price_comparison": _price_comparison,
    "price_against_estimate": _price_against_estimate,
    "price_by_period_against_estimate": _price_by_period_against_estimate,
    "price_balance": _price_balance,
    "price_balance_finding": _price_balance_finding,
    "price_ranking": _price_ranking,
}
