"""The checklist of a project and the drafting of its documents."""

import asyncio
import re
from collections.abc import Sequence
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Any, Self
from uuid import UUID

from fastapi import APIRouter, Depends, Path
from pydantic import BaseModel, ConfigDict, Field

from api.access import DocumentAccess, VisibleDocument, VisibleProject, access_to
from api.dependencies import Collaborators, CurrentUser, Product, RequestId
from api.errors import NotAllowed, NotFound
from api.forms import query_or_body
from api.routes.approvals import SignatureOut
from api.routes.uploads import UploadOut
from api.routes.users import PersonWithEmailOut
from db.artifacts import ArtifactCorrupt, ArtifactMissing
from db.models import ApprovalRouting, User
from db.queries import DocumentView, TaskStatus, TaskView
from documents.plan import Assignee
from documents.vocabulary import (
    DocumentStatus,
    GenerationStatus,
    Phase,
    Position,
    RecordKind,
    Role,
    Sensitivity,
)
from workflows.messages import GenerateDocument, GenerateReceipt

router = APIRouter(prefix="/api", tags=["Documents"])

TASK_ID = r"^project/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/document/[^/]+/\d{1,6}$"
MAY_REQUEST = frozenset({Role.ADMIN, Role.CONTRACTING_OFFICER, Role.PROGRAM_MANAGER})
"""Roles that may ask for any draft; a document's drafter may always."""
POSITION_OF_ROLE = {
    Role.CONTRACTING_OFFICER: Position.CONTRACTING_OFFICER,
    Role.PROGRAM_MANAGER: Position.PROGRAM_MANAGER,
}


class DocumentOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: UUID
    project_id: UUID
    code: str
    document_name: str
    description: str | None
    category: str
    phase: Phase
    sensitivity: Sensitivity
    is_required: bool
    status: DocumentStatus
    deadline: date | None
    expiration_date: date | None
    requires_approval: bool
    requires: list[str]
    """Codes of documents that have to be approved first."""
    records: list[RecordKind]
    """What has to be recorded first."""
    assigned_user_id: UUID
    assigned_user: PersonWithEmailOut | None = None
    """The drafter."""
    notes: str | None
    display_order: int
    approval_routing: ApprovalRouting
    default_approver_id: UUID | None
    generation_status: GenerationStatus
    generation_error: str
    generated_content: str | None = None
    """Markdown of the newest version."""
    generated_at: datetime | None
    generation_task_id: str | None = Field(validation_alias="workflow_id")
    ai_quality_score: int | None
    current_version: int
    created_at: datetime
    updated_at: datetime
    latest_upload: UploadOut | None = None
    pending_approvals: list[SignatureOut] = []

    @classmethod
    def of(cls, view: DocumentView, content: str | None) -> Self:
        upload, awaiting = view.latest_upload, view.awaiting
        return cls.model_validate(view.document).model_copy(
            update={
                "assigned_user": PersonWithEmailOut.model_validate(view.assigned_user),
                "generated_content": content,
                "latest_upload": upload and UploadOut.of(upload),
                "pending_approvals": [SignatureOut.of(awaiting)] if awaiting else [],
            }
        )


class DocumentsOut(BaseModel):
    documents: list[DocumentOut]


class DocumentType(BaseModel):
    document_type: str = Field(min_length=1, max_length=200)
    """Code or title of a planned document, in any case."""


class Assumption(BaseModel):
    id: str = ""
    text: str = Field(max_length=4_000)
    source: str = ""


class GenerationForm(BaseModel):
    assumptions: list[Assumption] = Field(default=[], max_length=100)
    additional_context: str | None = Field(default=None, max_length=20_000)


class Generating(StrEnum):
    PROCESSING = "processing"


class GenerationOut(BaseModel):
    message: str
    project_id: UUID
    document_id: UUID
    document_name: str
    document_type: str
    status: Generating = Generating.PROCESSING
    task_id: str
    version: int


class TaskResultOut(BaseModel):
    content: str | None
    quality_score: int | None
    metadata: dict[str, Any]


class TaskOut(BaseModel):
    task_id: str
    document_id: UUID
    document_name: str
    status: TaskStatus
    progress: int
    message: str
    created_at: datetime | None
    result: TaskResultOut | None
    error: str | None
    backend: str = "temporal"


class GenerationStatusOut(BaseModel):
    document_id: UUID
    document_name: str
    generation_status: GenerationStatus
    generated_content: str | None
    generated_at: datetime | None
    ai_quality_score: int | None
    task_id: str | None
    task_info: TaskOut | None


@router.get("/projects/{project_id}/documents", summary="The checklist in order")
async def list_documents(product: Product, access: VisibleProject) -> DocumentsOut:
    views = [
        view
        for view in await product.documents.of_project(access.project.id)
        if access.sees(view.document.sensitivity)
    ]
    contents = await asyncio.gather(*(_content(product, view) for view in views))
    return DocumentsOut(
        documents=[DocumentOut.of(*pair) for pair in zip(views, contents, strict=True)]
    )


@router.get("/documents/{document_id}", summary="One document with its newest version")
async def get_document(product: Product, access: VisibleDocument) -> DocumentOut:
    return DocumentOut.of(access.view, await _content(product, access.view))


