"""The sweep of deadlines by its schedule, days of which are skipped on the real server."""

import json
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any, cast
from uuid import UUID

import pytest
from sqlalchemy import select
from temporalio.client import ScheduleActionExecution, ScheduleHandle, WorkflowHandle
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Worker
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner

from activities.deadlines import DeadlineActivities
from db.deadlines import DeadlineStore
from db.models import ProgressEvent
from db.reminders import Reminders
from db.session import Sessions
from runtime.temporal_dev import dynamic_config
from tests.db.office import CALENDAR, DAY, NOON, TEAM, TODAY, Keeper, deadline, told
from tests.waiting import until
from tests.workflows.conftest import server
from worker import schedules
from worker.registration import SANDBOX
from worker.schedules import ensure_schedules
from workflows.deadlines import RECOMPUTE_SCHEDULE_ID, SWEEP_SCHEDULE_ID, DeadlineSweepWorkflow
from workflows.messages import WORKFLOW_QUEUE

EVERY = timedelta(hours=1)
EARLY = time(7, 30)
SCHEDULER = f"temporal-sys-scheduler:{SWEEP_SCHEDULE_ID}"
"""The server's own workflow, whose timers are the schedule."""
FIRST = CALENDAR.next_open(TODAY + DAY)
SECOND = CALENDAR.next_open(FIRST + DAY)


@dataclass(slots=True)
class SkippedReminders:
    """Reminders of a house whose time is the schedule's."""

    reminders: Reminders
    environment: WorkflowEnvironment
    scheduler: WorkflowHandle[Any, Any]
    sweeps: int = 0

    async def now(self) -> datetime:
        return await self.environment.get_current_time(self.scheduler)

    async def send_due(self) -> int:
        self.sweeps += 1
        return await self.reminders.send_due(await self.now())


async def test_days_of_sweeps_send_each_reminder_once_at_the_opening_of_the_office(
    sessions: Sessions, project: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    keeper = Keeper(DeadlineStore(sessions), project)
    await keeper.replace(2, deadline("D23", SECOND + 40 * DAY, FIRST, SECOND))
    # As often as every five minutes would only take longer.
    monkeypatch.setattr(schedules, "SWEEP_EVERY", EVERY)
    tuning = [f"{key}={json.dumps(value)}" for key, value in dynamic_config().items()]
    async with server(*tuning) as environment:
        scheduler = environment.client.get_workflow_handle(SCHEDULER)
        reminders = SkippedReminders(Reminders(sessions), environment, scheduler)
        unused = cast(Any, None)
        worker = Worker(
            environment.client,
            task_queue=WORKFLOW_QUEUE,
            workflows=[DeadlineSweepWorkflow],
            activities=[DeadlineActivities(unused, unused, cast(Any, reminders)).sweep_deadlines],
            workflow_runner=SandboxedWorkflowRunner(restrictions=SANDBOX),
        )
        async with worker:
            await ensure_schedules(environment.client, mail=False)
            schedule = environment.client.get_schedule_handle(SWEEP_SCHEDULE_ID)
            await environment.client.get_schedule_handle(RECOMPUTE_SCHEDULE_ID).delete()
            stops = ((FIRST, EARLY, 0), (FIRST, NOON.time(), 1), (SECOND, EARLY, 1))
            for day, at, days in (*stops, (SECOND, NOON.time(), 2)):
                left = datetime.combine(day, at, NOON.tzinfo) - await reminders.now()
                await environment.fast_forward(scheduler, left)
                await until(lambda: running(schedule), lambda sweeps: not sweeps)
                assert await told(sessions, project) == sorted(TEAM * days), f"{day} {at}"
    assert reminders.sweeps > len(stops), "the schedule has not started enough sweeps to tell"
    query = select(ProgressEvent.key).where(
        ProgressEvent.project_id == project, ProgressEvent.type == "reminder"
    )
    async with sessions() as session:
        keys = sorted(await session.scalars(query))
    opening = [datetime.combine(day, time(8), NOON.tzinfo) for day in (FIRST, SECOND)]
    assert [datetime.fromisoformat(key) for key in keys] == opening


async def running(schedule: ScheduleHandle) -> list[ScheduleActionExecution]:
    return list((await schedule.describe()).info.running_actions)
