"""Checks of what is told to those who were not selected (X33, X34)."""

import re
from collections.abc import Iterator
from decimal import Decimal

from rules.checks.evaluation import short_name
from rules.checks.figures import figures_in
from rules.checks.package import DocumentText, Package, PackageFacts, Problem
from rules.evaluation import OUTSIDE_RANGE, Comparison, OfferComparison

_BREAKDOWN = re.compile(
    r"\b(?:labor|hourly|overhead|burden(?:ed)?|indirect|profit|fee|G&A) rates?\b"
    r"|\bgeneral and administrative\b|\bcost breakdown\b|\bcost elements?\b",
    re.I,
)
_RECEIVED = re.compile(r"\bProposals received (\d+)\b")


def letters_keep_confidence(package: Package) -> Iterator[Problem]:
    """X33: each letter gives its own recipient the awardee's facts and nothing of others."""
    facts = package.facts
    comparison = facts.comparison
    if comparison is None:
        return
    for document in package.get("UNS"):
        losers = [offer for offer in comparison.offers if offer.name != facts.awardee]
        letters = _parts(document, [offer.name for offer in losers])
        for offer in losers:
            letter = letters.get(offer.name)
            if letter is None:
                if OUTSIDE_RANGE not in offer.obstacles:
                    yield document.problem(f"has no letter to {offer.name}: add it.")
                continue
            for message in _letter(letter, offer, facts, comparison):
                yield document.problem(f"the letter to {offer.name} {message}")
        if facts.awardee in document.lines:
            yield document.problem(f"is addressed to {facts.awardee}, which receives the award.")
    for document in package.get("XCL"):
        yield from _exclusions(document, comparison)


def _letter(
    letter: str, offer: OfferComparison, facts: PackageFacts, comparison: Comparison
) -> Iterator[str]:
    for other in comparison.offers:
        if other.name in (offer.name, facts.awardee):
            continue
        if short_name(other.name) in letter:
            yield f"names {other.name}: name the awardee only."
    allowed = {amount for amount in (facts.award_total, facts.award_base) if amount is not None}
    for amount in foreign_prices(letter, comparison, (offer.name,)) - allowed:
        yield f"states ${amount:,.2f}, a price of another offer: remove it."
    if breakdown := _BREAKDOWN.search(letter):
        yield f"speaks of {breakdown[0]!r}: costs are never broken down in a notice."
    received = _RECEIVED.search(letter)
    if received and int(received[1]) != len(comparison.offers):
        yield f"states {received[1]} proposals; {len(comparison.offers)} were received."
    if facts.awardee not in letter:
        yield f"does not name the awardee, {facts.awardee}: add it."
    if facts.award_total is not None and f"{facts.award_total:,.2f}" not in letter:
        yield f"does not state the price of the award, ${facts.award_total:,.2f}: add it."


def _exclusions(document: DocumentText, comparison: Comparison) -> Iterator[Problem]:
    """Preaward notices name nobody but their recipient, and no price of another offer."""
    excluded = [offer.name for offer in comparison.offers if OUTSIDE_RANGE in offer.obstacles]
    letters = _parts(document, excluded)
    for name, letter in letters.items():
        for other in comparison.offers:
            if other.name != name and short_name(other.name) in letter:
                yield document.problem(f"the notice to {name} names {other.name}: remove the name.")
        for amount in foreign_prices(letter, comparison, (name,)):
            yield document.problem(f"the notice to {name} states ${amount:,.2f} of another offer.")


def _parts(document: DocumentText, names: list[str]) -> dict[str, str]:
    """What belongs to each addressee: from the line that is the name to the next such line."""
    lines = document.lines
    starts = [index for index, line in enumerate(lines) if line in names]
    return {
        lines[start]: " ".join(lines[start:end])
        for start, end in zip(starts, [*starts[1:], len(lines)], strict=True)
    }


