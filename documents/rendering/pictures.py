"""Computed drawings as pictures of a document: plain SVG, drawn as PNG for DOCX and PDF.

What is drawn is what the product's own charts consist of: rectangles, lines, paths of straight
pieces and text. Anything else is refused, so a drawing never shows half of itself.
"""

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from xml.etree import ElementTree
from xml.sax.saxutils import quoteattr

from PIL import Image, ImageDraw, ImageFont

from documents.rendering.errors import UnsupportedMarkdown

INFO = "svg"
"""The word after the fence that makes a code block a drawing."""
_PIXELS_PER_UNIT = 3
_EMU_PER_TWIP = 635
_LARGEST = 4_000
"""Units of width or height."""
_NAMESPACE = "{http://www.w3.org/2000/svg}"
_SILENT = ("title", "desc")
_PIECE = re.compile(r"([MLlZ])\s*(-?[\d.]+)?[\s,]*(-?[\d.]+)?")
_NUMBER = r"-?\d+(?:\.\d+)?"


@dataclass(frozen=True, slots=True)
class Picture:
    """One drawing, ready to be put into a DOCX."""

    number: int
    png: bytes
    width: int
    height: int
    """Units of the drawing."""
    description: str
    """In words, for those who cannot see it."""

    @property
    def part(self) -> str:
        return f"word/media/picture{self.number}.png"

    @property
    def relationship(self) -> str:
        return f"rIdPicture{self.number}"

    def run(self, text_width: int) -> str:
        """The run that shows it as wide as a text column of ``text_width`` twips."""
        width = text_width * _EMU_PER_TWIP
        height = width * self.height // self.width
        extent = f'cx="{width}" cy="{height}"'
        described = quoteattr(self.description)
        return (
            "<w:r><w:drawing>"
            '<wp:inline xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/'
            'wordprocessingDrawing" distT="0" distB="0" distL="0" distR="0">'
            f'<wp:extent {extent}/><wp:docPr id="{self.number}" name="Picture {self.number}" '
            f"descr={described}/>"
            '<a:graphic xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main">'
            '<a:graphicData uri="http://schemas.openxmlformats.org/drawingml/2006/picture">'
            '<pic:pic xmlns:pic="http://schemas.openxmlformats.org/drawingml/2006/picture">'
            f'<pic:nvPicPr><pic:cNvPr id="{self.number}" name="picture{self.number}.png"/>'
            "<pic:cNvPicPr/></pic:nvPicPr><pic:blipFill>"
            '<a:blip xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships" '
            f'r:embed="{self.relationship}"/><a:stretch><a:fillRect/></a:stretch></pic:blipFill>'
            f'<pic:spPr><a:xfrm><a:off x="0" y="0"/><a:ext {extent}/></a:xfrm>'
            '<a:prstGeom prst="rect"><a:avLst/></a:prstGeom></pic:spPr></pic:pic>'
            "</a:graphicData></a:graphic></wp:inline></w:drawing></w:r>"
        )


def picture(svg: str, number: int) -> Picture:
    """Draw it; equal drawings give equal bytes. Raises UnsupportedMarkdown."""
    if "<!" in svg:
        raise UnsupportedMarkdown("a drawing declares a document type or entities")
    try:
        root = ElementTree.fromstring(svg)
    except ElementTree.ParseError as error:
        raise UnsupportedMarkdown(f"a drawing is no SVG: {error}") from error
    width, height = (int(float(root.get(side) or 0)) for side in ("width", "height"))
    if root.tag != f"{_NAMESPACE}svg" or not (0 < width <= _LARGEST and 0 < height <= _LARGEST):
        raise UnsupportedMarkdown(f"a drawing needs a width and a height of at most {_LARGEST}")
    description = next((found.text or "" for found in root.iter(f"{_NAMESPACE}desc")), "")
    return Picture(number, _png(svg, width, height), width, height, " ".join(description.split()))


@lru_cache(maxsize=16)
def _png(svg: str, width: int, height: int) -> bytes:
    """A draft, and the same text with page numbers, show the same drawing."""
    size = width * _PIXELS_PER_UNIT, height * _PIXELS_PER_UNIT
    image = Image.new("RGB", size, "#ffffff")
    canvas = ImageDraw.Draw(image)
    for element in _drawn(ElementTree.fromstring(svg)):
        _draw(canvas, element)
    written = io.BytesIO()
    # No palette: the embedded converter leaves out pictures of less than 8 bits.
    image.save(written, "PNG", optimize=True)
    return written.getvalue()


def _drawn(parent: ElementTree.Element) -> Iterator[ElementTree.Element]:
    for element in parent:
        name = str(element.tag).removeprefix(_NAMESPACE)
        if name == "g":
            yield from _drawn(element)
        elif name not in _SILENT:
            yield element


def _draw(canvas: ImageDraw.ImageDraw, element: ElementTree.Element) -> None:
    fill, stroke = _color(element.get("fill")), _color(element.get("stroke"))
    thick = max(1, round(_at(element, "stroke-width", 1.0)))
    match str(element.tag).removeprefix(_NAMESPACE):
        case "rect":
            x, y = _at(element, "x"), _at(element, "y")
            corner = x + _at(element, "width"), y + _at(element, "height")
            canvas.rectangle(((x, y), corner), fill, stroke, thick if stroke else 0)
        case "line":
            ends = [(_at(element, f"x{end}"), _at(element, f"y{end}")) for end in "12"]
            dashes = [float(part) for part in (element.get("stroke-dasharray") or "").split()]
            for start, stop in _dashed(ends[0], ends[1], dashes):
                canvas.line((start, stop), stroke, thick)
        case "path":
            canvas.polygon(list(_points(element.get("d") or "")), fill, stroke)
        case "text":
            bold = element.get("font-weight") == "bold"
            canvas.text(
                (_at(element, "x"), _at(element, "y")),
                element.text or "",
                fill or "#000000",
                _font(round(_at(element, "font-size", 12.0))),
                anchor="rs" if element.get("text-anchor") == "end" else "ls",
                stroke_width=1 if bold else 0,
            )
        case name:
            raise UnsupportedMarkdown(f"a drawing holds <{name}>: use rect, line, path and text")


def _at(element: ElementTree.Element, name: str, default: float = 0.0) -> float:
    """A length in pixels."""
    value = element.get(name) or str(default)
    if not re.fullmatch(_NUMBER, value):
        raise UnsupportedMarkdown(f"a drawing has {name}={value!r}: write a plain number")
    return float(value) * _PIXELS_PER_UNIT


def _color(value: str | None) -> str | None:
    return None if value in (None, "none") else value


def _dashed(
    start: tuple[float, float], stop: tuple[float, float], dashes: list[float]
) -> Iterator[tuple[tuple[float, float], tuple[float, float]]]:
    """The strokes of a line; a pattern is followed on horizontal lines only."""
    if len(dashes) != 2 or start[1] != stop[1]:
        yield start, stop
        return
    on, off = (length * _PIXELS_PER_UNIT for length in dashes)
    x = start[0]
    while x < stop[0]:
        yield (x, start[1]), (min(x + on, stop[0]), stop[1])
        x += on + off


def _points(path: str) -> Iterator[tuple[float, float]]:
    x = y = 0.0
    for command, first, second in _PIECE.findall(path):
        if command == "Z":
            continue
        step = float(first) * _PIXELS_PER_UNIT, float(second) * _PIXELS_PER_UNIT
        x, y = (x + step[0], y + step[1]) if command == "l" else step
        yield x, y


@lru_cache(maxsize=16)
def _font(pixels: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(pixels)
