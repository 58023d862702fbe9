"""From Markdown to DOCX and PDF in the house style.

    converter = choose_converter()
    files = render(markdown, cover, converter)

DOCX is the record; the PDF is converted from it. `render` blocks: call it on a thread.
"""

from documents.rendering.convert import choose_converter
from documents.rendering.document import Pagination, render_docx
from documents.rendering.embedded import EmbeddedConverter
from documents.rendering.engines import Converter, Pdf
from documents.rendering.errors import (
    ConversionFailed,
    InvalidTemplate,
    RenderingError,
    UnsafeDocument,
    UnsupportedMarkdown,
)
from documents.rendering.layout import Cover, Signer
from documents.rendering.markdown import (
    NEW_PAGE,
    PAGE_COUNT_TOKEN,
    SIGNATURES,
    check_markdown,
)
from documents.rendering.publishing import Rendered, convert_docx, render
from documents.rendering.reading import (
    OutlineEntry,
    extract_pdf_text,
    extract_tables,
    extract_text,
    missing_words,
    page_count,
)
from documents.vocabulary import Layout

__all__ = [
    "NEW_PAGE",
    "PAGE_COUNT_TOKEN",
    "SIGNATURES",
    "ConversionFailed",
    "Converter",
    "Cover",
    "EmbeddedConverter",
    "InvalidTemplate",
    "Layout",
    "OutlineEntry",
    "Pagination",
    "Pdf",
    "Rendered",
    "RenderingError",
    "Signer",
    "UnsafeDocument",
    "UnsupportedMarkdown",
    "check_markdown",
    "choose_converter",
    "convert_docx",
    "extract_pdf_text",
    "extract_tables",
    "extract_text",
    "missing_words",
    "page_count",
    "render",
    "render_docx",
]
