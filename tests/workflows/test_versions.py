"""Old and new workers side by side: a version under review stays with its build, the rest moves."""

import asyncio
import os
import sys
from collections.abc import AsyncGenerator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError
from temporalio import workflow
from temporalio.api.enums.v1 import EventType, RoutingConfigUpdateState
from temporalio.api.workflowservice.v1 import DescribeWorkerDeploymentRequest
from temporalio.client import Client, WorkflowHandle
from temporalio.common import VersioningBehavior
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.testing import TimeSkippingConfig, WorkflowEnvironment
from temporalio.worker import Worker, WorkerDeploymentConfig
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner

from activities.records import ApprovalsRequested, DecisionRecorded
from documents.identity import phase_workflow_id
from documents.vocabulary import DocumentStatus, Phase
from runtime.settings import Settings
from runtime.temporal_dev import binary
from tests.fakes import FakeHouse
from tests.waiting import until
from tests.workflows.acting import decide, decide_gate, document, phase_state, under_review
from tests.workflows.conftest import COUNSEL, OFFICER, planned, workers
from tests.workflows.projects import accept, plan, start_project
from worker.registration import (
    SANDBOX,
    VERSIONED_WORKFLOWS,
    Activities,
    agent_worker,
    build_of,
    workflow_worker,
)
from workflows import search_attributes
from workflows.messages import AGENT_QUEUE, WORKFLOW_QUEUE, Gate, StartDocument
from workflows.phase import PhaseWorkflow
from workflows.pinned import PinnedDocumentWorkflow

OLD, NEW = "1", "2"
SIGNED_BY_ONE: dict[str, Any] = {"approvers": (OFFICER,)}
DEPLOYMENT = "procureflow"
NOWHERE = "postgresql://nobody@127.0.0.1:9/nothing"
"""No activity of these tests asks a database."""
IN_EFFECT = RoutingConfigUpdateState.ROUTING_CONFIG_UPDATE_STATE_COMPLETED
DYNAMIC_CONFIG = (
    "frontend.WorkflowTimeSkippingEnabled=true",
    'history.timerProcessorMaxTimeShift="10ms"',
    # Else 3 minutes: before the first look at what a build still has, and between two looks.
    'matching.wv.VersionDrainageStatusVisibilityGracePeriod="0s"',
    'matching.wv.VersionDrainageStatusRefreshInterval="1s"',
)


@workflow.defn(name="DocumentWorkflow", versioning_behavior=VersioningBehavior.PINNED)
class NextDocumentWorkflow(PinnedDocumentWorkflow):
    """What the new build makes of it: a timer comes first, so no history of the old one replays."""

    @workflow.init
    def __init__(self, start: StartDocument) -> None:
        super().__init__(start)

    @workflow.run
    async def run(self, start: StartDocument) -> DocumentStatus:
        await workflow.sleep(timedelta(milliseconds=1))
        return await super().run(start)


def next_workflow_worker(
    client: Client, activities: Activities, build: WorkerDeploymentConfig | None
) -> Worker:
    return Worker(
        client,
        task_queue=WORKFLOW_QUEUE,
        workflows=[
            NextDocumentWorkflow if kind is PinnedDocumentWorkflow else kind
            for kind in VERSIONED_WORKFLOWS
        ],
        activities=activities.records,
        workflow_runner=SandboxedWorkflowRunner(
            restrictions=SANDBOX.with_passthrough_modules("tests")
        ),
        deployment_config=build,
    )


@pytest.fixture
async def client() -> AsyncGenerator[Client]:
    """A server of each test's own: where a build is current, other workers get no work."""
    environment = await WorkflowEnvironment.start_time_skipping_v2(
        ts_config=TimeSkippingConfig(enabled=False),
        dev_server_existing_path=binary(),
        dev_server_extra_args=[
            part for value in DYNAMIC_CONFIG for part in ("--dynamic-config-value", value)
        ],
        data_converter=pydantic_data_converter,
        search_attributes=search_attributes.ALL,
    )
    async with environment:
        yield environment.client


