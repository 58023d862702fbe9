"""Mail by schedule and workflow: real engine, real database, real SMTP server."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from uuid import uuid4

import pytest
from temporalio.client import Client, WorkflowHandle
from temporalio.service import RPCError
from temporalio.worker import Worker
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner

from activities.mail import Mailer, MailServer
from activities.notices import MailReport, NoticeActivities
from db.models import OutboxMessage
from db.outbox import Outbox
from db.seed import sample_people
from db.session import Sessions, transaction
from runtime.processes import choose_port
from runtime.settings import Settings, SmtpSecurity
from tests.smtp import mail_server
from tests.waiting import until
from worker.registration import SANDBOX, mailer
from worker.schedules import ensure_schedules
from workflows.deadlines import RECOMPUTE_SCHEDULE_ID, SWEEP_SCHEDULE_ID
from workflows.notices import MAIL_SCHEDULE_ID, MailWorkflow


@asynccontextmanager
async def sending(
    client: Client, sessions: Sessions, port: int
) -> AsyncGenerator[WorkflowHandle[MailWorkflow, MailReport]]:
    """One run of the workflow on a queue of its own."""
    queue = f"mail-{uuid4()}"
    server = MailServer(host="127.0.0.1", port=port, sender="noreply@example.mil")
    worker = Worker(
        client,
        task_queue=queue,
        workflows=[MailWorkflow],
        activities=[NoticeActivities(Outbox(sessions), Mailer(server)).send_mail],
        workflow_runner=SandboxedWorkflowRunner(restrictions=SANDBOX),
    )
    async with worker:
        yield await client.start_workflow(MailWorkflow.run, id=queue, task_queue=queue)


async def test_mail_of_an_outage_is_sent_when_the_server_is_back_and_the_reason_shows_meanwhile(
    temporal_client: Client, sessions: Sessions
) -> None:
    row = OutboxMessage(
        id=uuid4(),
        recipient=sample_people()[0].email,
        reason="approval_request",
        slot=str(uuid4()),
        subject="Sign",
        message="Please.",
    )
    async with transaction(sessions) as session:
        session.add(row)
    port = choose_port(None)
    async with sending(temporal_client, sessions, port) as handle:

        async def last_failure() -> str:
            described = await handle.describe()
            pending = described.raw_description.pending_activities
            return "".join(activity.last_failure.message for activity in pending)

        reason = await until(last_failure, bool)
        assert "SMTP_" in reason, "the Temporal Web UI has to say what to look at"
        async with mail_server(port) as post:
            report = await handle.result()
    assert report.sent >= 1
    sent = [message["Message-ID"] for message in post.to(row.recipient)]
    assert sent.count(f"<{row.id}@example.mil>") == 1


async def test_the_schedule_of_mail_is_there_exactly_while_a_server_is_set(
    temporal_client: Client,
) -> None:
    async def exists() -> bool:
        try:
            await temporal_client.get_schedule_handle(MAIL_SCHEDULE_ID).describe()
        except RPCError:
            return False
        return True

    try:
        await asyncio.gather(*(ensure_schedules(temporal_client, mail=True) for _ in range(2)))
        assert await exists()
        await ensure_schedules(temporal_client, mail=False)
        assert not await exists()
        await ensure_schedules(temporal_client, mail=False)
    finally:
        # Otherwise the workers of later tests would be given their workflows.
        for schedule in (SWEEP_SCHEDULE_ID, RECOMPUTE_SCHEDULE_ID):
            await temporal_client.get_schedule_handle(schedule).delete()


@pytest.mark.parametrize("security", SmtpSecurity)
def test_the_settings_reach_the_mailer(security: SmtpSecurity) -> None:
    assert mailer(Settings(smtp_host=None)) is None, "no server, no mailer: messages wait"
    made = mailer(Settings(smtp_host="h", mail_from="us@example.mil", smtp_security=security))
    assert made is not None
    assert (made.server.tls, made.server.start_tls) == (
        security is SmtpSecurity.TLS,
        security is SmtpSecurity.STARTTLS,
    )
