"""What a model may write: prose around keys. Whatever a reader could check elsewhere is refused.

A model answers with ``WrittenSection``s. ``faults`` says what must not stand in a document;
``markdown`` turns a section without faults into the Markdown that ``documents.compose`` fills.
"""

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from html import unescape
from itertools import chain
from typing import Annotated, Literal
from unicodedata import normalize, numeric

from pydantic import BaseModel, ConfigDict, Field

from ai_agents.names import names_one
from documents.placeholders import PLACEHOLDER
from documents.quotations import INVISIBLE, Quotation, plain

LONGEST_TEXT = 2_500
"""Characters of one paragraph or list item."""
LONGEST_SECTION = 12_000
"""Characters of one section as written, without the standard text it keeps."""
MOST_QUOTES = 3
"""Passages that one section may quote."""
MOST_COLUMNS = 8
MOST_ROWS = 40
LONGEST_CELL = 300
"""Characters; a row is not parted by the end of a page."""

_KEY = re.compile(r"\{\{(?P<key>[^{}]*)\}\}")
_STRAY_SYNTAX = re.compile(r"\{[{%#]?|[}%#]?\}")
_SMALL = "two|three|four|five|six|seven|eight|nine|ten"
_LARGE = (
    r"eleven(?:th)?|twel(?:ve|fth)|(?:thir|four|fif|six|seven|eigh|nine)teen(?:th)?"
    r"|(?:twent|thirt|fort|fift|sixt|sevent|eight|ninet)(?:y|ieth)"
    r"|(?:hundred|thousand|million|billion|trillion)(?:s|th)?|dozens?|tens|scores? of|couple of"
)
_PART = "third|quarter|fourth|fifth|sixth|seventh|eighth|ninth|tenth"
_THING = (
    r"days?|weeks?|months?|quarters?|years?|hours?|minutes?|seconds?|times|dollars?|cents?|points?"
    r"|pages?|copies|users?|sites?|locations?|bases?|offers?|offerors?|bids?|bidders?|proposals?"
    r"|quot(?:e|ation)s?|firms?|vendors?|contractors?|subcontractors?|suppliers?|compan(?:y|ies)"
    r"|businesses|sources?|people|persons?|members?|employees?|staff|workers?|positions?|seats?"
    r"|licen[cs]es?|units?|devices?|ships?|vessels?|lots?|options?|periods?|phases?|deliverables"
    r"|contracts?|awards?|miles?"
)
_COUNT = re.compile(
    # From eleven on a number in words is a figure, whatever it counts; below, when it counts what
    # the facts may know: "three contracts", but not "one of the two approaches".
    rf"\b(?:{_LARGE}|(?:zero|one|{_SMALL})(?:[^\w.;:!?]+\w+){{0,2}}?[^\w.;:!?]+(?:{_THING})"
    rf"|(?:one|{_SMALL})[ -](?:{_PART})s?(?! part(?:y|ies))|an? (?:{_PART}) of|hal(?:f|ves)"
    rf"|(?:{_SMALL})fold|twice|thrice|double|triple|quadruple|per ?cent)\b",
    re.IGNORECASE,
)
_MONTH = re.compile(
    r"\b(?:(?:January|February|April|June|July|August|September|October|November|December"
    r"|Jan|Feb|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)\b"
    # "march" and "may" are words of their own.
    r"|(?:in|of|by|until|till|on|since|before|after|from|to|through|during|early|mid|late|next|last)"
    r"[\s-]+(?-i:March|May|MARCH|MAY|Mar)\b)",
    re.IGNORECASE,
)
_CITATION = re.compile(
    r"\b(?:FAR|D?FARS|RFO|PGI|NMCARS|[AG]FARS|GSA[MR]|FAC|USC|CFR|DoD[DIM]|E\.O\.|Pub\. ?L\."
    r"|(?:SEC|OPN)AVINST|MIL-STD|F\. ?A\. ?R\.?|U\. ?S\. ?C\.?|C\. ?F\. ?R\.?"
    r"|Acts?|ACTS?|[Ff]ar (?:[Ss]upplement|(?:[Ss]ub)?[Pp]art|[Cc]lause|[Ss]ection)"
    r"|(?i:federal acquisition (?:regulation|circular)s?|united states code|executive orders?"
    r"|code of federal regulations|public laws?)|[A-Z]\w+ (?:Circular|Instruction|Directive)s?"
    r"|(?:[Cc]lause|[Pp]rovision)s?,? (?:(?:en)?titled |called |named )?[\"'\u201c\u2018]?[A-Z]\w+"
    r"|(?<=[a-z] )[A-Z]\w+ (?:clause|provision)s?)(?!\w)"
)
_ADDRESS = re.compile(
    # Each begins where a word begins: a search from every letter of a long word takes minutes.
    r"\b\w+://\S+|\bwww\.\S+|(?<!\S)\S+@\S+|(?<![\w.-])[\w.-]+\.(?:com|net|org|io|info|biz)\b",
    re.IGNORECASE,
)
INSTRUCTION = re.compile(
    r"\b(?:ignore|disregard|forget|override)\b.{0,40}\b(?:instructions?|rules?|prompts?|above|prior"
    r"|previous)\b|\bsystem prompt\b|\blanguage model\b|\bas an AI\b|\byou are (?:now|an? )"
    r"|\b(?:assistant|user|system):",
    re.IGNORECASE | re.DOTALL,
)
_PLACEHOLDER = re.compile(
    rf"{PLACEHOLDER}|\bT\.B\.[ACD]\b|\bto be (?:determined|announced|confirmed|named)\b|_{{3,}}"
    r"|\bplaceholders?\b|[\[<]\s*(?:name|date|amount|number|title|fill|your)\b",
    re.IGNORECASE,
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


class Table(_Written):
    """A table of texts; every row has a cell for every heading."""

    kind: Literal["table"] = "table"
    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


class StandardText(_Written):
    """Keeps the section's standard text at this place, word for word."""

    kind: Literal["standard"] = "standard"


class QuotedPassage(_Written):
    """Prints one of the passages that the writer was given, word for word with its source."""

    kind: Literal["quote"] = "quote"
    passage: int
    """Its number, from 1."""


Block = Annotated[
    Paragraph | Heading | Listing | Table | StandardText | QuotedPassage,
    Field(discriminator="kind"),
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
    """Names and amounts that stand in no prose, for example those of offerors."""
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
    for table in section.blocks:
        if isinstance(table, Table):
            found.update(dict.fromkeys(_form_faults(table)))
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
            case Table(headings=headings, rows=rows):
                head, *body = (map(_escaped, line) for line in (headings, *rows))
                lines = (head, ("---",) * len(headings), *body)
                parts.append("\n".join(f"| {' | '.join(line)} |" for line in lines))
            case StandardText():
                parts.append(standard_text)
            case QuotedPassage(passage=number):
                parts.append(passages[number - 1].template)
    return "\n\n".join(part for part in parts if part.strip())


def keys_in(text: str) -> Iterator[str]:
    """The expressions in double braces, in order, with single spaces."""
    for match in _KEY.finditer(text):
        yield " ".join(match["key"].split())


def _texts(section: WrittenSection) -> Iterator[str]:
    for block in section.blocks:
        match block:
            case Paragraph(text=text) | Heading(text=text):
                yield text
            case Listing(items=items):
                yield from items
            case Table(headings=headings, rows=rows):
                yield from chain(headings, *rows)
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
    # An entity or a wide letter is read as what it stands for as well.
    for read in dict.fromkeys((prose, normalize("NFKC", unescape(prose)))):
        for number in filter(_is_number, read.split()):
            yield f"{_shown(number)} {_NUMBER_REMEDY}"
        for pattern, remedy in _FORBIDDEN:
            for match in pattern.finditer(read):
                yield f"{_shown(match[0])} {remedy}"
        if names_one(read, rules.withheld):
            # The fault does not say whom: it goes back to the model.
            yield "it tells of an offeror: leave the name or amount out"


def _form_faults(table: Table) -> Iterator[str]:
    columns = len(table.headings)
    if not 1 <= columns <= MOST_COLUMNS or not 1 <= len(table.rows) <= MOST_ROWS:
        yield (
            f"a table has 1 to {MOST_COLUMNS} columns and 1 to {MOST_ROWS} rows: "
            "divide it, or write a paragraph"
        )
    if any(len(row) != columns for row in table.rows):
        yield f"each row of the table needs {columns} cells, one for each heading"
    cells = tuple(chain(table.headings, *table.rows))
    if not all(map(_visible, cells)):
        yield "a table has an empty cell: fill it"
    if any(len(cell) > LONGEST_CELL for cell in cells):
        yield f"a cell is longer than {LONGEST_CELL} characters: write a paragraph"


def _visible(text: str) -> bool:
    return bool(INVISIBLE.sub("", text).strip())


def _is_number(word: str) -> bool:
    return any(numeric(char, None) is not None for char in word)


_NUMBER_REMEDY = "is a number, date or reference: use a key, or write the sentence without it"
_FORBIDDEN = (
    (_STRAY_SYNTAX, "is template syntax: write keys as {{ key }} and nothing else"),
    (_COUNT, "is a quantity in words: use a key, or write the sentence without it"),
    (_MONTH, "is a date: use a key, or write the sentence without it"),
    (_CITATION, "is a citation: use a key of the list, or leave it out"),
    (_ADDRESS, "is an address: leave it out"),
    (INSTRUCTION, "addresses the writer, not the reader: leave it out"),
    (_PLACEHOLDER, "is a placeholder: write the sentence, or leave it out"),
    (INVISIBLE, "is an invisible character: leave it out"),
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
    words = plain(text)
    return f"{lead}{words}{trail}" if words else lead or trail
