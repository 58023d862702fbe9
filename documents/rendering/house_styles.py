"""The house look: `styles.xml` and `numbering.xml` of every template."""

from documents.rendering.layout import text_width
from documents.vocabulary import Layout

HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
NAMESPACES = (
    'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
    ' xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
)
INK = "1F3864"
TEXT_GRAY = "505A68"
HAIRLINE = "B8C2D3"
ZEBRA = "F1F4F9"
BANNER = "9C1C1C"
FONT = "Arial"

HEADINGS, BULLETS, NUMBERS = 1, 2, 3
"""Numbering definitions: `w:abstractNumId` and the `w:numId` that uses it."""

_NUMBERED = (Layout.REPORT, Layout.PLAN_LANDSCAPE, Layout.SECTION)


def style(
    name: str,
    *,
    style_id: str = "",
    based_on: str = "Normal",
    following: str = "",
    paragraph: str = "",
    run: str = "",
) -> str:
    """One paragraph style. `paragraph` and `run` hold properties in schema order."""
    kind = f'<w:basedOn w:val="{based_on}"/>' if based_on else ""
    after = f'<w:next w:val="{following}"/>' if following else ""
    identity = style_id or name.replace(" ", "")
    default = ' w:default="1"' if identity == "Normal" else ""
    return (
        f'<w:style w:type="paragraph"{default} w:styleId="{identity}"><w:name w:val="{name}"/>'
        f"{kind}{after}<w:qFormat/><w:pPr>{paragraph}</w:pPr><w:rPr>{run}</w:rPr></w:style>"
    )


def spacing(before: int = 0, after: int = 0, line: int = 264) -> str:
    """Space above and below in twentieths of a point; `line` in 240ths of a line."""
    return f'<w:spacing w:before="{before}" w:after="{after}" w:line="{line}" w:lineRule="auto"/>'


def rule(edge: str, *, size: int = 4, space: int = 4, color: str = HAIRLINE) -> str:
    """A paragraph border on one edge; `size` in eighths of a point."""
    return (
        f'<w:pBdr><w:{edge} w:val="single" w:sz="{size}" w:space="{space}"'
        f' w:color="{color}"/></w:pBdr>'
    )


def font(size: float = 0, *, bold: bool = False, italic: bool = False, color: str = "") -> str:
    """Run properties in schema order; `size` in points."""
    return (
        ("<w:b/>" if bold else "")
        + ("<w:i/>" if italic else "")
        + (f'<w:color w:val="{color}"/>' if color else "")
        + (f'<w:sz w:val="{round(size * 2)}"/><w:szCs w:val="{round(size * 2)}"/>' if size else "")
    )


def tabs(*stops: tuple[str, int], leader: str = "") -> str:
    """Tab stops as (kind, position in twips)."""
    dots = f' w:leader="{leader}"' if leader else ""
    inner = "".join(
        f'<w:tab w:val="{kind}"{dots if kind == "right" else ""} w:pos="{position}"/>'
        for kind, position in stops
    )
    return f"<w:tabs>{inner}</w:tabs>"


def indent(left: int, hanging: int = 0) -> str:
    return f'<w:ind w:left="{left}" w:hanging="{hanging}"/>'


def styles_xml(layout: Layout) -> str:
    """All styles of one template family."""
    fonts = f'w:ascii="{FONT}" w:hAnsi="{FONT}" w:eastAsia="{FONT}" w:cs="{FONT}"'
    defaults = (
        f"<w:docDefaults><w:rPrDefault><w:rPr><w:rFonts {fonts}/>"
        '<w:sz w:val="21"/><w:szCs w:val="21"/><w:lang w:val="en-US"/>'
        "</w:rPr></w:rPrDefault><w:pPrDefault/></w:docDefaults>"
    )
    parts = [
        defaults,
        style("Normal", based_on="", paragraph="<w:keepLines/>" + spacing(0, 120, 276)),
        '<w:style w:type="character" w:default="1" w:styleId="DefaultParagraphFont">'
        '<w:name w:val="Default Paragraph Font"/></w:style>',
        *_heading_styles(layout),
        *_front_styles(layout),
        *_list_styles(),
        *_table_styles(),
        *_frame_styles(layout),
    ]
    return f"{HEAD}<w:styles {NAMESPACES}>{''.join(parts)}</w:styles>"


