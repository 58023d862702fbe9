"""The stored files of document versions."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Self
from urllib.parse import quote
from uuid import UUID

from fastapi import APIRouter, Header, Response
from fastapi.responses import FileResponse
from pydantic import BaseModel, ConfigDict

from api.access import VisibleDocument, VisibleUpload
from api.dependencies import Collaborators, Product
from api.errors import NotFound
from api.routes.users import PersonWithEmailOut
from db.models import DocumentUpload, User

router = APIRouter(tags=["Files"])


class FileKind(StrEnum):
    DOCX = "docx"
    PDF = "pdf"


MEDIA_TYPES = {
    FileKind.DOCX: "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    FileKind.PDF: "application/pdf",
}
UNCHANGING = "private, max-age=0, must-revalidate"
"""A version's bytes never change, but who may see them can."""


class UploadOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: UUID
    project_document_id: UUID
    file_name: str
    file_path: str = ""
    """Of the PDF; needs the access token, like every path."""
    file_size: int = 0
    file_type: str = MEDIA_TYPES[FileKind.PDF]
    docx_url: str = ""
    docx_size: int
    docx_sha256: str
    """What approvals are bound to."""
    pdf_url: str = ""
    pdf_size: int
    pdf_sha256: str
    pages: int
    engine: str
    engine_version: str
    degraded: list[str]
    agent: str
    workflow_id: str
    version_number: int
    uploaded_by: UUID
    uploader: PersonWithEmailOut | None = None
    upload_date: datetime
    is_current_version: bool
    approved_at: datetime | None
    notes: str | None

    @classmethod
    def of(cls, upload: DocumentUpload, uploader: User | None = None) -> Self:
        name = f"{upload.file_name}.pdf"
        return cls.model_validate(upload).model_copy(
            update={
                "file_name": name,
                "file_path": f"/files/{upload.id}/{quote(name)}",
                "file_size": upload.pdf_size,
                "docx_url": f"/api/uploads/{upload.id}/docx",
                "pdf_url": f"/api/uploads/{upload.id}/pdf",
                "uploader": uploader and PersonWithEmailOut.model_validate(uploader),
            }
        )


class UploadsOut(BaseModel):
    uploads: list[UploadOut]


IfNoneMatch = Annotated[str | None, Header()]
FILE: dict[int | str, dict[str, Any]] = {
    200: {"content": {media: {} for media in MEDIA_TYPES.values()}},
    304: {"description": "The caller has it already"},
}


@router.get("/api/documents/{document_id}/uploads", summary="Every version, the newest first")
async def list_uploads(product: Product, access: VisibleDocument) -> UploadsOut:
    views = await product.documents.uploads(access.document.id)
    return UploadsOut(uploads=[UploadOut.of(view.upload, view.uploader) for view in views])


@router.get(
    "/api/uploads/{upload_id}/{kind}",
    summary="Download a version",
    response_class=FileResponse,
    responses=FILE,
)
async def download_upload(
    product: Product, upload: VisibleUpload, kind: FileKind, if_none_match: IfNoneMatch = None
) -> Response:
    return await _file(product, upload, kind, if_none_match)


@router.get(
    "/files/{upload_id}/{file_name}",
    summary="Download a version by its file name",
    response_class=FileResponse,
    responses=FILE,
)
async def download_file(
    product: Product, upload: VisibleUpload, file_name: str, if_none_match: IfNoneMatch = None
) -> Response:
    for kind in FileKind:
        if file_name == f"{upload.file_name}.{kind}":
            return await _file(product, upload, kind, if_none_match)
    raise NotFound("File")


async def _file(
    product: Collaborators, upload: DocumentUpload, kind: FileKind, if_none_match: str | None
) -> Response:
    sha256 = upload.docx_sha256 if kind is FileKind.DOCX else upload.pdf_sha256
    headers = {"ETag": f'"{sha256}"', "Cache-Control": UNCHANGING}
    if if_none_match and headers["ETag"] in (tag.strip() for tag in if_none_match.split(",")):
        return Response(status_code=304, headers=headers)
    if not await product.artifacts.exists(sha256):
        raise NotFound("File")
    return FileResponse(
        product.artifacts.path_of(sha256),
        media_type=MEDIA_TYPES[kind],
        filename=f"{upload.file_name}.{kind}",
        headers=headers,
    )
