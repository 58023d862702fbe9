"""Calls of agents: prompts and answers in the artifact store, the rest in the database."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ai_agents.agent import Call
from db.drafts import StoredCall

if TYPE_CHECKING:
    from db.artifacts import ArtifactStore
    from db.drafts import Drafts


class AgentCalls:
    """Makes the call log of a document version (``ai_agents.agent.CallLog``)."""

    def __init__(self, drafts: Drafts, artifacts: ArtifactStore) -> None:
        self._drafts = drafts
        self._artifacts = artifacts

    def of(self, workflow_id: str) -> VersionCalls:
        return VersionCalls(workflow_id, self._drafts, self._artifacts)


@dataclass(frozen=True, slots=True)
class VersionCalls:
    """The calls of one document version."""

    _workflow_id: str
    _drafts: Drafts
    _artifacts: ArtifactStore
    used: list[str] = field(default_factory=list[str])
    """Keys of the calls that were found or kept here, in their order."""

    async def find(self, key: str) -> Call | None:
        """The answer that an earlier attempt got to the same request."""
        stored = await self._drafts.find_call(self._workflow_id, key)
        if stored is None:
            return None
        self._use(key)
        return Call(
            key=stored.key,
            provider=stored.provider,
            model=stored.model,
            prompt=(await self._artifacts.read(stored.prompt_sha256)).decode(),
            answer=(await self._artifacts.read(stored.answer_sha256)).decode(),
            input_tokens=stored.input_tokens,
            output_tokens=stored.output_tokens,
            cost_usd=stored.cost_usd,
            seconds=stored.seconds,
        )

    async def keep(self, call: Call) -> None:
        """Keep an answer; keeping it twice is harmless."""
        await self._drafts.keep_call(
            self._workflow_id,
            StoredCall(
                key=call.key,
                provider=call.provider,
                model=call.model,
                prompt_sha256=await self._artifacts.write(call.prompt.encode()),
                answer_sha256=await self._artifacts.write(call.answer.encode()),
                input_tokens=call.input_tokens,
                output_tokens=call.output_tokens,
                cost_usd=call.cost_usd,
                seconds=call.seconds,
            ),
        )
        self._use(call.key)

    def _use(self, key: str) -> None:
        if key not in self.used:
            self.used.append(key)
