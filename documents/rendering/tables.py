"""How wide the columns of a table become, computed from what stands in them.

All widths are twips (1/1440 inch). Text is measured with average Arial advances: close enough to
keep words, figures and dates whole, and the same on every machine.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

WIDE_TABLE_COLUMNS = 7
"""From this many columns on, a crowded table is set in the smaller table style."""

CELL_PADDING = 216
"""The house table's left and right cell margins together."""

_TWIPS_PER_POINT = 20
_SIZE, _SMALL_SIZE = 9.5, 8.0
_SAFETY = 1.08
_NARROW = frozenset("ijltfrI.,;:'|!()[]- ")
_BROAD = frozenset("mwMWQOGCD@%&")
_FIGURE = re.compile(r"[(+-]?\s*[$\u20ac\u00a3]?\s*\(?[\d,]+(\.\d+)?\)?\s*%?")
_LONGEST_SHARE = 0.55


@dataclass(frozen=True, slots=True)
class _Column:
    least: float
    """Room for the longest word."""
    natural: float
    """Room for the longest cell on one line."""
    figures: bool


@dataclass(frozen=True, slots=True)
class TableForm:
    """How a table is set."""

    widths: tuple[int, ...]
    small: bool
    """Whether it takes the smaller of the two table styles."""


def fit_table(rows: Sequence[Sequence[str]], available: int) -> TableForm:
    """Columns that add up to exactly `available`; the first row is the header.

    A table of many columns is set smaller when it would otherwise break its lines. Columns of
    figures get what they need and no more; columns of prose share the rest in proportion to what
    they hold; no column is narrower than its longest word while room lasts.
    """
    columns = _measure_all(rows, _SIZE)
    crowded = sum(column.natural for column in columns) > available
    small = crowded and len(columns) >= WIDE_TABLE_COLUMNS
    if small:
        columns = _measure_all(rows, _SMALL_SIZE)
    return TableForm(_widths(columns, available), small)


def _widths(columns: Sequence[_Column], available: int) -> tuple[int, ...]:
    least = [column.least for column in columns]
    natural = [column.natural for column in columns]
    if sum(least) >= available:
        return _fill(least, least, available)
    if sum(natural) <= available:
        growth = [0.0 if column.figures else column.natural for column in columns]
        return _fill(natural, growth, available)
    start = [column.natural if column.figures else column.least for column in columns]
    if sum(start) > available:
        start = least
    longest = available * _LONGEST_SHARE
    growth = [
        max(min(column.natural, longest) - width, 0) ** 0.8
        for column, width in zip(columns, start, strict=True)
    ]
    return _fill(start, growth, available)


def text_width(text: str, size: float) -> float:
    """Estimated width of `text` in twips at `size` points."""
    return sum(map(_advance, text)) * size * _TWIPS_PER_POINT


def _measure_all(rows: Sequence[Sequence[str]], size: float) -> list[_Column]:
    return [_measure([row[i] for row in rows], size) for i in range(len(rows[0]))]


def _measure(texts: Sequence[str], size: float) -> _Column:
    words = (word for text in texts for word in re.split(r"[\s/\u2013-]+", text))
    least = max(text_width(word, size) for word in words)
    natural = max(text_width(text, size) for text in texts)
    body = [text.strip() for text in texts[1:]]
    figures = sum(1 for text in body if _FIGURE.fullmatch(text))
    return _Column(
        least=least * _SAFETY + CELL_PADDING,
        natural=max(least, natural) * _SAFETY + CELL_PADDING,
        figures=bool(body) and figures >= 0.7 * len(body),
    )


def _advance(character: str) -> float:
    if character in _NARROW:
        return 0.32
    if character in _BROAD:
        return 0.84
    return 0.69 if character.isupper() else 0.56


def _fill(start: Sequence[float], growth: Sequence[float], available: int) -> tuple[int, ...]:
    """Widen (or narrow) each width by its share of what is left, to exactly `available`."""
    weights = growth if sum(growth) else [1.0] * len(start)
    spare = available - sum(start)
    widths = [
        int(width + spare * weight / sum(weights))
        for width, weight in zip(start, weights, strict=True)
    ]
    widths[widths.index(max(widths))] += available - sum(widths)
    return tuple(widths)
