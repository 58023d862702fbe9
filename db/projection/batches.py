"""Drafts that were asked for together, told to watchers as one task beside the tasks of each."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select

from db.models import ProgressEvent
from db.projection.writing import Event, Writing
from db.queries.documents import TaskStatus, TaskView, tasks_of
from db.session import Sessions, transaction
from documents.vocabulary import Sensitivity

OPENED, ENDED = "batch", "done"
"""Keys of a batch's first and last event."""
DOCUMENT_TYPE = "batch"
FOLLOWED_FOR = timedelta(days=7)
"""A batch that is not through by then is told no further; each of its documents still is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """What one request asked to draft."""

    task_id: str
    project_id: UUID
    members: tuple[str, ...]
    """Workflow ids of the drafts that were started."""
    refused: int
    """How many of the documents could not be started."""
    sensitivity: Sensitivity
    """Of its most sensitive document: who may not see that one does not see the batch."""


async def open_batch(sessions: Sessions, batch: Batch) -> None:
    """Announce a batch and how far it is already; opening it again changes nothing."""
    async with transaction(sessions) as session:
        writing = await Writing.begin(session, batch.project_id)
        if await writing.was_published(batch.task_id, OPENED):
            return
        opened: dict[str, Any] = {
            "task_id": batch.task_id,
            "document_type": DOCUMENT_TYPE,
            "members": list(batch.members),
            "refused": batch.refused,
            "sensitivity": batch.sensitivity,
            "message": f"Generating {len(batch.members)} documents",
            "timestamp": writing.now.isoformat(),
        }
        await writing.publish(batch.task_id, OPENED, Event("generation_started", opened))
        await _tell(writing, opened)


async def advance(writing: Writing, workflow_id: str) -> None:
    """Tell the batches that a draft belongs to, after an event of its workflow."""
    opened = await writing.session.scalars(
        select(ProgressEvent.payload)
        .where(
            ProgressEvent.project_id == writing.project_id,
            ProgressEvent.key == OPENED,
            ProgressEvent.created_at > writing.now - FOLLOWED_FOR,
            ProgressEvent.payload["members"].contains([workflow_id]),
        )
        .order_by(ProgressEvent.id)
    )
    for payload in opened.all():
        await _tell(writing, payload)


async def _tell(writing: Writing, opened: Mapping[str, Any]) -> None:
    """Publish how far a batch is, unless that was published before."""
    task_id, members, refused = opened["task_id"], opened["members"], opened["refused"]
    if await writing.was_published(task_id, ENDED):
        return
    tasks = await tasks_of(writing.session, members)
    states = [tasks[member] for member in members if member in tasks]
    completed = [task for task in states if task.status is TaskStatus.COMPLETED]
    failed = [task for task in states if task.status is TaskStatus.FAILED]
    total = len(members) + refused
    percentage = (sum(task.percentage for task in states) + 100 * refused) // total
    running = next((task for task in states if task.status is TaskStatus.IN_PROGRESS), None)
    message: dict[str, Any] = {
        "task_id": task_id,
        "document_type": DOCUMENT_TYPE,
        "sensitivity": opened["sensitivity"],
        "message": f"{len(completed)} of {total} documents are drafted",
        "completed_documents": _named(completed),
        "failed_documents": _named(failed),
        "current_document": running.document.document_name if running else None,
    }
    if len(completed) + len(failed) == len(members):
        kind = "generation_complete" if completed else "error"
        await writing.publish(task_id, ENDED, Event(kind, message))
        return
    # The key lets each state be told once, however many events of the members lead to it.
    key = f"{len(completed)}/{len(failed)}/{percentage}"
    if not await writing.was_published(task_id, key):
        await writing.publish(
            task_id, key, Event("progress", {**message, "percentage": percentage})
        )


def _named(tasks: list[TaskView]) -> list[dict[str, str]]:
    return [{"id": str(task.document.id), "name": task.document.document_name} for task in tasks]
