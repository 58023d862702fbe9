"""Acquisitions: intake, and everything about one at a glance."""

import asyncio
from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Self
from uuid import UUID, uuid4, uuid5

from fastapi import APIRouter, Depends, Query, Response, status
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from api.access import SEES_EVERY_PROJECT, Access, VisibleProject
from api.cancellation import cancel_workflows
from api.dependencies import (
    Collaborators,
    CurrentUser,
    IdempotencyKey,
    OfficerOrManager,
    Product,
)
from api.errors import (
    AnswerPending,
    Conflict,
    Invalid,
    NotAllowed,
    NotFound,
    TemporalUnavailable,
)
from api.forms import query_or_body
from api.paging import Cursor, Keyset, Limit, one_more
from api.routes.checklist import require_editor
from api.routes.users import PersonOut
from db.events import LARGEST_ID, events_after
from db.intake import NewProject
from db.models import Project, RecordedKind, User
from db.queries import ProjectView
from documents.facts import Facts, InvalidFacts, parse_facts
from documents.plan import Plan
from documents.planning import plan_for
from documents.vocabulary import (
    Phase,
    Position,
    ProjectStatus,
    ProjectType,
    Sensitivity,
)

router = APIRouter(prefix="/api/projects", tags=["Projects"])

OPENING_LOOKS = 100
"""How often a creation looks for its checklist; it comes later when the worker is busy."""
OPENING_PAUSE_SECONDS = 0.05
NEWEST_FIRST = Keyset(tuple[datetime, UUID])
NOT_STATED = ""
FOLLOWS_WORKFLOW = frozenset({"overall_status", "current_phase"})
FIXED_BY_PACKAGE = frozenset(
    {"project_type", "estimated_value", "contracting_officer_id", "program_manager_id"}
)
"""What the accepted requirements package states: putting another package changes it."""
SHAPES_PROVISIONAL = FIXED_BY_PACKAGE | {"name", "description"}
"""What a provisional package is made from."""


class ProjectOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: UUID
    name: str
    description: str | None
    project_type: ProjectType
    estimated_value: float | None
    """USD."""
    contracting_officer_id: UUID | None
    contracting_officer: PersonOut | None = None
    program_manager_id: UUID | None
    program_manager: PersonOut | None = None
    current_phase: Phase
    overall_status: ProjectStatus
    start_date: date | None
    target_completion_date: date | None
    actual_completion_date: date | None
    solicitation_piid: str | None
    contract_piid: str | None
    auto_draft: bool
    facts_accepted: bool
    created_by: UUID
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, view: ProjectView) -> Self:
        officer, manager = view.contracting_officer, view.program_manager
        return cls.model_validate(view.project).model_copy(
            update={
                "contracting_officer": officer and PersonOut.model_validate(officer),
                "program_manager": manager and PersonOut.model_validate(manager),
            }
        )


class ProjectEnvelope(BaseModel):
    project: ProjectOut


class ProjectsOut(BaseModel):
    projects: list[ProjectOut]
    next_cursor: str | None = None


def _known_type(value: object) -> object:
    # The front end offers two types more than any project has.
    return ProjectType.OTHER if value in ("rfi", "bpa") else value


class NewProjectForm(BaseModel):
    name: str = Field(min_length=1, max_length=300)
    description: str | None = Field(default=None, max_length=20_000)
    project_type: Annotated[ProjectType, BeforeValidator(_known_type)]
    estimated_value: Decimal | None = Field(default=None, ge=0, max_digits=15, decimal_places=2)
    contracting_officer_id: UUID | None = None
    program_manager_id: UUID | None = None
    start_date: date | None = None
    target_completion_date: date | None = None
    auto_draft: bool = True
    """Draft every document as soon as what it requires is approved."""
    facts: dict[str, Any] | None = None
    """The requirements package; it is accepted with the creation."""


