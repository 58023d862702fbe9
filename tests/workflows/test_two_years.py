"""Runs that continue as new: how long they get in two years, and what is carried over."""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from temporalio.client import Client, WorkflowHandle
from temporalio.testing import WorkflowEnvironment

from activities.records import ReminderSent, ReviseProject, TransitionDecided
from documents.identity import document_workflow_id
from documents.plan import Assignee, Plan
from documents.vocabulary import RecordKind
from runtime.temporal_dev import dynamic_config
from tests.fakes import FakeHouse
from tests.waiting import until
from tests.workflows.acting import (
    Document,
    Phase,
    current_details,
    decide,
    decide_gate,
    document,
    generate,
    phase_state,
    under_review,
)
from tests.workflows.conftest import COUNSEL, OFFICER, planned, server, start_phase, workers
from tests.workflows.projects import ONE, Project, note, phase_of, plan, ready, revise
from workflows.answers import ANSWERS_KEPT, newest
from workflows.document import DocumentWorkflow
from workflows.messages import (
    Gate,
    GateReceipt,
    GenerateReceipt,
    Order,
    PhaseState,
    RequestTransition,
)
from workflows.phase import PhaseWorkflow
from workflows.updates import execute_update

Handle = WorkflowHandle[Any, Any]

DAYS, DAY = 730, timedelta(days=1)
MOST_EVENTS = 5_000
MOST_BYTES_CARRIED = 100_000


@dataclass(slots=True)
class Life:
    """A project in which something happens every day, the same from month to month."""

    client: Client
    project_id: UUID
    project: Project
    phase: Phase
    package: Plan
    awaited: dict[str, Document] = field(default_factory=dict[str, Document])
    """The versions that await a signature: nothing else has a timer, so only they skip time."""

    async def event(self, day: int) -> None:
        """What happens on that day of the month."""
        match day:
            case 0:
                await self.draft("PR")
            case 1:
                await self.draft("SSN")
            case 18:
                await self.sign("PR", COUNSEL)
            case 19:
                await self.sign("PR", OFFICER)
                del self.awaited["PR"]
            case 20:
                await self.sign("SSN", OFFICER)
                del self.awaited["SSN"]
                await gate(self.phase, Gate.PENDING)
            case 21:
                await remind(self.phase)
            case 22 | 24:
                await refuse(self.phase, str(uuid4()))
            case 23:
                await ask_again(self.phase)
            case _ if day % 4 == 3:
                await revise(self.project, self.package)
            case _:
                await note(self.project, RecordKind.MARKET_RESEARCH)

    async def draft(self, code: str) -> None:
        receipt = await generate(self.phase, code)
        self.awaited[code] = document(self.client, self.project_id, code, receipt.version)
        await under_review(self.awaited[code])

    async def sign(self, code: str, signer: Assignee) -> None:
        version = self.awaited[code]
        await decide(version, await under_review(version), actor=signer.email)


@pytest.fixture
async def hasty(house: FakeHouse) -> AsyncGenerator[WorkflowEnvironment]:
    """A server that suggests to continue as new after so few events that a test gets there."""
    async with (
        server("limit.historyCount.suggestContinueAsNew=150") as environment,
        workers(environment.client, house),
    ):
        yield environment


async def run_of(handle: Handle) -> str:
    return (await handle.describe()).run_id


async def continued(handle: Handle, happens: Callable[[], Awaitable[Any]]) -> None:
    """Let it happen again and again until the workflow has continued as new."""
    before = await run_of(handle)
    for _ in range(60):
        await happens()
        if await run_of(handle) != before:
            return
    pytest.fail(f"{handle.id} has {(await handle.describe()).history_length} events in one run")


async def test_a_version_awaits_its_signature_while_project_and_phase_continue_as_new(
    hasty: WorkflowEnvironment, house: FakeHouse
) -> None:
    package = plan(planned("PR"), planned("SSN", 2, **ONE))
    project_id, project = await ready(hasty.client, package)
    phase, version = phase_of(hasty.client, project_id), document(hasty.client, project_id)
    asked = await under_review(version)
    revised = await revise(project, package, request_id="revise-once")
    drafted = await generate(phase, "SSN", request_id="draft-once")
    await continued(project, lambda: note(project, RecordKind.MARKET_RESEARCH))
    await continued(phase, lambda: generate(phase, "SSN"))

    revisions = len(house.projection.of(ReviseProject))
    assert await revise(project, package, request_id="revise-once") == revised
    assert len(house.projection.of(ReviseProject)) == revisions, "it was recorded twice"
    versions = (await phase_state(phase)).versions
    assert await generate(phase, "SSN", request_id="draft-once") == drafted
    assert (await phase_state(phase)).versions == versions, "it was drafted twice"

    assert await version.query(DocumentWorkflow.state) == asked, "the same signer, the same date"
    assert asked.due is not None
    left = asked.due - await hasty.get_current_time(version)
    await hasty.fast_forward(version, left - timedelta(minutes=1))
    assert len(house.projection.of(ReminderSent, version.id)) == 1, "at 60 % of the days, once"
    await decide(version, asked, actor=COUNSEL.email)
    await decide(version, await under_review(version), actor=OFFICER.email)
    await until(lambda: phase_state(phase), lambda state: "PR" in state.approved)


