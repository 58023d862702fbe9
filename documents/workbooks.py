"""The cells of a workbook as its rows show them, without the program that made it."""

import io
import re
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import IO
from xml.etree import ElementTree

_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_DATE_FORMATS = frozenset({*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)})
"""Built-in number formats that show days or times."""
_LITERAL = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]')
_DAYS = re.compile(r"[dmyhs]", re.IGNORECASE)
_EPOCH, _EPOCH_1904 = datetime(1899, 12, 30), datetime(1904, 1, 1)


class UnreadableWorkbook(ValueError):
    """A part that a workbook needs is missing or damaged."""


@dataclass(frozen=True, slots=True)
class Sheet:
    title: str
    rows: tuple[tuple[int, tuple[str, ...]], ...]
    """The number of each row that holds something, and its cells from left to right."""


@dataclass(frozen=True, slots=True)
class _Book:
    strings: tuple[str, ...]
    dates: frozenset[int]
    """Styles whose numbers are days or times."""
    epoch: datetime


def rows_of(data: bytes, most: int) -> tuple[Sheet, ...]:
    """Every sheet; reading stops after ``most`` characters and a row. Raises UnreadableWorkbook.

    Numbers show as they are stored, without their format; days and times as ISO 8601.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return tuple(_sheets(archive, most))
    except (
        zipfile.BadZipFile,
        ElementTree.ParseError,
        KeyError,
        IndexError,
        ValueError,
        OverflowError,
    ) as error:
        raise UnreadableWorkbook(f"the workbook is damaged ({error})") from error


def _sheets(archive: zipfile.ZipFile, most: int) -> Iterator[Sheet]:
    names = frozenset(archive.namelist())
    root = _tree(archive, "xl/workbook.xml")
    relations = (
        {
            relation.get("Id", ""): relation.get("Target", "")
            for relation in _tree(archive, "xl/_rels/workbook.xml.rels")
        }
        if "xl/_rels/workbook.xml.rels" in names
        else {}
    )
    properties = root.find(f"{_MAIN}workbookPr")
    old = properties is not None and properties.get("date1904", "0") in ("1", "true")
    book = _Book(
        strings=_strings(archive) if "xl/sharedStrings.xml" in names else (),
        dates=_dates(archive) if "xl/styles.xml" in names else frozenset(),
        epoch=_EPOCH_1904 if old else _EPOCH,
    )
    left = most
    for entry in root.iter(f"{_MAIN}sheet"):
        target = relations[entry.get(_RELATION, "")].lstrip("/")
        path = target if target.startswith("xl/") else f"xl/{target}"
        if "worksheets/" not in path:
            continue  # a chart has no cells
        rows: list[tuple[int, tuple[str, ...]]] = []
        with archive.open(path) as part:
            for number, cells in _rows(part, book):
                rows.append((number, cells))
                left -= sum(map(len, cells))
                if left < 0:
                    break
        yield Sheet(entry.get("name", ""), tuple(rows))


def _rows(part: IO[bytes], book: _Book) -> Iterator[tuple[int, tuple[str, ...]]]:
    count = 0
    for _, row in ElementTree.iterparse(part):
        if row.tag != f"{_MAIN}row":
            continue
        count = int(row.get("r", count + 1))
        cells = tuple(text for cell in row.iter(f"{_MAIN}c") if (text := _cell(cell, book)))
        row.clear()
        if cells:
            yield count, cells


def _cell(cell: ElementTree.Element, book: _Book) -> str:
    kind, value = cell.get("t", "n"), cell.findtext(f"{_MAIN}v", "")
    if kind == "inlineStr":
        return "".join(text.text or "" for text in cell.iter(f"{_MAIN}t")).strip()
    if not value:
        return ""
    readers: Mapping[str, Callable[[], str]] = {
        "s": lambda: book.strings[int(value)],
        "b": lambda: "yes" if value == "1" else "no",
        "n": lambda: _number(value, int(cell.get("s", "0")), book),
    }
    return readers.get(kind, lambda: value)().strip()


def _number(value: str, style: int, book: _Book) -> str:
    if style not in book.dates:
        return value
    moment = book.epoch + timedelta(seconds=round(float(value) * 86_400))
    clock = f"{moment:%H:%M}"
    if float(value) < 1:
        return clock
    return f"{moment:%Y-%m-%d}" if clock == "00:00" else f"{moment:%Y-%m-%d} {clock}"


def _strings(archive: zipfile.ZipFile) -> tuple[str, ...]:
    # Phonetic hints (rPh) are no part of the text.
    return tuple(
        "".join(
            text.text or ""
            for part in (item, *item.findall(f"{_MAIN}r"))
            for text in part.findall(f"{_MAIN}t")
        )
        for item in _tree(archive, "xl/sharedStrings.xml").findall(f"{_MAIN}si")
    )


def _dates(archive: zipfile.ZipFile) -> frozenset[int]:
    root = _tree(archive, "xl/styles.xml")
    own = {
        int(entry.get("numFmtId", "0"))
        for entry in root.iter(f"{_MAIN}numFmt")
        if _DAYS.search(_LITERAL.sub("", entry.get("formatCode", "")))
    }
    styles = root.find(f"{_MAIN}cellXfs")
    return frozenset(
        index
        for index, style in enumerate(styles if styles is not None else ())
        if int(style.get("numFmtId", "0")) in _DATE_FORMATS | own
    )


def _tree(archive: zipfile.ZipFile, name: str) -> ElementTree.Element:
    return ElementTree.fromstring(archive.read(name))
