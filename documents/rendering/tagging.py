"""Completes the embedded engine's PDF for screen readers (Section 508, PDF/UA)."""

import io
import re
from collections.abc import Iterator

import pikepdf
from pikepdf import Array, Dictionary, Name, Object

from documents.rendering.archive import read_archive
from documents.rendering.wordml import Element, W, parse

_LANGUAGE = "en-US"
_HEADING = re.compile(r"Heading([1-3])")
_LIST_PIECES = (Name.LBody, Name.Lbl, Name.P)
_WITHOUT_LISTS = (Name.P, Name.Span, Name.Lbl, Name.H1, Name.H2, Name.H3, Name.Figure)
_DEEPEST_STYLE_CHAIN = 20


def tag_pdf(pdf: bytes, docx: bytes) -> bytes:
    """Set language and title display, turn numbered headings from list items into H1-H3.

    `docx` is what the PDF was made from. The engine writes every numbered paragraph as a list
    item; the n-th item is the n-th numbered paragraph. If their counts differ the tags stay.
    """
    levels = _numbered_paragraphs(docx)
    with pikepdf.open(io.BytesIO(pdf)) as document:
        document.Root.Lang = pikepdf.String(_LANGUAGE)
        document.Root.ViewerPreferences = Dictionary(DisplayDocTitle=True)
        if Name.StructTreeRoot in document.Root:
            items = list(_list_items(document.Root.StructTreeRoot))
            if len(items) == len(levels):
                _retag(items, levels)
        tagged = io.BytesIO()
        document.save(
            tagged,
            deterministic_id=True,
            compress_streams=True,
            object_stream_mode=pikepdf.ObjectStreamMode.generate,
        )
    return tagged.getvalue()


def _retag(items: list[tuple[Object, Object]], levels: list[int | None]) -> None:
    for (item, parent), level in zip(items, levels, strict=True):
        if level is not None:
            item.S = Name(f"/H{level}")
            _to_spans(item)
            if parent.get(Name.S) == Name.L:
                parent.S = Name.Sect


def _to_spans(node: Object) -> None:
    for child in _children(node):
        if child.get(Name.S) in _LIST_PIECES:
            child.S = Name.Span
            _to_spans(child)


def _list_items(root: Object) -> Iterator[tuple[Object, Object]]:
    """Every list item with its parent, in reading order; trees may be deep, so no recursion."""
    waiting = [(child, root) for child in reversed(_children(root))]
    while waiting:
        node, parent = waiting.pop()
        role = node.get(Name.S)
        if role == Name.LI:
            yield node, parent
        if role not in _WITHOUT_LISTS:
            waiting += [(child, node) for child in reversed(_children(node))]


def _children(node: Object) -> list[Object]:
    kids = node.get(Name.K)
    candidates = list(kids) if isinstance(kids, Array) else [kids]
    return [kid for kid in candidates if isinstance(kid, Dictionary)]


def _numbered_paragraphs(docx: bytes) -> list[int | None]:
    """One entry per numbered paragraph of the body: its heading level, or None in a list."""
    parts = read_archive(docx)
    numbered = frozenset[str]()
    if "word/styles.xml" in parts:
        numbered = _numbered_styles(parse(parts["word/styles.xml"], "word/styles.xml"))
    levels: list[int | None] = []
    for paragraph in parse(parts["word/document.xml"], "word/document.xml").iter(f"{W}p"):
        reference = paragraph.find(f"{W}pPr/{W}pStyle")
        style_id = (reference.get(f"{W}val") if reference is not None else None) or ""
        own = paragraph.find(f"{W}pPr/{W}numPr")
        if own is not None or style_id in numbered:
            heading = _HEADING.fullmatch(style_id)
            levels.append(int(heading.group(1)) if heading else None)
    return levels


def _numbered_styles(root: Element) -> frozenset[str]:
    """The styles that number their paragraphs, themselves or by a style that they build on."""
    styles = {style.get(f"{W}styleId") or "": style for style in root.iter(f"{W}style")}
    numbered: set[str] = set()
    for name in styles:
        ancestor = name
        for _ in range(_DEEPEST_STYLE_CHAIN):
            style = styles.get(ancestor)
            if style is None:
                break
            if style.find(f"{W}pPr/{W}numPr") is not None:
                numbered.add(name)
                break
            base = style.find(f"{W}basedOn")
            ancestor = (base.get(f"{W}val") if base is not None else None) or ""
    return frozenset(numbered)
