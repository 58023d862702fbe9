"""What may be kept of what strangers send: decided by bytes, never by name."""

import io
import time
import tracemalloc
import zipfile
from pathlib import Path

import pikepdf
import pytest

from documents.uploads import (
    LARGEST_FILE,
    LARGEST_PICTURE,
    Checked,
    Content,
    Refusal,
    RefusedFile,
    inspect,
)
from tests.documents.outside_files import (
    MACROS,
    docx,
    field,
    linked,
    locked_pdf,
    package,
    pdf,
    pdf_bomb,
    picture,
    script,
    wide_png,
    workbook,
)

TEMPLATES = Path(__file__).parents[2] / "documents" / "templates"
BOMB = b"\0" * (90 * 1024 * 1024)


def check(data: bytes, name: str) -> Checked:
    return inspect(io.BytesIO(data), name)


def refusal(data: bytes, name: str) -> Refusal:
    with pytest.raises(RefusedFile) as caught:
        check(data, name)
    assert str(caught.value), "a refusal says why"
    return caught.value.reason


@pytest.mark.parametrize(
    ("data", "name", "content"),
    [
        (docx(), "plan.docx", Content.DOCX),
        (docx(field("HYPERLINK ", '"https://sam.gov/link"')), "plan.docx", Content.DOCX),
        (linked("hyperlink", "https://www.acquisition.gov/far"), "plan.docx", Content.DOCX),
        (docx(parts={"word/embeddings/s.xlsx": workbook()}), "plan.docx", Content.DOCX),
        (workbook(), "prices.XLSX", Content.XLSX),
        (pdf(), "quote.pdf", Content.PDF),
        (picture("png"), "photo.png", Content.PNG),
        (picture("jpeg"), "photo.jpeg", Content.JPEG),
        ("Größe;Preis\r\n1;2\r\n".encode(), "prices.csv", Content.TEXT),
        (b"\xef\xbb\xbfminutes", "minutes.txt", Content.TEXT),
    ],
)
def test_a_file_is_what_its_bytes_say(data: bytes, name: str, content: Content) -> None:
    assert check(data, name) == Checked(content, name, len(data))


@pytest.mark.parametrize("template", sorted(TEMPLATES.glob("*.docx")), ids=lambda path: path.stem)
def test_our_own_documents_may_come_back(template: Path) -> None:
    assert check(template.read_bytes(), template.name).content is Content.DOCX


def test_a_name_without_an_ending_gets_the_usual_one() -> None:
    assert check(pdf(), "quote").name == "quote.pdf"
    assert check(pdf(), "quote of 3. March").name == "quote of 3. March.pdf"


@pytest.mark.parametrize(
    ("data", "name", "reason"),
    [
        (b"", "nothing.txt", Refusal.EMPTY),
        (b"MZ\x90\0\x03\0\0\0\x04\0\0\0\xff\xff", "plan.docx", Refusal.UNSUPPORTED),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "old.doc", Refusal.UNSUPPORTED),
        (package({"readme.txt": "x"}), "files.zip", Refusal.UNSUPPORTED),
        (b"GIF89a\x01\0\x01\0", "dot.gif", Refusal.UNSUPPORTED),
        (b"text\0with NUL", "notes.txt", Refusal.UNSUPPORTED),
        (b"<html></html>", "page.html", Refusal.WRONG_EXTENSION),
        (pdf(), "plan.docx", Refusal.WRONG_EXTENSION),
        (docx(), "plan.pdf", Refusal.WRONG_EXTENSION),
        (docx(), "plan.docm", Refusal.WRONG_EXTENSION),
        (pdf() + package({"x": "y"}), "both.pdf", Refusal.DAMAGED),
        (picture("png") + package({"x": "y"}), "both.png", Refusal.DAMAGED),
    ],
)
def test_other_types_and_disguises_are_refused(data: bytes, name: str, reason: Refusal) -> None:
    assert refusal(data, name) is reason


@pytest.mark.parametrize(
    "data",
    [
        docx(main=MACROS),
        docx(parts={"word/vbaProject.bin": b"\xd0\xcf"}),
        docx(parts={"word/activeX/activeX1.xml": "<x/>"}),
        docx(parts={"word/embeddings/oleObject1.bin": b"MZ"}),
        docx(parts={"word/embeddings/s.xlsx": workbook({"xl/vbaProject.bin": b"\xd0"})}),
        docx(field("DDEAUTO c:\\\\windows\\\\cmd.exe")),
        docx(field("D", "DEA", "UTO cmd")),
        docx('<w:p><w:fldSimple w:instr=" INCLUDETEXT http://10.0.0.1/x "/></w:p>'),
        linked("aFChunk", "part.html", "Internal"),
        linked("oleObject", "x.bin", "Internal"),
    ],
)
def test_a_word_document_that_runs_or_fetches_is_refused(data: bytes) -> None:
    assert refusal(data, "plan.docx") is Refusal.ACTIVE


def test_a_workbook_with_macros_is_refused() -> None:
    assert refusal(workbook({"xl/vbaProject.bin": b"x"}), "a.xlsx") is Refusal.ACTIVE
    assert refusal(workbook({"xl/macrosheets/s.xml": "<x/>"}), "a.xlsx") is Refusal.ACTIVE


