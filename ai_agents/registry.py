"""Which agent drafts which document.

Agents of other packages join through the entry-point group ``procureflow.agents``: the entry
point's name is the agent's name, and its object is a function that drafts (see
``ai_agents.script_agent``) or a class that makes an ``Agent`` when it is called without arguments.
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from importlib.metadata import EntryPoint, entry_points
from typing import TYPE_CHECKING, cast

from ai_agents.agent import Agent
from ai_agents.facts_agent import FactsAgent
from ai_agents.script_agent import ScriptAgent, ScriptLimits
from documents.vocabulary import Sensitivity

if TYPE_CHECKING:
    from documents.catalog import DocumentType

STANDARD = FactsAgent.name


class UnknownAgent(LookupError):
    """A setting names an agent that nobody provides."""


class AgentRegistry:
    """Resolves documents to agents; every name is checked when the registry is made."""

    def __init__(
        self,
        agents: Sequence[Agent] = (),
        default: str = STANDARD,
        assignments: Mapping[str, str] | None = None,
        limits: ScriptLimits | None = None,
    ) -> None:
        """``agents`` are known by their names, besides the standard one and the entry points.

        ``assignments`` maps document codes to agent names; other documents get ``default``.
        ``limits`` bound the functions that entry points name.

        Raises:
            UnknownAgent: a name that is neither given, nor built in, nor an entry point.
        """
        self.standard: Agent = FactsAgent()
        self._assignments = dict(assignments or {})
        self._default = default
        known = {agent.name: agent for agent in (self.standard, *agents)}
        points = {point.name: point for point in entry_points(group="procureflow.agents")}
        if twice := sorted(known.keys() & points.keys()):
            raise UnknownAgent(f"two agents are named {twice[0]!r}: rename one entry point")
        self._agents: dict[str, Agent] = {}
        for name in {default, *self._assignments.values()}:
            if name in known:
                self._agents[name] = known[name]
            elif name in points:
                self._agents[name] = _provided(points[name], limits)
            else:
                everybody = ", ".join(sorted({*known, *points}))
                raise UnknownAgent(f"no agent is named {name}; known agents: {everybody}")

    def for_document(self, document: DocumentType) -> Agent:
        """Who drafts it. What rests on proposals is standard text, unless its code is assigned."""
        assigned = self._assignments.get(document.code)
        if assigned is None and document.sensitivity is Sensitivity.SOURCE_SELECTION:
            return self.standard
        return self._agents[assigned or self._default]


def _provided(point: EntryPoint, limits: ScriptLimits | None) -> Agent:
    provided = point.load()
    if inspect.isfunction(provided):
        return ScriptAgent(point.value, limits=limits)
    return cast(Agent, provided())
