"""What people do with a whole project in workflow tests: open it, accept, record, revise."""

from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from temporalio.client import Client, WorkflowHandle

from documents.identity import phase_workflow_id, project_workflow_id
from documents.plan import Plan, PlannedDocument
from documents.vocabulary import Phase, RecordKind
from tests.waiting import until
from tests.workflows.conftest import OFFICER
from workflows.messages import (
    WORKFLOW_QUEUE,
    AcceptPackage,
    NoteRecord,
    RevisePackage,
    RevisionReceipt,
    StartProject,
)
from workflows.phase import PhaseWorkflow
from workflows.project import ProjectWorkflow
from workflows.updates import execute_update

Project = WorkflowHandle[ProjectWorkflow, None]
ONE: dict[str, Any] = {"approvers": (OFFICER,)}


def plan(*documents: PlannedDocument) -> Plan:
    return Plan(
        title="Test acquisition",
        gatekeeper=OFFICER,
        value_with_options=Decimal("1000000.00"),
        documents=documents,
    )


async def start_project(client: Client) -> tuple[UUID, Project]:
    project_id = uuid4()
    handle = await client.start_workflow(
        ProjectWorkflow.run,
        StartProject(project_id=project_id),
        id=project_workflow_id(project_id),
        task_queue=WORKFLOW_QUEUE,
    )
    return project_id, handle


async def accept(project: Project, accepted: Plan) -> None:
    await execute_update(
        project, ProjectWorkflow.accept_package, AcceptPackage(plan=accepted, actor=OFFICER.email)
    )


async def note(project: Project, kind: RecordKind) -> None:
    await execute_update(
        project,
        ProjectWorkflow.note_record,
        NoteRecord(kind=kind, record_id=uuid4(), actor=OFFICER.email),
    )


async def revise(project: Project, revised: Plan, **more: Any) -> RevisionReceipt:
    fields: dict[str, Any] = {
        "request_id": str(uuid4()),
        "plan": revised,
        "facts_id": uuid4(),
        "actor": OFFICER.email,
        **more,
    }
    return await execute_update(
        project, ProjectWorkflow.revise_package, RevisePackage.model_validate(fields)
    )


def phase_of(
    client: Client, project_id: UUID, phase: Phase = Phase.PRE_SOLICITATION
) -> WorkflowHandle[PhaseWorkflow, None]:
    return client.get_workflow_handle_for(PhaseWorkflow.run, phase_workflow_id(project_id, phase))


async def ready(client: Client, accepted: Plan) -> tuple[UUID, Project]:
    project_id, project = await start_project(client)
    await accept(project, accepted)
    await until(lambda: project.query(ProjectWorkflow.state), lambda state: state.opened)
    return project_id, project
