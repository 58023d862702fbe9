"""Phases and the steps of work in them, as people keep them."""

from datetime import UTC, date, datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field

from api.access import Access, VisiblePhase, VisibleProject, access_to
from api.dependencies import Collaborators, CurrentUser, Product
from api.errors import Conflict, Invalid, NotAllowed, NotFound
from api.forms import query_or_body
from api.paging import Cursor, Keyset, Limit
from db.models import ProjectPhase, ProjectStep
from db.queries import StepView
from documents.vocabulary import Phase, PhaseStatus, ProjectStatus, Role, StepStatus

router = APIRouter(prefix="/api", tags=["Checklist"])

MAY_EDIT = frozenset({Role.ADMIN, Role.CONTRACTING_OFFICER, Role.PROGRAM_MANAGER})
"""Roles that keep any project's checklist; a project's team may always, viewers never."""
MAY_APPROVE_STEPS = frozenset({Role.CONTRACTING_OFFICER, Role.PROGRAM_MANAGER})
CLOSED = frozenset({ProjectStatus.COMPLETED, ProjectStatus.CANCELLED})
IN_ORDER = Keyset(tuple[int, int, UUID])


class PhaseOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: UUID
    project_id: UUID
    phase_name: Phase
    phase_order: int
    status: PhaseStatus
    start_date: date | None
    end_date: date | None
    estimated_duration_days: int
    actual_duration_days: int | None
    created_at: datetime


class PhasesOut(BaseModel):
    phases: list[PhaseOut]


class PhaseEnvelope(BaseModel):
    message: str
    phase: PhaseOut


class PhaseForm(BaseModel):
    status: PhaseStatus | None = None
    """The phase's workflow decides it: any other than the present one is refused."""
    start_date: date | None = None
    end_date: date | None = None


class AssignedUserOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    name: str
    email: str


class StepOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: UUID
    phase_id: UUID
    project_id: UUID
    step_name: str
    step_description: str | None
    step_order: int
    assigned_user_id: UUID | None
    assigned_user: AssignedUserOut | None = None
    status: StepStatus
    deadline: date | None
    completion_date: date | None
    notes: str | None
    attachments: list[Any] | None
    requires_approval: bool
    approved_by: UUID | None
    approval_date: datetime | None

    @classmethod
    def of(cls, view: StepView) -> "StepOut":
        user = view.assigned_user
        return cls.model_validate(view.step).model_copy(
            update={"assigned_user": user and AssignedUserOut.model_validate(user)}
        )


class StepsOut(BaseModel):
    steps: list[StepOut]
    next_cursor: str | None = None


class StepEnvelope(BaseModel):
    message: str
    step: StepOut


class StepForm(BaseModel):
    status: StepStatus | None = None
    completion_date: date | None = None
    """By default today, when the step is completed."""
    notes: str | None = Field(default=None, max_length=20_000)
    assigned_user_id: UUID | None = None


class StepsCreatedOut(BaseModel):
    message: str
    created: int
    steps: list[StepOut]


class StepsCleanedOut(BaseModel):
    message: str
    deleted_count: int
    remaining_steps: int
    steps: list[StepOut]


class PhaseCleanedOut(BaseModel):
    phase_id: UUID
    phase_name: Phase
    deleted_count: int
    remaining_steps: int


class ProjectCleanedOut(BaseModel):
    message: str
    total_deleted: int
    phases: list[PhaseCleanedOut]


@router.get("/projects/{project_id}/phases", summary="The three phases in order")
async def list_phases(product: Product, access: VisibleProject) -> PhasesOut:
    phases = await product.projects.phases(access.project.id)
    return PhasesOut(phases=[PhaseOut.model_validate(phase) for phase in phases])


@router.patch("/phases/{phase_id}", summary="Set the planned dates of a phase")
async def change_phase(
    product: Product,
    user: CurrentUser,
    found: VisiblePhase,
    form: Annotated[PhaseForm, Depends(query_or_body(PhaseForm))],
) -> PhaseEnvelope:
    require_editor(found.access)
    phase = found.phase
    if form.status not in (None, phase.status):
        raise Conflict(
            "StatusFollowsWorkflow",
            "A phase begins when the one before is closed and ends at its gate: ask for the "
            "transition instead",
        )
    changes: dict[str, date | None] = form.model_dump(exclude={"status"}, exclude_unset=True)
    start = changes.get("start_date", phase.start_date)
    end = changes.get("end_date", phase.end_date)
    if start and end and end < start:
        raise Invalid.at("body", "end_date", message="It is before the start date")
    changed = await product.intake.change_phase_dates(phase.id, changes, user.id)
    if changed is None:
        raise NotFound("Phase")
    return PhaseEnvelope(
        message=f"{phase.phase_name.label} updated", phase=PhaseOut.model_validate(changed)
    )


