"""Deadlines as the law counts days: computed here, so that a library update breaks no replay."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

import structlog
from pydantic import BaseModel, ConfigDict
from temporalio import activity

if TYPE_CHECKING:
    from db.contract_file import ContractFiles
    from db.deadlines import DeadlineStore, Outdated
    from db.reminders import Reminders

BATCH = 10
"""Projects whose deadlines one activity computes again: some seconds of work."""


class ComputeDeadlines(BaseModel):
    model_config = ConfigDict(frozen=True)

    project_id: UUID
    workflow_id: str
    seq: int


class RecomputeOutdated(BaseModel):
    """One batch of the projects whose deadlines are outdated, the longest waiting first."""

    model_config = ConfigDict(frozen=True)

    after: datetime | None = None
    """The last change that an earlier batch has seen."""


class RecomputeReport(BaseModel):
    model_config = ConfigDict(frozen=True)

    projects: int = 0
    moved: int = 0
    """Dates that are new, moved or gone."""
    failed: tuple[str, ...] = ()
    """Projects that cannot be computed, each with the reason."""
    after: datetime | None = None
    """Where the next batch continues; ``None``: nothing is left."""


class SweepReport(BaseModel):
    model_config = ConfigDict(frozen=True)

    reminders_sent: int = 0


class DeadlineActivities:
    """Computes, stores and sweeps deadlines in the time zone of the contracting office."""

    def __init__(
        self, contract_files: ContractFiles, deadlines: DeadlineStore, reminders: Reminders
    ) -> None:
        self._contract_files = contract_files
        self._deadlines = deadlines
        self._reminders = reminders

    @activity.defn
    async def compute_deadlines(self, request: ComputeDeadlines) -> None:
        """Store the deadlines that follow from facts, records and events; announce what moved."""
        await self._deadlines.replace(
            request.project_id,
            request.workflow_id,
            f"t{request.seq}",
            lambda: self._contract_files.read(request.project_id),
        )

    @activity.defn
    async def recompute_outdated(self, request: RecomputeOutdated) -> RecomputeReport:
        """Compute one batch of projects again after a closure or a recorded event."""
        batch = await self._deadlines.outdated(BATCH, request.after)
        moved, failed = 0, list[str]()
        for outdated in batch:
            try:
                moved += await self._recompute(outdated)
            except (ValueError, LookupError) as error:
                # NoFacts, InvalidFacts, NoThresholdOnDate: the others go on, this one stays in the
                # queue until its package is corrected.
                failed.append(f"{outdated.project_id}: {error}")
                structlog.get_logger("activities.deadlines").error(
                    "deadlines refused", project_id=str(outdated.project_id), reason=str(error)
                )
        return RecomputeReport(
            projects=len(batch),
            moved=moved,
            failed=tuple(failed),
            after=batch[-1].since if len(batch) == BATCH else None,
        )

    async def _recompute(self, outdated: Outdated) -> int:
        if outdated.closed:
            await self._deadlines.forget(outdated)
            return 0
        moved = await self._deadlines.replace(
            outdated.project_id,
            f"deadlines/{outdated.project_id}",
            outdated.since.isoformat(),
            lambda: self._contract_files.read(outdated.project_id),
            cause=outdated.cause,
            settles=outdated.since,
        )
        return len(moved)

    @activity.defn
    async def sweep_deadlines(self) -> SweepReport:
        """Send every reminder that has come due, each exactly once, in working hours."""
        return SweepReport(reminders_sent=await self._reminders.send_due())
