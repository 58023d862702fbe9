"""The gates of an acquisition, the reasons for passing them with warnings, checks on demand."""

import asyncio
from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path
from pydantic import BaseModel, Field

from api.access import Access, VisibleProject, disclosure_to
from api.checks import HIDDEN, SECRET_GATES, Checked
from api.dependencies import Collaborators, CurrentUser, Product
from api.errors import Conflict, Invalid, NotAllowed, NotFound
from api.routes.users import PersonOut
from db.contract_file import NoFacts
from db.gates import WaiverView
from documents.facts import InvalidFacts
from documents.vocabulary import Phase, Position, Role, Sensitivity
from rules.checks import CHECKS, Finding, Severity
from rules.gates import GATES, GateState, GateStatus, Unmet

router = APIRouter(prefix="/api/projects/{project_id}", tags=["Gates"])

GateId = Annotated[str, Path(pattern=r"^G(\d|1[0-2])$", examples=["G4"])]
GATE_IDS = frozenset(gate.id for gate in GATES)


class ConditionOut(BaseModel):
    id: str
    """For example ``G4.2``, or the check that warns, such as ``X12``."""
    severity: Severity
    """B blocks; W may be left unmet for a written reason."""
    text: str
    remedy: str
    """What to do; empty where the text says it."""
    reason: str | None = None
    """Why it was left unmet, as somebody has written."""

    @classmethod
    def of(cls, unmet: Unmet, reasons: dict[str, str]) -> "ConditionOut":
        return cls(
            id=unmet.id,
            severity=unmet.severity,
            text=unmet.text,
            remedy=unmet.remedy,
            reason=reasons.get(unmet.sentence),
        )


class GateOut(BaseModel):
    id: str
    title: str
    phase: Phase
    decides: Position
    status: GateStatus
    conditions: list[str]
    """Everything that the gate asks for."""
    unmet: list[ConditionOut]


class WaiverOut(BaseModel):
    id: UUID
    gate: str
    check: str
    warnings: list[str]
    """The warnings that the reason covers, as they read."""
    reason: str
    waived_by: PersonOut
    waived_at: datetime

    @classmethod
    def of(cls, view: WaiverView) -> "WaiverOut":
        return cls(
            id=view.waiver.id,
            gate=view.waiver.gate,
            check=view.waiver.check,
            warnings=view.waiver.warnings,
            reason=view.waiver.reason,
            waived_by=PersonOut.model_validate(view.waived_by),
            waived_at=view.waiver.waived_at,
        )


class GatesOut(BaseModel):
    project_id: UUID
    gates: list[GateOut]
    waivers: list[WaiverOut]


class WaiverForm(BaseModel):
    check: str = Field(pattern=r"^[A-Z][0-9.]{1,6}$", examples=["X12"])
    """The check or condition whose warnings are left as they are."""
    reason: str = Field(min_length=10, max_length=4000)


class WaiverEnvelope(BaseModel):
    message: str
    waiver: WaiverOut


class FindingOut(BaseModel):
    check: str
    title: str
    severity: Severity
    document: str
    """Code of the document; empty for the package as a whole."""
    message: str
    """What is wrong, where, and what to do."""


class ChecksOut(BaseModel):
    project_id: UUID
    documents: list[str]
    """Codes of the approved documents that were read."""
    checks: int
    """How many checks ran."""
    blocking: int
    warnings: int
    findings: list[FindingOut]
    withheld: bool
    """Whether there may be more, about source selection documents."""


@router.get("/gates", summary="All gates with what is still missing")
async def list_gates(product: Product, access: VisibleProject) -> GatesOut:
    """Reads the approved documents if they changed since: the first call takes some seconds."""
    checked = await _checked(product, access)
    everything = access.sees(Sensitivity.SOURCE_SELECTION)
    findings = checked.seen(everything=everything)
    states = await product.gates.states(access.project.id, checked.file, findings)
    waivers = await product.gates.waivers(access.project.id)
    disclosure = await disclosure_to(product, access)
    reasons = {text: view.waiver.reason for view in waivers for text in view.waiver.warnings}
    return GatesOut(
        project_id=access.project.id,
        gates=[_gate(state, reasons, everything=everything) for state in states],
        waivers=[
            WaiverOut.of(view)
            for view in waivers
            if all(disclosure.allows(warning) for warning in view.waiver.warnings)
        ],
    )


