"""Builds the templates of the house: `python -m documents.rendering.house`.

Each `documents/templates/<layout>.docx` is a docxtpl template. Its variables are the fields of
`Cover`, `footer` (the left foot line), `contents` (where the table of contents goes, if any) and
`body`; `signatures_begin` and `signatures_end` enclose the signature block, so that a text can
call it to another place. An agency may put its own file in the place of one, with the same
variables and the same style names. Building twice gives the same bytes; a test compares them with
what is committed.
"""

from documents.rendering.archive import write_archive
from documents.rendering.house_pages import core_properties, document_xml, frame_id, frames_of
from documents.rendering.house_styles import HEAD, NAMESPACES, numbering_xml, styles_xml
from documents.rendering.layout import template_of
from documents.vocabulary import Layout

_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml"


def build_template(layout: Layout) -> bytes:
    """The template of one layout as DOCX bytes."""
    frames = frames_of(layout)
    parts = {
        "[Content_Types].xml": _content_types(tuple(frames)),
        "_rels/.rels": _relationships(
            ("rId1", f"{_OFFICE}/officeDocument", "word/document.xml"),
            ("rId2", f"{_PACKAGE}/relationships/metadata/core-properties", "docProps/core.xml"),
            ("rId3", f"{_OFFICE}/extended-properties", "docProps/app.xml"),
        ),
        "docProps/app.xml": f"{HEAD}<Properties xmlns="
        '"http://schemas.openxmlformats.org/officeDocument/2006/extended-properties"/>',
        "docProps/core.xml": core_properties(title="", subject="", created="2000-01-01T00:00:00Z"),
        "word/document.xml": document_xml(layout),
        "word/styles.xml": styles_xml(layout),
        "word/numbering.xml": numbering_xml(layout),
        "word/settings.xml": _settings(),
        "word/_rels/document.xml.rels": _relationships(
            ("rId1", f"{_OFFICE}/styles", "styles.xml"),
            ("rId2", f"{_OFFICE}/numbering", "numbering.xml"),
            ("rId3", f"{_OFFICE}/settings", "settings.xml"),
            *(
                (frame_id(name), f"{_OFFICE}/{name.rstrip('123')}", f"{name}.xml")
                for name in frames
            ),
        ),
        **{f"word/{name}.xml": xml for name, xml in frames.items()},
    }
    return write_archive({name: xml.encode() for name, xml in parts.items()})


def _settings() -> str:
    return (
        f'{HEAD}<w:settings {NAMESPACES}><w:zoom w:percent="100"/>'
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
        f'{HEAD}<Types xmlns="{_PACKAGE}/content-types">'
        '<Default Extension="rels"'
        ' ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Default Extension="xml" ContentType="application/xml"/>{overrides}</Types>'
    )


def _relationships(*relationships: tuple[str, str, str]) -> str:
    inner = "".join(
        f'<Relationship Id="{identity}" Type="{kind}" Target="{target}"/>'
        for identity, kind, target in relationships
    )
    return f'{HEAD}<Relationships xmlns="{_PACKAGE}/relationships">{inner}</Relationships>'


def main() -> None:
    """Write every template to its committed place."""
    for layout in Layout:
        template_of(layout).write_bytes(build_template(layout))


if __name__ == "__main__":
    main()
