"""Tables of the evaluation and, through this module, of everything that follows from it."""

from collections.abc import Callable
from datetime import date

from documents.compose import Markdown, escape, table
from documents.computed import Computed, Package
from documents.tables import (
    award,
    negotiation,
    prices,
    protest,
    receipt,
    subcontracting,
    tradeoff,
)
from documents.tables.source_selection import (
    CONFIDENCE_MEANING,
    TECHNICAL_MEANING,
    blocks,
    consensus_of,
    heading,
    offers_of,
    rated_factors,
    rating_of,
)
from rules.evaluation import (
    FindingKind,
    PastContract,
    Rating,
    Relevance,
    Scale,
)

_FINDING_MEANING = {
    FindingKind.STRENGTH: "An aspect of the proposal that exceeds a requirement, or is done better "
    "than required, to the benefit of the Government.",
    FindingKind.WEAKNESS: "A flaw in the proposal that increases the risk of unsuccessful "
    "performance.",
    FindingKind.SIGNIFICANT_WEAKNESS: "A flaw that appreciably increases the risk of unsuccessful "
    "performance.",
    FindingKind.DEFICIENCY: "A material failure to meet a requirement, or a combination of "
    "significant weaknesses that raises the risk to an unacceptable level.",
}


def _factor_list(computed: Computed, _: Package) -> Markdown:
    return table(
        ("Factor", "Title", "Subfactors", "Importance"),
        [
            (
                factor.code,
                factor.title,
                "; ".join(f"{part.code} {part.title}" for part in factor.subfactors) or "None",
                factor.importance,
            )
            for factor in computed.facts.evaluation.factors
        ],
    )


def _rating_definitions(computed: Computed, package: Package) -> Markdown:
    scales = {factor.scale for factor in rated_factors(computed)}
    parts: list[str] = []
    if Scale.TECHNICAL in scales:
        parts += [
            table(("Rating", "Meaning"), TECHNICAL_MEANING.items()),
            "Table: Ratings of technical merit and risk",
        ]
    if Scale.CONFIDENCE in scales:
        parts.append(_confidence_definitions(computed, package))
    return blocks(parts)


def _confidence_definitions(_: Computed, __: Package) -> Markdown:
    return blocks(
        [
            table(("Rating", "Meaning"), CONFIDENCE_MEANING.items()),
            "Table: Ratings of past performance confidence",
        ]
    )


def _finding_definitions(_: Computed, __: Package) -> Markdown:
    return table(("Finding", "Meaning"), _FINDING_MEANING.items())


def _ratings_summary(computed: Computed, _: Package) -> Markdown:
    factors = rated_factors(computed)
    return table(
        ("Offeror", *(f"{factor.code} {factor.title}" for factor in factors)),
        [
            (
                f"{offer.code} {offer.name}",
                *(rating_of(computed, offer, factor).rating for factor in factors),
            )
            for offer in offers_of(computed)
        ],
    )


def _scorecards(computed: Computed, _: Package) -> Markdown:
    parts: list[str] = []
    for offer in offers_of(computed):
        parts.append(heading(2, f"Offeror {offer.code}: {offer.name}"))
        for factor in rated_factors(computed):
            rating = rating_of(computed, offer, factor)
            parts += [
                heading(3, f"Factor {factor.code}, {factor.title}"),
                f"Consensus rating: **{escape(rating.rating)}**. Evaluators who took part: "
                f"{rating.evaluators}.",
                _findings(rating),
            ]
    return blocks(parts)


def _findings(rating: Rating) -> str:
    if not rating.findings:
        return f"No finding was recorded. {escape(rating.narrative)}"
    order = list(FindingKind)
    return table(
        ("Finding", "What the evaluators found", "Volume", "Page"),
        [
            (finding.kind, finding.text, finding.volume, finding.page)
            for finding in sorted(rating.findings, key=lambda found: order.index(found.kind))
        ],
        right=(3,),
    )


def _board_findings(computed: Computed, _: Package) -> Markdown:
    parts: list[str] = []
    for offer in offers_of(computed):
        parts.append(heading(2, f"Offeror {offer.code}: {offer.name}"))
        for factor in rated_factors(computed):
            rating = rating_of(computed, offer, factor)
            parts += [
                heading(3, f"Factor {factor.code}, {factor.title}: {rating.rating}"),
                escape(rating.narrative),
                *(
                    f"- **{finding.kind}** (Volume {escape(finding.volume)}, page {finding.page}): "
                    f"{escape(finding.text)}."
                    for finding in rating.findings
                ),
            ]
    return blocks(parts)


