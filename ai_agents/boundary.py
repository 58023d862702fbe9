"""What no model is shown: proposals, and what people made of them (FAR 3.104, 15.207).

The facts that a model is told are in ``ai_agents.prompt.TOLD``, the documents that it may read in
``ai_agents.reviewer.is_readable``; here is what holds for passages of files and for comments.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ai_agents.prose import INSTRUCTION, names_one
from documents.quotations import Quotation
from documents.vocabulary import Sensitivity, SourceKind

if TYPE_CHECKING:
    from documents.catalog import DocumentType
    from documents.facts import Offers

MOST_PASSAGES = 8
"""Passages that one draft is shown."""
WITHHELD = "(a comment that names an offeror is not shown)"

_OF_SENSITIVITY = {
    Sensitivity.SOURCE_SELECTION: (),
    Sensitivity.INTERNAL: (SourceKind.MARKET_RESEARCH, SourceKind.REFERENCE),
    # What the market told the Government is not told to the public.
    Sensitivity.PUBLIC: (SourceKind.REFERENCE,),
}


def kinds_for(document: "DocumentType") -> Sequence[SourceKind]:
    """Kinds of sources that a draft of this document may rest on; none for source selection."""
    return _OF_SENSITIVITY[document.sensitivity]


def usable(found: Iterable[Quotation], context: Mapping[str, Any]) -> tuple[Quotation, ...]:
    """Without passages that name an offeror or speak to the writer instead of the reader."""
    names = offerors(context)
    return tuple(
        quotation
        for quotation in found
        if not INSTRUCTION.search(quotation.printed) and not names_one(quotation.printed, names)
    )


def shown(comments: Iterable[str], context: Mapping[str, Any]) -> tuple[str, ...]:
    """Comments of people, without those that name an offeror."""
    names = offerors(context)
    return tuple(WITHHELD if names_one(comment, names) else comment for comment in comments)


def offerors(context: Mapping[str, Any]) -> tuple[str, ...]:
    """Who has sent an offer; they stand in no prose that an agent writes."""
    return names_of(context.get("offers"))


def names_of(offers: "Offers | None") -> tuple[str, ...]:
    """The same, from the record of offers."""
    return () if offers is None else tuple(offer.name for offer in offers.offers)
