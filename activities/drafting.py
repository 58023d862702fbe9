"""Draft a document with its agent, fill in the facts, and review the result."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING
from uuid import UUID

from pydantic import BaseModel, ConfigDict
from temporalio import activity

from activities.heartbeat import heartbeats
from ai_agents.agent import Brief
from ai_agents.reviewer import review
from documents.compose import compose
from documents.guidance import guidance_for

if TYPE_CHECKING:
    from activities.progress import ProgressReporter
    from ai_agents.registry import AgentRegistry
    from db.artifacts import ArtifactStore
    from db.contract_file import ContractFiles


class DraftRequest(BaseModel):
    model_config = ConfigDict(frozen=True)

    project_id: UUID
    workflow_id: str
    code: str
    version: int
    feedback: tuple[str, ...] = ()
    """What reviewers or approvers asked to change, oldest first."""


class DraftReceipt(BaseModel):
    """Where the drafted text is stored; the text itself never travels."""

    model_config = ConfigDict(frozen=True)

    content_sha256: str
    agent: str


class ReviewRequest(BaseModel):
    model_config = ConfigDict(frozen=True)

    project_id: UUID
    workflow_id: str
    code: str
    content_sha256: str


class ReviewReport(BaseModel):
    model_config = ConfigDict(frozen=True)

    findings: tuple[str, ...] = ()


class DraftingActivities:
    """Calls the agents and stores what they wrote."""

    def __init__(
        self,
        contract_files: ContractFiles,
        artifacts: ArtifactStore,
        agents: AgentRegistry,
        progress: ProgressReporter,
    ) -> None:
        self._contract_files = contract_files
        self._artifacts = artifacts
        self._agents = agents
        self._progress = progress

    @activity.defn
    async def draft(self, request: DraftRequest) -> DraftReceipt:
        """Draft one version and store its Markdown with every key filled.

        Raises:
            UnknownKey: the draft names a fact that does not exist.
            InvalidGuidance: the document type has no usable guidance file.
        """
        file = await self._contract_files.read(request.project_id)
        row = file.row(request.code)
        agent = self._agents.for_document(request.code)
        await self._progress.report(request, 20, f"Drafting {row.title}")
        async with heartbeats():
            context = await asyncio.to_thread(file.context, request.code, request.version)
            draft = await agent.draft(
                Brief(
                    document=row,
                    guidance=guidance_for(request.code),
                    context=context,
                    feedback=request.feedback,
                )
            )
            content = await asyncio.to_thread(compose, draft.sections, context)
        await self._progress.report(request, 50, f"Drafted {row.title}")
        return DraftReceipt(
            content_sha256=await self._artifacts.write(content.encode()), agent=draft.agent
        )

    @activity.defn
    async def review(self, request: ReviewRequest) -> ReviewReport:
        """Check a draft against its guidance: sections, placeholders, empty tables."""
        content = (await self._artifacts.read(request.content_sha256)).decode()
        findings = review(guidance_for(request.code), content)
        await self._progress.report(request, 70, f"Reviewed {request.code}")
        return ReviewReport(findings=findings)
