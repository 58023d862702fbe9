"""Makes any DOCX safe and plain before an engine sees it; what it shows stays the same.

Unsafe is what reaches out of the file: linked pictures, templates and objects (hyperlinks stay).
Plain is what the embedded engine would otherwise draw wrongly or slowly: content controls, legacy
form fields, page references, capitals by property, symbols inside runs of letters, GIF pictures,
repeated bookmarks.
"""

import io
import re
from collections.abc import Iterator
from copy import deepcopy
from importlib import import_module
from importlib.util import find_spec

from documents.rendering.archive import read_archive, write_archive
from documents.rendering.errors import UnsafeDocument
from documents.rendering.wordml import Element, W, drop, is_on, new, parse, serialize

_STORY = re.compile(r"word/(document|header\d*|footer\d*|footnotes|endnotes)\.xml")
_GIF = re.compile(r"word/media/.*\.gif", re.IGNORECASE)
_SYMBOLS = re.compile("([\u2190-\u2bff\u2e00-\u2fff\ue000-\uf8ff\U0001f000-\U0001faff]+)")
_CHECKED, _UNCHECKED = "\u2612", "\u2610"
_REFERENCES = ("TOC ", "PAGEREF ")
_BOOKMARK_NAME_LENGTH = 40
_PNG_TYPE = b'<Default Extension="png" ContentType="image/png"/>'


def safe_copy(docx: bytes) -> bytes:
    """A copy without external targets other than hyperlinks, for any engine.

    Raises UnsafeDocument when the bytes are no DOCX within the limits.
    """
    return write_archive(_without_external_targets(read_archive(docx)), compress=False)


def plain_copy(docx: bytes) -> bytes:
    """A safe copy that the embedded engine draws faithfully."""
    parts = _with_png_pictures(_without_external_targets(read_archive(docx)))
    bookmarks = _Bookmarks()
    for name in sorted(parts):
        if _STORY.fullmatch(name):
            root = parse(parts[name], name)
            _unwrap_content_controls(root)
            _resolve_form_fields(root)
            _resolve_references(root)
            _drop_known_widths(root)
            _apply_capitals(root)
            _isolate_symbols(root)
            bookmarks.renumber(root)
            parts[name] = serialize(root)
    return write_archive(parts, compress=False)


def _without_external_targets(parts: dict[str, bytes]) -> dict[str, bytes]:
    for name, data in parts.items():
        if name.endswith(".rels") and b"External" in data:
            root = parse(data, name)
            for relationship in list(root):
                outside = relationship.get("TargetMode") == "External"
                if outside and not (relationship.get("Type") or "").endswith("/hyperlink"):
                    root.remove(relationship)
            parts[name] = serialize(root)
    return parts


def _with_png_pictures(parts: dict[str, bytes]) -> dict[str, bytes]:
    renamed = {name: f"{name[:-4]}_gif.png" for name in parts if _GIF.fullmatch(name)}
    if not renamed:
        return parts
    if find_spec("PIL") is None:
        raise UnsafeDocument("GIF pictures cannot be converted on this installation")
    image = import_module("PIL.Image")
    for name, replacement in renamed.items():
        converted = io.BytesIO()
        try:
            image.open(io.BytesIO(parts.pop(name))).convert("RGBA").save(converted, "PNG")
        except (OSError, ValueError, image.DecompressionBombError) as error:
            raise UnsafeDocument(f"{name} is not a readable picture: {error}") from error
        parts[replacement] = converted.getvalue()
    for name, data in parts.items():
        if name.endswith(".rels"):
            for old, replacement in renamed.items():
                data = data.replace(_target(old), _target(replacement))
            parts[name] = data
    types = parts["[Content_Types].xml"]
    if b'extension="png"' not in types.lower():
        parts["[Content_Types].xml"] = types.replace(b"</Types>", _PNG_TYPE + b"</Types>")
    return parts


def _target(name: str) -> bytes:
    return name.removeprefix("word/").encode()


def _unwrap_content_controls(root: Element) -> None:
    for control in list(root.iter(f"{W}sdt")):
        content = control.find(f"{W}sdtContent")
        for child in list(content) if content is not None else ():
            control.addprevious(child)
        drop(control)


def _resolve_form_fields(root: Element) -> None:
    for paragraph in root.iter(f"{W}p"):
        runs = list(paragraph.iter(f"{W}r"))
        for position, run in enumerate(runs):
            data = run.find(f"{W}fldChar/{W}ffData")
            if data is not None:
                _resolve_form_field(data, list(_field_runs(runs[position:])))


