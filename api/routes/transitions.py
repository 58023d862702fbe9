"""The closing gate of each phase."""

import asyncio
import re
from datetime import datetime
from typing import Annotated, Any, Self
from uuid import UUID, uuid5

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field

from api.access import (
    PhaseAccess,
    TransitionAccess,
    VisiblePhase,
    VisibleProject,
    VisibleTransition,
    disclosure_to,
    disclosures_to,
)
from api.checks import HIDDEN, SECRET_GATES, Disclosure
from api.dependencies import (
    Collaborators,
    CurrentUser,
    IdempotencyKey,
    InRole,
    Product,
    RequestId,
)
from api.errors import AnswerPending, Conflict, Invalid, RefusedPerson
from api.forms import query_or_body
from api.paging import Cursor, Keyset, Limit
from api.routes.gates import GATE_IDS
from api.routes.users import PersonOut
from db.contract_file import NoFacts
from db.models import PhaseTransition, User
from db.queries import TransitionView
from documents.facts import InvalidFacts
from documents.publication import action_value
from documents.vocabulary import (
    DocumentStatus,
    Phase,
    Position,
    Role,
    Sensitivity,
    TransitionStatus,
)
from rules.checks import Severity
from rules.gates import GATES
from workflows.messages import GateDecision, RequestTransition

router = APIRouter(prefix="/api", tags=["Gates"])

MAY_ASK = (Role.ADMIN, Role.CONTRACTING_OFFICER, Role.PROGRAM_MANAGER)
"""Asking decides nothing: the gatekeeper does, and no role stands in for that person."""
Asking = Annotated[User, Depends(InRole(MAY_ASK))]

CLOSING_GATES = {Phase(gate.phase): gate.id for gate in GATES}
"""By phase: the last of its gates."""
_CONDITION = re.compile(r"G\d+\.\d+ ")

ROW_SECONDS = 5.0
"""How long a request waits until the gate that it asked for is checked and stored."""
ROW_PAUSE_SECONDS = 0.1
NEWEST_FIRST = Keyset(tuple[float, UUID])


class TransitionOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: UUID
    project_id: UUID
    from_phase: Phase
    to_phase: Phase | None
    """Null: the gate closes the project."""
    round: int
    requested_by: UUID | None
    """Null: the phase asked by itself when its last document was approved."""
    requester: PersonOut | None = None
    requested_at: datetime
    gatekeeper_id: UUID
    gatekeeper: PersonOut | None = None
    project: PersonOut | None = None
    """Id and name of the project."""
    status: TransitionStatus
    validation_results: dict[str, Any]
    gatekeeper_comments: str | None
    resolved_at: datetime | None

    @classmethod
    def of(cls, view: TransitionView, disclosure: Disclosure) -> Self:
        requester, request = view.requester, view.transition
        found = request.validation_results
        shown = {
            name: disclosure.of(found[name])
            for name in ("blocking_issues", "warnings")
            if name in found
        }
        # The gatekeeper answers to what was found, so the comments may quote it.
        withheld = request.gatekeeper_comments and any(HIDDEN in part for part in shown.values())
        return cls.model_validate(request).model_copy(
            update={
                "validation_results": {**found, **shown},
                "gatekeeper_comments": HIDDEN if withheld else request.gatekeeper_comments,
                "requester": requester and PersonOut.model_validate(requester),
                "gatekeeper": PersonOut.model_validate(view.gatekeeper),
                "project": PersonOut.model_validate(view.project),
            }
        )


class TransitionEnvelope(BaseModel):
    message: str
    transition_request: TransitionOut


class PendingTransitionsOut(BaseModel):
    pending_transitions: list[TransitionOut]
    count: int
    """Of all pages."""
    next_cursor: str | None = None


class TransitionsOut(BaseModel):
    project_id: UUID
    transitions: list[TransitionOut]
    count: int
    """Of all pages."""
    next_cursor: str | None = None


class DocumentStateOut(BaseModel):
    exists: bool = True
    status: DocumentStatus
    approved: bool
    document_id: UUID


class GatekeeperOut(PersonOut):
    role: Role


class ValidationCheckOut(BaseModel):
    """One condition of one of the gates of the phase."""

    gate: str
    name: str
    passed: bool
    severity: Severity
    """B blocks; W needs a written reason."""
    message: str
    """What is missing and what to do; empty when it is passed."""


class ValidationOut(BaseModel):
    can_transition: bool
    blocking_issues: list[str]
    warnings: list[str]
    document_status: dict[str, DocumentStateOut]
    required_gatekeeper: Position = Position.CONTRACTING_OFFICER
    user_can_request: bool
    from_phase: Phase
    to_phase: Phase | None
    eligible_gatekeepers: list[GatekeeperOut]
    validation_checks: list[ValidationCheckOut]


class GateForm(BaseModel):
    comments: str = Field(default="", max_length=20_000)


Form = Annotated[GateForm, Depends(query_or_body(GateForm))]


