"""Documents with their versions, signatures and generation tasks, as the API shows them."""

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from db.models import (
    ApprovalAuditLog,
    DocumentApproval,
    DocumentUpload,
    ProgressEvent,
    Project,
    ProjectDocument,
    User,
)
from db.session import Sessions
from documents.identity import document_id
from documents.vocabulary import ApprovalStatus, DocumentStatus, ProjectStatus, Sensitivity

_APPROVER = aliased(User)
_DELEGATOR = aliased(User)
_TASK_ID = re.compile(r"project/(?P<project>[0-9a-f-]{36})/document/(?P<code>[^/]+)/\d+")


@dataclass(frozen=True, slots=True)
class UploadView:
    upload: DocumentUpload
    uploader: User


@dataclass(frozen=True, slots=True)
class ApprovalView:
    approval: DocumentApproval
    approver: User
    delegated_from: User | None


@dataclass(frozen=True, slots=True)
class DocumentView:
    """A document with its current version and every signature on that version, in order."""

    document: ProjectDocument
    assigned_user: User
    latest_upload: DocumentUpload | None
    approvals: tuple[ApprovalView, ...]

    @property
    def awaited(self) -> tuple[ApprovalView, ...]:
        """The signatures whose turn it is: one of a serial chain, several of others."""
        return tuple(
            view
            for view in self.approvals
            if view.approval.approval_status is ApprovalStatus.PENDING and view.approval.asked_at
        )


@dataclass(frozen=True, slots=True)
class PendingApproval:
    """A signature that somebody is asked for now, and what it is about."""

    approval: DocumentApproval
    approver: User
    document: ProjectDocument
    project: Project
    upload: DocumentUpload


@dataclass(frozen=True, slots=True)
class TrailEntry:
    entry: ApprovalAuditLog
    performed_by: User | None
    """``None``: the product itself."""


class TaskStatus(StrEnum):
    PENDING = "pending"
    IN_PROGRESS = "in_progress"
    COMPLETED = "completed"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class TaskView:
    """How far the generation of one version is."""

    task_id: str
    """The id of the version's workflow."""
    document: ProjectDocument
    status: TaskStatus
    percentage: int
    message: str
    created_at: datetime | None
    """When generating began; ``None`` while pending."""
    upload: DocumentUpload | None
    """The finished version."""
    error: str
    """Empty unless failed."""


