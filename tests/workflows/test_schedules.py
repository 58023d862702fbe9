"""What schedules start: the sweep over the deadlines and the emptying of the outbox."""

from uuid import uuid4

import pytest
from temporalio import activity
from temporalio.client import Client

from activities.deadlines import SweepReport
from activities.notices import MailReport
from tests.fakes import FakeHouse
from tests.workflows.conftest import observed
from workflows.deadlines import DeadlineSweepWorkflow
from workflows.messages import WORKFLOW_QUEUE
from workflows.notices import PASSES, MailWorkflow


@pytest.mark.history
async def test_a_sweep_passes_over_the_deadlines_once(
    temporal_client: Client, worker: None
) -> None:
    report = await temporal_client.execute_workflow(
        DeadlineSweepWorkflow.run, id=f"sweep-{uuid4()}", task_queue=WORKFLOW_QUEUE
    )
    assert report == SweepReport()


@pytest.mark.history
async def test_mail_is_sent_in_passes_until_none_waits(
    temporal_client: Client, house: FakeHouse, request: pytest.FixtureRequest
) -> None:
    passes = [MailReport(sent=2, more=True), MailReport(sent=1, delayed=1, refused=1)]
    report = await send(temporal_client, house, request, passes)
    assert report == MailReport(sent=3, delayed=1, refused=1)
    assert not passes


async def test_mail_that_does_not_end_is_left_to_the_next_start_of_the_schedule(
    temporal_client: Client, house: FakeHouse, request: pytest.FixtureRequest
) -> None:
    passes = [MailReport(sent=1, more=True)] * (PASSES + 1)
    report = await send(temporal_client, house, request, passes)
    assert report == MailReport(sent=PASSES, more=True)


async def send(
    client: Client, house: FakeHouse, request: pytest.FixtureRequest, passes: list[MailReport]
) -> MailReport:
    """Run the workflow while each pass over the outbox ends with the next of these reports."""

    @activity.defn
    async def send_mail() -> MailReport:
        return passes.pop(0)

    async with observed(client, house, request, send_mail):
        return await client.execute_workflow(
            MailWorkflow.run, id=f"mail-{uuid4()}", task_queue=WORKFLOW_QUEUE
        )