@router.post("/projects/{project_id}/generate-document", summary="Draft a new version")
async def generate_document_of_type(
    product: Product,
    user: CurrentUser,
    access: VisibleProject,
    form: Annotated[DocumentType, Depends(query_or_body(DocumentType))],
    request_id: RequestId,
) -> GenerationOut:
    views = [
        view
        for view in await product.documents.of_project(access.project.id)
        if access.sees(view.document.sensitivity)
    ]
    named = _words(form.document_type)
    for view in views:
        if named in (_words(view.document.code), _words(view.document.document_name)):
            found = DocumentAccess(access, view)
            return await _generate(product, user, found, request_id, views, ())
    raise NotFound(f"Document type {form.document_type!r} of this project's plan")


@router.post("/documents/{document_id}/generate", summary="Draft a new version of this document")
async def generate_document(
    product: Product,
    user: CurrentUser,
    access: VisibleDocument,
    request_id: RequestId,
    form: GenerationForm | None = None,
) -> GenerationOut:
    """What the caller adds is given to the agent together with the facts."""
    views = await product.documents.of_project(access.document.project_id)
    additions: list[str] = []
    if form is not None:
        additions = [assumption.text for assumption in form.assumptions]
        additions += [form.additional_context] if form.additional_context else []
    return await _generate(product, user, access, request_id, views, tuple(additions))


@router.get("/generation-tasks/{task_id:path}", summary="How far a generation is")
async def get_generation_task(
    product: Product, user: CurrentUser, task_id: Annotated[str, Path(pattern=TASK_ID)]
) -> TaskOut:
    task = await product.documents.task(task_id)
    access = task and await access_to(product, user, task.document.project_id)
    if task is None or access is None or not access.sees(task.document.sensitivity):
        raise NotFound("Task")
    return await _task(product, task)


@router.get("/documents/{document_id}/generation-status", summary="How far the newest draft is")
async def get_generation_status(product: Product, access: VisibleDocument) -> GenerationStatusOut:
    document = access.document
    task = await product.documents.task(document.workflow_id) if document.workflow_id else None
    return GenerationStatusOut(
        document_id=document.id,
        document_name=document.document_name,
        generation_status=document.generation_status,
        generated_content=await _content(product, access.view),
        generated_at=document.generated_at,
        ai_quality_score=document.ai_quality_score,
        task_id=document.workflow_id,
        task_info=task and await _task(product, task),
    )


async def _generate(
    product: Collaborators,
    user: User,
    access: DocumentAccess,
    request_id: str,
    checklist: Sequence[DocumentView],
    additions: tuple[str, ...],
) -> GenerationOut:
    document = access.document
    require_drafting(user, access)
    receipt: GenerateReceipt = await product.workflows.generate(
        document.project_id,
        document.phase,
        GenerateDocument(
            request_id=request_id,
            code=document.code,
            requested_by=requester(access, user),
            feedback=additions,
        ),
        ready=await is_ready(product, access, checklist),
    )
    return GenerationOut(
        message=f"Generating {document.document_name}",
        project_id=document.project_id,
        document_id=document.id,
        document_name=document.document_name,
        document_type=document.code,
        task_id=receipt.workflow_id,
        version=receipt.version,
    )


def require_drafting(user: User, access: DocumentAccess) -> None:
    """Raises NotAllowed for who may not bring a new version of the document about."""
    if user.role not in MAY_REQUEST and user.id != access.document.assigned_user_id:
        raise NotAllowed("Only the drafter, an officer, a manager or an administrator may do this")


def requester(access: DocumentAccess, user: User) -> Assignee:
    """The drafter of record, in the position that fits best."""
    drafter, held = access.document.drafter_position, access.access.positions
    if not held:
        position = POSITION_OF_ROLE.get(user.role, drafter)
    elif drafter in held:
        position = drafter
    else:
        position = min(held, key=list(Position).index)
    return Assignee(position=position, email=user.email, name=user.name)


async def is_ready(
    product: Collaborators, access: DocumentAccess, checklist: Sequence[DocumentView]
) -> bool:
    """Whether the phase and all that the document waits for is there, by what is stored."""
    document, project = access.document, access.access.project
    if document.phase is not project.current_phase:
        return False
    approved = {
        view.document.code for view in checklist if view.document.status is DocumentStatus.APPROVED
    }
    recorded = {kind.value for kind in await product.projects.records(document.project_id)}
    return approved.issuperset(document.requires) and recorded.issuperset(document.records)


async def _content(product: Collaborators, view: DocumentView) -> str | None:
    return await _text(product, view.latest_upload and view.latest_upload.content_sha256)


async def _text(product: Collaborators, sha256: str | None) -> str | None:
    if sha256 is None:
        return None
    try:
        return (await product.artifacts.read(sha256)).decode()
    except (ArtifactMissing, ArtifactCorrupt):
        return None


async def _task(product: Collaborators, task: TaskView) -> TaskOut:
    upload = task.upload
    result = None
    if upload is not None:
        result = TaskResultOut(
            content=await _text(product, upload.content_sha256),
            quality_score=task.document.ai_quality_score,
            metadata={"agent_metadata": {"agent": upload.agent}, "pages": upload.pages},
        )
    return TaskOut(
        task_id=task.task_id,
        document_id=task.document.id,
        document_name=task.document.document_name,
        status=task.status,
        progress=task.percentage,
        message=task.message,
        created_at=task.created_at,
        result=result,
        error=task.error or None,
    )


def _words(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", " ", text.lower()).strip()
