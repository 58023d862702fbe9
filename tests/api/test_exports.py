"""Several documents in one archive: what the caller may see, and nothing else."""

import hashlib
import io
import json
import zipfile
from typing import Any
from uuid import uuid4

import pytest
import pytest_asyncio

from runtime.settings import Settings
from tests.api.acquisition import document_of, project_under_review, requirements_of
from tests.api.conftest import ADMIN, MANAGER, OFFICER, VIEWER, Client, SignIn


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def project(workers: None, sign_in: SignIn) -> dict[str, Any]:
    return await project_under_review(sign_in)


def url_of(project: dict[str, Any]) -> str:
    return f"/api/projects/{project['id']}/export-generated-batch"


def opened(content: bytes) -> tuple[dict[str, bytes], dict[str, Any]]:
    """The files by name, and the index."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None, "the archive is damaged"
        files = {name: archive.read(name) for name in archive.namelist()}
    return files, json.loads(files.pop("index.json"))


@pytest.mark.parametrize(
    ("format", "extension", "start"),
    [("pdf", "pdf", b"%PDF"), ("docx", "docx", b"PK"), ("markdown", "md", b"# ")],
)
async def test_each_format_holds_the_stored_bytes_and_an_index_with_their_hashes(
    project: dict[str, Any], sign_in: SignIn, format: str, extension: str, start: bytes
) -> None:
    viewer = await sign_in(VIEWER)
    made = await requirements_of(viewer, project)
    planned = await document_of(viewer, project["id"], "MRR")
    answer = await viewer.post(
        url_of(project),
        json={"document_ids": [planned["id"], made["id"], made["id"]], "format": format},
    )
    assert answer.status_code == 200, answer.text
    assert answer.headers["Content-Type"] == "application/zip"
    assert answer.headers["Content-Disposition"].startswith("attachment")
    files, index = opened(answer.content)
    assert list(files) == [f"PR_v1.{extension}"], "each document once, named by code and version"
    content = files[f"PR_v1.{extension}"]
    assert content.startswith(start)
    (entry,) = index["documents"]
    assert entry["sha256"] == hashlib.sha256(content).hexdigest()
    assert (entry["code"], entry["version"], entry["status"]) == ("PR", 1, "under_review")
    assert index["without_version"] == ["MRR"]


async def test_what_the_caller_may_not_see_does_not_exist(
    project: dict[str, Any], sign_in: SignIn, anybody: Client
) -> None:
    officer, viewer, admin = [await sign_in(email) for email in (OFFICER, VIEWER, ADMIN)]
    secret = await document_of(officer, project["id"], "SSP")
    made = await requirements_of(officer, project)
    both = {"document_ids": [made["id"], secret["id"]]}
    for stranger in (viewer, admin):
        refused = await stranger.post(url_of(project), json=both)
        assert refused.status_code == 404
        assert "SSP" not in refused.text, "the refusal names what it hides"
    assert (await anybody.post(url_of(project), json=both)).status_code == 403
    mine = await officer.post(url_of(project), json=both)
    assert opened(mine.content)[1]["without_version"] == ["SSP"]
    elsewhere = {"document_ids": [str(uuid4())]}
    assert (await officer.post(url_of(project), json=elsewhere)).status_code == 404


async def test_an_export_of_nothing_is_refused(project: dict[str, Any], sign_in: SignIn) -> None:
    manager = await sign_in(MANAGER)
    planned = await document_of(manager, project["id"], "MRR")
    nothing = await manager.post(url_of(project), json={"document_ids": [planned["id"]]})
    assert (nothing.status_code, nothing.json()["code"]) == (409, "NothingGenerated")
    wrong: list[dict[str, Any]] = [
        {"document_ids": []},
        {"document_ids": ["../../etc/passwd"]},
        {"document_ids": [planned["id"]], "format": "exe"},
        {"document_ids": [planned["id"]] * 201},
    ]
    for form in wrong:
        assert (await manager.post(url_of(project), json=form)).status_code == 422, form


async def test_a_file_that_was_changed_on_disk_is_never_exported(
    project: dict[str, Any], sign_in: SignIn, settings: Settings
) -> None:
    manager = await sign_in(MANAGER)
    made = await requirements_of(manager, project)
    sha256 = made["latest_upload"]["pdf_sha256"]
    path = settings.artifacts_dir / sha256[:2] / sha256
    original = path.read_bytes()
    path.write_bytes(original + b"\n")
    try:
        answer = await manager.post(url_of(project), json={"document_ids": [made["id"]]})
    finally:
        path.write_bytes(original)
    assert (answer.status_code, answer.json()["code"]) == (409, "FileUnavailable")
