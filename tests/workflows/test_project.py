"""One acquisition: acceptance of the package, phases one after the other, records for them."""

from typing import Any

import pytest
from temporalio.client import Client, WorkflowUpdateFailedError

from activities.records import ProjectChange, RecordNoted
from documents.identity import phase_workflow_id
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
from tests.workflows.projects import accept, note, plan, start_project
from workflows.messages import Gate
from workflows.phase import PhaseWorkflow


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
