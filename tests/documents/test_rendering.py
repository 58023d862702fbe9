"""From Markdown to DOCX and PDF: determinism, completeness, page numbers, accessibility."""

import hashlib
import io
import os
import re
import subprocess
import sys
import zipfile
from collections.abc import Iterator

import pikepdf
import pytest
from pikepdf import Array, Dictionary, Name, Object

from documents.rendering import (
    PAGE_COUNT_TOKEN,
    ConversionFailed,
    Converter,
    EmbeddedConverter,
    Layout,
    Pagination,
    Pdf,
    Rendered,
    extract_pdf_text,
    extract_text,
    missing_words,
    page_count,
    render,
    render_docx,
)
from tests.documents.rendering_samples import PWS, TEXTS, cover_of


@pytest.fixture(scope="module")
def converter() -> Iterator[Converter]:
    embedded = EmbeddedConverter()
    yield embedded
    embedded.close()


@pytest.fixture(scope="module")
def report(converter: Converter) -> Rendered:
    return render(PWS, cover_of(Layout.REPORT), converter)


def part(docx: bytes, name: str) -> str:
    with zipfile.ZipFile(io.BytesIO(docx)) as archive:
        return archive.read(name).decode()


@pytest.mark.parametrize("layout", Layout)
def test_every_layout_renders_completely(layout: Layout, converter: Converter) -> None:
    rendered = render(TEXTS[layout], cover_of(layout), converter)
    assert rendered.degraded == (), f"the PDF of {layout} does not show these words of its DOCX"
    assert rendered.pages == page_count(rendered.pdf) >= 1
    assert rendered.engine == "rdocx"
    assert cover_of(layout).title in extract_text(rendered.docx)


def test_same_input_gives_same_docx_bytes_in_another_process(report: Rendered) -> None:
    program = (
        "import hashlib; from documents.rendering import Layout, Pagination, render_docx;"
        "from tests.documents.rendering_samples import PWS, cover_of;"
        "pages = Pagination(total=4, headings=(3,) * 6);"
        "docx = render_docx(PWS, cover_of(Layout.REPORT), pages=pages);"
        "print(hashlib.sha256(docx).hexdigest())"
    )
    answer = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "PYTHONHASHSEED": "7", "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        check=True,
        text=True,
        timeout=60,
    )
    pages = Pagination(total=4, headings=(3,) * 6)
    here = render_docx(PWS, cover_of(Layout.REPORT), pages=pages)
    assert answer.stdout.strip() == hashlib.sha256(here).hexdigest(), (
        "a content hash must not depend on the process that computed it"
    )


def test_same_input_gives_same_pdf_bytes_from_another_engine_process(report: Rendered) -> None:
    other = EmbeddedConverter()
    try:
        again = render(PWS, cover_of(Layout.REPORT), other)
    finally:
        other.close()
    assert again.docx == report.docx
    assert again.pdf == report.pdf, "approvals are bound to hashes: the PDF must be reproducible"


def test_contents_show_the_pages_where_headings_are(report: Rendered) -> None:
    long = PWS + "\n\n".join(f"# Annex {number}\n\n" + "Words. " * 900 for number in range(4))
    embedded = EmbeddedConverter()
    try:
        rendered = render(long, cover_of(Layout.REPORT), embedded)
    finally:
        embedded.close()
    shown = [
        int(page) for page in re.findall(r"PAGEREF.*?<w:t>(\d+)</w:t>", rendered_xml(rendered))
    ]
    actual = [entry.page for entry in rendered.outline]
    assert len(set(actual)) > 3, "the sample must spread over several pages to prove anything"
    assert shown == actual, "the contents list other pages than the PDF's own outline"


def rendered_xml(rendered: Rendered) -> str:
    return part(rendered.docx, "word/document.xml")


def test_page_count_token_becomes_the_number_of_pages(report: Rendered) -> None:
    assert f"This statement has {report.pages} pages" in extract_text(report.docx)
    assert f"This statement has {report.pages} pages" in extract_pdf_text(report.pdf)


def test_a_layout_without_contents_still_counts_its_pages(converter: Converter) -> None:
    rendered = render(f"In all {PAGE_COUNT_TOKEN} page.", cover_of(Layout.NOTICE), converter)
    assert "In all 1 page." in extract_pdf_text(rendered.pdf)


def test_a_document_without_page_numbers_is_converted_once() -> None:
    counting = CountingConverter()
    try:
        render(TEXTS[Layout.NOTICE], cover_of(Layout.NOTICE), counting)
        assert counting.calls == 1
    finally:
        counting.close()


class CountingConverter(EmbeddedConverter):
    calls = 0

    def convert(self, docx: bytes, *, draft: bool = False) -> Pdf:
        self.calls += 1
        return super().convert(docx, draft=draft)


