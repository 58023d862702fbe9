"""On which days things really happened, from which deadlines are counted; deadlines done."""

import asyncio
from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from api.access import Access, VisibleProject
from api.dependencies import Collaborators, CurrentUser, Product
from api.errors import AnswerPending, Conflict, Invalid, NotFound, TemporalUnavailable
from api.routes.users import PersonOut
from db.contract_file import ContractFile, NoFacts
from db.models import ProjectDeadline
from db.recorded_events import EventRefused, EventView
from documents.facts import InvalidFacts
from documents.profile import debriefing_events, events
from documents.vocabulary import Position, ProjectStatus
from rules.deadlines import Event
from rules.recorded_events import RECORDED_EVENTS
from rules.thresholds import NoThresholdOnDate

router = APIRouter(prefix="/api/projects/{project_id}", tags=["Deadlines"])

CONTRACTING = (Position.CONTRACTING_OFFICER, Position.CONTRACT_SPECIALIST)
CLOSED = frozenset({ProjectStatus.COMPLETED, ProjectStatus.CANCELLED})
COUNT_SECONDS = 4.0
"""How long a request waits until the deadlines are counted again."""
COUNT_PAUSE_SECONDS = 0.1

Reason = Annotated[str, Query(min_length=3, max_length=2000, description="Why it is taken back")]


class MilestoneForm(BaseModel):
    model_config = ConfigDict(extra="forbid")

    event: Event = Field(examples=["rfp_issued"])
    day: str = Field(pattern=r"^\d{4}-\d{2}-\d{2}$", examples=["2026-11-20"])
    """By the clock of the contracting office."""
    note: str = Field(default="", max_length=2000)
    """Where it can be seen, for example the notice's number."""


class MilestoneOut(BaseModel):
    event: Event
    title: str
    planned: date | None
    """As the package plans it."""
    recorded: date | None
    """As it really happened; taken instead of the plan."""
    note: str = ""
    recorded_by: PersonOut | None = None
    recorded_at: datetime | None = None
    may_lie_ahead: bool
    """Whether a day in the future can be recorded."""


class StatementOut(BaseModel):
    id: UUID
    event: Event
    day: date | None
    """Null: the statement before was taken back."""
    note: str
    recorded_by: PersonOut
    recorded_at: datetime

    @classmethod
    def of(cls, view: EventView) -> "StatementOut":
        return cls(
            id=view.record.id,
            event=Event(view.record.event),
            day=view.record.day,
            note=view.record.note,
            recorded_by=PersonOut.model_validate(view.recorded_by),
            recorded_at=view.record.recorded_at,
        )


class MilestonesOut(BaseModel):
    project_id: UUID
    milestones: list[MilestoneOut]
    history: list[StatementOut]
    """Every statement, the newest first."""


class MilestoneEnvelope(BaseModel):
    message: str
    milestone: StatementOut
    counted: bool
    """Whether the deadlines are counted again already; otherwise they follow within a minute."""


class WithdrawnOut(BaseModel):
    message: str
    counted: bool


class CompletionForm(BaseModel):
    note: str = Field(default="", max_length=2000)


class CompletedOut(BaseModel):
    message: str
    deadline_id: UUID
    rule: str
    completed_at: datetime


@router.get("/milestones", summary="What is planned and what has happened")
async def list_milestones(product: Product, access: VisibleProject) -> MilestonesOut:
    file = await _file(product, access)
    computed = await asyncio.to_thread(file.computed)
    planned = events(file.facts, file.records, computed.dates)
    history = await product.recorded_events.list(access.project.id)
    newest: dict[str, EventView] = {}
    for view in history:
        newest.setdefault(view.record.event, view)
    return MilestonesOut(
        project_id=access.project.id,
        milestones=[
            _milestone(event, planned.get(event), newest.get(event.value))
            for event in RECORDED_EVENTS
        ],
        history=[StatementOut.of(view) for view in history],
    )


