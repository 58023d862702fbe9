"""Signatures: who is asked, what was decided, and the decision itself."""

import asyncio
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Self
from uuid import UUID, uuid5

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field

from api.access import VisibleApproval, VisibleDocument
from api.dependencies import Collaborators, CurrentUser, IdempotencyKey, Product
from api.errors import Conflict, Invalid, RefusedPerson
from api.forms import query_or_body
from api.paging import Cursor, Keyset, Limit
from api.routes.users import PersonOut, PersonWithEmailOut
from db.models import ApprovalAction, User
from db.queries import ApprovalView, PendingApproval, TrailEntry
from documents.plan import AWARD_DOCUMENTS, Chain
from documents.publication import action_value
from documents.vocabulary import ApprovalStatus, DocumentStatus, Position
from workflows.messages import Decision

router = APIRouter(prefix="/api", tags=["Approvals"])

NEWEST_VERSION_FIRST = Keyset(tuple[int, int])
MOST_URGENT_FIRST = Keyset(tuple[bool, float, float, UUID])


class ApprovalOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: UUID
    project_document_id: UUID
    document_upload_id: UUID
    step: int
    """Order of signing, from 1."""
    position: Position
    approver_id: UUID
    delegated_from_id: UUID | None
    approval_status: ApprovalStatus
    approval_round: int
    """The version that is signed."""
    sha256: str
    """Of the DOCX that is signed."""
    asked_at: datetime | None
    """When it became this signer's turn; null before."""
    due_at: datetime | None
    approval_date: datetime | None
    comments: str | None
    requested_at: datetime


class SignatureOut(ApprovalOut):
    approver: PersonWithEmailOut | None = None

    @classmethod
    def of(cls, view: ApprovalView) -> Self:
        return cls.model_validate(view.approval).model_copy(
            update={"approver": PersonWithEmailOut.model_validate(view.approver)}
        )


class ApprovalsOut(BaseModel):
    approvals: list[SignatureOut]
    chain: Chain
    """Whether signers are asked one after another (in the order of ``step``) or all at once."""
    signatures_needed: int
    """Of those whom the plan names; whoever is added has to sign in any case."""
    next_cursor: str | None = None


class DocumentSummaryOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: UUID
    code: str
    name: str = Field(validation_alias="document_name")
    description: str | None
    status: DocumentStatus
    category: str


class PendingApprovalOut(ApprovalOut):
    approver: PersonWithEmailOut
    document: DocumentSummaryOut
    project: PersonOut
    """Id and name of the project."""

    @classmethod
    def of(cls, pending: PendingApproval) -> Self:
        return cls(
            **ApprovalOut.model_validate(pending.approval).model_dump(),
            approver=PersonWithEmailOut.model_validate(pending.approver),
            document=DocumentSummaryOut.model_validate(pending.document),
            project=PersonOut.model_validate(pending.project),
        )


class PendingApprovalsOut(BaseModel):
    approvals: list[PendingApprovalOut]
    count: int
    """Of all pages."""
    next_cursor: str | None = None


class TrailEntryOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: UUID
    approval_id: UUID
    action: ApprovalAction
    performed_by: UUID | None
    performed_by_user: PersonWithEmailOut | None = None
    """Null: the product itself."""
    details: str | None
    timestamp: datetime

    @classmethod
    def of(cls, view: TrailEntry) -> Self:
        user = view.performed_by
        return cls.model_validate(view.entry).model_copy(
            update={"performed_by_user": user and PersonWithEmailOut.model_validate(user)}
        )


class HistoryEntryOut(SignatureOut):
    delegated_from: PersonWithEmailOut | None = None
    audit_trail: list[TrailEntryOut] = []


class HistoryOut(BaseModel):
    document_id: UUID
    document_name: str
    history: list[HistoryEntryOut]
    next_cursor: str | None = None


class AuditTrailOut(BaseModel):
    approval_id: UUID
    audit_trail: list[TrailEntryOut]


class DecisionForm(BaseModel):
    comments: str = Field(default="", max_length=20_000)
    sha256: str | None = Field(default=None, pattern=r"^[0-9a-f]{64}$")
    """Hash of the DOCX that was read; by default of the version the signature was asked for."""


class DecisionOut(BaseModel):
    message: str
    approval: SignatureOut
    document_status: DocumentStatus
    decision_id: str


Form = Annotated[DecisionForm, Depends(query_or_body(DecisionForm))]


@router.get("/approvals/pending", summary="Signatures that the caller is asked for now")
async def list_pending_approvals(
    product: Product, user: CurrentUser, limit: Limit = None, cursor: Cursor = None
) -> PendingApprovalsOut:
    """The most urgent first."""
    found = await product.documents.pending_for(user.id)
    page, next_cursor = MOST_URGENT_FIRST.cut(found, limit, cursor, _most_urgent_first)
    return PendingApprovalsOut(
        approvals=[PendingApprovalOut.of(row) for row in page],
        count=len(found),
        next_cursor=next_cursor,
    )


@router.get("/documents/{document_id}/approvals", summary="Signatures, the newest version first")
async def list_document_approvals(
    product: Product, access: VisibleDocument, limit: Limit = None, cursor: Cursor = None
) -> ApprovalsOut:
    views = await product.documents.approvals(access.document.id)
    page, next_cursor = NEWEST_VERSION_FIRST.cut(views, limit, cursor, _newest_version_first)
    return ApprovalsOut(
        approvals=[SignatureOut.of(view) for view in page],
        chain=access.document.chain,
        signatures_needed=access.document.signatures_needed,
        next_cursor=next_cursor,
    )


