"""Drafting: asking for versions, one or several, and how far they are."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Path
from pydantic import BaseModel, ConfigDict, Field

from api.access import Access, DocumentAccess, VisibleDocument, VisibleProject, access_to
from api.dependencies import DRAFTS, Collaborators, CurrentUser, Product, RequestId
from api.errors import Conflict, NotAllowed, NotFound, NotReady, Refused
from api.forms import query_or_body
from api.routes.checklist import CLOSED
from api.routes.documents import content_of, text_of
from api.routes.drafts import draft_metadata
from db.models import Project, ProjectDocument, User
from db.projection.batches import Batch, open_batch
from db.queries import TaskStatus, TaskView
from documents.identity import document_workflow_id
from documents.plan import Assignee
from documents.vocabulary import (
    DocumentStatus,
    GenerationStatus,
    Position,
    RecordKind,
    Role,
    Sensitivity,
)
from workflows.messages import GenerateDocument, GenerateReceipt

router = APIRouter(prefix="/api", tags=["Generation"])

_PROJECT = r"project/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_PART = r"[A-Za-z0-9-]{1,20}\.\d{1,6}"
TASK_ID = rf"^{_PROJECT}/(?:document/[^/]{{1,20}}/\d{{1,6}}|batch/{_PART}(?:~{_PART})*)$"
NOT_STARTED = 0
"""In the id of a batch: the version of a document that was refused."""
ESTIMATED_MINUTES = 2
"""Drafting, checking and rendering one document; minutes, rounded up."""
MAY_REQUEST = frozenset({Role.ADMIN, Role.CONTRACTING_OFFICER, Role.PROGRAM_MANAGER})
"""Roles that may ask for any draft; a document's drafter may always."""
POSITION_OF_ROLE = {
    Role.CONTRACTING_OFFICER: Position.CONTRACTING_OFFICER,
    Role.PROGRAM_MANAGER: Position.PROGRAM_MANAGER,
}


class DocumentType(BaseModel):
    document_type: str = Field(min_length=1, max_length=200)
    """Code or title of a planned document, in any case."""


class Assumption(BaseModel):
    id: str = Field(default="", max_length=200)
    text: str = Field(max_length=4_000)
    source: str = Field(default="", max_length=2_000)


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


class BatchForm(BaseModel):
    document_ids: list[UUID] = Field(min_length=1, max_length=100)
    assumptions: list[Assumption] = Field(default=[], max_length=100)


class NamedDocumentOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: UUID
    name: str = Field(validation_alias="document_name")


class BatchOut(BaseModel):
    message: str
    task_id: str
    document_count: int
    documents: list[NamedDocumentOut]


class CompletedOut(BaseModel):
    id: UUID
    name: str
    quality_score: int | None


class FailedOut(BaseModel):
    id: UUID
    name: str
    error: str


class BatchTaskOut(BaseModel):
    task_id: str
    project_id: UUID
    document_ids: list[UUID]
    document_names: list[str]
    status: TaskStatus
    progress: int
    message: str
    created_at: datetime | None
    completed_documents: list[CompletedOut]
    failed_documents: list[FailedOut]
    current_document: str | None
    error: str | None
    backend: str = "temporal"


class DependenciesOut(BaseModel):
    document_id: UUID
    document_name: str
    dependencies_met: bool
    missing_dependencies: list[str]
    """What has to be approved before the gate, or recorded before it can be drafted."""
    available_dependencies: list[str]
    can_generate: bool
    """By the caller, now."""
    estimated_minutes: int


@router.post(
    "/projects/{project_id}/generate-document",
    summary="Draft a new version",
    dependencies=[Depends(DRAFTS)],
)
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
            return await _generate(product, user, found, request_id, ())
    raise NotFound(f"Document type {form.document_type!r} of this project's plan")


