"""Who signs besides those that the plan names: delegates and added approvers; warrants."""

from decimal import Decimal
from typing import Annotated
from uuid import UUID, uuid5

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field

from api.access import Access, DocumentAccess, VisibleApproval, VisibleDocument
from api.dependencies import (
    Administrator,
    Collaborators,
    CurrentUser,
    IdempotencyKey,
    InRole,
    Product,
    RequestId,
)
from api.errors import Conflict, Invalid, NotAllowed, NotFound, RefusedPerson
from api.forms import query_or_body
from api.routes.approvals import SignatureOut, signature_of
from api.routes.documents import DocumentEnvelope, DocumentOut, content_of
from api.routes.users import UserChangedOut, UserOut
from db.models import ApprovalRouting, User
from documents.plan import Assignee
from documents.vocabulary import ApprovalStatus, Position, Role
from workflows.messages import AddApprovers, Delegation

router = APIRouter(prefix="/api", tags=["Approvals"])

ROUTES_DOCUMENTS = (Role.ADMIN, Role.CONTRACTING_OFFICER, Role.PROGRAM_MANAGER)
MOST_APPROVERS = 20
LARGEST_WARRANT = Decimal("9999999999999.99")
STANDING = (ApprovalStatus.PENDING, ApprovalStatus.APPROVED)


class DelegationForm(BaseModel):
    delegate_to_user_id: UUID
    reason: str = Field(default="", max_length=2_000)


class DelegationOut(BaseModel):
    message: str
    approval: SignatureOut


class ApprovalRequestForm(BaseModel):
    approver_ids: list[UUID] = Field(default=[], max_length=MOST_APPROVERS)
    """Asked in addition to those that the plan names; for manual routing."""
    upload_id: UUID | None = None
    """The version that is meant; by default the newest."""
    override_routing: ApprovalRouting | None = None
    """By default manual with ``approver_ids``, otherwise as the document is routed."""


class RoutingInfoOut(BaseModel):
    planned: list[str]
    """Names of those who sign because the rules ask for their positions, in order."""
    added: list[str]
    """Names of those who are asked by this request."""


class RequestedOut(BaseModel):
    message: str
    routing_method: ApprovalRouting
    routing_info: RoutingInfoOut
    approvals: list[SignatureOut]


class RoutingForm(BaseModel):
    approval_routing: ApprovalRouting
    default_approver_id: UUID | None = None
    """Needed for, and only kept with, the default routing."""


class WarrantForm(BaseModel):
    warrant_usd: Decimal | None = Field(default=None, ge=0, le=LARGEST_WARRANT, decimal_places=2)
    """Limit of a single action, options included; without one the warrant is withdrawn."""


@router.post("/approvals/{approval_id}/delegate", summary="Let another person sign")
async def delegate_approval(
    product: Product,
    user: CurrentUser,
    found: VisibleApproval,
    form: Annotated[DelegationForm, Depends(query_or_body(DelegationForm))],
    key: IdempotencyKey,
) -> DelegationOut:
    """Both names stay on record. Some authorities cannot be delegated (FAR 6.304(a), 15.303(a));
    a contracting officer's delegate needs a warrant; who drafted the version cannot sign it.
    """
    approval = found.approval
    repeated = (
        approval.delegated_from_id == user.id and approval.approver_id == form.delegate_to_user_id
    )
    if user.id != approval.approver_id and not repeated:
        raise RefusedPerson("NotTheApprover", f"{found.approver.name} is asked for this signature")
    if not repeated:
        delegate = await _delegate(product, found.project.id, form.delegate_to_user_id)
        if not delegate.sees(found.document.sensitivity):
            raise Conflict(
                "NotOnTheTeam",
                f"{delegate.user.name} may not see this document: only members of the team may",
            )
        name = f"delegate/{delegate.user.id}"
        await product.workflows.delegate(
            approval.workflow_id,
            Delegation(
                delegation_id=str(uuid5(approval.id, f"{name}/{key}" if key else name)),
                step=approval.step,
                actor=user.email,
                delegate=Assignee(
                    position=approval.position,
                    email=delegate.user.email,
                    name=delegate.user.name,
                    warrant_usd=delegate.user.warrant_usd,
                ),
                reason=form.reason,
            ),
        )
    signature = await signature_of(product, found)
    name = signature.approver.name if signature.approver else ""
    return DelegationOut(
        message=f"{name} is asked to sign {found.document.document_name}", approval=signature
    )


