"""With encryption on, the files of the Temporal server hold nothing that people wrote.

The same day's work without encryption shows that the search would find it.
"""

import asyncio
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from fastapi import Request, Response
from fastapi.responses import JSONResponse
from pydantic import SecretStr

from db.migrate import upgrade
from db.seed import seed
from db.session import create_engine, create_sessions
from runtime.local import LocalStack
from runtime.postgres import Durability
from runtime.settings import ModelProvider, Settings
from runtime.temporal import connect, register_search_attributes
from tests.ai_agents import model_stub
from tests.api.acquisition import create, document_of, facts
from tests.api.conftest import COMPTROLLER, MANAGER, OFFICER, Client, access_token, serve, working
from tests.waiting import until
from workflows import search_attributes

OFFEROR, PRICE = "Quillfeather Marine Systems", "41,987,123.45"
NOTE = "the incumbent's wrap rate looks too low"
API_KEY = "sk-planted-7f3e9a51c2d84b60"
SECRETS = (OFFEROR, PRICE, NOTE, API_KEY)
TEXT = f"# Market\n\n{OFFEROR} quoted USD {PRICE}.\n"


class Forgetful(model_stub.ModelStub):
    """Refuses every request and repeats the key in its message, as providers do."""

    async def _complete(self, request: Request) -> Response:
        error = {"message": f"Incorrect API key provided: {API_KEY}", "type": "invalid_request"}
        return JSONResponse({"error": error}, 401)


@pytest.fixture
def temporal(stack: LocalStack) -> Iterator[LocalStack]:
    """A Temporal server of its own, whose file holds this day alone."""
    folder = Path(tempfile.mkdtemp(prefix="procureflow-sealed-"))
    servers = LocalStack(
        folder, durability=Durability.TEST, database_url=stack.database_url, ui_port=None
    )
    with servers:
        yield servers
    shutil.rmtree(folder)


async def a_day(settings: Settings) -> None:
    """A draft fails with a key in the message; a text with a note is sent back with comments."""
    async with (
        serve(settings) as url,
        Client(base_url=url, trust_env=False, timeout=60) as client,
    ):
        for email in (OFFICER, MANAGER, COMPTROLLER):
            client.headers["Authorization"] = ""
            token = await access_token(client, email)
            client.headers["Authorization"] = f"Bearer {token}"
            await DUTIES[email](client)


async def _open(client: Client) -> None:
    created = await create(client, facts=facts())
    client.headers["X-Project"] = created["id"]


async def _draft_and_submit(client: Client) -> None:
    project = client.headers["X-Project"]
    await client.post(f"/api/projects/{project}/generate-document", json={"document_type": "pr"})

    async def failed() -> Any:
        return await document_of(client, project, "PR")

    document = await until(failed, lambda found: found["generation_status"] == "failed")
    saved = await client.post(
        f"/api/documents/{document['id']}/save-generated",
        json={"content": TEXT, "notes": f"{OFFEROR} at {PRICE}: {NOTE}"},
    )
    assert saved.status_code == 200, saved.text
    await until(failed, lambda found: found["status"] == "under_review")


async def _send_back(client: Client) -> None:
    async def asked() -> Any:
        return (await client.get("/api/approvals/pending")).json()["approvals"]

    [approval] = await until(asked, bool)
    sent = await client.post(
        f"/api/approvals/{approval['id']}/request-changes", json={"comments": NOTE}
    )
    assert sent.status_code == 200, sent.text


DUTIES = {OFFICER: _open, MANAGER: _draft_and_submit, COMPTROLLER: _send_back}


def found_in(folder: Path) -> dict[str, list[str]]:
    """Which secrets stand in which file of the server, its log and journal included."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert any(path.name == "temporal.db" for path in files), "the server's file is missing"
    return {
        secret: [path.name for path in files if secret.encode() in path.read_bytes()]
        for secret in SECRETS
    }


@pytest.mark.parametrize("encrypt", [True, False], ids=["encrypted", "in clear"])
async def test_the_servers_files_hold_no_secret(
    encrypt: bool, stack: LocalStack, temporal: LocalStack, settings: Settings, tmp_path: Path
) -> None:
    database_url = stack.database_url_for(f"sealed_{uuid4().hex}")
    await asyncio.to_thread(upgrade, database_url)
    engine = create_engine(database_url)
    await seed(create_sessions(engine), production=False)
    await engine.dispose()
    model_url, stop_model = await model_stub.serve(Forgetful())
    try:
        chosen = settings.model_copy(
            update={
                "database_url": database_url,
                "temporal_address": temporal.temporal_address,
                "artifacts_dir": tmp_path,
                "encrypt_payloads": encrypt,
                "payload_keys": SecretStr("test:a-secret-of-enough-characters-for-it"),
                "model_provider": ModelProvider.OPENAI,
                "model_name": "stub",
                "model_base_url": model_url,
                "model_api_key": SecretStr(API_KEY),
            }
        )
        client = await connect(temporal.temporal_address, keys=chosen.key_ring())
        await register_search_attributes(client, search_attributes.ALL)
        async with working(chosen, client):
            await a_day(chosen)
    finally:
        await stop_model()
    await asyncio.to_thread(temporal.stop)
    found = found_in(temporal.folder)
    if encrypt:
        assert not any(found.values()), f"stored in clear: {found}"
    else:
        assert all(found[secret] for secret in (OFFEROR, PRICE, NOTE)), (
            f"this day's work plants nothing, so the search proves nothing: {found}"
        )