def _heading_styles(layout: Layout) -> list[str]:
    numbered = layout in _NUMBERED
    sizes = (15, 12, 10.5) if numbered else (12.5, 11, 10.5)
    before = (360, 260, 200) if numbered else (260, 200, 160)
    styles: list[str] = []
    for level, size in enumerate(sizes):
        number = (
            f'<w:numPr><w:ilvl w:val="{level}"/><w:numId w:val="{HEADINGS}"/></w:numPr>'
            if numbered
            else ""
        )
        styles.append(
            style(
                f"heading {level + 1}",
                style_id=f"Heading{level + 1}",
                following="Normal",
                paragraph=f"<w:keepNext/><w:keepLines/>{number}"
                f'{spacing(before[level], 100)}<w:outlineLvl w:val="{level}"/>',
                run=font(size, bold=True, color=INK),
            )
        )
    return styles


def _front_styles(layout: Layout) -> list[str]:
    right = text_width(layout) if layout is not Layout.PLAN_LANDSCAPE else 9360
    entry = "<w:keepLines/>"
    return [
        style(
            "Title",
            paragraph=rule("bottom", size=24, space=14, color=INK) + spacing(0, 280, 252),
            run=font(30, bold=True, color=INK),
        ),
        style("Subtitle", paragraph=spacing(0, 900), run=font(15, color=TEXT_GRAY)),
        style("Cover Agency", paragraph=spacing(0, 40), run=font(13, bold=True, color=INK)),
        style("Cover Office", paragraph=spacing(0, 3000), run=font(11, color=TEXT_GRAY)),
        style(
            "Cover Entry",
            paragraph=tabs(("left", 2400)) + spacing(0, 110) + indent(2400, 2400),
            run=font(10.5),
        ),
        style(
            "Contents Title",
            paragraph="<w:keepNext/><w:pageBreakBefore/>" + spacing(0, 240),
            run=font(18, bold=True, color=INK),
        ),
        style(
            "toc 1",
            style_id="TOC1",
            paragraph=entry
            + tabs(("left", 560), ("right", right), leader="dot")
            + spacing(140, 30)
            + '<w:ind w:left="560" w:right="560" w:hanging="560"/>',
            run=font(10.5, bold=True, color=INK),
        ),
        style(
            "toc 2",
            style_id="TOC2",
            paragraph=entry
            + tabs(("left", 1200), ("right", right), leader="dot")
            + spacing(20, 20)
            + '<w:ind w:left="1200" w:right="560" w:hanging="640"/>',
            run=font(10),
        ),
        style(
            "toc 3",
            style_id="TOC3",
            paragraph=entry
            + tabs(("left", 1980), ("right", right), leader="dot")
            + spacing(10, 10)
            + '<w:ind w:left="1980" w:right="560" w:hanging="780"/>',
            run=font(9.5, color=TEXT_GRAY),
        ),
    ]


def _list_styles() -> list[str]:
    styles: list[str] = []
    for level in (1, 2, 3):
        suffix = f" {level}" if level > 1 else ""
        for kind, number in (("Bullet", BULLETS), ("Number", NUMBERS)):
            reference = f'<w:ilvl w:val="{level - 1}"/><w:numId w:val="{number}"/>'
            styles.append(
                style(
                    f"List {kind}{suffix}",
                    paragraph=f"<w:numPr>{reference}</w:numPr>{spacing(0, 70)}",
                )
            )
        styles.append(
            style(f"List Continue{suffix}", paragraph=spacing(0, 70) + indent(20 + 400 * level))
        )
    return styles


