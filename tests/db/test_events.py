import asyncio
from uuid import UUID, uuid4

from sqlalchemy import text

from db.events import EventFeed, events_after, newest_event_id
from db.projection import Projection
from db.session import Sessions
from tests.db.entries import changed

SOON = 60.0


async def test_a_committed_event_wakes_who_watches_its_project_and_nobody_else(
    database_url: str, sessions: Sessions, project: UUID, projection: Projection
) -> None:
    async with EventFeed(database_url) as feed:
        await asyncio.wait_for(feed.wait_connected(), SOON)
        async with feed.watch(project) as wake, feed.watch(uuid4()) as other:
            start = await newest_event_id(sessions, project)
            await projection.change_document(changed(project))
            await asyncio.wait_for(wake.wait(), SOON)
            assert not other.is_set()
            found = await events_after(sessions, project, start)
    assert [event.type for event in found] == ["generation_started"]


async def test_a_lost_connection_is_replaced_and_everybody_looks_again(
    database_url: str, sessions: Sessions, project: UUID, projection: Projection
) -> None:
    async with EventFeed(database_url) as feed:
        await asyncio.wait_for(feed.wait_connected(), SOON)
        async with feed.watch(project) as wake:
            wake.clear()
            async with sessions() as session:
                await session.execute(
                    text(
                        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                        "WHERE query LIKE 'LISTEN%' AND datname = current_database()"
                    )
                )
            await asyncio.wait_for(wake.wait(), SOON)
            await asyncio.wait_for(feed.wait_connected(), SOON)
            wake.clear()
            await projection.change_document(changed(project))
            await asyncio.wait_for(wake.wait(), SOON)


async def test_a_feed_can_be_closed_while_the_database_is_away() -> None:
    async with EventFeed("postgresql+asyncpg://nobody:x@127.0.0.1:1/nothing"):
        await asyncio.sleep(0.05)