@router.post(
    "/documents/{document_id}/generate",
    summary="Draft a new version of this document",
    dependencies=[Depends(DRAFTS)],
)
async def generate_document(
    product: Product,
    user: CurrentUser,
    access: VisibleDocument,
    request_id: RequestId,
    form: GenerationForm | None = None,
) -> GenerationOut:
    """What the caller adds is given to the agent together with the facts."""
    additions: list[str] = []
    if form is not None:
        additions = [assumption.text for assumption in form.assumptions]
        additions += [form.additional_context] if form.additional_context else []
    return await _generate(product, user, access, request_id, tuple(additions))


@router.post(
    "/projects/{project_id}/generate-batch",
    summary="Draft several documents",
    dependencies=[Depends(DRAFTS)],
)
async def generate_batch(
    product: Product,
    user: CurrentUser,
    access: VisibleProject,
    request_id: RequestId,
    form: BatchForm,
) -> BatchOut:
    """Drafts what can be drafted now; the task says of the others what they wait for.

    The WebSocket tells of the batch under its own task id beside the tasks of its documents.
    """
    checklist = await product.documents.of_project(access.project.id)
    visible = {
        view.document.id: view for view in checklist if access.sees(view.document.sensitivity)
    }
    if not visible.keys() >= set(form.document_ids):
        raise NotFound("Document of this project")
    additions = tuple(assumption.text for assumption in form.assumptions)
    versions: list[tuple[ProjectDocument, int]] = []
    refusals: list[str] = []
    for key in dict.fromkeys(form.document_ids):
        found, version = DocumentAccess(access, visible[key]), NOT_STARTED
        try:
            started = await _generate(product, user, found, f"{request_id}/{key}", additions)
            version = started.version
        except (Conflict, NotReady, Refused) as refusal:
            refusals.append(refusal.detail)
        versions.append((found.document, version))
    if len(refusals) == len(versions):
        raise Conflict("MissingDependencies", "; ".join(refusals))
    batch = _batch_of(access.project.id, versions)
    await open_batch(product.sessions, batch)
    return BatchOut(
        message=f"Generating {len(batch.members)} documents",
        task_id=batch.task_id,
        document_count=len(versions),
        documents=[NamedDocumentOut.model_validate(document) for document, _ in versions],
    )


@router.get("/documents/{document_id}/check-dependencies", summary="Whether it can be drafted")
async def check_dependencies(
    product: Product, user: CurrentUser, found: VisibleDocument
) -> DependenciesOut:
    document, access = found.document, found.access
    checklist = await product.documents.of_project(document.project_id)
    required = [view.document for view in checklist if view.document.code in document.requires]
    recorded = {kind.value for kind in await product.projects.records(document.project_id)}
    there = [row for row in required if row.status is DocumentStatus.APPROVED]
    missing = [
        *(_name(access, row) for row in required if row not in there),
        *(_record(kind) for kind in document.records if kind not in recorded),
    ]
    return DependenciesOut(
        document_id=document.id,
        document_name=document.document_name,
        dependencies_met=not missing,
        missing_dependencies=missing,
        available_dependencies=[
            *(_name(access, row) for row in there),
            *(_record(kind) for kind in document.records if kind in recorded),
        ],
        can_generate=recorded.issuperset(document.records)
        and document.is_required
        and _may_request(user, document)
        and document.phase is access.project.current_phase
        and document.generation_status is not GenerationStatus.GENERATING,
        estimated_minutes=ESTIMATED_MINUTES,
    )


@router.get("/generation-tasks/{task_id:path}", summary="How far a generation is")
async def get_generation_task(
    product: Product,
    user: CurrentUser,
    task_id: Annotated[str, Path(pattern=TASK_ID, max_length=4_000)],
) -> TaskOut | BatchTaskOut:
    """Of one version or of a batch; it is known as long as the project is, restarts or not."""
    if batch := read_batch_id(task_id):
        return await _batch_task(product, user, task_id, *batch)
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
        generated_content=await content_of(product, access.view),
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
    additions: tuple[str, ...],
) -> GenerationOut:
    require_drafting(user, access)
    if access.document.generation_status is GenerationStatus.GENERATING:
        return await _generation_in_hand(product, access.document, request_id)
    drafter = requester(access, user)
    signs = any(signer["email"] == user.email for signer in access.document.approvers)
    if signs and not additions:
        # Who asks for a draft and adds nothing to it has not drafted it.
        drafter = planned_drafter(access)
        await product.intake.note_draft_request(access.document, user.id)
    return await start_version(product, access, request_id, drafter, additions)


