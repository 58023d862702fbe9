"""What negotiations make of the records: final prices and ratings, and offers left out.

Pure functions of the records. ``Computed.records`` holds their result, so that the decision, the
award and the notices all read the same prices.
"""

from collections.abc import Iterable

from documents.facts import Consensus, Facts, Offers, Records
from documents.proceedings import FinalConsensus, FinalProposal, FinalProposals, PricePosition
from rules.evaluation import Offer


def excluded_offers(records: Records) -> frozenset[str]:
    """Codes of the offers outside the competitive range; none until a range is determined."""
    if records.competitive_range is None:
        return frozenset()
    return frozenset(row.offer for row in records.competitive_range.excluded)


def awardee(records: Records) -> Offer | None:
    """The offer that the decision selects; ``None`` until both are recorded."""
    if records.offers is None or records.decision is None:
        return None
    chosen = records.decision.awardee
    return next((row for row in records.offers.offers if chosen in (row.code, row.name)), None)


def after_negotiations(records: Records) -> Records:
    """The records with final prices and final ratings in the place of the first ones."""
    changes: dict[str, Offers | Consensus] = {}
    if records.offers is not None and records.final_proposals is not None:
        changes["offers"] = _revised(records.offers, records.final_proposals)
    if records.consensus is not None and records.final_consensus is not None:
        changes["consensus"] = _rated_again(records.consensus, records.final_consensus)
    return records.model_copy(update=changes) if changes else records


def _revised(offers: Offers, finals: FinalProposals) -> Offers:
    by_offer = {proposal.offer: proposal for proposal in finals.proposals}
    return offers.model_copy(
        update={
            "offers": tuple(
                offer.model_copy(
                    update={
                        "prices": by_offer[offer.code].prices,
                        "initial_prices": offer.initial_prices or offer.prices,
                    }
                )
                if offer.code in by_offer
                else offer
                for offer in offers.offers
            )
        }
    )


def _rated_again(consensus: Consensus, final: FinalConsensus) -> Consensus:
    renewed = {(rating.offer, rating.factor): rating for rating in final.ratings}
    return consensus.model_copy(
        update={
            "ratings": tuple(
                renewed.get((rating.offer, rating.factor), rating) for rating in consensus.ratings
            ),
            "method": f"{consensus.method} {final.method}",
            "price_reasonableness": final.price_reasonableness,
        }
    )


def record_problems(facts: Facts, records: Records) -> tuple[str, ...]:
    """Where one record contradicts another, with the path of what to correct."""
    known = (
        frozenset(offer.code for offer in records.offers.offers)
        if records.offers is not None
        else None
    )
    return (
        *(() if known is None else _unknown_offers(records, known)),
        *(() if known is None else _range_problems(records, known)),
        *_period_problems(facts, records),
        *_final_problems(records),
    )


def _unknown_offers(records: Records, known: frozenset[str]) -> Iterable[str]:
    for path, codes in _offers_named(records):
        for code in dict.fromkeys(codes):
            if code not in known:
                yield (
                    f"records.{path} names offer {code!r}, which was not received: "
                    f"use one of {', '.join(sorted(known))}"
                )


def _offers_named(records: Records) -> Iterable[tuple[str, Iterable[str]]]:
    if found := records.competitive_range:
        yield "competitive_range.included", [row.offer for row in found.included]
        yield "competitive_range.excluded", [row.offer for row in found.excluded]
    if found := records.objectives:
        yield "objectives.positions", [row.offer for row in found.positions]
    if found := records.exchanges:
        yield "exchanges", [row.offer for row in found.exchanges]
    if found := records.final_proposals:
        yield "final_proposals.proposals", [row.offer for row in found.proposals]
    if found := records.final_consensus:
        yield "final_consensus.ratings", [row.offer for row in found.ratings]
    if found := records.advice:
        yield "advice.recommended", [found.recommended]
    if found := records.subcontracting:
        yield "subcontracting.offer", [found.offer]
    if found := records.protest:
        yield "protest.interested_parties", found.interested_parties


def _range_problems(records: Records, known: frozenset[str]) -> Iterable[str]:
    found = records.competitive_range
    if found is None:
        return
    included = {row.offer for row in found.included}
    excluded = {row.offer for row in found.excluded}
    for code in sorted(included & excluded):
        yield f"records.competitive_range: offer {code} is both in and out: decide for one"
    for code in sorted(known - included - excluded):
        yield f"records.competitive_range: offer {code} is neither in nor out: state it with reason"


def _period_problems(facts: Facts, records: Records) -> Iterable[str]:
    periods = len(facts.periods)
    priced = [
        *((f"objectives.positions.{row.offer}", row.prices) for row in _positions(records)),
        *((f"final_proposals.{row.offer}", row.prices) for row in _proposals(records)),
    ]
    for path, prices in priced:
        if len(prices) != periods:
            yield f"records.{path} has {len(prices)} prices: give one for each of {periods} periods"


def _final_problems(records: Records) -> Iterable[str]:
    outside = excluded_offers(records)
    revised = {row.offer for row in _proposals(records)}
    for code in sorted(outside & revised):
        yield (
            f"records.final_proposals: offer {code} is outside the competitive range, so that no "
            "revision of it is considered: remove it"
        )
    if found := records.competitive_range:
        missing = {row.offer for row in found.included} - revised
        if revised and missing:
            yield (
                f"records.final_proposals: no final proposal of offer {', '.join(sorted(missing))} "
                "in the range: add it, or repeat its first prices if it was not revised"
            )
    if final := records.final_consensus:
        for code in sorted({row.offer for row in final.ratings} & outside):
            yield f"records.final_consensus: offer {code} is outside the range: remove its ratings"
    if records.decision is not None and records.decision.awardee in outside:
        yield (
            f"records.decision.awardee: offer {records.decision.awardee} is outside the "
            "competitive range and cannot be selected"
        )
    if records.advice is not None and records.advice.recommended in outside:
        yield (
            f"records.advice.recommended: offer {records.advice.recommended} is outside the "
            "competitive range"
        )


def _positions(records: Records) -> tuple[PricePosition, ...]:
    return records.objectives.positions if records.objectives else ()


def _proposals(records: Records) -> tuple[FinalProposal, ...]:
    return records.final_proposals.proposals if records.final_proposals else ()
