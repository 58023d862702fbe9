"""Live events: nobody waits for a slow watcher, nobody misses or repeats an event."""

import asyncio
import json
import logging
import socket as sockets
from collections import Counter
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from uuid import UUID, uuid4

import pytest
from fastapi import WebSocket
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

import api.live
import api.routes.live
from api.live import Hub
from db.events import EventFeed
from db.projection import Event, Writing
from db.session import Sessions, create_engine, create_sessions, transaction
from runtime.settings import Settings
from tests.api.acquisition import create, socket
from tests.api.conftest import MANAGER, OFFICER, Client, SignIn, access_token, serve
from tests.api.team import database
from tests.waiting import until

READERS, SLEEPERS = 47, 3
SMALL_BUFFER = 4096


async def publish(sessions: Sessions, project_id: UUID, count: int, message: str = "on") -> None:
    for _ in range(count):
        async with transaction(sessions) as session:
            writing = await Writing.begin(session, project_id)
            await writing.publish("test", str(uuid4()), Event("progress", {"message": message}))


async def ids(opened: ClientConnection, count: int) -> list[int]:
    """Of the next events."""
    return [json.loads(await opened.recv())["event_id"] for _ in range(count)]


async def rest(opened: ClientConnection) -> list[int]:
    """Of the events that still come before the socket is closed."""
    seen: list[int] = []
    with suppress(ConnectionClosed):
        while True:
            seen += await ids(opened, 1)
    return seen


@asynccontextmanager
async def sleeper(client: Client, project_id: str) -> AsyncGenerator[ClientConnection]:
    """A page that reads nothing until it is asked to, with hardly any room for what arrives."""
    line = sockets.socket()
    line.setsockopt(sockets.SOL_SOCKET, sockets.SO_RCVBUF, SMALL_BUFFER)
    line.setblocking(False)
    host, port = client.base_url.host, client.base_url.port
    await asyncio.get_running_loop().sock_connect(line, (host, port))
    async with connect(
        f"ws://{host}:{port}/ws/{project_id}",
        sock=line,
        additional_headers={"Authorization": client.headers["Authorization"]},
        compression=None,
        max_queue=1,
        ping_interval=None,
        open_timeout=60,
        close_timeout=1,
        proxy=None,
    ) as opened:
        yield opened


async def test_a_watcher_who_falls_behind_the_tail_still_gets_every_event_once(
    sign_in: SignIn, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api.live, "KEPT", 3)
    project_id = UUID((await create(await sign_in(MANAGER)))["id"])
    database_url = settings.require_database_url()
    engine = create_engine(database_url)
    sessions = create_sessions(engine)
    async with EventFeed(database_url) as feed:
        hub = Hub(feed, sessions)
        async with hub.watch(project_id) as (tail, _), hub.watch(project_id) as (same, grown):
            assert tail is same, "one tail serves every watcher of a project"
            await publish(sessions, project_id, 8)

            async def missed() -> list[int]:
                told = await tail.after(0)
                return [event.id for event in told if event.payload["message"] == "on"]

            everything = await until(missed, lambda ids: len(ids) == 8)
            await until(missed, lambda _: grown.is_set())
            assert everything == sorted(set(everything))
            newest = [event.id for event in await tail.after(everything[-2])]
            assert newest == everything[-1:]
    await engine.dispose()


async def test_signing_out_closes_the_sockets_of_the_session(
    sign_in: SignIn, anybody: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api.routes.live, "RECHECK_SECONDS", 0.05)
    project_id = (await create(await sign_in(MANAGER)))["id"]
    headers = {"Authorization": f"Bearer {await access_token(anybody, OFFICER)}"}
    async with (
        Client(base_url=anybody.base_url, trust_env=False, timeout=60, headers=headers) as leaving,
        socket(leaving, project_id) as opened,
    ):
        await leaving.post("/api/auth/logout")
        async with asyncio.timeout(60):
            await rest(opened)
        assert opened.close_code == api.routes.live.SIGNED_OUT