async def _generation_in_hand(
    product: Collaborators, document: ProjectDocument, request_id: str
) -> GenerationOut:
    """The draft in hand, for a repetition of the request that asked for it; raises NotReady."""
    receipt = await product.workflows.generation_of(document.project_id, document.phase, request_id)
    if receipt is None:
        raise NotReady("AlreadyGenerating", f"{document.document_name} is being drafted already")
    return _started(document, receipt)


def planned_drafter(access: DocumentAccess) -> Assignee:
    """Who answers for the document by the plan."""
    document, drafter = access.document, access.view.assigned_user
    return Assignee(
        position=document.drafter_position, email=document.drafter_email, name=drafter.name
    )


async def start_version(
    product: Collaborators,
    access: DocumentAccess,
    request_id: str,
    drafter: Assignee,
    additions: tuple[str, ...],
) -> GenerationOut:
    """Have a new version drafted, whatever the document requires: its gate waits for that.

    Raises:
        NotReady: what it is made from is not recorded.
        Conflict: the project is closed or has no plan, or the document left it.
        Refused: the phase says no.
    """
    document, project = access.document, access.access.project
    refuse_closed(project)
    if not document.is_required:
        raise Conflict("NotInThePlan", f"{document.document_name} is not part of the plan any more")
    if not project.workflow_started:
        await _begin(product, project)
    recorded = {kind.value for kind in await product.projects.records(document.project_id)}
    if unrecorded := [kind for kind in document.records if kind not in recorded]:
        names = ", ".join(_record(kind).lower() for kind in unrecorded)
        raise NotReady("MissingDependencies", f"{document.document_name} waits for {names}")
    request = GenerateDocument(
        request_id=request_id, code=document.code, requested_by=drafter, feedback=additions
    )
    try:
        receipt: GenerateReceipt = await product.workflows.generate(
            document.project_id,
            document.phase,
            request,
            ready=await is_ready(product, access),
        )
    except Refused as refusal:
        if refusal.code == "MissingDependencies":
            raise NotReady(refusal.code, refusal.detail) from refusal
        raise
    return _started(document, receipt)


def _started(document: ProjectDocument, receipt: GenerateReceipt) -> GenerationOut:
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


def refuse_closed(project: Project) -> None:
    """Raises Conflict: a closed project gets no more versions."""
    if project.overall_status in CLOSED:
        raise Conflict("ProjectClosed", f"This project is {project.overall_status.value}")


async def is_ready(product: Collaborators, access: DocumentAccess) -> bool:
    """Whether the phase and all that is written about is there, by what is stored."""
    document, project = access.document, access.access.project
    if document.phase is not project.current_phase:
        return False
    recorded = {kind.value for kind in await product.projects.records(document.project_id)}
    return recorded.issuperset(document.records)


async def _begin(product: Collaborators, project: Project) -> None:
    """Start a project that waits for people; raises Conflict when some are missing still."""
    if missing := await product.handover.begin(project.id):
        raise Conflict("PositionsVacant", f"No plan is possible: {'; '.join(missing)}")


