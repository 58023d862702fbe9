"""Mail: a Temporal schedule starts a pass, which empties the outbox into the mail server."""

from datetime import timedelta

from temporalio import workflow
from temporalio.common import RetryPolicy

with workflow.unsafe.imports_passed_through():
    from activities.notices import MailReport, NoticeActivities
    from workflows.policies import ActivityOptions

MAIL_SCHEDULE_ID = "mail"
MAIL_WORKFLOW_ID = "mail"
PASSES = 20

# While the server is away, one workflow keeps trying and shows why; the schedule adds no other.
MAIL = ActivityOptions(
    start_to_close_timeout=timedelta(minutes=3),
    # Without it, the mail of everybody waits three minutes for a worker that was killed.
    heartbeat_timeout=timedelta(seconds=10),
    retry_policy=RetryPolicy(
        initial_interval=timedelta(seconds=5), maximum_interval=timedelta(minutes=2)
    ),
)


@workflow.defn
class MailWorkflow:
    """One emptying of the outbox. A message is a row, so a repeated pass sends nothing again."""

    @workflow.run
    async def run(self) -> MailReport:
        total = MailReport(more=True)
        for _ in range(PASSES):
            report = await workflow.execute_activity_method(
                NoticeActivities.send_mail, summary="Send the mail that waits", **MAIL
            )
            total = MailReport(
                sent=total.sent + report.sent,
                delayed=total.delayed + report.delayed,
                refused=total.refused + report.refused,
                more=report.more,
            )
            if not report.more:
                break
        return total
