"""What workflows write when other people sign than were planned."""

from __future__ import annotations

from typing import TYPE_CHECKING

from db.models import ApprovalAction, DocumentApproval, DocumentUpload, ProjectDocument, User
from db.projection.approvals import ask, decision_event, refuse_drafter, trail
from db.projection.checklist import about, checklist_document, link
from db.projection.writing import Event, Notice, Writing
from documents.identity import approval_id, upload_id
from documents.vocabulary import ApprovalStatus

if TYPE_CHECKING:
    from activities.records import ApprovalDelegated, ApproversAdded


async def record_delegation(writing: Writing, entry: ApprovalDelegated) -> Event:
    """Let another person sign; the signature keeps the name of the one who was asked first.

    A signature that was voided meanwhile stays as it is.

    Raises:
        DrafterCannotApprove: the delegate drafted the version.
        UnknownPerson: the delegate has no account.
    """
    document = await checklist_document(writing, entry.code)
    key = approval_id(entry.project_id, entry.code, entry.version, entry.step)
    approval = await writing.session.get_one(DocumentApproval, key, populate_existing=True)
    people = await writing.people([entry.delegate.email, entry.delegated_from.email])
    delegate, signer = people[entry.delegate.email], people[entry.delegated_from.email]
    if approval.approval_status is not ApprovalStatus.PENDING:
        return decision_event(document, approval, entry.workflow_id, signer)
    refuse_drafter(await writing.session.get_one(User, approval.drafter_id), [delegate])
    approval.approver_id = delegate.id
    approval.delegated_from_id = signer.id
    await writing.session.flush()
    actor = await writing.person(entry.by) if entry.by else signer
    reason = f": {entry.reason}" if entry.reason else ""
    message = (
        f"{signer.name}, {approval.position.label}, lets {delegate.name} sign "
        f"{document.document_name}{reason}"
    )
    if actor is not signer:
        message = (
            f"{actor.name}, an administrator, has {delegate.name} sign {document.document_name} "
            f"for {signer.name}, {approval.position.label}{reason}"
        )
    await trail(writing, approval, ApprovalAction.DELEGATED, actor.id, message)
    await writing.audit(
        "approval_delegated",
        ("approval", approval.id),
        by=actor.id,
        before={"approver": signer.email},
        after={"approver": delegate.email, "delegated_from": signer.email},
        why=entry.reason,
    )
    await ask(writing, document, approval, approval.due_at)
    await writing.tell(
        signer,
        Notice(
            key=f"delegated/{approval.id}",
            type="approval_delegated",
            title=f"{document.document_name}: {delegate.name} signs for you",
            message=message,
            link=link(document),
        ),
    )
    return _event(document, entry.workflow_id, message, approval)


async def add_approvers(writing: Writing, entry: ApproversAdded) -> Event:
    """Ask for more signatures on the version under review.

    Raises:
        DrafterCannotApprove: one of them drafted the version.
        UnknownPerson: one of them has no account.
    """
    document = await checklist_document(writing, entry.code)
    names = ", ".join(approver.name for approver in entry.approvers)
    message = f"{document.document_name}, version {entry.version}, is to be signed by {names} too"
    key = upload_id(entry.project_id, entry.code, entry.version)
    upload = await writing.session.get_one(DocumentUpload, key, populate_existing=True)
    if not upload.is_current_version or entry.version < document.current_version:
        return _event(document, entry.workflow_id, message)
    people = await writing.people(approver.email for approver in entry.approvers)
    drafter = await writing.session.get_one(User, upload.uploaded_by)
    refuse_drafter(drafter, people.values())
    added = [
        DocumentApproval(
            id=approval_id(entry.project_id, entry.code, entry.version, step),
            project_id=entry.project_id,
            project_document_id=document.id,
            document_upload_id=upload.id,
            step=step,
            position=approver.position,
            approver_id=people[approver.email].id,
            drafter_id=drafter.id,
            approval_round=entry.version,
            sha256=upload.docx_sha256,
            workflow_id=entry.workflow_id,
            requested_at=writing.now,
        )
        for step, approver in enumerate(entry.approvers, start=entry.first_step)
    ]
    writing.session.add_all(added)
    await writing.session.flush()
    await writing.audit(
        "approvers_added",
        ("document", document.id),
        by=await writing.person_id(entry.requested_by),
        after={"approvers": [approver.email for approver in entry.approvers]},
        why=message,
    )
    for approval in added:
        if entry.due is not None:
            await ask(writing, document, approval, entry.due)
    return _event(document, entry.workflow_id, message)


def _event(
    document: ProjectDocument,
    workflow_id: str,
    message: str,
    approval: DocumentApproval | None = None,
) -> Event:
    return Event(
        "approval_update",
        about(
            document,
            workflow_id,
            message,
            approval_id=str(approval.id) if approval else None,
            step=approval.step if approval else None,
            position=approval.position if approval else None,
            status=ApprovalStatus.PENDING,
            document_status=document.status,
        ),
    )
