"""What a process of the API does now and then beside answering requests."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress

import structlog

from api.live import ended
from db.artifacts import ArtifactStore
from db.collection import collect
from db.session import Sessions

EVERY_SECONDS = 6 * 60 * 60.0


@asynccontextmanager
async def collecting(sessions: Sessions, store: ArtifactStore) -> AsyncGenerator[None]:
    """Delete stored bytes that nothing refers to, every six hours for the length of the block."""
    stopping = asyncio.Event()
    task = asyncio.create_task(_collect_for_ever(sessions, store, stopping), name="collection")
    try:
        yield
    finally:
        stopping.set()
        await ended(task)


async def _collect_for_ever(
    sessions: Sessions, store: ArtifactStore, stopping: asyncio.Event
) -> None:
    log = structlog.get_logger("api.housekeeping")
    while not stopping.is_set():
        with suppress(TimeoutError):
            await asyncio.wait_for(stopping.wait(), EVERY_SECONDS)
            return
        try:
            swept = await collect(sessions, store)
            log.info("collected", files=swept.files, bytes=swept.bytes)
        except Exception as error:  # a disk or database that is away comes back
            log.warning("collection failed", reason=repr(error))
