"""Names of firms as people write them: short or in full, in any case, however divided."""

import re
from collections.abc import Iterable
from functools import cache, lru_cache

from documents.guidance import FOLDER
from documents.quotations import folded

SHORTEST = 3
"""Letters of a word that names a firm by itself."""

_LEGAL_FORM = re.compile(
    r"(?: (?:incorporated|inc|p? ?l ?l ?[cp]|l ?l ?l ?p|l ?p|corporation|corp|company|co|limited"
    r"|ltd|joint venture|j ?v|p ?l ?c|p ?c))+$"
)
_FIRST_WORDS = """\
advanced allied american atlantic central defense digital eastern federal first general global great
innovative integrated international leading modern national new north northern pacific premier
professional quality select smart south southern strategic summit superior total united universal
veteran west western world"""
"""Ordinary words that firms like to begin with."""


def names_one(text: str, names: Iterable[str]) -> bool:
    """Whether the text holds one of the names (or amounts), with or without the legal form."""
    words = folded(text)
    return any(_pattern(name).search(words) for name in names)


def short_name(name: str, stated: str) -> str:
    """The first word, or as many as tell the firm from ordinary words and those of ``stated``.

    Empty when not even all of them do.
    """
    known = _ordinary() | set(folded(stated).split())
    words = _firm(name).split()
    for count, word in enumerate(words, start=1):
        if len(word) >= SHORTEST and word not in known:
            return " ".join(words[:count])
    return ""


@lru_cache(maxsize=1024)
def _pattern(name: str) -> re.Pattern[str]:
    firm = _firm(name)
    # "Systems Corp." is more than "systems".
    told = folded(name) if firm in _ordinary() else firm
    letters = " ?".join(told.replace(" ", ""))
    return re.compile(rf"\b{letters}\b" if letters else r"(?!)")


def _firm(name: str) -> str:
    return _LEGAL_FORM.sub("", folded(name)).removeprefix("the ")


@cache
def _ordinary() -> frozenset[str]:
    """Words with which anybody may begin a sentence: those of the guidance."""
    guidance = (path.read_text(encoding="utf-8") for path in FOLDER.iterdir())
    texts = (_FIRST_WORDS, *guidance)
    return frozenset[str]().union(*(re.findall(r"\b[a-z]+\b", text) for text in texts))
