"""Versions and files that people bring: uploads, and text saved in the editor."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from hashlib import sha256
from http import HTTPStatus
from typing import Annotated, Any, BinaryIO, cast
from uuid import uuid5

from fastapi import APIRouter, Depends, Query, Request
from pydantic import BaseModel, Field
from starlette.datastructures import FormData, UploadFile

from api.access import DocumentAccess, VisibleDocument
from api.dependencies import Collaborators, CurrentUser, Product, RequestId
from api.errors import AnswerPending, ApiError, Invalid, NotAllowed, RefusedPerson
from api.forms import query_or_body, validated
from api.routes.documents import DocumentEnvelope, DocumentOut
from api.routes.generation import is_ready, refuse_closed, requester, require_drafting
from api.routes.uploads import MANAGES_FILES, NO_FILE, AttachmentOut, UploadOut
from db.artifacts import StorageFull
from db.attachments import Attachments, NewAttachment
from db.models import User
from documents.rendering import UnsupportedMarkdown
from documents.rendering.layout import text_width
from documents.rendering.markdown import to_body
from documents.uploads import (
    LONGEST_NAME,
    Content,
    Refusal,
    RefusedFile,
    inspect,
    safe_name,
)
from documents.vocabulary import GenerationStatus, Layout
from workflows.messages import GenerateReceipt, SubmitVersion

router = APIRouter(prefix="/api", tags=["Files"])

LONGEST_TEXT = 1_000_000
LONGEST_NOTES = 2_000
PATIENCE_SECONDS = 15.0
"""How long an upload waits for its PDF before it answers 202."""
PAUSE_SECONDS = 0.2
JSON, MULTIPART = "application/json", "multipart/form-data"


class RefusedUpload(ApiError):
    """The file may not be kept; nothing was stored. ``code`` names the reason."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY

    def __init__(self, reason: Refusal, detail: str) -> None:
        super().__init__(detail)
        self.code = reason.value


class UploadTooLarge(RefusedUpload):
    status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE


class UnsupportedUpload(RefusedUpload):
    status = HTTPStatus.UNSUPPORTED_MEDIA_TYPE


class NoRoom(ApiError):
    """The server cannot keep another file at present."""

    status = HTTPStatus.INSUFFICIENT_STORAGE
    code = "storage_full"


class UploadForm(BaseModel):
    file_name: str | None = Field(default=None, max_length=LONGEST_NAME)
    """By default the name that comes with the file."""
    notes: str | None = Field(default=None, max_length=LONGEST_NOTES)
    attachment: bool = False
    """Keep a DOCX beside the document instead of making it the next version."""


class UploadEnvelope(BaseModel):
    message: str
    upload: UploadOut | AttachmentOut


class SavedText(BaseModel):
    content: str = Field(min_length=1, max_length=LONGEST_TEXT)
    """Markdown of the whole document."""
    quality_score: int | None = Field(default=None, ge=0, le=100)
    """As the person who saves the text rates it; shown with this version."""
    notes: str | None = Field(default=None, max_length=LONGEST_NOTES)


@dataclass(frozen=True, slots=True)
class Received:
    """What an upload brought."""

    form: UploadForm
    file: BinaryIO | None
    """``None``: only the file's name was sent."""
    name: str


def _body() -> dict[str, Any]:
    """The body is read by the route, after it is known who asks; so it is described by hand."""
    fields = UploadForm.model_json_schema()["properties"]
    file = {"type": "string", "format": "binary", "description": "DOCX, XLSX, PDF, PNG, JPEG, text"}
    return {
        "requestBody": {
            "content": {
                MULTIPART: {"schema": {"type": "object", "properties": {"file": file, **fields}}},
                JSON: {"schema": {"type": "object", "properties": fields}},
            }
        }
    }


