"""Work that belongs to no single workflow, as Temporal schedules."""

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
from temporalio.service import RPCError, RPCStatusCode

from workflows.deadlines import (
    RECOMPUTE_SCHEDULE_ID,
    RECOMPUTE_WORKFLOW_ID,
    SWEEP_SCHEDULE_ID,
    SWEEP_WORKFLOW_ID,
    DeadlineRecomputeWorkflow,
    DeadlineSweepWorkflow,
)
from workflows.messages import WORKFLOW_QUEUE
from workflows.notices import MAIL_SCHEDULE_ID, MAIL_WORKFLOW_ID, MailWorkflow

SWEEP_EVERY = timedelta(minutes=5)
RECOMPUTE_EVERY = timedelta(minutes=1)
"""A change asks for it at once; this finds what a crash left."""
MAIL_EVERY = timedelta(minutes=1)


async def ensure_schedules(temporal: Client, *, mail: bool) -> None:
    """Create the schedules, or bring existing ones up to date. Harmless to repeat.

    Without a mail server (``mail`` false) there is nothing to do every minute, so mail has none.
    """
    sweep = ScheduleActionStartWorkflow(
        DeadlineSweepWorkflow.run, id=SWEEP_WORKFLOW_ID, task_queue=WORKFLOW_QUEUE
    )
    await _ensure(temporal, SWEEP_SCHEDULE_ID, _every(SWEEP_EVERY, sweep))
    recompute = ScheduleActionStartWorkflow(
        DeadlineRecomputeWorkflow.run, id=RECOMPUTE_WORKFLOW_ID, task_queue=WORKFLOW_QUEUE
    )
    await _ensure(temporal, RECOMPUTE_SCHEDULE_ID, _every(RECOMPUTE_EVERY, recompute))
    if mail:
        send = ScheduleActionStartWorkflow(
            MailWorkflow.run, id=MAIL_WORKFLOW_ID, task_queue=WORKFLOW_QUEUE
        )
        await _ensure(temporal, MAIL_SCHEDULE_ID, _every(MAIL_EVERY, send))
    else:
        await _remove(temporal, MAIL_SCHEDULE_ID)


def _every(interval: timedelta, action: ScheduleActionStartWorkflow) -> Schedule:
    return Schedule(
        action=action,
        spec=ScheduleSpec(intervals=[ScheduleIntervalSpec(every=interval)]),
        policy=SchedulePolicy(
            overlap=ScheduleOverlapPolicy.SKIP,
            # Reminders and mail are rows: one pass after an outage sends all that were missed.
            catchup_window=timedelta(minutes=10),
        ),
    )


async def _ensure(temporal: Client, schedule_id: str, schedule: Schedule) -> None:
    async def replace(_: ScheduleUpdateInput) -> ScheduleUpdate:
        return ScheduleUpdate(schedule=schedule)

    try:
        await temporal.create_schedule(schedule_id, schedule)
    except ScheduleAlreadyRunningError:
        await temporal.get_schedule_handle(schedule_id).update(replace)


async def _remove(temporal: Client, schedule_id: str) -> None:
    try:
        await temporal.get_schedule_handle(schedule_id).delete()
    except RPCError as error:
        if error.status is not RPCStatusCode.NOT_FOUND:
            raise
