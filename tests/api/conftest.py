"""The API as a real server on a free port, with the sample people signed in when asked for."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx2
import pytest
import pytest_asyncio
import uvicorn
from pydantic import SecretStr
from temporalio.client import Client as Temporal

import api.cancellation
import api.routes.milestones
import api.routes.projects
import api.routes.submissions
import api.routes.transitions
import api.temporal
import db.requests
from api.main import create_app
from db.migrate import upgrade
from db.seed import SAMPLE_PASSWORD, seed
from db.session import create_engine, create_sessions
from runtime.local import LocalStack
from runtime.product import LONGEST_REQUEST_LINE
from runtime.settings import PdfConverter, Settings
from tests.leftovers import end_what_runs
from worker.registration import Activities, agent_worker, workflow_worker

Client = httpx2.AsyncClient
SignIn = Callable[[str], Awaitable[Client]]

OFFICER = "j.okafor@navy.mil"
SPECIALIST = "john.contracting@navy.mil"
MANAGER = "a.rivera@navy.mil"
CHAIR = "d.nguyen@navy.mil"
COMPTROLLER = "approver@navy.mil"
"""Signs the requirements package (PR) first."""
VIEWER = "viewer@navy.mil"
ADMIN = "admin@navy.mil"

PATIENCE_SECONDS = 60.0
"""Of the API for its workers: a busy machine is no reason to answer that it takes longer."""
CATCH_UP_SECONDS = 20.0
"""Where a refusal that is meant waits as long too."""
OPENING_LOOKS = 1200


@pytest.fixture(scope="session")
def settings(stack: LocalStack, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """With a database of its own: the API's sweep starts whatever waits for its workflow."""
    database_url = stack.database_url_for(f"api_{uuid4().hex}")
    upgrade(database_url)
    folder: Path = tmp_path_factory.mktemp("api")
    return Settings(
        data_dir=folder,
        artifacts_dir=folder / "artifacts",
        database_url=database_url,
        temporal_address=stack.temporal_address,
        secret_key=SecretStr("k" * 20 + "0123456789abcdefghij"),
        pdf_converter=PdfConverter.EMBEDDED,
        access_token_minutes=24 * 60,  # people sign in once for the whole run
    )


@pytest.fixture
def a_lock_lasts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Long enough to be seen on a busy machine: the first wait is a second otherwise."""
    monkeypatch.setattr(db.requests, "FIRST_WAIT", timedelta(minutes=1))


@asynccontextmanager
async def serve(settings: Settings) -> AsyncGenerator[str]:
    """Run the API in this process; yields its base URL."""
    config = uvicorn.Config(
        create_app(settings),
        host="127.0.0.1",
        port=0,
        log_config=None,
        http="h11",
        h11_max_incomplete_event_size=LONGEST_REQUEST_LINE,
        ws="websockets-sansio",
    )
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve())
    while not server.started:
        if serving.done():
            await serving
        await asyncio.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        await serving


@asynccontextmanager
async def working(settings: Settings, temporal: Temporal) -> AsyncGenerator[None]:
    """Workers for the length of the block, which then ends every workflow that still runs."""
    activities = Activities.build(settings)
    try:
        async with (
            workflow_worker(temporal, activities),
            agent_worker(temporal, activities, slots=2),
        ):
            with pytest.MonkeyPatch.context() as patched:
                patched.setattr(api.temporal, "ANSWER_SECONDS", PATIENCE_SECONDS)
                patched.setattr(api.temporal, "CATCH_UP_SECONDS", CATCH_UP_SECONDS)
                patched.setattr(api.cancellation, "CLOSING_SECONDS", PATIENCE_SECONDS)
                patched.setattr(api.routes.milestones, "COUNT_SECONDS", PATIENCE_SECONDS)
                patched.setattr(api.routes.projects, "OPENING_LOOKS", OPENING_LOOKS)
                patched.setattr(api.routes.submissions, "PATIENCE_SECONDS", PATIENCE_SECONDS)
                patched.setattr(api.routes.transitions, "ROW_SECONDS", PATIENCE_SECONDS)
                yield
        # Workers would go on with parents whose children have just been ended.
        await end_what_runs(temporal)
    finally:
        await activities.close()


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def workers(settings: Settings, temporal_client: Temporal) -> AsyncIterator[None]:
    async with working(settings, temporal_client):
        yield


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def api_url(settings: Settings, temporal_client: object) -> AsyncIterator[str]:
    engine = create_engine(settings.require_database_url())
    await seed(create_sessions(engine), production=False)
    await engine.dispose()
    async with serve(settings) as url:
        yield url


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def anybody(api_url: str) -> AsyncIterator[Client]:
    """Somebody who is not signed in."""
    async with Client(base_url=api_url, trust_env=False, timeout=60) as client:
        yield client


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def sign_in(api_url: str, anybody: Client) -> AsyncIterator[SignIn]:
    """Signs a sample person in, once per test run, and returns that person's client."""
    clients: dict[str, Client] = {}

    async def client_of(email: str) -> Client:
        if email not in clients:
            clients[email] = Client(
                base_url=api_url,
                trust_env=False,
                timeout=60,
                headers={"Authorization": f"Bearer {await access_token(anybody, email)}"},
            )
        return clients[email]

    yield client_of
    for client in clients.values():
        await client.aclose()


async def access_token(anybody: Client, email: str) -> str:
    return (await tokens(anybody, email))["access_token"]


async def tokens(anybody: Client, email: str, password: str = SAMPLE_PASSWORD) -> Any:
    answer = await anybody.post("/api/auth/login", json={"email": email, "password": password})
    assert answer.status_code == 200, answer.text
    return answer.json()
