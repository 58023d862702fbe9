"""Tables of the negotiation: objectives, range, exchanges and final proposals."""

from collections.abc import Callable, Sequence
from decimal import ROUND_HALF_UP, Decimal

from documents.compose import Markdown, UnknownKey, table
from documents.computed import Computed, Package
from documents.proceedings import Exchange, Exchanges, Objectives
from documents.tables.source_selection import (
    blocks,
    comparison_of,
    heading,
    offer_called,
    offers_of,
    percent,
)
from rules.evaluation import Offer, percent_over, total_evaluated_price, total_price

_CENT = Decimal("0.01")


def objectives_of(computed: Computed) -> Objectives:
    """The prenegotiation objectives, or ``UnknownKey`` when they are not recorded."""
    if computed.records.objectives is None:
        raise UnknownKey("the prenegotiation objectives are not recorded: record them first")
    return computed.records.objectives


def objective_prices(computed: Computed, offer: Offer) -> tuple[Decimal, ...]:
    """The price objective for one offer in USD per period; empty when none was stated."""
    recorded, decision = computed.records.objectives, computed.records.decision
    if recorded is not None:
        for position in recorded.positions:
            if position.offer in (offer.code, offer.name):
                return position.prices
    return decision.objectives if decision is not None else ()


def _price_objectives(computed: Computed, _: Package) -> Markdown:
    parts: list[str] = []
    for position in objectives_of(computed).positions:
        offer = offer_called(computed, position.offer)
        parts += [
            heading(2, f"Offeror {offer.code}: {offer.name}"),
            _price_objective(computed, offer.prices, position.prices),
            position.reason,
        ]
    return blocks(parts)


def _price_objective(
    computed: Computed, proposed: Sequence[Decimal], objective: Sequence[Decimal]
) -> Markdown:
    periods, estimates = computed.facts.periods, computed.estimate.periods
    rows = [
        (period.title, part.total, *_step(first, aim))
        for period, part, first, aim in zip(periods, estimates, proposed, objective, strict=True)
    ]
    rows.append(
        (
            "Total",
            computed.estimate.total,
            *_step(sum(proposed, Decimal(0)), sum(objective, Decimal(0))),
        )
    )
    return table(
        ("Period", "Government estimate", "Proposed", "Objective", "Difference", "In %"),
        rows,
        right=range(1, 6),
    )


def _step(proposed: Decimal, objective: Decimal) -> tuple[Decimal, Decimal, Decimal, str]:
    return proposed, objective, objective - proposed, percent(percent_over(objective, proposed))


def _objective_elements(computed: Computed, _: Package) -> Markdown:
    elements = objectives_of(computed).elements
    rows: list[tuple[object, ...]] = [
        (row.title, row.proposed, row.objective, row.objective - row.proposed, row.basis)
        for row in elements
    ]
    proposed = sum((row.proposed for row in elements), Decimal(0))
    objective = sum((row.objective for row in elements), Decimal(0))
    rows.append(("Total", proposed, objective, objective - proposed, "Sum of the elements"))
    return table(
        ("Element", "Proposed", "Objective", "Difference", "Basis"), rows, right=range(1, 4)
    )


def _objective_profit(computed: Computed, _: Package) -> Markdown:
    factors = objectives_of(computed).profit
    amounts = [(row.base * row.value).quantize(_CENT, ROUND_HALF_UP) for row in factors]
    rows: list[tuple[object, ...]] = [
        (row.title, row.base, percent(row.value * 100, signed=False), amount)
        for row, amount in zip(factors, amounts, strict=True)
    ]
    rows.append(("Profit objective", "-", "-", sum(amounts, Decimal(0))))
    return table(("Factor", "Base", "Value", "Profit"), rows, right=range(1, 4))


def _range_standing(computed: Computed, _: Package) -> Markdown:
    found = computed.records.competitive_range
    if found is None:
        raise UnknownKey("the competitive range is not recorded: record it first")
    inside = {row.offer: row.reason for row in found.included}
    outside = {row.offer: row.reason for row in found.excluded}
    return table(
        ("Offeror", "Competitive range", "Reason"),
        [
            (
                f"{offer.code} {offer.name}",
                "Included" if offer.code in inside else "Not included",
                inside.get(offer.code) or outside[offer.code],
            )
            for offer in offers_of(computed)
        ],
    )


def _range_ratings(computed: Computed, _: Package) -> Markdown:
    compared = comparison_of(computed)
    factors = [code for code in compared.offers[0].ratings]
    return table(
        (
            "Offeror",
            *(f"Factor {code}" for code in factors),
            "Total evaluated price",
            "Against the estimate",
        ),
        [
            (
                f"{offer.code} {offer.name}",
                *(offer.ratings[code] for code in factors),
                offer.total_evaluated_price,
                percent(offer.percent_of_estimate),
            )
            for offer in compared.offers
        ],
        right=(len(factors) + 1, len(factors) + 2),
    )


def _exchanges_of(computed: Computed) -> Exchanges:
    if computed.records.exchanges is None:
        raise UnknownKey("the exchanges with offerors are not recorded: record them first")
    return computed.records.exchanges


def _exchange_log(computed: Computed, _: Package) -> Markdown:
    return table(
        ("Number", "Offeror", "Kind", "Factor", "Issued", "Answered", "Closed"),
        [
            (
                row.number,
                f"{row.offer} {offer_called(computed, row.offer).name}",
                row.kind,
                row.factor or "None",
                row.issued,
                row.answered,
                row.closed,
            )
            for row in _exchanges_of(computed).exchanges
        ],
    )


def _exchange_texts(computed: Computed, _: Package) -> Markdown:
    recorded = _exchanges_of(computed).exchanges
    parts: list[str] = []
    for offer in offers_of(computed):
        own = [row for row in recorded if row.offer == offer.code]
        if not own:
            continue
        parts.append(heading(2, f"Offeror {offer.code}: {offer.name}"))
        for row in own:
            parts += [heading(3, f"{row.number}, {row.kind}"), _exchange(row)]
    return blocks(parts)


def _exchange(row: Exchange) -> Markdown:
    return table(
        ("Step", "Date", "Text"),
        [
            ("Asked", row.issued, row.question),
            ("Answered", row.answered, row.answer),
            ("Closed", row.closed, row.closure),
        ],
    )


def _final_prices(computed: Computed, _: Package) -> Markdown:
    finals = computed.records.final_proposals
    if finals is None:
        raise UnknownKey("the final proposals are not recorded: record them first")
    rows: list[tuple[object, ...]] = []
    for proposal in finals.proposals:
        offer = offer_called(computed, proposal.offer)
        first = sum(offer.initial_prices or offer.prices, Decimal(0))
        last = total_price(offer)
        rows.append(
            (
                f"{offer.code} {offer.name}",
                proposal.received,
                first,
                last,
                total_evaluated_price(offer),
                percent(percent_over(last, first)),
            )
        )
    return table(
        ("Offeror", "Received", "First total", "Final total", "Total evaluated price", "Change"),
        rows,
        right=range(2, 6),
    )


TABLES: dict[str, Callable[[Computed, Package], Markdown]] = {
    "price_objectives": _price_objectives,
    "objective_elements": _objective_elements,
    "objective_profit": _objective_profit,
    "range_standing": _range_standing,
    "range_ratings": _range_ratings,
    "exchange_log": _exchange_log,
    "exchange_texts": _exchange_texts,
    "final_prices": _final_prices,
}