@router.post("/documents/{document_id}/request-approval", summary="Ask for more signatures")
async def request_approval(
    product: Product,
    user: CurrentUser,
    access: VisibleDocument,
    form: Annotated[ApprovalRequestForm, Depends(query_or_body(ApprovalRequestForm))],
    request_id: RequestId,
) -> RequestedOut:
    """Those whom the plan names are asked in any case, as soon as a version is ready. This adds
    the named people (manual), the contracting officer (auto_co), or the default approver, each in
    the position that the person holds on the project.
    """
    document, upload = access.document, access.view.latest_upload
    if user.role not in ROUTES_DOCUMENTS and user.id != document.assigned_user_id:
        raise NotAllowed("Only the drafter, an officer or a manager may ask for signatures")
    routing = form.override_routing or (
        ApprovalRouting.MANUAL if form.approver_ids else document.approval_routing
    )
    if routing is ApprovalRouting.MANUAL and not form.approver_ids:
        raise Invalid.at("body", "approver_ids", message="Name who is to sign")
    if upload is None or document.workflow_id != upload.workflow_id:
        raise Conflict("NotUnderReview", f"{document.document_name} has no version to sign yet")
    if form.upload_id not in (None, upload.id):
        raise Conflict("WrongVersion", "Only the newest version can be signed")
    signing = {
        view.approval.approver_id
        for view in access.view.approvals
        if view.approval.approval_status in STANDING
    }
    added = [
        await _assignee(product, access, person)
        for person in _asked(access, form, routing)
        if person not in signing
    ]
    if added:
        await product.workflows.add_approvers(
            upload.workflow_id,
            AddApprovers(request_id=request_id, requested_by=user.email, approvers=tuple(added)),
        )
    names = [approver.name for approver in added]
    views = await product.documents.approvals(document.id)
    return RequestedOut(
        message=f"{', '.join(names)} asked to sign" if names else "Every signer is asked already",
        routing_method=routing,
        routing_info=RoutingInfoOut(
            planned=[signer["name"] for signer in document.approvers], added=names
        ),
        approvals=[
            SignatureOut.of(view) for view in views if view.approval.document_upload_id == upload.id
        ],
    )


@router.patch("/documents/{document_id}/routing", summary="Set whom a request for approval adds")
async def update_routing(
    product: Product,
    user: Annotated[User, Depends(InRole(ROUTES_DOCUMENTS))],
    found: VisibleDocument,
    form: Annotated[RoutingForm, Depends(query_or_body(RoutingForm))],
) -> DocumentEnvelope:
    """Nobody whom the plan names is left out by this."""
    approver = form.default_approver_id
    if form.approval_routing is not ApprovalRouting.DEFAULT:
        approver = None
    if approver is not None:
        await _assignee(product, found, approver)
    changes = {"approval_routing": form.approval_routing, "default_approver_id": approver}
    await product.intake.change_document_notes(found.document.id, changes, user.id)
    view = await product.documents.get(found.document.id)
    if view is None:
        raise NotFound("Document")
    return DocumentEnvelope(
        message=f"{found.document.document_name} is routed: {form.approval_routing.value}",
        document=DocumentOut.of(view, await content_of(product, view)),
    )


@router.put("/admin/users/{user_id}/warrant", summary="Set a contracting officer's warrant")
async def set_warrant(
    product: Product,
    admin: Administrator,
    user_id: UUID,
    form: Annotated[WarrantForm, Depends(query_or_body(WarrantForm))],
) -> UserChangedOut:
    """Compared with the value of an action, options included, at awards and gates."""
    found = await product.accounts.get(user_id)
    if found is None:
        raise NotFound("User")
    if form.warrant_usd is not None and found.role is not Role.CONTRACTING_OFFICER:
        raise Conflict("NotAnOfficer", f"{found.name} is no contracting officer")
    user = await product.accounts.change(user_id, admin.id, warrant_usd=form.warrant_usd)
    if user is None:
        raise NotFound("User")
    return UserChangedOut(message="Warrant updated", user=UserOut.model_validate(user))


def _asked(
    access: DocumentAccess, form: ApprovalRequestForm, routing: ApprovalRouting
) -> list[UUID]:
    """Whom the routing names, without those of the plan."""
    match routing:
        case ApprovalRouting.MANUAL:
            found: list[UUID | None] = [*dict.fromkeys(form.approver_ids)]
        case ApprovalRouting.AUTO_CO:
            found = [access.access.project.contracting_officer_id]
        case ApprovalRouting.DEFAULT:
            found = [access.document.default_approver_id]
    return [person for person in found if person is not None]


async def _assignee(product: Collaborators, access: DocumentAccess, user_id: UUID) -> Assignee:
    """A member of the team in the position held there; raises Conflict or Invalid."""
    found = await _delegate(product, access.document.project_id, user_id)
    held = [position for position in Position if position in found.positions]
    if not held or not found.sees(access.document.sensitivity):
        raise Conflict("NotOnTheTeam", f"{found.user.name} holds no position on this project")
    return Assignee(
        position=held[0],
        email=found.user.email,
        name=found.user.name,
        warrant_usd=found.user.warrant_usd,
    )


async def _delegate(product: Collaborators, project_id: UUID, user_id: UUID) -> Access:
    """A person who may sign on a project, as that person sees it; raises Conflict or Invalid."""
    user: User | None = await product.accounts.get(user_id)
    if user is None or not user.is_active:
        raise Invalid.at("body", "approver", message="There is no such active person")
    view = await product.projects.get(project_id)
    if view is None:
        raise NotFound("Project")
    held = await product.projects.positions_of(user_id)
    access = Access(user, view, held.get(project_id, frozenset()))
    if user.role is Role.VIEWER or not access.sees_project:
        raise Conflict("NotOnTheTeam", f"{user.name} has no part in this project")
    return access
