"""A model endpoint on this machine; nothing else that pydantic-ai knows can be asked."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from pydantic_ai import models

from ai_agents.llm_agent import ModelAgent
from ai_agents.provider import ModelChoice, ModelConnection, Provider
from tests.ai_agents.model_stub import ModelStub, serve


@pytest.fixture
def _asking(monkeypatch: pytest.MonkeyPatch) -> None:
    """Requests may leave the client for as long as the stub listens on 127.0.0.1."""
    monkeypatch.setattr(models, "ALLOW_MODEL_REQUESTS", True)


@pytest_asyncio.fixture
async def stub(_asking: None) -> AsyncIterator[ModelStub]:
    model = ModelStub()
    model.url, stop = await serve(model)
    assert model.url.startswith("http://127.0.0.1:")
    yield model
    await stop()


@pytest_asyncio.fixture
async def connection(stub: ModelStub) -> AsyncIterator[ModelConnection]:
    choice = ModelChoice(
        provider=Provider.OPENAI, name="stub", base_url=stub.url, timeout_seconds=5.0
    )
    made = ModelConnection(choice)
    yield made
    await made.close()


@pytest.fixture
def agent(connection: ModelConnection) -> ModelAgent:
    return ModelAgent(connection)
