"""The feed of a project: what has happened, and a wake-up when something happens."""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from types import TracebackType
from typing import Any, Self
from uuid import UUID

import structlog
from sqlalchemy import func, select, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from db.models import ProgressEvent
from db.projection.writing import CHANNEL
from db.session import Sessions

PROBE_SECONDS = 10.0
"""How often the connection is asked whether it still lives."""
FIRST_PAUSE_SECONDS = 0.1
LONGEST_PAUSE_SECONDS = 5.0
LARGEST_ID = 2**63 - 1
"""Of an event, as the database counts them."""


@dataclass(frozen=True, slots=True)
class StoredEvent:
    """One message of the feed. Within a project, a later event has a higher id."""

    id: int
    type: str
    payload: Mapping[str, Any]
    """Exactly the message of the WebSocket, ``type`` included."""
    created_at: datetime


async def events_after(
    sessions: Sessions, project_id: UUID, last_id: int, limit: int = 200
) -> tuple[StoredEvent, ...]:
    """The project's events after ``last_id`` (0: from the start), oldest first."""
    query = (
        select(ProgressEvent)
        .where(ProgressEvent.project_id == project_id, ProgressEvent.id > last_id)
        .order_by(ProgressEvent.id)
        .limit(limit)
    )
    async with sessions() as session:
        return tuple(
            StoredEvent(row.id, row.type, row.payload, row.created_at)
            for row in await session.scalars(query)
        )


async def newest_event_id(sessions: Sessions, project_id: UUID) -> int:
    """Where a watcher starts who wants only what happens from now on; 0 when there is nothing."""
    query = select(func.max(ProgressEvent.id)).where(ProgressEvent.project_id == project_id)
    async with sessions() as session:
        return await session.scalar(query) or 0


def _set(event: asyncio.Event, _connection: object) -> None:
    event.set()


class EventFeed:
    """One connection of this process that listens for events; reconnects by itself, for ever.

    Use as an async context manager. A wake-up says only "look again": read ``events_after`` first,
    then wait. After a reconnect everybody is woken, so a lost announcement loses no event.
    """

    def __init__(self, database_url: str) -> None:
        self._database_url = database_url
        self._watchers: dict[UUID, set[asyncio.Event]] = {}
        self._listening: asyncio.Task[None] | None = None
        self._connected = asyncio.Event()
        self._log = structlog.get_logger("db.events")

    async def __aenter__(self) -> Self:
        self._listening = asyncio.create_task(self._listen(), name="event feed")
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._listening is not None:
            self._listening.cancel()
            with suppress(asyncio.CancelledError):
                await self._listening
            self._listening = None

    async def wait_connected(self) -> None:
        """Return once announcements are being heard."""
        await self._connected.wait()

    @asynccontextmanager
    async def watch(self, project_id: UUID) -> AsyncGenerator[asyncio.Event]:
        """Yield an event that is set whenever the project's feed may have grown.

        Clear it before reading the feed, so that nothing slips in between.
        """
        wake = asyncio.Event()
        self._watchers.setdefault(project_id, set()).add(wake)
        try:
            yield wake
        finally:
            watching = self._watchers[project_id]
            watching.discard(wake)
            if not watching:
                del self._watchers[project_id]

    async def _listen(self) -> None:
        pause = FIRST_PAUSE_SECONDS
        while True:
            try:
                await self._listen_once()
            except (OSError, SQLAlchemyError) as error:
                self._log.warning("event feed lost its connection", reason=repr(error))
            if self._connected.is_set():
                pause = FIRST_PAUSE_SECONDS
                self._connected.clear()
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE_SECONDS)

    async def _listen_once(self) -> None:
        # Announcements are heard between transactions only, so there must never be an open one.
        engine = create_async_engine(
            self._database_url, poolclass=NullPool, isolation_level="AUTOCOMMIT"
        )
        lost = asyncio.Event()
        async with engine.connect() as connection:
            driver: Any = (await connection.get_raw_connection()).driver_connection
            driver.add_termination_listener(partial(_set, lost))
            await driver.add_listener(CHANNEL, self._hear)
            self._connected.set()
            self._wake_all()
            try:
                while not lost.is_set():
                    with suppress(TimeoutError):
                        await asyncio.wait_for(lost.wait(), PROBE_SECONDS)
                    async with asyncio.timeout(PROBE_SECONDS):
                        await connection.execute(text("SELECT 1"))
            finally:
                # A polite farewell could wait for ever on a line that is dead.
                driver.terminate()

    def _hear(self, _connection: object, _pid: int, _channel: str, payload: object) -> None:
        project, _, _event_id = str(payload).partition(":")
        for wake in self._watchers.get(UUID(project), ()):
            wake.set()

    def _wake_all(self) -> None:
        for watching in self._watchers.values():
            for wake in watching:
                wake.set()
