"""Sources of a project: files that drafts may rest on and quote, with search by passage."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Any, BinaryIO, Self
from urllib.parse import quote
from uuid import UUID, uuid5

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import BaseModel, Field
from starlette.datastructures import UploadFile

from api.access import Access, VisibleProject
from api.dependencies import Collaborators, CurrentUser, Product, RequestId
from api.errors import ApiError, Conflict, Invalid, NotAllowed, NotFound
from api.forms import validated
from api.routes.submissions import (
    LONGEST_NOTES,
    MULTIPART,
    NoRoom,
    UnsupportedUpload,
    refusal,
    sent_form,
)
from api.routes.uploads import MANAGES_FILES, NO_FILE, UNCHANGING, DeletedOut
from api.routes.users import PersonOut
from db.artifacts import StorageFull
from db.attachments import Attachments
from db.models import User
from db.sources import AlreadyASource, Found, NewSource, Sources, SourceView, grounds
from documents.passages import Passage, UnreadableSource, passages_of
from documents.uploads import Content, Refusal, RefusedFile, inspect
from documents.vocabulary import Sensitivity, SourceKind

router = APIRouter(prefix="/api/projects/{project_id}", tags=["Sources"])

BINARY: dict[str, Any] = {"schema": {"type": "string", "format": "binary"}}


class SourceForm(BaseModel):
    kind: SourceKind
    """A proposal is kept for the team and grounds nothing; market research grounds documents that
    stay inside the Government; a reference may also be quoted in released ones."""
    sensitivity: Sensitivity = Sensitivity.INTERNAL
    """`source_selection`: for the team alone; grounds nothing."""
    attachment_id: UUID | None = None
    """An attachment of one of the project's documents, instead of a file."""
    notes: str | None = Field(default=None, max_length=LONGEST_NOTES)


class SourceOut(BaseModel):
    id: UUID
    project_id: UUID
    kind: SourceKind
    sensitivity: Sensitivity
    file_name: str
    file_type: str
    file_size: int
    sha256: str
    passages: int
    """0: it is not searched, and no draft rests on it."""
    notes: str | None
    uploaded_by: PersonOut
    uploaded_at: datetime
    file_path: str
    """Needs the access token."""

    @classmethod
    def of(cls, view: SourceView) -> Self:
        source = view.source
        return cls(
            id=source.id,
            project_id=source.project_id,
            kind=source.kind,
            sensitivity=source.sensitivity,
            file_name=source.file_name,
            file_type=source.media_type,
            file_size=source.size,
            sha256=source.sha256,
            passages=source.passages,
            notes=source.notes,
            uploaded_by=PersonOut.model_validate(view.uploader),
            uploaded_at=source.uploaded_at,
            file_path=f"/api/projects/{source.project_id}/sources/{source.id}/file",
        )


class SourceEnvelope(BaseModel):
    message: str
    source: SourceOut


class SourcesOut(BaseModel):
    sources: list[SourceOut]


class PassageOut(BaseModel):
    source_id: UUID
    file_name: str
    place: str
    """For example `page 3`."""
    text: str

    @classmethod
    def of(cls, found: Found) -> Self:
        return cls(
            source_id=found.source.id,
            file_name=found.source.file_name,
            place=found.passage.place,
            text=found.passage.text,
        )


class PassagesOut(BaseModel):
    passages: list[PassageOut]
    """The best first."""


