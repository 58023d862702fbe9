"""The call log of one document version, in memory."""

from dataclasses import dataclass, field

from ai_agents.agent import Call


@dataclass(slots=True)
class Kept:
    calls: dict[str, Call] = field(default_factory=dict[str, Call])

    async def find(self, key: str) -> Call | None:
        return self.calls.get(key)

    async def keep(self, call: Call) -> None:
        self.calls.setdefault(call.key, call)
