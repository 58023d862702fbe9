"""Keeps together what Word would keep together and the embedded engine parts at a page end.

The engine honors `w:keepNext` between paragraphs but not inside tables. So the laid out document
is searched for a header that stands alone, for a short table in two pieces and for a signature
block without text, and a new page begins before the first of them, until none is left.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import pairwise

from rdocx import Document, LayoutFragment

from documents.rendering.archive import read_archive
from documents.rendering.wordml import Element, W, is_on, parse

_LEAST_PIECE = 80.0
"""In points: a header row with two rows, of which one may have two lines."""
_MOST_BREAKS = 40
_MOST_REMEMBERED = 32
_DIGITS = re.compile(rb"\d+")
_STYLES, _DOCUMENT = "word/styles.xml", "word/document.xml"


@dataclass(frozen=True, slots=True)
class _Block:
    """A paragraph or table of the body."""

    table: bool
    keeps_next: bool
    """A table keeps next if its last row does."""
    whole: bool = False
    """A table of which every row keeps with the next one."""


class Keeper:
    """Remembers where it broke pages: a final differs from its draft by page numbers alone."""

    def __init__(self) -> None:
        self._remembered: dict[bytes, tuple[int, ...]] = {}

    def keep_together(self, document: Document, docx: bytes) -> None:
        """Set page breaks in `document`, which was opened from `docx`."""
        parts = read_archive(docx)
        blocks = _blocks(parts)
        positions = [index for index, block in enumerate(blocks) if not block.table]
        if len(document.paragraphs) != len(positions):
            return

        def break_before(index: int) -> None:
            paragraph = document.paragraphs[positions.index(index)]
            paragraph.paragraph_format.page_break_before = True

        key = sha256(_DIGITS.sub(b"", parts[_DOCUMENT])).digest()
        breaks = list(self._remembered.pop(key, ()))
        for index in breaks:
            break_before(index)
        while len(breaks) < _MOST_BREAKS:
            start = _first_parted(blocks, document.layout(), breaks)
            if start is None:
                break
            breaks.append(start)
            break_before(start)
        self._remembered[key] = tuple(breaks)
        if len(self._remembered) > _MOST_REMEMBERED:
            del self._remembered[next(iter(self._remembered))]


def _first_parted(
    blocks: Sequence[_Block], fragments: Sequence[LayoutFragment], broken: Sequence[int]
) -> int | None:
    """The paragraph that has to begin a new page; None if all is well or cannot be helped."""
    first: dict[int, LayoutFragment] = {}
    opening: dict[int, int] = {}
    for fragment in fragments:
        first.setdefault(fragment.body_index, fragment)
        opening.setdefault(fragment.physical_page, fragment.body_index)
    for this, following in pairwise(fragments):
        index = this.body_index
        if this.physical_page == following.physical_page or index >= len(blocks):
            continue
        block, piece = blocks[index], first[index]
        if following.body_index != index:
            parted = block.table and block.keeps_next and (block.whole or this is piece)
        else:
            low = this is piece and piece.bounds.height < _LEAST_PIECE
            parted = block.table and (block.whole or low)
        if parted:
            start = _chain_start(blocks, index)
            page = piece.physical_page
            movable = start is not None and first[start].physical_page == page
            if movable and start != opening[page] and start not in broken:
                return start
    return None


def _chain_start(blocks: Sequence[_Block], index: int) -> int | None:
    """The paragraph with which the chain begins that leads to the table at `index`."""
    start = index
    while start and blocks[start - 1].keeps_next:
        start -= 1
    if blocks[start].table:
        start -= 1
    return start if start >= 0 and not blocks[start].table else None


def _blocks(parts: Mapping[str, bytes]) -> list[_Block]:
    styles = frozenset[str]()
    if _STYLES in parts:
        styles = _keeping_styles(parse(parts[_STYLES], _STYLES))
    body = parse(parts[_DOCUMENT], _DOCUMENT).find(f"{W}body")
    blocks: list[_Block] = []
    for child in body if body is not None else ():
        if child.tag == f"{W}p":
            blocks.append(_Block(table=False, keeps_next=_keeps_next(child, styles)))
        elif child.tag == f"{W}tbl":
            rows = [_row_keeps_next(row, styles) for row in child.findall(f"{W}tr")]
            blocks.append(_Block(True, bool(rows) and rows[-1], all(rows[:-1])))
    return blocks


def _row_keeps_next(row: Element, styles: frozenset[str]) -> bool:
    paragraph = row.find(f"{W}tc/{W}p")
    return paragraph is not None and _keeps_next(paragraph, styles)


def _keeps_next(paragraph: Element, styles: frozenset[str]) -> bool:
    own = paragraph.find(f"{W}pPr/{W}keepNext")
    if own is not None:
        return is_on(own)
    style = paragraph.find(f"{W}pPr/{W}pStyle")
    return style is not None and (style.get(f"{W}val") or "") in styles


def _keeping_styles(root: Element) -> frozenset[str]:
    """The styles that say `w:keepNext` themselves; the house inherits it from none."""
    return frozenset(
        style.get(f"{W}styleId") or ""
        for style in root.iter(f"{W}style")
        if is_on(style.find(f"{W}pPr/{W}keepNext"))
    )
