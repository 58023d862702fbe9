"""Files and texts that people bring, at the routes, with real workers."""

import asyncio
import hashlib
import json
import urllib.request
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit
from uuid import uuid4

import pytest
import pytest_asyncio

import api.limits
from api.limits import LARGEST_BODY, LARGEST_FORM
from documents.uploads import LARGEST_FILE
from runtime.settings import Settings
from tests.api.acquisition import document_of, project_under_review, requirements_of
from tests.api.conftest import (
    ADMIN,
    COMPTROLLER,
    MANAGER,
    OFFICER,
    SPECIALIST,
    VIEWER,
    Client,
    SignIn,
)
from tests.api.team import INTERNAL, sample_project
from tests.documents.outside_files import MACROS, docx, package, pdf, picture, workbook
from tests.waiting import until

TEXT = "# Need\n\nThe ships need **parts**.\n\n| Part | Count |\n| --- | ---: |\n| Pump | 3 |\n"
FORM = {"Content-Type": "multipart/form-data; boundary=x"}
BOMB = docx(parts={"word/media/i.bin": b"\0" * (90 * 1024 * 1024)})


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def project(workers: None, sign_in: SignIn) -> dict[str, Any]:
    return await project_under_review(sign_in)


def stored(settings: Settings) -> set[Path]:
    """Every file of the artifact store, drafts included."""
    return {path for path in settings.artifacts_dir.rglob("*") if path.is_file()}


async def url_of(client: Client, project: dict[str, Any]) -> str:
    return f"/api/documents/{(await requirements_of(client, project))['id']}"


async def listed(client: Client, url: str) -> list[dict[str, Any]]:
    return (await client.get(f"{url}/uploads")).json()["uploads"]


async def attach(client: Client, url: str, name: str, data: bytes, **form: Any) -> dict[str, Any]:
    answer = await client.post(f"{url}/upload", files={"file": (name, data)}, data=form)
    assert answer.status_code == 200, answer.text
    return answer.json()["upload"]


async def test_a_file_is_kept_beside_the_document_and_taken_away(
    project: dict[str, Any], sign_in: SignIn, anybody: Client
) -> None:
    manager, comptroller = await sign_in(MANAGER), await sign_in(COMPTROLLER)
    url = await url_of(manager, project)
    data = pdf()
    upload = await attach(comptroller, url, "Größen & Preise.pdf", data, notes="Quote of May")
    assert (upload["kind"], upload["file_type"]) == ("attachment", "application/pdf")
    assert (upload["file_size"], upload["notes"]) == (len(data), "Quote of May")
    assert upload["sha256"] == hashlib.sha256(data).hexdigest()
    assert [row["kind"] for row in await listed(manager, url)] == ["version", "attachment"]

    answer = await manager.get(upload["file_path"])
    assert (answer.content, answer.headers["ETag"]) == (data, f'"{upload["sha256"]}"')
    assert answer.headers["Content-Disposition"].startswith("attachment"), "never shown inline"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert (await anybody.get(upload["file_path"])).status_code == 403
    assert (await manager.get(upload["file_path"] + "x")).status_code == 404

    gone = f"/api/uploads/{upload['id']}"
    specialist = await sign_in(SPECIALIST)
    assert (await specialist.delete(gone)).status_code == 200, "an officer may tidy up"
    assert (await manager.get(upload["file_path"])).status_code == 404
    assert (await manager.delete(gone)).status_code == 404
    theirs = await attach(manager, url, "plan.docx", docx(), attachment="true")
    assert theirs["kind"] == "attachment", "a DOCX may be kept beside the document too"
    refused = await comptroller.delete(f"/api/uploads/{theirs['id']}")
    assert refused.status_code == 403, "only who added it, or who manages the files"


async def test_parts_of_a_file_are_sent_on_request(
    project: dict[str, Any], sign_in: SignIn
) -> None:
    manager = await sign_in(MANAGER)
    url = await url_of(manager, project)
    upload = await attach(manager, url, "minutes.txt", b"0123456789")
    path = upload["file_path"]

    async def part(asked: str, **headers: str) -> tuple[int, bytes]:
        answer = await manager.get(path, headers={"Range": asked, **headers})
        return answer.status_code, answer.content

    assert await part("bytes=2-4") == (206, b"234")
    assert await part("bytes=-3") == (206, b"789")
    assert await part("bytes=8-") == (206, b"89")
    assert await part("bytes=0-0", **{"If-Range": f'"{upload["sha256"]}"'}) == (206, b"0")
    assert await part("bytes=0-0", **{"If-Range": '"other"'}) == (200, b"0123456789")
    for asked in ("bytes=10-", "bytes=4-2", "bytes=-0", "pages=1-2", "bytes=", "bytes=a-b", ""):
        answer = await manager.get(path, headers={"Range": asked})
        assert (answer.status_code, answer.json()["code"]) == (416, "range_not_satisfiable"), asked
        assert answer.headers["Content-Range"] == "bytes */10"
    for tag in (f'"{upload["sha256"]}"', f'W/"{upload["sha256"]}", "x"', "*"):
        known = await manager.get(path, headers={"If-None-Match": tag})
        assert (known.status_code, known.content) == (304, b""), tag


