"""Long histories: a run continues as new and knows everything that the one before it knew."""

from collections.abc import AsyncGenerator

import pytest
from temporalio.client import Client

from activities.records import RecordNoted, TransitionRequested
from documents.identity import phase_workflow_id
from documents.vocabulary import Phase, RecordKind
from tests.fakes import FakeHouse
from tests.waiting import until
from tests.workflows.acting import decide, decide_gate, document, phase_state, under_review
from tests.workflows.conftest import OFFICER, observed, planned, server
from tests.workflows.projects import accept, note, plan, start_project
from workflows.messages import Gate, RequestTransition
from workflows.phase import PhaseWorkflow
from workflows.project import ProjectWorkflow
from workflows.updates import execute_update

LONG = 42
"""Events after which this server suggests to continue as new; others do after 4,096."""


@pytest.fixture
async def impatient() -> AsyncGenerator[Client]:
    """A server on which histories are long soon."""
    async with server(f"limit.historyCount.suggestContinueAsNew={LONG}") as environment:
        yield environment.client


@pytest.mark.history
async def test_a_project_and_its_phase_continue_as_new_and_forget_nothing(
    impatient: Client, house: FakeHouse, request: pytest.FixtureRequest
) -> None:
    async with observed(impatient, house, request):
        project_id, project = await start_project(impatient)
        await accept(project, plan(planned("PR", approvers=(OFFICER,))))
        version = document(impatient, project_id)
        await decide(version, await under_review(version), actor=OFFICER.email)
        phase = impatient.get_workflow_handle_for(
            PhaseWorkflow.run, phase_workflow_id(project_id, Phase.PRE_SOLICITATION)
        )
        await until(lambda: phase_state(phase), lambda it: it.gate is Gate.PENDING)
        refused = await decide_gate(phase, OFFICER.email, decision_id="no", approve=False)
        await note(project, RecordKind.MARKET_RESEARCH)
        again = RequestTransition(request_id="again", requested_by=OFFICER.email)
        await execute_update(phase, PhaseWorkflow.request_transition, again)
        for handle in (project, phase):
            await until(lambda handle=handle: runs(impatient, handle.id), lambda it: it >= 2)

        await until(lambda: phase_state(phase), lambda it: it.gate is Gate.PENDING)
        repeated = await decide_gate(phase, OFFICER.email, decision_id="no", approve=False)
        assert repeated == refused, "the second run took a decision of the first one for a new one"
        await note(project, RecordKind.QUESTIONS)
        kinds = {RecordKind.MARKET_RESEARCH, RecordKind.QUESTIONS}
        assert set((await project.query(ProjectWorkflow.state)).recorded) == kinds
        # An entry whose number was used before is dropped: the second run has to count on.
        assert {entry.kind for entry in house.projection.of(RecordNoted)} == kinds
        assert [entry.round for entry in house.projection.of(TransitionRequested)] == [1, 2]


async def runs(client: Client, workflow_id: str) -> int:
    return (await client.count_workflows(f'WorkflowId = "{workflow_id}"')).count