@asynccontextmanager
async def build(
    client: Client,
    settings: Settings,
    house: FakeHouse,
    poll: Callable[..., Worker] = workflow_worker,
) -> AsyncGenerator[None]:
    """The workers of one build for the length of the block."""
    activities = replace(
        Activities.build(settings),
        records=house.record_activities(),
        agents=house.agent_activities(),
    )
    config = build_of(settings)
    try:
        async with agent_worker(client, activities, 2, config), poll(client, activities, config):
            yield
    finally:
        await activities.close()


@pytest.fixture
def old(tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path, database_url=NOWHERE, temporal_worker_build_id=OLD)


@pytest.fixture
def new(tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path, database_url=NOWHERE, temporal_worker_build_id=NEW)


async def operator(client: Client, *command: str) -> tuple[int | None, str]:
    """Exit code and output of a command of Temporal's command line."""
    process = await asyncio.create_subprocess_exec(
        *(binary(), *command, "--address", client.service_client.config.target_host),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await process.communicate()
    return process.returncode, said.decode()


async def make_current(client: Client, build_id: str) -> None:
    """Refused until the build's workers poll both queues; then it takes a moment to take effect."""
    command = ("worker", "deployment", "set-current-version", "--yes", *version_of(build_id))
    await until(lambda: operator(client, *command), lambda answer: answer[0] == 0)
    question = DescribeWorkerDeploymentRequest(
        namespace=client.namespace, deployment_name=DEPLOYMENT
    )
    await until(
        lambda: client.workflow_service.describe_worker_deployment(question),
        lambda answer: answer.worker_deployment_info.routing_config_update_state == IN_EFFECT,
    )


def version_of(build_id: str) -> tuple[str, ...]:
    return ("--deployment-name", DEPLOYMENT, "--build-id", build_id)


async def described(client: Client, build_id: str, *words: str) -> None:
    """Wait until the description of a build has each of the words at the end of a line."""
    command = ("worker", "deployment", "describe-version", *version_of(build_id))
    await until(
        lambda: operator(client, *command),
        lambda answer: all(f" {word}\n" in answer[1] for word in words),
        seconds=60,
    )


async def builds(handle: WorkflowHandle[Any, Any]) -> list[str]:
    """Which builds did the workflow's tasks, in order and without repetition; none failed."""
    found: list[str] = []
    for event in (await handle.fetch_history()).events:
        assert event.event_type != EventType.EVENT_TYPE_WORKFLOW_TASK_FAILED, handle.id
        if event.event_type == EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED:
            done = event.workflow_task_completed_event_attributes.deployment_version.build_id
            found += [done] if found[-1:] != [done] else []
    return found


async def test_a_version_under_review_ends_on_its_build_and_what_lives_long_moves_to_the_next(
    client: Client, old: Settings, new: Settings
) -> None:
    before = FakeHouse()
    after = FakeHouse(artifacts=before.artifacts)
    async with AsyncExitStack() as old_workers, build(client, new, after, next_workflow_worker):
        await old_workers.enter_async_context(build(client, old, before))
        await make_current(client, OLD)
        project_id, project = await start_project(client)
        await accept(
            project,
            plan(
                planned("PR", **SIGNED_BY_ONE),
                planned("MRR", 2, requires=("PR",), **SIGNED_BY_ONE),
                planned("SEC-C", 3, phase=Phase.SOLICITATION, **SIGNED_BY_ONE),
            ),
        )
        first, second, third = (
            document(client, project_id, code) for code in ("PR", "MRR", "SEC-C")
        )
        phase = client.get_workflow_handle_for(
            PhaseWorkflow.run, phase_workflow_id(project_id, Phase.PRE_SOLICITATION)
        )
        view = await under_review(first)
        assert after.projection.entries == {}, "a build that is not current has no work"

        await make_current(client, NEW)
        await described(client, OLD, "draining")
        await decide(first, view, actor=OFFICER.email)
        assert await first.result() is DocumentStatus.APPROVED
        await described(client, OLD, "drained")
        await old_workers.aclose()

        await decide(second, await under_review(second), actor=OFFICER.email)
        await until(lambda: phase_state(phase), lambda it: it.gate is Gate.PENDING)
        await decide_gate(phase, OFFICER.email)
        await under_review(third)

    assert await builds(first) == [OLD]
    assert await builds(second) == await builds(third) == [NEW]
    assert await builds(phase) == await builds(project) == [OLD, NEW]
    for version, house in ((first, before), (second, after), (third, after)):
        other = after if house is before else before
        assert house.projection.of(ApprovalsRequested, version.id)
        assert not other.projection.of(ApprovalsRequested, version.id)
    assert before.projection.of(DecisionRecorded, first.id), "activities follow their workflow"


async def test_what_began_without_versions_is_adopted_and_an_operator_moves_a_version_on(
    client: Client, old: Settings, new: Settings
) -> None:
    house = FakeHouse()
    async with workers(client, house):
        project_id, project = await start_project(client)
        await accept(project, plan(planned("PR")))
        version = document(client, project_id, "PR")
        view = await under_review(version)
    async with AsyncExitStack() as old_workers, build(client, new, house):
        await old_workers.enter_async_context(build(client, old, house))
        await make_current(client, OLD)
        await decide(version, view, actor=COUNSEL.email)
        view = await under_review(version)
        assert await builds(version) == ["", OLD]

        await make_current(client, NEW)
        override = ("--versioning-override-behavior", "pinned")
        target = (
            *("--versioning-override-deployment-name", DEPLOYMENT),
            *("--versioning-override-build-id", NEW),
        )
        command = ("workflow", "update-options", "--workflow-id", version.id, *override, *target)
        assert (await operator(client, *command))[0] == 0
        await described(client, OLD, "drained")
        await old_workers.aclose()
        await decide(version, view, actor=OFFICER.email)
        assert await version.result() is DocumentStatus.APPROVED
    assert await builds(version) == ["", OLD, NEW]


async def test_a_release_taken_back_returns_the_project_and_keeps_the_versions_it_began(
    client: Client, old: Settings, new: Settings
) -> None:
    accepted = plan(planned("PR", **SIGNED_BY_ONE))
    before, after = FakeHouse(), FakeHouse()
    async with build(client, old, before), build(client, new, after):
        await make_current(client, OLD)
        project_id, project = await start_project(client)
        await until(lambda: builds(project), lambda done: done == [OLD])
        await make_current(client, NEW)
        await accept(project, accepted)
        version = document(client, project_id, "PR")
        view = await under_review(version)
        assert await builds(project) == [OLD, NEW]

        await make_current(client, OLD)
        await accept(project, accepted)  # changes nothing, but is a task
        assert await builds(project) == [OLD, NEW, OLD]
        await decide(version, view, actor=OFFICER.email)
        assert await version.result() is DocumentStatus.APPROVED
    assert await builds(version) == [NEW]


async def test_a_worker_is_the_build_that_its_settings_name(client: Client, tmp_path: Path) -> None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "worker"),
        env={
            **os.environ,
            "DATA_DIR": str(tmp_path),
            "DATABASE_URL": NOWHERE,
            "TEMPORAL_ADDRESS": client.service_client.config.target_host,
            "TEMPORAL_WORKER_BUILD_ID": "2026.11-a1b2c3d",
        },
    )
    try:
        polled = (
            f"{WORKFLOW_QUEUE}  workflow",
            f"{WORKFLOW_QUEUE}  activity",
            f"{AGENT_QUEUE}     activity",
        )
        await described(client, "2026.11-a1b2c3d", *polled)
    finally:
        process.terminate()
        await process.wait()
    assert process.returncode == 0


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("TEMPORAL_WORKER_BUILD_ID", "release 7"),
        ("TEMPORAL_WORKER_BUILD_ID", "__unversioned__"),
        ("TEMPORAL_WORKER_BUILD_ID", "b" * 129),
        ("TEMPORAL_DEPLOYMENT_NAME", "procure.flow"),
        ("TEMPORAL_DEPLOYMENT_NAME", "procure:flow"),
    ],
)
def test_a_name_under_which_temporal_gives_no_work_is_refused(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(ValidationError, match=f"write {name} in letters"):
        Settings()
