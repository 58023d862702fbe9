"""Computed drawings in documents: whole, the same every time, and described for the blind."""

import io
from importlib import import_module
from typing import Any
from xml.etree import ElementTree

import docx
import pytest
from PIL import Image

from documents.gantt import gantt
from documents.rendering import EmbeddedConverter, UnsupportedMarkdown, check_markdown, render
from documents.rendering.pictures import picture
from documents.timeline import timeline
from documents.vocabulary import Layout
from tests.documents.acquisitions import alms
from tests.documents.rendering_samples import cover_of

SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="100" height="50">'
    "<title>A chart</title><desc>One bar &amp; its name</desc>"
    '<rect width="100" height="50" fill="#ffffff"/>{}</svg>'
)
BAR = '<g><title>tip</title><rect x="10" y="10" width="60" height="20" fill="#1f4e79"/></g>'


BLUE = 0x1F, 0x4E, 0x79


def text(svg: str) -> str:
    return f"# Schedule\n\nThe chart:\n\n```svg\n{svg}\n```\n\nThe end.\n"


def test_a_drawing_becomes_the_same_picture_every_time() -> None:
    first, second = picture(SVG.format(BAR), 1), picture(SVG.format(BAR), 1)
    assert first.png == second.png
    image = Image.open(io.BytesIO(first.png)).convert("RGB")
    assert image.size == (300, 150)
    assert image.getpixel((90, 60)) == BLUE
    assert image.getpixel((290, 140)) == (255, 255, 255)
    assert first.description == "One bar & its name"


@pytest.mark.parametrize(
    ("drawing", "words"),
    [
        (SVG.format("<circle r='5'/>"), "holds <circle>"),
        (SVG.format("<image href='x.png'/>"), "holds <image>"),
        (SVG.format("<rect x='1e9' width='1' height='1'/>"), "write a plain number"),
        (SVG.format("<rect"), "is no SVG"),
        ('<!DOCTYPE svg [<!ENTITY a "b">]>' + SVG.format(""), "document type"),
        (SVG.format("").replace('width="100"', 'width="100000"', 1), "at most"),
        ("<html/>", "a width and a height"),
    ],
)
def test_what_cannot_be_drawn_whole_is_refused(drawing: str, words: str) -> None:
    with pytest.raises(UnsupportedMarkdown, match=words):
        check_markdown(text(drawing))


def test_a_document_shows_the_drawing_with_its_description() -> None:
    converter = EmbeddedConverter()
    rendered = render(text(SVG.format(BAR)), cover_of(Layout.REPORT), converter)
    converter.close()
    opened: Any = docx.Document(io.BytesIO(rendered.docx))
    (shape,) = opened.inline_shapes
    assert shape._inline.docPr.get("descr") == "One bar & its name"
    assert shape.width == 2 * shape.height
    stored = [part for part in opened.part.package.iter_parts() if part.partname.endswith(".png")]
    assert len(stored) == 1
    pdfium: Any = import_module("pypdfium2")
    shown = {
        color
        for page in pdfium.PdfDocument(rendered.pdf)
        for _, color in page.render(scale=1).to_pil().convert("RGB").getcolors(1 << 24)
    }
    assert BLUE in shown, "the PDF shows the drawing too"


def test_every_mark_of_the_schedule_is_drawn() -> None:
    chart = gantt(timeline(alms()), "ALMS")
    drawn = picture(chart, 1)
    image = Image.open(io.BytesIO(drawn.png)).convert("RGB")
    colors = {color for _, color in image.getcolors(1 << 24) or ()}
    assert (0x9B, 0xB8, 0xD3) in colors, "bars"
    assert (0x8A, 0x1C, 0x1C) in colors, "the critical path"
    assert "Award on 2 September 2027" in drawn.description
    assert ElementTree.fromstring(chart).get("width") == str(drawn.width)
