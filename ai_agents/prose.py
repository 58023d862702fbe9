"""What a model may write: prose around keys. Whatever a reader could check elsewhere is refused.

A model answers with ``WrittenSection``s. ``faults`` says what must not stand in a document;
``markdown`` turns a section without faults into the Markdown that ``documents.compose`` fills.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from documents.compose import escape
from documents.placeholders import PLACEHOLDER
from documents.quotations import Quotation

LONGEST_TEXT = 2_500
"""Characters of one paragraph or list item."""
LONGEST_SECTION = 12_000
"""Characters of one section as written, without the standard text it keeps."""
MOST_QUOTES = 3
"""Passages that one section may quote."""

_KEY = re.compile(r"\{\{\s*(?P<key>[^{}]+?)\s*\}\}")
_STRAY_SYNTAX = re.compile(r"\{\{|\}\}|\{%|%\}|\{#|#\}")
_NUMBER = re.compile(r"\S*\d\S*")
_COUNT = re.compile(
    r"\b(?:(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fifteen|twenty|thirty"
    r"|forty|fifty|sixty|seventy|eighty|ninety)(?:[- ]\w+)?\s+(?:\w+\s+)?"
    r"(?:days?|weeks?|months?|quarters?|years?|hours?|minutes?|dollars?|cents?|users?|sites?|offers?"
    r"|offerors?|proposals?|pages?|options?|periods?)"
    r"|hundred|thousand|million|billion|per ?cent|dozens?)\b",
    re.IGNORECASE,
)
_MONTH = re.compile(
    r"\b(?:January|February|April|June|July|August|September|October|November|December)\b"
)
_CITATION = re.compile(
    r"\b(?:FAR|DFARS|RFO|PGI|NMCARS|AFARS|FAC|USC|CFR|U\.S\.C\.?|C\.F\.R\.?"
    r"|Federal Acquisition Regulation|Executive Order|Public Law)(?!\w)"
)
_ADDRESS = re.compile(r"https?://\S+|www\.\S+|\S+@\S+\.\S+", re.IGNORECASE)
INSTRUCTION = re.compile(
    r"\b(?:ignore|disregard|forget|override)\b.{0,40}\b(?:instructions?|rules?|prompts?|above|prior"
    r"|previous)\b|\bsystem prompt\b|\blanguage model\b|\bas an AI\b|\byou are (?:now|an? )"
    r"|\b(?:assistant|user|system):",
    re.IGNORECASE | re.DOTALL,
)
_PLACEHOLDER = re.compile(PLACEHOLDER, re.IGNORECASE)
_INVISIBLE = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\U000e0000-\U000e007f]"
)


class _Written(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Paragraph(_Written):
    kind: Literal["paragraph"] = "paragraph"
    text: str


class Heading(_Written):
    """A heading below the section's own title."""

    kind: Literal["heading"] = "heading"
    text: str


class Listing(_Written):
    kind: Literal["list"] = "list"
    items: tuple[str, ...]
    numbered: bool = False


class StandardText(_Written):
    """Keeps the section's standard text at this place, word for word."""

    kind: Literal["standard"] = "standard"


class QuotedPassage(_Written):
    """Prints one of the passages that the writer was given, word for word with its source."""

    kind: Literal["quote"] = "quote"
    passage: int
    """Its number, from 1."""


Block = Annotated[
    Paragraph | Heading | Listing | StandardText | QuotedPassage, Field(discriminator="kind")
]


class WrittenSection(_Written):
    """One section as a model wrote it."""

    number: int
    """Of the section in the brief, from 1."""
    blocks: tuple[Block, ...]


class WrittenDocument(_Written):
    """The answer of a model: every section that it was asked for."""

    sections: tuple[WrittenSection, ...]


@dataclass(frozen=True, slots=True)
class ProseRules:
    """What the prose of one section may name."""

    keys: Collection[str]
    """Expressions that may stand in double braces."""
    binding: bool
    """Whether the standard text states duties, tables or computed lists and has to be kept."""
    withheld: Sequence[str] = ()
    """Names that stand in no prose, for example those of offerors."""
    passages: int = 0
    """How many passages may be quoted."""


