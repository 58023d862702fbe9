"""What Temporal schedules do about deadlines: remind of them, and count them again."""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.deadlines import (
        DeadlineActivities,
        RecomputeOutdated,
        RecomputeReport,
        SweepReport,
    )
    from workflows.policies import RECORD

SWEEP_SCHEDULE_ID = "deadline-sweep"
SWEEP_WORKFLOW_ID = "deadline-sweep"
RECOMPUTE_SCHEDULE_ID = "deadline-recompute"
RECOMPUTE_WORKFLOW_ID = "deadline-recompute"
CHANGED = "changed"
SHOWN = 10
"""How many projects that cannot be computed the details name."""


@workflow.defn
class DeadlineSweepWorkflow:
    """One pass over the stored deadlines; a reminder is a row, so a repeated pass sends nothing."""

    @workflow.run
    async def run(self) -> SweepReport:
        return await workflow.execute_activity_method(
            DeadlineActivities.sweep_deadlines, summary="Send reminders that are due", **RECORD
        )


@workflow.defn
class DeadlineRecomputeWorkflow:
    """Counts the deadlines of outdated projects again, batch by batch, until none is left.

    Which projects are outdated is written in the transaction of the change: a closure or a recorded
    event. So any run may be lost; the next one of the schedule finds the rest.
    """

    @workflow.init
    def __init__(self) -> None:
        self._changed = True
        self._total = RecomputeReport()

    @workflow.run
    async def run(self) -> RecomputeReport:
        while self._changed:
            self._changed = False
            await self._pass()
        return self._total

    @workflow.signal(name=CHANGED)
    def changed(self) -> None:
        """Something changed while this runs: pass once more."""
        self._changed = True

    async def _pass(self) -> None:
        report, failed = RecomputeReport(), list[str]()
        while True:
            report = await workflow.execute_activity_method(
                DeadlineActivities.recompute_outdated,
                RecomputeOutdated(after=report.after),
                summary="Count a batch of deadlines again",
                **RECORD,
            )
            failed += report.failed
            self._total = RecomputeReport(
                projects=self._total.projects + report.projects,
                moved=self._total.moved + report.moved,
                failed=tuple(failed[:SHOWN]),
            )
            if report.after is None:
                break
        if failed:
            listed = "\n".join(f"- {line}" for line in failed[:SHOWN])
            workflow.set_current_details(
                f"**{len(failed)} projects cannot be computed**; correct them:\n\n{listed}"
            )
