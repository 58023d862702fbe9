"""A project with a team, an internal document and one with source selection information."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID, uuid4

from sqlalchemy import select

from activities.records import OpenProject, TransitionRequested
from db.artifacts import ArtifactStore
from db.intake import Intake, NewProject
from db.models import DocumentApproval, DocumentUpload, ProjectDocument, ProjectPhase
from db.projection import Projection
from db.session import Sessions, create_engine, create_sessions
from documents.identity import document_workflow_id, phase_workflow_id, project_workflow_id
from documents.plan import Assignee, Plan, PlannedDocument
from documents.vocabulary import Phase, Position, ProjectType, Sensitivity
from runtime.settings import Settings
from tests.db.entries import DUE, approvals_requested, changed
from tests.db.people import COMPTROLLER, MANAGER, OFFICER, SPECIALIST, user_id

INTERNAL, SECRET = "PR", "SSEB"
SECRET_NAME = "Ratings of Zephyr Systems"
"""Who reads this name somewhere has seen source selection information."""
OPEN_FINDING = f"X12 {INTERNAL}: says 'should': say 'shall'."
SECRET_FINDINGS = (
    f"X32 {SECRET}: does not state $8,123,456.00 of Meridian Logistics: correct the price.",
    "X03 package: the lines add up to $7,654,321.00, the estimate's total is $7,700,000.00: "
    "correct the line plan.",
    "G9.1 Not recorded yet: the consensus on Meridian Logistics.",
    f"{SECRET_NAME} was made from an earlier package: draft it again (changed: offers).",
)
"""Of a secret document, of the whole package, of a secret gate, and without a code."""
CHAIR = Assignee(position=Position.SSEB_CHAIR, email="d.nguyen@navy.mil", name="D. Nguyen")


@dataclass(frozen=True, slots=True)
class Sample:
    """The ids of one project and of what belongs to it."""

    project: UUID
    phase: UUID
    documents: Mapping[str, UUID]
    uploads: Mapping[str, UUID]
    approvals: Mapping[str, UUID]
    tasks: Mapping[str, str]


def _planned(code: str, title: str, drafter: Assignee, approver: Assignee) -> PlannedDocument:
    is_secret = code == SECRET
    return PlannedDocument(
        code=code,
        title=title,
        category="Requirements",
        phase=Phase.PRE_SOLICITATION,
        order=1 + is_secret,
        sensitivity=Sensitivity.SOURCE_SELECTION if is_secret else Sensitivity.INTERNAL,
        drafter=drafter,
        approvers=(approver,),
    )


PLAN = Plan(
    title="Radios",
    gatekeeper=OFFICER,
    value_with_options=Decimal("1000000.00"),
    documents=(
        _planned(INTERNAL, "Purchase request", MANAGER, COMPTROLLER),
        _planned(SECRET, SECRET_NAME, CHAIR, OFFICER),
    ),
)


@asynccontextmanager
async def database(settings: Settings) -> AsyncGenerator[Sessions]:
    engine = create_engine(settings.require_database_url())
    try:
        yield create_sessions(engine)
    finally:
        await engine.dispose()


async def sample_project(settings: Settings) -> Sample:
    """Write what workflows would have written; no workflow runs."""
    store = ArtifactStore(settings.artifacts_dir)
    async with database(settings) as sessions:
        new = NewProject(name=f"Radios {uuid4()}", project_type=ProjectType.RFP)
        project = (await Intake(sessions).create_project(new, user_id(SPECIALIST))).id
        projection = Projection(sessions)
        await projection.open_project(
            OpenProject(
                project_id=project,
                workflow_id=project_workflow_id(project),
                seq=1,
                plan=PLAN,
                actor=OFFICER.email,
            )
        )
        for document in PLAN.documents:
            for part in ("docx", "pdf", "text"):
                await store.write(f"{document.code} 1 {part}".encode())
            await projection.change_document(changed(project, document.code))
            await projection.request_approvals(
                approvals_requested(project, PLAN, document.code), DUE
            )
        await projection.request_transition(gate_requested(project))
        return await _ids(sessions, project)


def gate_requested(
    project: UUID, round_: int = 1, gatekeeper: Assignee = OFFICER
) -> TransitionRequested:
    """The gate of the first phase, asked for with findings and warnings that are partly secret."""
    return TransitionRequested(
        project_id=project,
        workflow_id=phase_workflow_id(project, Phase.PRE_SOLICITATION),
        seq=round_,
        phase=Phase.PRE_SOLICITATION,
        round=round_,
        requested_by="",
        gatekeeper=gatekeeper,
        blocking=(OPEN_FINDING, *SECRET_FINDINGS),
        warnings=(OPEN_FINDING, *SECRET_FINDINGS),
    )


async def _ids(sessions: Sessions, project: UUID) -> Sample:
    async with sessions() as session:
        rows = await session.scalars(
            select(ProjectDocument).where(ProjectDocument.project_id == project)
        )
        documents = {row.code: row.id for row in rows}
        codes = {key: code for code, key in documents.items()}
        uploads = await session.scalars(
            select(DocumentUpload).where(DocumentUpload.project_document_id.in_(codes))
        )
        approvals = await session.scalars(
            select(DocumentApproval).where(DocumentApproval.project_document_id.in_(codes))
        )
        phase = await session.scalar(
            select(ProjectPhase.id)
            .where(ProjectPhase.project_id == project)
            .order_by(ProjectPhase.phase_order)
            .limit(1)
        )
        assert phase is not None
        return Sample(
            project=project,
            phase=phase,
            documents=documents,
            uploads={codes[row.project_document_id]: row.id for row in uploads},
            approvals={codes[row.project_document_id]: row.id for row in approvals},
            tasks={code: document_workflow_id(project, code, 1) for code in documents},
        )