@router.post(
    "/documents/{document_id}/upload",
    summary="Upload a replacement (DOCX), or a file to be kept beside the document",
    openapi_extra=_body(),
    responses={
        202: {"description": "The next version; its PDF is still being made"},
        413: {"description": "The file is too large"},
        415: {"description": "Files of this type are not kept"},
        507: {"description": "There is no room for the file"},
    },
)
async def upload_file(
    product: Product,
    user: CurrentUser,
    access: VisibleDocument,
    request: Request,
    request_id: RequestId,
    query: Annotated[UploadForm, Query()],
) -> UploadEnvelope:
    """A DOCX becomes the next version: converted to PDF, it voids the signatures so far, and who
    sent it counts as its drafter. Whatever else is an attachment. Without a file its name alone is
    noted. The type is found by content; macros, scripts and archives that explode are refused.
    """
    _require_contributing(user, access)
    async with _received(request, query) as received:
        try:
            return await _keep(product, user, access, request_id, received)
        except RefusedFile as error:
            raise refusal(error) from error
        except StorageFull as error:
            raise NoRoom("There is no room for the file; nothing was stored") from error


@router.post("/documents/{document_id}/save-generated", summary="Make edited text the next version")
async def save_generated(
    product: Product,
    user: CurrentUser,
    access: VisibleDocument,
    form: Annotated[SavedText, Depends(query_or_body(SavedText))],
    request_id: RequestId,
) -> DocumentEnvelope:
    """The text is rendered and signed anew; who saved it counts as its drafter."""
    _require_submitting(user, access)
    try:
        await asyncio.to_thread(to_body, form.content, text_width(Layout.REPORT))
    except UnsupportedMarkdown as error:
        raise Invalid.at("body", "content", message=str(error)) from error
    content = await product.artifacts.write(form.content.encode())
    receipt = await _submit(
        product,
        access,
        SubmitVersion(
            request_id=request_id,
            code=access.document.code,
            submitted_by=requester(access, user),
            content_sha256=content,
            note=form.notes or "",
            quality_score=form.quality_score,
        ),
    )
    view = await product.documents.get(access.document.id) or access.view
    document = DocumentOut.of(view, form.content).model_copy(
        update={
            "generation_task_id": receipt.workflow_id,
            "current_version": receipt.version,
            "ai_quality_score": form.quality_score,
        }
    )
    if view.latest_upload is None or view.latest_upload.workflow_id != receipt.workflow_id:
        document.generation_status = GenerationStatus.GENERATING
    return DocumentEnvelope(
        message=f"Saved as version {receipt.version} of {document.document_name}",
        document=document,
    )


async def _keep(
    product: Collaborators,
    user: User,
    access: DocumentAccess,
    request_id: str,
    received: Received,
) -> UploadEnvelope:
    if received.file is None:
        return await _attach(
            product, user, access, request_id, received, safe_name(received.name), NO_FILE, 0
        )
    checked = await asyncio.to_thread(inspect, received.file, received.name)
    if checked.content is Content.DOCX and not received.form.attachment:
        return await _replace(product, user, access, request_id, received.file, received.form)
    return await _attach(
        product,
        user,
        access,
        request_id,
        received,
        checked.name,
        checked.content.media_type,
        checked.size,
    )


async def _replace(
    product: Collaborators,
    user: User,
    access: DocumentAccess,
    request_id: str,
    file: BinaryIO,
    form: UploadForm,
) -> UploadEnvelope:
    _require_submitting(user, access)
    receipt = await _submit(
        product,
        access,
        SubmitVersion(
            request_id=request_id,
            code=access.document.code,
            submitted_by=requester(access, user),
            docx_sha256=await product.artifacts.store(file),
            note=form.notes or "",
        ),
    )
    upload = await _converted(product, receipt)
    return UploadEnvelope(
        message=f"Version {receipt.version} of {access.document.document_name} is under review",
        upload=upload.model_copy(update={"uploader": None}),
    )


async def _attach(
    product: Collaborators,
    user: User,
    access: DocumentAccess,
    request_id: str,
    received: Received,
    name: str,
    media_type: str,
    size: int,
) -> UploadEnvelope:
    file = received.file
    document = access.document
    view = await Attachments(product.sessions).add(
        NewAttachment(
            id=uuid5(document.id, f"attachment/{user.id}/{request_id}"),
            document_id=document.id,
            file_name=name,
            media_type=media_type,
            sha256=await product.artifacts.store(file) if file else sha256().hexdigest(),
            size=size,
            notes=received.form.notes,
            uploaded_by=user.id,
        ),
        document.project_id,
    )
    return UploadEnvelope(
        message=f"Added {name}" if file else f"Noted {name}; no file was received",
        upload=AttachmentOut.of(view),
    )


