"""Asking for a draft of one document, by its name or by its id."""

import re
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field

from api.access import (
    Access,
    DocumentAccess,
    VisibleDocument,
    VisibleProject,
    visible_checklist,
)
from api.dependencies import DRAFTS, Collaborators, CurrentUser, Product, RequestId
from api.errors import Conflict, NotAllowed, NotFound, NotReady, Refused
from api.forms import query_or_body
from api.routes.checklist import CLOSED
from db.models import Project, ProjectDocument, User
from documents.plan import Assignee
from documents.vocabulary import DocumentStatus, GenerationStatus, Position, RecordKind, Role
from workflows.messages import GenerateDocument, GenerateReceipt

router = APIRouter(prefix="/api", tags=["Generation"])

ESTIMATED_MINUTES = 2
"""Drafting, checking and rendering one document; minutes, rounded up."""
MAY_REQUEST = frozenset({Role.ADMIN, Role.CONTRACTING_OFFICER, Role.PROGRAM_MANAGER})
"""Roles that may ask for any draft; a document's drafter may always."""
POSITION_OF_ROLE = {
    Role.CONTRACTING_OFFICER: Position.CONTRACTING_OFFICER,
    Role.PROGRAM_MANAGER: Position.PROGRAM_MANAGER,
}


class DocumentType(BaseModel):
    document_type: str = Field(min_length=1, max_length=200)
    """Code or title of a planned document, in any case."""


class Assumption(BaseModel):
    id: str = Field(default="", max_length=200)
    text: str = Field(max_length=4_000)
    source: str = Field(default="", max_length=2_000)


class GenerationForm(BaseModel):
    assumptions: list[Assumption] = Field(default=[], max_length=100)
    additional_context: str | None = Field(default=None, max_length=20_000)


class Generating(StrEnum):
    PROCESSING = "processing"


class GenerationOut(BaseModel):
    message: str
    project_id: UUID
    document_id: UUID
    document_name: str
    document_type: str
    status: Generating = Generating.PROCESSING
    task_id: str
    version: int


class DependenciesOut(BaseModel):
    document_id: UUID
    document_name: str
    dependencies_met: bool
    missing_dependencies: list[str]
    """What has to be approved before the gate, or recorded before it can be drafted."""
    available_dependencies: list[str]
    can_generate: bool
    """By the caller, now."""
    estimated_minutes: int


@router.post(
    "/projects/{project_id}/generate-document",
    summary="Draft a new version",
    dependencies=[Depends(DRAFTS)],
)
async def generate_document_of_type(
    product: Product,
    user: CurrentUser,
    access: VisibleProject,
    form: Annotated[DocumentType, Depends(query_or_body(DocumentType))],
    request_id: RequestId,
) -> GenerationOut:
    named = _words(form.document_type)
    for view in await visible_checklist(product, access):
        if named in (_words(view.document.code), _words(view.document.document_name)):
            found = DocumentAccess(access, view)
            return await generate(product, user, found, request_id, ())
    raise NotFound(f"Document type {form.document_type!r} of this project's plan")


@router.post(
    "/documents/{document_id}/generate",
    summary="Draft a new version of this document",
    dependencies=[Depends(DRAFTS)],
)
async def generate_document(
    product: Product,
    user: CurrentUser,
    access: VisibleDocument,
    request_id: RequestId,
    form: GenerationForm | None = None,
) -> GenerationOut:
    """What the caller adds is given to the agent together with the facts."""
    additions: list[str] = []
    if form is not None:
        additions = [assumption.text for assumption in form.assumptions]
        additions += [form.additional_context] if form.additional_context else []
    return await generate(product, user, access, request_id, tuple(additions))


@router.get("/documents/{document_id}/check-dependencies", summary="Whether it can be drafted")
async def check_dependencies(
    product: Product, user: CurrentUser, found: VisibleDocument
) -> DependenciesOut:
    document, access = found.document, found.access
    checklist = await product.documents.of_project(document.project_id)
    required = [view.document for view in checklist if view.document.code in document.requires]
    recorded = {kind.value for kind in await product.projects.records(document.project_id)}
    there = [row for row in required if row.status is DocumentStatus.APPROVED]
    missing = [
        *(_name(access, row) for row in required if row not in there),
        *(_record(kind) for kind in document.records if kind not in recorded),
    ]
    return DependenciesOut(
        document_id=document.id,
        document_name=document.document_name,
        dependencies_met=not missing,
        missing_dependencies=missing,
        available_dependencies=[
            *(_name(access, row) for row in there),
            *(_record(kind) for kind in document.records if kind in recorded),
        ],
        can_generate=recorded.issuperset(document.records)
        and document.is_required
        and _may_request(user, document)
        and document.phase is access.project.current_phase
        and document.generation_status is not GenerationStatus.GENERATING,
        estimated_minutes=ESTIMATED_MINUTES,
    )


