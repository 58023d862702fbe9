"""What surrounds a document's text: the template family, the cover data and who signs."""

from pathlib import Path

from pydantic import BaseModel, ConfigDict

from documents.vocabulary import Layout

TEMPLATES = Path(__file__).resolve().parent.parent / "templates"
"""One template for each layout, and one for each document type that has its own."""

_TEXT_WIDTHS = {
    Layout.REPORT: 9360,
    Layout.PLAN_LANDSCAPE: 13680,
    Layout.FORM: 10080,
    Layout.NOTICE: 9360,
    Layout.SECTION: 9360,
    Layout.LETTER: 9360,
}


def template_of(layout: Layout, code: str = "") -> Path:
    """The template of a document type: its own ``<code>.docx``, or the one of its layout.

    An own template has the variables, the style names and the text width of its layout.
    """
    own = TEMPLATES / f"{code}.docx"
    return own if code and own.is_file() else TEMPLATES / f"{layout.value}.docx"


def has_contents(layout: Layout) -> bool:
    """Whether a template carries a table of contents, hence needs two conversions."""
    return layout in (Layout.REPORT, Layout.PLAN_LANDSCAPE)


def text_width(layout: Layout) -> int:
    """Width of the body text in twips (1/1440 inch)."""
    return _TEXT_WIDTHS[layout]


class Signer(BaseModel):
    """A person whose decision is recorded electronically beside the document."""

    model_config = ConfigDict(frozen=True)

    name: str
    position: str
    """The capacity printed under the name, e.g. `Contracting Officer`."""


class Cover(BaseModel):
    """Everything a document shows around its text; all values are printed literally."""

    model_config = ConfigDict(frozen=True)

    layout: Layout
    code: str
    """The catalogue's short name, e.g. `pws`."""
    title: str
    subtitle: str
    """The project's title."""
    agency: str
    office: str
    piid: str
    """The procurement instrument identifier, FAR 4.16; empty until one is assigned."""
    marking: str
    """The banner on every page, e.g. `CUI`."""
    version: str
    date: str
    """A long date, already formatted: `November 22, 2026`."""
    distribution: str
    """The distribution statement, DoDI 5230.24."""
    signers: tuple[Signer, ...]
    form_number: str = ""
    recipient: str = ""
    """The addressee of a letter; line breaks are kept."""