def foreign_prices(text: str, comparison: Comparison, own: tuple[str, ...]) -> frozenset[Decimal]:
    """Prices stated in a text that belong to offers of others than ``own``."""
    stated = {amount.value for amount in figures_in(text).amounts}
    return frozenset(
        price
        for offer in comparison.offers
        if offer.name not in own
        for price in (offer.total, offer.total_evaluated_price, *offer.prices)
        if price in stated
    )


_DEBRIEFING_ITEMS = tuple(
    (name, re.compile(words, re.I))
    for name, words in (
        (
            "significant weaknesses and deficiencies",
            r"significant weakness(?:es)?\b.{0,40}deficienc",
        ),
        ("evaluated price, ratings and past performance", r"total evaluated price|evaluated cost"),
        ("overall ranking", r"\branking\b"),
        ("rationale for award", r"\brationale for (?:the )?award\b"),
        ("make and model", r"\bmake and model\b"),
        ("answers to questions on procedure", r"\bquestions on procedure\b|relevant questions"),
    )
)
"""The six items of FAR 15.506(d)."""
_POINT_BY_POINT = re.compile(
    r"(?P<negated>\b(?:no|not|never|without|neither|nor) (?:\w+ ){0,2})?\bpoint[- ]by[- ]point\b",
    re.I,
)
_PREAWARD = re.compile(r"\bpreaward debriefing of\b", re.I)
_NUMBER = re.compile(
    r"\b(?:\d+|one|two|three|four|five|six|seven|eight|nine|ten) (?:other )?"
    r"(?:offers|offerors|proposals)\b",
    re.I,
)


def debriefings_keep_confidence(package: Package) -> Iterator[Problem]:
    """X34: a debriefing has its six items, compares nothing point by point, reveals nobody."""
    facts = package.facts
    comparison = facts.comparison
    for document in package.get("DBR"):
        for sentence in document.sentences:
            compared = _POINT_BY_POINT.search(sentence)
            if compared and not compared["negated"]:
                yield document.problem(
                    f"compares point by point ({sentence[:80]!r}): remove the comparison."
                )
        if comparison is None:
            continue
        names = [comparison.offer(code).name for code in facts.debriefed]
        parts = _debriefings(document, names)
        for name, part in parts.items():
            for message in _debriefing(part, name, facts, comparison):
                yield document.problem(f"the part for {name} {message}")
        for name in names:
            if name not in parts:
                yield document.problem(f"has no part for {name}, which was debriefed: add it.")
        strangers = [
            offer.name for offer in comparison.offers if offer.name not in (*names, facts.awardee)
        ]
        for name in strangers:
            if short_name(name) in document.words:
                yield document.problem(f"names {name}, which was not debriefed: remove the name.")


def _debriefings(document: DocumentText, names: list[str]) -> dict[str, str]:
    """Each offeror's part: from the heading that is its name and is followed by the first item."""
    lines, first = document.lines, _DEBRIEFING_ITEMS[0][1]
    starts = [
        index
        for index, line in enumerate(lines[:-1])
        if line in names and first.search(lines[index + 1])
    ]
    return {
        lines[start]: " ".join(lines[start:end])
        for start, end in zip(starts, [*starts[1:], len(lines)], strict=True)
    }


def _debriefing(part: str, name: str, facts: PackageFacts, comparison: Comparison) -> Iterator[str]:
    before_award = _PREAWARD.search(part) is not None
    own = (name,) if before_award else (name, facts.awardee)
    for item, words in () if before_award else _DEBRIEFING_ITEMS:
        if not words.search(part):
            yield f"does not have the item {item!r}: add it (FAR 15.506(d))."
    for amount in foreign_prices(part, comparison, own):
        yield f"states ${amount:,.2f}, a price of another offer: remove it."
    if not before_award:
        return
    if number := _NUMBER.search(part):
        yield f"reveals the number of offerors ({number[0]!r}) before award: remove it."
    for other in comparison.offers:
        if other.name != name and short_name(other.name) in part:
            yield f"names {other.name} before award: remove the name."
