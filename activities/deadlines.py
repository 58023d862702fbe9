"""Deadlines as the law counts days: computed here, so that a library update breaks no replay."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from pydantic import BaseModel, ConfigDict
from temporalio import activity

from documents.office_time import approval_times

if TYPE_CHECKING:
    from db.contract_file import ContractFiles
    from db.deadlines import DeadlineStore


class ApprovalDue(BaseModel):
    model_config = ConfigDict(frozen=True)

    project_id: UUID
    requested: datetime
    """UTC; when the signature was asked for."""
    business_days: int


class ApprovalTimes(BaseModel):
    """When a signature is due and when its holder is reminded; UTC."""

    model_config = ConfigDict(frozen=True)

    due: datetime
    reminders: tuple[datetime, ...]


class ComputeDeadlines(BaseModel):
    model_config = ConfigDict(frozen=True)

    project_id: UUID
    workflow_id: str
    seq: int


class SweepReport(BaseModel):
    model_config = ConfigDict(frozen=True)

    reminders_sent: int = 0


class DeadlineActivities:
    """Computes, stores and sweeps deadlines in the time zone of the contracting office."""

    def __init__(self, contract_files: ContractFiles, deadlines: DeadlineStore) -> None:
        self._contract_files = contract_files
        self._deadlines = deadlines

    @activity.defn
    async def approval_times(self, request: ApprovalDue) -> ApprovalTimes:
        """Due at the office's close of business after so many business days (rule D51)."""
        file = await self._contract_files.read(request.project_id)
        due, reminders = approval_times(
            file.facts.project.office.time_zone, request.requested, request.business_days
        )
        return ApprovalTimes(due=due, reminders=reminders)

    @activity.defn
    async def compute_deadlines(self, request: ComputeDeadlines) -> None:
        """Store the deadlines that follow from the facts; unchanged ones stay as they are."""
        file = await self._contract_files.read(request.project_id)
        await self._deadlines.replace(request, file.computed().deadlines)

    @activity.defn
    async def sweep_deadlines(self) -> SweepReport:
        """Send every reminder that has come due, each exactly once."""
        return SweepReport(reminders_sent=await self._deadlines.send_due_reminders())
