"""Uploaded files are hostile until proven plain: limits, cleaning, and errors by name."""

import io
import re
import zipfile
import zlib
from collections.abc import Callable, Mapping

import pytest
from PIL import Image

from documents.rendering import Layout, UnsafeDocument, extract_text, render_docx
from documents.rendering.archive import MAX_ENTRIES, MAX_XML_PART_BYTES, read_archive, write_archive
from documents.rendering.cleaning import plain_copy, safe_copy
from documents.rendering.embedded_engine import convert
from documents.rendering.keeping import Keeper
from tests.documents.rendering_samples import cover_of

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"


def good() -> dict[str, bytes]:
    return read_archive(render_docx("Plain text.", cover_of(Layout.NOTICE)))


def with_body(inner: str, **more: bytes) -> bytes:
    parts = good()
    document = parts["word/document.xml"].decode()
    parts["word/document.xml"] = document.replace("<w:body>", f"<w:body>{inner}", 1).encode()
    return write_archive({**parts, **{name: data for name, data in more.items()}})


def changed(name: str, edit: Callable[[bytes], bytes]) -> bytes:
    parts = good()
    parts[name] = edit(parts[name])
    return write_archive(parts)


def body_of(docx: bytes) -> str:
    return read_archive(docx)["word/document.xml"].decode()