@pytest.mark.parametrize(
    ("name", "data", "status", "code"),
    [
        ("macros.docx", docx(main=MACROS), 422, "ActiveContent"),
        ("bomb.docx", BOMB, 422, "UnpacksTooLarge"),
        ("plan.docx", pdf(), 422, "WrongExtension"),
        ("plan.docx", b"MZ\x90\0", 415, "UnsupportedType"),
        ("files.zip", package({"x.txt": "x"}), 415, "UnsupportedType"),
        ("../../plan.docx", docx(), 422, "UnsafeName"),
        ("plan.docx", docx(parts={"../../x": "x"}), 422, "DamagedFile"),
        ("empty.txt", b"", 422, "EmptyFile"),
        ("large.txt", b"a" * (LARGEST_FILE + 1), 413, "FileTooLarge"),
    ],
)
async def test_a_file_that_may_not_be_kept_is_refused_with_the_reason_and_not_stored(
    project: dict[str, Any],
    sign_in: SignIn,
    settings: Settings,
    name: str,
    data: bytes,
    status: int,
    code: str,
) -> None:
    manager = await sign_in(MANAGER)
    url = await url_of(manager, project)
    files, before = stored(settings), await listed(manager, url)
    answer = await manager.post(
        f"{url}/upload", params={"file_name": name}, files={"file": ("file", data)}
    )
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (status, code), answer.text
    assert problem["detail"], "the person has to know what to change"
    assert stored(settings) == files, "bytes were stored of a file that was refused"
    assert await listed(manager, url) == before


@pytest.mark.parametrize("declares_its_length", [True, False])
@pytest.mark.parametrize("path", ["documents/{}/upload", "projects/{}/sources"])
async def test_a_page_of_another_origin_can_read_why_a_file_was_too_large(
    settings: Settings, sign_in: SignIn, path: str, declares_its_length: bool
) -> None:
    officer, sample = await sign_in(OFFICER), await sample_project(settings)
    owner = sample.documents[INTERNAL] if path.startswith("documents") else sample.project
    origin, files = settings.cors_origins[0], stored(settings)
    body = form_of("large.txt", b"a" * LARGEST_FORM)
    answer = await officer.post(
        f"/api/{path.format(owner)}",
        content=body if declares_its_length else in_parts(body),
        headers={**FORM, "Origin": origin, "Idempotency-Key": uuid4().hex},
    )
    assert (answer.status_code, answer.json()["code"]) == (413, "FileTooLarge"), answer.text
    assert answer.json()["detail"] == "The file is larger than 25 MB: send a smaller one"
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.headers["Access-Control-Allow-Origin"] == origin
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "no-store"
    assert stored(settings) == files


async def test_a_body_without_a_length_has_the_same_limit(sign_in: SignIn) -> None:
    officer = await sign_in(OFFICER)
    form = {"name": "Radios", "project_type": "rfp", "auto_draft": False}
    key = {"Idempotency-Key": uuid4().hex, "Content-Type": "application/json"}
    large = json.dumps({**form, "description": "a" * LARGEST_BODY}).encode()
    for body in (large, in_parts(large)):
        answer = await officer.post("/api/projects", content=body, headers=key)
        assert (answer.status_code, answer.json()["code"]) == (413, "content_too_large")
        assert answer.json()["detail"] == "The request is larger than 4 MB: send less at once"
    smaller = await officer.post("/api/projects", content=json.dumps(form), headers=key)
    assert smaller.status_code == 200, "what was refused has not used up its key"


async def test_who_sends_all_before_reading_hears_that_it_was_too_large(api_url: str) -> None:
    reader, writer = await connected(api_url, LARGEST_FORM * 2)
    writer.write(b"a" * LARGEST_FORM * 2)
    await writer.drain()
    answer = await asyncio.wait_for(reader.read(), 30)
    assert answer.startswith(b"HTTP/1.1 413 "), answer
    assert b"FileTooLarge" in answer, "and then the connection is closed"
    writer.close()