class DocumentQueries:
    """Reads documents. What a caller may see is decided above, by ``document.sensitivity``."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    async def of_project(self, project_id: UUID) -> tuple[DocumentView, ...]:
        """The checklist in order, in three queries however long it is."""
        return await self._views(ProjectDocument.project_id == project_id)

    async def codes_without_source_selection(
        self, project_ids: Collection[UUID]
    ) -> Mapping[UUID, frozenset[str]]:
        """By project: the documents of its checklist that are not for the team alone."""
        query = select(ProjectDocument.project_id, ProjectDocument.code).where(
            ProjectDocument.project_id.in_(project_ids),
            ProjectDocument.sensitivity != Sensitivity.SOURCE_SELECTION,
        )
        codes: defaultdict[UUID, set[str]] = defaultdict(set)
        async with self._sessions() as session:
            for project_id, code in await session.execute(query):
                codes[project_id].add(code)
        return {project_id: frozenset(found) for project_id, found in codes.items()}

    async def get(self, document_id: UUID) -> DocumentView | None:
        found = await self._views(ProjectDocument.id == document_id)
        return found[0] if found else None

    async def uploads(self, document_id: UUID) -> tuple[UploadView, ...]:
        """Every version, the newest first."""
        query = (
            select(DocumentUpload, User)
            .join(User, User.id == DocumentUpload.uploaded_by)
            .where(DocumentUpload.project_document_id == document_id)
            .order_by(DocumentUpload.version_number.desc())
        )
        async with self._sessions() as session:
            return tuple(UploadView(*row) for row in (await session.execute(query)))

    async def upload(self, upload_id: UUID) -> tuple[DocumentUpload, ProjectDocument] | None:
        query = (
            select(DocumentUpload, ProjectDocument)
            .join(ProjectDocument, ProjectDocument.id == DocumentUpload.project_document_id)
            .where(DocumentUpload.id == upload_id)
        )
        async with self._sessions() as session:
            return (await session.execute(query)).first()

    async def approvals(self, document_id: UUID) -> tuple[ApprovalView, ...]:
        """Signatures on every version, the newest version first, then in order of signing."""
        query = (
            _approvals()
            .where(DocumentApproval.project_document_id == document_id)
            .order_by(DocumentApproval.approval_round.desc(), DocumentApproval.step)
        )
        async with self._sessions() as session:
            return tuple(ApprovalView(*row) for row in (await session.execute(query)))

    async def approval(self, approval_id: UUID) -> PendingApproval | None:
        """One signature, whatever its state, and what it is about."""
        found = await self._pending(_pending().where(DocumentApproval.id == approval_id))
        return found[0] if found else None

    async def pending_for(self, user_id: UUID | None) -> tuple[PendingApproval, ...]:
        """Signatures that a user (``None``: anybody) is asked for now, the most urgent first."""
        query = _pending().where(
            DocumentApproval.approval_status == ApprovalStatus.PENDING,
            DocumentApproval.asked_at.is_not(None),
            Project.overall_status.not_in([ProjectStatus.COMPLETED, ProjectStatus.CANCELLED]),
        )
        if user_id is not None:
            query = query.where(DocumentApproval.approver_id == user_id)
        return await self._pending(query)

    async def trails(self, approval_ids: Iterable[UUID]) -> dict[UUID, tuple[TrailEntry, ...]]:
        """By signature: what happened to it, in order."""
        query = (
            select(ApprovalAuditLog, User)
            .outerjoin(User, User.id == ApprovalAuditLog.performed_by)
            .where(ApprovalAuditLog.approval_id.in_(list(approval_ids)))
            .order_by(ApprovalAuditLog.timestamp)
        )
        trails: defaultdict[UUID, list[TrailEntry]] = defaultdict(list)
        async with self._sessions() as session:
            for entry, user in await session.execute(query):
                trails[entry.approval_id].append(TrailEntry(entry, user))
        return {approval: tuple(entries) for approval, entries in trails.items()}

    async def task(self, task_id: str) -> TaskView | None:
        """How far a generation is; ``None`` when the id belongs to no document."""
        return (await self.tasks([task_id])).get(task_id)

    async def tasks(self, task_ids: Iterable[str]) -> dict[str, TaskView]:
        """By id, in three queries: how far generations are, of those that belong to documents."""
        async with self._sessions() as session:
            return await tasks_of(session, task_ids)

    async def _views(self, which: Any) -> tuple[DocumentView, ...]:
        query = (
            select(ProjectDocument, User, DocumentUpload)
            .join(User, User.id == ProjectDocument.assigned_user_id)
            .outerjoin(
                DocumentUpload,
                (DocumentUpload.project_document_id == ProjectDocument.id)
                & DocumentUpload.is_current_version,
            )
            .where(which)
            .order_by(ProjectDocument.display_order)
        )
        async with self._sessions() as session:
            rows: list[tuple[ProjectDocument, User, DocumentUpload | None]] = list(
                await session.execute(query)
            )
            signatures = await _signatures(session, [upload.id for _, _, upload in rows if upload])
        return tuple(
            DocumentView(document, user, upload, tuple(signatures[upload.id]) if upload else ())
            for document, user, upload in rows
        )

    async def _pending(self, query: Select[Any, Any, Any, Any, Any]) -> tuple[PendingApproval, ...]:
        ordered = query.order_by(DocumentApproval.due_at, DocumentApproval.requested_at)
        async with self._sessions() as session:
            rows = await session.execute(ordered)
            return tuple(PendingApproval(*row) for row in rows)


async def tasks_of(session: AsyncSession, task_ids: Iterable[str]) -> dict[str, TaskView]:
    """As ``DocumentQueries.tasks``, as a transaction sees it."""
    named = {task_id: _TASK_ID.fullmatch(task_id) for task_id in task_ids}
    keys = {
        task_id: document_id(UUID(found["project"]), found["code"])
        for task_id, found in named.items()
        if found is not None
    }
    # Versions first: a version that is there is then seen with what was written together with it.
    uploads = {
        upload.workflow_id: upload
        for upload in await session.scalars(
            select(DocumentUpload).where(DocumentUpload.workflow_id.in_(keys))
        )
    }
    events: defaultdict[str, list[ProgressEvent]] = defaultdict(list)
    for event in await session.scalars(
        select(ProgressEvent).where(ProgressEvent.workflow_id.in_(keys)).order_by(ProgressEvent.id)
    ):
        events[event.workflow_id].append(event)
    documents = {
        document.id: document
        for document in await session.scalars(
            select(ProjectDocument).where(ProjectDocument.id.in_(keys.values()))
        )
    }
    return {
        task_id: _task(task_id, documents[key], events[task_id], uploads.get(task_id))
        for task_id, key in keys.items()
        if key in documents
    }


async def _signatures(
    session: AsyncSession, uploads: list[UUID]
) -> defaultdict[UUID, list[ApprovalView]]:
    query = (
        _approvals()
        .where(DocumentApproval.document_upload_id.in_(uploads))
        .order_by(DocumentApproval.step)
    )
    found: defaultdict[UUID, list[ApprovalView]] = defaultdict(list)
    for row in await session.execute(query):
        view = ApprovalView(*row)
        found[view.approval.document_upload_id].append(view)
    return found


def _task(
    task_id: str,
    document: ProjectDocument,
    events: list[ProgressEvent],
    upload: DocumentUpload | None,
) -> TaskView:
    failed = events and (
        events[-1].type == "error" or events[-1].payload.get("status") == DocumentStatus.EXPIRED
    )
    if upload is not None:
        status, percentage = TaskStatus.COMPLETED, 100
    elif failed:
        status, percentage = TaskStatus.FAILED, 100
    else:
        reported = [event.payload.get("percentage", 0) for event in events]
        status = TaskStatus.IN_PROGRESS if events else TaskStatus.PENDING
        percentage = max(reported, default=0)
    message = str(events[-1].payload.get("message", "")) if events else "Waiting to start"
    return TaskView(
        task_id=task_id,
        document=document,
        status=status,
        percentage=percentage,
        message=message,
        created_at=events[0].created_at if events else None,
        upload=upload,
        error=message if status is TaskStatus.FAILED else "",
    )


def _approvals() -> Select[Any, Any, Any]:
    return (
        select(DocumentApproval, _APPROVER, _DELEGATOR)
        .join(_APPROVER, _APPROVER.id == DocumentApproval.approver_id)
        .outerjoin(_DELEGATOR, _DELEGATOR.id == DocumentApproval.delegated_from_id)
    )


def _pending() -> Select[Any, Any, Any, Any, Any]:
    return (
        select(DocumentApproval, User, ProjectDocument, Project, DocumentUpload)
        .join(User, User.id == DocumentApproval.approver_id)
        .join(ProjectDocument, ProjectDocument.id == DocumentApproval.project_document_id)
        .join(Project, Project.id == DocumentApproval.project_id)
        .join(DocumentUpload, DocumentUpload.id == DocumentApproval.document_upload_id)
    )
