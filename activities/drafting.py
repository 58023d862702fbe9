"""Draft a document with its agent, fill in the facts, review the result, and keep the record."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict
from temporalio import activity
from temporalio.exceptions import ApplicationError, ApplicationErrorCategory

from activities.heartbeat import heartbeats
from ai_agents.agent import AgentFailed, AgentUnavailable, Brief
from ai_agents.boundary import MOST_PASSAGES, kinds_for, usable, withheld
from documents.compose import UnknownKey, compose
from documents.guidance import guidance_for

if TYPE_CHECKING:
    from activities.agent_calls import AgentCalls
    from activities.progress import ProgressReporter
    from ai_agents.agent import CallLog
    from ai_agents.registry import AgentRegistry
    from ai_agents.reviewer import Reviewer
    from db.artifacts import ArtifactStore
    from db.contract_file import ContractFile, ContractFiles
    from db.drafts import Drafts
    from db.sources import Sources
    from documents.catalog import DocumentType
    from documents.quotations import Quotation

DRAFTING = (10, 45)
"""Percentages between which the agent's own progress lies."""
MOST_FINDINGS = 40
"""Findings that travel with a receipt; the record keeps all."""


class DraftRequest(BaseModel):
    model_config = ConfigDict(frozen=True)

    project_id: UUID
    workflow_id: str
    code: str
    version: int
    feedback: tuple[str, ...] = ()
    """What reviewers or approvers asked to change, oldest first."""
    attempt: int = 1
    """A draft with findings is followed by another one."""
    standard: bool = False
    """Draft the standard text: what the document's agent wrote was refused."""
    note: str = ""
    """Why, for whoever approves."""


