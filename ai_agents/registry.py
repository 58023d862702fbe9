"""Which agent drafts which document.

Agents of other packages join through the entry-point group ``procureflow.agents``: the entry
point's name is the agent's name and its object is called without arguments to make the agent.
"""

from collections.abc import Callable, Mapping
from importlib.metadata import entry_points

from ai_agents.agent import Agent
from ai_agents.facts_agent import FactsAgent

BUILT_IN: dict[str, Callable[[], Agent]] = {"facts": FactsAgent}


class UnknownAgent(LookupError):
    """A setting names an agent that nobody provides."""


class AgentRegistry:
    """Resolves document codes to agents; every name is checked when the registry is made."""

    def __init__(
        self, default: str = "facts", assignments: Mapping[str, str] | None = None
    ) -> None:
        """``assignments`` maps document codes to agent names; other documents get ``default``.

        Raises:
            UnknownAgent: a name that is neither built in nor provided by an entry point.
        """
        factories = dict(BUILT_IN)
        for point in entry_points(group="procureflow.agents"):
            if point.name in factories:
                raise UnknownAgent(f"two agents are named {point.name!r}: rename one entry point")
            factories[point.name] = point.load()
        self._assignments = dict(assignments or {})
        self._default = default
        names = {default, *self._assignments.values()}
        if unknown := sorted(names - factories.keys()):
            raise UnknownAgent(
                f"no agent is named {', '.join(unknown)}; known agents: {', '.join(factories)}"
            )
        self._agents = {name: factories[name]() for name in names}

    def for_document(self, code: str) -> Agent:
        return self._agents[self._assignments.get(code, self._default)]