class RestlessConverter(EmbeddedConverter):
    """An engine whose page count never settles."""

    calls = 0

    def convert(self, docx: bytes, *, draft: bool = False) -> Pdf:
        self.calls += 1
        with pikepdf.new() as pdf:
            for _ in range(self.calls):
                pdf.add_blank_page()
            data = io.BytesIO()
            pdf.save(data)
        return Pdf(data.getvalue(), "restless", "1")


def test_page_numbers_that_never_settle_are_an_error_not_a_guess() -> None:
    with pytest.raises(ConversionFailed, match="did not settle"):
        render(PAGE_COUNT_TOKEN, cover_of(Layout.NOTICE), RestlessConverter())


def test_values_are_printed_literally(converter: Converter) -> None:
    cover = cover_of(
        Layout.REPORT, title="R&D <Phase> {{ title }}", subtitle="{% if x %} 5 < 6 & 7 > 2"
    )
    rendered = render("Price {{ price }} & <b>bold</b> {% raw %}", cover, converter)
    text = extract_pdf_text(rendered.pdf)
    for literal in (cover.title, cover.subtitle, "{{ price }} & <b>bold</b> {% raw %}"):
        assert literal in " ".join(text.split()), f"{literal!r} was interpreted or lost"
    with pikepdf.open(io.BytesIO(rendered.pdf)) as pdf:
        assert str(pdf.docinfo["/Title"]) == cover.title


def test_every_table_has_a_flagged_header_row_and_unbreakable_rows(report: Rendered) -> None:
    tables = re.findall(r"<w:tbl>.*?</w:tbl>", rendered_xml(report), re.DOTALL)
    assert tables
    for table in tables:
        rows = re.findall(r"<w:tr>.*?</w:tr>", table, re.DOTALL)
        assert "<w:tblHeader/>" in rows[0], "screen readers and page breaks need the header flag"
        assert not any("<w:tblHeader/>" in row for row in rows[1:])
        assert all("<w:cantSplit/>" in row for row in rows)


def test_core_properties_come_from_the_record_not_from_the_clock(report: Rendered) -> None:
    core = part(report.docx, "docProps/core.xml")
    assert "<dc:title>Performance Work Statement</dc:title>" in core
    assert "<dc:language>en-US</dc:language>" in core
    assert core.count("2026-11-22T00:00:00Z") == 2


@pytest.mark.parametrize("date", ["November 22, 2026", "22 November 2026", "2026-11-22"])
def test_a_long_date_is_understood(date: str) -> None:
    docx = render_docx("Text.", cover_of(Layout.NOTICE, date=date))
    assert "2026-11-22T00:00:00Z" in part(docx, "docProps/core.xml")


def test_missing_words_name_what_a_pdf_lost(report: Rendered, converter: Converter) -> None:
    other = render_docx("Only zebras here.", cover_of(Layout.NOTICE))
    assert "ZEBRAS" in missing_words(other, report.pdf)


def test_signatures_stand_where_the_text_calls_them(converter: Converter) -> None:
    text = extract_text(render_docx(TEXTS[Layout.LETTER], cover_of(Layout.LETTER)))
    assert text.index("Sincerely") < text.index("Jane Q. Smith") < text.index("Enclosure")
    assert text.count("Signature recorded electronically") == 2


def test_headings_of_a_contract_section_carry_its_letter(converter: Converter) -> None:
    rendered = render(TEXTS[Layout.SECTION], cover_of(Layout.SECTION), converter)
    assert "B.2.1" in extract_pdf_text(rendered.pdf)


def structure(pdf: pikepdf.Pdf) -> Iterator[Object]:
    waiting: list[Object] = [pdf.Root.StructTreeRoot]
    while waiting:
        node = waiting.pop()
        yield node
        kids = node.get(Name.K)
        children = list(kids) if isinstance(kids, Array) else [kids]
        waiting += [child for child in children if isinstance(child, Dictionary)]


def test_the_pdf_is_tagged_for_screen_readers(report: Rendered) -> None:
    with pikepdf.open(io.BytesIO(report.pdf)) as pdf:
        assert str(pdf.Root.Lang) == "en-US"
        assert str(pdf.docinfo["/Title"]) == "Performance Work Statement"
        assert pdf.Root.ViewerPreferences.DisplayDocTitle
        assert pdf.Root.MarkInfo.Marked
        roles = [str(node.get(Name.S)) for node in structure(pdf) if Name.S in node]
        headings = [role for role in roles if re.fullmatch(r"/H\d", role)]
        assert sorted(headings) == ["/H1"] * 3 + ["/H2"] * 2 + ["/H3"], (
            "every numbered heading must be tagged as a heading, not as a list item"
        )
        tables = [node for node in structure(pdf) if node.get(Name.S) == Name.Table]
        assert tables
        assert roles.count("/TH") >= len(tables), "every table needs header cells"