class NoReadableText(ApiError):
    """The file holds no text on which a draft could rest; nothing was stored."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY
    code = "NoReadableText"


def _body() -> dict[str, Any]:
    """The body is read by the route, after it is known who asks; so it is described by hand."""
    fields = SourceForm.model_json_schema(ref_template="#/components/schemas/{model}")
    file = {"type": "string", "format": "binary", "description": "DOCX, XLSX, PDF, UTF-8 text"}
    schema = {
        "type": "object",
        "required": ["kind"],
        "properties": {"file": file, **fields["properties"]},
    }
    return {"requestBody": {"content": {MULTIPART: {"schema": schema}}, "required": True}}


def sources_of(product: Product) -> Sources:
    return Sources(product.sessions)


Stored = Annotated[Sources, Depends(sources_of)]


async def visible_source(stored: Stored, access: VisibleProject, source_id: UUID) -> SourceView:
    view = await stored.get(access.project.id, source_id)
    if view is None or not access.sees(view.source.sensitivity):
        raise NotFound("Source")
    return view


VisibleSource = Annotated[SourceView, Depends(visible_source)]


@router.get("/sources", summary="The project's sources, the newest first")
async def list_sources(stored: Stored, access: VisibleProject) -> SourcesOut:
    views = await stored.of_project(access.project.id)
    return SourcesOut(
        sources=[SourceOut.of(view) for view in views if access.sees(view.source.sensitivity)]
    )


@router.post(
    "/sources",
    summary="Give the project a source",
    openapi_extra=_body(),
    responses={
        413: {"description": "The file is too large"},
        415: {"description": "Files of this type are not kept"},
        507: {"description": "There is no room for the file"},
    },
)
async def add_source(
    product: Product,
    user: CurrentUser,
    access: VisibleProject,
    stored: Stored,
    request: Request,
    request_id: RequestId,
) -> SourceEnvelope:
    """By the team, an officer or a manager. Its text is taken out in passages, which agents may be
    shown and quote word for word. Nothing of a proposal or of source selection information is: say
    so by `kind` and `sensitivity`.
    """
    if not access.positions and user.role not in MANAGES_FILES:
        raise NotAllowed("Only the project's team may give it sources")
    async with _received(request) as (form, file, name):
        if form.kind is SourceKind.PROPOSAL:
            form = form.model_copy(update={"sensitivity": Sensitivity.SOURCE_SELECTION})
        if not access.sees(form.sensitivity):
            raise NotAllowed("Source selection information is given by the team alone")
        try:
            if file is None:
                new, passages = await _attached(product, user, access, form, request_id)
            else:
                new, passages = await _sent(product, user, access, form, request_id, file, name)
            view = await stored.add(new, passages)
        except RefusedFile as error:
            raise refusal(error) from error
        except UnreadableSource as error:
            raise NoReadableText(str(error)) from error
        except AlreadyASource as error:
            raise Conflict("AlreadyASource", str(error)) from error
        except StorageFull as error:
            raise NoRoom("There is no room for the file; nothing was stored") from error
    return SourceEnvelope(message=f"Added {new.file_name}", source=SourceOut.of(view))


@router.get("/source-passages", summary="Passages of the sources that fit words, the best first")
async def search_sources(
    stored: Stored,
    access: VisibleProject,
    q: Annotated[str, Query(min_length=1, max_length=500)],
    limit: Annotated[int, Query(ge=1, le=50)] = 10,
) -> PassagesOut:
    """Words, `"phrases"`, `or`, and `-` for what must not be there; in this project alone."""
    found = await stored.search(access.project.id, q, limit)
    return PassagesOut(passages=[PassageOut.of(row) for row in found])


@router.get(
    "/sources/{source_id}/file",
    summary="Download a source",
    response_class=Response,
    responses={200: {"content": {content.media_type: BINARY for content in Content}}},
)
async def download_source(product: Product, view: VisibleSource) -> Response:
    source = view.source
    return Response(
        await product.artifacts.read(source.sha256),
        media_type=source.media_type,
        headers={
            "Content-Disposition": f"attachment; filename*=utf-8''{quote(source.file_name)}",
            "ETag": f'"{source.sha256}"',
            "Cache-Control": UNCHANGING,
        },
    )


@router.delete("/sources/{source_id}", summary="Take a source away from the project")
async def delete_source(
    user: CurrentUser, access: VisibleProject, stored: Stored, view: VisibleSource
) -> DeletedOut:
    """By who added it, an officer, a manager or an administrator. What drafts have quoted of it
    stays in their record."""
    source = view.source
    if user.role not in MANAGES_FILES and user.id != source.uploaded_by:
        raise NotAllowed("Only who added the source, an officer or a manager may take it away")
    if not await stored.remove(access.project.id, source.id, user.id):
        raise NotFound("Source")
    return DeletedOut(message=f"Deleted {source.file_name}")


async def _sent(
    product: Collaborators,
    user: User,
    access: Access,
    form: SourceForm,
    request_id: str,
    file: BinaryIO,
    name: str,
) -> tuple[NewSource, tuple[Passage, ...]]:
    checked = await asyncio.to_thread(inspect, file, name)
    passages = await asyncio.to_thread(_passages, form, checked.content, file)
    new = NewSource(
        id=uuid5(access.project.id, f"source/{user.id}/{request_id}"),
        project_id=access.project.id,
        kind=form.kind,
        sensitivity=form.sensitivity,
        file_name=checked.name,
        media_type=checked.content.media_type,
        sha256=await product.artifacts.store(file),
        size=checked.size,
        notes=form.notes,
        uploaded_by=user.id,
    )
    return new, passages


async def _attached(
    product: Collaborators, user: User, access: Access, form: SourceForm, request_id: str
) -> tuple[NewSource, tuple[Passage, ...]]:
    """An attachment becomes a source when somebody says what it is, never by itself."""
    if form.attachment_id is None:
        raise Invalid.at("body", "file", message="Send a file, or the id of an attachment")
    view = await Attachments(product.sessions).get(form.attachment_id)
    if (
        view is None
        or view.document.project_id != access.project.id
        or not access.sees(view.document.sensitivity)
    ):
        raise NotFound("Attachment of this project")
    attachment = view.attachment
    if attachment.media_type == NO_FILE:
        raise NoReadableText("Of this attachment only the name is known")
    if view.document.sensitivity is Sensitivity.SOURCE_SELECTION:
        form = form.model_copy(update={"sensitivity": Sensitivity.SOURCE_SELECTION})
    content = next(kind for kind in Content if kind.media_type == attachment.media_type)
    data = await product.artifacts.read(attachment.sha256)
    new = NewSource(
        id=uuid5(access.project.id, f"source/{user.id}/{request_id}"),
        project_id=access.project.id,
        kind=form.kind,
        sensitivity=form.sensitivity,
        file_name=attachment.file_name,
        media_type=attachment.media_type,
        sha256=attachment.sha256,
        size=attachment.size,
        notes=form.notes,
        uploaded_by=user.id,
    )
    if not new.grounds:
        return new, ()
    return new, await asyncio.to_thread(passages_of, content, data)


def _passages(form: SourceForm, content: Content, file: BinaryIO) -> tuple[Passage, ...]:
    """Of a proposal nothing is read; so nothing of it can come before a model."""
    if not grounds(form.kind, form.sensitivity):
        return ()
    file.seek(0)
    return passages_of(content, file.read())


@asynccontextmanager
async def _received(request: Request) -> AsyncGenerator[tuple[SourceForm, BinaryIO | None, str]]:
    """Read the body onto disk; the file is gone when the block ends."""
    kind = request.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if kind != MULTIPART:
        raise UnsupportedUpload(Refusal.UNSUPPORTED, f"Send the file as {MULTIPART}")
    async with sent_form(request) as fields:
        file = fields.get("file")
        stated = {key: value for key, value in fields.items() if key != "file"}
        form = validated(SourceForm, stated)
        if isinstance(file, UploadFile):
            yield form, file.file, file.filename or ""
        elif isinstance(file, str):
            raise Invalid.at("body", "file", message="Send the file's bytes with its name")
        else:
            yield form, None, ""
