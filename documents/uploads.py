"""What a file from outside really is, and whether it may be kept: judged by its bytes.

    checked = inspect(file, "price list.xlsx")

The name only has to agree with the bytes. Nothing is opened by the program that made it, nothing
is unpacked to disk, and no part is read past the limits below.
"""

import re
import unicodedata
import zipfile
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Any, BinaryIO, NoReturn

import pikepdf
from pikepdf import settings as pdf_settings

from documents.office_files import OfficeFile, OfficeProblem, read_office_file

LARGEST_FILE = 25 * 1024 * 1024
"""Bytes."""
LARGEST_TEXT = 5 * 1024 * 1024
LARGEST_PICTURE = 50_000_000
"""Pixels."""
LONGEST_NAME = 150
MOST_PDF_OBJECTS = 200_000
LARGEST_PDF_STREAM = 32 * 1024 * 1024
"""Bytes that one stream of objects may unpack to; pages and pictures are not unpacked."""

_PDF, _ZIP = b"%PDF-", b"PK\x03\x04"
_PNG, _JPEG = b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff"
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f]")
_UNCHECKED = re.compile(r"limit exceeded|error decoding|unfilterable")
_ACTIONS = frozenset(
    {"/JavaScript", "/Launch", "/SubmitForm", "/ImportData", "/GoToE", "/Rendition", "/Movie"}
)
_ACTIVE_KEYS = frozenset({"/JS", "/XFA", "/RichMediaContent", "/EF", "/EmbeddedFiles"})


class Content(StrEnum):
    """The kinds of files that may be kept."""

    DOCX = "docx"
    XLSX = "xlsx"
    PDF = "pdf"
    PNG = "png"
    JPEG = "jpeg"
    TEXT = "text"

    @property
    def media_type(self) -> str:
        return _MEDIA_TYPES[self]

    @property
    def extensions(self) -> tuple[str, ...]:
        """How names of such files end; the first is the usual one."""
        return _EXTENSIONS[self]


_MEDIA_TYPES = {
    Content.DOCX: "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    Content.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    Content.PDF: "application/pdf",
    Content.PNG: "image/png",
    Content.JPEG: "image/jpeg",
    Content.TEXT: "text/plain; charset=utf-8",
}
_EXTENSIONS = {
    Content.DOCX: (".docx",),
    Content.XLSX: (".xlsx",),
    Content.PDF: (".pdf",),
    Content.PNG: (".png",),
    Content.JPEG: (".jpg", ".jpeg"),
    Content.TEXT: (".txt", ".md", ".csv"),
}
_OF_OFFICE = {OfficeFile.WORD: Content.DOCX, OfficeFile.SPREADSHEET: Content.XLSX}


class Refusal(StrEnum):
    """Why a file is not kept; stable, so that programs may compare it."""

    EMPTY = "EmptyFile"
    TOO_LARGE = "FileTooLarge"
    UNPACKS_TOO_LARGE = "UnpacksTooLarge"
    UNSUPPORTED = "UnsupportedType"
    WRONG_EXTENSION = "WrongExtension"
    UNSAFE_NAME = "UnsafeName"
    DAMAGED = "DamagedFile"
    ACTIVE = "ActiveContent"
    LINKED = "ExternalContent"
    ENCRYPTED = "EncryptedFile"


_OF_PROBLEM = {
    OfficeProblem.Kind.DAMAGED: Refusal.DAMAGED,
    OfficeProblem.Kind.TOO_LARGE: Refusal.UNPACKS_TOO_LARGE,
    OfficeProblem.Kind.ACTIVE: Refusal.ACTIVE,
    OfficeProblem.Kind.LINKED: Refusal.LINKED,
    OfficeProblem.Kind.ENCRYPTED: Refusal.ENCRYPTED,
    OfficeProblem.Kind.UNKNOWN: Refusal.UNSUPPORTED,
}


