"""How a table is set: column widths computed from what stands in them, and its height.

All widths are twips (1/1440 inch). Text is measured with average Arial advances: close enough to
keep words, figures and dates whole, and the same on every machine.
"""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

WIDE_TABLE_COLUMNS = 7
"""From this many columns on, a crowded table is set in the smaller table style."""

SMALLER_TABLE_COLUMNS = 5
"""From this many columns on, a table is set smaller if that keeps every cell on one line."""

CELL_PADDING = 216
"""The house table's left and right cell margins together."""

_TWIPS_PER_POINT = 20
_SIZE, _SMALL_SIZE = 9.5, 8.0
_LINE, _SMALL_LINE = 242, 200
_ROW_PADDING = 120
_SAFETY = 1.08
_NARROW = frozenset("ijltfrI.,;:'|!()[]- ")
_BROAD = frozenset("mwMWQOGCD@%&")
_FIGURE = re.compile(r"[(+-]?\s*[$\u20ac\u00a3]?\s*\(?[\d,]+(\.\d+)?\)?\s*%?")
_DATE = re.compile(r"\b(\d{1,2}) ([A-Z][a-z]{2,8}) (\d{4})\b")
_WORD_BREAK = re.compile(r"[\s/\u2013-]+")
_HALVINGS = 24


@dataclass(frozen=True, slots=True)
class _Column:
    least: float
    """Room for the longest word."""
    natural: float
    """Room for the longest cell on one line."""
    weight: float
    """Claim on what is left when not every cell fits on one line."""
    figures: bool


@dataclass(frozen=True, slots=True)
class TableForm:
    """How a table is set."""

    widths: tuple[int, ...]
    small: bool
    """Whether it takes the smaller of the two table styles."""
    height: int
    """Estimated, in twips."""


def fit_table(rows: Sequence[Sequence[str]], available: int) -> TableForm:
    """Columns that add up to exactly `available`; the first row is the header.

    A table of many columns is set smaller when it would otherwise break its lines. Columns of
    figures get what they need and no more; columns of prose share the rest by how much they
    hold, none more than its longest cell asks for; no column is narrower than its longest word
    or date while room lasts.
    """
    columns = _measure_all(rows, _SIZE)
    small = False
    if _natural(columns) > available and len(columns) >= SMALLER_TABLE_COLUMNS:
        smaller = _measure_all(rows, _SMALL_SIZE)
        small = len(columns) >= WIDE_TABLE_COLUMNS or _natural(smaller) <= available
        columns = smaller if small else columns
    widths = _widths(columns, available)
    return TableForm(widths, small, _height(rows, widths, small=small))


def _natural(columns: Sequence[_Column]) -> float:
    return sum(column.natural for column in columns)


def _widths(columns: Sequence[_Column], available: int) -> tuple[int, ...]:
    least = [column.least for column in columns]
    natural = [column.natural for column in columns]
    if sum(least) >= available:
        return _fill(least, least, available)
    if sum(natural) <= available:
        growth = [0.0 if column.figures else column.natural for column in columns]
        return _fill(natural, growth, available)
    floor = [column.natural if column.figures else column.least for column in columns]
    if sum(floor) > available:
        floor = least
    widths = _shared([column.weight for column in columns], floor, natural, available)
    return _fill(widths, [1.0] * len(widths), available)


def _shared(
    weights: Sequence[float], floor: Sequence[float], ceiling: Sequence[float], available: float
) -> list[float]:
    """Shares of `available` in proportion to `weights`, within `floor` and `ceiling`."""
    low, high = 0.0, available / min(weights)
    widths = list(floor)
    for _ in range(_HALVINGS):
        scale = (low + high) / 2
        widths = [
            min(max(scale * weight, least), most)
            for weight, least, most in zip(weights, floor, ceiling, strict=True)
        ]
        low, high = (scale, high) if sum(widths) < available else (low, scale)
    return widths


def _height(rows: Sequence[Sequence[str]], widths: Sequence[int], *, small: bool) -> int:
    size, line = (_SMALL_SIZE, _SMALL_LINE) if small else (_SIZE, _LINE)
    height = 0
    for row in rows:
        lines = max(
            math.ceil(text_width(text, size) / max(width - CELL_PADDING, 1))
            for text, width in zip(row, widths, strict=True)
        )
        height += max(lines, 1) * line + _ROW_PADDING
    return height


def text_width(text: str, size: float) -> float:
    """Estimated width of `text` in twips at `size` points."""
    return _ems(text) * size * _TWIPS_PER_POINT


@lru_cache(maxsize=8192)
def _ems(text: str) -> float:
    return sum(map(_advance, text))


def _measure_all(rows: Sequence[Sequence[str]], size: float) -> list[_Column]:
    return [_measure([row[i] for row in rows], size) for i in range(len(rows[0]))]


def _measure(texts: Sequence[str], size: float) -> _Column:
    widths = [text_width(text, size) for text in texts]
    words = {word for text in texts for word in _WORD_BREAK.split(_DATE.sub(_whole, text))}
    least = max(text_width(word, size) for word in words)
    natural = max(least, *widths)
    body = [text.strip() for text in texts[1:]]
    figures = sum(1 for text in body if _FIGURE.fullmatch(text))
    return _Column(
        least=least * _SAFETY + CELL_PADDING,
        natural=natural * _SAFETY + CELL_PADDING,
        # Widths by the square root of what columns hold make the fewest lines.
        weight=math.sqrt(sum(widths) / len(widths)) + 1,
        figures=bool(body) and figures >= 0.7 * len(body),
    )


def _whole(date: re.Match[str]) -> str:
    return ".".join(date.groups())


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