@router.post("/milestones", summary="Record on which day something happened")
async def record_milestone(
    product: Product, user: CurrentUser, access: VisibleProject, form: MilestoneForm
) -> MilestoneEnvelope:
    """Deadlines that follow are counted again, and who is reminded of them is told what moved."""
    _require_contracting(access)
    file = await _file(product, access)
    try:
        day = date.fromisoformat(form.day)
    except ValueError as error:
        raise Invalid.at("body", "day", message="There is no such day") from error
    known = {
        **debriefing_events(file.records),
        **await product.recorded_events.days(access.project.id),
    }
    try:
        await asyncio.to_thread(file.deadlines, {**known, form.event: day})
        view = await product.recorded_events.record(
            access.project.id,
            form.event,
            day,
            user,
            note=form.note.strip(),
            time_zone=file.facts.project.office.time_zone,
            also=debriefing_events(file.records),
        )
    except EventRefused as error:
        raise Invalid.at("body", "day", message=str(error)) from error
    except NoThresholdOnDate as error:
        raise Invalid.at("body", "day", message=f"The rule book does not reach: {error}") from error
    return MilestoneEnvelope(
        message=f"Recorded: {form.event.text} on {day}",
        milestone=StatementOut.of(view),
        counted=await count_again(product, access.project.id),
    )


@router.delete("/milestones/{event}", summary="Take back what was recorded by mistake")
async def withdraw_milestone(
    product: Product, user: CurrentUser, access: VisibleProject, event: Event, reason: Reason
) -> WithdrawnOut:
    """The event counts as planned again; the statement stays in the history."""
    _require_contracting(access)
    if not await product.recorded_events.withdraw(access.project.id, event, user, reason.strip()):
        raise NotFound("Milestone")
    return WithdrawnOut(
        message=f"Taken back: {event.text}",
        counted=await count_again(product, access.project.id),
    )


@router.post("/deadlines/{deadline_id}/complete", summary="Note that it is done")
async def complete_deadline(
    product: Product,
    user: CurrentUser,
    access: VisibleProject,
    deadline_id: UUID,
    form: CompletionForm | None = None,
) -> CompletedOut:
    """No reminder follows. If the date moves because its event does, it has to be met again."""
    _require_contracting(access)
    note = form.note.strip() if form else ""
    row: ProjectDeadline | None = await product.deadlines.complete(
        access.project.id, deadline_id, user.id, note
    )
    if row is None or row.completed_at is None:
        raise NotFound("Deadline")
    return CompletedOut(
        message=f"Done: {row.title}",
        deadline_id=row.id,
        rule=row.rule,
        completed_at=row.completed_at,
    )


async def count_again(product: Collaborators, project_id: UUID) -> bool:
    """Have outdated deadlines counted now; False if that takes longer than a request should.

    What was written stays in the queue whatever happens here, and a schedule finds it.
    """
    try:
        await product.workflows.count_deadlines()
    except (AnswerPending, TemporalUnavailable):
        return False
    give_up = asyncio.get_running_loop().time() + COUNT_SECONDS
    while asyncio.get_running_loop().time() < give_up:
        if not await product.deadlines.is_outdated(project_id):
            return True
        await asyncio.sleep(COUNT_PAUSE_SECONDS)
    return False


def _require_contracting(access: Access) -> None:
    access.require(*CONTRACTING)
    if access.project.overall_status in CLOSED:
        raise Conflict("ProjectClosed", f"This project is {access.project.overall_status.value}")


async def _file(product: Collaborators, access: Access) -> ContractFile:
    try:
        return await product.contract_files.read(access.project.id)
    except NoFacts as error:
        raise Conflict("PackageNotAccepted", "There is no requirements package yet") from error
    except InvalidFacts as error:
        raise Conflict("InvalidPackage", f"The package has to be corrected: {error}") from error


def _milestone(event: Event, planned: date | None, newest: EventView | None) -> MilestoneOut:
    stated = newest if newest is not None and newest.record.day is not None else None
    return MilestoneOut(
        event=event,
        title=event.text[0].upper() + event.text[1:],
        planned=planned,
        recorded=stated.record.day if stated else None,
        note=stated.record.note if stated else "",
        recorded_by=PersonOut.model_validate(stated.recorded_by) if stated else None,
        recorded_at=stated.record.recorded_at if stated else None,
        may_lie_ahead=RECORDED_EVENTS[event].ahead,
    )
