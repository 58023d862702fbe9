"""The finished package on disk: a DOCX and a PDF per document, what they rest on, and a ZIP."""

import asyncio
import hashlib
import json
import shutil
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from demo.client import Person
from documents.package_on_disk import FACTS, INDEX, RECORDS
from documents.quotations import Quotation
from documents.vocabulary import RecordKind

DOWNLOADS_AT_ONCE = 8


@dataclass(frozen=True, slots=True)
class Package:
    """What was written, as listed in ``index.json``."""

    folder: Path
    project_id: str
    entries: tuple[dict[str, Any], ...]


async def download_package(reader: Person, project_id: str, folder: Path) -> Package:
    """Download every document of a project into an empty folder and write index and ZIP.

    Only what the reader may see is there: sign in as a member of the source selection team.
    """
    documents = (await reader.get(f"/api/projects/{project_id}/documents"))["documents"]
    project = (await reader.get(f"/api/projects/{project_id}"))["project"]
    stated = (await reader.get(f"/api/projects/{project_id}/records"))["records"]
    slots = asyncio.Semaphore(DOWNLOADS_AT_ONCE)
    files: dict[str, bytes] = {}

    async def one(document: Mapping[str, Any]) -> dict[str, Any]:
        async with slots:
            return await _download(reader, document, files)

    entries = tuple(await asyncio.gather(*(one(document) for document in documents)))
    index = {"project": project["name"], "project_id": project_id, "documents": entries}
    bodies = {record["kind"]: record["body"] for record in stated}
    files[FACTS] = _json(bodies["facts"])
    files[RECORDS] = _json({kind: bodies[kind] for kind in RecordKind if kind in bodies})
    files[INDEX] = _json(index)
    await asyncio.to_thread(_write, folder, files)
    return Package(folder=folder, project_id=project_id, entries=entries)


def _json(content: object) -> bytes:
    return (json.dumps(content, indent=2, ensure_ascii=False) + "\n").encode()


def _write(folder: Path, files: Mapping[str, bytes]) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    # DOCX and PDF are compressed already.
    with zipfile.ZipFile(folder / "package.zip", "w", zipfile.ZIP_STORED) as archive:
        for name, content in sorted(files.items()):
            (folder / name).write_bytes(content)
            archive.writestr(name, content)


async def _download(
    reader: Person, document: Mapping[str, Any], downloaded: dict[str, bytes]
) -> dict[str, Any]:
    uploads = (await reader.get(f"/api/documents/{document['id']}/uploads"))["uploads"]
    upload = next(upload for upload in uploads if upload["is_current_version"])
    approvals = (await reader.get(f"/api/documents/{document['id']}/approvals"))["approvals"]
    files: dict[str, Any] = {}
    for kind in ("docx", "pdf"):
        content = await reader.download(f"/api/uploads/{upload['id']}/{kind}")
        name = f"{document['code']}.{kind}"
        downloaded[name] = content
        files[kind] = {
            "file": name,
            "bytes": len(content),
            "sha256": hashlib.sha256(content).hexdigest(),
        }
    return {
        "code": document["code"],
        "title": document["document_name"],
        "phase": document["phase"],
        "sensitivity": document["sensitivity"],
        "drafter": upload["uploader"]["name"],
        "version": upload["version_number"],
        "status": document["status"],
        "files": files,
        "page_count": upload["pages"],
        "approvals": [
            {
                "position": approval["position"],
                "name": approval["approver"]["name"],
                "status": approval["approval_status"],
                "time": approval["approval_date"],
                "sha256": approval["sha256"],
            }
            for approval in approvals
            if approval["document_upload_id"] == upload["id"]
        ],
        "workflow_id": upload["workflow_id"],
        "quotations": await _quotations(reader, document["id"]),
    }


async def _quotations(reader: Person, document_id: str) -> list[str]:
    """What drafts of the document print of named sources: for that their sources answer."""
    drafts = (await reader.get(f"/api/documents/{document_id}/drafts"))["drafts"]
    quotes = [Quotation(**quote).printed for draft in drafts for quote in draft["quotes"]]
    return sorted(set(quotes))
