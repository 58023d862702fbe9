"""Whether an Office file (a ZIP of XML parts) may be kept: read part by part, within limits."""

import io
import re
import stat
import zipfile
import zlib
from collections.abc import Callable
from enum import Enum, StrEnum, auto
from typing import BinaryIO
from xml.parsers import expat

LARGEST_TOTAL = 100 * 1024 * 1024
"""Bytes of all parts unpacked."""
LARGEST_XML_PART = 32 * 1024 * 1024
LARGEST_RATIO = 250
"""Of unpacked to packed, for parts that unpack to more than a megabyte."""
MOST_PARTS = 3_000
MOST_FIELD_TEXT = 200_000

_ENCRYPTED = 0x1
_CHUNK = 64 * 1024
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_TYPES = "[Content_Types].xml"
_ACTIVE_PART = re.compile(
    r"vbaproject|vbadata|/activex/|/macrosheets/|/dialogsheets/|/ctrlprops/|attachedtoolbars",
    re.IGNORECASE,
)
_ACTIVE_TYPE = re.compile(
    r"macroenabled|vbaproject|activex|oleobject|macrosheet|dialogsheet", re.IGNORECASE
)
_ACTIVE_RELATION = frozenset({"vbaproject", "control", "oleobject", "afchunk", "xlmacrosheet"})
_LINK = re.compile(r"(?:https?|mailto|tel):", re.IGNORECASE)
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:|\\\\|//", re.IGNORECASE)
_BREAK = "\0"
"""Between fields: no XML text can hold it."""
_FIELD = re.compile(
    r"\0\s*(?:DDE|DDEAUTO|INCLUDETEXT|INCLUDEPICTURE|IMPORT|LINK|EMBED)\b", re.IGNORECASE
)


class OfficeFile(StrEnum):
    WORD = "wordprocessingml.document.main+xml"
    SPREADSHEET = "spreadsheetml.sheet.main+xml"


_MAIN = {OfficeFile.WORD: "word/document.xml", OfficeFile.SPREADSHEET: "xl/workbook.xml"}


class OfficeProblem(ValueError):
    """The file may not be kept."""

    class Kind(Enum):
        DAMAGED = auto()
        TOO_LARGE = auto()
        ACTIVE = auto()
        LINKED = auto()
        ENCRYPTED = auto()
        UNKNOWN = auto()

    def __init__(self, kind: Kind, detail: str) -> None:
        super().__init__(detail)
        self.kind = kind


_Kind = OfficeProblem.Kind


def read_office_file(file: BinaryIO) -> OfficeFile:
    """Say what an Office file is, having read all of it. Raises OfficeProblem."""
    return _read(file, inside=False)


def _read(file: BinaryIO, *, inside: bool) -> OfficeFile:
    file.seek(0)
    try:
        with zipfile.ZipFile(file) as archive:
            entries = archive.infolist()
            _check_directory(entries)
            known: list[OfficeFile] = []
            for entry in entries:
                _check_part(archive, entry, known, inside=inside)
    except (
        zipfile.BadZipFile,
        zlib.error,
        expat.ExpatError,
        EOFError,
        NotImplementedError,
        UnicodeDecodeError,
        RuntimeError,
        OSError,
    ) as error:
        raise OfficeProblem(_Kind.DAMAGED, f"The Office file is damaged: {error}") from error
    names = {entry.filename for entry in entries}
    for found in known:
        if _MAIN[found] in names:
            return found
    raise OfficeProblem(_Kind.UNKNOWN, "This archive is neither a Word document nor a workbook")


def _check_directory(entries: list[zipfile.ZipInfo]) -> None:
    """Judge what the archive says of itself, before anything of it is unpacked."""
    if len(entries) > MOST_PARTS:
        raise OfficeProblem(_Kind.TOO_LARGE, f"The file holds more than {MOST_PARTS:,} parts")
    if sum(entry.file_size for entry in entries) > LARGEST_TOTAL:
        raise OfficeProblem(
            _Kind.TOO_LARGE, f"The file unpacks to more than {LARGEST_TOTAL // 2**20} MB"
        )
    if len({entry.filename.lower() for entry in entries}) != len(entries):
        raise OfficeProblem(_Kind.DAMAGED, "The file holds two parts of the same name")
    for entry in entries:
        name = entry.filename
        if entry.flag_bits & _ENCRYPTED:
            raise OfficeProblem(_Kind.ENCRYPTED, "The file is protected by a password")
        if name.startswith("/") or "\\" in name or ":" in name or ".." in name.split("/"):
            raise OfficeProblem(_Kind.DAMAGED, "The file holds a part with a path outside itself")
        if stat.S_ISLNK(entry.external_attr >> 16):
            raise OfficeProblem(_Kind.DAMAGED, "The file holds a link in place of a part")
        if entry.compress_type not in _METHODS:
            raise OfficeProblem(_Kind.DAMAGED, "The file is packed in an unusual way")
        if entry.file_size > 2**20 and entry.file_size > LARGEST_RATIO * entry.compress_size:
            raise OfficeProblem(_Kind.TOO_LARGE, "A part unpacks to far more than it should")
        if _is_xml(name) and entry.file_size > LARGEST_XML_PART:
            raise OfficeProblem(
                _Kind.TOO_LARGE, f"A part unpacks to more than {LARGEST_XML_PART // 2**20} MB"
            )
        if _ACTIVE_PART.search(f"/{name}"):
            raise OfficeProblem(_Kind.ACTIVE, "The file holds macros or controls: remove them")


