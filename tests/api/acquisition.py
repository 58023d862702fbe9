"""The sample acquisition at the routes of the API."""

import copy
import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from websockets.asyncio.client import ClientConnection, connect

from demo.acquisition import Sample
from tests.api.conftest import MANAGER, OFFICER, Client, SignIn
from tests.waiting import until

ALMS = Sample.load(Path(__file__).parents[2] / "samples" / "alms.yaml")


def facts() -> dict[str, Any]:
    """A requirements package that may be changed."""
    return copy.deepcopy(dict(ALMS.facts))


async def create(officer: Client, *, key: str | None = None, **more: Any) -> dict[str, Any]:
    """A project whose documents are drafted on request only."""
    form: dict[str, Any] = {"name": "ALMS", "project_type": "rfp", "auto_draft": False, **more}
    answer = await officer.post(
        "/api/projects", json=form, headers={"Idempotency-Key": key} if key else {}
    )
    assert answer.status_code == 200, answer.text
    return answer.json()["project"]


async def document_of(client: Client, project_id: str, code: str) -> dict[str, Any]:
    found = (await client.get(f"/api/projects/{project_id}/documents")).json()["documents"]
    return next(document for document in found if document["code"] == code)


async def requirements_of(client: Client, project: dict[str, Any]) -> dict[str, Any]:
    return await document_of(client, project["id"], "PR")


@asynccontextmanager
async def socket(
    client: Client, project_id: str, after: int | None = 0
) -> AsyncGenerator[ClientConnection]:
    """A browser's socket: opened with a ticket."""
    ticket = (await client.post("/api/ws-ticket")).json()
    url = str(client.base_url).replace("http", "ws", 1).rstrip("/")
    query = "" if after is None else f"?after={after}"
    protocols: Any = [ticket["protocol"], ticket["ticket"]]
    async with connect(
        f"{url}/ws/{project_id}{query}", subprotocols=protocols, proxy=None, open_timeout=60
    ) as opened:
        yield opened


async def event(opened: ClientConnection, kind: str) -> dict[str, Any]:
    """The next event of that type."""
    async for text in opened:
        message = json.loads(text)
        if message["type"] == kind:
            return message
    raise AssertionError(f"the socket was closed before {kind}")


async def project_under_review(sign_in: SignIn) -> dict[str, Any]:
    """An accepted acquisition whose requirements package (PR) awaits its first signature."""
    officer, manager = await sign_in(OFFICER), await sign_in(MANAGER)
    created = await create(officer, facts=facts())
    async with socket(manager, created["id"]) as opened:
        await event(opened, "phase_update")
        answer = await manager.post(
            f"/api/projects/{created['id']}/generate-document", json={"document_type": "pr"}
        )
        assert answer.status_code == 200, answer.text
        complete = await event(opened, "generation_complete")
    assert complete["task_id"] == answer.json()["task_id"], "the page ignores other tasks' events"
    return created


async def project_with_deadlines(sign_in: SignIn) -> str:
    """The id of an accepted acquisition whose team and deadlines are there."""
    officer = await sign_in(OFFICER)
    project_id = (await create(officer, facts=facts()))["id"]

    async def deadlines() -> list[Any]:
        return (await officer.get(f"/api/projects/{project_id}/deadlines")).json()["deadlines"]

    await until(deadlines, bool)
    return project_id
