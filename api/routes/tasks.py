"""How far drafting is, of one version or of a batch."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Path
from pydantic import BaseModel

from api.access import VisibleDocument, access_to
from api.dependencies import Collaborators, CurrentUser, Product
from api.errors import NotFound
from api.routes.batches import BatchTaskOut, batch_task, read_batch_id
from api.routes.documents import content_of, text_of
from api.routes.drafts import draft_metadata
from db.queries import TaskStatus, TaskView
from documents.vocabulary import GenerationStatus

router = APIRouter(prefix="/api", tags=["Generation"])

_PROJECT = r"project/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_PART = r"[A-Za-z0-9-]{1,20}\.\d{1,6}"
TASK_ID = rf"^{_PROJECT}/(?:document/[A-Za-z0-9-]{{1,20}}/\d{{1,6}}|batch/{_PART}(?:~{_PART})*)$"


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


@router.get("/generation-tasks/{task_id:path}", summary="How far a generation is")
async def get_generation_task(
    product: Product,
    user: CurrentUser,
    task_id: Annotated[str, Path(pattern=TASK_ID, max_length=4_000)],
) -> TaskOut | BatchTaskOut:
    """Of one version or of a batch; it is known as long as the project is, restarts or not."""
    if batch := read_batch_id(task_id):
        return await batch_task(product, user, task_id, *batch)
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