async def test_a_gate_is_awaited_and_its_decisions_are_known_after_continue_as_new(
    hasty: WorkflowEnvironment, house: FakeHouse
) -> None:
    project_id, phase = await start_phase(hasty.client, planned("PR", **ONE))
    version = document(hasty.client, project_id)
    await decide(version, await under_review(version), actor=OFFICER.email)
    await gate(phase, Gate.PENDING)
    refused = await refuse(phase, "refuse-once")
    await ask_again(phase)
    await continued(phase, lambda: remind(phase))

    assert "**The Officer**, Contracting Officer, is awaited" in await current_details(phase)
    assert await refuse(phase, "refuse-once") == refused
    assert len(house.projection.of(TransitionDecided)) == 1, "it was recorded twice"
    assert (await phase_state(phase)).gate is Gate.PENDING, "the repeat refused another request"
    assert (await decide_gate(phase, OFFICER.email)).round == refused.round + 1


def test_the_newest_answers_are_carried_over_and_stay_small() -> None:
    given = {
        str(uuid4()): GenerateReceipt(
            workflow_id=document_workflow_id(uuid4(), "SEC-L", number), version=number
        )
        for number in range(3 * ANSWERS_KEPT)
    }
    kept = newest(given)
    assert list(kept) == list(given)[-ANSWERS_KEPT:]
    assert len(PhaseState(requests=kept).model_dump_json()) < MOST_BYTES_CARRIED


@pytest.mark.timeout(600)
async def test_two_years_of_daily_events_stay_under_five_thousand_events_a_run(
    house: FakeHouse,
) -> None:
    """At the limits with which the product's server suggests to continue as new."""
    tuning = [f"{key}={json.dumps(value)}" for key, value in dynamic_config().items()]
    async with server(*tuning) as environment, workers(environment.client, house):
        client = environment.client
        package = plan(planned("PR"), planned("SSN", 2, **ONE))
        project_id, project = await ready(client, package)
        phase = phase_of(client, project_id)
        life = Life(client, project_id, project, phase, package)
        await under_review(document(client, project_id, "PR"))
        await under_review(document(client, project_id, "SSN"))
        for day in range(DAYS):
            await life.event(day % 30)
            versions = life.awaited.values()
            await asyncio.gather(*(environment.fast_forward(it, DAY) for it in versions))
        runs = {handle.id: await lengths(client, handle) for handle in (project, phase)}
        carried = {handle.id: await carried_over(handle) for handle in (project, phase)}

    said = f"events of each run: {runs}; bytes carried over: {carried}"
    assert all(length < MOST_EVENTS for found in runs.values() for length in found), said
    assert all(len(found) > 1 for found in runs.values()), f"none continued as new: {said}"
    assert all(size < MOST_BYTES_CARRIED for size in carried.values()), said
    reminded = Counter(
        (it.workflow_id, it.overdue, it.escalated) for it in house.projection.of(ReminderSent)
    )
    assert set(reminded.values()) == {1}, "no reminder is sent twice"
    assert len(reminded) >= 3 * DAYS // 30, "three of each version of the package"


async def lengths(client: Client, handle: Handle) -> list[int]:
    """The number of events of each run, the first one first."""
    runs = [run async for run in client.list_workflows(f'WorkflowId = "{handle.id}"')]
    described = [
        await client.get_workflow_handle(run.id, run_id=run.run_id).describe()
        for run in sorted(runs, key=lambda run: run.start_time)
    ]
    return [run.history_length for run in described]


async def carried_over(handle: Handle) -> int:
    """Bytes of the message that the newest run was started with."""
    async for event in handle.fetch_history_events(page_size=1):
        return event.workflow_execution_started_event_attributes.input.ByteSize()
    return 0


async def gate(phase: Phase, expected: Gate) -> None:
    await until(lambda: phase_state(phase), lambda state: state.gate is expected)


async def refuse(phase: Phase, decision_id: str) -> GateReceipt:
    return await decide_gate(
        phase, OFFICER.email, decision_id=decision_id, approve=False, comments="Not yet"
    )


async def ask_again(phase: Phase) -> None:
    await execute_update(
        phase,
        PhaseWorkflow.request_transition,
        RequestTransition(request_id=str(uuid4()), requested_by=OFFICER.email),
    )
    await gate(phase, Gate.PENDING)


async def remind(phase: Phase) -> None:
    await execute_update(
        phase, PhaseWorkflow.remind, Order(order_id=str(uuid4()), actor="admin@example.mil")
    )
