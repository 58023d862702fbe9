"""What the evaluation tables have in common: who offered what, and how it was rated."""

from collections.abc import Iterable
from decimal import Decimal

from documents.compose import Markdown, UnknownKey, escape
from documents.computed import Computed
from documents.facts import Consensus, Decision
from rules.evaluation import (
    Comparison,
    ConfidenceRating,
    Factor,
    Offer,
    Rating,
    Scale,
    TechnicalRating,
)

TECHNICAL_MEANING = {
    TechnicalRating.OUTSTANDING: "Exceptional approach and understanding of the requirements, with "
    "multiple strengths; the risk of unsuccessful performance is low.",
    TechnicalRating.GOOD: "Thorough approach and understanding of the requirements, with at least "
    "one strength; the risk of unsuccessful performance is low to moderate.",
    TechnicalRating.ACCEPTABLE: "Adequate approach and understanding that meets the requirements; "
    "the risk of unsuccessful performance is no worse than moderate.",
    TechnicalRating.MARGINAL: "An adequate approach and understanding of the requirements is not "
    "demonstrated, or the risk of unsuccessful performance is high.",
    TechnicalRating.UNACCEPTABLE: "The requirements are not met: the proposal contains one or more "
    "deficiencies, or the risk is unacceptable. No award can be made on it.",
}
"""What each rating says, in the same words from the plan to the decision."""

CONFIDENCE_MEANING = {
    ConfidenceRating.SUBSTANTIAL: "High expectation of successful performance.",
    ConfidenceRating.SATISFACTORY: "Reasonable expectation of successful performance.",
    ConfidenceRating.NEUTRAL: "No recent and relevant record, or one too sparse to rate; neither "
    "favorable nor unfavorable.",
    ConfidenceRating.LIMITED: "Low expectation of successful performance.",
    ConfidenceRating.NONE: "No expectation of successful performance.",
}


def offers_of(computed: Computed) -> tuple[Offer, ...]:
    """The offers received, or ``UnknownKey`` when none is recorded."""
    if computed.records.offers is None:
        raise UnknownKey("the offers are not recorded: record them first")
    return computed.records.offers.offers


def consensus_of(computed: Computed) -> Consensus:
    """The consensus ratings, or ``UnknownKey`` when they are not recorded."""
    if computed.records.consensus is None:
        raise UnknownKey("the consensus ratings are not recorded: record them first")
    return computed.records.consensus


def decision_of(computed: Computed) -> Decision:
    """The decision, or ``UnknownKey`` when it is not recorded."""
    if computed.records.decision is None:
        raise UnknownKey("the decision is not recorded: record it first")
    return computed.records.decision


def comparison_of(computed: Computed) -> Comparison:
    """The comparison of all offers, or ``UnknownKey`` when offers or ratings are missing."""
    if computed.comparison is None:
        raise UnknownKey("offers and consensus ratings are not both recorded: record them first")
    return computed.comparison


def rated_factors(computed: Computed) -> tuple[Factor, ...]:
    """The non-price factors, in order of importance."""
    factors = computed.facts.evaluation.factors
    return tuple(factor for factor in factors if factor.scale is not Scale.PRICE)


def offer_called(computed: Computed, name: str) -> Offer:
    """An offer by its code or by the name of the offeror."""
    for offer in offers_of(computed):
        if name in (offer.code, offer.name):
            return offer
    raise UnknownKey(f"no offer is called {name!r}: use the code of a recorded offer")


def rating_of(computed: Computed, offer: Offer, factor: Factor) -> Rating:
    """The consensus rating of one offer on one factor."""
    for rating in consensus_of(computed).ratings:
        if (rating.offer, rating.factor) == (offer.code, factor.code):
            return rating
    raise UnknownKey(f"offer {offer.code} has no rating on factor {factor.code}: record it")


def percent(value: Decimal, *, signed: bool = True) -> str:
    """``+4.99%``: two decimals, with the sign unless told otherwise."""
    return f"{value:+.2f}%" if signed else f"{value:.2f}%"


def blocks(parts: Iterable[str]) -> Markdown:
    """Markdown blocks, one below the other."""
    return Markdown("\n\n".join(parts))


def heading(level: int, text: str) -> str:
    """A heading of plain text."""
    return f"{'#' * level} {escape(text)}"