@router.get("/phases/{phase_id}/validate-transition", summary="Whether the phase can be closed")
async def validate_transition(
    product: Product, user: CurrentUser, access: VisiblePhase
) -> ValidationOut:
    phase, project = access.phase.phase_name, access.access.project
    documents = [
        view.document
        for view in await product.documents.of_project(project.id)
        if view.document.phase is phase and view.document.is_required
    ]
    newest = await _newest(product, access)
    found: dict[str, Any] = newest.transition.validation_results if newest else {}
    # What a caller may not see counts for the gate and is not named.
    seen = [document for document in documents if access.access.sees(document.sensitivity)]
    missing = [
        document.document_name if document in seen else "A source selection document"
        for document in documents
        if document.status is not DocumentStatus.APPROVED
    ]
    unapproved = [f"{name} is not approved" for name in missing]
    disclosure = await disclosure_to(product, access.access)
    earlier, warnings = (
        disclosure.of([issue for issue in found.get(name, []) if not _is_condition(issue)])
        for name in ("blocking_issues", "warnings")
    )
    checks = await _gate_checks(product, access)
    failed = [check for check in checks if not check.passed]
    issues = [
        *(unapproved or earlier),
        *(
            check.message
            for check in failed
            if check.severity is Severity.BLOCKS and not (unapproved and _of_documents(check))
        ),
    ]
    warnings += [check.message for check in failed if check.severity is Severity.WARNS]
    if not documents:
        issues = ["The requirements package is not accepted yet"]
    officer = access.access.view.contracting_officer
    return ValidationOut(
        can_transition=not issues,
        blocking_issues=issues,
        warnings=warnings,
        document_status={
            document.document_name: DocumentStateOut(
                status=document.status,
                approved=document.status is DocumentStatus.APPROVED,
                document_id=document.id,
            )
            for document in seen
        },
        user_can_request=user.role in MAY_ASK,
        from_phase=phase,
        to_phase=_following(phase),
        eligible_gatekeepers=[GatekeeperOut.model_validate(officer)] if officer else [],
        validation_checks=checks,
    )


async def _gate_checks(product: Collaborators, access: PhaseAccess) -> list[ValidationCheckOut]:
    """Every condition of the phase's gates, as it stands now; none before there is a package."""
    project_id = access.access.project.id
    try:
        file = await product.contract_files.read(project_id)
        states = await product.gates.states(project_id, file)
    except (NoFacts, InvalidFacts):
        return []
    everything = access.access.sees(Sensitivity.SOURCE_SELECTION)
    checks: list[ValidationCheckOut] = []
    for state in states:
        if state.gate.phase != access.phase.phase_name.value:
            continue
        unmet = {condition.id: condition for condition in state.unmet}
        for number, condition in enumerate(state.gate.conditions, start=1):
            missing = unmet.get(f"{state.gate.id}.{number}")
            hidden = missing and not everything and state.gate.id in SECRET_GATES
            message = "" if missing is None else missing.sentence
            checks.append(
                ValidationCheckOut(
                    gate=state.gate.id,
                    name=condition.text,
                    passed=missing is None,
                    severity=condition.severity,
                    message=f"{state.gate.id} {HIDDEN}" if hidden else message,
                )
            )
    return checks


def _is_condition(issue: str) -> bool:
    """Whether it was said by a gate, which is asked again, and not by a check of documents."""
    return _CONDITION.match(issue) is not None


def _of_documents(check: ValidationCheckOut) -> bool:
    return "Not approved yet" in check.message


@router.post("/phases/{phase_id}/request-transition", summary="Ask the gatekeeper")
async def request_transition(
    product: Product, user: Asking, access: VisiblePhase, request_id: RequestId
) -> TransitionEnvelope:
    """A phase asks by itself when its last document is approved; this asks again."""
    newest = await _newest(product, access)
    if newest is None or newest.transition.status is not TransitionStatus.PENDING:
        await product.workflows.request_transition(
            access.access.project.id,
            access.phase.phase_name,
            RequestTransition(request_id=request_id, requested_by=user.email),
        )
        newest = await _after(product, access, newest.transition.round if newest else 0)
    return TransitionEnvelope(
        message=f"{newest.gatekeeper.name} is asked to decide",
        transition_request=TransitionOut.of(newest, await disclosure_to(product, access.access)),
    )


@router.get("/phase-transitions/pending", summary="Gates that the caller is asked to decide")
async def list_pending_transitions(
    product: Product, user: CurrentUser, limit: Limit = None, cursor: Cursor = None
) -> PendingTransitionsOut:
    everybody = user.role is Role.ADMIN
    views = await product.projects.pending_transitions(None if everybody else user.id)
    page, next_cursor = NEWEST_FIRST.cut(views, limit, cursor, _newest_first)
    disclosures = await disclosures_to(product, user, {view.project.id for view in page})
    return PendingTransitionsOut(
        pending_transitions=[TransitionOut.of(view, disclosures[view.project.id]) for view in page],
        count=len(views),
        next_cursor=next_cursor,
    )


