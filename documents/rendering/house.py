"""Builds the templates of the house: `python -m documents.rendering.house`.

Each `documents/templates/<layout>.docx` is a docxtpl template. Its variables are the fields of
`Cover`, `footer` (the left foot line), `contents` (where the table of contents goes, if any) and
`body`. An agency may put its own file in the place of one, with the same variables and the same
style names. Building twice gives the same bytes; a test compares them with what is committed.
"""

from pathlib import Path

from documents.rendering.archive import write_archive
from documents.rendering.house_styles import NAMESPACES, numbering_xml, styles_xml
from documents.rendering.layout import Layout

TEMPLATES = Path(__file__).resolve().parent.parent / "templates"

_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml"
_PORTRAIT = (12240, 15840)
_LANDSCAPE = (15840, 12240)


def template_path(layout: Layout) -> Path:
    """Where the template of a layout is committed."""
    return TEMPLATES / f"{layout.value}.docx"


def build_template(layout: Layout) -> bytes:
    """The template of one layout as DOCX bytes."""
    frames = {
        "header1": _header(),
        "footer1": _footer(layout.text_width),
        "header2": _header(),
        "footer2": _first_footer(layout),
        "footer3": _footer(9360),
    }
    parts = {
        "[Content_Types].xml": _content_types(tuple(frames)),
        "_rels/.rels": _relationships(
            ("officeDocument", "word/document.xml"), ("extended-properties", "docProps/app.xml")
        ).replace(
            "</Relationships>",
            f'<Relationship Id="rId9" Type="{_PACKAGE}/relationships/metadata/core-properties"'
            ' Target="docProps/core.xml"/></Relationships>',
        ),
        "docProps/app.xml": f"{_HEAD}<Properties xmlns="
        '"http://schemas.openxmlformats.org/officeDocument/2006/extended-properties"/>',
        "docProps/core.xml": core_properties(title="", subject="", created="2000-01-01T00:00:00Z"),
        "word/document.xml": _document(layout),
        "word/styles.xml": styles_xml(layout),
        "word/numbering.xml": numbering_xml(layout),
        "word/settings.xml": _settings(),
        "word/_rels/document.xml.rels": _relationships(
            ("styles", "styles.xml"),
            ("numbering", "numbering.xml"),
            ("settings", "settings.xml"),
            *((name.rstrip("123"), f"{name}.xml") for name in frames),
        ),
        **{f"word/{name}.xml": xml for name, xml in frames.items()},
    }
    return write_archive({name: xml.encode() for name, xml in parts.items()})


def core_properties(*, title: str, subject: str, created: str) -> str:
    """`docProps/core.xml`; `title` and `subject` already escaped, `created` in ISO 8601 UTC."""
    dates = "".join(
        f'<dcterms:{name} xsi:type="dcterms:W3CDTF">{created}</dcterms:{name}>'
        for name in ("created", "modified")
    )
    return (
        f'{_HEAD}<cp:coreProperties xmlns:cp="{_PACKAGE}/metadata/core-properties"'
        ' xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/dc/terms/"'
        ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
        f"<dc:title>{title}</dc:title><dc:subject>{subject}</dc:subject>"
        f"<dc:creator>Procureflow</dc:creator><dc:language>en-US</dc:language>{dates}"
        "</cp:coreProperties>"
    )


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


def _document(layout: Layout) -> str:
    bodies = {
        Layout.REPORT: _report,
        Layout.PLAN_LANDSCAPE: _report,
        Layout.FORM: _form,
        Layout.NOTICE: _notice,
        Layout.SECTION: _section,
        Layout.LETTER: _letter,
    }
    return f"{_HEAD}<w:document {NAMESPACES}><w:body>{bodies[layout](layout)}</w:body></w:document>"


