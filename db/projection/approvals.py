"""What workflows write about the signatures on one version of a document."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert

from db.models import (
    ApprovalAction,
    ApprovalAuditLog,
    DocumentApproval,
    DocumentUpload,
    Project,
    ProjectDocument,
    ProjectRecord,
    User,
)
from db.projection.checklist import about, checklist_document, link, state
from db.projection.escalation import superior_of
from db.projection.projects import ask_ready_drafters
from db.projection.writing import (
    AlreadyDecided,
    DifferentContent,
    DrafterCannotApprove,
    Event,
    Notice,
    Writing,
)
from documents.identity import approval_id, upload_id
from documents.lineage import changes
from documents.vocabulary import ApprovalStatus, DocumentStatus, GenerationStatus, Position

if TYPE_CHECKING:
    from activities.records import ApprovalsRequested, DecisionRecorded, ReminderSent

STANDING = (ApprovalStatus.PENDING, ApprovalStatus.APPROVED)
"""Signatures that count or still may."""

_ACTIONS = {
    ApprovalStatus.APPROVED: ApprovalAction.APPROVED,
    ApprovalStatus.REJECTED: ApprovalAction.REJECTED,
    ApprovalStatus.REQUESTED_CHANGES: ApprovalAction.REQUESTED_CHANGES,
}


async def request_approvals(writing: Writing, entry: ApprovalsRequested, due: datetime) -> Event:
    """Store the version, void what it replaces, and ask the first signer.

    Raises:
        UnknownPerson: the drafter or an approver has no account.
        DrafterCannotApprove: an approver is the drafter.
    """
    document = await checklist_document(writing, entry.code)
    upload = upload_id(entry.project_id, entry.code, entry.version)
    event = Event(
        "generation_complete",
        about(
            document,
            entry.workflow_id,
            f"{document.document_name}, version {entry.version}, is ready",
            document_url=f"/api/uploads/{upload}/pdf",
            version=entry.version,
            content=None,
            quality_score=entry.quality_score,
        ),
    )
    if entry.version < document.current_version:
        return event
    approvers = [approver.email for approver in entry.approvers]
    people = await writing.people([entry.drafter.email, *approvers])
    refuse_drafter(people[entry.drafter.email], [people[email] for email in approvers])
    stale = await approvals_of(writing, document, STANDING)
    await void(writing, document, stale, f"version {entry.version} replaces it")
    await _store_version(writing, document, entry, people[entry.drafter.email])
    before = state(document)
    await _compare_packages(writing, document, entry)
    document.status = DocumentStatus.UNDER_REVIEW
    document.generation_status = GenerationStatus.GENERATED
    document.generation_error = ""
    document.ai_quality_score = entry.quality_score
    document.generated_at = writing.now
    document.current_version = entry.version
    document.workflow_id = entry.workflow_id
    await writing.session.flush()
    await writing.audit(
        "approvals_requested",
        ("document", document.id),
        by=people[entry.drafter.email].id,
        before=before,
        after={**state(document), "sha256": entry.files.docx_sha256, "agent": entry.agent},
        why=f"{len(entry.approvers)} signatures are needed",
    )
    signatures = await _insert_signatures(writing, document, entry, people)
    for signature in signatures:
        if signature.step in entry.asked:
            await ask(writing, document, signature, due)
    return event


async def _compare_packages(
    writing: Writing, document: ProjectDocument, entry: ApprovalsRequested
) -> None:
    """A new version is current, unless the package was revised while it was being made."""
    current, made_from = await writing.facts_in_force(), None
    if current and entry.facts_id not in (None, current.id):
        made_from = await writing.session.get(ProjectRecord, entry.facts_id)
    because = list(changes(made_from.body, current.body)) if made_from and current else []
    document.stale, document.stale_because = bool(because), because


def refuse_drafter(drafter: User, signers: Iterable[User]) -> None:
    if any(signer.id == drafter.id for signer in signers):
        raise DrafterCannotApprove(f"{drafter.name} drafted this version and cannot sign it")


async def _store_version(
    writing: Writing, document: ProjectDocument, entry: ApprovalsRequested, drafter: User
) -> None:
    # The older version leaves first: at any time one version per document is current.
    await writing.session.execute(
        update(DocumentUpload)
        .where(DocumentUpload.project_document_id == document.id, DocumentUpload.is_current_version)
        .values(is_current_version=False, superseded_at=writing.now, approved_at=None)
    )
    files = entry.files
    await writing.session.execute(
        insert(DocumentUpload).values(
            id=upload_id(entry.project_id, entry.code, entry.version),
            project_document_id=document.id,
            version_number=entry.version,
            file_name=files.file_name,
            docx_sha256=files.docx_sha256,
            docx_size=files.docx_size,
            pdf_sha256=files.pdf_sha256,
            pdf_size=files.pdf_size,
            pages=files.pages,
            engine=files.engine,
            engine_version=files.engine_version,
            degraded=list(files.degraded),
            content_sha256=entry.content_sha256,
            facts_id=entry.facts_id or await _current_facts_id(writing),
            quoted_sha256=entry.quoted_sha256,
            calendar_version=entry.calendar_version,
            agent=entry.agent,
            workflow_id=entry.workflow_id,
            uploaded_by=drafter.id,
            upload_date=writing.now,
            is_current_version=True,
            notes=entry.note or None,
        )
    )


async def _current_facts_id(writing: Writing) -> UUID | None:
    current = await writing.facts_in_force()
    return current.id if current else None


async def _insert_signatures(
    writing: Writing,
    document: ProjectDocument,
    entry: ApprovalsRequested,
    people: dict[str, User],
) -> list[DocumentApproval]:
    signatures = [
        DocumentApproval(
            id=approval_id(entry.project_id, entry.code, entry.version, step),
            project_id=entry.project_id,
            project_document_id=document.id,
            document_upload_id=upload_id(entry.project_id, entry.code, entry.version),
            step=step,
            position=approver.position,
            approver_id=people[approver.email].id,
            drafter_id=people[entry.drafter.email].id,
            approval_round=entry.version,
            sha256=entry.files.docx_sha256,
            workflow_id=entry.workflow_id,
            requested_at=writing.now,
        )
        for step, approver in enumerate(entry.approvers, start=1)
    ]
    writing.session.add_all(signatures)
    await writing.session.flush()
    return signatures


async def ask(
    writing: Writing, document: ProjectDocument, approval: DocumentApproval, due: datetime | None
) -> None:
    """Make it this signer's turn."""
    approval.asked_at = writing.now
    approval.due_at = due
    await writing.session.flush()
    approver = await writing.session.get_one(User, approval.approver_id)
    await trail(
        writing, approval, ApprovalAction.REQUESTED, approval.drafter_id, approval.position.label
    )
    await writing.tell(
        approver,
        Notice(
            # A delegate is asked for a signature that another person was asked for before.
            key=f"asked/{approval.id}/{approver.id}",
            type="approval_requested",
            title=f"{document.document_name} awaits your signature",
            message=f"Version {approval.approval_round} of {document.document_name} awaits your "
            f"decision as {approval.position.label}{_until(due)}.",
            link=link(document),
        ),
    )


