"""Finished documents in one archive."""

import asyncio
import json
import os
import tempfile
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any
from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import FileResponse
from pydantic import BaseModel, Field
from starlette.background import BackgroundTask

from api.access import VisibleProject, visible_checklist
from api.dependencies import Collaborators, Product
from api.errors import Conflict, NotFound
from db.artifacts import ArtifactCorrupt, ArtifactMissing
from db.models import DocumentUpload
from db.queries import DocumentView

router = APIRouter(prefix="/api", tags=["Files"])

MOST_DOCUMENTS = 200
INDEX = "index.json"
ZIP: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "One file per document, and `index.json`",
        "content": {"application/zip": {"schema": {"type": "string", "format": "binary"}}},
    }
}


class ExportFormat(StrEnum):
    PDF = "pdf"
    DOCX = "docx"
    MARKDOWN = "markdown"

    @property
    def extension(self) -> str:
        return "md" if self is ExportFormat.MARKDOWN else self.value

    def hash_of(self, upload: DocumentUpload) -> str:
        """Under which the version's bytes in this format are stored."""
        match self:
            case ExportFormat.PDF:
                return upload.pdf_sha256
            case ExportFormat.DOCX:
                return upload.docx_sha256
            case ExportFormat.MARKDOWN:
                return upload.content_sha256


class ExportForm(BaseModel):
    document_ids: list[UUID] = Field(min_length=1, max_length=MOST_DOCUMENTS)
    format: ExportFormat = ExportFormat.PDF


@dataclass(frozen=True, slots=True)
class _Exported:
    view: DocumentView
    upload: DocumentUpload
    name: str
    sha256: str


@router.post(
    "/projects/{project_id}/export-generated-batch",
    summary="Download the newest versions of several documents",
    response_class=FileResponse,
    responses=ZIP,
)
async def export_generated_batch(
    product: Product, access: VisibleProject, form: ExportForm
) -> FileResponse:
    """``index.json`` names every file's version, status and hash, and documents without a version.

    A document that the caller may not see does not exist: the whole export is refused.
    """
    visible = {view.document.id: view for view in await visible_checklist(product, access)}
    if not visible.keys() >= set(form.document_ids):
        raise NotFound("Document")
    wanted = [visible[key] for key in dict.fromkeys(form.document_ids)]
    wanted.sort(key=lambda view: view.document.display_order)
    exported = [
        _Exported(
            view,
            upload,
            f"{upload.file_name}.{form.format.extension}",
            form.format.hash_of(upload),
        )
        for view in wanted
        if (upload := view.latest_upload) is not None
    ]
    if not exported:
        raise Conflict("NothingGenerated", "None of these documents has a version yet")
    missing = [view.document.code for view in wanted if view.latest_upload is None]
    index = {
        "project": access.project.name,
        "project_id": str(access.project.id),
        "format": form.format,
        "documents": [_entry(one) for one in exported],
        "without_version": missing,
    }
    archive = await _pack(product, exported, index)
    return FileResponse(
        archive,
        media_type="application/zip",
        filename=f"documents-{access.project.id}.zip",
        headers={"Cache-Control": "no-store"},
        background=BackgroundTask(archive.unlink, missing_ok=True),
    )


def _entry(one: _Exported) -> dict[str, Any]:
    document, upload = one.view.document, one.upload
    return {
        "file": one.name,
        "sha256": one.sha256,
        "document_id": str(document.id),
        "code": document.code,
        "name": document.document_name,
        "status": document.status,
        "sensitivity": document.sensitivity,
        "version": upload.version_number,
        "signed_sha256": upload.docx_sha256,
        "approved_at": upload.approved_at and upload.approved_at.isoformat(),
    }


async def _pack(
    product: Collaborators, exported: Sequence[_Exported], index: Mapping[str, Any]
) -> Path:
    """Write the archive to a file of its own, one document in memory at a time."""
    path = await asyncio.to_thread(_empty_file)
    try:
        for one in exported:
            content = await product.artifacts.read(one.sha256)
            await asyncio.to_thread(_append, path, one.name, content)
        text = json.dumps(index, indent=2, ensure_ascii=False) + "\n"
        await asyncio.to_thread(_append, path, INDEX, text.encode())
    except BaseException as error:
        await asyncio.to_thread(path.unlink, missing_ok=True)
        if isinstance(error, ArtifactMissing | ArtifactCorrupt):
            raise Conflict(
                "FileUnavailable", "A stored file is lost or damaged: restore it from a copy"
            ) from error
        raise
    return path


def _empty_file() -> Path:
    descriptor, name = tempfile.mkstemp(".zip", "export-")
    os.close(descriptor)
    return Path(name)


def _append(path: Path, name: str, content: bytes) -> None:
    # DOCX and PDF are compressed already.
    with zipfile.ZipFile(path, "a", zipfile.ZIP_STORED) as archive:
        archive.writestr(name, content)
