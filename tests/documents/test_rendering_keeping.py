"""What belongs together stands on one page, in Word and with the embedded engine."""

import re
from collections.abc import Iterator

import pytest

from documents.rendering import (
    Converter,
    EmbeddedConverter,
    Layout,
    extract_pdf_text,
    page_count,
    render,
    render_docx,
)
from documents.rendering.archive import read_archive
from documents.rendering.markdown import to_body
from tests.documents.rendering_samples import cover_of

SMALL = "\n".join(f"| Row {number} | Entry {number} |" for number in range(1, 5))
LARGE = "\n".join(f"| Row {number} | Entry {number} |" for number in range(1, 60))


@pytest.fixture(scope="module")
def converter() -> Iterator[Converter]:
    embedded = EmbeddedConverter()
    yield embedded
    embedded.close()


def lines(count: int) -> str:
    return "\n\n".join("A line of text." for _ in range(count))


def table(rows: str) -> str:
    return f"The rows are:\n\n| First head | Second head |\n|---|---|\n{rows}\n\nTable: Rows"


def pages(markdown: str, converter: Converter) -> list[str]:
    rendered = render(markdown, cover_of(Layout.NOTICE), converter)
    assert rendered.degraded == ()
    return extract_pdf_text(rendered.pdf).split("\f")


@pytest.mark.parametrize("above", range(18, 27))
def test_a_small_table_stands_on_one_page_with_its_caption(
    above: int, converter: Converter
) -> None:
    found = [
        page for page in pages(f"{lines(above)}\n\n{table(SMALL)}", converter) if "Row" in page
    ]
    assert len(found) == 1, "a table of four rows was parted"
    for part in ("The rows are:", "Table 1. Rows", "First head", "Row 4"):
        assert part in found[0], f"{part!r} stands on another page than the table"


@pytest.mark.parametrize("above", range(18, 27))
def test_a_header_row_never_stands_alone(above: int, converter: Converter) -> None:
    found = pages(f"{lines(above)}\n\n{table(LARGE)}", converter)
    opening = next(page for page in found if "First head" in page)
    assert "Row 2" in opening, "the header has to keep at least two rows"


@pytest.mark.parametrize("above", range(20, 27))
def test_nobody_signs_a_page_without_text(above: int, converter: Converter) -> None:
    last = pages(f"{lines(above)}\n\nThe last sentence.", converter)[-1]
    assert "The last sentence." in last
    names = [signer.name for signer in cover_of(Layout.NOTICE).signers]
    assert all(name in last for name in names), "the signature block was parted"


def test_word_is_told_the_same() -> None:
    rows = re.findall(r"<w:tr>.*?</w:tr>", to_body(f"{table(LARGE)}\n\nEnd.", 9360).xml, re.DOTALL)
    kept = [index for index, row in enumerate(rows) if "<w:keepNext/>" in row]
    assert kept == [0, 1, len(rows) - 2]
    small = re.findall(r"<w:tr>.*?</w:tr>", to_body(f"{table(SMALL)}\n\nEnd.", 9360).xml, re.DOTALL)
    assert ["<w:keepNext/>" in row for row in small] == [True] * 4 + [False]


def test_page_breaks_are_no_part_of_the_record() -> None:
    docx = render_docx(f"{lines(24)}\n\n{table(SMALL)}", cover_of(Layout.NOTICE))
    assert b"pageBreakBefore" not in read_archive(docx)["word/document.xml"]


def test_a_draft_paginates_like_the_final(converter: Converter) -> None:
    docx = render_docx(f"{lines(22)}\n\n{table(SMALL)}", cover_of(Layout.NOTICE))
    final, draft = converter.convert(docx), converter.convert(docx, draft=True)
    other = EmbeddedConverter()
    try:
        alone = other.convert(docx)
    finally:
        other.close()
    assert extract_pdf_text(draft.data) == extract_pdf_text(final.data)
    assert alone.data == final.data, "what an engine remembers must not change a document"
    assert page_count(final.data) == 2
