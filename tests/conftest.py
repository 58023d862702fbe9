"""One real PostgreSQL and one real Temporal server for the whole test run."""

import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from importlib import import_module
from pathlib import Path
from uuid import uuid4

import pytest
import pytest_asyncio
from hypothesis import settings as hypothesis_settings
from pydantic_ai import models
from temporalio.client import Client

from runtime.local import LocalStack
from runtime.postgres import Durability
from runtime.temporal import connect, register_search_attributes
from workflows import search_attributes

hypothesis_settings.register_profile("suite", deadline=None, derandomize=True, database=None)
hypothesis_settings.load_profile("suite")  # a busy machine fails nothing, nor does another's luck

models.ALLOW_MODEL_REQUESTS = False
"""No test asks a model, but for those that switch it on for an endpoint of their own."""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--record-histories",
        action="store_true",
        help="write the histories of the workflow tests to tests/workflows/histories",
    )


@pytest.fixture(scope="session")
def stack() -> Iterator[LocalStack]:
    """The servers, with time skipping allowed; they end with the test run, killed or not."""
    folder = Path(tempfile.mkdtemp(prefix="procureflow-test-"))
    servers = LocalStack(folder, durability=Durability.TEST, ui_port=None, time_skipping=True)
    with servers:
        yield servers
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def database_url(stack: LocalStack) -> str:
    """A migrated database, shared by the run: tests use ids of their own, not an empty table."""
    url = stack.database_url_for(f"test_{uuid4().hex}")
    import_module("db.migrate").upgrade(url)
    return url


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def temporal_client(stack: LocalStack) -> AsyncIterator[Client]:
    """A client of the real server, with the product's converter and search attributes."""
    client = await connect(stack.temporal_address)
    await register_search_attributes(client, search_attributes.ALL)
    yield client
    # Lets the client's last background calls end before the servers do.
    await asyncio.sleep(0)