def _check_part(
    archive: zipfile.ZipFile, entry: zipfile.ZipInfo, known: list[OfficeFile], *, inside: bool
) -> None:
    name = entry.filename
    if "/embeddings/" in f"/{name}" and not entry.is_dir():
        # A chart keeps its numbers in a workbook; anything else may be a program.
        if inside or not name.lower().endswith(".xlsx"):
            raise OfficeProblem(_Kind.ACTIVE, "The file holds an embedded object: remove it")
        _read(io.BytesIO(archive.read(entry)), inside=True)
        return
    parse = _parser(name, known) if _is_xml(name) else None
    with archive.open(entry) as part:
        # Reading to the end checks the length and the checksum too.
        while chunk := part.read(_CHUNK):
            if parse:
                parse(chunk, False)
    if parse:
        parse(b"", True)


def _parser(name: str, known: list[OfficeFile]) -> Callable[[bytes, bool], object]:
    parser = expat.ParserCreate(namespace_separator=" ")

    def refuse_doctype(*_: object) -> None:
        raise OfficeProblem(_Kind.DAMAGED, "A part declares a document type or an entity")

    parser.StartDoctypeDeclHandler = refuse_doctype
    if name == _TYPES:
        parser.StartElementHandler = lambda _, values: _check_type(values, known)
    elif name.endswith(".rels"):
        parser.StartElementHandler = lambda _, values: _check_relation(values)
    elif name.startswith("word/"):
        _watch_fields(parser)
    return parser.Parse


def _check_type(values: dict[str, str], known: list[OfficeFile]) -> None:
    kind = values.get("ContentType", "")
    if _ACTIVE_TYPE.search(kind):
        raise OfficeProblem(_Kind.ACTIVE, "The file holds macros or controls: remove them")
    known.extend(found for found in OfficeFile if kind.endswith(found.value))


def _check_relation(values: dict[str, str]) -> None:
    kind = values.get("Type", "").rpartition("/")[2].lower()
    if kind in _ACTIVE_RELATION:
        raise OfficeProblem(_Kind.ACTIVE, "The file holds macros, controls or embedded objects")
    if values.get("TargetMode", "").lower() != "external":
        return
    target = values.get("Target", "")
    if kind != "hyperlink":
        raise OfficeProblem(
            _Kind.LINKED, f"The file loads something from elsewhere ({kind}): put it into the file"
        )
    if _SCHEME.match(target) and not _LINK.match(target):
        raise OfficeProblem(_Kind.LINKED, "A link of the file leads neither to the web nor to mail")


def _watch_fields(parser: expat.XMLParserType) -> None:
    """Fields that fetch or run something; their text may be split over many elements."""
    texts: list[str] = []
    length = depth = 0
    collecting = False

    def keep(text: str) -> None:
        nonlocal length
        texts.append(text)
        length += len(text)
        if length > MOST_FIELD_TEXT:
            check()

    def check() -> None:
        nonlocal length
        joined = "".join(texts)
        if _FIELD.search(joined):
            raise OfficeProblem(
                _Kind.ACTIVE, "A field of the document fetches or runs something: remove it"
            )
        # The start of a field may stand at the seam.
        texts[:] = [joined[-100:]]
        length = len(texts[0])

    def start(name: str, values: dict[str, str]) -> None:
        nonlocal collecting, depth
        depth += 1
        local = name.rpartition(" ")[2]
        collecting = local == "instrText"
        if local == "fldChar":
            keep(_BREAK)
        elif local == "fldSimple":
            keep(_BREAK + values.get(f"{name.rpartition(' ')[0]} instr", "") + _BREAK)

    def end(_name: str) -> None:
        nonlocal collecting, depth
        collecting = False
        depth -= 1
        if not depth:
            check()

    def text(data: str) -> None:
        if collecting:
            keep(data)

    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = text


def _is_xml(name: str) -> bool:
    return name.lower().endswith((".xml", ".rels", ".vml"))