def zip_of(parts: Mapping[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return packed.getvalue()


HOSTILE = {
    "not a zip": b"%PDF-1.7 hello",
    "empty": b"",
    "a cut package": zip_of(good())[:3000],
    "a zip that is no document": zip_of({"hello.txt": b"hello"}),
    "a zip bomb": zip_of({**good(), "word/bomb.xml": b" " * (MAX_XML_PART_BYTES + 1)}),
    "too many parts": zip_of({**good(), **{f"x/{i}": b"" for i in range(MAX_ENTRIES)}}),
    "a part outside the package": zip_of({**good(), "../evil.xml": b"<a/>"}),
    "a document type": changed("word/document.xml", lambda xml: b"<!DOCTYPE x []>" + xml),
    "an entity in a relationship part": changed(
        "_rels/.rels", lambda xml: xml.replace(b"?>", b'?><!DOCTYPE r [<!ENTITY a "b">]>', 1)
    ),
    "a document type in UTF-16": changed(
        "word/styles.xml", lambda _: "\ufeff<!DOCTYPE x><x/>".encode("utf-16-le")
    ),
    "an unusual encoding": changed(
        "word/document.xml", lambda xml: xml.replace(b"UTF-8", b"UTF-7", 1)
    ),
    "broken XML": changed("word/document.xml", lambda xml: xml[:-20]),
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_hostile_file_is_refused_by_name(kind: str) -> None:
    with pytest.raises(UnsafeDocument):
        plain_copy(HOSTILE[kind])
    with pytest.raises(UnsafeDocument):
        extract_text(HOSTILE[kind])


def test_two_parts_of_one_name_are_refused() -> None:
    packed = io.BytesIO(zip_of(good()))
    with (
        zipfile.ZipFile(packed, "a") as archive,
        pytest.warns(UserWarning, match="Duplicate name"),
    ):
        archive.writestr("word/document.xml", b"<other/>")
    with pytest.raises(UnsafeDocument, match="same name"):
        safe_copy(packed.getvalue())


def test_no_part_unpacks_to_more_than_it_declares() -> None:
    packed = bytearray(zip_of({"word/a.xml": b" " * 100_000, **good()}))
    for signature, crc_at in ((b"PK\x01\x02", 16), (b"PK\x03\x04", 14)):
        start = packed.index(signature)
        packed[start + crc_at : start + crc_at + 4] = zlib.crc32(b"   ").to_bytes(4, "little")
        packed[start + crc_at + 8 : start + crc_at + 12] = (3).to_bytes(4, "little")
    assert read_archive(bytes(packed))["word/a.xml"] == b"   ", (
        "limits are checked on declared sizes, so nothing may exceed them"
    )


def test_linked_pictures_are_cut_and_hyperlinks_stay() -> None:
    kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    outside = "".join(
        f'<Relationship Id="x{name}" Type="{kind}/{name}" TargetMode="External"'
        f' Target="http://127.0.0.1/{name}"/>'
        for name in ("image", "hyperlink", "attachedTemplate")
    ).encode()
    docx = changed(
        "word/_rels/document.xml.rels",
        lambda xml: xml.replace(b"</Relationships>", outside + b"</Relationships>"),
    )
    rels = read_archive(safe_copy(docx))["word/_rels/document.xml.rels"].decode()
    assert "127.0.0.1/hyperlink" in rels
    assert "127.0.0.1/image" not in rels, "converting must never fetch anything"
    assert "127.0.0.1/attachedTemplate" not in rels


def test_content_controls_and_form_fields_become_plain_text() -> None:
    field = (
        "<w:p><w:r><w:fldChar w:fldCharType='begin'><w:ffData>{data}</w:ffData></w:fldChar></w:r>"
        "<w:r><w:instrText> FORM </w:instrText></w:r>"
        "<w:r><w:fldChar w:fldCharType='separate'/></w:r><w:r><w:t>{shown}</w:t></w:r>"
        "<w:r><w:fldChar w:fldCharType='end'/></w:r></w:p>"
    )
    docx = with_body(
        "<w:sdt><w:sdtPr/><w:sdtContent><w:p><w:r><w:t>controlled</w:t></w:r></w:p>"
        "</w:sdtContent></w:sdt>"
        + field.format(data="<w:textInput/>", shown="typed")
        + field.format(data="<w:checkBox><w:checked/></w:checkBox>", shown="")
        + field.format(data="<w:checkBox><w:default w:val='0'/></w:checkBox>", shown="")
    )
    plain = plain_copy(docx)
    assert "w:sdt" not in body_of(plain)
    assert "fldChar" not in body_of(plain)
    text = extract_text(plain)
    for word in ("controlled", "typed", "\u2612", "\u2610"):
        assert word in text
    convert(docx, Keeper(), draft=False)


def test_symbols_get_runs_of_their_own_and_capitals_are_written() -> None:
    docx = with_body("<w:p><w:r><w:rPr><w:caps/></w:rPr><w:t>loud \u2612 box</w:t></w:r></w:p>")
    texts = re.findall(r"<w:t[^>]*>([^<]*)</w:t>", body_of(plain_copy(docx)))
    assert texts[:3] == ["LOUD ", "\u2612", " BOX"]


def test_repeated_bookmarks_are_renumbered() -> None:
    mark = (
        '<w:p><w:bookmarkStart w:id="7" w:name="same"/><w:r><w:t>x</w:t></w:r>'
        '<w:bookmarkEnd w:id="7"/></w:p>'
    )
    docx = with_body(mark * 3)
    plain = body_of(plain_copy(docx))
    assert len(set(re.findall(r'bookmarkStart w:id="(\d+)"', plain))) == 3
    assert len(set(re.findall(r'w:name="(same\w*)"', plain))) == 3
    assert sorted(re.findall(r'bookmarkEnd w:id="(\d+)"', plain)) == ["1", "2", "3"]
    convert(docx, Keeper(), draft=False)


def test_gif_pictures_become_png() -> None:
    gif = io.BytesIO()
    Image.new("P", (4, 4)).save(gif, "GIF")
    relationship = b'<Relationship Id="g" Type="t/image" Target="media/a.gif"/></Relationships>'
    parts = good()
    rels = "word/_rels/document.xml.rels"
    parts[rels] = parts[rels].replace(b"</Relationships>", relationship)
    parts["word/media/a.gif"] = gif.getvalue()
    plain = read_archive(plain_copy(write_archive(parts)))
    assert plain["word/media/a_gif.png"].startswith(b"\x89PNG")
    assert b"media/a_gif.png" in plain[rels]
    assert b'Extension="png"' in plain["[Content_Types].xml"]


def test_hidden_and_deleted_text_is_not_text() -> None:
    docx = with_body(
        "<w:p><w:r><w:rPr><w:vanish/></w:rPr><w:t>secret</w:t></w:r>"
        '<w:del w:id="1" w:author="x"><w:r><w:delText>gone</w:delText></w:r></w:del></w:p>'
    )
    text = extract_text(docx)
    assert "secret" not in text
    assert "gone" not in text
