"""Which passages of a project's files an agent may be shown, and for which documents."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ai_agents.prose import INSTRUCTION
from documents.quotations import Quotation
from documents.vocabulary import Sensitivity, SourceKind

if TYPE_CHECKING:
    from documents.catalog import DocumentType

MOST_PASSAGES = 8
"""Passages that one draft is shown."""

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
    names = [_folded(name) for name in offerors(context)]
    return tuple(
        quotation
        for quotation in found
        if not INSTRUCTION.search(quotation.printed)
        and not any(name in _folded(quotation.printed) for name in names)
    )


def offerors(context: Mapping[str, Any]) -> tuple[str, ...]:
    """Who has sent an offer; they stand in no prose that an agent writes."""
    recorded = context.get("offers")
    return () if recorded is None else tuple(offer.name for offer in recorded.offers)


def _folded(text: str) -> str:
    return " ".join(text.casefold().split())
