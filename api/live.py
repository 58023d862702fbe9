"""Live events of the projects that somebody watches, read once per process.

Each project has one tail: the events since it is watched, as far as they fit. A watcher keeps the
id of the last event it has sent and takes what follows from the tail; who is new or has fallen
behind the tail reads the database instead. So nobody waits for a slow watcher, and none misses or
repeats an event.
"""

import asyncio
import json
from collections import deque
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import takewhile
from typing import Any, Self
from uuid import UUID

import structlog
from sqlalchemy.exc import SQLAlchemyError

from db.events import EventFeed, StoredEvent, events_after, newest_event_id
from db.session import Sessions

KEPT = 256
"""Events of a project in memory."""
BATCH = 200
RETRY_SECONDS = 0.5
STOP_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Message:
    """An event as sockets send it; made into text once, however many send it."""

    id: int
    payload: Mapping[str, Any]
    text: str

    @classmethod
    def of(cls, event: StoredEvent) -> Self:
        message = {**event.payload, "event_id": event.id}
        text = json.dumps(message, separators=(",", ":"), ensure_ascii=False)
        return cls(event.id, event.payload, text)


class Tail:
    """The newest events of one project."""

    def __init__(self, feed: EventFeed, sessions: Sessions, project_id: UUID) -> None:
        self._feed = feed
        self._sessions = sessions
        self._project_id = project_id
        self._messages: deque[Message] = deque()
        self._complete_after: int | None = None
        """Every event with a higher id is kept; ``None`` until that is known."""
        self._grown = asyncio.Event()
        self._stopped = False
        self.watchers: set[asyncio.Event] = set()

    async def after(self, last_id: int) -> tuple[Message, ...]:
        """Some events that follow ``last_id``, oldest first; empty when there are none yet."""
        if self._complete_after is not None and last_id >= self._complete_after:
            # From the newest: most watchers lack one message, and there may be a thousand of them.
            missing = takewhile(lambda message: message.id > last_id, reversed(self._messages))
            return tuple(missing)[::-1]
        found = await events_after(self._sessions, self._project_id, last_id, BATCH)
        return tuple(map(Message.of, found))

    async def follow(self) -> None:
        """Read what happens and wake the watchers, until ``stop``."""
        async with self._feed.watch(self._project_id) as self._grown:
            while not self._stopped:
                self._grown.clear()
                try:
                    while await self._read():
                        pass
                except (SQLAlchemyError, OSError) as error:
                    structlog.get_logger("api.live").warning("tail", reason=repr(error))
                    await asyncio.sleep(RETRY_SECONDS)
                    continue
                await self._grown.wait()

    def stop(self) -> None:
        self._stopped = True
        self._grown.set()

    async def _read(self) -> bool:
        if self._complete_after is None:
            self._complete_after = await newest_event_id(self._sessions, self._project_id)
        newest = self._messages[-1].id if self._messages else self._complete_after
        found = await events_after(self._sessions, self._project_id, newest, BATCH)
        self._messages.extend(map(Message.of, found))
        while len(self._messages) > KEPT:
            self._complete_after = self._messages.popleft().id
        for watcher in self.watchers:
            watcher.set()
        return len(found) == BATCH


class Hub:
    """The tails of one process; a project has one while somebody watches it."""

    def __init__(self, feed: EventFeed, sessions: Sessions) -> None:
        self._feed = feed
        self._sessions = sessions
        self._tails: dict[UUID, tuple[Tail, asyncio.Task[None]]] = {}

    @asynccontextmanager
    async def watch(self, project_id: UUID) -> AsyncGenerator[tuple[Tail, asyncio.Event]]:
        """Yield the project's tail and an event that is set when it has grown.

        Clear the event before reading the tail, so that nothing slips in between.
        """
        if project_id not in self._tails:
            tail = Tail(self._feed, self._sessions, project_id)
            following = asyncio.create_task(tail.follow(), name=f"tail of {project_id}")
            self._tails[project_id] = tail, following
        tail, following = self._tails[project_id]
        grown = asyncio.Event()
        tail.watchers.add(grown)
        try:
            yield tail, grown
        finally:
            tail.watchers.discard(grown)
            if not tail.watchers:
                del self._tails[project_id]
                tail.stop()
                await ended(following)


async def ended(task: asyncio.Task[None]) -> None:
    """Wait for a task that was told to stop; cancel it only when it does not.

    A query that is cancelled half-way costs its connection.
    """
    await asyncio.wait({task}, timeout=STOP_SECONDS)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
