"""A front end from signing in to the signed work statement, on a connection that breaks twice."""

import asyncio
import hashlib
import json
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

from websockets.asyncio.client import ClientConnection

from db.seed import SAMPLE_PASSWORD
from tests.api.acquisition import ALMS, document_of, facts, socket
from tests.api.conftest import OFFICER, VIEWER, Client, SignIn
from tests.waiting import until

PATIENCE_SECONDS = 120
BEFORE_THE_WORK_STATEMENT = ("PR", "SSN", "RFI", "MRR")
WORK_STATEMENT = "PWS"


class Page:
    """An open page of one project: it shows each event once, whatever its connection does."""

    def __init__(self, client: Client, project_id: str, sockets: AsyncExitStack) -> None:
        self.project_id = project_id
        self._client = client
        self._sockets = sockets
        self._socket: ClientConnection | None = None
        self.events: list[dict[str, Any]] = []
        self.connections = 0

    async def close(self) -> None:
        """Leave politely, as a page does that is put aside."""
        assert self._socket is not None
        await self._socket.close()
        self._socket = None

    async def abort(self) -> None:
        """Lose the connection without a word, as when a cable is pulled."""
        assert self._socket is not None
        self._socket.transport.abort()
        await self._socket.wait_closed()
        self._socket = None

    async def receive(self, kind: str, task_id: str) -> dict[str, Any]:
        """The next event of that type and task; opens the socket again when it is not open."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                message = json.loads(await (await self._opened()).recv())
                self.events.append(message)
                assert message["type"] != "error", message["message"]
                if (message["type"], message.get("task_id")) == (kind, task_id):
                    return message

    async def _opened(self) -> ClientConnection:
        if self._socket is None:
            last = self.events[-1]["event_id"] if self.events else 0
            self._socket = await self._sockets.enter_async_context(
                socket(self._client, self.project_id, after=last)
            )
            self.connections += 1
        return self._socket


@asynccontextmanager
async def signed_in(anybody: Client, email: str) -> AsyncGenerator[Client]:
    """As the front end signs in: everything in the query."""
    answer = await anybody.post(
        "/api/auth/login", params={"email": email, "password": SAMPLE_PASSWORD}
    )
    assert answer.status_code == 200, answer.text
    async with Client(
        base_url=anybody.base_url,
        trust_env=False,
        timeout=60,
        headers={"Authorization": f"Bearer {answer.json()['access_token']}"},
    ) as client:
        yield client


@asynccontextmanager
async def new_project(officer: Client) -> AsyncGenerator[Page]:
    """The page of an acquisition that was just created."""
    created = await officer.post(
        "/api/projects",
        json={"name": "ALMS", "project_type": "rfp", "auto_draft": False, "facts": facts()},
    )
    assert created.status_code == 200, created.text
    async with AsyncExitStack() as sockets:
        yield Page(officer, created.json()["project"]["id"], sockets)


async def generate(drafter: Client, project_id: str, code: str) -> str:
    """Press the button; returns the task."""
    answer = await drafter.post(
        f"/api/projects/{project_id}/generate-document", params={"document_type": code}
    )
    assert answer.status_code == 200, answer.text
    return answer.json()["task_id"]


async def sign(sign_in: SignIn, officer: Client, project_id: str, code: str) -> list[str]:
    """Have everybody sign whose turn it is; returns their addresses in the order of signing."""
    signers: list[str] = []
    while True:
        document = await document_of(officer, project_id, code)
        if document["status"] == "approved":
            return signers
        assert document["status"] == "under_review", document
        [awaited] = document["pending_approvals"]
        url = f"/api/approvals/{awaited['id']}/approve"
        wrong = await (await sign_in(VIEWER)).post(url)
        assert (wrong.status_code, wrong.json()["code"]) == (403, "NotTheApprover")
        signers.append(awaited["approver"]["email"])
        signed = await (await sign_in(signers[-1])).post(url, params={"comments": "Agreed."})
        assert signed.status_code == 200, signed.text


async def test_a_page_drafts_signs_and_downloads_a_work_statement_although_its_socket_breaks_twice(
    workers: None, sign_in: SignIn, anybody: Client
) -> None:
    async with signed_in(anybody, OFFICER) as officer, new_project(officer) as page:
        project_id = page.project_id

        async def checklist() -> list[dict[str, Any]]:
            answer = await officer.get(f"/api/projects/{project_id}/documents")
            return answer.json()["documents"]

        documents = {row["code"]: row for row in await until(checklist, bool)}
        drafters = {code: row["assigned_user"]["email"] for code, row in documents.items()}

        for code in BEFORE_THE_WORK_STATEMENT:
            task = await generate(await sign_in(drafters[code]), project_id, code)
            complete = await page.receive("generation_complete", task)
            assert complete["document_id"] == documents[code]["id"]
            await sign(sign_in, officer, project_id, code)
            if code == "PR":
                specialist = await sign_in(ALMS.email("contract_specialist"))
                recorded = await specialist.post(
                    f"/api/projects/{project_id}/records/market_research",
                    json=ALMS.records["market_research"],
                )
                assert recorded.status_code == 200, recorded.text

        task = await generate(await sign_in(drafters[WORK_STATEMENT]), project_id, WORK_STATEMENT)
        await page.receive("generation_started", task)
        await page.close()
        first = await page.receive("progress", task)
        await page.abort()
        complete = await page.receive("generation_complete", task)
        assert page.connections == 3, "the socket was to break twice"
        assert complete["document_type"] == WORK_STATEMENT
        assert 0 <= first["percentage"] <= 100
        shown = (await officer.get(f"/api/generation-tasks/{task}")).json()
        assert (shown["status"], shown["progress"]) == ("completed", 100)
        assert "ALMS" in shown["result"]["content"]

        expected = [ALMS.email("program_manager"), ALMS.email("contracting_officer")]
        assert await sign(sign_in, officer, project_id, WORK_STATEMENT) == expected
        await page.receive("approval_update", task)
        await page.receive("approval_update", task)

        feed = (await officer.get(f"/api/projects/{project_id}/events?limit=1000")).json()["events"]
        last = page.events[-1]["event_id"]
        assert page.events == [event for event in feed if event["event_id"] <= last], (
            "every event arrives once and in order, whatever happened to the socket"
        )

        document = await document_of(officer, project_id, WORK_STATEMENT)
        upload = document["latest_upload"]
        signed = {row["sha256"] for row in await approvals(officer, document["id"])}
        assert signed == {upload["docx_sha256"]}, "what was signed is what is downloaded"
        for kind in ("docx", "pdf"):
            file = await officer.get(upload[f"{kind}_url"])
            assert file.status_code == 200
            assert hashlib.sha256(file.content).hexdigest() == upload[f"{kind}_sha256"]
            assert file.headers["ETag"] == f'"{upload[f"{kind}_sha256"]}"'


async def approvals(client: Client, document_id: str) -> list[dict[str, Any]]:
    answer = await client.get(f"/api/documents/{document_id}/approvals")
    return answer.json()["approvals"]