@router.get("/projects/{project_id}/transition-history", summary="Gates, the newest first")
async def list_transitions(
    product: Product, access: VisibleProject, limit: Limit = None, cursor: Cursor = None
) -> TransitionsOut:
    views = await product.projects.transitions(access.project.id)
    page, next_cursor = NEWEST_FIRST.cut(views, limit, cursor, _newest_first)
    disclosure = await disclosure_to(product, access)
    return TransitionsOut(
        project_id=access.project.id,
        transitions=[TransitionOut.of(view, disclosure) for view in page],
        count=len(views),
        next_cursor=next_cursor,
    )


@router.post("/phase-transitions/{transition_id}/approve", summary="Pass the gate")
async def approve_transition(
    product: Product, user: CurrentUser, found: VisibleTransition, form: Form, key: IdempotencyKey
) -> TransitionEnvelope:
    return await _decide(product, user, found, form, key, approve=True)


@router.post("/phase-transitions/{transition_id}/reject", summary="Refuse the gate")
async def reject_transition(
    product: Product, user: CurrentUser, found: VisibleTransition, form: Form, key: IdempotencyKey
) -> TransitionEnvelope:
    if not form.comments.strip():
        raise Invalid.at("body", "comments", message="Say what has to change")
    return await _decide(product, user, found, form, key, approve=False)


async def _decide(
    product: Collaborators,
    user: User,
    found: TransitionAccess,
    form: GateForm,
    key: str | None,
    *,
    approve: bool,
) -> TransitionEnvelope:
    gate, keeper = found.view.transition, found.view.gatekeeper
    if user.id != gate.gatekeeper_id:
        raise RefusedPerson("NotTheGatekeeper", f"{keeper.name} decides this gate")
    # A refusal quotes what was found, and who has left the team may not read it any more.
    if not found.access.sees(Sensitivity.SOURCE_SELECTION):
        raise RefusedPerson("NotTheGatekeeper", "A gate is decided by a member of the team")
    wanted = TransitionStatus.APPROVED if approve else TransitionStatus.REJECTED
    if gate.status not in (TransitionStatus.PENDING, wanted):
        raise Conflict("GateNotOpen", f"This gate was {gate.status} already")
    if gate.status is TransitionStatus.PENDING:
        if approve:
            await _explain_warnings(product, user, gate, form.comments.strip())
        decision_id = str(uuid5(gate.id, f"{wanted}/{key}" if key else wanted))
        await product.workflows.decide_gate(
            gate.project_id,
            gate.from_phase,
            GateDecision(
                decision_id=decision_id,
                actor=user.email,
                approve=approve,
                comments=form.comments,
                warnings_explained=approve,
                warrant_usd=user.warrant_usd,
                value_usd=await asyncio.to_thread(
                    action_value, await product.contract_files.read(gate.project_id)
                ),
            ),
        )
    decided = await product.projects.transition(gate.id)
    assert decided is not None
    return TransitionEnvelope(
        message=f"{gate.from_phase.label}: {wanted}",
        transition_request=TransitionOut.of(decided, await disclosure_to(product, found.access)),
    )


async def _explain_warnings(
    product: Collaborators, user: User, gate: PhaseTransition, comments: str
) -> None:
    """Keep the gatekeeper's comments as the reason for warnings that have none.

    Raises Conflict when there are such warnings and no comments.
    """
    warnings: list[str] = gate.validation_results.get("warnings", [])
    left = await product.gates.unexplained(gate.project_id, warnings)
    if left and not comments:
        raise Conflict(
            "WarningsNeedReason",
            "Say in the comments why these warnings may stay, or correct them: " + " ".join(left),
            warnings=list(left),
        )
    closing = CLOSING_GATES[gate.from_phase]
    by_check: dict[str, list[str]] = {}
    for warning in left:
        by_check.setdefault(warning.split()[0], []).append(warning)
    for check, found in by_check.items():
        named = check.partition(".")[0]
        gate_id = named if named in GATE_IDS else closing
        await product.gates.waive(gate.project_id, gate_id, check, found, comments, user)


def _newest_first(view: TransitionView) -> tuple[float, UUID]:
    return -view.transition.requested_at.timestamp(), view.transition.id


async def _newest(product: Collaborators, access: PhaseAccess) -> TransitionView | None:
    for view in await product.projects.transitions(access.access.project.id):
        if view.transition.from_phase is access.phase.phase_name:
            return view
    return None


async def _after(product: Collaborators, access: PhaseAccess, round_: int) -> TransitionView:
    """The gate that was asked for after that round, once its package is checked."""
    give_up = asyncio.get_running_loop().time() + ROW_SECONDS
    while asyncio.get_running_loop().time() < give_up:
        newest = await _newest(product, access)
        if newest is not None and newest.transition.round > round_:
            return newest
        await asyncio.sleep(ROW_PAUSE_SECONDS)
    raise AnswerPending("The package is being checked; the gatekeeper is asked afterwards")


def _following(phase: Phase) -> Phase | None:
    later = list(Phase)[list(Phase).index(phase) + 1 :]
    return later[0] if later else None
