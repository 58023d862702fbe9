"""What a finished DOCX or PDF says: its words, pages and outline."""

import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from typing import Protocol, cast
from xml.etree import ElementTree

from documents.rendering.archive import read_archive
from documents.rendering.errors import ConversionFailed, UnsafeDocument

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_TEXT_PARTS = re.compile(r"word/(document|footnotes|endnotes)\.xml")
_WORD = re.compile(r"\w{2,}")
_HYPHENATED = re.compile("[\ufffe\u00ad\u0002]|-\r?\n")
_OUTLINE_DEPTH = 3

# PDFium is not thread-safe, and activities run on threads.
_PDFIUM = threading.Lock()


@dataclass(frozen=True, slots=True)
class OutlineEntry:
    """A bookmark of the PDF; `level` from 1, `page` from 1."""

    level: int
    title: str
    page: int


class _Destination(Protocol):
    def get_index(self) -> int | None: ...


class _Bookmark(Protocol):
    level: int

    def get_title(self) -> str: ...

    def get_dest(self) -> _Destination | None: ...


class _TextPage(Protocol):
    def get_text_range(self) -> str: ...

    def close(self) -> None: ...


class _Page(Protocol):
    def get_textpage(self) -> _TextPage: ...

    def close(self) -> None: ...


class _PdfDocument(Protocol):
    """The part of pypdfium2 that is used here; the library carries no types."""

    def __len__(self) -> int: ...

    def __getitem__(self, index: int) -> _Page: ...

    def get_toc(self, max_depth: int) -> Iterator[_Bookmark]: ...

    def close(self) -> None: ...


def page_count(pdf: bytes) -> int:
    """The number of pages. Raises ConversionFailed when the bytes are no PDF."""
    with _PDFIUM:
        document = _open(pdf)
        try:
            return len(document)
        finally:
            document.close()


def read_outline(pdf: bytes) -> tuple[OutlineEntry, ...]:
    """The PDF's outline down to the third level, in document order."""
    with _PDFIUM:
        document = _open(pdf)
        try:
            return tuple(
                OutlineEntry(bookmark.level + 1, bookmark.get_title(), (index or 0) + 1)
                for bookmark in document.get_toc(max_depth=_OUTLINE_DEPTH)
                if (destination := bookmark.get_dest()) is not None
                and (index := destination.get_index()) is not None
            )
        finally:
            document.close()


def extract_pdf_text(pdf: bytes) -> str:
    """The text of all pages, one form feed between pages."""
    with _PDFIUM:
        document = _open(pdf)
        try:
            return "\f".join(_page_text(document[index]) for index in range(len(document)))
        finally:
            document.close()


def extract_text(docx: bytes) -> str:
    """The visible text, one line per paragraph; hidden, deleted and field code text is left out.

    Raises UnsafeDocument for anything that is no well-formed DOCX within the limits.
    """
    parts = read_archive(docx)
    lines: list[str] = []
    for name in sorted(parts, key=lambda part: (part != "word/document.xml", part)):
        if _TEXT_PARTS.fullmatch(name):
            try:
                root = ElementTree.fromstring(parts[name])
            except ElementTree.ParseError as error:
                raise UnsafeDocument(f"{name} is not well-formed: {error}") from error
            again = {part for old in root.iter(_FALLBACK) for part in old.iter(f"{_W}p")}
            lines += (
                _paragraph_text(paragraph)
                for paragraph in root.iter(f"{_W}p")
                if paragraph not in again
            )
    return "\n".join(line for line in lines if line)


def extract_tables(docx: bytes) -> tuple[tuple[tuple[str, ...], ...], ...]:
    """Every table of the body as rows of cells, in document order; a cell reads as one line.

    Raises UnsafeDocument for anything that is no well-formed DOCX within the limits.
    """
    try:
        root = ElementTree.fromstring(read_archive(docx)["word/document.xml"])
    except ElementTree.ParseError as error:
        raise UnsafeDocument(f"word/document.xml is not well-formed: {error}") from error
    return tuple(
        tuple(
            tuple(_cell_text(cell) for cell in row.findall(f"{_W}tc"))
            for row in table.findall(f"{_W}tr")
        )
        for table in root.iter(f"{_W}tbl")
    )


def missing_words(docx: bytes, pdf: bytes) -> tuple[str, ...]:
    """Words of the DOCX that the PDF does not show, in order of appearance."""
    text = _HYPHENATED.sub("", extract_pdf_text(pdf)).upper()
    shown = set(_WORD.findall(text))
    joined = re.sub(r"\W+", "", text)
    wanted = dict.fromkeys(_WORD.findall(extract_text(docx).upper()))
    return tuple(word for word in wanted if word not in shown and word not in joined)


def _open(pdf: bytes) -> _PdfDocument:
    try:
        return cast(_PdfDocument, import_module("pypdfium2").PdfDocument(pdf))
    except RuntimeError as error:  # pypdfium2.PdfiumError is one
        raise ConversionFailed("pdfium", f"the bytes are not a readable PDF: {error}") from error


def _page_text(page: _Page) -> str:
    text = page.get_textpage()
    try:
        return text.get_text_range()
    finally:
        text.close()
        page.close()


def _cell_text(cell: ElementTree.Element) -> str:
    return " ".join(" ".join(map(_paragraph_text, cell.iter(f"{_W}p"))).split())


def _paragraph_text(paragraph: ElementTree.Element) -> str:
    pieces: list[str] = []
    boxed = {run for box in paragraph.iter(f"{_W}txbxContent") for run in box.iter(f"{_W}r")}
    for run in paragraph.iter(f"{_W}r"):
        if run in boxed:  # text boxes have paragraphs of their own
            continue
        hidden = run.find(f"{_W}rPr/{_W}vanish")
        if hidden is not None and hidden.get(f"{_W}val", "1") not in ("0", "false"):
            continue
        for child in run:
            if child.tag == f"{_W}t":
                pieces.append(child.text or "")
            elif child.tag == f"{_W}tab":
                pieces.append("\t")
            elif child.tag in (f"{_W}br", f"{_W}cr"):
                pieces.append("\n")
    return "".join(pieces)