def _report(layout: Layout) -> str:
    size = _LANDSCAPE if layout is Layout.PLAN_LANDSCAPE else _PORTRAIT
    front_foot = "footer3" if layout is Layout.PLAN_LANDSCAPE else "footer1"
    entries = (
        ("Instrument", "piid"),
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
        + _page(_PORTRAIT, 1440, foot=front_foot, first=True)
        + "</w:pPr></w:p>"
        + paragraph("Normal", "{{p body }}")
        + _signatures("Signatures")
        + _page(size, (size[0] - layout.text_width) // 2)
    )


def _form(layout: Layout) -> str:
    rows = (
        ("Project", "subtitle"),
        ("Instrument", "piid"),
        ("Agency", "agency"),
        ("Office", "office"),
        ("Version and date", "version"),
    )
    return (
        paragraph("BandTitle", "{{ title }}\t{{ form_number }}")
        + paragraph("BandEnd")
        + _identification(layout.text_width, rows)
        + paragraph("TableGap")
        + paragraph("Normal", "{{p body }}")
        + _signatures("")
        + paragraph("Distribution", "{{ distribution }}")
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


def _notice(_: Layout) -> str:
    return _banded(("Instrument", "piid"), ("Issued by", "office"), ("Date", "date"))


def _section(_: Layout) -> str:
    return _banded(("Instrument", "piid"), ("Issued by", "office"), ("Date", "date"))


def _banded(*entries: tuple[str, str]) -> str:
    return (
        paragraph("BandTitle", "{{ title }}")
        + paragraph("BandSubtitle", "{{ subtitle }}")
        + paragraph("BandEntry", _bold("Agency"), "\t{{ agency }}")
        + "".join(_entry("BandEntry", label, name) for label, name in entries)
        + paragraph("BandEnd")
        + paragraph("Normal", "{{p body }}")
        + _signatures("")
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
        + _when("signers", paragraph("Closing", "Sincerely,"))
        + _signatures("")
        + _page(_PORTRAIT, 1440)
    )


def _signatures(title: str) -> str:
    heading = paragraph("SignatureTitle", title) if title else ""
    return _when(
        "signers",
        heading,
        paragraph("Normal", "{%p for signer in signers %}"),
        paragraph(
            "SignatureLine", "Signature recorded electronically\tDate recorded electronically"
        ),
        paragraph("SignatureName", "{{ signer.name }}"),
        paragraph("SignaturePosition", "{{ signer.position }}"),
        paragraph("Normal", "{%p endfor %}"),
    )


def _header() -> str:
    return f"{_HEAD}<w:hdr {NAMESPACES}>{paragraph('Header', '{{ marking }}')}</w:hdr>"


def _footer(width: int) -> str:
    stops = f'<w:tabs><w:tab w:val="right" w:pos="{width}"/></w:tabs>'
    line = (
        f'<w:p><w:pPr><w:pStyle w:val="Footer"/>{stops}</w:pPr>'
        + _run("{{ footer }}\tPage ")
        + field("PAGE", "1")
        + _run(" of ")
        + field("NUMPAGES", "1")
        + "</w:p>"
    )
    marking = paragraph("FooterMarking", "{{ marking }}")
    return f"{_HEAD}<w:ftr {NAMESPACES}>{line}{marking}</w:ftr>"


def _first_footer(layout: Layout) -> str:
    del layout
    inner = paragraph("Distribution", "{{ distribution }}") + paragraph(
        "FooterMarking", "{{ marking }}"
    )
    return f"{_HEAD}<w:ftr {NAMESPACES}>{inner}</w:ftr>"


def _page(size: tuple[int, int], side: int, *, foot: str = "footer1", first: bool = False) -> str:
    numbers = {"header1": 4, "footer1": 5, "header2": 6, "footer2": 7, "footer3": 8}
    references = [("header", "default", "header1"), ("footer", "default", foot)]
    if first:
        references += [("header", "first", "header2"), ("footer", "first", "footer2")]
    xml = "".join(
        f'<w:{kind}Reference w:type="{page}" r:id="rId{numbers[part]}"/>'
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


def _settings() -> str:
    return (
        f'{_HEAD}<w:settings {NAMESPACES}><w:zoom w:percent="100"/>'
        '<w:defaultTabStop w:val="720"/><w:characterSpacingControl w:val="doNotCompress"/>'
        '<w:compat><w:compatSetting w:name="compatibilityMode"'
        ' w:uri="http://schemas.microsoft.com/office/word" w:val="15"/></w:compat>'
        '<w:themeFontLang w:val="en-US"/></w:settings>'
    )


def _content_types(frames: tuple[str, ...]) -> str:
    kinds = {
        "/word/document.xml": f"{_WORD}.document.main+xml",
        "/word/styles.xml": f"{_WORD}.styles+xml",
        "/word/numbering.xml": f"{_WORD}.numbering+xml",
        "/word/settings.xml": f"{_WORD}.settings+xml",
        "/docProps/core.xml": "application/vnd.openxmlformats-package.core-properties+xml",
        "/docProps/app.xml": "application/vnd.openxmlformats-officedocument.extended-properties"
        "+xml",
        **{f"/word/{name}.xml": f"{_WORD}.{name.rstrip('123')}+xml" for name in frames},
    }
    overrides = "".join(
        f'<Override PartName="{name}" ContentType="{kind}"/>' for name, kind in kinds.items()
    )
    return (
        f'{_HEAD}<Types xmlns="{_PACKAGE}/content-types">'
        '<Default Extension="rels"'
        ' ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Default Extension="xml" ContentType="application/xml"/>{overrides}</Types>'
    )


def _relationships(*targets: tuple[str, str]) -> str:
    inner = "".join(
        f'<Relationship Id="rId{number}" Type="{_OFFICE}/{kind}" Target="{target}"/>'
        for number, (kind, target) in enumerate(targets, start=1)
    )
    return f'{_HEAD}<Relationships xmlns="{_PACKAGE}/relationships">{inner}</Relationships>'


def main() -> None:
    """Write every template to its committed place."""
    TEMPLATES.mkdir(exist_ok=True)
    for layout in Layout:
        template_path(layout).write_bytes(build_template(layout))


if __name__ == "__main__":
    main()
