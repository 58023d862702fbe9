"""Find the documents that were made from an earlier package than the one that counts."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING
from uuid import UUID

from pydantic import BaseModel, ConfigDict
from temporalio import activity

from activities.heartbeat import heartbeats
from activities.records import DocumentsStale

if TYPE_CHECKING:
    from db.contract_file import ContractFiles
    from db.lineage import Lineage
    from db.projection import Projection


class FindStale(BaseModel):
    model_config = ConfigDict(frozen=True)

    project_id: UUID
    workflow_id: str
    seq: int


class LineageActivities:
    """Compares what documents quote under the package they were made from and under today's."""

    def __init__(
        self, contract_files: ContractFiles, lineage: Lineage, projection: Projection
    ) -> None:
        self._contract_files = contract_files
        self._lineage = lineage
        self._projection = projection

    @activity.defn
    async def find_stale(self, request: FindStale) -> None:
        """Mark stale documents, and those that are so no longer; writes only what changes."""
        made = await self._lineage.of_project(request.project_id)
        because: dict[str, tuple[str, ...]] = {}
        async with heartbeats():
            if made.outdated:
                file = await self._contract_files.read(request.project_id)
                because = await asyncio.to_thread(file.stale_since, made.outdated)
        if because != made.stale:
            await self._projection.mark_stale(
                DocumentsStale(
                    project_id=request.project_id,
                    workflow_id=request.workflow_id,
                    seq=request.seq,
                    facts_id=made.facts_id,
                    because=because,
                )
            )
