"""The model behind agents and reviewers: who serves it, its limits, and its failures in words."""

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import SecretStr
from pydantic_ai import Agent as Conversation
from pydantic_ai.exceptions import (
    ContentFilterError,
    ModelAPIError,
    ModelHTTPError,
    ModelQuotaExceededError,
    ModelRateLimitError,
    ModelRequestRejectedError,
)
from pydantic_ai.models import Model
from pydantic_ai.settings import ModelSettings

from ai_agents.agent import AgentRefused, AgentUnavailable

if TYPE_CHECKING:
    from anthropic import AsyncAnthropic
    from openai import AsyncOpenAI

Answer = TypeVar("Answer")
_FOR_NOW = (408, 409, 425, 429)
"""Client errors that another attempt may not meet."""


class Provider(StrEnum):
    """Who serves the model."""

    ANTHROPIC = "anthropic"
    OPENAI = "openai"
    """OpenAI, or any endpoint that speaks its protocol: gateways and local servers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelChoice:
    """Which model is used, and the limits of one request."""

    provider: Provider
    name: str
    base_url: str | None = None
    """Address of the endpoint; ``None``: the provider's own."""
    api_key: SecretStr | None = None
    timeout_seconds: float = 120.0
    """Of one request, the whole answer included."""
    max_output_tokens: int = 16_000

    @property
    def title(self) -> str:
        """For people, for example ``anthropic claude``."""
        return f"{self.provider} {self.name}"


class ModelConnection:
    """A model that can be asked. Safe to share."""

    def __init__(self, choice: ModelChoice) -> None:
        self.choice = choice
        self._client = _client(choice)
        self._model = _model(choice, self._client)

    def conversation(
        self, output_type: type[Answer], instructions: str
    ) -> Conversation[object, Answer]:
        """An agent of pydantic-ai that answers with one ``output_type``."""
        return Conversation(
            self._model,
            output_type=output_type,
            instructions=instructions,
            model_settings=ModelSettings(
                max_tokens=self.choice.max_output_tokens, timeout=self.choice.timeout_seconds
            ),
            # An answer that does not fit is repaired by the caller, with all faults at once.
            retries=0,
        )

    async def close(self) -> None:
        """Close the connections to the provider."""
        await self._client.close()


@contextmanager
def failures_in_words(choice: ModelChoice) -> Generator[None]:
    """Turn what a provider's client raises into ``AgentUnavailable`` or ``AgentRefused``."""
    name = choice.title
    try:
        yield
    except ContentFilterError as error:
        raise AgentRefused(f"{name} refused to write this document: {error.message}") from error
    except (ModelRateLimitError, ModelQuotaExceededError) as error:
        raise AgentUnavailable(
            f"{name} accepts no more requests for now; the draft goes on later",
            retry_after=error.retry_after,
        ) from error
    except ModelRequestRejectedError as error:
        raise AgentRefused(f"{name} rejected the request: {_reason(error)}") from error
    except ModelHTTPError as error:
        if 400 <= error.status_code < 500 and error.status_code not in _FOR_NOW:
            raise AgentRefused(f"{name} rejected the request: {_reason(error)}") from error
        raise AgentUnavailable(
            f"{name} failed: {_reason(error)}", retry_after=error.retry_after
        ) from error
    except ModelAPIError as error:
        raise AgentUnavailable(f"{name} cannot be reached: {_reason(error)}") from error


def _client(choice: ModelChoice) -> "AsyncOpenAI | AsyncAnthropic":
    # Importing a provider's client takes a second or more: only the one that is used.
    key = choice.api_key.get_secret_value() if choice.api_key else ""
    if choice.provider is Provider.ANTHROPIC:
        from anthropic import AsyncAnthropic

        return AsyncAnthropic(
            api_key=key, base_url=choice.base_url, max_retries=0, timeout=choice.timeout_seconds
        )
    from openai import AsyncOpenAI

    return AsyncOpenAI(
        # Local servers ask for no key, and the client insists on one.
        api_key=key or "none",
        base_url=choice.base_url,
        max_retries=0,
        timeout=choice.timeout_seconds,
    )


def _model(choice: ModelChoice, client: Any) -> Model:
    if choice.provider is Provider.ANTHROPIC:
        from pydantic_ai.models.anthropic import AnthropicModel
        from pydantic_ai.providers.anthropic import AnthropicProvider

        return AnthropicModel(choice.name, provider=AnthropicProvider(anthropic_client=client))
    from pydantic_ai.models.openai import OpenAIChatModel
    from pydantic_ai.providers.openai import OpenAIProvider

    return OpenAIChatModel(choice.name, provider=OpenAIProvider(openai_client=client))


def _reason(error: ModelAPIError) -> str:
    """What the provider said, without the request that it may repeat."""
    match error.body:
        case {"message": str(said)}:
            pass
        case _:
            said = error.message
    words = " ".join(said.split())[:200]
    return f"HTTP {error.status_code}, {words}" if isinstance(error, ModelHTTPError) else words