@pytest.mark.parametrize(
    ("kind", "target"),
    [
        ("attachedTemplate", "https://example.org/t.dotm"),
        ("image", "file://server/share/x.png"),
        ("image", "https://example.org/beacon.png"),
        ("hyperlink", "file:///etc/passwd"),
        ("hyperlink", "javascript:alert(1)"),
        ("hyperlink", "\\\\server\\share"),
        ("hyperlink", "ms-msdt:/id"),
    ],
)
def test_what_leads_out_of_a_document_is_refused(kind: str, target: str) -> None:
    assert refusal(linked(kind, target), "plan.docx") is Refusal.LINKED


@pytest.mark.parametrize(
    "name", ["../../etc/cron.d/x", "/etc/passwd", "..\\x.xml", "c:evil.xml", "word/../../x"]
)
def test_an_archive_that_reaches_outside_itself_is_refused(name: str) -> None:
    assert refusal(docx(parts={name: "x"}), "plan.docx") is Refusal.DAMAGED


def test_declared_entities_and_broken_parts_are_refused() -> None:
    entity = '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><x>&a;</x>'
    assert refusal(docx(parts={"word/styles.xml": entity}), "a.docx") is Refusal.DAMAGED
    wide = entity.encode("utf-16")
    assert refusal(docx(parts={"word/styles.xml": wide}), "a.docx") is Refusal.DAMAGED
    assert refusal(docx(parts={"word/styles.xml": "<x>"}), "a.docx") is Refusal.DAMAGED
    assert refusal(docx()[:-40], "a.docx") is Refusal.DAMAGED
    changed = bytearray(docx(parts={"word/media/i.bin": b"0123456789" * 9}))
    with zipfile.ZipFile(io.BytesIO(changed)) as archive:
        place = archive.getinfo("word/media/i.bin").header_offset + 30 + len("word/media/i.bin") + 2
    changed[place] ^= 0xFF
    assert refusal(bytes(changed), "a.docx") is Refusal.DAMAGED


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (docx(parts={"word/media/i.bin": BOMB}), "a.docx"),
        (docx(parts={f"word/media/{n}.bin": b"\1" for n in range(3_100)}), "a.docx"),
        (docx(parts={"word/styles.xml": b"<x>" + b" " * 40_000_000 + b"</x>"}), "a.docx"),
        (wide_png(60_000, 60_000), "a.png"),
    ],
    ids=["ratio", "parts", "xml", "pixels"],
)
def test_what_unpacks_to_far_more_is_refused_without_unpacking_it(data: bytes, name: str) -> None:
    tracemalloc.start()
    assert refusal(data, name) is Refusal.UNPACKS_TOO_LARGE
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 20_000_000, f"{peak:,} bytes were needed to refuse {len(data):,}"


def test_a_pdf_that_unpacks_to_far_more_is_refused_soon() -> None:
    bomb = pdf_bomb(300 * 1024 * 1024)
    start = time.process_time()
    assert refusal(bomb, "a.pdf") is Refusal.UNPACKS_TOO_LARGE
    assert time.process_time() - start < 5, "the limit on unpacking does not hold"


def test_an_archive_inside_an_archive_has_one_level() -> None:
    inner = docx(parts={"word/embeddings/a.xlsx": workbook({"xl/embeddings/b.xlsx": workbook()})})
    assert refusal(inner, "a.docx") is Refusal.ACTIVE


@pytest.mark.parametrize(
    "data",
    [
        pdf(OpenAction=script()),
        pdf(OpenAction=pikepdf.Dictionary(JS="app.alert(1)")),
        pdf(AA=pikepdf.Dictionary(WC=script("Launch"))),
        pdf(Names=pikepdf.Dictionary(EmbeddedFiles=pikepdf.Dictionary())),
        pdf(AcroForm=pikepdf.Dictionary(XFA=pikepdf.Array([]))),
        pdf(Deep=pikepdf.Array([pikepdf.Array([script("SubmitForm")])])),
    ],
)
def test_a_pdf_that_acts_or_carries_files_is_refused(data: bytes) -> None:
    assert refusal(data, "a.pdf") is Refusal.ACTIVE


def test_locked_and_damaged_files_are_refused() -> None:
    assert refusal(locked_pdf(), "a.pdf") is Refusal.ENCRYPTED
    assert refusal(b"%PDF-1.7\nnothing", "a.pdf") is Refusal.DAMAGED
    assert refusal(picture("png")[:-6], "a.png") is Refusal.DAMAGED
    assert refusal(picture("jpeg")[:60], "a.jpg") is Refusal.DAMAGED
    assert refusal(wide_png(0, 9), "a.png") is Refusal.DAMAGED
    assert wide_png(LARGEST_PICTURE, 1)


def test_a_file_over_the_limit_is_refused_unread() -> None:
    assert refusal(b"a" * (LARGEST_FILE + 1), "a.txt") is Refusal.TOO_LARGE


@pytest.mark.parametrize(
    "name",
    [
        "../../etc/passwd.pdf",
        "..\\..\\boot.pdf",
        "C:\\plan.pdf",
        ".htaccess",
        "..",
        "plan\u202efdp.exe",
        "plan\n.pdf",
        "plan\0.pdf",
        "CON.pdf",
        "lpt1",
        "x" * 151,
        "   ",
        "a.pdf.",
    ],
)
def test_a_name_that_is_a_path_or_a_trick_is_refused(name: str) -> None:
    assert refusal(pdf(), name) is Refusal.UNSAFE_NAME
