"""Heartbeats while an activity waits for something that cannot heartbeat by itself."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress

from temporalio import activity

INTERVAL_SECONDS = 2.0


@asynccontextmanager
async def heartbeats() -> AsyncGenerator[None]:
    """Beat every two seconds until the block is left.

    A worker that dies stops beating, so its activity is given to another one within the heartbeat
    timeout instead of after the whole time allowed.
    """

    async def beat() -> None:
        while True:
            activity.heartbeat()
            await asyncio.sleep(INTERVAL_SECONDS)

    beating = asyncio.create_task(beat())
    try:
        yield
    finally:
        beating.cancel()
        with suppress(asyncio.CancelledError):
            await beating
