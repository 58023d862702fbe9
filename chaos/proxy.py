"""A TCP proxy on the loopback interface whose connections can be made to fail."""

import asyncio
import contextlib
import socket
import struct
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Self

PIECE = 65_536


@dataclass(slots=True)
class Proxy:
    """Forwards to the port that ``target`` names when a connection is made.

    Every switch can be turned while connections are open. Bytes are delayed, never altered.
    """

    target: Callable[[], int]
    port: int = 0
    """Where it listens; known inside ``listening``."""
    latency: float = 0
    """Seconds that every piece of data waits, in both directions."""
    is_refusing: bool = False
    """New connections are closed at once."""
    _flows: asyncio.Event = field(default_factory=asyncio.Event)
    _open: set[asyncio.StreamWriter] = field(default_factory=set[asyncio.StreamWriter])

    @asynccontextmanager
    async def listening(self) -> AsyncGenerator[Self]:
        """Forward for the length of the block, then close every connection."""
        self._flows.set()
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            server.close()
            self.abort()

    def abort(self) -> int:
        """Reset every open connection, in the middle of whatever it carries; returns how many."""
        doomed = list(self._open)
        for writer in doomed:
            _reset(writer)
        self._open.clear()
        return len(doomed) // 2

    def freeze(self) -> None:
        """Hold back every byte, as a cut cable does; connections stay open."""
        self._flows.clear()

    def heal(self) -> None:
        """Let everything flow again, what was held back first."""
        self.latency, self.is_refusing = 0, False
        self._flows.set()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.is_refusing:
            _reset(writer)
            return
        try:
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self.target())
        except OSError:
            _reset(writer)
            return
        self._open |= {writer, far_writer}
        try:
            await asyncio.gather(self._copy(reader, far_writer), self._copy(far_reader, writer))
        finally:
            self._open -= {writer, far_writer}
            writer.transport.abort()
            far_writer.transport.abort()

    async def _copy(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # A connection that breaks on one side is reset on the other: `_serve` ends both.
        with contextlib.suppress(OSError):
            while piece := await reader.read(PIECE):
                await self._flows.wait()
                if self.latency:
                    await asyncio.sleep(self.latency)
                writer.write(piece)
                await writer.drain()
        writer.close()


def _reset(writer: asyncio.StreamWriter) -> None:
    """End a connection without the usual farewell: the other side gets an error, not an end."""
    raw: socket.socket | None = writer.get_extra_info("socket")
    if raw is not None and raw.fileno() != -1:
        # Lingering for no time makes the kernel send a reset.
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()