def _table_styles() -> list[str]:
    edge = 'w:val="single" w:sz="4" w:space="0"'
    table = (
        '<w:style w:type="table" w:default="1" w:styleId="TableNormal">'
        '<w:name w:val="Normal Table"/><w:tblPr><w:tblInd w:w="0" w:type="dxa"/></w:tblPr>'
        "</w:style>"
        '<w:style w:type="table" w:customStyle="1" w:styleId="HouseTable">'
        '<w:name w:val="House Table"/><w:basedOn w:val="TableNormal"/><w:qFormat/>'
        '<w:tblPr><w:tblStyleRowBandSize w:val="1"/><w:tblBorders>'
        f'<w:top {edge} w:color="{HAIRLINE}"/><w:bottom {edge} w:color="{HAIRLINE}"/>'
        f'<w:insideH {edge} w:color="{HAIRLINE}"/>'
        '</w:tblBorders><w:tblCellMar><w:top w:w="30" w:type="dxa"/>'
        '<w:left w:w="108" w:type="dxa"/><w:bottom w:w="30" w:type="dxa"/>'
        '<w:right w:w="108" w:type="dxa"/></w:tblCellMar></w:tblPr>'
        '<w:tblStylePr w:type="firstRow"><w:tcPr>'
        f'<w:shd w:val="clear" w:color="auto" w:fill="{INK}"/><w:vAlign w:val="bottom"/></w:tcPr>'
        '</w:tblStylePr><w:tblStylePr w:type="band2Horz"><w:tcPr>'
        f'<w:shd w:val="clear" w:color="auto" w:fill="{ZEBRA}"/></w:tcPr></w:tblStylePr></w:style>'
    )
    white = "FFFFFF"
    return [
        table,
        style("Table Text", paragraph=spacing(30, 30, 252), run=font(9.5)),
        style("Table Text Small", paragraph=spacing(20, 20, 247), run=font(8)),
        style(
            "Table Heading",
            paragraph="<w:keepNext/>" + spacing(40, 40, 247),
            run=font(9.5, bold=True, color=white),
        ),
        style(
            "Table Heading Small",
            paragraph="<w:keepNext/>" + spacing(30, 30, 240),
            run=font(8, bold=True, color=white),
        ),
        style("Table Gap", paragraph=spacing(0, 0, 240), run=font(6)),
        style(
            "caption",
            style_id="Caption",
            paragraph="<w:keepNext/>" + spacing(180, 80),
            run=font(9.5, bold=True, color=INK),
        ),
        style(
            "Quote",
            paragraph=rule("left", size=18, space=10, color=HAIRLINE)
            + spacing(60, 120)
            + '<w:ind w:left="400" w:right="400"/>',
            run=font(color=TEXT_GRAY),
        ),
        style("Horizontal Rule", paragraph=rule("bottom", space=1) + spacing(60, 160, 240)),
        style(
            "Preformatted",
            paragraph='<w:shd w:val="clear" w:color="auto" w:fill="F1F4F9"/>'
            + spacing(60, 140, 240)
            + '<w:ind w:left="120" w:right="120"/>',
            run='<w:rFonts w:ascii="Courier New" w:hAnsi="Courier New" w:cs="Courier New"/>'
            + font(9),
        ),
    ]


def _frame_styles(layout: Layout) -> list[str]:
    lines = (("top", 36, 8, INK), ("bottom", 4, 6, HAIRLINE))
    band = "".join(
        f'<w:{edge} w:val="single" w:sz="{size}" w:space="{space}" w:color="{color}"/>'
        for edge, size, space, color in lines
    )
    width = text_width(layout)
    return [
        style(
            "header",
            style_id="Header",
            paragraph=spacing(0, 0, 240) + '<w:jc w:val="center"/>',
            run=font(9, bold=True, color=BANNER),
        ),
        style(
            "footer",
            style_id="Footer",
            paragraph=rule("top", space=6) + tabs(("right", width)) + spacing(0, 0, 240),
            run=font(8, color=TEXT_GRAY),
        ),
        style(
            "Footer Marking",
            paragraph=spacing(80, 0, 240) + '<w:jc w:val="center"/>',
            run=font(8.5, bold=True, color=BANNER),
        ),
        style(
            "Distribution",
            paragraph=rule("top", space=6) + spacing(0, 0, 252),
            run=font(8, color=TEXT_GRAY),
        ),
        style("Form Distribution", based_on="Distribution", paragraph=spacing(360, 0, 252)),
        style(
            "Band Title",
            paragraph=f"<w:keepNext/><w:pBdr>{band}</w:pBdr>"
            + tabs(("right", width))
            + spacing(0, 160, 252),
            run=font(16, bold=True, color=INK),
        ),
        style(
            "Band Subtitle",
            paragraph="<w:keepNext/>" + spacing(0, 140),
            run=font(12, color=TEXT_GRAY),
        ),
        style(
            "Band Entry",
            paragraph=tabs(("left", 2200)) + spacing(0, 50) + indent(2200, 2200),
            run=font(9.5),
        ),
        style(
            "Band End",
            paragraph=rule("bottom", space=1) + spacing(0, 120, 240),
            run=font(4),
        ),
        style(
            "Letterhead Agency",
            paragraph=spacing(0, 20) + '<w:jc w:val="center"/>',
            run=font(15, bold=True, color=INK),
        ),
        style(
            "Letterhead Office",
            paragraph=rule("bottom", size=12, space=10, color=INK)
            + spacing(0, 320)
            + '<w:jc w:val="center"/>',
            run=font(10, color=TEXT_GRAY),
        ),
        style("Letter Line", paragraph=spacing(0, 200)),
        style(
            "Letter Reference",
            paragraph=tabs(("left", 1300)) + spacing(0, 40) + indent(1300, 1300),
        ),
        style("Letter Subject", based_on="LetterReference", paragraph=spacing(0, 240)),
        style("Closing", paragraph="<w:keepNext/>" + spacing(240, 0)),
        style(
            "Signature Title",
            paragraph="<w:keepNext/>" + spacing(360, 0),
            run=font(12, bold=True, color=INK),
        ),
        style(
            "Signature Line",
            paragraph="<w:keepNext/>"
            + rule("bottom", size=6, space=3, color=TEXT_GRAY)
            + tabs(("left", 5400))
            + spacing(400, 60, 240)
            + '<w:ind w:right="720"/>',
            run=font(8.5, italic=True, color=TEXT_GRAY),
        ),
        style(
            "Signature Name",
            paragraph="<w:keepNext/>" + spacing(40, 0, 252),
            run=font(10.5, bold=True),
        ),
        style(
            "Signature Position",
            paragraph="<w:keepNext/>" + spacing(0, 60, 252),
            run=font(10, color=TEXT_GRAY),
        ),
    ]


