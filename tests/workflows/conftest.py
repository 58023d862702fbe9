"""A worker for workflow tests: real engine, real activities, fake collaborators."""

import sys
from collections.abc import AsyncGenerator, Callable, Iterable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from temporalio.client import Client, WorkflowHandle, WorkflowHistory
from temporalio.common import WorkflowIDConflictPolicy
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.testing import TimeSkippingConfig, WorkflowEnvironment
from temporalio.worker import Worker
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner

from documents.identity import phase_workflow_id
from documents.plan import Assignee, PlannedDocument
from documents.vocabulary import Phase, Position, Sensitivity
from tests.fakes import FakeHouse
from tests.leftovers import end_what_runs
from tests.workflows import fingerprints
from worker.registration import SANDBOX, STICKY_TIMEOUT, WORKFLOWS
from workflows import search_attributes
from workflows.messages import AGENT_QUEUE, WORKFLOW_QUEUE, StartPhase
from workflows.phase import PhaseWorkflow

HISTORIES = Path(__file__).parent / "histories"

SPECIALIST = Assignee(
    position=Position.CONTRACT_SPECIALIST, email="specialist@example.mil", name="The Specialist"
)
OFFICER = Assignee(
    position=Position.CONTRACTING_OFFICER, email="officer@example.mil", name="The Officer"
)
COUNSEL = Assignee(position=Position.LEGAL_COUNSEL, email="counsel@example.mil", name="The Counsel")


def planned(code: str, order: int = 1, **more: object) -> PlannedDocument:
    """A document of a test plan: drafted by the specialist, signed by counsel, then officer."""
    fields: dict[str, object] = {
        "code": code,
        "title": f"Document {code}",
        "phase": Phase.PRE_SOLICITATION,
        "order": order,
        "sensitivity": Sensitivity.INTERNAL,
        "drafter": SPECIALIST,
        "approvers": (COUNSEL, OFFICER),
        **more,
    }
    return PlannedDocument.model_validate(fields)


@pytest.fixture
def house() -> FakeHouse:
    return FakeHouse()


@asynccontextmanager
async def workers(
    client: Client, house: FakeHouse, *more: Callable[..., Any]
) -> AsyncGenerator[None]:
    """Poll both queues for the length of the block; ``more`` are activities beside the house's."""
    agents = Worker(client, task_queue=AGENT_QUEUE, activities=house.agent_activities())
    workflows = Worker(
        client,
        task_queue=WORKFLOW_QUEUE,
        workflows=WORKFLOWS,
        activities=[*house.record_activities(), *more],
        workflow_runner=SandboxedWorkflowRunner(restrictions=SANDBOX),
        sticky_queue_schedule_to_start_timeout=STICKY_TIMEOUT,
    )
    async with agents, workflows:
        yield


@pytest.fixture
async def worker(
    temporal_client: Client, house: FakeHouse, request: pytest.FixtureRequest
) -> AsyncGenerator[None]:
    """Workers for the length of a test; tests run one after the other."""
    async with observed(temporal_client, house, request):
        yield


@asynccontextmanager
async def observed(
    client: Client,
    house: FakeHouse,
    request: pytest.FixtureRequest,
    *more: Callable[..., Any],
) -> AsyncGenerator[None]:
    """Workers for a test; what its workflows order is compared or kept, if it is marked so."""
    begun, failed = datetime.now(UTC), request.session.testsfailed
    test: str = request.node.name
    async with workers(client, house, *more):
        yield
        if request.node.get_closest_marker("history") and request.session.testsfailed == failed:
            histories = await fingerprints.histories_at_rest(client, begun)
            ordered = {
                run: fingerprints.fingerprint(history)
                for run, history in histories.items()
                if not fingerprints.ends_where_it_may(history)
            }
            if request.config.getoption("--record-histories"):
                fingerprints.keep(test, ordered)
                _keep_histories(test, histories.values())
            elif changed := fingerprints.difference(test, fingerprints.read(), ordered):
                pytest.fail(changed, pytrace=False)
    await end_what_runs(client)


def _keep_histories(test: str, histories: Iterable[WorkflowHistory]) -> None:
    """Keep the longest history of each workflow type that a test made, and of continued runs."""
    for longest in sorted(histories, key=lambda history: len(history.events)):
        started = longest.events[0].workflow_execution_started_event_attributes
        continued = "--continued" if started.continued_execution_run_id else ""
        path = HISTORIES / f"{test}{continued}--{started.workflow_type.name}.json"
        path.write_text(longest.to_json() + "\n", encoding="utf-8")


@pytest.fixture(scope="session")
async def skipping() -> AsyncGenerator[WorkflowEnvironment]:
    """A real server whose workflows can be fast-forwarded one by one."""
    async with server() as environment:
        yield environment


@asynccontextmanager
async def server(*configured: str) -> AsyncGenerator[WorkflowEnvironment]:
    """A server of its own, as ``skipping``, with this dynamic configuration: ``key=value``."""
    settings = ("frontend.WorkflowTimeSkippingEnabled=true", *configured)
    environment = await WorkflowEnvironment.start_time_skipping_v2(
        ts_config=TimeSkippingConfig(enabled=False),
        dev_server_existing_path=str(Path(sys.prefix) / "bin" / "temporal"),
        dev_server_extra_args=[
            word for setting in settings for word in ("--dynamic-config-value", setting)
        ],
        data_converter=pydantic_data_converter,
        search_attributes=search_attributes.ALL,
    )
    async with environment:
        yield environment


async def start_phase(
    client: Client, *documents: PlannedDocument, auto_draft: bool = True, **more: object
) -> tuple[UUID, WorkflowHandle[PhaseWorkflow, None]]:
    """Start a phase of its own project and return the project's id and the phase's handle."""
    project_id = uuid4()
    start = StartPhase.model_validate(
        {
            "project_id": project_id,
            "phase": Phase.PRE_SOLICITATION,
            "title": "Test acquisition",
            "documents": documents,
            "gatekeeper": OFFICER,
            "auto_draft": auto_draft,
            **more,
        }
    )
    handle = await client.start_workflow(
        PhaseWorkflow.run,
        start,
        id=phase_workflow_id(project_id, start.phase),
        task_queue=WORKFLOW_QUEUE,
        id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
    )
    return project_id, handle