async def _task(product: Collaborators, task: TaskView) -> TaskOut:
    upload = task.upload
    result = None
    if upload is not None:
        result = TaskResultOut(
            content=await text_of(product, upload.content_sha256),
            quality_score=task.document.ai_quality_score,
            metadata=await draft_metadata(product, task.document, upload),
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


def batch_id(project_id: UUID, versions: Sequence[tuple[ProjectDocument, int]]) -> str:
    """Names the versions that a batch started, so nothing has to be kept to answer for it."""
    parts = "~".join(f"{document.code}.{version}" for document, version in versions)
    return f"project/{project_id}/batch/{parts}"


def read_batch_id(task_id: str) -> tuple[UUID, dict[str, int]] | None:
    """The project and the version by document code; ``None`` when it is no batch's id."""
    prefix, batch, parts = task_id.partition("/batch/")
    if not batch:
        return None
    split = (part.rpartition(".") for part in parts.split("~"))
    return UUID(prefix.removeprefix("project/")), {code: int(number) for code, _, number in split}


def _batch_of(project_id: UUID, versions: Sequence[tuple[ProjectDocument, int]]) -> Batch:
    started = [pair for pair in versions if pair[1] != NOT_STARTED]
    secret = Sensitivity.SOURCE_SELECTION
    return Batch(
        task_id=batch_id(project_id, versions),
        project_id=project_id,
        members=tuple(
            document_workflow_id(project_id, document.code, version)
            for document, version in started
        ),
        refused=len(versions) - len(started),
        sensitivity=secret
        if any(document.sensitivity is secret for document, _ in versions)
        else Sensitivity.INTERNAL,
    )


async def _batch_task(
    product: Collaborators, user: User, task_id: str, project_id: UUID, versions: Mapping[str, int]
) -> BatchTaskOut:
    access = await access_to(product, user, project_id)
    if access is None:
        raise NotFound("Task")
    rows = {
        view.document.code: view.document
        for view in await product.documents.of_project(project_id)
        if view.document.code in versions and access.sees(view.document.sensitivity)
    }
    if rows.keys() != versions.keys():
        raise NotFound("Task")
    ids = {
        code: document_workflow_id(project_id, code, version)
        for code, version in versions.items()
        if NOT_STARTED < version <= rows[code].current_version + 1
    }
    tasks = await product.documents.tasks(ids.values())
    found = {code: tasks[key] for code, key in ids.items() if key in tasks}
    return _batch(task_id, project_id, [rows[code] for code in versions], found)


def _batch(
    task_id: str,
    project_id: UUID,
    documents: Sequence[ProjectDocument],
    tasks: Mapping[str, TaskView],
) -> BatchTaskOut:
    """Add up the tasks; a document without one was refused."""
    of_status = {
        status: [row for row in documents if row.code in tasks and tasks[row.code].status is status]
        for status in TaskStatus
    }
    completed, running = of_status[TaskStatus.COMPLETED], of_status[TaskStatus.IN_PROGRESS]
    failed = [
        FailedOut(id=row.id, name=row.document_name, error=tasks[row.code].error)
        for row in of_status[TaskStatus.FAILED]
    ] + [
        FailedOut(id=row.id, name=row.document_name, error="It could not be drafted yet")
        for row in documents
        if row.code not in tasks
    ]
    if len(completed) + len(failed) == len(documents):
        status = TaskStatus.COMPLETED if completed else TaskStatus.FAILED
    elif completed or failed or running:
        status = TaskStatus.IN_PROGRESS
    else:
        status = TaskStatus.PENDING
    done = sum(tasks[row.code].percentage if row.code in tasks else 100 for row in documents)
    begun = [task.created_at for task in tasks.values() if task.created_at]
    return BatchTaskOut(
        task_id=task_id,
        project_id=project_id,
        document_ids=[row.id for row in documents],
        document_names=[row.document_name for row in documents],
        status=status,
        progress=done // len(documents),
        message=f"{len(completed)} of {len(documents)} documents are drafted",
        created_at=min(begun, default=None),
        completed_documents=[
            CompletedOut(id=row.id, name=row.document_name, quality_score=row.ai_quality_score)
            for row in completed
        ],
        failed_documents=failed,
        current_document=running[0].document_name if running else None,
        error="; ".join(f"{row.name}: {row.error}" for row in failed) or None,
    )


def _may_request(user: User, document: ProjectDocument) -> bool:
    return user.role in MAY_REQUEST or user.id == document.assigned_user_id


def _name(access: Access, document: ProjectDocument) -> str:
    if access.sees(document.sensitivity):
        return document.document_name
    return "A source selection document"


def _record(kind: str) -> str:
    return f"The record of {RecordKind(kind).value.replace('_', ' ')}"
