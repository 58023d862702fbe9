"""Files as strangers send them, built part by part."""

import io
import struct
import zipfile
import zlib
from collections.abc import Mapping

import pikepdf
from PIL import Image

WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
MACROS = "application/vnd.ms-word.document.macroEnabled.main+xml"
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"


def package(parts: Mapping[str, str | bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", method) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return packed.getvalue()


def types(main: str, part: str) -> str:
    return (
        '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        '<Default Extension="rels" '
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/>'
        f'<Override PartName="/{part}" ContentType="{main}"/></Types>'
    )


def relations(*entries: str) -> str:
    return (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        + "".join(entries)
        + "</Relationships>"
    )


def relation(kind: str, target: str, mode: str = "Internal") -> str:
    return (
        f'<Relationship Id="r{kind}" Type="{RELATIONS}/{kind}" Target="{target}" '
        f'TargetMode="{mode}"/>'
    )


def docx(
    body: str = "<w:p><w:r><w:t>A replacement.</w:t></w:r></w:p>",
    *,
    main: str = WORD,
    parts: Mapping[str, str | bytes] | None = None,
) -> bytes:
    """A Word document; ``parts`` come on top."""
    base: dict[str, str | bytes] = {
        "[Content_Types].xml": types(main, "word/document.xml"),
        "_rels/.rels": relations(relation("officeDocument", "word/document.xml")),
        "word/document.xml": f'<w:document xmlns:w="{W}"><w:body>{body}</w:body></w:document>',
    }
    return package(base | dict(parts or {}))


def linked(kind: str, target: str, mode: str = "External") -> bytes:
    """A Word document with one relationship to something else."""
    return package(
        {
            "[Content_Types].xml": types(WORD, "word/document.xml"),
            "word/document.xml": f'<w:document xmlns:w="{W}"><w:body/></w:document>',
            "word/_rels/document.xml.rels": relations(relation(kind, target, mode)),
        }
    )


def workbook(parts: Mapping[str, str | bytes] | None = None) -> bytes:
    base: dict[str, str | bytes] = {
        "[Content_Types].xml": types(SHEET, "xl/workbook.xml"),
        "_rels/.rels": relations(relation("officeDocument", "xl/workbook.xml")),
        "xl/workbook.xml": "<workbook/>",
    }
    return package(base | dict(parts or {}))


def field(*pieces: str) -> str:
    """A Word field whose instruction is split over several runs."""
    runs = "".join(f"<w:r><w:instrText>{piece}</w:instrText></w:r>" for piece in pieces)
    begin, end = (f'<w:r><w:fldChar w:fldCharType="{kind}"/></w:r>' for kind in ("begin", "end"))
    return f"<w:p>{begin}{runs}{end}</w:p>"


def pdf(**root: pikepdf.Object) -> bytes:
    with pikepdf.new() as made:
        made.add_blank_page()
        for key, value in root.items():
            made.Root[f"/{key}"] = value
        saved = io.BytesIO()
        made.save(saved)
    return saved.getvalue()


def script(action: str = "JavaScript") -> pikepdf.Object:
    return pikepdf.Dictionary(S=pikepdf.Name(f"/{action}"))


def locked_pdf() -> bytes:
    with pikepdf.new() as made:
        made.add_blank_page()
        saved = io.BytesIO()
        made.save(saved, encryption=pikepdf.Encryption(owner="o", user=""))
    return saved.getvalue()


def pdf_bomb(unpacked: int) -> bytes:
    """A PDF with one stream of objects that unpacks to that many bytes."""
    stream = zlib.compress(b"1 0 <</A 1>>" + b" " * unpacked, 9)
    objects = {
        2: b"<</Type/Catalog/Pages 3 0 R>>",
        3: b"<</Type/Pages/Kids[4 0 R]/Count 1>>",
        4: b"<</Type/Page/Parent 3 0 R/MediaBox[0 0 9 9]>>",
        5: b"<</Type/ObjStm/N 1/First 4/Filter/FlateDecode/Length %d>>stream\n" % len(stream)
        + stream
        + b"\nendstream",
    }
    made = b"%PDF-1.5\n"
    places: dict[int, int] = {}
    for number, content in objects.items():
        places[number] = len(made)
        made += b"%d 0 obj\n" % number + content + b"\nendobj\n"
    start = len(made)
    rows = struct.pack(">BIB", 0, 0, 0) + struct.pack(">BIB", 2, 5, 0)
    rows += b"".join(struct.pack(">BIB", 1, place, 0) for place in (*places.values(), start))
    return (
        made
        + b"6 0 obj\n<</Type/XRef/Size 7/W[1 4 1]/Root 2 0 R/Length %d>>stream\n" % len(rows)
        + rows
        + b"\nendstream\nendobj\nstartxref\n%d\n%%%%EOF" % start
    )


def picture(kind: str, width: int = 8, height: int = 8) -> bytes:
    drawn = io.BytesIO()
    Image.new("RGB", (width, height), "red").save(drawn, kind)
    return drawn.getvalue()


def wide_png(width: int, height: int) -> bytes:
    """A small file that says it is a huge picture."""
    made = bytearray(picture("png"))
    made[16:24] = struct.pack(">II", width, height)
    return bytes(made)
