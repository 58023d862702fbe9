"""Which agents draft and who reviews, as the settings say."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from ai_agents.agent import Agent
from ai_agents.registry import STANDARD, AgentRegistry
from ai_agents.reviewer import Reviewer
from ai_agents.script_agent import ScriptAgent, ScriptLimits
from runtime.settings import ModelProvider, Settings

if TYPE_CHECKING:
    from ai_agents.provider import ModelConnection


@dataclass(frozen=True, slots=True)
class Agents:
    """The agents of a worker, and the connection to their model if there is one."""

    registry: AgentRegistry
    reviewer: Reviewer
    _connection: "ModelConnection | None" = None

    @classmethod
    def build(cls, settings: Settings) -> Self:
        """Raises UnknownAgent or AgentRefused when a setting names an agent that cannot be."""
        limits = ScriptLimits(
            seconds=settings.agent_script_seconds,
            memory_mb=settings.agent_script_memory_mb,
            environment=settings.agent_scripts_environment,
        )
        scripts = {
            code: ScriptAgent(target, settings.agent_scripts_path, limits)
            for code, target in settings.agent_scripts.items()
        }
        assignments = {
            **settings.document_agents,
            **{code: script.name for code, script in scripts.items()},
        }
        agents: list[Agent] = list(scripts.values())
        if settings.model_provider is ModelProvider.NONE:
            return cls(AgentRegistry(agents, STANDARD, assignments, limits), Reviewer())
        # Importing a model's client takes seconds: only a worker that has one does it.
        from ai_agents.llm_agent import ModelAgent
        from ai_agents.llm_reviewer import ModelReader
        from ai_agents.provider import ModelChoice, ModelConnection, Provider

        connection = ModelConnection(
            ModelChoice(
                provider=Provider(settings.model_provider.value),
                name=settings.model_name,
                base_url=settings.model_base_url,
                api_key=settings.model_api_key,
                timeout_seconds=settings.model_timeout_seconds,
                max_output_tokens=settings.model_max_output_tokens,
            )
        )
        model = ModelAgent(connection)
        return cls(
            AgentRegistry([*agents, model], model.name, assignments, limits),
            Reviewer(ModelReader(connection) if settings.model_reviews else None),
            connection,
        )

    async def close(self) -> None:
        if self._connection is not None:
            await self._connection.close()