async def test_a_token_in_the_address_of_a_socket_stays_out_of_the_log(
    sign_in: SignIn, caplog: pytest.LogCaptureFixture
) -> None:
    manager = await sign_in(MANAGER)
    project_id = (await create(manager))["id"]
    address = f"{manager.base_url}".replace("http", "ws", 1) + f"/ws/{project_id}?token=secret-1"
    with caplog.at_level(logging.INFO, "uvicorn.error"):
        with pytest.raises(InvalidStatus):
            await connect(address, proxy=None)
        bearer = {"Authorization": manager.headers["Authorization"]}
        async with connect(address, additional_headers=bearer, proxy=None):
            pass
    lines = [record.getMessage() for record in caplog.records]
    assert sum(f"/ws/{project_id}" in line for line in lines) >= 2, "both requests are logged"
    assert not any("secret-1" in line for line in lines)


async def test_a_page_that_stops_reading_is_dropped_and_the_others_notice_nothing(
    sign_in: SignIn, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api.routes.live, "SLOW_SECONDS", 1.0)
    hang_up, hung_up = WebSocket.close, Counter[int]()

    async def close(page: WebSocket, code: int = 1000, reason: str | None = None) -> None:
        hung_up[code] += 1
        await hang_up(page, code, reason)

    async def dropped() -> int:
        return hung_up[api.routes.live.TOO_SLOW]

    monkeypatch.setattr(WebSocket, "close", close)
    manager = await sign_in(MANAGER)
    project_id = (await create(manager))["id"]
    async with database(settings) as sessions, AsyncExitStack() as pages:
        asleep = [
            await pages.enter_async_context(sleeper(manager, project_id)) for _ in range(SLEEPERS)
        ]
        await publish(sessions, UUID(project_id), 60, "x" * 100_000)
        readers = [
            await pages.enter_async_context(socket(manager, project_id, after=None))
            for _ in range(READERS)
        ]
        await publish(sessions, UUID(project_id), 5)
        async with asyncio.timeout(60):
            read = await asyncio.gather(*(ids(reader, 5) for reader in readers))
        assert len(read[0]) == 5
        assert all(other == read[0] for other in read), "each reader has all five, in order"

        await until(dropped, lambda count: count == SLEEPERS)
        for opened in asleep:
            seen = await rest(opened)
            assert read[0][-1] not in seen, "who takes nothing is not waited for"
            async with socket(manager, project_id, after=seen[-1]) as again:
                missed = await ids(again, 65 - len(seen))
            assert missed[-5:] == read[0], "and misses nothing after coming back"
            assert len({*seen, *missed}) == 65


async def test_two_processes_of_the_api_tell_the_same_in_the_same_order(
    sign_in: SignIn, settings: Settings
) -> None:
    manager = await sign_in(MANAGER)
    project_id = (await create(manager))["id"]
    first = (await manager.get(f"/api/projects/{project_id}/events")).json()["last_event_id"]
    async with serve(settings) as other_url, database(settings) as sessions:
        assert other_url != str(manager.base_url)
        token = manager.headers["Authorization"]
        async with (
            Client(
                base_url=other_url,
                trust_env=False,
                timeout=60,
                headers={"Authorization": token},
            ) as other,
            socket(manager, project_id, after=first) as here,
            socket(other, project_id, after=first) as there,
        ):
            ticket = (await manager.post("/api/ws-ticket")).json()
            address = f"{other_url.replace('http', 'ws', 1)}/ws/{project_id}?after={first}"
            async with connect(
                address, subprotocols=[ticket["protocol"], ticket["ticket"]], proxy=None
            ) as crossed:
                await asyncio.gather(
                    *(publish(sessions, UUID(project_id), 10, writer) for writer in "abc")
                )
                told = [
                    [json.loads(await opened.recv()) for _ in range(30)]
                    for opened in (here, there, crossed)
                ]
    assert told[0] == told[1] == told[2], "every process sends what every process has written"
    order = [message["event_id"] for message in told[0]]
    assert order == sorted(set(order))
    assert {message["message"] for message in told[0]} == set("abc")
