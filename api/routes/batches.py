"""Several drafts asked for at once, and how far they are together."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field

from api.access import DocumentAccess, VisibleProject, access_to, visible_checklist
from api.dependencies import DRAFTS, Collaborators, CurrentUser, Product, RequestId
from api.errors import Conflict, NotFound, NotReady, Refused
from api.routes.generation import Assumption, generate
from db.models import ProjectDocument, User
from db.projection.batches import Batch, open_batch
from db.queries import TaskStatus, TaskView
from documents.identity import document_workflow_id
from documents.vocabulary import Sensitivity

router = APIRouter(prefix="/api", tags=["Generation"])

NOT_STARTED = 0
"""In the id of a batch: the version of a document that was refused."""


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


class DraftedOut(BaseModel):
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
    completed_documents: list[DraftedOut]
    failed_documents: list[FailedOut]
    current_document: str | None
    error: str | None
    backend: str = "temporal"


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
    visible = {view.document.id: view for view in await visible_checklist(product, access)}
    if not visible.keys() >= set(form.document_ids):
        raise NotFound("Document of this project")
    additions = tuple(assumption.text for assumption in form.assumptions)
    versions: list[tuple[ProjectDocument, int]] = []
    refusals: list[str] = []
    for key in dict.fromkeys(form.document_ids):
        found, version = DocumentAccess(access, visible[key]), NOT_STARTED
        try:
            started = await generate(product, user, found, f"{request_id}/{key}", additions)
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


async def batch_task(
    product: Collaborators, user: User, task_id: str, project_id: UUID, versions: Mapping[str, int]
) -> BatchTaskOut:
    """How far a batch is that `read_batch_id` has read; raises NotFound unless all is visible."""
    access = await access_to(product, user, project_id)
    if access is None:
        raise NotFound("Task")
    rows = {
        view.document.code: view.document
        for view in await visible_checklist(product, access)
        if view.document.code in versions
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
            DraftedOut(id=row.id, name=row.document_name, quality_score=row.ai_quality_score)
            for row in completed
        ],
        failed_documents=failed,
        current_document=running[0].document_name if running else None,
        error="; ".join(f"{row.name}: {row.error}" for row in failed) or None,
    )
