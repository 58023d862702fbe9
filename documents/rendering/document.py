"""Fills a template with a text: DOCX bytes that depend on nothing but their input."""

import io
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Protocol, cast
from xml.sax.saxutils import escape

from jinja2 import StrictUndefined, TemplateError
from jinja2.sandbox import SandboxedEnvironment
from markupsafe import Markup

from documents.rendering.archive import read_archive, write_archive
from documents.rendering.errors import InvalidTemplate
from documents.rendering.house_pages import core_properties, field
from documents.rendering.layout import Cover, has_contents, template_of, text_width
from documents.rendering.markdown import (
    PAGE_COUNT_TOKEN,
    SIGNATURES_ANCHOR,
    Body,
    Heading,
    legal_text,
    to_body,
)
from documents.rendering.pictures import Picture
from documents.vocabulary import Layout

_BODY, _CONTENTS, _BEGIN, _END = (
    f"<w:p><w:r><w:t>\u2063{name}\u2063</w:t></w:r></w:p>"
    for name in ("BODY", "CONTENTS", "SIGNATURES BEGIN", "SIGNATURES END")
)
_CONTENTS_FIELD = (
    '<w:r><w:fldChar w:fldCharType="begin"/></w:r>'
    '<w:r><w:instrText xml:space="preserve"> TOC \\o "1-{deepest}" \\h \\z \\u </w:instrText></w:r>'
    '<w:r><w:fldChar w:fldCharType="separate"/></w:r>'
)
_FIELD_END = '<w:r><w:fldChar w:fldCharType="end"/></w:r>'
_IMAGE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/image"
_UNKNOWN_PAGE = "0"
_ONE_PAGE_OF_CONTENTS = 42
"""In entries: contents that would run over the page leave the third level out."""
_NO_DATE = "2000-01-01"
_MONTHS = re.compile(
    "(jan)|(feb)|(mar)|(apr)|(may)|(jun)|(jul)|(aug)|(sep)|(oct)|(nov)|(dec)", re.IGNORECASE
)
_NUMBER_STYLE = re.compile(
    r'<w:abstractNum [^>]*w:abstractNumId="(\d+)"(?:(?!</w:abstractNum>).)*?'
    r'<w:pStyle w:val="ListNumber"/>',
    re.DOTALL,
)
_SECTION_LETTER = re.compile(r"SECTION ([A-M])\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Pagination:
    """Where things landed in a converted document."""

    total: int
    headings: tuple[int, ...]
    """The page of each heading, in document order, from 1; empty if the engine did not say."""


class _DocxTemplate(Protocol):
    """The part of docxtpl that is used here; the library carries no types."""

    def render(self, context: Mapping[str, object], jinja_env: SandboxedEnvironment) -> None: ...

    def save(self, filename: io.BytesIO) -> None: ...


class Manuscript:
    """One text in its template, ready to be written with or without page numbers."""

    def __init__(self, markdown: str, cover: Cover) -> None:
        self._layout = cover.layout
        self._body = to_body(markdown, text_width(cover.layout))
        self._parts = _fill_template(cover)
        self._parts["docProps/core.xml"] = _core_properties(cover)
        self._parts["word/numbering.xml"] = _numbering(
            self._parts["word/numbering.xml"].decode(), self._body, cover
        )
        _add_pictures(self._parts, self._body.pictures)
        self._text = self._parts["word/document.xml"].decode()
        if self._text.count(_BODY) != 1:
            raise InvalidTemplate(f"the template {cover.layout!r} needs {{{{p body }}}} once")
        self._text = _place_signatures(self._text.replace(_BODY, self._body.xml))

    @property
    def headings(self) -> tuple[Heading, ...]:
        return self._body.headings

    @property
    def depends_on_pages(self) -> bool:
        """Whether the text shows page numbers that only a conversion can tell."""
        listed = has_contents(self._layout) and bool(self._body.headings)
        return listed or PAGE_COUNT_TOKEN in self._body.xml

    def write(self, pages: Pagination | None, *, draft: bool = False) -> bytes:
        """The DOCX; without `pages` the contents show zeros.

        A `draft` takes the same room on the same pages, but its contents are no live field and
        it is not compressed: it is faster to convert.
        """
        text = self._text.replace(_CONTENTS, _contents(self._body.headings, pages, live=not draft))
        total = str(pages.total) if pages else _UNKNOWN_PAGE
        text = text.replace(PAGE_COUNT_TOKEN, total)
        parts = {**self._parts, "word/document.xml": text.encode()}
        return write_archive(parts, compress=not draft)


def render_docx(markdown: str, cover: Cover, *, pages: Pagination | None = None) -> bytes:
    """The document as DOCX; equal input gives equal bytes, in any process.

    Raises UnsupportedMarkdown for text that the house style cannot show, InvalidTemplate when a
    template asks for an unknown variable or has no place for the body.
    """
    return Manuscript(markdown, cover).write(pages)


def _fill_template(cover: Cover) -> dict[str, bytes]:
    values = {
        name: legal_text(value) if isinstance(value, str) else value
        for name, value in cover.model_dump(exclude={"layout"}).items()
    }
    version = f"Version {cover.version}"
    context = {
        **values,
        "footer": " | ".join(word for word in (cover.piid, cover.title, version) if word),
        "contents": Markup(_CONTENTS),
        "body": Markup(_BODY),
        "signatures_begin": Markup(_BEGIN),
        "signatures_end": Markup(_END),
    }
    source = io.BytesIO(template_of(cover.layout, cover.code).read_bytes())
    template = cast(_DocxTemplate, import_module("docxtpl").DocxTemplate(source))
    filled = io.BytesIO()
    try:
        template.render(context, SandboxedEnvironment(autoescape=True, undefined=StrictUndefined))
    except TemplateError as error:
        raise InvalidTemplate(f"the template {cover.layout!r} failed: {error}") from error
    template.save(filled)
    return read_archive(filled.getvalue())


def _add_pictures(parts: dict[str, bytes], pictures: Iterable[Picture]) -> None:
    """Put drawings beside the text: each is a part, and the text's relationships name it."""
    for drawn in pictures:
        parts[drawn.part] = drawn.png
        related = (
            f'<Relationship Id="{drawn.relationship}" Type="{_IMAGE}" '
            f'Target="{drawn.part.removeprefix("word/")}"/></Relationships>'
        )
        _replace(parts, "word/_rels/document.xml.rels", "</Relationships>", related)
    if any(name.endswith(".png") for name in parts):
        types = parts["[Content_Types].xml"]
        if b'Extension="png"' not in types:
            default = '<Default Extension="png" ContentType="image/png"/></Types>'
            _replace(parts, "[Content_Types].xml", "</Types>", default)


def _replace(parts: dict[str, bytes], name: str, old: str, new: str) -> None:
    parts[name] = parts[name].replace(old.encode(), new.encode(), 1)


def _place_signatures(text: str) -> str:
    """Leave the signature block where the template has it, unless the body calls for it."""
    before, begin, rest = text.partition(_BEGIN)
    block, end, after = rest.partition(_END)
    if not (begin and end):
        return text
    if SIGNATURES_ANCHOR in before:
        return before.replace(SIGNATURES_ANCHOR, block, 1) + after
    return before + block + after


def _core_properties(cover: Cover) -> bytes:
    return core_properties(
        title=escape(legal_text(cover.title)),
        subject=escape(legal_text(cover.subtitle)),
        created=f"{_iso_date(cover.date)}T00:00:00Z",
    ).encode()


def _iso_date(date: str) -> str:
    """`November 22, 2026`, `22 November 2026` or `2026-11-22` as the last of these."""
    if iso := re.search(r"\d{4}-\d{2}-\d{2}", date):
        return iso.group()
    month = _MONTHS.search(date)
    numbers = [int(number) for number in re.findall(r"\d+", date)]
    if month is None or month.lastindex is None or len(numbers) != 2:
        return _NO_DATE
    day, year = sorted(numbers)
    return f"{year:04d}-{month.lastindex:02d}-{day:02d}"


def _numbering(xml: str, body: Body, cover: Cover) -> bytes:
    """Give each numbered list a count of its own, and a section's headings their letter."""
    style = _NUMBER_STYLE.search(xml)
    if body.numbered_lists and style is None:
        raise InvalidTemplate(f"the template {cover.layout!r} numbers no ListNumber style")
    own = "".join(
        f'<w:num w:numId="{entry.number}"><w:abstractNumId w:val="{style.group(1)}"/>'
        f'<w:lvlOverride w:ilvl="{entry.level}"><w:startOverride w:val="{entry.start}"/>'
        "</w:lvlOverride></w:num>"
        for entry in body.numbered_lists
        if style is not None
    )
    letter = _SECTION_LETTER.search(cover.title)
    if cover.layout is Layout.SECTION and letter:
        for level in ("%1", "%1.%2", "%1.%2.%3"):
            numbered = f'w:lvlText w:val="{level}"'
            prefixed = f'w:lvlText w:val="{letter.group(1).upper()}.{level}"'
            xml = xml.replace(numbered, prefixed)
    return xml.replace("</w:numbering>", f"{own}</w:numbering>").encode()


def _contents(headings: tuple[Heading, ...], pages: Pagination | None, *, live: bool) -> str:
    """A table of contents that already shows its entries; if `live`, Word can update it."""
    shown = [_UNKNOWN_PAGE] * len(headings)
    if pages and len(pages.headings) == len(headings):
        shown = [str(page) for page in pages.headings]
    deepest = 3 if len(headings) <= _ONE_PAGE_OF_CONTENTS else 2
    counters = [0, 0, 0]
    entries: list[str] = []
    for heading, page in zip(headings, shown, strict=True):
        counters[heading.level - 1] += 1
        counters[heading.level :] = [0] * (len(counters) - heading.level)
        number = ".".join(str(counter) for counter in counters[: heading.level])
        if heading.level <= deepest:
            entries.append(_contents_entry(heading, number, page, live=live))
    if live and entries:
        code = _CONTENTS_FIELD.format(deepest=deepest)
        entries[0] = entries[0].replace("</w:pPr>", f"</w:pPr>{code}", 1)
        entries[-1] = entries[-1].removesuffix("</w:p>") + f"{_FIELD_END}</w:p>"
    return "".join(entries)


def _contents_entry(heading: Heading, number: str, page: str, *, live: bool) -> str:
    reference = field(f"PAGEREF {heading.bookmark} \\h", page) if live else _run(page)
    entry = (
        f"{_run(number)}<w:r><w:tab/></w:r>{_run(escape(heading.text))}<w:r><w:tab/></w:r>"
        f"{reference}"
    )
    if live:
        entry = f'<w:hyperlink w:anchor="{heading.bookmark}" w:history="1">{entry}</w:hyperlink>'
    return f'<w:p><w:pPr><w:pStyle w:val="TOC{heading.level}"/></w:pPr>{entry}</w:p>'


def _run(text: str) -> str:
    return f'<w:r><w:t xml:space="preserve">{text}</w:t></w:r>'
