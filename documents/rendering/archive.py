"""DOCX files as named parts: read within limits, written so that equal parts give equal bytes."""

import io
import re
import zipfile
import zlib
from collections.abc import Mapping

from documents.rendering.errors import UnsafeDocument

MAX_FILE_BYTES = 50 * 1024 * 1024
MAX_UNPACKED_BYTES = 300 * 1024 * 1024
MAX_XML_PART_BYTES = 60 * 1024 * 1024
MAX_ENTRIES = 5_000

_REQUIRED = ("[Content_Types].xml", "word/document.xml")
_ENCRYPTED = 0x1
_DECLARATION = re.compile(rb"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)
_ENCODING = re.compile(rb"""^[^>]{0,80}encoding\s*=\s*["']([A-Za-z0-9._-]+)["']""")
_READABLE_ENCODINGS = (b"utf-8", b"utf8", b"utf-16", b"us-ascii")
_EPOCH = (1980, 1, 1, 0, 0, 0)


def read_archive(docx: bytes) -> dict[str, bytes]:
    """All parts of a DOCX by name.

    Raises UnsafeDocument when the bytes are no DOCX, are encrypted, unpack to more than the
    limits above, or hold XML with a document type declaration.
    """
    if len(docx) > MAX_FILE_BYTES:
        raise UnsafeDocument(f"the file is larger than {MAX_FILE_BYTES} bytes")
    try:
        with zipfile.ZipFile(io.BytesIO(docx)) as archive:
            entries = [entry for entry in archive.infolist() if not entry.is_dir()]
            _refuse_oversized(entries)
            parts = {entry.filename: _read_entry(archive, entry) for entry in entries}
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, ValueError) as error:
        raise UnsafeDocument(f"the file is not a readable DOCX package: {error}") from error
    missing = [name for name in _REQUIRED if name not in parts]
    if missing:
        raise UnsafeDocument(f"the package holds no {missing[0]}, so it is not a Word document")
    if len(parts) != len(entries):
        raise UnsafeDocument("the package holds two parts of the same name")
    for name, data in parts.items():
        if name.lower().endswith((".xml", ".rels")):
            _refuse_hostile_xml(name, data)
    return parts


def write_archive(parts: Mapping[str, bytes], *, compress: bool = True) -> bytes:
    """Pack parts in a fixed order with fixed attributes: equal parts give equal bytes."""
    kind = zipfile.ZIP_DEFLATED if compress else zipfile.ZIP_STORED
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name in sorted(parts, key=_package_order):
            entry = zipfile.ZipInfo(name, _EPOCH)
            entry.external_attr = 0o600 << 16
            entry.create_system = 3
            archive.writestr(entry, parts[name], compress_type=kind, compresslevel=6)
    return packed.getvalue()


def _package_order(name: str) -> tuple[bool, bool, str]:
    return name != "[Content_Types].xml", not name.startswith("_rels/"), name


def _refuse_oversized(entries: list[zipfile.ZipInfo]) -> None:
    if len(entries) > MAX_ENTRIES:
        raise UnsafeDocument(f"the package holds more than {MAX_ENTRIES} parts")
    if sum(entry.file_size for entry in entries) > MAX_UNPACKED_BYTES:
        raise UnsafeDocument(f"the package unpacks to more than {MAX_UNPACKED_BYTES} bytes")
    for entry in entries:
        name = entry.filename
        if entry.flag_bits & _ENCRYPTED:
            raise UnsafeDocument("the package is encrypted")
        if name.startswith("/") or "\\" in name or ".." in name.split("/"):
            raise UnsafeDocument(f"the package holds a part outside itself: {name!r}")
        if name.lower().endswith((".xml", ".rels")) and entry.file_size > MAX_XML_PART_BYTES:
            raise UnsafeDocument(f"{name} unpacks to more than {MAX_XML_PART_BYTES} bytes")


def _read_entry(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    # zipfile stops at the declared size, so the limits hold even when that size lies.
    data = archive.read(entry)
    if len(data) != entry.file_size:
        raise UnsafeDocument(f"{entry.filename} is not as long as the package says")
    return data


def _refuse_hostile_xml(name: str, data: bytes) -> None:
    # Dropping NUL bytes lets one expression see through UTF-16 as well.
    plain = data.replace(b"\0", b"") if b"\0" in data[:64] else data
    if _DECLARATION.search(plain):
        raise UnsafeDocument(f"{name} declares a document type or entity")
    declared = _ENCODING.search(plain[:200])
    if declared and declared.group(1).lower() not in _READABLE_ENCODINGS:
        raise UnsafeDocument(f"{name} is written in an unusual encoding")