@router.get("/documents/{document_id}/approval-history", summary="Signatures and their trails")
async def get_approval_history(
    product: Product, access: VisibleDocument, limit: Limit = None, cursor: Cursor = None
) -> HistoryOut:
    views = await product.documents.approvals(access.document.id)
    page, next_cursor = NEWEST_VERSION_FIRST.cut(views, limit, cursor, _newest_version_first)
    trails = await product.documents.trails(view.approval.id for view in page)
    history: list[HistoryEntryOut] = []
    for view in page:
        delegator = view.delegated_from
        history.append(
            HistoryEntryOut.of(view).model_copy(
                update={
                    "delegated_from": delegator and PersonWithEmailOut.model_validate(delegator),
                    "audit_trail": [
                        TrailEntryOut.of(entry) for entry in trails.get(view.approval.id, ())
                    ],
                }
            )
        )
    return HistoryOut(
        document_id=access.document.id,
        document_name=access.document.document_name,
        history=history,
        next_cursor=next_cursor,
    )


@router.get("/approvals/{approval_id}/audit-trail", summary="What happened to one signature")
async def get_audit_trail(product: Product, found: VisibleApproval) -> AuditTrailOut:
    key = found.approval.id
    trail = (await product.documents.trails([key])).get(key, ())
    return AuditTrailOut(approval_id=key, audit_trail=[TrailEntryOut.of(entry) for entry in trail])


@router.post("/approvals/{approval_id}/approve", summary="Sign a version")
async def approve(
    product: Product, user: CurrentUser, found: VisibleApproval, form: Form, key: IdempotencyKey
) -> DecisionOut:
    return await _decide(product, user, found, form, key, ApprovalStatus.APPROVED)


@router.post("/approvals/{approval_id}/reject", summary="Reject a version; comments say why")
async def reject(
    product: Product, user: CurrentUser, found: VisibleApproval, form: Form, key: IdempotencyKey
) -> DecisionOut:
    return await _decide(product, user, found, form, key, ApprovalStatus.REJECTED)


@router.post("/approvals/{approval_id}/request-changes", summary="Ask for a new version")
async def request_changes(
    product: Product, user: CurrentUser, found: VisibleApproval, form: Form, key: IdempotencyKey
) -> DecisionOut:
    return await _decide(product, user, found, form, key, ApprovalStatus.REQUESTED_CHANGES)


def _newest_version_first(view: ApprovalView) -> tuple[int, int]:
    return -view.approval.approval_round, view.approval.step


def _most_urgent_first(row: PendingApproval) -> tuple[bool, float, float, UUID]:
    approval = row.approval
    due = approval.due_at.timestamp() if approval.due_at else 0.0
    return approval.due_at is None, due, approval.requested_at.timestamp(), approval.id


async def _decide(
    product: Collaborators,
    user: User,
    found: PendingApproval,
    form: DecisionForm,
    key: str | None,
    status: ApprovalStatus,
) -> DecisionOut:
    """Let the document's workflow decide whether this decision counts, and record it."""
    approval = found.approval
    if status is not ApprovalStatus.APPROVED and not form.comments.strip():
        raise Invalid.at("body", "comments", message="Say why, so that the drafter can act on it")
    if user.id == approval.drafter_id:
        raise RefusedPerson("DrafterCannotApprove", "You drafted this version")
    if user.id != approval.approver_id:
        raise RefusedPerson("NotTheApprover", f"{found.approver.name} is asked for this signature")
    if approval.approval_status is ApprovalStatus.VOIDED:
        raise Conflict("NotAwaitingDecision", "A newer version replaces the one you were asked for")
    if approval.approval_status not in (ApprovalStatus.PENDING, status):
        # Said here, because the workflow is asked again for a while before a refusal counts.
        raise Conflict("NotAwaitingDecision", "Another decision was made on this signature already")
    decision_id = str(uuid5(approval.id, f"{status}/{key}" if key else status))
    if approval.approval_status is status:
        # The same decision again, under whichever key: what was decided first stands.
        if form.sha256 not in (None, approval.sha256):
            raise Conflict("WrongVersion", "You decided on another version than the one you name")
        return await _decided(product, found, status, decision_id, found.document.status)
    decision = Decision(
        decision_id=decision_id,
        step=approval.step,
        actor=user.email,
        status=status,
        sha256=form.sha256 or approval.sha256,
        comments=form.comments,
        warrant_usd=user.warrant_usd,
        value_usd=await _value(product, found),
    )
    receipt = await product.workflows.decide(approval.workflow_id, decision)
    return await _decided(product, found, status, decision_id, receipt.document_status)


async def _decided(
    product: Collaborators,
    found: PendingApproval,
    status: ApprovalStatus,
    decision_id: str,
    document_status: DocumentStatus,
) -> DecisionOut:
    return DecisionOut(
        message=f"{found.document.document_name}: {status.value.replace('_', ' ')}",
        approval=await signature_of(product, found),
        document_status=document_status,
        decision_id=decision_id,
    )


async def _value(product: Collaborators, found: PendingApproval) -> Decimal | None:
    """What this signature binds the Government to now, in USD; ``None``: to nothing."""
    if found.document.code not in AWARD_DOCUMENTS:
        return None
    return await asyncio.to_thread(
        action_value, await product.contract_files.read(found.project.id)
    )


async def signature_of(product: Collaborators, found: PendingApproval) -> SignatureOut:
    """The signature as it is stored now."""
    for view in await product.documents.approvals(found.document.id):
        if view.approval.id == found.approval.id:
            return SignatureOut.of(view)
    raise LookupError(f"approval {found.approval.id} has vanished")
