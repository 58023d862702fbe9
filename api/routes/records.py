"""What people record while a project runs; some documents wait for it."""

import asyncio
from datetime import datetime
from typing import Any
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel

from api.access import Access, VisibleProject
from api.dependencies import Collaborators, CurrentUser, Product, RequestId
from api.errors import Conflict, Invalid
from api.routes.users import PersonOut
from db.models import RecordedKind
from documents.context import SOURCE_SELECTION_RECORDS
from documents.facts import InvalidFacts, parse_record
from documents.judgments import require_reasons
from documents.planning import plan_for
from documents.vocabulary import Position, RecordKind, Sensitivity

router = APIRouter(prefix="/api/projects/{project_id}/records", tags=["Records"])

CONTRACTING = (Position.CONTRACT_SPECIALIST, Position.CONTRACTING_OFFICER)
RECORDERS = {
    RecordKind.MARKET_RESEARCH: CONTRACTING,
    RecordKind.QUESTIONS: CONTRACTING,
    RecordKind.AMENDMENTS: CONTRACTING,
    RecordKind.OFFERS: CONTRACTING,
    RecordKind.CONSENSUS: (Position.SSEB_CHAIR,),
    RecordKind.COMPETITIVE_RANGE: (Position.CONTRACTING_OFFICER,),
    RecordKind.OBJECTIVES: CONTRACTING,
    RecordKind.EXCHANGES: CONTRACTING,
    RecordKind.FINAL_PROPOSALS: CONTRACTING,
    RecordKind.FINAL_CONSENSUS: (Position.SSEB_CHAIR,),
    RecordKind.ADVICE: (Position.SSAC_CHAIR,),
    RecordKind.DECISION: (Position.SOURCE_SELECTION_AUTHORITY,),
    RecordKind.SUBCONTRACTING: CONTRACTING,
    RecordKind.DEBRIEFINGS: CONTRACTING,
    RecordKind.PROTEST: (*CONTRACTING, Position.LEGAL_COUNSEL),
}
"""Who records what, by the position on the project."""
SENSITIVITY = dict.fromkeys(SOURCE_SELECTION_RECORDS, Sensitivity.SOURCE_SELECTION)
"""What only named members of the team may read."""


class RecordOut(BaseModel):
    id: UUID
    project_id: UUID
    kind: RecordKind
    sha256: str
    """Of the canonical JSON of what was recorded."""


class RecordEnvelope(BaseModel):
    message: str
    record: RecordOut


class StatedOut(BaseModel):
    id: UUID
    kind: RecordedKind
    sha256: str
    body: dict[str, Any]
    recorded_by: PersonOut
    recorded_at: datetime


class RecordsOut(BaseModel):
    records: list[StatedOut]


@router.get("", summary="The facts and the newest record of each kind")
async def list_records(product: Product, access: VisibleProject) -> RecordsOut:
    found = await product.projects.records(access.project.id)
    return RecordsOut(
        records=[
            StatedOut(
                id=view.record.id,
                kind=kind,
                sha256=view.record.sha256,
                body=access.facts(view.record.body)
                if kind is RecordedKind.FACTS
                else view.record.body,
                recorded_by=PersonOut.model_validate(view.recorded_by),
                recorded_at=view.record.recorded_at,
            )
            for kind, view in found.items()
            if access.sees(_sensitivity(kind))
        ]
    )


@router.post("/{kind}", summary="Record something that documents wait for")
async def record(
    product: Product,
    user: CurrentUser,
    access: VisibleProject,
    kind: RecordKind,
    body: dict[str, Any],
    request_id: RequestId,
) -> RecordEnvelope:
    access.require(*await _recorders(product, access, kind))
    if not access.project.facts_accepted:
        raise Conflict("PackageNotAccepted", "The requirements package is not accepted yet")
    stated = await _check(product, access, kind, body)
    stored = await product.intake.record(
        access.project.id,
        RecordedKind(kind.value),
        stated.model_dump(mode="json"),
        user.id,
        statement=request_id,
    )
    await product.handover.announce(
        access.project.id, kind, stored.id, user.email, statement=request_id
    )
    return RecordEnvelope(
        message=f"Recorded: {kind.value.replace('_', ' ')}",
        record=RecordOut(
            id=stored.id, project_id=access.project.id, kind=kind, sha256=stored.sha256
        ),
    )


async def _recorders(
    product: Collaborators, access: Access, kind: RecordKind
) -> tuple[Position, ...]:
    """Without a source selection the contracting officer decides on the award (FAR 1.602-1)."""
    if kind is not RecordKind.DECISION:
        return RECORDERS[kind]
    team = await product.projects.members(access.project.id)
    selecting = any(Position.SOURCE_SELECTION_AUTHORITY in member.positions for member in team)
    return RECORDERS[kind] if selecting else (Position.CONTRACTING_OFFICER,)


async def _check(
    product: Collaborators, access: Access, kind: RecordKind, body: dict[str, Any]
) -> BaseModel:
    """Validate the record and that it fits the facts and the records so far; raises Invalid."""
    try:
        stated = parse_record(kind, body)
        require_reasons(stated)
        file = await product.contract_files.read(access.project.id)
        records = file.records.model_copy(update={kind.value: stated})
        await asyncio.to_thread(plan_for, file.facts, records=records)
    except InvalidFacts as error:
        raise Invalid.facts(error, "body") from error
    return stated


def _sensitivity(kind: RecordedKind) -> Sensitivity:
    if kind is RecordedKind.FACTS:
        return Sensitivity.INTERNAL
    return SENSITIVITY.get(RecordKind(kind.value), Sensitivity.INTERNAL)
