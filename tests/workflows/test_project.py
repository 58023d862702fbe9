"""One acquisition: acceptance of the package, phases one after the other, records for them."""

from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest
from temporalio.client import Client, WorkflowHandle, WorkflowUpdateFailedError

from activities.records import ProjectChange, RecordNoted
from documents.identity import phase_workflow_id, project_workflow_id
from documents.plan import Plan, PlannedDocument
from documents.vocabulary import Phase, ProjectStatus, RecordKind
from tests.fakes import FakeHouse
from tests.waiting import until
from tests.workflows.acting import (
    decide,
    decide_gate,
    document,
    phase_state,
    refusal,
    under_review,
)
from tests.workflows.conftest import OFFICER, planned
from workflows.messages import WORKFLOW_QUEUE, AcceptPackage, Gate, NoteRecord, StartProject
from workflows.phase import PhaseWorkflow
from workflows.project import ProjectWorkflow
from workflows.updates import execute_update

Project = WorkflowHandle[ProjectWorkflow, None]


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


@pytest.mark.history
async def test_an_acquisition_passes_its_phases_in_order_and_ends_complete(
    temporal_client: Client, worker: None, house: FakeHouse
) -> None:
    signed_by_one: dict[str, Any] = {"approvers": (OFFICER,)}
    project_id, project = await start_project(temporal_client)
    await accept(
        project,
        plan(
            planned("PR", **signed_by_one),
            planned("SEC-C", 2, phase=Phase.SOLICITATION, requires=("PR",), **signed_by_one),
            planned("SF26", 3, phase=Phase.POST_SOLICITATION, **signed_by_one),
        ),
    )
    for phase, code in zip(Phase, ("PR", "SEC-C", "SF26"), strict=True):
        version = document(temporal_client, project_id, code)
        await decide(version, await under_review(version), actor=OFFICER.email)
        handle = temporal_client.get_workflow_handle_for(
            PhaseWorkflow.run, phase_workflow_id(project_id, phase)
        )
        await until(lambda handle=handle: phase_state(handle), lambda it: it.gate is Gate.PENDING)
        await decide_gate(handle, OFFICER.email)
    await project.result()
    changes: list[ProjectChange] = house.projection.of(ProjectChange)
    assert [change.phase for change in changes[:-1]] == list(Phase)
    assert changes[-1].status is ProjectStatus.COMPLETED


async def test_an_accepted_package_is_frozen(
    temporal_client: Client, worker: None, house: FakeHouse
) -> None:
    _, project = await start_project(temporal_client)
    await accept(project, plan(planned("PR")))
    await accept(project, plan(planned("PR")))
    with pytest.raises(WorkflowUpdateFailedError) as error:
        await accept(project, plan(planned("PR"), planned("SSN", 2)))
    assert refusal(error) == "PackageAlreadyAccepted"


@pytest.mark.history
async def test_a_record_made_before_its_phase_is_known_to_it_from_the_start(
    temporal_client: Client, worker: None, house: FakeHouse
) -> None:
    project_id, project = await start_project(temporal_client)
    with pytest.raises(WorkflowUpdateFailedError) as error:
        await note(project, RecordKind.MARKET_RESEARCH)
    assert refusal(error) == "PackageNotAccepted"
    house.projection.held = ProjectChange  # the entry into the first phase
    await accept(project, plan(planned("MRR", records=(RecordKind.MARKET_RESEARCH,))))
    await house.projection.reached.wait()
    await note(project, RecordKind.MARKET_RESEARCH)
    house.projection.released.set()
    await under_review(document(temporal_client, project_id, "MRR"))
    assert [record.kind for record in house.projection.of(RecordNoted)] == [
        RecordKind.MARKET_RESEARCH
    ]
