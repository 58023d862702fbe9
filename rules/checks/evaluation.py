"""Checks of scorecards and of the source selection decision (X31, X32)."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal

from rules.checks.package import DocumentText, Package, PackageFacts, Problem
from rules.evaluation import (
    Comparison,
    Finding,
    FindingKind,
    Offer,
    Rating,
    rating_problems,
    total_evaluated_price,
    total_price,
)

_LEAST_EVALUATORS = 2
_OFFER = re.compile(r"^Offeror (?P<code>\w+): (?P<name>.+)$")
_FACTOR = re.compile(r"^Factor (?P<code>\w+), (?P<title>.+)$")
_RATED = re.compile(r"^Consensus rating: (?P<rating>.+?)\. .*?took part: (?P<evaluators>\d+)\.")
_DECIDER = "Source Selection Authority"
_LEGAL_FORM = re.compile(
    r",? (?:Inc|LLC|L\.L\.C|Corp|Corporation|Company|Co|JV|Joint Venture|Ltd|LP)\.?$"
)


@dataclass(slots=True)
class _Card:
    """What one scorecard says."""

    rating: str
    evaluators: int
    findings: list[tuple[str, str, str, str]] = field(
        default_factory=list[tuple[str, str, str, str]]
    )


def scorecards_are_sound(package: Package) -> Iterator[Problem]:
    """X31: every offer is rated on every factor by two or more, each finding cites a page."""
    facts = package.facts
    for document in package.get("SCORE"):
        cards = _cards(document)
        for offer in facts.offers:
            for factor in facts.factors:
                if not factor.rated:
                    continue
                card = cards.get((offer.code, factor.code))
                if card is None:
                    yield document.problem(
                        f"has no rating of {offer.name} on Factor {factor.code}: add it."
                    )
                    continue
                label = f"{offer.name}, Factor {factor.code}"
                for message in _card(card, offer, factor.code, facts):
                    yield document.problem(f"{label}: {message}")


def _cards(document: DocumentText) -> dict[tuple[str, str], _Card]:
    """The scorecards by offer and factor, in the order in which the document gives them."""
    cards: dict[tuple[str, str], _Card] = {}
    offer = factor = ""
    lines, kinds = document.lines, set(FindingKind)
    for index, line in enumerate(lines):
        if named := _OFFER.match(line):
            offer, factor = named["code"], ""
        elif named := _FACTOR.match(line):
            factor = named["code"]
        elif rated := _RATED.match(line):
            cards[offer, factor] = _Card(rated["rating"], int(rated["evaluators"]))
        elif line in kinds and (offer, factor) in cards:
            kind, text, volume, page = (*lines[index : index + 4], "", "", "")[:4]
            cards[offer, factor].findings.append((kind, text, volume, page))
    return cards


def _card(card: _Card, offer: Offer, factor: str, facts: PackageFacts) -> Iterator[str]:
    recorded = next(
        (row for row in facts.ratings if (row.offer, row.factor) == (offer.code, factor)), None
    )
    if recorded is not None and recorded.rating != card.rating:
        yield f"is rated {card.rating!r}; the consensus recorded is {recorded.rating!r}."
    if card.evaluators < _LEAST_EVALUATORS:
        yield f"was rated by {card.evaluators}: let at least two evaluators agree."
    pages = {volume.volume: volume.pages for volume in offer.volumes}
    findings: list[Finding] = []
    for kind, text, volume, page in card.findings:
        if not page.isdigit() or int(page) == 0:
            yield f"cites no page for {text[:60]!r}: name volume and page of the proposal."
            continue
        if pages and int(page) > pages.get(volume, 0):
            yield (
                f"cites page {page} of Volume {volume} for {text[:60]!r}; the volume has "
                f"{pages.get(volume, 0)} pages."
            )
        findings.append(Finding(kind=FindingKind(kind), text=text, volume=volume, page=int(page)))
    printed = Rating(
        offer=offer.code,
        factor=factor,
        rating=card.rating,
        narrative="",
        findings=tuple(findings),
        evaluators=_LEAST_EVALUATORS,
    )
    for problem in rating_problems(printed):
        yield f"{problem.partition(': ')[2]} Correct the rating or the findings."


def short_name(name: str) -> str:
    """The name of a firm without its legal form."""
    return _LEGAL_FORM.sub("", name)


def decision_compares_offers(package: Package) -> Iterator[Problem]:
    """X32: the decision compares all offers at their prices and is signed by the SSA alone."""
    facts = package.facts
    comparison = facts.comparison
    for document in package.get("SSDD"):
        for approval in document.approvals:
            if approval.position != _DECIDER:
                yield document.problem(
                    f"is signed by {approval.person} as {approval.position}: only the {_DECIDER} "
                    "decides."
                )
        if comparison is None:
            continue
        for offer in comparison.offers:
            if not document.says(offer.name):
                yield document.problem(f"does not mention {offer.name}: compare every offer.")
        yield from _prices(document, comparison)
        if facts.price_importance:  # without a trade-off no premium is weighed
            yield from _premiums(document, comparison)
            yield from _frontier(document, comparison)
        yield from _awardee(document, facts, comparison)
    for document in package.get("PCA") if comparison else ():
        yield from _proposed_prices(document, facts)


def _proposed_prices(document: DocumentText, facts: PackageFacts) -> Iterator[Problem]:
    """The price analysis precedes negotiations: it states the prices as first proposed."""
    for offer in facts.offers:
        for amount in (total_price(offer), total_evaluated_price(offer)):
            if f"{amount:,.2f}" not in document.words:
                yield document.problem(
                    f"does not state {_money(amount)} of {offer.name}: correct the price."
                )


def _prices(document: DocumentText, comparison: Comparison) -> Iterator[Problem]:
    """Every table with offers in its columns gives each offer its own price."""
    rows = {
        "total price": {offer.name: offer.total for offer in comparison.offers},
        "total evaluated price": {
            offer.name: offer.total_evaluated_price for offer in comparison.offers
        },
    }
    for table in document.tables:
        for row in table[1:]:
            expected = rows.get(row[0].casefold()) if row else None
            for heading, cell in zip(table[0], row, strict=False):
                for name, amount in (expected or {}).items():
                    if name in heading and cell != _money(amount):
                        yield document.problem(
                            f"gives {cell} as {row[0].lower()} of {name}; the price analysis has "
                            f"{_money(amount)}."
                        )


def _premiums(document: DocumentText, comparison: Comparison) -> Iterator[Problem]:
    for premium in comparison.premiums:
        dearer, cheaper = (
            comparison.offer(code).name for code in (premium.dearer, premium.cheaper)
        )
        for stated in (
            _money(premium.amount),
            f"{premium.percent}%",
            _money(premium.evaluated_amount),
            f"{premium.evaluated_percent}%",
        ):
            if stated not in document.words:
                yield document.problem(
                    f"does not state the premium of {dearer} over {cheaper}, {stated}: value it."
                )
        printed = re.search(
            rf"{re.escape(dearer)} costs (\$[\d,.]*\d) more than {re.escape(cheaper)}",
            document.words,
        )
        if printed and printed[1] != _money(premium.amount):
            yield document.problem(
                f"says that {dearer} costs {printed[1]} more than {cheaper}; it is "
                f"{_money(premium.amount)}."
            )


def _frontier(document: DocumentText, comparison: Comparison) -> Iterator[Problem]:
    """Each offer of the trade-off is addressed in sentences, not only in tables."""
    cells = {cell for row in document.rows() for cell in row}
    prose = " ".join(line for line in document.lines if line.endswith(".") and line not in cells)
    for code in comparison.frontier:
        name = comparison.offer(code).name
        if short_name(name).split()[0] not in prose:
            yield document.problem(
                f"does not discuss {name}, which no other offer surpasses: weigh it by name."
            )


def _awardee(
    document: DocumentText, facts: PackageFacts, comparison: Comparison
) -> Iterator[Problem]:
    winner = next((offer for offer in comparison.offers if offer.name == facts.awardee), None)
    if winner is None:
        return
    if not winner.awardable:
        yield document.problem(
            f"selects {winner.name}, on which no award can be made: {'; '.join(winner.obstacles)}."
        )
    selected = re.search(r"\bI select the (?:proposal|offer) of (.+?) for award\b", document.words)
    if selected and selected[1] != winner.name:
        yield document.problem(f"selects {selected[1]}; the decision recorded is {winner.name}.")


def _money(amount: Decimal) -> str:
    return f"${amount:,.2f}"