async def test_who_sends_without_end_is_cut_off(
    api_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api.limits, "LINGERING_SECONDS", 0.5)
    reader, writer = await connected(api_url, 10**15)
    assert b" 413 " in await reader.readline()

    async def send_on() -> None:
        while True:
            writer.write(b"a" * 2**20)
            await writer.drain()

    with pytest.raises(ConnectionError):
        await asyncio.wait_for(send_on(), 30)


async def connected(url: str, length: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A connection on which an upload of that length has been announced."""
    address = urlsplit(url)
    reader, writer = await asyncio.open_connection(address.hostname, address.port)
    writer.write(
        f"POST /api/documents/{uuid4()}/upload HTTP/1.1\r\nHost: {address.netloc}\r\n"
        f"Content-Type: {FORM['Content-Type']}\r\nContent-Length: {length}\r\n\r\n".encode()
    )
    return reader, writer


def form_of(name: str, data: bytes) -> bytes:
    head = f'--x\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'
    return head.encode() + data + b"\r\n--x--\r\n"


async def in_parts(body: bytes) -> AsyncIterator[bytes]:
    """A body whose length is not known before its end."""
    for start in range(0, len(body), 2**20):
        yield body[start : start + 2**20]


async def test_todays_page_sends_a_name_and_no_bytes(
    project: dict[str, Any], sign_in: SignIn
) -> None:
    manager = await sign_in(MANAGER)
    url = await url_of(manager, project)
    by_query = await manager.post(
        f"{url}/upload", params={"file_name": "letter.pdf", "notes": "On paper"}
    )
    by_body = await manager.post(f"{url}/upload", json={"file_name": "letter 2.pdf"})
    for answer, name in ((by_query, "letter.pdf"), (by_body, "letter 2.pdf")):
        upload = answer.json()["upload"]
        assert (answer.status_code, upload["file_name"], upload["file_size"]) == (200, name, 0)
        assert upload["file_path"] == "", "there is nothing to download, and nothing pretends"
        assert "no file" in answer.json()["message"]
        assert (await manager.delete(f"/api/uploads/{upload['id']}")).status_code == 200
    nameless = await manager.post(f"{url}/upload")
    assert (nameless.status_code, nameless.json()["code"]) == (422, "invalid_request")
    broken = await manager.post(
        f"{url}/upload", content=b"{", headers={"Content-Type": "application/json"}
    )
    assert broken.status_code == 422
    raw = await manager.post(
        f"{url}/upload", content=b"x", headers={"Content-Type": "application/octet-stream"}
    )
    assert raw.status_code == 415


async def test_files_are_added_by_the_team_and_secrets_do_not_exist_for_others(
    project: dict[str, Any], sign_in: SignIn, anybody: Client
) -> None:
    officer, viewer = await sign_in(OFFICER), await sign_in(VIEWER)
    admin = await sign_in(ADMIN)
    url = await url_of(officer, project)
    file = {"file": ("photo.png", picture("png"))}
    assert (await viewer.post(f"{url}/upload", files=file)).status_code == 403
    assert (await anybody.post(f"{url}/upload", files=file)).status_code == 403
    secret = await document_of(officer, project["id"], "SSP")
    hidden = f"/api/documents/{secret['id']}"
    upload = await attach(officer, hidden, "prices.xlsx", workbook())
    for stranger in (viewer, admin):
        assert (await stranger.post(f"{hidden}/upload", files=file)).status_code == 404
        assert (await stranger.get(upload["file_path"])).status_code == 404
        assert (await stranger.delete(f"/api/uploads/{upload['id']}")).status_code == 404
    assert (await officer.get(upload["file_path"])).status_code == 200


async def test_a_repeated_upload_with_its_key_is_one(
    project: dict[str, Any], sign_in: SignIn
) -> None:
    manager = await sign_in(MANAGER)
    url = await url_of(manager, project)
    answers = [
        await manager.post(
            f"{url}/upload",
            files={"file": ("photo.jpg", picture("jpeg"))},
            headers={"Idempotency-Key": f"photo-{project['id']}"},
        )
        for _ in range(2)
    ]
    assert len({answer.json()["upload"]["id"] for answer in answers}) == 1


async def test_a_replacement_is_converted_voids_the_signatures_and_makes_its_sender_the_drafter(
    project: dict[str, Any], sign_in: SignIn, settings: Settings
) -> None:
    officer, manager = await sign_in(OFFICER), await sign_in(MANAGER)
    comptroller = await sign_in(COMPTROLLER)
    url = await url_of(manager, project)
    first = (await manager.get(f"{url}/approvals")).json()["approvals"][0]
    signed = await comptroller.post(f"/api/approvals/{first['id']}/approve")
    assert signed.status_code == 200, signed.text
    data = docx("<w:p><w:r><w:t>The requirement as the user restated it.</w:t></w:r></w:p>")

    files = stored(settings)
    by_signer = await officer.post(f"{url}/upload", files={"file": ("pr.docx", data)})
    assert by_signer.status_code == 403, by_signer.text
    assert by_signer.json()["code"] == "DrafterCannotApprove", "who signs does not submit"
    assert stored(settings) == files

    answer = await manager.post(
        f"{url}/upload", files={"file": ("pr.docx", data)}, data={"notes": "Restated"}
    )
    assert answer.status_code == 200, answer.text
    upload = answer.json()["upload"]
    assert (upload["kind"], upload["is_current_version"]) == ("version", True)
    assert upload["version_number"] == first["approval_round"] + 1
    assert upload["docx_sha256"] == hashlib.sha256(data).hexdigest(), "kept byte for byte"
    assert (await manager.get(upload["docx_url"])).content == data
    assert (await manager.get(upload["pdf_url"])).content.startswith(b"%PDF")
    document = await requirements_of(manager, project)
    assert "as the user restated it" in document["generated_content"]
    approvals = (await manager.get(f"{url}/approvals")).json()["approvals"]
    statuses: dict[int, set[str]] = {}
    for row in approvals:
        statuses.setdefault(row["approval_round"], set()).add(row["approval_status"])
    assert statuses[first["approval_round"]] == {"voided"}, "no signature outlives its version"
    assert statuses[upload["version_number"]] == {"pending"}
    own = approvals[0]
    mine = await manager.post(f"/api/approvals/{own['id']}/approve")
    assert (mine.status_code, mine.json()["code"]) == (403, "DrafterCannotApprove")
    kept = await manager.delete(f"/api/uploads/{upload['id']}")
    assert (kept.status_code, kept.json()["code"]) == (409, "VersionIsKept")


async def test_a_saved_text_becomes_the_next_version_by_query_and_by_body(
    project: dict[str, Any], sign_in: SignIn
) -> None:
    manager = await sign_in(MANAGER)
    url = await url_of(manager, project)
    before = (await manager.get(url)).json()["current_version"]
    answers = [
        await manager.post(f"{url}/save-generated", params={"content": TEXT}),
        await manager.post(
            f"{url}/save-generated", json={"content": TEXT * 2, "quality_score": 80}
        ),
    ]
    for version, answer in enumerate(answers, before + 1):
        assert answer.status_code == 200, answer.text
        saved = answer.json()["document"]
        assert saved["current_version"] == version
        assert saved["generated_content"].startswith("# Need")

    async def shown() -> dict[str, Any]:
        return (await manager.get(url)).json()

    last = await until(shown, lambda document: document["status"] == "under_review")
    assert last["generated_content"] == TEXT * 2, "the text is kept as it was saved"
    assert last["ai_quality_score"] == 80, "its author rated it so"
    assert last["latest_upload"]["uploaded_by"] == last["assigned_user_id"]


async def test_a_text_that_cannot_be_rendered_is_refused_at_once(
    project: dict[str, Any], sign_in: SignIn
) -> None:
    officer, manager = await sign_in(OFFICER), await sign_in(MANAGER)
    url = f"{await url_of(manager, project)}/save-generated"
    pictured = await manager.post(url, json={"content": "![map](https://example.org/map.png)"})
    assert pictured.status_code == 422, pictured.text
    assert (await manager.post(url)).status_code == 422
    by_signer = await officer.post(url, json={"content": TEXT})
    assert (by_signer.status_code, by_signer.json()["code"]) == (403, "DrafterCannotApprove")


async def test_a_whole_document_fits_into_the_address_and_stays_out_of_the_log(
    project: dict[str, Any], sign_in: SignIn, caplog: pytest.LogCaptureFixture
) -> None:
    manager = await sign_in(MANAGER)
    content = "word " * 50_000
    address = f"{manager.base_url}{await url_of(manager, project)}/save-generated"
    request = urllib.request.Request(
        f"{address}?{urlencode({'content': content})}",
        method="POST",
        headers={"Authorization": manager.headers["Authorization"]},
    )
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def send() -> Any:
        with opener.open(request, timeout=120) as answer:
            return json.load(answer)

    with caplog.at_level("INFO", logger="uvicorn.access"):
        saved = await asyncio.to_thread(send)
    assert "save-generated" in caplog.text, "the request itself is logged"
    assert "word" not in caplog.text, "a document's text is in the access log"
    assert saved["document"]["generated_content"] == content
