"""The pages of the house: body, headers and footers of every template, with their variables."""

from documents.rendering.house_styles import HEAD, NAMESPACES
from documents.rendering.layout import has_contents, text_width
from documents.vocabulary import Layout

_PORTRAIT, _LANDSCAPE = (12240, 15840), (15840, 12240)
_PORTRAIT_TEXT = 9360
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"


def paragraph(style: str, *runs: str) -> str:
    """A paragraph of plain runs; a tab character becomes a tab stop."""
    return f'<w:p><w:pPr><w:pStyle w:val="{style}"/></w:pPr>{"".join(map(_run, runs))}</w:p>'


def field(instruction: str, shown: str) -> str:
    """The runs of a Word field with its last known result."""
    return (
        '<w:r><w:fldChar w:fldCharType="begin"/></w:r>'
        f'<w:r><w:instrText xml:space="preserve"> {instruction} </w:instrText></w:r>'
        '<w:r><w:fldChar w:fldCharType="separate"/></w:r>'
        f'<w:r><w:t>{shown}</w:t></w:r><w:r><w:fldChar w:fldCharType="end"/></w:r>'
    )


def _run(text: str) -> str:
    if text.startswith("<w:"):
        return text
    pieces = [
        f'<w:t xml:space="preserve">{piece}</w:t>' if piece else "" for piece in text.split("\t")
    ]
    return f"<w:r>{'<w:tab/>'.join(pieces)}</w:r>"


def _bold(text: str) -> str:
    return f'<w:r><w:rPr><w:b/></w:rPr><w:t xml:space="preserve">{text}</w:t></w:r>'


def _when(condition: str, *paragraphs: str) -> str:
    control = "Normal"
    return (
        paragraph(control, f"{{%p if {condition} %}}")
        + "".join(paragraphs)
        + paragraph(control, "{%p endif %}")
    )


def _entry(style: str, label: str, variable: str) -> str:
    return _when(variable, paragraph(style, _bold(label), f"\t{{{{ {variable} }}}}"))


def core_properties(*, title: str, subject: str, created: str) -> str:
    """`docProps/core.xml`; `title` and `subject` already escaped, `created` in ISO 8601 UTC."""
    dates = "".join(
        f'<dcterms:{name} xsi:type="dcterms:W3CDTF">{created}</dcterms:{name}>'
        for name in ("created", "modified")
    )
    return (
        f'{HEAD}<cp:coreProperties xmlns:cp="{_PACKAGE}/metadata/core-properties"'
        ' xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/dc/terms/"'
        ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
        f"<dc:title>{title}</dc:title><dc:subject>{subject}</dc:subject>"
        f"<dc:creator>Procureflow</dc:creator><dc:language>en-US</dc:language>{dates}"
        "</cp:coreProperties>"
    )


def document_xml(layout: Layout) -> str:
    """`word/document.xml` of one template."""
    bodies = {
        Layout.REPORT: _report,
        Layout.PLAN_LANDSCAPE: _report,
        Layout.FORM: _form,
        Layout.NOTICE: _banded,
        Layout.SECTION: _banded,
        Layout.LETTER: _letter,
    }
    return f"{HEAD}<w:document {NAMESPACES}><w:body>{bodies[layout](layout)}</w:body></w:document>"