@router.get("/projects/{project_id}/steps", summary="The checklist of work, phase by phase")
async def list_steps(
    product: Product, access: VisibleProject, limit: Limit = None, cursor: Cursor = None
) -> StepsOut:
    steps = await product.projects.steps(access.project.id)
    page, next_cursor = IN_ORDER.cut(
        steps, limit, cursor, lambda view: (view.phase_order, view.step.step_order, view.step.id)
    )
    return StepsOut(steps=[StepOut.of(view) for view in page], next_cursor=next_cursor)


@router.patch("/steps/{step_id}", summary="Note how far a step of work is")
async def change_step(
    product: Product,
    user: CurrentUser,
    step_id: UUID,
    form: Annotated[StepForm, Depends(query_or_body(StepForm))],
) -> StepEnvelope:
    """A step that needs an approval is completed by an officer or manager, who approves it so."""
    step = await product.projects.step(step_id)
    access = step and await access_to(product, user, step.project_id)
    if step is None or access is None:
        raise NotFound("Step")
    require_editor(access)
    changes = await _step_changes(product, access, step, form)
    if await product.intake.change_step(step.id, changes, user.id) is None:
        raise NotFound("Step")
    for view in await product.projects.steps(step.project_id, step.phase_id):
        if view.step.id == step.id:
            return StepEnvelope(message=f"{step.step_name} updated", step=StepOut.of(view))
    raise NotFound("Step")


@router.post("/phases/{phase_id}/create-default-steps", summary="Add the usual steps of work")
async def create_default_steps(
    product: Product, user: CurrentUser, found: VisiblePhase
) -> StepsCreatedOut:
    """Those that are there already stay as they are."""
    require_editor(found.access)
    created = await product.intake.create_default_steps(found.phase, user.id)
    return StepsCreatedOut(
        message=f"{created} steps created" if created else "The steps are there already",
        created=created,
        steps=await _steps(product, found.phase),
    )


@router.post("/phases/{phase_id}/cleanup-duplicate-steps", summary="Delete repeated steps")
async def clean_up_steps(
    product: Product, user: CurrentUser, found: VisiblePhase
) -> StepsCleanedOut:
    """Of steps with one name the first stays, and so do those that somebody has begun."""
    require_editor(found.access)
    deleted = await product.intake.remove_duplicate_steps(found.phase, user.id)
    steps = await _steps(product, found.phase)
    return StepsCleanedOut(
        message=f"{deleted} duplicates deleted",
        deleted_count=deleted,
        remaining_steps=len(steps),
        steps=steps,
    )


@router.post(
    "/projects/{project_id}/cleanup-all-duplicate-steps",
    summary="Delete repeated steps in every phase",
)
async def clean_up_all_steps(
    product: Product, user: CurrentUser, access: VisibleProject
) -> ProjectCleanedOut:
    require_editor(access)
    phases: list[PhaseCleanedOut] = []
    for phase in await product.projects.phases(access.project.id):
        deleted = await product.intake.remove_duplicate_steps(phase, user.id)
        phases.append(
            PhaseCleanedOut(
                phase_id=phase.id,
                phase_name=phase.phase_name,
                deleted_count=deleted,
                remaining_steps=len(await product.projects.steps(phase.project_id, phase.id)),
            )
        )
    total = sum(phase.deleted_count for phase in phases)
    return ProjectCleanedOut(
        message=f"{total} duplicates deleted", total_deleted=total, phases=phases
    )


def require_editor(access: Access) -> None:
    """Refuse who may only look, and any change of what is closed; NotAllowed or Conflict."""
    role = access.user.role
    if role not in MAY_EDIT and (role is Role.VIEWER or not access.positions):
        raise NotAllowed("Only the project's team, an officer, a manager or an administrator may")
    if access.project.overall_status in CLOSED:
        raise Conflict("ProjectClosed", f"This project is {access.project.overall_status.value}")


async def _step_changes(
    product: Collaborators, access: Access, step: ProjectStep, form: StepForm
) -> dict[str, Any]:
    changes: dict[str, Any] = form.model_dump(exclude_unset=True)
    if changes.get("status") is None:
        changes.pop("status", None)
    if form.assigned_user_id is not None:
        assigned = await product.accounts.get(form.assigned_user_id)
        if assigned is None or not assigned.is_active:
            raise Invalid.at("body", "assigned_user_id", message="There is no such active user")
    if form.status is StepStatus.COMPLETED:
        now = datetime.now(UTC)
        if changes.get("completion_date") is None:
            changes["completion_date"] = step.completion_date or now.date()
        if step.requires_approval and step.approved_by is None:
            if access.user.role not in MAY_APPROVE_STEPS:
                raise NotAllowed(
                    f"{step.step_name} needs the approval of a contracting officer or a program "
                    "manager: one of them has to complete it"
                )
            changes |= {"approved_by": access.user.id, "approval_date": now}
    elif form.status is not None:
        changes |= {"completion_date": None, "approved_by": None, "approval_date": None}
    return changes


async def _steps(product: Collaborators, phase: ProjectPhase) -> list[StepOut]:
    views = await product.projects.steps(phase.project_id, phase.id)
    return [StepOut.of(view) for view in views]
