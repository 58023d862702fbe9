"""What no model is shown: proposals, and what people made of them (FAR 3.104, 15.207).

The facts that a model is told are in ``ai_agents.prompt.TOLD``, the documents that it may read in
``ai_agents.reviewer.is_readable``; here is what holds for passages of files and for comments.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from ai_agents.names import names_one, short_name
from ai_agents.prose import INSTRUCTION
from documents.quotations import Quotation
from documents.vocabulary import Sensitivity, SourceKind
from rules.evaluation import six_month_extension, total_evaluated_price, total_price

if TYPE_CHECKING:
    from documents.catalog import DocumentType
    from documents.facts import Facts, Offers
    from rules.evaluation import Offer

MOST_PASSAGES = 8
"""Passages that one draft is shown."""
WITHHELD = "(a comment on an offer is not shown)"

_SMALLEST_PRICE = 10_000
"""USD; below, the digits of a price may be a year or a count."""

_OF_SENSITIVITY = {
    Sensitivity.SOURCE_SELECTION: (),
    Sensitivity.INTERNAL: (SourceKind.MARKET_RESEARCH, SourceKind.REFERENCE),
    # What the market told the Government is not told to the public.
    Sensitivity.PUBLIC: (SourceKind.REFERENCE,),
}


def kinds_for(document: "DocumentType") -> Sequence[SourceKind]:
    """Kinds of sources that a draft of this document may rest on; none for source selection."""
    return _OF_SENSITIVITY[document.sensitivity]


def usable(found: Iterable[Quotation], withheld: Sequence[str]) -> tuple[Quotation, ...]:
    """Without passages on an offer, or that speak to the writer instead of the reader."""
    return tuple(
        quotation
        for quotation in found
        if not INSTRUCTION.search(quotation.printed) and not names_one(quotation.printed, withheld)
    )


def shown(comments: Iterable[str], withheld: Sequence[str]) -> tuple[str, ...]:
    """Comments of people, without those on an offer."""
    return tuple(WITHHELD if names_one(comment, withheld) else comment for comment in comments)


def withheld(offers: "Offers | None", facts: "Facts") -> tuple[str, ...]:
    """What tells of an offer wherever it stands: who sent it, in full and in short, and its prices.

    A name is known by its first word too, unless that is an ordinary one or one of the ``facts``:
    then as many words count as it takes to tell it from them.
    """
    if offers is None:
        return ()
    stated = facts.model_dump_json(exclude={"justification"}).replace("\\n", " ")
    return (
        *names_of(offers),
        *filter(None, (short_name(offer.name, stated) for offer in offers.offers)),
        *dict.fromkeys(amount for offer in offers.offers for amount in _amounts(offer)),
    )


def names_of(offers: "Offers | None") -> tuple[str, ...]:
    """Who has sent an offer."""
    return () if offers is None else tuple(offer.name for offer in offers.offers)


def _amounts(offer: "Offer") -> Iterator[str]:
    """Whole dollars, cut off and rounded."""
    for prices in filter(None, (offer.prices, offer.initial_prices)):
        asked = offer.model_copy(update={"prices": prices})
        totals = total_price(asked), six_month_extension(asked), total_evaluated_price(asked)
        for amount in (*prices, *totals):
            if amount >= _SMALLEST_PRICE:
                yield from (str(int(amount)), str(round(amount)))