def _until(due: datetime | None) -> str:
    return f", due {due:%Y-%m-%d %H:%M} UTC" if due else ""


async def record_decision(
    writing: Writing, entry: DecisionRecorded, next_due: datetime | None
) -> Event:
    """Write a signer's decision and what follows from it.

    A signature that was voided meanwhile stays void.

    Raises:
        AlreadyDecided: this signature carries another decision.
        DifferentContent: the decision is about other content than was asked for.
        DrafterCannotApprove: the actor drafted the version.
        UnknownPerson: the actor has no account.
    """
    document = await checklist_document(writing, entry.code)
    key = approval_id(entry.project_id, entry.code, entry.version, entry.step)
    approval = await writing.session.get_one(DocumentApproval, key, populate_existing=True)
    actor = await writing.person(entry.actor)
    if approval.approval_status is ApprovalStatus.VOIDED:
        details = f"{actor.name} decided {entry.status} after it was void"
        await trail(writing, approval, ApprovalAction.VOIDED, actor.id, details)
        return decision_event(document, approval, entry.workflow_id, actor)
    if approval.approval_status not in (ApprovalStatus.PENDING, entry.status):
        raise AlreadyDecided(
            f"step {entry.step} of {entry.code} version {entry.version} was decided before: "
            f"{approval.approval_status}"
        )
    if approval.sha256 != entry.sha256:
        raise DifferentContent(
            f"step {entry.step} of {entry.code} version {entry.version} is about "
            f"{approval.sha256}, the decision about {entry.sha256}"
        )
    if actor.id != approval.approver_id:
        refuse_drafter(await writing.session.get_one(User, approval.drafter_id), [actor])
        approval.delegated_from_id = approval.approver_id
        approval.approver_id = actor.id
    before = approval.approval_status
    approval.approval_status = entry.status
    approval.approval_date = writing.now
    approval.comments = entry.comments
    approval.asked_at = approval.asked_at or writing.now
    await writing.session.flush()
    await trail(writing, approval, _ACTIONS[entry.status], actor.id, entry.comments)
    await writing.audit(
        f"document_{entry.status}",
        ("approval", approval.id),
        by=actor.id,
        before={"status": before},
        after={"status": entry.status, "sha256": entry.sha256, "comments": entry.comments},
        why=f"{actor.name} as {approval.position.label}",
    )
    if entry.status is ApprovalStatus.APPROVED:
        await _go_on(writing, document, approval, entry, next_due)
    else:
        await _send_back(writing, document, approval, entry, actor)
    return decision_event(document, approval, entry.workflow_id, actor)