class ProjectChangeForm(BaseModel):
    name: Annotated[str, Field(min_length=1, max_length=300)] = NOT_STATED
    description: str | None = Field(default=None, max_length=20_000)
    project_type: Annotated[ProjectType, BeforeValidator(_known_type)] = ProjectType.OTHER
    estimated_value: Decimal | None = Field(default=None, ge=0, max_digits=15, decimal_places=2)
    overall_status: ProjectStatus = ProjectStatus.NOT_STARTED
    """Only as it is: the workflow keeps it."""
    current_phase: Phase = Phase.PRE_SOLICITATION
    """Only as it is: the workflow keeps it."""
    contracting_officer_id: UUID | None = None
    program_manager_id: UUID | None = None
    start_date: date | None = None
    target_completion_date: date | None = None


class ProjectChangedOut(BaseModel):
    message: str
    project: ProjectOut


class MessageOut(BaseModel):
    message: str


class DeadlineOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: UUID
    project_id: UUID
    rule: str
    title: str
    due_at: datetime
    basis: str
    citation: str
    reminders: list[datetime]
    calendar_version: str
    """Which holidays and closures the date was counted with."""
    completed_at: datetime | None
    completion_note: str


class DeadlinesOut(BaseModel):
    deadlines: list[DeadlineOut]


class EventsOut(BaseModel):
    events: list[dict[str, Any]]
    """Messages as the WebSocket sends them, oldest first."""
    last_event_id: int
    """Ask for what comes after this next time."""


@router.get("", summary="The projects that the caller may see, the newest first")
async def list_projects(
    product: Product,
    user: CurrentUser,
    include_cancelled: bool = False,
    limit: Limit = None,
    cursor: Cursor = None,
) -> ProjectsOut:
    found = await product.projects.list(
        only_of=None if user.role in SEES_EVERY_PROJECT else user.id,
        cancelled=include_cancelled,
        after=NEWEST_FIRST.read(cursor),
        limit=one_more(limit),
    )
    page, next_cursor = NEWEST_FIRST.page(
        found, limit, lambda view: (view.project.created_at, view.project.id)
    )
    return ProjectsOut(projects=[ProjectOut.of(view) for view in page], next_cursor=next_cursor)


@router.post(
    "",
    summary="Create a project, and accept its requirements package if there is one",
    responses={202: {"model": ProjectEnvelope, "description": "Stored; the workflow starts soon"}},
)
async def create_project(
    product: Product,
    user: OfficerOrManager,
    form: Annotated[NewProjectForm, Depends(query_or_body(NewProjectForm, only_in_body={"facts"}))],
    key: IdempotencyKey,
    response: Response,
) -> ProjectEnvelope:
    """Without a package the project starts on a provisional one, made from the form, the office's
    settings and the positions of active accounts: documents can be drafted on request, and say
    what is open. ``facts_accepted`` stays false until a package is put."""
    package = None if form.facts is None else await check_package(product, form.facts)
    if package is not None:
        require_named_officer(user, package[0])
    project = await _store(product, user, form, uuid5(user.id, key) if key else uuid4())
    try:
        if package is None:
            vacant = await product.handover.begin(project.id)
        else:
            vacant = ()
            await accept(product, user, project, *package, auto_draft=form.auto_draft)
    except (AnswerPending, TemporalUnavailable):
        # Everything is stored: a sweep starts what waits for its workflow.
        response.status_code = status.HTTP_202_ACCEPTED
        return ProjectEnvelope(project=await fresh(product, project.id))
    return ProjectEnvelope(project=await (fresh if vacant else _opened)(product, project.id))


@router.get("/{project_id}", summary="One project")
async def get_project(access: VisibleProject) -> ProjectEnvelope:
    return ProjectEnvelope(project=ProjectOut.of(access.view))