class RefusedFile(ValueError):
    """The file may not be kept; sending the same bytes again cannot help."""

    def __init__(self, reason: Refusal, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Checked:
    """A file that may be kept."""

    content: Content
    name: str
    """Without folders, in composed Unicode, ending as its content does."""
    size: int
    """Bytes."""


def inspect(file: BinaryIO, name: str) -> Checked:
    """Judge a seekable file by its bytes. Blocks: call it on a thread. Raises RefusedFile."""
    plain = safe_name(name)
    size = file.seek(0, 2)
    if size == 0:
        _refuse(Refusal.EMPTY, "The file is empty")
    if size > LARGEST_FILE:
        _refuse(Refusal.TOO_LARGE, f"The file is larger than {LARGEST_FILE // 2**20} MB")
    content = _content(file, size)
    return Checked(content, _named(plain, content), size)


def safe_name(name: str) -> str:
    """The name in composed Unicode. Raises RefusedFile for one that is a path or a trick."""
    plain = unicodedata.normalize("NFC", name).strip()
    if not plain:
        _refuse(Refusal.UNSAFE_NAME, "The file has no name")
    if len(plain) > LONGEST_NAME or len(plain.encode(errors="replace")) > 240:
        _refuse(Refusal.UNSAFE_NAME, f"The file's name is longer than {LONGEST_NAME} characters")
    if any(mark in plain for mark in '/\\:*?"<>|') or plain.startswith("."):
        _refuse(Refusal.UNSAFE_NAME, "The file's name holds a path or a reserved character")
    # Format characters (Cf) turn the reading direction: `exe.txt` may read as `txt.exe`.
    if any(unicodedata.category(character)[0] == "C" for character in plain):
        _refuse(Refusal.UNSAFE_NAME, "The file's name holds an invisible character")
    if _RESERVED.fullmatch(plain) or plain.endswith("."):
        _refuse(Refusal.UNSAFE_NAME, "Some systems cannot store a file of this name")
    return plain


def _named(name: str, content: Content) -> str:
    """The name with the ending of its content; raises RefusedFile when it claims another one."""
    stem, dot, ending = name.rpartition(".")
    if not dot or not stem or not re.fullmatch(r"[A-Za-z0-9]{1,5}", ending):
        return name + content.extensions[0]
    if f".{ending.lower()}" not in content.extensions:
        _refuse(
            Refusal.WRONG_EXTENSION,
            f"By its content the file is {content.value.upper()}, but its name ends in .{ending}",
        )
    return name


def _content(file: BinaryIO, size: int) -> Content:
    file.seek(0)
    start = file.read(16)
    if start.startswith(_ZIP):
        return _office(file)
    if start.startswith(_OLE):
        _refuse(
            Refusal.UNSUPPORTED,
            "This is an Office file of the old format or with a password: "
            "save it as DOCX or XLSX without one",
        )
    if start.startswith((_PDF, _PNG, _JPEG)):
        file.seek(0)
        if zipfile.is_zipfile(file):
            _refuse(Refusal.DAMAGED, "An archive is hidden behind the file's content")
    if start.startswith(_PDF):
        return _pdf(file)
    if start.startswith(_PNG):
        return _png(file, size)
    if start.startswith(_JPEG):
        return _jpeg(file)
    return _text(file, size)


def _office(file: BinaryIO) -> Content:
    try:
        return _OF_OFFICE[read_office_file(file)]
    except OfficeProblem as problem:
        raise RefusedFile(_OF_PROBLEM[problem.kind], str(problem)) from problem


def _pdf(file: BinaryIO) -> Content:
    _limit_unpacking()
    file.seek(0)
    try:
        with pikepdf.open(file, suppress_warnings=True) as pdf:
            if pdf.is_encrypted:
                _refuse(Refusal.ENCRYPTED, "The PDF is encrypted: save it without protection")
            if not len(pdf.pages):
                _refuse(Refusal.DAMAGED, "The PDF has no pages")
            _refuse_active(pdf)
            # What the library could not unpack, another program may: it was not checked.
            untyped: Any = pdf
            if any(_UNCHECKED.search(str(warning)) for warning in untyped.get_warnings()):
                _refuse(
                    Refusal.UNPACKS_TOO_LARGE, "A part of the PDF cannot be unpacked to be checked"
                )
    except pikepdf.PasswordError as error:
        raise RefusedFile(Refusal.ENCRYPTED, "The PDF needs a password") from error
    except (pikepdf.PdfError, ValueError, RuntimeError) as error:
        if isinstance(error, RefusedFile):
            raise
        raise RefusedFile(Refusal.DAMAGED, "The PDF is damaged and cannot be read") from error
    return Content.PDF


def _refuse_active(pdf: pikepdf.Pdf) -> None:
    """Walk every object: whatever runs, sends or carries other files is found where it hides."""
    seen = 0
    for top in pdf.objects:
        waiting: list[object] = [top]
        while waiting:
            seen += 1
            if seen > MOST_PDF_OBJECTS:
                _refuse(Refusal.UNPACKS_TOO_LARGE, "The PDF holds too many objects to be checked")
            waiting += _children(waiting.pop())


def _children(item: object) -> list[object]:
    """What stands inside an object; what stands in an object of its own is walked there."""
    children: list[object]
    if isinstance(item, pikepdf.Array):
        children = list(item.as_list())
    elif isinstance(item, pikepdf.Dictionary | pikepdf.Stream):
        entries = dict(item.items())
        action = entries.get("/S")
        if not _ACTIVE_KEYS.isdisjoint(entries) or (
            isinstance(action, pikepdf.Name) and str(action) in _ACTIONS
        ):
            _refuse(
                Refusal.ACTIVE,
                "The PDF holds a script, an action that runs or sends something, or another file",
            )
        children = list(entries.values())
    else:
        return []
    return [
        child for child in children if not (isinstance(child, pikepdf.Object) and child.is_indirect)
    ]


@cache
def _limit_unpacking() -> None:
    """Bound what one compressed stream of a PDF may become; holds for the whole process."""
    pdf_settings.set_qpdf_limits(
        doc_max_warnings=1_000,
        max_stream_filters=5,
        flate_max_memory=LARGEST_PDF_STREAM,
        png_max_memory=LARGEST_PDF_STREAM,
        tiff_max_memory=LARGEST_PDF_STREAM,
        run_length_max_memory=LARGEST_PDF_STREAM,
        dct_max_memory=LARGEST_PDF_STREAM,
    )


def _png(file: BinaryIO, size: int) -> Content:
    """Read the chain of chunks: complete, nothing behind its end, not too many pixels."""
    position, first = len(_PNG), True
    while position < size:
        file.seek(position)
        header = file.read(8)
        length, kind = int.from_bytes(header[:4], "big"), header[4:]
        if first:
            if kind != b"IHDR":
                break
            _refuse_pixels(file.read(4), file.read(4))
            first = False
        position += 12 + length
        if kind == b"IEND" and position == size:
            return Content.PNG
    _refuse(Refusal.DAMAGED, "The PNG picture is damaged or cut off")


def _jpeg(file: BinaryIO) -> Content:
    """Read the segments up to the picture's frame; the end mark has to be there too."""
    file.seek(0)
    data = file.read()
    position = 2
    while position + 9 < len(data) and data[position] == 0xFF:
        kind = data[position + 1]
        if 0xC0 <= kind <= 0xCF and kind not in (0xC4, 0xC8, 0xCC):
            _refuse_pixels(data[position + 5 : position + 7], data[position + 7 : position + 9])
            if b"\xff\xd9" in data[position:]:
                return Content.JPEG
            break
        position += 2 + int.from_bytes(data[position + 2 : position + 4], "big")
    _refuse(Refusal.DAMAGED, "The JPEG picture is damaged or cut off")


def _refuse_pixels(one: bytes, other: bytes) -> None:
    pixels = int.from_bytes(one, "big") * int.from_bytes(other, "big")
    if not 0 < pixels <= LARGEST_PICTURE:
        _refuse(
            Refusal.UNPACKS_TOO_LARGE if pixels else Refusal.DAMAGED,
            f"The picture has {pixels:,} pixels; up to {LARGEST_PICTURE:,} can be kept",
        )


def _text(file: BinaryIO, size: int) -> Content:
    kinds = "DOCX, XLSX, PDF, PNG, JPEG and UTF-8 text can be kept"
    if size > LARGEST_TEXT:
        _refuse(Refusal.UNSUPPORTED, f"The file is of no known type, or too long a text; {kinds}")
    file.seek(0)
    try:
        text = file.read().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise RefusedFile(Refusal.UNSUPPORTED, f"The file is of no known type; {kinds}") from error
    if _CONTROL.search(text):
        _refuse(Refusal.UNSUPPORTED, f"The file is no plain text; {kinds}")
    return Content.TEXT


def _refuse(reason: Refusal, detail: str) -> NoReturn:
    raise RefusedFile(reason, detail)