def decision_event(
    document: ProjectDocument, approval: DocumentApproval, workflow_id: str, actor: User
) -> Event:
    status = approval.approval_status
    message = f"{document.document_name}: {status.replace('_', ' ')} by {actor.name}"
    return Event(
        "approval_update",
        about(
            document,
            workflow_id,
            message,
            approval_id=str(approval.id),
            step=approval.step,
            position=approval.position,
            status=status,
            document_status=document.status,
        ),
    )


async def _go_on(
    writing: Writing,
    document: ProjectDocument,
    approval: DocumentApproval,
    entry: DecisionRecorded,
    next_due: datetime | None,
) -> None:
    """Ask the next signer, wait for the others, or close the document: that was enough."""
    pending = list(
        await writing.session.scalars(
            select(DocumentApproval)
            .where(
                DocumentApproval.document_upload_id == approval.document_upload_id,
                DocumentApproval.approval_status == ApprovalStatus.PENDING,
            )
            .order_by(DocumentApproval.step)
            .execution_options(populate_existing=True)
        )
    )
    if pending and not entry.completes:
        following = next((other for other in pending if other.asked_at is None), None)
        if following is not None:
            await ask(writing, document, following, next_due)
        return
    await void(writing, document, pending, "enough others have signed")
    document.status = DocumentStatus.APPROVED
    upload = await writing.session.get_one(DocumentUpload, approval.document_upload_id)
    upload.approved_at = writing.now
    await writing.session.flush()
    await writing.tell(
        await writing.session.get_one(User, approval.drafter_id),
        Notice(
            key=f"approved/{approval.document_upload_id}",
            type="document_approved",
            title=f"{document.document_name} is approved",
            message=f"Every signature on version {entry.version} has been given.",
            link=link(document),
        ),
    )
    await ask_ready_drafters(writing)


async def _send_back(
    writing: Writing,
    document: ProjectDocument,
    approval: DocumentApproval,
    entry: DecisionRecorded,
    actor: User,
) -> None:
    """Return the document to its drafter; the other signatures on this version fall."""
    document.status = DocumentStatus.REJECTED
    others = await approvals_of(writing, document, STANDING)
    words = entry.status.replace("_", " ")
    await void(writing, document, others, f"{actor.name}, {approval.position.label}: {words}")
    await writing.tell(
        await writing.session.get_one(User, approval.drafter_id),
        Notice(
            key=f"{entry.status}/{approval.id}",
            type=f"document_{entry.status}",
            title=f"{document.document_name}: {words}",
            message=f"{actor.name}, {approval.position.label}: {entry.comments}",
            link=link(document),
        ),
    )


