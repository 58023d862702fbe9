"""Check that the package agrees with itself before a phase is left."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING
from uuid import UUID

from pydantic import BaseModel, ConfigDict
from temporalio import activity

from activities.heartbeat import heartbeats
from documents.vocabulary import Phase

if TYPE_CHECKING:
    from db.artifacts import ArtifactStore
    from db.contract_file import ContractFiles
    from db.gates import GateStore
    from documents.publication import Publisher


class GateRequest(BaseModel):
    model_config = ConfigDict(frozen=True)

    project_id: UUID
    phase: Phase


class GateReport(BaseModel):
    """Findings as sentences with document, place and remedy."""

    model_config = ConfigDict(frozen=True)

    blocking: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


class CheckActivities:
    """Runs the consistency checks over the stored documents of a project."""

    def __init__(
        self,
        contract_files: ContractFiles,
        gates: GateStore,
        artifacts: ArtifactStore,
        publisher: Publisher,
    ) -> None:
        self._contract_files = contract_files
        self._gates = gates
        self._artifacts = artifacts
        self._publisher = publisher

    @activity.defn
    async def check_gate(self, request: GateRequest) -> GateReport:
        """Check the approved documents by the text that is really in their files.

        What nobody has stated blocks, and so does a document made from an earlier package, or a
        condition of the phase's gates that is not met.
        """
        file = await self._contract_files.read(request.project_id)
        outdated = await self._contract_files.stale(request.project_id, request.phase)
        versions = await self._contract_files.approved_versions(request.project_id)
        async with heartbeats():
            blobs = {
                sha256: await self._artifacts.read(sha256)
                for version in versions
                for sha256 in (version.docx_sha256, version.pdf_sha256)
            }
            quoted = await asyncio.to_thread(file.quoted)
            findings = await asyncio.to_thread(
                self._publisher.check, file, versions, blobs, quoted, file.quotations
            )
        unmet = await self._gates.unmet(request.project_id, request.phase, file)
        return GateReport(
            blocking=(
                *(item.sentence for item in file.facts.open_items),
                *outdated,
                *(finding.sentence for finding in findings if finding.blocks),
                *(condition.sentence for condition in unmet if condition.blocks),
            ),
            warnings=(
                *(finding.sentence for finding in findings if not finding.blocks),
                *(condition.sentence for condition in unmet if not condition.blocks),
            ),
        )
