"""The text of a file in passages, each with its place: DOCX, PDF, XLSX and plain text.

    passages = passages_of(checked.content, data)

Only for files that ``documents.uploads.inspect`` let through. Blocks: call it on a thread.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from documents.quotations import readable
from documents.rendering import extract_pdf_text, extract_text, page_count
from documents.rendering.errors import ConversionFailed, UnsafeDocument
from documents.uploads import Content
from documents.workbooks import UnreadableWorkbook, rows_of

PASSAGE = 800
"""Characters of a passage; a longer paragraph is divided at the end of a sentence or word."""
SHORTEST = 3
"""Characters: what is shorter says nothing."""
MOST_PAGES = 1_000
LARGEST_TEXT = 2_000_000
"""Characters of one file."""

_DIVIDED = re.compile(r"[\ufffe\u00ad\u0002]\s*")
"""Where PDFium tells that a word was divided at the end of a line."""
_SENTENCE = re.compile(r"(?<=[.;:!?])\s+")
_LIST_ITEM = re.compile(r"\s*(?:[-\u2022\u25cf\u25aa*]|\(?[a-z0-9]{1,3}[.)])\s")


class UnreadableSource(ValueError):
    """No text can be taken from the file; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Passage:
    """A piece of a file, word for word, paragraphs on lines of their own."""

    place: str
    """For example ``page 3``, ``paragraphs 4 to 7`` or ``sheet 'Prices', row 2``."""
    text: str


@dataclass(frozen=True, slots=True)
class _Part:
    """Paragraphs that a passage may hold together: a page, a sheet, or the whole file."""

    title: str
    """Of the part; empty for the whole file."""
    unit: str
    """What its paragraphs are counted as; empty: the title says enough."""
    units: tuple[tuple[int, str], ...]


def passages_of(content: Content, data: bytes) -> tuple[Passage, ...]:
    """The passages in the order of the file. Raises UnreadableSource."""
    try:
        parts = tuple(_parts(content, data))
    except (UnsafeDocument, ConversionFailed, UnreadableWorkbook) as error:
        raise UnreadableSource(f"The file's text cannot be read: {error}") from error
    if sum(len(text) for part in parts for _, text in part.units) > LARGEST_TEXT:
        raise UnreadableSource(
            f"The file has more than {LARGEST_TEXT:,} characters of text: divide it"
        )
    found = tuple(passage for part in parts for passage in _packed(part))
    if not found:
        hint = " (a scan?): have its text recognized first" if content is Content.PDF else ""
        raise UnreadableSource(f"The file holds no text{hint}")
    return found


def _parts(content: Content, data: bytes) -> Iterator[_Part]:
    match content:
        case Content.DOCX:
            yield _Part("", "paragraph", tuple(_counted(extract_text(data).splitlines())))
        case Content.PDF:
            if page_count(data) > MOST_PAGES:
                raise UnreadableSource(f"The PDF has more than {MOST_PAGES:,} pages: divide it")
            for number, page in enumerate(extract_pdf_text(data).split("\f"), start=1):
                yield _Part(f"page {number}", "", tuple(_counted(_paragraphs(page))))
        case Content.XLSX:
            for sheet in rows_of(data, LARGEST_TEXT):
                title = f"sheet '{readable(sheet.title)}'"
                units = ((number, readable(" | ".join(row))) for number, row in sheet.rows)
                yield _Part(title, "row", tuple(unit for unit in units if unit[1]))
        case Content.TEXT:
            lines = data.decode("utf-8-sig").splitlines()
            yield _Part("", "line", tuple(_counted(lines)))
        case Content.PNG | Content.JPEG:
            raise UnreadableSource("A picture holds no text: send DOCX, PDF, XLSX or plain text")


def _counted(lines: Iterable[str]) -> Iterator[tuple[int, str]]:
    for number, line in enumerate(lines, start=1):
        if text := readable(line).replace("\n", " "):
            yield number, text


def _paragraphs(page: str) -> Iterator[str]:
    """The lines of a page put together; PDF knows lines, not paragraphs."""
    lines: list[str] = []
    for line in _DIVIDED.sub("", page).splitlines():
        if not line.strip() or (lines and _LIST_ITEM.match(line)):
            yield " ".join(lines)
            lines = []
        if line.strip():
            lines.append(line)
    yield " ".join(lines)


def _packed(part: _Part) -> Iterator[Passage]:
    held: list[tuple[int, str]] = []
    for number, text in part.units:
        for piece in _pieces(text):
            if held and sum(len(known) + 1 for _, known in held) + len(piece) > PASSAGE:
                yield from _passage(part, held)
                held = []
            held.append((number, piece))
    yield from _passage(part, held)


def _passage(part: _Part, held: list[tuple[int, str]]) -> Iterator[Passage]:
    text = "\n".join(piece for _, piece in held)
    if len(text) < SHORTEST:
        return
    first, last = held[0][0], held[-1][0]
    counted = f"{part.unit} {first}" if first == last else f"{part.unit}s {first} to {last}"
    place = ", ".join(words for words in (part.title, counted if part.unit else "") if words)
    yield Passage(place, text)


def _pieces(text: str) -> Iterator[str]:
    """A paragraph, divided where it is too long for a passage."""
    held = ""
    for sentence in _SENTENCE.split(text) if len(text) > PASSAGE else (text,):
        for words in _cut(sentence):
            if held and len(held) + 1 + len(words) > PASSAGE:
                yield held
                held = ""
            held = f"{held} {words}" if held else words
    if held:
        yield held


def _cut(sentence: str) -> Iterator[str]:
    while len(sentence) > PASSAGE:
        end = sentence.rfind(" ", 1, PASSAGE)
        end = end if end > 0 else PASSAGE
        yield sentence[:end].strip()
        sentence = sentence[end:].strip()
    if sentence:
        yield sentence
