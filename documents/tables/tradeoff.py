"""Tables of the source selection decision: offers side by side and what a premium buys."""

from collections.abc import Callable

from documents.compose import Markdown, table
from documents.computed import Computed, Package
from documents.tables.source_selection import (
    blocks,
    comparison_of,
    heading,
    offer_called,
    percent,
    rated_factors,
    rating_of,
)


def _comparison_table(computed: Computed, _: Package) -> Markdown:
    factors = rated_factors(computed)
    compared = comparison_of(computed).offers
    return table(
        ("Basis", *(f"{offer.code} {offer.name}" for offer in compared)),
        [
            *(
                (f"{factor.code} {factor.title}", *(o.ratings[factor.code] for o in compared))
                for factor in factors
            ),
            ("Total price", *(offer.total for offer in compared)),
            ("Total evaluated price", *(offer.total_evaluated_price for offer in compared)),
            ("Against the estimate", *(percent(o.percent_of_estimate) for o in compared)),
            ("Eligible for award", *("Yes" if o.awardable else "No" for o in compared)),
        ],
    )


def _standing(computed: Computed, _: Package) -> Markdown:
    compared = comparison_of(computed)
    rows: list[tuple[str, str, str]] = []
    for offer in compared.offers:
        if not offer.awardable:
            reasons = "; ".join(offer.obstacles)
            where, why = "Not eligible for award", f"{reasons[0].upper()}{reasons[1:]}"
        elif computed.facts.evaluation.approach != "tradeoff":
            where, why = "Eligible for award", "Acceptable under each factor"
        elif offer.dominated_by:
            better = ", ".join(compared.offer(code).name for code in offer.dominated_by)
            where, why = (
                "Eligible, no trade-off to make",
                f"No better on any factor or in price than {better}",
            )
        else:
            where, why = (
                "In the trade-off",
                "No other eligible offer is as good on every factor and in price",
            )
        rows.append((f"{offer.code} {offer.name}", where, why))
    return table(("Offeror", "Standing", "Reason"), rows)


def _premiums(computed: Computed, _: Package) -> Markdown:
    compared = comparison_of(computed)
    if not compared.premiums:
        return Markdown("No two offers remain between which a premium has to be weighed.")
    rows: list[tuple[object, ...]] = []
    for premium in compared.premiums:
        pair = f"{compared.offer(premium.dearer).name} over {compared.offer(premium.cheaper).name}"
        rows += [
            (pair, "Total price", premium.amount, percent(premium.percent, signed=False)),
            (
                pair,
                "Total evaluated price",
                premium.evaluated_amount,
                percent(premium.evaluated_percent, signed=False),
            ),
        ]
    return table(("Premium", "Basis", "Amount", "Percent"), rows, right=(2, 3))


def _frontier_findings(computed: Computed, _: Package) -> Markdown:
    parts: list[str] = []
    for code in comparison_of(computed).frontier:
        offer = offer_called(computed, code)
        parts += [
            heading(3, f"{offer.name}"),
            table(
                ("Factor", "Finding", "What the board found"),
                [
                    (factor.title, finding.kind, finding.text)
                    for factor in rated_factors(computed)
                    for rating in (rating_of(computed, offer, factor),)
                    for finding in rating.findings
                ],
            ),
        ]
    return blocks(parts)


TABLES: dict[str, Callable[[Computed, Package], Markdown]] = {
    "offers_compared": _comparison_table,
    "offers_standing": _standing,
    "premiums": _premiums,
    "frontier_findings": _frontier_findings,
}
