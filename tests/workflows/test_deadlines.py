"""Deadlines that are counted again: batch by batch, and once more after a change meanwhile."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Literal
from uuid import UUID, uuid4

import pytest
from temporalio.client import Client

from activities.deadlines import BATCH
from tests.fakes import FakeHouse
from tests.workflows.acting import current_details
from workflows.deadlines import DeadlineRecomputeWorkflow
from workflows.messages import WORKFLOW_QUEUE

MORNING = datetime(2027, 1, 25, 13, 0, tzinfo=UTC)


class Hold(asyncio.Event):
    """Knows when somebody waits for it."""

    def __init__(self) -> None:
        super().__init__()
        self.reached = asyncio.Event()

    async def wait(self) -> Literal[True]:
        self.reached.set()
        return await super().wait()


def outdated(house: FakeHouse, count: int) -> list[UUID]:
    projects = [uuid4() for _ in range(count)]
    for number, project in enumerate(projects):
        house.deadlines.queue[project] = MORNING + timedelta(seconds=number)
    return projects


@pytest.mark.history
async def test_every_outdated_project_is_counted_however_many_there_are(
    temporal_client: Client, worker: None, house: FakeHouse
) -> None:
    projects = outdated(house, 2 * BATCH + 3)
    report = await temporal_client.execute_workflow(
        DeadlineRecomputeWorkflow.run, id=f"recompute-{uuid4()}", task_queue=WORKFLOW_QUEUE
    )
    assert house.deadlines.computed == projects, "oldest change first, each once"
    # A batch that a busy machine lets run twice is counted once.
    assert 0 < report.projects == report.moved <= len(projects)
    assert not house.deadlines.queue


async def test_a_project_that_cannot_be_counted_holds_up_no_other(
    temporal_client: Client, worker: None, house: FakeHouse
) -> None:
    projects = outdated(house, BATCH + 2)
    house.deadlines.broken = {projects[0]}
    handle = await temporal_client.start_workflow(
        DeadlineRecomputeWorkflow.run, id=f"recompute-{uuid4()}", task_queue=WORKFLOW_QUEUE
    )
    report = await handle.result()
    assert house.deadlines.computed == projects[1:]
    assert report.failed == (f"{projects[0]}: milestones: out of order",)
    assert list(house.deadlines.queue) == [projects[0]], "it waits for its package to be corrected"
    assert str(projects[0]) in await current_details(handle)


@pytest.mark.history
async def test_a_change_while_it_counts_is_counted_too(
    temporal_client: Client, worker: None, house: FakeHouse
) -> None:
    (first,) = outdated(house, 1)
    house.deadlines.hold = hold = Hold()
    handle = await temporal_client.start_workflow(
        DeadlineRecomputeWorkflow.run, id=f"recompute-{uuid4()}", task_queue=WORKFLOW_QUEUE
    )
    await hold.reached.wait()
    second = uuid4()
    house.deadlines.queue[second] = MORNING - timedelta(days=1)
    await handle.signal(DeadlineRecomputeWorkflow.changed)
    hold.set()
    await handle.result()
    assert house.deadlines.computed == [first, second]