def numbering_xml(layout: Layout) -> str:
    """Multi-level headings, bullets and numbers."""
    bold = f'<w:b/><w:color w:val="{INK}"/>'
    # A section's numbers carry its letter: B.1, B.1.1.
    wider = 180 if layout is Layout.SECTION else 0
    headings = [
        ("decimal", "%1", 620 + wider, 620 + wider, bold),
        ("decimal", "%1.%2", 620 + wider, 620 + wider, bold),
        ("decimal", "%1.%2.%3", 760 + wider, 760 + wider, bold),
    ]
    bullets = [
        ("bullet", "\u2022", 420, 260, f'<w:color w:val="{INK}"/>'),
        ("bullet", "\u2013", 820, 260, f'<w:color w:val="{INK}"/>'),
        ("bullet", "\u2022", 1220, 260, f'<w:color w:val="{TEXT_GRAY}"/>'),
    ]
    numbers = [
        ("decimal", "%1.", 560, 400, ""),
        ("lowerLetter", "%2.", 960, 400, ""),
        ("lowerRoman", "%3.", 1380, 420, ""),
    ]
    linked = "Heading" if layout in _NUMBERED else ""
    definitions = (
        _definition(HEADINGS, headings, linked)
        + _definition(BULLETS, bullets, "ListBullet")
        + _definition(NUMBERS, numbers, "ListNumber")
    )
    uses = "".join(
        f'<w:num w:numId="{number}"><w:abstractNumId w:val="{number}"/></w:num>'
        for number in (HEADINGS, BULLETS, NUMBERS)
    )
    return f"{HEAD}<w:numbering {NAMESPACES}>{definitions}{uses}</w:numbering>"


def _definition(number: int, levels: list[tuple[str, str, int, int, str]], linked: str) -> str:
    xml = f'<w:abstractNum w:abstractNumId="{number}"><w:multiLevelType w:val="multilevel"/>'
    for level, (kind, text, left, hanging, run) in enumerate(levels):
        suffix = str(level + 1) if linked == "Heading" or level else ""
        owner = f'<w:pStyle w:val="{linked}{suffix}"/>' if linked else ""
        xml += (
            f'<w:lvl w:ilvl="{level}"><w:start w:val="1"/><w:numFmt w:val="{kind}"/>{owner}'
            f'<w:lvlText w:val="{text}"/><w:lvlJc w:val="left"/>'
            f"<w:pPr>{indent(left, hanging)}</w:pPr><w:rPr>{run}</w:rPr></w:lvl>"
        )
    return xml + "</w:abstractNum>"