def _report(layout: Layout) -> str:
    size = _LANDSCAPE if layout is Layout.PLAN_LANDSCAPE else _PORTRAIT
    entries = (
        ("Instrument number", "piid"),
        ("Prepared by", "office"),
        ("Version", "version"),
        ("Date", "date"),
    )
    return (
        paragraph("CoverAgency", "{{ agency }}")
        + paragraph("CoverOffice", "{{ office }}")
        + paragraph("Title", "{{ title }}")
        + paragraph("Subtitle", "{{ subtitle }}")
        + "".join(_entry("CoverEntry", label, name) for label, name in entries)
        + paragraph("ContentsTitle", "Contents")
        + paragraph("Normal", "{{p contents }}")
        + '<w:p><w:pPr><w:pStyle w:val="TableGap"/>'
        + _page(_PORTRAIT, 1440, foot="footer3", first=True)
        + "</w:pPr></w:p>"
        + paragraph("Normal", "{{p body }}")
        + _signatures(paragraph("SignatureTitle", "Signatures"))
        + _page(size, (size[0] - text_width(layout)) // 2)
    )


def _form(layout: Layout) -> str:
    rows = (
        ("Project", "subtitle"),
        ("Instrument number", "piid"),
        ("Agency", "agency"),
        ("Office", "office"),
        ("Version", "version"),
        ("Date", "date"),
    )
    return (
        paragraph("BandTitle", "{{ title }}\t{{ form_number }}")
        + _identification(text_width(layout), rows)
        + paragraph("TableGap")
        + paragraph("Normal", "{{p body }}")
        + _signatures()
        + paragraph("FormDistribution", "{{ distribution }}")
        + _page(_PORTRAIT, 1080)
    )


def _identification(width: int, rows: tuple[tuple[str, str], ...]) -> str:
    first = 2400
    grid = f'<w:gridCol w:w="{first}"/><w:gridCol w:w="{width - first}"/>'

    def row(cells: tuple[str, str], style: str, flag: str = "") -> str:
        xml = "".join(
            f'<w:tc><w:tcPr><w:tcW w:w="{cell_width}" w:type="dxa"/></w:tcPr>'
            f"{paragraph(style, text)}</w:tc>"
            for text, cell_width in zip(cells, (first, width - first), strict=True)
        )
        return f"<w:tr><w:trPr><w:cantSplit/>{flag}</w:trPr>{xml}</w:tr>"

    body = "".join(
        row((f"{{%tr if {name} %}}", ""), "TableText")
        + row((label, f"{{{{ {name} }}}}"), "TableText")
        + row(("{%tr endif %}", ""), "TableText")
        for label, name in rows
    )
    return (
        '<w:tbl><w:tblPr><w:tblStyle w:val="HouseTable"/>'
        f'<w:tblW w:w="{width}" w:type="dxa"/><w:tblLayout w:type="fixed"/>'
        '<w:tblLook w:val="0420" w:firstRow="1" w:lastRow="0" w:firstColumn="0"'
        ' w:lastColumn="0" w:noHBand="0" w:noVBand="1"/></w:tblPr>'
        f"<w:tblGrid>{grid}</w:tblGrid>"
        f"{row(('Identification', 'Entry'), 'TableHeading', '<w:tblHeader/>')}{body}</w:tbl>"
    )


def _banded(_: Layout) -> str:
    entries = (("Instrument number", "piid"), ("Issued by", "office"), ("Date", "date"))
    return (
        paragraph("BandTitle", "{{ title }}")
        + paragraph("BandSubtitle", "{{ subtitle }}")
        + paragraph("BandEntry", _bold("Agency"), "\t{{ agency }}")
        + "".join(_entry("BandEntry", label, name) for label, name in entries)
        + paragraph("BandEnd")
        + paragraph("Normal", "{{p body }}")
        + _signatures()
        + _page(_PORTRAIT, 1440)
    )


def _letter(_: Layout) -> str:
    return (
        paragraph("LetterheadAgency", "{{ agency }}")
        + paragraph("LetterheadOffice", "{{ office }}")
        + paragraph("LetterLine", "{{ date }}")
        + _when("recipient", paragraph("LetterLine", "{{ recipient }}"))
        + _entry("LetterReference", "Reference:", "piid")
        + paragraph("LetterSubject", _bold("Subject:"), "\t{{ title }}, {{ subtitle }}")
        + paragraph("Normal", "{{p body }}")
        + _signatures(paragraph("Closing", "Sincerely,"))
        + _page(_PORTRAIT, 1440)
    )


def _signatures(opening: str = "") -> str:
    block = _when(
        "signers",
        opening,
        paragraph("Normal", "{%p for signer in signers %}"),
        paragraph(
            "SignatureLine", "Signature recorded electronically\tDate recorded electronically"
        ),
        paragraph("SignatureName", "{{ signer.name }}"),
        paragraph("SignaturePosition", "{{ signer.position }}"),
        paragraph("Normal", "{%p endfor %}"),
    )
    return (
        paragraph("Normal", "{{p signatures_begin }}")
        + block
        + paragraph("Normal", "{{p signatures_end }}")
    )


def frames_of(layout: Layout) -> dict[str, str]:
    """Headers and footers by part name; their relationship ids are `frame_id`."""
    frames = {
        "header1": _frame("hdr", paragraph("Header", "{{ marking }}")),
        "footer1": _frame("ftr", _footer(text_width(layout))),
    }
    if has_contents(layout):
        front = paragraph("Distribution", "{{ distribution }}") + _marking()
        frames["footer2"] = _frame("ftr", front)
        frames["footer3"] = _frame("ftr", _footer(_PORTRAIT_TEXT))
    return frames


def frame_id(name: str) -> str:
    """The relationship id of a header or footer part."""
    return f"rId{name.title()}"


def _frame(tag: str, inner: str) -> str:
    return f"{HEAD}<w:{tag} {NAMESPACES}>{inner}</w:{tag}>"


def _footer(width: int) -> str:
    stops = f'<w:tabs><w:tab w:val="right" w:pos="{width}"/></w:tabs>'
    return (
        f'<w:p><w:pPr><w:pStyle w:val="Footer"/>{stops}</w:pPr>'
        + _run("{{ footer }}\tPage ")
        + field("PAGE", "1")
        + _run(" of ")
        + field("NUMPAGES", "1")
        + "</w:p>"
        + _marking()
    )


def _marking() -> str:
    return paragraph("FooterMarking", "{{ marking }}")


def _page(size: tuple[int, int], side: int, *, foot: str = "footer1", first: bool = False) -> str:
    references = [("header", "default", "header1"), ("footer", "default", foot)]
    if first:
        references += [("header", "first", "header1"), ("footer", "first", "footer2")]
    xml = "".join(
        f'<w:{kind}Reference w:type="{page}" r:id="{frame_id(part)}"/>'
        for kind, page, part in references
    )
    turned = ' w:orient="landscape"' if size == _LANDSCAPE else ""
    return (
        f'<w:sectPr>{xml}<w:type w:val="nextPage"/>'
        f'<w:pgSz w:w="{size[0]}" w:h="{size[1]}"{turned}/>'
        f'<w:pgMar w:top="1300" w:right="{side}" w:bottom="1300" w:left="{side}"'
        ' w:header="560" w:footer="500" w:gutter="0"/>'
        f"{'<w:titlePg/>' if first else ''}</w:sectPr>"
    )