async def _submit(
    product: Collaborators, access: DocumentAccess, request: SubmitVersion
) -> GenerateReceipt:
    document = access.document
    refuse_closed(access.access.project)
    return await product.workflows.submit(
        document.project_id,
        document.phase,
        request,
        ready=await is_ready(product, access),
    )


async def _converted(product: Collaborators, receipt: GenerateReceipt) -> UploadOut:
    """The stored version. Raises RefusedUpload or, when it takes long, AnswerPending."""
    give_up = asyncio.get_running_loop().time() + PATIENCE_SECONDS
    while asyncio.get_running_loop().time() < give_up:
        task = await product.documents.task(receipt.workflow_id)
        if task is not None and task.upload is not None:
            return UploadOut.of(task.upload)
        if task is not None and task.error:
            raise RefusedUpload(Refusal.DAMAGED, task.error)
        await asyncio.sleep(PAUSE_SECONDS)
    raise AnswerPending(
        "The document is taken and its PDF is being made", task_id=receipt.workflow_id
    )


def _require_contributing(user: User, access: DocumentAccess) -> None:
    if not (
        access.access.positions
        or user.role in MANAGES_FILES
        or user.id == access.document.assigned_user_id
    ):
        raise NotAllowed("Only the project's team may add files to its documents")


def _require_submitting(user: User, access: DocumentAccess) -> None:
    """Before anything is stored; the workflow has the last word."""
    require_drafting(user, access)
    if any(approver["email"] == user.email for approver in access.document.approvers):
        raise RefusedPerson(
            "DrafterCannotApprove", "You sign this document, so another person has to submit it"
        )


@asynccontextmanager
async def sent_form(request: Request) -> AsyncGenerator[FormData]:
    """The fields of a multipart body, its file on disk until the block ends."""
    try:
        fields = await request.form(max_files=1, max_fields=10, max_part_size=16 * 1024)
    except UnicodeError as error:
        raise Invalid.at("body", message="Send the form in UTF-8") from error
    try:
        yield fields
    finally:
        await fields.close()


@asynccontextmanager
async def _received(request: Request, query: UploadForm) -> AsyncGenerator[Received]:
    """Read the body onto disk, however it comes; the file is gone when the block ends."""
    kind = request.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if kind == MULTIPART:
        async with sent_form(request) as fields:
            file = fields.get("file")
            if isinstance(file, str):
                raise Invalid.at("body", "file", message="Send the file's bytes with its name")
            form = _merged(query, {key: value for key, value in fields.items() if key != "file"})
            yield _named(form, file)
    elif kind == JSON:
        try:
            stated: object = await request.json()
        except (ValueError, RecursionError) as error:
            raise Invalid.at("body", message="The body is no JSON") from error
        if not isinstance(stated, dict):
            raise Invalid.at("body", message="The body is no JSON object")
        yield _named(_merged(query, cast(dict[str, Any], stated)), None)
    elif await request.body():
        raise UnsupportedUpload(Refusal.UNSUPPORTED, f"Send the file as {MULTIPART}")
    else:
        yield _named(query, None)


def _merged(query: UploadForm, stated: dict[str, Any]) -> UploadForm:
    return validated(UploadForm, query.model_dump(exclude_unset=True) | stated)


def _named(form: UploadForm, file: UploadFile | None) -> Received:
    name = form.file_name or (file and file.filename) or ""
    if not name.strip():
        raise Invalid.at("body", "file_name", message="Send a file, or at least its name")
    return Received(form, file.file if file else None, name)


def refusal(error: RefusedFile) -> RefusedUpload:
    match error.reason:
        case Refusal.TOO_LARGE:
            kind = UploadTooLarge
        case Refusal.UNSUPPORTED:
            kind = UnsupportedUpload
        case _:
            kind = RefusedUpload
    return kind(error.reason, str(error))
