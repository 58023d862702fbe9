"""What workflows write about the drafting of one document."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select, update

from db.models import DocumentUpload, PhaseTransition, ProjectDocument, User
from db.projection.approvals import STANDING, approvals_of, void
from db.projection.checklist import about, checklist_document, link, state
from db.projection.projects import ask_ready_drafters, take_back_request
from db.projection.writing import Event, Notice, Writing
from documents.vocabulary import DocumentStatus, GenerationStatus

if TYPE_CHECKING:
    from activities.progress import Task
    from activities.records import DocumentChange, DocumentsStale


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
    if entry.version > document.current_version:
        # A gate that findings block stays with its gatekeeper, who may refuse it.
        await take_back_request(
            writing,
            document.phase,
            PhaseTransition.validation_results["can_transition"].as_boolean(),
            why=f"{document.document_name}: version {entry.version} is under way",
        )
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


async def mark_stale(writing: Writing, entry: DocumentsStale) -> Event:
    """Write which documents were made from an earlier package, and tell their drafters."""
    message = f"{len(entry.because)} documents were made from an earlier package"
    event = Event("lineage_update", {"message": message})
    current = await writing.facts_in_force()
    if current is None or current.id != entry.facts_id:
        return event  # revised again: that revision compares them anew
    found = await writing.session.scalars(
        select(ProjectDocument)
        .where(ProjectDocument.project_id == entry.project_id)
        .order_by(ProjectDocument.display_order)
        .execution_options(populate_existing=True)
    )
    for document in found.all():
        because = list(entry.because.get(document.code, ()))
        if because == document.stale_because and bool(because) == document.stale:
            continue
        before = {"stale": document.stale, "because": document.stale_because}
        document.stale, document.stale_because = bool(because), because
        await writing.session.flush()
        await writing.audit(
            "document_stale" if because else "document_current",
            ("document", document.id),
            by=None,
            before=before,
            after={"stale": document.stale, "because": because},
        )
        if because:
            await _announce_stale(writing, document, entry, because)
    return event


async def _announce_stale(
    writing: Writing, document: ProjectDocument, entry: DocumentsStale, because: list[str]
) -> None:
    message = f"{document.document_name} was made from an earlier package"
    await writing.publish(
        entry.workflow_id,
        f"t{entry.seq}/{document.code}",
        Event(
            "document_stale",
            about(
                document,
                document.workflow_id or "",
                message,
                stale_because=because,
                version=document.current_version,
                timestamp=writing.now.isoformat(),
            ),
        ),
    )
    await writing.tell(
        await writing.session.get_one(User, document.assigned_user_id),
        Notice(
            key=f"stale/{document.id}/{entry.facts_id}",
            type="document_stale",
            title=f"{document.document_name} is out of date",
            message=f"{message}. Draft it again, or confirm it with a version of your own. "
            f"Changed: {', '.join(because[:5])}.",
            link=link(document),
        ),
    )


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