async def generate(
    product: Collaborators,
    user: User,
    access: DocumentAccess,
    request_id: str,
    additions: tuple[str, ...],
) -> GenerationOut:
    """Have a new version drafted as this person asks for it; again, the answer is the same.

    Raises:
        NotAllowed: the person may not ask for drafts of it.
        NotReady: it is being drafted already, or what it is made from is not recorded.
        Conflict: the project is closed or has no plan, or the document left it.
        Refused: the phase says no.
    """
    require_drafting(user, access)
    if access.document.generation_status is GenerationStatus.GENERATING:
        return await _generation_in_hand(product, access.document, request_id)
    drafter = requester(access, user)
    signs = any(signer["email"] == user.email for signer in access.document.approvers)
    if signs and not additions:
        # Who asks for a draft and adds nothing to it has not drafted it.
        drafter = planned_drafter(access)
        await product.intake.note_draft_request(access.document, user.id)
    return await start_version(product, access, request_id, drafter, additions)


async def _generation_in_hand(
    product: Collaborators, document: ProjectDocument, request_id: str
) -> GenerationOut:
    """The draft in hand, for a repetition of the request that asked for it; raises NotReady."""
    receipt = await product.workflows.generation_of(document.project_id, document.phase, request_id)
    if receipt is None:
        raise NotReady("AlreadyGenerating", f"{document.document_name} is being drafted already")
    return _started(document, receipt)


def planned_drafter(access: DocumentAccess) -> Assignee:
    """Who answers for the document by the plan."""
    document, drafter = access.document, access.view.assigned_user
    return Assignee(
        position=document.drafter_position, email=document.drafter_email, name=drafter.name
    )


async def start_version(
    product: Collaborators,
    access: DocumentAccess,
    request_id: str,
    drafter: Assignee,
    additions: tuple[str, ...],
) -> GenerationOut:
    """Have a new version drafted, whatever the document requires: its gate waits for that.

    Raises:
        NotReady: what it is made from is not recorded.
        Conflict: the project is closed or has no plan, or the document left it.
        Refused: the phase says no.
    """
    document, project = access.document, access.access.project
    refuse_closed(project)
    if not document.is_required:
        raise Conflict("NotInThePlan", f"{document.document_name} is not part of the plan any more")
    if not project.workflow_started:
        await _begin(product, project)
    recorded = {kind.value for kind in await product.projects.records(document.project_id)}
    if unrecorded := [kind for kind in document.records if kind not in recorded]:
        names = ", ".join(_record(kind).lower() for kind in unrecorded)
        raise NotReady("MissingDependencies", f"{document.document_name} waits for {names}")
    request = GenerateDocument(
        request_id=request_id, code=document.code, requested_by=drafter, feedback=additions
    )
    try:
        receipt: GenerateReceipt = await product.workflows.generate(
            document.project_id,
            document.phase,
            request,
            ready=await is_ready(product, access),
        )
    except Refused as refusal:
        if refusal.code == "MissingDependencies":
            raise NotReady(refusal.code, refusal.detail) from refusal
        raise
    return _started(document, receipt)


def _started(document: ProjectDocument, receipt: GenerateReceipt) -> GenerationOut:
    return GenerationOut(
        message=f"Generating {document.document_name}",
        project_id=document.project_id,
        document_id=document.id,
        document_name=document.document_name,
        document_type=document.code,
        task_id=receipt.workflow_id,
        version=receipt.version,
    )


def require_drafting(user: User, access: DocumentAccess) -> None:
    """Raises NotAllowed for who may not bring a new version of the document about."""
    if user.role not in MAY_REQUEST and user.id != access.document.assigned_user_id:
        raise NotAllowed("Only the drafter, an officer, a manager or an administrator may do this")


def requester(access: DocumentAccess, user: User) -> Assignee:
    """The drafter of record, in the position that fits best."""
    drafter, held = access.document.drafter_position, access.access.positions
    if not held:
        position = POSITION_OF_ROLE.get(user.role, drafter)
    elif drafter in held:
        position = drafter
    else:
        position = min(held, key=list(Position).index)
    return Assignee(position=position, email=user.email, name=user.name)


def refuse_closed(project: Project) -> None:
    """Raises Conflict: a closed project gets no more versions."""
    if project.overall_status in CLOSED:
        raise Conflict("ProjectClosed", f"This project is {project.overall_status.value}")


async def is_ready(product: Collaborators, access: DocumentAccess) -> bool:
    """Whether the phase and all that is written about is there, by what is stored."""
    document, project = access.document, access.access.project
    if document.phase is not project.current_phase:
        return False
    recorded = {kind.value for kind in await product.projects.records(document.project_id)}
    return recorded.issuperset(document.records)


async def _begin(product: Collaborators, project: Project) -> None:
    """Start a project that waits for people; raises Conflict when some are missing still."""
    if missing := await product.handover.begin(project.id):
        raise Conflict("PositionsVacant", f"No plan is possible: {'; '.join(missing)}")


def _words(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", " ", text.lower()).strip()


def _may_request(user: User, document: ProjectDocument) -> bool:
    return user.role in MAY_REQUEST or user.id == document.assigned_user_id


def _name(access: Access, document: ProjectDocument) -> str:
    if access.sees(document.sensitivity):
        return document.document_name
    return "A source selection document"


def _record(kind: str) -> str:
    return f"The record of {RecordKind(kind).value.replace('_', ' ')}"