def _findings_count(computed: Computed, _: Package) -> Markdown:
    kinds = list(FindingKind)
    rows: list[tuple[object, ...]] = []
    for offer in offers_of(computed):
        found = [
            finding.kind
            for factor in rated_factors(computed)
            for finding in rating_of(computed, offer, factor).findings
        ]
        rows.append((f"{offer.code} {offer.name}", *(found.count(kind) for kind in kinds)))
    return table(
        ("Offeror", "Strengths", "Weaknesses", "Significant weaknesses", "Deficiencies"),
        rows,
        right=range(1, 5),
    )


def _past_contracts(computed: Computed, _: Package) -> Markdown:
    parts: list[str] = []
    factors = [f for f in rated_factors(computed) if f.scale is Scale.CONFIDENCE]
    for offer in offers_of(computed):
        parts.append(heading(2, f"Offeror {offer.code}: {offer.name}"))
        contracts = [c for c in consensus_of(computed).past_contracts if c.offer == offer.code]
        if contracts:
            parts.append(
                table(
                    ("Effort and customer", "Until", "Recent", "Relevance", "Quality", "Source"),
                    [_past_row(computed, contract) for contract in contracts],
                )
            )
        else:
            parts.append("No earlier effort was found in the proposal or in Government records.")
        parts += [
            f"Adverse information on {escape(contract.title)}: {escape(contract.comment)}"
            for contract in contracts
            if contract.adverse and contract.comment
        ]
        parts += [
            f"Confidence: **{escape(rating.rating)}**. {escape(rating.narrative)}"
            for rating in (rating_of(computed, offer, factor) for factor in factors)
        ]
    return blocks(parts)


def _past_row(computed: Computed, contract: PastContract) -> tuple[object, ...]:
    recent = contract.performed_until >= recency_start(computed)
    return (
        f"{contract.title}; {contract.customer}",
        contract.performed_until,
        "Yes" if recent else "No",
        contract.relevance,
        contract.quality,
        contract.source,
    )


def recency_start(computed: Computed) -> date:
    """The first day on which performance counts as recent: whole years before closing."""
    closing = computed.facts.milestones.closing.day
    year = closing.year - computed.facts.evaluation.past_performance_years
    try:
        return closing.replace(year=year)
    except ValueError:
        return date(year, 3, 1)


def _past_performance_summary(computed: Computed, _: Package) -> Markdown:
    contracts = consensus_of(computed).past_contracts
    factors = [f for f in rated_factors(computed) if f.scale is Scale.CONFIDENCE]
    rows: list[tuple[object, ...]] = []
    for offer in offers_of(computed):
        own = [c for c in contracts if c.offer == offer.code]
        recent = [c for c in own if c.performed_until >= recency_start(computed)]
        relevant = [c for c in recent if c.relevance is not Relevance.NOT_RELEVANT]
        ratings = [rating_of(computed, offer, factor).rating for factor in factors]
        rows.append(
            (
                f"{offer.code} {offer.name}",
                len(own),
                len(recent),
                len(relevant),
                "; ".join(ratings) or "Not rated",
            )
        )
    return table(
        ("Offeror", "Efforts", "Recent", "Recent and relevant", "Confidence"),
        rows,
        right=(1, 2, 3),
    )


def _recency_period(computed: Computed, _: Package) -> Markdown:
    closing = computed.facts.milestones.closing.day
    return table(
        ("Recency", "Date"),
        [("First day that counts", recency_start(computed)), ("Proposals due", closing)],
    )


TABLES: dict[str, Callable[[Computed, Package], Markdown]] = {
    "factors_evaluated": _factor_list,
    "rating_definitions": _rating_definitions,
    "confidence_definitions": _confidence_definitions,
    "finding_definitions": _finding_definitions,
    "ratings_summary": _ratings_summary,
    "scorecards": _scorecards,
    "board_findings": _board_findings,
    "findings_count": _findings_count,
    "past_contracts": _past_contracts,
    "past_performance_summary": _past_performance_summary,
    "recency_period": _recency_period,
    **receipt.TABLES,
    **prices.TABLES,
    **tradeoff.TABLES,
    **negotiation.TABLES,
    **award.TABLES,
    **subcontracting.TABLES,
    **protest.TABLES,
}