def _field_runs(runs: list[Element]) -> Iterator[tuple[Element, str]]:
    """The runs of one field with what each is: begin, code, separate, result or end."""
    result = False
    for run in runs:
        mark = run.find(f"{W}fldChar")
        kind = mark.get(f"{W}fldCharType") if mark is not None else None
        yield run, kind or ("result" if result else "code")
        result = result or kind == "separate"
        if kind == "end":
            return


def _resolve_form_field(data: Element, runs: list[tuple[Element, str]]) -> None:
    box = data.find(f"{W}checkBox")
    if box is not None:
        state = box.find(f"{W}checked")
        state = box.find(f"{W}default") if state is None else state
        shown = new(f"{W}r")
        shown.append(new(f"{W}t", _CHECKED if is_on(state) else _UNCHECKED))
        runs[0][0].addprevious(shown)
    for run, kind in runs:
        if kind != "result":
            drop(run)


def _resolve_references(root: Element) -> None:
    """Leave the text that contents and page references show: the engine is slow with fields."""
    fields: list[tuple[list[Element], list[str]]] = []
    for run in list(root.iter(f"{W}r")):
        mark, code = run.find(f"{W}fldChar"), run.find(f"{W}instrText")
        kind = mark.get(f"{W}fldCharType") if mark is not None else None
        if kind == "begin":
            fields.append(([], []))
        if fields and (mark is not None or code is not None):
            runs, codes = fields[-1]
            runs.append(run)
            codes.append((code.text or "") if code is not None else "")
        if kind == "end" and fields:
            runs, codes = fields.pop()
            if "".join(codes).strip().startswith(_REFERENCES):
                for part in runs:
                    drop(part)


def _drop_known_widths(root: Element) -> None:
    """Leave the widths of cells to the grid of their table: reading them takes time."""
    for table in root.iter(f"{W}tbl"):
        layout = table.find(f"{W}tblPr/{W}tblLayout")
        if layout is None or layout.get(f"{W}type") != "fixed":
            continue
        for cell in table.findall(f"{W}tr/{W}tc"):
            properties = cell.find(f"{W}tcPr")
            if properties is not None and [part.tag for part in properties] == [f"{W}tcW"]:
                cell.remove(properties)


def _apply_capitals(root: Element) -> None:
    for run in root.iter(f"{W}r"):
        if is_on(run.find(f"{W}rPr/{W}caps")):
            for text in run.findall(f"{W}t"):
                text.text = (text.text or "").upper()


def _isolate_symbols(root: Element) -> None:
    """The engine picks one fallback font per run, so symbols need runs of their own."""
    for run in list(root.iter(f"{W}r")):
        if any(_SYMBOLS.search(text.text or "") for text in run.findall(f"{W}t")):
            properties = run.find(f"{W}rPr")
            for piece in _pieces(run):
                single = new(f"{W}r")
                if properties is not None:
                    single.append(deepcopy(properties))
                single.append(piece)
                run.addprevious(single)
            drop(run)


def _pieces(run: Element) -> Iterator[Element]:
    for child in list(run):
        if child.tag == f"{W}t":
            for piece in filter(None, _SYMBOLS.split(child.text or "")):
                yield new(f"{W}t", piece)
        elif child.tag != f"{W}rPr":
            yield child


class _Bookmarks:
    """Makes bookmark ids and names unique over the whole document."""

    def __init__(self) -> None:
        self._count = 0
        self._names: set[str] = set()

    def renumber(self, root: Element) -> None:
        open_ids: dict[str | None, list[str]] = {}
        for mark in root.iter(f"{W}bookmarkStart", f"{W}bookmarkEnd"):
            given = mark.get(f"{W}id")
            if mark.tag == f"{W}bookmarkStart":
                self._count += 1
                mark.set(f"{W}id", str(self._count))
                mark.set(f"{W}name", self._unique(mark.get(f"{W}name") or "bookmark"))
                open_ids.setdefault(given, []).append(str(self._count))
            elif open_ids.get(given):
                mark.set(f"{W}id", open_ids[given].pop(0))

    def _unique(self, name: str) -> str:
        candidate, attempt = name, 1
        while candidate in self._names:
            attempt += 1
            suffix = f"_{attempt}"
            candidate = name[: _BOOKMARK_NAME_LENGTH - len(suffix)] + suffix
        self._names.add(candidate)
        return candidate
