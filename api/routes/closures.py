"""Days on which offices are closed beyond weekends and holidays: the administrators keep them."""

from datetime import date, datetime, timedelta
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from api.dependencies import Administrator, Collaborators, Product
from api.errors import AnswerPending, Conflict, Invalid, NotFound, TemporalUnavailable
from db.closures import AlreadyClosed
from rules.calendar import ClosureKind, FederalCalendar

router = APIRouter(prefix="/api/admin/closures", tags=["Administration"])

FARTHEST = timedelta(days=5 * 366)
"""From today: a closure further away is a slip of the keyboard."""

Reason = Annotated[str, Query(min_length=3, max_length=2000, description="Why it is taken back")]


class ClosureForm(BaseModel):
    model_config = ConfigDict(extra="forbid")

    day: str = Field(pattern=r"^\d{4}-\d{2}-\d{2}$", examples=["2027-01-25"])
    kind: ClosureKind
    reason: str = Field(min_length=3, max_length=2000, examples=["Snow; base closed by order"])
    office: str = Field(default="", pattern=r"^([A-Z0-9]{6})?$", examples=["N00189"])
    """Activity address code of the office; empty: every office."""


class ClosureOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: UUID
    day: date
    office: str
    kind: ClosureKind
    reason: str
    added_by: UUID
    added_at: datetime


class ClosuresOut(BaseModel):
    closures: list[ClosureOut]


class ClosureEnvelope(BaseModel):
    message: str
    closure: ClosureOut


class ReopenedOut(BaseModel):
    message: str


@router.get("", summary="The closures that stand, by day")
async def list_closures(product: Product, _admin: Administrator) -> ClosuresOut:
    found = await product.closures.list()
    return ClosuresOut(closures=[ClosureOut.model_validate(row) for row in found])


@router.post("", summary="Close an office, or every office, on a day")
async def add_closure(product: Product, admin: Administrator, form: ClosureForm) -> ClosureEnvelope:
    """The deadlines of every open project of the office are counted again and announced.

    Approved documents keep the dates that they quote.
    """
    try:
        day = date.fromisoformat(form.day)
    except ValueError as error:
        raise Invalid.at("body", "day", message="There is no such day") from error
    if abs(day - datetime.now().astimezone().date()) > FARTHEST:
        raise Invalid.at("body", "day", message="It is more than five years away")
    if not FederalCalendar().is_open(day):
        raise Invalid.at("body", "day", message="Offices are closed on it anyway")
    try:
        row = await product.closures.add(day, form.kind, form.reason.strip(), admin.id, form.office)
    except AlreadyClosed as error:
        raise Conflict("AlreadyClosed", str(error)) from error
    await _count(product)
    return ClosureEnvelope(message=f"Closed on {day}", closure=ClosureOut.model_validate(row))


@router.delete("/{closure_id}", summary="Take a closure back")
async def remove_closure(
    product: Product, admin: Administrator, closure_id: UUID, reason: Reason
) -> ReopenedOut:
    row = await product.closures.remove(closure_id, reason.strip(), admin.id)
    if row is None:
        raise NotFound("Closure")
    await _count(product)
    return ReopenedOut(message=f"Open on {row.day}")


async def _count(product: Collaborators) -> None:
    try:
        await product.workflows.count_deadlines()
    except (AnswerPending, TemporalUnavailable):
        return  # the projects are in the queue: the schedule counts them as soon as it runs