@router.put("/{project_id}", summary="Change what people state about a project")
async def update_project(
    product: Product,
    user: OfficerOrManager,
    access: VisibleProject,
    form: Annotated[ProjectChangeForm, Depends(query_or_body(ProjectChangeForm))],
) -> ProjectChangedOut:
    """Status and phase follow the workflow; an accepted package fixes its people and value."""
    require_editor(access)
    changes = _changes(access.project, form)
    await _check_people(product, form.contracting_officer_id, form.program_manager_id)
    if changes and await product.intake.change_project(access.project.id, changes, user.id) is None:
        raise NotFound("Project")
    if SHAPES_PROVISIONAL & changes.keys() and access.project.workflow_started:
        # What is stored of the project counts; without an answer the next change tries again.
        with suppress(AnswerPending, TemporalUnavailable, InvalidFacts):
            await product.handover.restate(access.project.id)
    return ProjectChangedOut(
        message="Project updated", project=await fresh(product, access.project.id)
    )


@router.delete("/{project_id}", summary="Cancel a project; nothing is erased")
async def cancel_project(
    product: Product, user: OfficerOrManager, access: VisibleProject
) -> MessageOut:
    """Its workflows end, its file stays readable, and it leaves the list of projects."""
    project = access.project
    if user.id not in (
        project.contracting_officer_id,
        project.program_manager_id,
        project.created_by,
    ):
        raise NotAllowed("Only who created the project, its officer or its manager may cancel it")
    if project.overall_status is ProjectStatus.COMPLETED:
        raise Conflict("ProjectClosed", "This project is completed")
    views = await product.documents.of_project(project.id)
    await cancel_workflows(product.temporal, project, [view.document for view in views])
    await product.intake.cancel_project(project.id, user)
    return MessageOut(message=f"{project.name} is cancelled; its file is kept")


@router.get("/{project_id}/deadlines", summary="Dates that rules set, the next first")
async def list_deadlines(product: Product, access: VisibleProject) -> DeadlinesOut:
    rows = await product.deadlines.list(access.project.id)
    return DeadlinesOut(deadlines=[DeadlineOut.model_validate(row) for row in rows])


@router.get("/{project_id}/events", summary="What has happened, to catch up with")
async def list_events(
    product: Product,
    access: VisibleProject,
    after: Annotated[
        int, Query(ge=0, le=LARGEST_ID, description="The last event id that was seen")
    ] = 0,
    limit: Annotated[int, Query(ge=1, le=1000)] = 200,
) -> EventsOut:
    found = await events_after(product.sessions, access.project.id, after, limit)
    return EventsOut(
        events=[
            {**event.payload, "event_id": event.id}
            for event in found
            if sees_event(access, event.payload)
        ],
        last_event_id=found[-1].id if found else after,
    )


def sees_event(access: Access, payload: Mapping[str, Any]) -> bool:
    """Events about a document are for those who may see the document."""
    return access.sees(Sensitivity(payload.get("sensitivity", Sensitivity.INTERNAL)))


async def check_package(product: Collaborators, raw: dict[str, Any]) -> tuple[Facts, Plan]:
    """Validate a package and plan it, before anything is stored.

    Raises:
        Invalid: every problem of the facts, an open item, or a person without an account.
    """
    try:
        facts = _lower_case_addresses(parse_facts(raw))
        plan = await asyncio.to_thread(plan_for, facts)
    except InvalidFacts as error:
        raise Invalid.facts(error, "body", "facts") from error
    known = {person.email for person in await product.accounts.list()}
    unknown = [
        {
            "loc": ["body", "facts", "people", position, "email"],
            "msg": f"people.{position}: {person.email} has no active account; add the person first",
            "type": "unknown_person",
        }
        for position, person in facts.people.items()
        if person.email not in known
    ]
    unstated = [
        {
            "loc": ["body", "facts", *item.path.split(".")],
            "msg": f"{item.sentence} A package with open items cannot be accepted",
            "type": "open_item",
        }
        for item in facts.open_items
    ]
    if unknown or unstated:
        raise Invalid([*unknown, *unstated])
    return facts, plan


