"""Live events: nobody waits for a slow watcher, nobody misses or repeats an event."""

from uuid import UUID, uuid4

import pytest
from websockets.exceptions import ConnectionClosed

import api.live
import api.routes.live
from api.live import Hub
from db.events import EventFeed
from db.projection import Event, Writing
from db.session import Sessions, create_engine, create_sessions, transaction
from runtime.settings import Settings
from tests.api.acquisition import create, socket
from tests.api.conftest import MANAGER, OFFICER, Client, SignIn, access_token
from tests.waiting import until


async def publish(sessions: Sessions, project_id: UUID, count: int) -> None:
    for _ in range(count):
        async with transaction(sessions) as session:
            writing = await Writing.begin(session, project_id)
            await writing.publish("test", str(uuid4()), Event("progress", {"message": "on"}))


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
                return [event.id for event in await tail.after(0)]

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
        Client(base_url=anybody.base_url, trust_env=False, headers=headers) as leaving,
        socket(leaving, project_id) as opened,
    ):
        await leaving.post("/api/auth/logout")
        with pytest.raises(ConnectionClosed):
            await opened.recv()
        assert opened.close_code == api.routes.live.SIGNED_OUT
