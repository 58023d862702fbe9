"""What operators need of the record: who is awaited, who may give orders, and their audit."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import func, select

from db.models import (
    AuditLog,
    DocumentApproval,
    DocumentUpload,
    PhaseTransition,
    Project,
    ProjectDocument,
    User,
)
from db.session import Sessions, transaction
from documents.identity import document_workflow_id, phase_workflow_id
from documents.vocabulary import (
    ApprovalStatus,
    GenerationStatus,
    Phase,
    ProjectStatus,
    Role,
    TransitionStatus,
)

ENDED = (ProjectStatus.CANCELLED, ProjectStatus.COMPLETED)


class NotAnAdministrator(RuntimeError):
    """The orders of this account do not count."""

    def __init__(self, email: str) -> None:
        super().__init__(f"{email} is no active administrator: only administrators give orders")


@dataclass(frozen=True, slots=True)
class Waiting:
    """One thing that does not go on by itself."""

    workflow_id: str
    project: str
    what: str
    who: str
    since: datetime
    """UTC."""
    due: datetime | None
    """UTC; ``None``: no rule sets a day."""
    to_do: str


class Operations:
    """Reads what waits, and writes who ordered what."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    async def administrator(self, email: str) -> User:
        """The active administrator with this address; raises NotAnAdministrator."""
        user = await self.person(email)
        if user is None or user.role is not Role.ADMIN:
            raise NotAnAdministrator(email)
        return user

    async def person(self, email: str) -> User | None:
        """The active account with this address."""
        query = select(User).where(User.email == email.strip().lower(), User.is_active)
        async with self._sessions() as session:
            return await session.scalar(query)

    async def phase_of(self, project_id: UUID, code: str) -> Phase | None:
        """The phase that makes a document; ``None``: the project has no such document."""
        query = select(ProjectDocument.phase).where(
            ProjectDocument.project_id == project_id, ProjectDocument.code == code
        )
        async with self._sessions() as session:
            return await session.scalar(query)

    async def open_projects(self) -> set[UUID]:
        """Projects that are neither complete nor cancelled."""
        query = select(Project.id).where(Project.overall_status.not_in(ENDED))
        async with self._sessions() as session:
            return set(await session.scalars(query))

    async def note(
        self,
        by: User,
        action: str,
        workflow_id: str,
        project_id: UUID | None,
        details: Mapping[str, Any],
        *,
        why: str,
    ) -> None:
        """Append an order, or what became of it, to the audit chain of its project."""
        entry = AuditLog(
            id=uuid4(),
            user_id=by.id,
            project_id=project_id,
            action=action,
            entity_type="workflow",
            entity_id=project_id,
            changes={"before": None, "after": {"workflow": workflow_id, **details}, "why": why},
        )
        async with transaction(self._sessions) as session:
            session.add(entry)

    async def waiting(self, older_than: timedelta) -> tuple[Waiting, ...]:
        """Signatures, gates and failed drafts that have waited this long, the longest first."""
        found = [
            *await self._signatures(older_than),
            *await self._gates(older_than),
            *await self._failed(older_than),
        ]
        return tuple(sorted(found, key=lambda waiting: waiting.since))

    async def _signatures(self, older_than: timedelta) -> list[Waiting]:
        query = (
            select(DocumentApproval, User, ProjectDocument, Project)
            .join(User, User.id == DocumentApproval.approver_id)
            .join(ProjectDocument, ProjectDocument.id == DocumentApproval.project_document_id)
            .join(Project, Project.id == DocumentApproval.project_id)
            .join(DocumentUpload, DocumentUpload.id == DocumentApproval.document_upload_id)
            .where(
                DocumentApproval.approval_status == ApprovalStatus.PENDING,
                DocumentApproval.asked_at < func.now() - older_than,
                DocumentUpload.is_current_version,
                Project.overall_status.not_in(ENDED),
            )
        )
        async with self._sessions() as session:
            rows = (await session.execute(query)).all()
        return [
            Waiting(
                workflow_id=approval.workflow_id,
                project=project.name,
                what=f"{document.document_name}, version {approval.approval_round}: "
                f"signature {approval.step}",
                who=f"{signer.name} <{signer.email}>, {approval.position.label}",
                since=approval.asked_at or approval.requested_at,
                due=approval.due_at,
                to_do="remind; reassign --to EMAIL if the signer cannot",
            )
            for approval, signer, document, project in rows
        ]

    async def _gates(self, older_than: timedelta) -> list[Waiting]:
        query = (
            select(PhaseTransition, User, Project)
            .join(User, User.id == PhaseTransition.gatekeeper_id)
            .join(Project, Project.id == PhaseTransition.project_id)
            .where(
                PhaseTransition.status == TransitionStatus.PENDING,
                PhaseTransition.requested_at < func.now() - older_than,
                Project.overall_status.not_in(ENDED),
            )
        )
        async with self._sessions() as session:
            rows = (await session.execute(query)).all()
        waiting: list[Waiting] = []
        for request, keeper, project in rows:
            # Counted, not quoted: what is found may be source selection information.
            blocked = len(request.validation_results.get("blocking_issues", []))
            waiting.append(
                Waiting(
                    workflow_id=phase_workflow_id(project.id, request.from_phase),
                    project=project.name,
                    what=f"Gate of {request.from_phase.label}, request {request.round}",
                    who=f"{keeper.name} <{keeper.email}>, gatekeeper",
                    since=request.requested_at,
                    due=None,
                    to_do=f"correct what the gate has found ({blocked})" if blocked else "remind",
                )
            )
        return waiting

    async def _failed(self, older_than: timedelta) -> list[Waiting]:
        query = (
            select(ProjectDocument, User, Project)
            .join(User, User.id == ProjectDocument.assigned_user_id)
            .join(Project, Project.id == ProjectDocument.project_id)
            .where(
                ProjectDocument.generation_status == GenerationStatus.FAILED,
                ProjectDocument.updated_at < func.now() - older_than,
                Project.overall_status.not_in(ENDED),
            )
        )
        async with self._sessions() as session:
            rows = (await session.execute(query)).all()
        return [
            Waiting(
                workflow_id=document_workflow_id(
                    project.id, document.code, max(document.current_version, 1)
                ),
                project=project.name,
                what=f"{document.document_name}: drafting failed: {document.generation_error}",
                who=f"{drafter.name} <{drafter.email}>, drafter",
                since=document.updated_at,
                due=None,
                to_do="correct the cause, then retry",
            )
            for document, drafter, project in rows
        ]
