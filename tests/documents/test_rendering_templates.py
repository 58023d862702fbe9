"""The committed templates are what the house builds, and hold what the renderer fills."""

import io
import re
import zipfile
from xml.etree import ElementTree

import pytest
import rdocx

from documents.rendering import Cover, Layout, render_docx
from documents.rendering.house import build_template
from documents.rendering.layout import has_contents, template_of
from tests.documents.rendering_samples import TEXTS, cover_of

OWN_VARIABLES = {"footer", "contents", "body", "signatures_begin", "signatures_end", "signer"}


def parts(docx: bytes) -> dict[str, str]:
    with zipfile.ZipFile(io.BytesIO(docx)) as archive:
        return {name: archive.read(name).decode() for name in archive.namelist()}


@pytest.mark.parametrize("layout", Layout)
def test_the_committed_template_is_the_built_one(layout: Layout) -> None:
    assert template_of(layout).read_bytes() == build_template(layout), (
        f"{template_of(layout).name} is out of date: run `python -m documents.rendering.house`"
    )


@pytest.mark.parametrize("layout", Layout)
def test_a_template_asks_only_for_what_the_renderer_gives(layout: Layout) -> None:
    text = " ".join(parts(template_of(layout).read_bytes()).values())
    asked = set(re.findall(r"\{\{p? (\w+)", text)) | set(re.findall(r"\{%\w* if (\w+)", text))
    assert asked <= set(Cover.model_fields) | OWN_VARIABLES
    assert "body" in asked
    assert ("contents" in asked) == has_contents(layout)


@pytest.mark.parametrize("layout", Layout)
def test_every_style_and_number_used_exists(layout: Layout) -> None:
    files = parts(render_docx(TEXTS[layout], cover_of(layout)))
    stories = " ".join(xml for name, xml in files.items() if name != "word/styles.xml")
    known = set(re.findall(r'w:styleId="(\w+)"', files["word/styles.xml"]))
    used = set(re.findall(r'<w:(?:pStyle|tblStyle) w:val="(\w+)"', stories))
    assert used <= known, f"styles {used - known} are missing in the template {layout}"
    numbers = set(re.findall(r'<w:numId w:val="(\d+)"', stories))
    assert numbers <= set(re.findall(r'<w:num w:numId="(\d+)"', files["word/numbering.xml"]))


@pytest.mark.parametrize("layout", Layout)
def test_a_rendered_document_is_valid(layout: Layout) -> None:
    report = rdocx.validate_bytes(render_docx(TEXTS[layout], cover_of(layout)))
    errors = [finding.message for finding in report.findings if finding.severity != "warning"]
    assert not errors


ORDER = {
    "pPr": "pStyle keepNext keepLines pageBreakBefore framePr widowControl numPr pBdr shd tabs"
    " spacing ind contextualSpacing jc outlineLvl rPr sectPr",
    "rPr": "rStyle rFonts b bCs i iCs caps smallCaps strike color sz szCs u lang",
    "pBdr": "top left bottom right between bar",
    "tblPr": "tblStyle tblStyleRowBandSize tblW jc tblInd tblBorders tblLayout tblCellMar tblLook",
    "tblBorders": "top left bottom right insideH insideV",
    "tblCellMar": "top left bottom right",
    "tcPr": "tcW gridSpan vMerge tcBorders shd vAlign",
    "tbl": "tblPr tblGrid tr",
    "tc": "tcPr p",
    "style": "name basedOn next qFormat pPr rPr tblPr tcPr tblStylePr",
    "lvl": "start numFmt pStyle lvlText lvlJc pPr rPr",
    "numbering": "abstractNum num",
    "sectPr": "headerReference footerReference type pgSz pgMar titlePg",
    "settings": "zoom defaultTabStop characterSpacingControl compat themeFontLang",
    "styles": "docDefaults style",
}


@pytest.mark.parametrize("layout", Layout)
def test_elements_stand_in_the_order_of_the_schema(layout: Layout) -> None:
    files = parts(render_docx(TEXTS[layout], cover_of(layout)))
    for name, xml in files.items():
        if not name.startswith("word/") or not name.endswith(".xml"):
            continue
        for element in ElementTree.fromstring(xml).iter():
            order = ORDER.get(local(element), "").split()
            children = [local(child) for child in element]
            if order:
                assert set(children) <= set(order), f"{name}: {local(element)} holds {children}"
                positions = [order.index(child) for child in children]
                if local(element) == "sectPr":
                    positions = [max(position, 1) for position in positions]
                assert positions == sorted(positions), (
                    f"{name}: {local(element)} holds {children}; Word calls such a file corrupt"
                )


@pytest.mark.parametrize("layout", Layout)
def test_a_document_does_not_end_in_a_table(layout: Layout) -> None:
    cover = cover_of(layout, signers=())
    body = ElementTree.fromstring(
        parts(render_docx("| A |\n|---|\n| b |", cover))["word/document.xml"]
    )[0]
    assert [local(child) for child in body][-2:] == ["p", "sectPr"], (
        "Word needs a paragraph after the last table"
    )


def local(element: ElementTree.Element) -> str:
    return element.tag.rpartition("}")[2]
