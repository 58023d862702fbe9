"""The checklist of a project."""

import asyncio
from datetime import date, datetime
from typing import Annotated, Any, Self
from uuid import UUID

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field

from api.access import VisibleDocument, VisibleProject, visible_checklist
from api.dependencies import Collaborators, CurrentUser, Product
from api.errors import Conflict, NotFound
from api.forms import query_or_body
from api.paging import Cursor, Keyset, Limit
from api.routes.approvals import SignatureOut
from api.routes.checklist import require_editor
from api.routes.uploads import UploadOut
from api.routes.users import PersonWithEmailOut
from db.artifacts import ArtifactCorrupt, ArtifactMissing
from db.models import ApprovalRouting
from db.queries import DocumentView
from documents.plan import Chain
from documents.vocabulary import (
    DocumentStatus,
    GenerationStatus,
    Phase,
    RecordKind,
    Sensitivity,
)

router = APIRouter(prefix="/api", tags=["Documents"])

IN_ORDER = Keyset(tuple[int, UUID])


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
    """Whether the plan still asks for it."""
    status: DocumentStatus
    stale: bool
    """Whether facts that its newest version quotes have changed since it was made."""
    stale_because: list[str]
    """Paths of those facts."""
    deadline: date | None
    expiration_date: date | None
    requires_approval: bool
    chain: Chain
    """Whether its signers are asked one after another or all at once."""
    signatures_needed: int
    """Of those whom the plan names; whoever is added has to sign in any case."""
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
        upload = view.latest_upload
        return cls.model_validate(view.document).model_copy(
            update={
                "assigned_user": PersonWithEmailOut.model_validate(view.assigned_user),
                "generated_content": content,
                "latest_upload": upload and UploadOut.of(upload),
                "pending_approvals": [SignatureOut.of(awaited) for awaited in view.awaited],
            }
        )


class DocumentsOut(BaseModel):
    documents: list[DocumentOut]
    next_cursor: str | None = None


class DocumentEnvelope(BaseModel):
    message: str
    document: DocumentOut


class DocumentForm(BaseModel):
    status: DocumentStatus | None = None
    """Only as it is: the document's workflow keeps it."""
    notes: str | None = Field(default=None, max_length=20_000)
    deadline: date | None = None
    expiration_date: date | None = None


class InitializationForm(BaseModel):
    phase: Phase | None = None
    """Answer with the documents of this phase only."""
    force: bool = False


class InitializedOut(BaseModel):
    message: str
    existing_count: int
    documents: list[DocumentOut]
    created_count: int
    created: list[str]


@router.get("/projects/{project_id}/documents", summary="The checklist in order")
async def list_documents(
    product: Product, access: VisibleProject, limit: Limit = None, cursor: Cursor = None
) -> DocumentsOut:
    views = await visible_checklist(product, access)
    page, next_cursor = IN_ORDER.cut(
        views, limit, cursor, lambda view: (view.document.display_order, view.document.id)
    )
    contents = await asyncio.gather(*(content_of(product, view) for view in page))
    return DocumentsOut(
        documents=[DocumentOut.of(*pair) for pair in zip(page, contents, strict=True)],
        next_cursor=next_cursor,
    )


@router.post(
    "/projects/{project_id}/initialize-documents",
    summary="Make the checklist, if it is not there yet",
)
async def initialize_documents(
    product: Product,
    access: VisibleProject,
    form: Annotated[InitializationForm, Depends(query_or_body(InitializationForm))],
) -> InitializedOut:
    """The checklist follows from the requirements package, or from what is known before there is
    one; it is never made from a list of names.

    With ``force`` nothing is made twice or replaced either: another package changes the plan.
    """
    require_editor(access)
    project = access.project
    before = {view.document.id for view in await product.documents.of_project(project.id)}
    if not project.workflow_started:
        await product.handover.begin(project.id)
    shown = [
        view
        for view in await visible_checklist(product, access)
        if form.phase in (None, view.document.phase)
    ]
    contents = await asyncio.gather(*(content_of(product, view) for view in shown))
    documents = [DocumentOut.of(*pair) for pair in zip(shown, contents, strict=True)]
    created = [document.document_name for document in documents if document.id not in before]
    return InitializedOut(
        message="The checklist is being made" if not before else "The checklist is there already",
        existing_count=len(documents) - len(created),
        documents=documents,
        created_count=len(created),
        created=created,
    )


@router.patch("/documents/{document_id}", summary="Keep the notes and dates of a document")
async def update_document(
    product: Product,
    user: CurrentUser,
    found: VisibleDocument,
    form: Annotated[DocumentForm, Depends(query_or_body(DocumentForm))],
) -> DocumentEnvelope:
    require_editor(found.access)
    document = found.document
    if form.status not in (None, document.status):
        raise Conflict(
            "StatusFollowsWorkflow",
            f"{document.document_name} is {document.status.value}: drafts, uploads and signatures "
            "change that, nobody sets it by hand",
        )
    changes: dict[str, Any] = form.model_dump(exclude={"status"}, exclude_unset=True)
    await product.intake.change_document_notes(document.id, changes, user.id)
    view = await product.documents.get(document.id)
    if view is None:
        raise NotFound("Document")
    return DocumentEnvelope(
        message=f"{document.document_name} updated",
        document=DocumentOut.of(view, await content_of(product, view)),
    )


@router.get("/documents/{document_id}", summary="One document with its newest version")
async def get_document(product: Product, access: VisibleDocument) -> DocumentOut:
    return DocumentOut.of(access.view, await content_of(product, access.view))


async def content_of(product: Collaborators, view: DocumentView) -> str | None:
    """The Markdown of the newest version; ``None`` before the first, or when it is lost."""
    return await text_of(product, view.latest_upload and view.latest_upload.content_sha256)


async def text_of(product: Collaborators, sha256: str | None) -> str | None:
    if sha256 is None:
        return None
    try:
        return (await product.artifacts.read(sha256)).decode()
    except (ArtifactMissing, ArtifactCorrupt):
        return None
