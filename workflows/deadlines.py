"""The sweep: a Temporal schedule starts it, and it sends the reminders that have come due."""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.deadlines import DeadlineActivities, SweepReport
    from workflows.policies import RECORD

SWEEP_SCHEDULE_ID = "deadline-sweep"
SWEEP_WORKFLOW_ID = "deadline-sweep"


@workflow.defn
class DeadlineSweepWorkflow:
    """One pass over the stored deadlines; a reminder is a row, so a repeated pass sends nothing."""

    @workflow.run
    async def run(self) -> SweepReport:
        return await workflow.execute_activity_method(
            DeadlineActivities.sweep_deadlines, summary="Send reminders that are due", **RECORD
        )
