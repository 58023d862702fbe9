"""The schedule of a project, and what the public may know about it as open data."""

import asyncio
from datetime import date
from typing import Any

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict

from api.access import Access, VisibleProject
from api.dependencies import Collaborators, Product
from api.errors import Conflict
from db.contract_file import ContractFile, NoFacts
from documents.facts import InvalidFacts
from documents.gantt import gantt
from documents.ocds import NothingPublished, Released, record_package
from documents.timeline import timeline
from rules.schedule import Schedule

router = APIRouter(prefix="/api/projects/{project_id}", tags=["Schedule"])


class _Out(BaseModel):
    model_config = ConfigDict(from_attributes=True)


class PlannedMilestoneOut(_Out):
    name: str
    title: str
    gate: str
    """``G0`` to ``G12``; empty when it passes no gate."""
    planned: date
    earliest: date | None
    """Counting forward from the accepted package by least durations; none after the award."""
    latest: date | None
    """Counting back from the planned award; none after it."""
    slack: int | None
    """Calendar days that it may slip without moving the award."""
    recorded: bool
    """It has happened, on that day."""


class ScheduleStepOut(_Out):
    start: str
    end: str
    title: str
    begins: date
    ends: date
    calendar_days: int
    business_days: int
    least: int
    unit: str
    """What ``least`` counts: ``calendar days`` or ``business days``."""
    slack: int
    rule: str
    citation: str
    critical: bool


class StretchOut(_Out):
    title: str
    begins: date
    ends: date
    calendar_days: int
    business_days: int


class ScheduleOut(_Out):
    milestones: list[PlannedMilestoneOut]
    steps: list[ScheduleStepOut]
    stretches: list[StretchOut]
    critical_path: list[str]
    """Names of milestones, first to last."""
    palt: int | None
    """Calendar days from solicitation to award."""
    margin: int
    """Calendar days between the earliest possible award and the planned one."""
    problems: list[str]
    calendar_version: str


NO_PACKAGE: dict[int | str, dict[str, Any]] = {409: {"description": "There is nothing to show yet"}}


@router.get(
    "/schedule",
    summary="Milestones, slack of each step and gate, critical path",
    responses=NO_PACKAGE,
)
async def get_schedule(product: Product, access: VisibleProject) -> ScheduleOut:
    """Dates are days of the contracting office: recorded ones, else as the package plans them."""
    laid_out = await _laid_out(product, access, await _file(product, access))
    return ScheduleOut.model_validate(laid_out)


@router.get(
    "/schedule.svg",
    summary="The schedule as a picture",
    response_class=Response,
    responses={
        200: {"content": {"image/svg+xml": {"schema": {"type": "string"}}}},
        **NO_PACKAGE,
    },
)
async def get_schedule_picture(product: Product, access: VisibleProject) -> Response:
    """A Gantt chart, 800 units wide, with a title and a description in words."""
    file = await _file(product, access)
    laid_out = await _laid_out(product, access, file)
    picture = gantt(laid_out, file.facts.project.title)
    return Response(
        picture, media_type="image/svg+xml", headers={"Cache-Control": "private, no-cache"}
    )


@router.get(
    "/ocds",
    summary="What is public about the project, as OCDS 1.1 record package",
    responses=NO_PACKAGE,
)
async def get_open_data(
    request: Request, product: Product, access: VisibleProject
) -> dict[str, Any]:
    """A release for each gate passed (planning, tender, award, contract) and the compiled record.

    Whoever asks, it holds only what the public may know: nothing about offers before the award,
    and neither the estimate nor source selection information ever.
    """
    file = await _file(product, access)
    approved = [
        Released(view.document.code, view.document.document_name, view.latest_upload.approved_at)
        for view in await product.documents.of_project(access.project.id)
        if view.latest_upload is not None and view.latest_upload.approved_at is not None
    ]
    try:
        return await asyncio.to_thread(
            lambda: record_package(
                file.computed(),
                approved,
                uri=str(request.url.replace(query="")),
                publisher=file.facts.project.agency,
                prefix=product.settings.ocds_prefix,
            )
        )
    except NothingPublished as error:
        raise Conflict("NothingPublished", str(error)) from error


async def _file(product: Collaborators, access: Access) -> ContractFile:
    try:
        return await product.contract_files.read(access.project.id)
    except NoFacts as error:
        raise Conflict("PackageNotAccepted", str(error)) from error
    except InvalidFacts as error:
        raise Conflict("InvalidPackage", f"The package has to be corrected: {error}") from error


async def _laid_out(product: Collaborators, access: Access, file: ContractFile) -> Schedule:
    recorded = await product.recorded_events.days(access.project.id)
    return await asyncio.to_thread(lambda: timeline(file.computed(), recorded))