async def record_reminder(writing: Writing, entry: ReminderSent) -> Event:
    """Remind a signer; when overdue, tell the contracting officer too, later the superior."""
    document = await checklist_document(writing, entry.code)
    key = approval_id(entry.project_id, entry.code, entry.version, entry.step)
    approval = await writing.session.get_one(DocumentApproval, key, populate_existing=True)
    words = "is overdue" if entry.overdue else "awaits your signature"
    message = (
        f"Version {entry.version} of {document.document_name} {words}"
        f"{_until(entry.due)}: {entry.approver.name}, {entry.approver.position.label}."
    )
    event = Event(
        "reminder",
        about(
            document,
            entry.workflow_id,
            message,
            approval_id=str(approval.id),
            step=entry.step,
            position=entry.approver.position,
            overdue=entry.overdue,
            due_at=entry.due.isoformat(),
        ),
    )
    if approval.approval_status is not ApprovalStatus.PENDING:
        return event
    notice = Notice(
        key=f"reminder/{entry.workflow_id}/{entry.seq}",
        type="approval_overdue" if entry.overdue else "approval_reminder",
        title=f"{document.document_name} {words}",
        message=message,
        link=link(document),
    )
    listeners = [approval.approver_id]
    superior = None
    if entry.escalated:
        superior = await superior_of(
            writing.session, entry.project_id, approval.position, approval.approver_id
        )
    if superior is not None:
        person, position = superior
        await _escalate(writing, document, approval, person, position, message)
        event = Event("reminder", {**event.payload, "escalated_to": person.name})
    if entry.overdue:
        project = await writing.session.get_one(Project, entry.project_id)
        told = {approval.approver_id, *([superior[0].id] if superior else [])}
        officer = project.contracting_officer_id
        if officer is not None and officer not in told:
            listeners.append(officer)
    for listener in listeners:
        await writing.tell(await writing.session.get_one(User, listener), notice)
    if superior is None:
        await trail(writing, approval, ApprovalAction.REMINDED, None, message)
    return event


async def _escalate(
    writing: Writing,
    document: ProjectDocument,
    approval: DocumentApproval,
    superior: User,
    position: Position,
    message: str,
) -> None:
    """Tell the superior of a signer who is long overdue. Nothing is approved by it."""
    told = f"{message} Escalated to {superior.name}, {position.label}."
    await writing.tell(
        superior,
        Notice(
            key=f"escalated/{approval.id}/{superior.id}",
            type="approval_escalated",
            title=f"{document.document_name}: a signature is long overdue",
            message=f"{told} Please see to it; only the signer, or a delegate, can sign.",
            link=link(document),
        ),
    )
    await trail(writing, approval, ApprovalAction.ESCALATED, None, told)
    await writing.audit(
        "approval_escalated",
        ("approval", approval.id),
        by=None,
        after={"to": superior.email, "position": position.value},
        why=told,
    )


async def approvals_of(
    writing: Writing, document: ProjectDocument, statuses: Collection[ApprovalStatus]
) -> list[DocumentApproval]:
    """The document's signatures in these states, oldest version first."""
    found = await writing.session.scalars(
        select(DocumentApproval)
        .where(
            DocumentApproval.project_document_id == document.id,
            DocumentApproval.approval_status.in_(statuses),
        )
        .order_by(DocumentApproval.approval_round, DocumentApproval.step)
        .execution_options(populate_existing=True)
    )
    return list(found)


async def void(
    writing: Writing, document: ProjectDocument, approvals: Iterable[DocumentApproval], why: str
) -> None:
    """Void signatures, given or pending, and tell those who gave them or were asked for them."""
    for approval in approvals:
        before = approval.approval_status
        approval.approval_status = ApprovalStatus.VOIDED
        await writing.session.flush()
        await trail(writing, approval, ApprovalAction.VOIDED, None, f"was {before}: {why}")
        await writing.audit(
            "approval_voided",
            ("approval", approval.id),
            by=None,
            before={"status": before, "sha256": approval.sha256},
            after={"status": ApprovalStatus.VOIDED},
            why=why,
        )
        if approval.asked_at is not None:
            await writing.tell(
                await writing.session.get_one(User, approval.approver_id),
                Notice(
                    key=f"voided/{approval.id}",
                    type="approval_voided",
                    title=f"{document.document_name}: your signature no longer counts",
                    message=f"Your signature on version {approval.approval_round} of "
                    f"{document.document_name} is void: {why}.",
                    link=link(document),
                ),
            )


async def trail(
    writing: Writing,
    approval: DocumentApproval,
    action: ApprovalAction,
    by: UUID | None,
    details: str,
) -> None:
    await writing.session.execute(
        insert(ApprovalAuditLog).values(
            approval_id=approval.id, action=action, performed_by=by, details=details
        )
    )