def require_named_officer(user: User, facts: Facts) -> None:
    """Raises NotAllowed for anybody but the contracting officer whom the package names."""
    officer = facts.people[Position.CONTRACTING_OFFICER]
    if officer.email != user.email:
        raise NotAllowed(
            f"The package names {officer.name} as contracting officer, who has to accept it"
        )


def _lower_case_addresses(facts: Facts) -> Facts:
    """Accounts keep addresses in lower case, and workflows compare them letter by letter."""
    people = {
        position: person.model_copy(update={"email": person.email.lower()})
        for position, person in facts.people.items()
    }
    return facts.model_copy(update={"people": people})


async def _store(
    product: Collaborators, user: User, form: NewProjectForm, project_id: UUID
) -> Project:
    await _check_people(product, form.contracting_officer_id, form.program_manager_id)
    _check_order(form.start_date, form.target_completion_date)
    project = await product.intake.create_project(
        NewProject(**form.model_dump(exclude={"facts"})), by=user.id, id=project_id
    )
    if project.name != form.name:
        raise Conflict("idempotency_key_reused", "This key belongs to another project")
    return project


async def _check_people(product: Collaborators, *people: UUID | None) -> None:
    for person in filter(None, people):
        if await product.accounts.get(person) is None:
            raise Invalid.at("body", message=f"{person} is not a user")


def _check_order(start: date | None, target: date | None) -> None:
    if start and target and target < start:
        raise Invalid.at("body", "target_completion_date", message="It is before the start date")


def _changes(project: Project, form: ProjectChangeForm) -> dict[str, Any]:
    """The columns to set; what is as stored already is no change. Raises Conflict or Invalid."""
    stated: dict[str, Any] = form.model_dump(exclude_unset=True)
    changes = {name: value for name, value in stated.items() if getattr(project, name) != value}
    if followed := FOLLOWS_WORKFLOW & changes.keys():
        raise Conflict(
            "StatusFollowsWorkflow",
            f"{_named(followed)}: documents, approvals and gates decide, nobody sets it by hand",
        )
    if project.facts_accepted and (fixed := FIXED_BY_PACKAGE & changes.keys()):
        raise Conflict("PackageAlreadyAccepted", f"{_named(fixed)}: the accepted package fixes it")
    _check_order(
        changes.get("start_date", project.start_date),
        changes.get("target_completion_date", project.target_completion_date),
    )
    return changes


def _named(columns: Iterable[str]) -> str:
    return ", ".join(sorted(columns))


async def accept(
    product: Collaborators,
    user: User,
    project: Project,
    facts: Facts,
    plan: Plan,
    *,
    auto_draft: bool | None,
) -> None:
    """Store the first package of a project and have its workflow accept it; harmless to repeat.

    Raises:
        Conflict: the project was created with another package.
    """
    if project.facts_accepted:
        stored = (await product.projects.records(project.id))[RecordedKind.FACTS]
        if stored.record.body != facts.model_dump(mode="json"):
            raise Conflict("PackageAlreadyAccepted", "The requirements package is accepted already")
    else:
        await product.intake.record_facts(project.id, facts, user.id, auto_draft=auto_draft)
    if not project.workflow_started:
        await product.handover.accept(project.id, plan)


async def _opened(product: Collaborators, project_id: UUID) -> ProjectOut:
    """The project once its checklist is there, so that whoever created it can draft at once."""
    for _ in range(OPENING_LOOKS):
        view = await product.projects.get(project_id)
        if view is not None and view.project.workflow_started:
            return ProjectOut.of(view)
        await asyncio.sleep(OPENING_PAUSE_SECONDS)
    return await fresh(product, project_id)


async def fresh(product: Collaborators, project_id: UUID) -> ProjectOut:
    view = await product.projects.get(project_id)
    assert view is not None
    return ProjectOut.of(view)
