"""Markdown to WordprocessingML: house styles only, no fonts, nothing unknown let through.

CommonMark with tables and strikethrough, raw HTML off. Additions:
`<<page>>` alone in a paragraph starts a new page, `<<signatures>>` calls the signature block to
its place; a paragraph after a table that begins with `Table:` becomes the caption above it;
`PAGE_COUNT_TOKEN` is left for the renderer to replace.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from xml.sax.saxutils import escape

from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode

from documents.rendering.errors import UnsupportedMarkdown
from documents.rendering.pictures import INFO as DRAWING
from documents.rendering.pictures import Picture, picture
from documents.rendering.tables import fit_table

PAGE_COUNT_TOKEN = "\u2063PAGES\u2063"
"""Write this where the number of pages of the document itself belongs."""

NEW_PAGE = "<<page>>"
"""A paragraph of only this starts a new page."""

SIGNATURES = "<<signatures>>"
"""A paragraph of only this moves the signature block here, e.g. before a letter's enclosures."""

SIGNATURES_ANCHOR = "<w:p><w:r><w:t>\u2063SIGNATURES\u2063</w:t></w:r></w:p>"
"""What stands in the body for `SIGNATURES` until the document is put together."""

FIRST_LIST_NUMBER = 100
"""The first `w:numId` that a numbered list of a text may take; below are the template's own."""

