"""Draft a document with its agent, fill in the facts, and review the result."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING
from uuid import UUID

from pydantic import BaseModel, ConfigDict
from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.heartbeat import heartbeats

if TYPE_CHECKING:
    from db.artifacts import ArtifactStore
    from db.contract_file import ContractFiles

    from activities.progress import ProgressReporter
    from ai_agents.registry import AgentRegistry


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
        """Draft one version and store its Markdown with every key filled."""
        from ai_agents.agent import Brief
        from documents.compose import UnknownKey, compose
        from documents.context import context
        from documents.guidance import InvalidGuidance, guidance_for

        file = await self._contract_files.read(request.project_id)
        row = file.row(request.code)
        agent = self._agents.for_document(request.code)
        await self._progress.report(request, 20, f"Drafting {row.title}")
        try:
            values = await asyncio.to_thread(
                context, file.computed(), row, file.package, request.version
            )
            brief = Brief(
                document=row,
                guidance=guidance_for(request.code),
                context=values,
                feedback=request.feedback,
            )
            async with heartbeats():
                draft = await agent.draft(brief)
                content = await asyncio.to_thread(compose, draft.sections, values)
        except (InvalidGuidance, UnknownKey) as error:
            raise ApplicationError(
                str(error), type=type(error).__name__, non_retryable=True
            ) from error
        await self._progress.report(request, 50, f"Drafted {row.title}")
        return DraftReceipt(
            content_sha256=await self._artifacts.write(content.encode()), agent=draft.agent
        )

    @activity.defn
    async def review(self, request: ReviewRequest) -> ReviewReport:
        """Check a draft against its guidance: sections, placeholders, empty tables."""
        from ai_agents.reviewer import review
        from documents.guidance import guidance_for

        content = (await self._artifacts.read(request.content_sha256)).decode()
        findings = review(guidance_for(request.code), content)
        await self._progress.report(request, 70, f"Reviewed {request.code}")
        return ReviewReport(findings=findings)
