"""The stored files of a document: its versions, and what people put beside it.

A version is a record: it is superseded, never deleted. An attachment is no part of an approval.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from http import HTTPStatus
from typing import Annotated, Any, Literal, Self
from urllib.parse import quote
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Response
from fastapi.responses import FileResponse
from pydantic import BaseModel, ConfigDict

from api.access import VisibleDocument, VisibleUpload, access_to
from api.dependencies import Collaborators, CurrentUser, Product
from api.errors import ApiError, Conflict, NotAllowed, NotFound
from api.paging import Cursor, Keyset, Limit
from api.routes.users import PersonWithEmailOut
from db.attachments import Attachments, AttachmentView
from db.models import DocumentUpload, User
from documents.uploads import Content
from documents.vocabulary import Role

router = APIRouter(tags=["Files"])


class FileKind(StrEnum):
    DOCX = "docx"
    PDF = "pdf"


MEDIA_TYPES = {
    FileKind.DOCX: Content.DOCX.media_type,
    FileKind.PDF: Content.PDF.media_type,
}
NO_FILE = "application/x-empty"
"""Media type of an attachment that was announced without its bytes."""
MANAGES_FILES = frozenset({Role.ADMIN, Role.CONTRACTING_OFFICER, Role.PROGRAM_MANAGER})
MOST_RANGES = 10
VERSIONS_FIRST = Keyset(tuple[bool, int, float, UUID])
UNCHANGING = "private, max-age=0, must-revalidate"
"""A version's bytes never change, but who may see them can."""


class UploadOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    kind: Literal["version"] = "version"
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


class AttachmentOut(BaseModel):
    """A file beside the document, in the shape of a version."""

    kind: Literal["attachment"] = "attachment"
    id: UUID
    project_document_id: UUID
    file_name: str
    file_path: str
    """Needs the access token; empty when only the file's name was sent."""
    file_size: int
    file_type: str
    sha256: str
    version_number: int = 1
    uploaded_by: UUID
    uploader: PersonWithEmailOut
    upload_date: datetime
    is_current_version: bool = False
    notes: str | None

    @classmethod
    def of(cls, view: AttachmentView) -> Self:
        attachment = view.attachment
        has_file = attachment.media_type != NO_FILE
        return cls(
            id=attachment.id,
            project_document_id=attachment.project_document_id,
            file_name=attachment.file_name,
            file_path=f"/files/{attachment.id}/{quote(attachment.file_name)}" if has_file else "",
            file_size=attachment.size,
            file_type=attachment.media_type,
            sha256=attachment.sha256,
            uploaded_by=attachment.uploaded_by,
            uploader=PersonWithEmailOut.model_validate(view.uploader),
            upload_date=attachment.upload_date,
            notes=attachment.notes,
        )


class UploadsOut(BaseModel):
    uploads: list[UploadOut | AttachmentOut]
    next_cursor: str | None = None


class DeletedOut(BaseModel):
    message: str


class RangeNotSatisfiable(ApiError):
    """The caller asks for bytes that the file does not have."""

    status = HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE
    code = "range_not_satisfiable"

    def __init__(self, size: int) -> None:
        super().__init__(f"The file has {size:,} bytes and no such range")
        self.headers = {"Content-Range": f"bytes */{size}"}


async def visible_file(
    product: Product, user: CurrentUser, upload_id: UUID
) -> DocumentUpload | AttachmentView:
    """A version or an attachment that the caller may see; raises NotFound."""
    version = await product.documents.upload(upload_id)
    attachment = None if version else await Attachments(product.sessions).get(upload_id)
    document = version[1] if version else attachment and attachment.document
    access = document and await access_to(product, user, document.project_id)
    if document is None or access is None or not access.sees(document.sensitivity):
        raise NotFound("File")
    found = version[0] if version else attachment
    assert found is not None
    return found


VisibleFile = Annotated[DocumentUpload | AttachmentView, Depends(visible_file)]
IfNoneMatch = Annotated[str | None, Header()]
IfRange = Annotated[str | None, Header()]
Range = Annotated[str | None, Header(description="`bytes=0-99`, for a part of the file")]
BINARY: dict[str, Any] = {"schema": {"type": "string", "format": "binary"}}
FILE: dict[int | str, dict[str, Any]] = {
    200: {"content": {media: BINARY for media in MEDIA_TYPES.values()}},
    206: {"description": "The part asked for", "content": {"*/*": BINARY}},
    304: {"description": "The caller has it already"},
    416: {"description": "The file has no such part"},
}
ANY_FILE: dict[int | str, dict[str, Any]] = {
    **FILE,
    200: {"content": {content.media_type: BINARY for content in Content}},
}


