"""The whole way from text to files: fill, convert, number the contents, convert again, check."""

from pydantic import BaseModel, ConfigDict

from documents.rendering.document import Manuscript, Pagination
from documents.rendering.engines import Converter, Pdf
from documents.rendering.errors import ConversionFailed
from documents.rendering.layout import Cover
from documents.rendering.reading import OutlineEntry, missing_words, page_count, read_outline

MOST_PASSES = 5


class Rendered(BaseModel):
    """One document version as files, with what made them."""

    model_config = ConfigDict(frozen=True)

    docx: bytes
    """The record."""
    pdf: bytes
    """Converted from `docx`."""
    pages: int
    engine: str
    engine_version: str
    degraded: tuple[str, ...]
    """What the PDF does not show of the DOCX; empty when the conversion is complete."""
    outline: tuple[OutlineEntry, ...]
    """The PDF's bookmarks: headings with their pages."""


def render(markdown: str, cover: Cover, converter: Converter) -> Rendered:
    """Render `markdown` in the layout of `cover`; blocking, a fraction of a second per document.

    A document that shows page numbers is converted until those it shows are those it has,
    normally twice. Raises UnsupportedMarkdown, InvalidTemplate, UnsafeDocument, ConversionFailed.
    """
    manuscript = Manuscript(markdown, cover)
    if not manuscript.depends_on_pages:
        docx = manuscript.write(None)
        return _rendered(docx, converter.convert(docx))
    pdf = converter.convert(manuscript.write(None, draft=True), draft=True)
    pages = _paginate(pdf.data, manuscript)
    for _ in range(MOST_PASSES):
        docx, known = manuscript.write(pages), pages
        pdf = converter.convert(docx)
        pages = _paginate(pdf.data, manuscript)
        if pages == known:
            return _rendered(docx, pdf)
    raise ConversionFailed(pdf.engine, f"page numbers did not settle in {MOST_PASSES} passes")


def convert_docx(docx: bytes, converter: Converter) -> Rendered:
    """A DOCX that somebody else made, kept byte for byte, and its PDF; blocking.

    Raises UnsafeDocument, ConversionFailed.
    """
    return _rendered(docx, converter.convert(docx))


def _paginate(pdf: bytes, manuscript: Manuscript) -> Pagination:
    outline = read_outline(pdf)
    known = len(outline) == len(manuscript.headings)
    return Pagination(page_count(pdf), tuple(entry.page for entry in outline) if known else ())


def _rendered(docx: bytes, pdf: Pdf) -> Rendered:
    return Rendered(
        docx=docx,
        pdf=pdf.data,
        pages=page_count(pdf.data),
        engine=pdf.engine,
        engine_version=pdf.version,
        degraded=missing_words(docx, pdf.data),
        outline=read_outline(pdf.data),
    )