class DraftReceipt(BaseModel):
    """Where the drafted text is stored; the text itself never travels."""

    model_config = ConfigDict(frozen=True)

    content_sha256: str
    agent: str
    calendar_version: str = ""
    """By which calendar the days in it were counted; empty: a person wrote it."""
    facts_id: UUID | None = None
    """The package that it was made from; ``None``: a person wrote it."""
    quoted_sha256: str | None = None
    """Of everything that its type quotes from that package and the records."""
    score: int | None = None
    """0 to 100, by the review; ``None``: a person wrote it."""
    blocked: bool = False
    """Whether the review keeps it from being used."""
    findings: tuple[str, ...] = ()
    """What the review asks to change, the gravest first."""
    refines: bool = False
    """Whether the agent can do better with the findings."""
    note: str = ""
    """What whoever approves should know about the draft."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftMade:
    """One draft as it was made and reviewed, or what was tried for it."""

    project_id: UUID
    workflow_id: str
    code: str
    version: int
    attempt: int
    agent: str
    inputs_sha256: str
    content_sha256: str | None = None
    """``None``: the agent failed, and ``note`` says why."""
    score: int = 0
    blocked: bool = True
    findings: Sequence[dict[str, Any]] = field(default_factory=tuple[dict[str, Any], ...])
    note: str = ""
    calls: Sequence[str] = field(default_factory=tuple[str, ...])
    quotes: Sequence[dict[str, str]] = field(default_factory=tuple[dict[str, str], ...])
    """Passages of named sources that it prints word for word."""


class DraftingActivities:
    """Calls the agents, reviews what they wrote, and stores both."""

    def __init__(
        self,
        contract_files: ContractFiles,
        artifacts: ArtifactStore,
        agents: AgentRegistry,
        reviewer: Reviewer,
        drafts: Drafts,
        calls: AgentCalls,
        progress: ProgressReporter,
        sources: Sources,
    ) -> None:
        self._contract_files = contract_files
        self._artifacts = artifacts
        self._agents = agents
        self._reviewer = reviewer
        self._drafts = drafts
        self._calls = calls
        self._progress = progress
        self._sources = sources

    @activity.defn
    async def draft(self, request: DraftRequest) -> DraftReceipt:
        """Draft one version, fill every key, review it and store text and record.

        A failed draft is on record too, with what the agent was asked and what came of it.

        Raises:
            AgentUnavailable: another attempt may succeed.
            AgentRefused, ScriptFailed: it cannot.
            UnknownKey: the draft names a fact that does not exist.
            InvalidGuidance: the document type has no usable guidance file.
        """
        file = await self._contract_files.read(request.project_id)
        row = file.row(request.code)
        agent = self._agents.standard if request.standard else self._agents.for_document(row)
        await self._progress.report(request, DRAFTING[0], f"Drafting {row.title}")
        async with heartbeats():
            log = self._calls.of(request.workflow_id)
            brief = await self._brief(request, file, row, log)
            if agent is not self._agents.standard:
                brief = replace(brief, sources=await self._passages(request, file, brief))
            quoted = await asyncio.to_thread(file.quoted_sha256, request.code)
            made = DraftMade(
                project_id=request.project_id,
                workflow_id=request.workflow_id,
                code=request.code,
                version=request.version,
                attempt=request.attempt,
                agent=agent.name,
                inputs_sha256=_inputs_sha256(brief, quoted),
            )
            try:
                draft = await agent.draft(brief)
                for call in draft.calls:
                    await log.keep(call)
                content = await asyncio.to_thread(compose, draft.sections, brief.context)
            except (AgentFailed, UnknownKey) as error:
                if _is_final(error):
                    await self._drafts.record(replace(made, note=str(error), calls=log.used))
                if isinstance(error, AgentUnavailable):
                    raise _to_be_repeated(error) from error
                raise
            found = await self._reviewer.review(file, row, content, brief.sources, log)
        stored = await self._artifacts.write(content.encode())
        note = request.note or draft.note
        await self._drafts.record(
            replace(
                made,
                agent=draft.agent,
                content_sha256=stored,
                score=found.score,
                blocked=found.blocks,
                findings=[asdict(finding) for finding in found.findings],
                note=note,
                calls=log.used,
                quotes=[asdict(quote) for quote in brief.sources if quote.markdown in content],
            )
        )
        await self._progress.report(request, 60, f"Drafted and reviewed {row.title}")
        return DraftReceipt(
            content_sha256=stored,
            agent=draft.agent,
            calendar_version=file.calendar.version,
            facts_id=file.facts_id,
            quoted_sha256=quoted,
            score=found.score,
            blocked=found.blocks,
            findings=found.sentences[:MOST_FINDINGS],
            refines=agent.refines,
            note=note,
        )

    async def _brief(
        self, request: DraftRequest, file: ContractFile, row: DocumentType, calls: CallLog
    ) -> Brief:
        first, last = DRAFTING

        async def progress(done: float, message: str) -> None:
            await self._progress.report(request, first + round(done * (last - first)), message)

        context = await asyncio.to_thread(file.context, request.code, request.version)
        return Brief(
            document=row,
            guidance=guidance_for(request.code),
            context=context,
            feedback=request.feedback,
            withheld=await asyncio.to_thread(withheld, file.records.offers, file.facts),
            progress=progress,
            calls=calls,
        )

    async def _passages(
        self, request: DraftRequest, file: ContractFile, brief: Brief
    ) -> tuple[Quotation, ...]:
        """What the project's own files say on the sections of the document."""
        if not (kinds := kinds_for(brief.document)):
            return ()
        about = (*(section.title for section in brief.guidance.sections), file.facts.project.title)
        found = await self._sources.grounding(request.project_id, about, kinds, MOST_PASSAGES)
        return usable(found, brief.withheld)


def _is_final(error: Exception) -> bool:
    """Whether no other attempt follows."""
    info = activity.info()
    last = info.retry_policy and 0 < info.retry_policy.maximum_attempts <= info.attempt
    return bool(last) or not isinstance(error, AgentUnavailable)


def _to_be_repeated(error: AgentUnavailable) -> ApplicationError:
    wait = error.retry_after
    return ApplicationError(
        str(error),
        type=type(error).__name__,
        next_retry_delay=None if wait is None else timedelta(seconds=wait),
        # A busy provider is no fault of the worker: it stays out of its error log.
        category=ApplicationErrorCategory.BENIGN,
    )


def _inputs_sha256(brief: Brief, quoted_sha256: str) -> str:
    """Of everything that an agent is told; the same facts give the same hash."""
    told = {
        "facts": quoted_sha256,
        "guidance": [asdict(section) for section in brief.guidance.sections],
        "feedback": brief.feedback,
        "sources": [asdict(quote) for quote in brief.sources],
    }
    return sha256(json.dumps(told, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