def faults(section: WrittenSection, rules: ProseRules) -> tuple[str, ...]:
    """Why a section cannot be used, as sentences that say what to write instead."""
    texts = tuple(_texts(section))
    kept = any(isinstance(block, StandardText) for block in section.blocks)
    found: dict[str, None] = {}
    if not kept and not any(text.strip() for text in texts):
        found["it is empty: write it, or keep the standard text"] = None
    if rules.binding and not kept:
        found["its standard text is binding: keep it with one block of kind 'standard'"] = None
    quoted = [block.passage for block in section.blocks if isinstance(block, QuotedPassage)]
    for number in quoted:
        if not 1 <= number <= rules.passages:
            found[f"there is no passage {number} to quote: leave it out"] = None
    if len(quoted) > MOST_QUOTES or len(set(quoted)) < len(quoted):
        found[f"it quotes more than {MOST_QUOTES} passages, or one twice: choose"] = None
    if sum(map(len, texts)) > LONGEST_SECTION:
        found[f"it is longer than {LONGEST_SECTION:,} characters: shorten it"] = None
        return tuple(found)
    for text in texts:
        found.update(dict.fromkeys(_text_faults(text, rules)))
    return tuple(found)


def markdown(
    section: WrittenSection, standard_text: str, passages: Sequence[Quotation] = ()
) -> str:
    """The section as Markdown with keys; only for a section without ``faults``."""
    parts: list[str] = []
    for block in section.blocks:
        match block:
            case Paragraph(text=text):
                parts.append(_escaped(text))
            case Heading(text=text):
                parts.append(f"## {_escaped(text)}")
            case Listing(items=items, numbered=numbered):
                mark = "1." if numbered else "-"
                parts.append("\n".join(f"{mark} {_escaped(item)}" for item in items))
            case StandardText():
                parts.append(standard_text)
            case QuotedPassage(passage=number):
                parts.append(passages[number - 1].template)
    return "\n\n".join(part for part in parts if part.strip())


def keys_in(text: str) -> Iterator[str]:
    """The expressions in double braces, in order, with single spaces."""
    for match in _KEY.finditer(text):
        yield " ".join(match["key"].split())


def names_one(text: str, names: Iterable[str]) -> bool:
    """Whether the text holds one of the names, whatever the case and the line breaks."""
    folded = _folded(text)
    return any(_folded(name) in folded for name in names)


def _folded(text: str) -> str:
    return " ".join(text.casefold().split())


def _texts(section: WrittenSection) -> Iterator[str]:
    for block in section.blocks:
        match block:
            case Paragraph(text=text) | Heading(text=text):
                yield text
            case Listing(items=items):
                yield from items
            case StandardText() | QuotedPassage():
                pass


def _text_faults(text: str, rules: ProseRules) -> Iterator[str]:
    if len(text) > LONGEST_TEXT:
        yield f"a paragraph is longer than {LONGEST_TEXT:,} characters: divide it"
        return
    for key in keys_in(text):
        if key not in rules.keys:
            yield f"{{{{ {key} }}}} is no fact of this document: use a key of the list"
    prose = _KEY.sub(" ", text)
    for pattern, remedy in _FORBIDDEN:
        for match in pattern.finditer(prose):
            yield f"{_shown(match[0])} {remedy}"
    for name in rules.withheld:
        if names_one(prose, (name,)):
            yield f"{_shown(name)} may not be named here: leave it out"


_FORBIDDEN = (
    (_STRAY_SYNTAX, "is template syntax: write keys as {{ key }} and nothing else"),
    (_NUMBER, "is a number, date or reference: use a key, or write the sentence without it"),
    (_COUNT, "is a quantity in words: use a key, or write the sentence without it"),
    (_MONTH, "is a date: use a key, or write the sentence without it"),
    (_CITATION, "is a citation: use a key of the list, or leave it out"),
    (_ADDRESS, "is an address: leave it out"),
    (INSTRUCTION, "addresses the writer, not the reader: leave it out"),
    (_PLACEHOLDER, "is a placeholder: write the sentence, or leave it out"),
    (_INVISIBLE, "is an invisible character: leave it out"),
)
"""What prose may not hold outside its keys, and what to do about it."""


def _shown(found: str) -> str:
    words = " ".join(found.split())
    return repr(words if len(words) <= 60 else f"{words[:57]}...")


def _escaped(text: str) -> str:
    """Plain text with its keys: whatever Markdown could read as markup shows as it is written."""
    parts: list[str] = []
    end = 0
    for match in _KEY.finditer(text):
        parts += [_plain(text[end : match.start()]), f"{{{{ {' '.join(match['key'].split())} }}}}"]
        end = match.end()
    return "".join((*parts, _plain(text[end:]))).strip()


def _plain(text: str) -> str:
    lead = " " if text[:1].isspace() else ""
    trail = " " if text[-1:].isspace() else ""
    words = re.sub(r"^([#+\-=>])", r"\\\1", escape(text))
    return f"{lead}{words}{trail}" if words else lead or trail
