"""What workflows write about the drafting of one document."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import update

from db.models import DocumentUpload, ProjectDocument, User
from db.projection.approvals import STANDING, approvals_of, void
from db.projection.checklist import about, checklist_document, link, state
from db.projection.projects import ask_ready_drafters
from db.projection.writing import Event, Notice, Writing
from documents.vocabulary import DocumentStatus, GenerationStatus

if TYPE_CHECKING:
    from activities.progress import Task
    from activities.records import DocumentChange


async def report(writing: Writing, task: Task, percentage: int, message: str) -> Event:
    document = await checklist_document(writing, task.code)
    return Event("progress", about(document, task.workflow_id, message, percentage=percentage))


async def change_document(writing: Writing, entry: DocumentChange) -> Event:
    """Write how far a version is; a version that was superseded meanwhile changes nothing."""
    document = await checklist_document(writing, entry.code)
    event = _event(writing, document, entry)
    if entry.version < document.current_version:
        return event
    before = state(document)
    if entry.version > document.current_version or entry.status is DocumentStatus.EXPIRED:
        await _withdraw(writing, document, entry)
    document.status = entry.status
    document.generation_status = entry.generation
    document.generation_error = entry.error
    document.current_version = entry.version
    document.workflow_id = entry.workflow_id
    await writing.session.flush()
    await writing.audit(
        "document_changed",
        ("document", document.id),
        by=await writing.person_id(entry.actor),
        before=before,
        after=state(document),
        why=entry.error or entry.message,
    )
    if entry.generation is GenerationStatus.FAILED:
        await writing.tell(
            await writing.session.get_one(User, document.assigned_user_id),
            Notice(
                key=f"failed/{entry.workflow_id}/{entry.seq}",
                type="generation_failed",
                title=f"{document.document_name} could not be drafted",
                message=entry.error or entry.message,
                link=link(document),
            ),
        )
    if entry.status is DocumentStatus.APPROVED:
        await ask_ready_drafters(writing)
    return event


async def _withdraw(writing: Writing, document: ProjectDocument, entry: DocumentChange) -> None:
    """Void every signature on the versions so far: they were given for what no longer holds."""
    withdrawn = entry.status is DocumentStatus.EXPIRED
    why = entry.message if withdrawn else f"version {entry.version} replaces it"
    await void(writing, document, await approvals_of(writing, document, STANDING), why)
    await writing.session.execute(
        update(DocumentUpload)
        .where(DocumentUpload.project_document_id == document.id)
        .values(approved_at=None)
    )


def _event(writing: Writing, document: ProjectDocument, entry: DocumentChange) -> Event:
    match entry.generation:
        case GenerationStatus.GENERATING:
            kind, message = "generation_started", entry.message
        case GenerationStatus.FAILED:
            kind, message = "error", entry.error or entry.message
        case _:
            kind, message = "document_update", entry.message
    return Event(
        kind,
        about(
            document,
            entry.workflow_id,
            message,
            status=entry.status,
            generation_status=entry.generation,
            version=entry.version,
            timestamp=writing.now.isoformat(),
        ),
    )