_CAPTION = "Table:"
_KEEP_NEXT = "<w:keepNext/>"
_TABLE_END = "</w:tbl>"
_GAP = "TableGap"
_DEEPEST = 3
_INTRODUCED = ("table", "bullet_list", "ordered_list")
_SPACE_AFTER_TABLE, _SPACE_AFTER_LIST = 160, 120
_WHOLE_TABLE_HEIGHT = 4800
"""In twips: a table of up to this height, a third of a page, is not parted by a page end."""
_SHORT_INTRODUCTION, _SHORT_PARAGRAPH = 320, 420
"""In characters: what stays with the list or table after it, and what is not parted at all."""
_ILLEGAL = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_STYLE = re.compile(r'<w:pPr>(?:<w:pStyle w:val="\w+"/>)?')
_EMPTY_CELL = "\u2014"


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading of the body, in document order."""

    level: int
    text: str
    bookmark: str


@dataclass(frozen=True, slots=True)
class NumberedList:
    """A numbered list of the body; it needs a `w:num` of its own, so that counting restarts."""

    number: int
    level: int
    start: int


@dataclass(frozen=True, slots=True)
class Body:
    """The WordprocessingML of a text, and what the rest of the document must know of it."""

    xml: str
    headings: tuple[Heading, ...]
    numbered_lists: tuple[NumberedList, ...]
    pictures: tuple[Picture, ...] = ()


@dataclass(frozen=True, slots=True)
class _Emphasis:
    bold: bool = False
    italic: bool = False
    strike: bool = False
    underline: bool = False

    @property
    def properties(self) -> str:
        chosen = (
            ("<w:b/>", self.bold),
            ("<w:i/>", self.italic),
            ("<w:strike/>", self.strike),
            ('<w:u w:val="single"/>', self.underline),
        )
        inner = "".join(tag for tag, wanted in chosen if wanted)
        return f"<w:rPr>{inner}</w:rPr>" if inner else ""


_PLAIN = _Emphasis()

_ANY_WIDTH = 9360
"""Twips; what is supported does not depend on the width."""


def to_body(markdown: str, text_width: int) -> Body:
    """Translate `markdown` for a text column of `text_width` twips.

    A code block that is marked ``svg`` is a drawing. Raises UnsupportedMarkdown for linked pictures
    and anything else the house style does not know.
    """
    parser = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])
    writer = _Writer(text_width)
    writer.write_blocks(SyntaxTreeNode(parser.parse(legal_text(markdown))).children)
    return writer.finish()


def check_markdown(markdown: str) -> None:
    """Raises UnsupportedMarkdown for what no document could be made of."""
    to_body(markdown, _ANY_WIDTH)


def legal_text(text: str) -> str:
    """`text` without the characters that XML cannot hold."""
    return _ILLEGAL.sub("", text)


class _Writer:
    def __init__(self, text_width: int) -> None:
        self._text_width = text_width
        self._xml: list[str] = []
        self._headings: list[Heading] = []
        self._numbered_lists: list[NumberedList] = []
        self._pictures: list[Picture] = []
        self._captions = 0
        self._page_break_due = False
        self._after_table = False
        self._space_before = 0
        self._introduces = False
        self._blocks: dict[str, Callable[[SyntaxTreeNode], None]] = {
            "heading": self._heading,
            "paragraph": self._body_paragraph,
            "bullet_list": self._list,
            "ordered_list": self._list,
            "blockquote": self._quote,
            "hr": self._rule,
            "fence": self._preformatted,
            "code_block": self._preformatted,
        }

    def finish(self) -> Body:
        if self._after_table or self._page_break_due:
            self._gap()
        self._keep_with_signatures()
        return Body(
            "".join(self._xml),
            tuple(self._headings),
            tuple(self._numbered_lists),
            tuple(self._pictures),
        )

    def write_blocks(self, blocks: Sequence[SyntaxTreeNode]) -> None:
        captions = {
            index: block
            for index, block in enumerate(blocks)
            if index and blocks[index - 1].type == "table" and _text(block).startswith(_CAPTION)
        }
        for index, block in enumerate(blocks):
            if block.type == "table":
                self._table(block, captions.get(index + 1))
            elif index not in captions:
                self._introduces = index + 1 < len(blocks) and blocks[index + 1].type in _INTRODUCED
                self._handler(block)(block)

    def _handler(self, block: SyntaxTreeNode) -> Callable[[SyntaxTreeNode], None]:
        try:
            return self._blocks[block.type]
        except KeyError:
            raise _unsupported(block) from None

    def _paragraph(
        self,
        style: str,
        runs: str,
        *,
        keep_next: bool = False,
        keep_lines: str = "",
        more: str = "",
    ) -> None:
        properties = f'<w:pStyle w:val="{style}"/>' if style else ""
        properties += _KEEP_NEXT if keep_next else ""
        properties += keep_lines
        if self._page_break_due:
            properties += "<w:pageBreakBefore/>"
        properties += more
        if self._space_before and not style:
            properties += f'<w:spacing w:before="{self._space_before}"/>'
        self._page_break_due = self._after_table = False
        self._space_before = 0
        self._xml.append(f"<w:p><w:pPr>{properties}</w:pPr>{runs}</w:p>")

    def _keep_with_signatures(self) -> None:
        """Let the last paragraph go with what follows, so that nobody signs an empty page."""
        if self._xml and self._xml[-1].startswith("<w:p>"):
            self._xml[-1] = _kept(self._xml[-1])
            if _GAP in self._xml[-1] and self._xml[-2:-1] == [_TABLE_END]:
                self._xml[-3] = _kept(self._xml[-3])

    def _gap(self) -> None:
        self._paragraph(_GAP, "")

    def _heading(self, block: SyntaxTreeNode) -> None:
        asked = int(block.tag[1])
        deepest = self._headings[-1].level + 1 if self._headings else 1
        level = min(asked, deepest, _DEEPEST)
        position = len(self._headings) + 1
        heading = Heading(level, _text(block), f"_Toc{position:06d}")
        self._headings.append(heading)
        bookmark = (
            f'<w:bookmarkStart w:id="{position}" w:name="{heading.bookmark}"/>'
            f'{_runs(block, _PLAIN)}<w:bookmarkEnd w:id="{position}"/>'
        )
        self._paragraph(f"Heading{level}", bookmark)

    def _body_paragraph(self, block: SyntaxTreeNode) -> None:
        text = _text(block).strip()
        if text == NEW_PAGE:
            self._page_break_due = True
        elif text == SIGNATURES:
            if self._after_table:
                self._gap()
            self._keep_with_signatures()
            self._xml.append(SIGNATURES_ANCHOR)
        else:
            keep = self._introduces and len(text) <= _SHORT_INTRODUCTION
            lines = "" if len(text) <= _SHORT_PARAGRAPH else '<w:keepLines w:val="0"/>'
            self._paragraph("", _runs(block, _PLAIN), keep_next=keep, keep_lines=lines)

    def _quote(self, block: SyntaxTreeNode) -> None:
        for child in block.children:
            if child.type == "paragraph":
                self._paragraph("Quote", _runs(child, _PLAIN))
            else:
                self.write_blocks([child])

    def _rule(self, block: SyntaxTreeNode) -> None:
        self._paragraph("HorizontalRule", "")

    def _preformatted(self, block: SyntaxTreeNode) -> None:
        if block.type == "fence" and block.info.strip() == DRAWING:
            drawn = picture(block.content, len(self._pictures) + 1)
            self._pictures.append(drawn)
            self._paragraph("", drawn.run(self._text_width), keep_next=True)
            return
        lines = block.content.rstrip("\n").split("\n")
        self._paragraph("Preformatted", "<w:r><w:br/></w:r>".join(_run(line) for line in lines))

    def _list(self, block: SyntaxTreeNode, depth: int = 1) -> None:
        level = min(depth, _DEEPEST)
        suffix = str(level) if level > 1 else ""
        numbering = ""
        kind = "ListBullet"
        if block.type == "ordered_list":
            kind = "ListNumber"
            number = FIRST_LIST_NUMBER + len(self._numbered_lists)
            start = int(block.attrs.get("start", 1))
            self._numbered_lists.append(NumberedList(number, level - 1, start))
            numbering = (
                f'<w:numPr><w:ilvl w:val="{level - 1}"/><w:numId w:val="{number}"/></w:numPr>'
            )
        for item in block.children:
            style, more = kind + suffix, numbering
            for child in item.children:
                if child.type == "paragraph":
                    self._paragraph(style, _runs(child, _PLAIN), more=more)
                    style, more = "ListContinue" + suffix, ""
                elif child.type in ("bullet_list", "ordered_list"):
                    self._list(child, depth + 1)
                else:
                    self.write_blocks([child])
        self._space_before = max(self._space_before, _SPACE_AFTER_LIST)

    def _table(self, block: SyntaxTreeNode, caption: SyntaxTreeNode | None) -> None:
        rows = [row.children for part in block.children for row in part.children]
        if self._after_table or self._page_break_due:
            self._gap()
        if caption is not None:
            self._captions += 1
            title = _text(caption).removeprefix(_CAPTION).strip()
            self._paragraph("Caption", _run(f"Table {self._captions}. {title}"), keep_next=True)
        form = fit_table([[_text(cell) for cell in row] for row in rows], self._text_width)
        widths, suffix = form.widths, "Small" if form.small else ""
        grid = "".join(f'<w:gridCol w:w="{width}"/>' for width in widths)
        self._xml.append(
            '<w:tbl><w:tblPr><w:tblStyle w:val="HouseTable"/>'
            f'<w:tblW w:w="{sum(widths)}" w:type="dxa"/><w:tblLayout w:type="fixed"/>'
            '<w:tblLook w:val="0420" w:firstRow="1" w:lastRow="0" w:firstColumn="0"'
            ' w:lastColumn="0" w:noHBand="0" w:noVBand="1"/></w:tblPr>'
            f"<w:tblGrid>{grid}</w:tblGrid>"
        )
        whole, last = form.height <= _WHOLE_TABLE_HEIGHT, len(rows) - 1
        for index, row in enumerate(rows):
            style = "TableHeading" if index == 0 else "TableText"
            flag = "<w:tblHeader/>" if index == 0 else ""
            # The header never stands alone, nor does the first or the last row.
            keep = index < last and (whole or index < 2 or index == last - 1)
            cells = "".join(
                _cell(cell, style + suffix, widths[i], keep_next=keep) for i, cell in enumerate(row)
            )
            self._xml.append(f"<w:tr><w:trPr><w:cantSplit/>{flag}</w:trPr>{cells}</w:tr>")
        self._xml.append(_TABLE_END)
        self._after_table = True
        self._space_before = _SPACE_AFTER_TABLE


def _cell(cell: SyntaxTreeNode, style: str, width: int, *, keep_next: bool) -> str:
    alignment = str(cell.attrs.get("style", "")).removeprefix("text-align:")
    justify = f'<w:jc w:val="{alignment}"/>' if alignment in ("right", "center") else ""
    return (
        f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/></w:tcPr>'
        f'<w:p><w:pPr><w:pStyle w:val="{style}"/>{_KEEP_NEXT if keep_next else ""}{justify}</w:pPr>'
        f"{_runs(cell, _PLAIN) or _run(_EMPTY_CELL)}</w:p></w:tc>"
    )


def _kept(block: str) -> str:
    """A paragraph or row that stays with the next one; `w:keepNext` follows the style."""
    if _KEEP_NEXT in block:
        return block
    return _STYLE.sub(lambda found: found.group() + _KEEP_NEXT, block)


def _runs(node: SyntaxTreeNode, emphasis: _Emphasis) -> str:
    return "".join(_inline(child, emphasis) for child in node.children)


def _inline(node: SyntaxTreeNode, emphasis: _Emphasis) -> str:
    match node.type:
        case "inline":
            return _runs(node, emphasis)
        case "text" | "code_inline":
            return _run(node.content, emphasis)
        case "strong":
            return _runs(node, replace(emphasis, bold=True))
        case "em":
            return _runs(node, replace(emphasis, italic=True))
        case "s":
            return _runs(node, replace(emphasis, strike=True))
        case "link":
            return _link(node, emphasis)
        case "softbreak":
            return _run(" ", emphasis)
        case "hardbreak":
            return "<w:r><w:br/></w:r>"
        case _:
            raise _unsupported(node)


def _link(node: SyntaxTreeNode, emphasis: _Emphasis) -> str:
    # Printed and archived documents must show where a link leads.
    target = str(node.attrs.get("href", "")).removeprefix("mailto:")
    shown = _runs(node, replace(emphasis, underline=True))
    return shown if _text(node) == target else shown + _run(f" ({target})", emphasis)


def _run(text: str, emphasis: _Emphasis = _PLAIN) -> str:
    if not text:
        return ""
    return f'<w:r>{emphasis.properties}<w:t xml:space="preserve">{escape(text)}</w:t></w:r>'


def _text(node: SyntaxTreeNode) -> str:
    if node.type in ("text", "code_inline"):
        return node.content
    if node.type in ("softbreak", "hardbreak"):
        return " "
    return "".join(_text(child) for child in node.children)


def _unsupported(node: SyntaxTreeNode) -> UnsupportedMarkdown:
    place = f" near line {node.map[0] + 1}" if node.map else ""
    return UnsupportedMarkdown(f"the house style has no place for {node.type!r}{place}")