@router.get(
    "/api/documents/{document_id}/uploads",
    summary="Every version, the newest first, then the attachments",
)
async def list_uploads(
    product: Product, access: VisibleDocument, limit: Limit = None, cursor: Cursor = None
) -> UploadsOut:
    key = access.document.id
    versions = await product.documents.uploads(key)
    attachments = await Attachments(product.sessions).of_documents([key])
    files = [
        *(UploadOut.of(view.upload, view.uploader) for view in versions),
        *(AttachmentOut.of(view) for view in attachments),
    ]
    page, next_cursor = VERSIONS_FIRST.cut(files, limit, cursor, _versions_first)
    return UploadsOut(uploads=list(page), next_cursor=next_cursor)


@router.delete("/api/uploads/{upload_id}", summary="Take an attachment away from its document")
async def delete_upload(product: Product, user: CurrentUser, found: VisibleFile) -> DeletedOut:
    """By who added it, an officer, a manager or an administrator. Versions stay."""
    if isinstance(found, DocumentUpload):
        raise Conflict(
            "VersionIsKept",
            "Versions and their signatures are kept; upload a replacement, which supersedes them",
        )
    attachment = found.attachment
    if user.role not in MANAGES_FILES and user.id != attachment.uploaded_by:
        raise NotAllowed("Only who added the file, an officer or a manager may take it away")
    if not await Attachments(product.sessions).remove(attachment.id, user.id):
        raise NotFound("File")
    return DeletedOut(message=f"Deleted {attachment.file_name}")


@router.get(
    "/api/uploads/{upload_id}/{kind}",
    summary="Download a version",
    response_class=FileResponse,
    responses=FILE,
)
async def download_upload(
    product: Product,
    upload: VisibleUpload,
    kind: FileKind,
    if_none_match: IfNoneMatch = None,
    range: Range = None,
    if_range: IfRange = None,
) -> Response:
    return await _version(product, upload, kind, _Asked(if_none_match, range, if_range))


@router.get(
    "/files/{upload_id}/{file_name}",
    summary="Download a version or an attachment by its file name",
    response_class=FileResponse,
    responses=ANY_FILE,
)
async def download_file(
    product: Product,
    found: VisibleFile,
    file_name: str,
    if_none_match: IfNoneMatch = None,
    range: Range = None,
    if_range: IfRange = None,
) -> Response:
    asked = _Asked(if_none_match, range, if_range)
    if isinstance(found, DocumentUpload):
        for kind in FileKind:
            if file_name == f"{found.file_name}.{kind}":
                return await _version(product, found, kind, asked)
    elif file_name == found.attachment.file_name and found.attachment.media_type != NO_FILE:
        attachment = found.attachment
        return await _file(product, attachment.sha256, attachment.media_type, file_name, asked)
    raise NotFound("File")


def _versions_first(file: UploadOut | AttachmentOut) -> tuple[bool, int, float, UUID]:
    is_attachment = file.kind == "attachment"
    return is_attachment, -file.version_number, -file.upload_date.timestamp(), file.id


@dataclass(frozen=True, slots=True)
class _Asked:
    """What a download's headers ask for."""

    if_none_match: str | None
    range: str | None
    if_range: str | None


async def _version(
    product: Collaborators, upload: DocumentUpload, kind: FileKind, asked: _Asked
) -> Response:
    sha256 = upload.docx_sha256 if kind is FileKind.DOCX else upload.pdf_sha256
    return await _file(product, sha256, MEDIA_TYPES[kind], f"{upload.file_name}.{kind}", asked)


async def _file(
    product: Collaborators, sha256: str, media_type: str, name: str, asked: _Asked
) -> Response:
    headers = {"ETag": f'"{sha256}"', "Cache-Control": UNCHANGING}
    known = [tag.strip().removeprefix("W/") for tag in (asked.if_none_match or "").split(",")]
    if headers["ETag"] in known or "*" in known:
        return Response(status_code=304, headers=headers)
    if not await product.artifacts.exists(sha256):
        raise NotFound("File")
    path = product.artifacts.path_of(sha256)
    if asked.range is not None and asked.if_range in (None, headers["ETag"]):
        _check_ranges(asked.range, path.stat().st_size)
    return FileResponse(path, media_type=media_type, filename=name, headers=headers)


def _check_ranges(asked: str, size: int) -> None:
    """Refuse here what the framework would refuse in a format of its own."""
    unit, _, listed = asked.partition("=")
    parts = listed.split(",")
    if unit.strip().lower() != "bytes" or len(parts) > MOST_RANGES:
        raise RangeNotSatisfiable(size)
    for part in parts:
        found = re.fullmatch(r"\s*(\d{0,15})-(\d{0,15})\s*", part, re.ASCII)
        first, last = found.groups() if found else ("", "")
        if first:
            fits = int(first) < size and (not last or int(first) <= int(last))
        else:
            fits = bool(last) and int(last) > 0 and size > 0
        if not fits:
            raise RangeNotSatisfiable(size)