@router.post("/gates/{gate}/waivers", summary="Give the reason for which a warning may stay")
async def waive_warning(
    product: Product, user: CurrentUser, access: VisibleProject, gate: GateId, form: WaiverForm
) -> WaiverEnvelope:
    """Only for warnings, by who decides the gate; another wording needs another reason."""
    row = next((row for row in GATES if row.id == gate), None)
    if row is None:
        raise NotFound("Gate")
    access.require(Position(row.decides), Position.CONTRACTING_OFFICER)
    if access.user.role is Role.VIEWER:
        raise NotAllowed("A viewer changes nothing")
    checked = await _checked(product, access)
    states = await product.gates.states(access.project.id, checked.file, checked.findings)
    state = next(state for state in states if state.gate.id == gate)
    unmet = [unmet for unmet in state.unmet if unmet.id == form.check]
    if not unmet:
        raise Conflict("NoSuchWarning", f"{form.check} has nothing to warn of at gate {gate}")
    if any(condition.blocks for condition in unmet):
        raise Conflict(
            "BlocksTheGate",
            f"{form.check} blocks gate {gate}: no reason makes up for it. "
            + " ".join(condition.sentence for condition in unmet),
        )
    reason = form.reason.strip()
    if not reason:
        raise Invalid.at("body", "reason", message="Say why the warning may stay")
    view = await product.gates.waive(
        access.project.id, gate, form.check, [each.sentence for each in unmet], reason, user
    )
    return WaiverEnvelope(
        message=f"{form.check} no longer holds gate {gate}", waiver=WaiverOut.of(view)
    )


@router.post("/checks", summary="Check now that the documents agree with each other")
async def run_package_checks(product: Product, access: VisibleProject) -> ChecksOut:
    """Over the approved documents, by the text that is really in their files; changes nothing."""
    if access.user.role is Role.VIEWER:
        raise NotAllowed("A viewer reads what was found at the gates")
    checked = await _checked(product, access)
    everything = access.sees(Sensitivity.SOURCE_SELECTION)
    findings = checked.seen(everything=everything)
    return ChecksOut(
        project_id=access.project.id,
        documents=[code for code in checked.documents if everything or code not in checked.secret],
        checks=len(CHECKS),
        blocking=sum(finding.blocks for finding in findings),
        warnings=sum(not finding.blocks for finding in findings),
        findings=[_finding(finding) for finding in findings],
        withheld=not everything and bool(checked.secret),
    )


async def _checked(product: Collaborators, access: Access) -> Checked:
    try:
        async with asyncio.timeout(120):
            return await product.checks.run(access.project.id)
    except NoFacts as error:
        raise Conflict("PackageNotAccepted", "There is no requirements package yet") from error
    except InvalidFacts as error:
        raise Conflict("InvalidPackage", f"The package has to be corrected: {error}") from error


def _gate(state: GateState, reasons: dict[str, str], *, everything: bool) -> GateOut:
    hidden = not everything and state.gate.id in SECRET_GATES and bool(state.unmet)
    shown = [ConditionOut.of(unmet, reasons) for unmet in state.unmet]
    if hidden:
        worst = Severity.BLOCKS if state.status is GateStatus.BLOCKED else Severity.WARNS
        shown = [ConditionOut(id=state.gate.id, severity=worst, text=HIDDEN, remedy="")]
    return GateOut(
        id=state.gate.id,
        title=state.gate.title,
        phase=Phase(state.gate.phase),
        decides=Position(state.gate.decides),
        status=state.status,
        conditions=[condition.text for condition in state.gate.conditions],
        unmet=shown,
    )


def _finding(finding: Finding) -> FindingOut:
    return FindingOut(
        check=finding.check,
        title=CHECKS[finding.check].title,
        severity=finding.severity,
        document=finding.document,
        message=finding.message,
    )
