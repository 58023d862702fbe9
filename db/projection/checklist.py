"""A document of the checklist, and how events, links and audit entries describe it."""

from typing import Any

from db.models import ProjectDocument
from db.projection.writing import Writing
from documents.identity import document_id, document_page


async def checklist_document(writing: Writing, code: str) -> ProjectDocument:
    """The stored document of that code; raises NoResultFound when the plan has none."""
    return await writing.session.get_one(
        ProjectDocument, document_id(writing.project_id, code), populate_existing=True
    )


def about(
    document: ProjectDocument, workflow_id: str, message: str, **more: object
) -> dict[str, object]:
    """The fields that every event about a document carries."""
    return {
        "task_id": workflow_id,
        "document_id": str(document.id),
        "document_name": document.document_name,
        "document_type": document.code,
        "phase": document.phase,
        "sensitivity": document.sensitivity,
        "message": message,
        **more,
    }


def link(document: ProjectDocument) -> str:
    return document_page(document.project_id, document.code)


def state(document: ProjectDocument) -> dict[str, Any]:
    """What the audit log compares before and after."""
    return {
        "status": document.status,
        "generation": document.generation_status,
        "version": document.current_version,
    }
