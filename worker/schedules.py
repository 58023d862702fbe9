"""Calendar work that belongs to no single workflow, as Temporal schedules."""

from datetime import timedelta

from temporalio.client import (
    Client,
    Schedule,
    ScheduleActionStartWorkflow,
    ScheduleAlreadyRunningError,
    ScheduleIntervalSpec,
    ScheduleOverlapPolicy,
    SchedulePolicy,
    ScheduleSpec,
    ScheduleUpdate,
    ScheduleUpdateInput,
)

from workflows.deadlines import SWEEP_SCHEDULE_ID, SWEEP_WORKFLOW_ID, DeadlineSweepWorkflow
from workflows.messages import WORKFLOW_QUEUE

SWEEP_EVERY = timedelta(minutes=5)


async def ensure_schedules(temporal: Client) -> None:
    """Create the deadline sweep, or bring an existing one up to date. Harmless to repeat."""
    sweep = Schedule(
        action=ScheduleActionStartWorkflow(
            DeadlineSweepWorkflow.run, id=SWEEP_WORKFLOW_ID, task_queue=WORKFLOW_QUEUE
        ),
        spec=ScheduleSpec(intervals=[ScheduleIntervalSpec(every=SWEEP_EVERY)]),
        policy=SchedulePolicy(
            overlap=ScheduleOverlapPolicy.SKIP,
            # Reminders are rows: one sweep after an outage sends all that were missed.
            catchup_window=timedelta(minutes=10),
        ),
    )

    async def replace(_: ScheduleUpdateInput) -> ScheduleUpdate:
        return ScheduleUpdate(schedule=sweep)

    try:
        await temporal.create_schedule(SWEEP_SCHEDULE_ID, sweep)
    except ScheduleAlreadyRunningError:
        await temporal.get_schedule_handle(SWEEP_SCHEDULE_ID).update(replace)
