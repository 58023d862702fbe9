"""The model behind agents and reviewers: who serves it, its limits, and its failures in words."""

import asyncio
import time
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, SecretStr
from pydantic_ai import Agent, capture_run_messages
from pydantic_ai.agent import EventStreamHandler
from pydantic_ai.exceptions import (
    ContentFilterError,
    ModelAPIError,
    ModelHTTPError,
    ModelQuotaExceededError,
    ModelRateLimitError,
    ModelRequestRejectedError,
    UnexpectedModelBehavior,
)
from pydantic_ai.messages import ModelMessage, ModelResponse, TextPart, ToolCallPart
from pydantic_ai.models import Model
from pydantic_ai.settings import ModelSettings

from ai_agents.agent import AgentFailed, AgentRefused, AgentUnavailable, Call, CallLog

if TYPE_CHECKING:
    from anthropic import AsyncAnthropic
    from openai import AsyncOpenAI

LONGEST_ANSWER = 200_000
"""Characters after which an answer that streams in is broken off."""
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

    def conversation(self, form: type[BaseModel], instructions: str) -> "Conversation":
        """Requests under the same instructions that are answered in the same form."""
        return Conversation(self.choice, self._model, form, instructions)

    async def close(self) -> None:
        """Close the connections to the provider."""
        await self._client.close()


class Conversation:
    """Asks a model for answers in one form. Safe to share."""

    def __init__(
        self, choice: ModelChoice, model: Model, form: type[BaseModel], instructions: str
    ) -> None:
        self._choice = choice
        self._instructions = instructions
        self._agent = Agent(
            model,
            output_type=form,
            instructions=instructions,
            model_settings=ModelSettings(
                max_tokens=choice.max_output_tokens, timeout=choice.timeout_seconds
            ),
            # An answer that does not fit is repaired by the caller, with all faults at once.
            retries=0,
        )

    async def ask(
        self, prompt: str, calls: CallLog | None, follow: EventStreamHandler[object] | None = None
    ) -> Call:
        """The answer as JSON in the form; one that does not fit comes back as the model wrote it.

        What ``calls`` knows already is not asked again, and every request is kept there, a failed
        one too. ``follow`` sees the answer while it streams in.

        Raises:
            AgentUnavailable, AgentRefused: there is no answer.
        """
        key = self._key(prompt)
        if calls is not None and (known := await calls.find(key)):
            return known
        started, answer, failure = time.perf_counter(), None, None
        with capture_run_messages() as messages:
            try:
                with failures_in_words(self._choice):
                    async with asyncio.timeout(self._choice.timeout_seconds):
                        result = await self._agent.run(prompt, event_stream_handler=follow)
                answer = result.output.model_dump_json()
            except UnexpectedModelBehavior:
                pass  # it does not fit the form
            except AgentFailed as error:
                failure = error
        response = _last_response(messages)
        usage = response.usage
        call = Call(
            key=key,
            provider=self._choice.provider,
            model=self._choice.name,
            prompt=prompt,
            answer=_written(response) if answer is None else answer,
            input_tokens=usage.input_tokens,
            output_tokens=usage.output_tokens,
            # An answer that was broken off may have no usage yet, which is not the same as no cost.
            cost_usd=usage.cost if usage.has_values() else None,
            seconds=round(time.perf_counter() - started, 3),
        )
        if failure is not None:
            call = call.failed(str(failure))
        if calls is not None:
            await calls.keep(call)
        if failure is not None:
            raise failure
        return call

    def _key(self, prompt: str) -> str:
        choice = self._choice
        limit = str(choice.max_output_tokens)
        parts = (choice.provider, choice.name, limit, self._instructions, prompt)
        return sha256("\0".join(parts).encode()).hexdigest()


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
    except TimeoutError as error:
        raise AgentUnavailable(
            f"{name} timed out: its answer took longer than {choice.timeout_seconds:g} s"
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


def _last_response(messages: Sequence[ModelMessage]) -> ModelResponse:
    found = [message for message in messages if isinstance(message, ModelResponse)]
    return found[-1] if found else ModelResponse(parts=[])


def _written(response: ModelResponse) -> str:
    """What the model wrote, in a form or not, up to where it was broken off."""
    said: list[str] = []
    for part in response.parts:
        match part:
            case TextPart(content=str(text)) | ToolCallPart(args=str(text)):
                said.append(text)
            case ToolCallPart():
                said.append(part.args_as_json_str())
            case _:
                pass  # thoughts are no part of an answer
    return "\n".join(said)[:LONGEST_ANSWER].encode(errors="replace").decode()


def _reason(error: ModelAPIError) -> str:
    """What the provider said, without the request that it may repeat."""
    match error.body:
        case {"message": str(said)}:
            pass
        case _:
            said = error.message
    words = " ".join(said.split())[:200]
    return f"HTTP {error.status_code}, {words}" if isinstance(error, ModelHTTPError) else words
