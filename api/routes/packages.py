"""The requirements package of a project: read, put, and what a change makes stale."""

from datetime import datetime
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field

from api.access import Access, DocumentAccess, VisibleProject, visible_checklist
from api.dependencies import (
    DRAFTS,
    Collaborators,
    CurrentUser,
    OfficerOrManager,
    Product,
    RequestId,
)
from api.errors import Conflict, Invalid, NotAllowed, NotFound, NotReady, Refused
from api.routes.checklist import CLOSED
from api.routes.generation import GenerationOut, planned_drafter, start_version
from api.routes.projects import (
    ProjectEnvelope,
    accept,
    check_package,
    fresh,
    require_named_officer,
)
from api.routes.users import PersonOut
from db.models import Project, RecordedKind, User
from db.queries import DocumentView, RecordView
from documents.facts import Facts, InvalidFacts
from documents.identity import record_id
from documents.open_items import OpenItem
from documents.plan import Plan
from documents.vocabulary import DocumentStatus, Phase

router = APIRouter(prefix="/api/projects/{project_id}", tags=["Requirements package"])

SOLICITATION = "RFP"
"""The document whose approval releases the solicitation."""


class PackageForm(BaseModel):
    facts: dict[str, Any]
    auto_draft: bool | None = None
    based_on: str | None = Field(default=None, pattern=r"^[0-9a-f]{64}$")
    """The hash of the package that was read before; another one in force is a 409."""
    regime_change_reason: str = Field(default="", max_length=4_000)
    """Needed when the regime changes although the solicitation is released."""


class PackageOut(BaseModel):
    facts: dict[str, Any]
    """The Government's estimate is shown to the team alone."""
    sha256: str
    """Of the canonical JSON of all facts; ``based_on`` of a change."""
    provisional: bool
    """Nobody has accepted it: it was made when the project was created."""
    open_items: list[OpenItem]
    recorded_by: PersonOut
    recorded_at: datetime


class NotStartedOut(BaseModel):
    document_id: UUID
    document_name: str
    reason: str


class RegeneratedOut(BaseModel):
    message: str
    started: list[GenerationOut]
    refused: list[NotStartedOut]


@router.get("/facts", summary="The requirements package in force, with its open items")
async def get_facts(product: Product, access: VisibleProject) -> PackageOut:
    stored = await _in_force(product, access)
    if stored is None:
        raise NotFound("Requirements package")
    items: list[Any] = stored.record.body.get("open_items", [])
    return PackageOut(
        facts=access.facts(stored.record.body),
        sha256=stored.record.sha256,
        provisional=not access.project.facts_accepted,
        open_items=[OpenItem.model_validate(item) for item in items],
        recorded_by=PersonOut.model_validate(stored.recorded_by),
        recorded_at=stored.record.recorded_at,
    )


@router.put("/facts", summary="Accept the requirements package (gate G0), or change it")
async def put_facts(
    product: Product,
    user: OfficerOrManager,
    access: VisibleProject,
    form: PackageForm,
    request_id: RequestId,
) -> ProjectEnvelope:
    """Until the project is closed. Documents join or leave the plan, deadlines are computed anew,
    and documents that quote what has changed are marked stale."""
    project = access.project
    if project.overall_status in CLOSED:
        raise Conflict("ProjectClosed", f"This project is {project.overall_status.value}")
    facts, plan = await check_package(product, form.facts)
    _require_officer(user, project, facts)
    stored = await _in_force(product, access)
    if stored is None:
        await _first(product, user, project, facts, plan, form)
    elif stored.record.body != facts.model_dump(mode="json") or not project.facts_accepted:
        if not project.workflow_started:
            await product.handover.begin(project.id)
        await _revise(product, user, access, facts, form, request_id)
    return ProjectEnvelope(project=await fresh(product, project.id))


@router.post(
    "/regenerate-stale",
    summary="Draft new versions of all stale documents",
    dependencies=[Depends(DRAFTS)],
)
async def regenerate_stale(
    product: Product, user: OfficerOrManager, access: VisibleProject, request_id: RequestId
) -> RegeneratedOut:
    """Of the current phase, each by its planned drafter; the answer says why others wait."""
    started: list[GenerationOut] = []
    refused: list[NotStartedOut] = []
    for view in await visible_checklist(product, access):
        document = view.document
        if not document.stale:
            continue
        try:
            started.append(await _regenerate(product, access, view, request_id))
        except (Conflict, NotReady, Refused) as refusal:
            refused.append(
                NotStartedOut(
                    document_id=document.id,
                    document_name=document.document_name,
                    reason=refusal.detail,
                )
            )
    return RegeneratedOut(
        message=f"Generating {len(started)} documents", started=started, refused=refused
    )


async def _in_force(product: Collaborators, access: Access) -> RecordView | None:
    return (await product.projects.records(access.project.id)).get(RecordedKind.FACTS)


def _require_officer(user: User, project: Project, facts: Facts) -> None:
    """An accepted package is changed by the project's officer, who may name a successor."""
    if not project.facts_accepted or project.contracting_officer_id is None:
        require_named_officer(user, facts)
    elif user.id != project.contracting_officer_id:
        raise NotAllowed("The contracting officer of this project changes its package")


async def _first(
    product: Collaborators,
    user: CurrentUser,
    project: Project,
    facts: Facts,
    plan: Plan,
    form: PackageForm,
) -> None:
    if form.based_on is not None:
        raise Invalid.at("body", "based_on", message="The project has no package yet")
    await accept(product, user, project, facts, plan, auto_draft=form.auto_draft)


async def _revise(
    product: Collaborators,
    user: User,
    access: Access,
    facts: Facts,
    form: PackageForm,
    request_id: str,
) -> None:
    project = access.project
    views = await product.documents.of_project(project.id)
    released = project.current_phase is Phase.POST_SOLICITATION or any(
        view.document.code == SOLICITATION and view.document.status is DocumentStatus.APPROVED
        for view in views
    )
    try:
        plan = await product.handover.planned(project.id, facts)
    except InvalidFacts as error:  # a document that something recorded calls for has no signer
        raise Invalid.facts(error, "body", "facts") from error
    await product.handover.revise(
        project.id,
        facts,
        plan,
        user,
        request_id=request_id,
        # Accepting a package ends the provisional time; until then nothing drafts by itself.
        auto_draft=project.auto_draft if form.auto_draft is None else form.auto_draft,
        regime_change_reason=form.regime_change_reason,
        released=released,
        based_on=(
            record_id(project.id, RecordedKind.FACTS, form.based_on) if form.based_on else None
        ),
    )


async def _regenerate(
    product: Collaborators, access: Access, view: DocumentView, request_id: str
) -> GenerationOut:
    document, found = view.document, DocumentAccess(access, view)
    return await start_version(
        product,
        found,
        f"{request_id}/{document.id}",
        planned_drafter(found),
        (f"The requirements package has changed: {', '.join(document.stale_because)}",),
    )
