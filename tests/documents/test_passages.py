"""Text of files in passages: word for word, each with its place, and printed as it stands."""

from collections.abc import Iterator
from io import BytesIO

import pytest

from documents.compose import DraftSection, compose
from documents.passages import PASSAGE, Passage, UnreadableSource, passages_of
from documents.quotations import Quotation, readable
from documents.rendering import Converter, Cover, choose_converter, extract_text, render
from documents.uploads import Content, inspect
from documents.vocabulary import Layout
from tests.documents.outside_files import docx, pdf, picture, workbook

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
BOOK = workbook(
    {
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets>'
        '<sheet name="Prices" r:id="r1"/><sheet name="Dates" r:id="r2"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": '<Relationships xmlns="http://schemas.openxmlformats.org/'
        'package/2006/relationships"><Relationship Id="r1" Type="x" Target="worksheets/s1.xml"/>'
        '<Relationship Id="r2" Type="x" Target="/xl/worksheets/s2.xml"/></Relationships>',
        "xl/sharedStrings.xml": f'<sst xmlns="{MAIN}"><si><t>Item</t></si>'
        "<si><r><t>Hand</t></r><r><t>held</t></r><rPh><t>x</t></rPh></si></sst>",
        "xl/styles.xml": f'<styleSheet xmlns="{MAIN}"><numFmts><numFmt numFmtId="170" '
        'formatCode="yyyy\\-mm"/><numFmt numFmtId="171" formatCode="#,##0 [$USD]"/></numFmts>'
        '<cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="170"/><xf numFmtId="171"/>'
        "</cellXfs></styleSheet>",
        "xl/worksheets/s1.xml": f'<worksheet xmlns="{MAIN}"><sheetData>'
        '<row r="2"><c t="s"><v>0</v></c><c t="inlineStr"><is><t>Price</t></is></c></row>'
        '<row r="5"><c t="s"><v>1</v></c><c s="3"><v>1234.5</v></c><c t="b"><v>1</v></c></row>'
        "</sheetData></worksheet>",
        "xl/worksheets/s2.xml": f'<worksheet xmlns="{MAIN}"><sheetData>'
        '<row r="1"><c s="1"><v>46389</v></c><c s="2"><v>46389.5</v></c><c/></row>'
        "</sheetData></worksheet>",
    }
)

COVER = Cover(
    layout=Layout.REPORT,
    code="MRR",
    title="Report",
    subtitle="",
    agency="A",
    office="O",
    piid="N0018927R0043",
    marking="CUI",
    version="1.0",
    date="1 May 2027",
    distribution="",
    signers=(),
    form_number="",
)


@pytest.fixture(scope="module")
def converter() -> Iterator[Converter]:
    made = choose_converter("embedded")
    yield made
    made.close()


def paragraphs(*texts: str) -> bytes:
    return docx("".join(f"<w:p><w:r><w:t>{text}</w:t></w:r></w:p>" for text in texts))


def test_paragraphs_of_a_word_document_are_counted() -> None:
    found = passages_of(Content.DOCX, paragraphs("First point.", "", "Second  point."))
    assert found == (Passage("paragraphs 1 to 2", "First point.\nSecond point."),)


def test_passages_end_where_paragraphs_end_and_long_paragraphs_where_sentences_do() -> None:
    sentence = "The market offers seven such products today. "
    long = (sentence * 40).strip()
    found = passages_of(Content.DOCX, paragraphs("A" * 500, "B" * 500, long, "x" * 2_000))
    assert all(len(passage.text) <= PASSAGE for passage in found)
    assert [passage.text for passage in found[:2]] == ["A" * 500, "B" * 500]
    divided = [passage.text for passage in found if "market" in passage.text]
    assert all(text.endswith("today.") for text in divided), "no sentence is divided needlessly"
    assert " ".join(divided) == long, "nothing is lost and nothing is added"
    assert "".join(p.text for p in found if p.text.startswith("x")) == "x" * 2_000


def test_pages_of_a_pdf_are_named(converter: Converter) -> None:
    pages = render(
        "# One\n\nSeven firms answered.\n\n<<page>>\n\n# Two\n\nPrices lie near $1,250.00.",
        COVER,
        converter,
    ).pdf
    found = passages_of(Content.PDF, pages)
    words = ("Seven firms", "$1,250.00")
    place = {word: p.place for p in found for word in words if word in p.text}
    assert place.keys() == set(words)
    assert place["Seven firms"] != place["$1,250.00"]
    assert all(named.startswith("page ") for named in place.values())


def test_sheets_and_rows_of_a_workbook_are_named_and_days_are_days() -> None:
    assert inspect(BytesIO(BOOK), "prices.xlsx").content is Content.XLSX
    assert passages_of(Content.XLSX, BOOK) == (
        Passage("sheet 'Prices', rows 2 to 5", "Item | Price\nHandheld | 1234.5 | yes"),
        Passage("sheet 'Dates', row 1", "2027-01-02 | 2027-01-02 12:00"),
    )


def test_lines_of_a_text_are_counted() -> None:
    found = passages_of(Content.TEXT, "\ufeffFirst.\n\n\u200bSecond\u202e line.\n".encode())
    assert found == (Passage("lines 1 to 3", "First.\nSecond line."),)


@pytest.mark.parametrize(
    ("content", "data", "words"),
    [
        (Content.PDF, pdf(), "a scan"),
        (Content.PDF, b"%PDF-1.7 nothing", "cannot be read"),
        (Content.DOCX, b"PK\x03\x04", "cannot be read"),
        (Content.XLSX, workbook({"xl/workbook.xml": "<workbook"}), "workbook is damaged"),
        (Content.TEXT, b" \n ", "holds no text"),
        (Content.TEXT, b"word " * 500_000, "more than 2,000,000 characters"),
        (Content.PNG, picture("png"), "picture holds no text"),
    ],
)
def test_a_file_without_usable_text_says_why(content: Content, data: bytes, words: str) -> None:
    with pytest.raises(UnreadableSource, match=words):
        passages_of(content, data)


@pytest.mark.parametrize(
    "text",
    [
        "Seven firms & co. answered; 40 % said *yes* and <b>no</b>.",
        "7. This is no list\n- nor this\n# nor a heading\n+ x\n> y\n=== z\n12) w",
        "Code {{ igce.total }} and {% for x in offers %} and {# note #}",
        "A | table | row\nAT&amp;T pays `code` ~~never~~ [link](to) \\ back",
        "<<page>>\nTable: no caption\n<<signatures>>",
    ],
)
def test_a_quotation_is_printed_word_for_word_whatever_it_holds(
    converter: Converter, text: str
) -> None:
    quotation = Quotation("survey_[1] 2027.pdf", "page 3", text)
    content = compose([DraftSection("Market", f"Before.\n\n{quotation.template}\n\nAfter.")], {})
    assert quotation.markdown in content, "the review has to find it again"
    rendered = render(
        content,
        COVER,
        converter,
    )
    assert quotation.printed in extract_text(rendered.docx)


def test_hidden_characters_are_no_part_of_a_source() -> None:
    hidden = "".join(chr(0xE0000 + ord(letter)) for letter in "award")
    assert readable(f"Plain\u00ad \u200btext{hidden}\u2063 \x07here") == "Plain text here"
