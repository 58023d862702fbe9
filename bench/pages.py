"""Open pages as bare sockets: a thousand fit into one process beside the server they watch."""

import asyncio
import re
import socket
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

_EVENT = re.compile(rb'"event_id":(\d+)')
_HANDSHAKE = (
    "GET /ws/{project} HTTP/1.1\r\nHost: {host}:{port}\r\nUpgrade: websocket\r\n"
    "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nAuthorization: Bearer {token}\r\n\r\n"
)
_PING = 0x9
AT_ONCE = 50
"""Pages that are opened side by side."""
OPENING_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Address:
    """Where a page connects, and with whose access token."""

    host: str
    port: int
    project: str
    token: str


@dataclass(slots=True)
class Page(asyncio.Protocol):
    """One socket; notes when each event arrived (``time.perf_counter_ns``) and answers pings."""

    address: Address
    arrivals: dict[int, int] = field(default_factory=dict[int, int])
    opened: asyncio.Event = field(default_factory=asyncio.Event)
    ended: asyncio.Event = field(default_factory=asyncio.Event)
    refusal: str = ""
    _transport: asyncio.Transport | None = None
    _buffer: bytearray = field(default_factory=bytearray)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        address = self.address
        hello = _HANDSHAKE.format(
            host=address.host, port=address.port, project=address.project, token=address.token
        )
        transport.write(hello.encode())

    def data_received(self, data: bytes) -> None:
        now = time.perf_counter_ns()
        self._buffer += data
        if not self.opened.is_set():
            head, end, rest = self._buffer.partition(b"\r\n\r\n")
            if not end:
                return
            status = bytes(head).split(b"\r\n", 1)[0].decode("latin-1")
            self.refusal = "" if " 101 " in status else status
            self._buffer = rest
            self.opened.set()
        while self._take_frame(now):
            pass

    def connection_lost(self, exc: Exception | None) -> None:
        self.ended.set()

    def sleep(self) -> None:
        """Read nothing any more: what the server sends stays in the buffers of both sides."""
        assert self._transport is not None
        self._transport.pause_reading()

    def wake(self) -> None:
        assert self._transport is not None
        self._transport.resume_reading()

    def leave(self) -> None:
        if self._transport is not None:
            self._transport.abort()

    def _take_frame(self, now: int) -> bool:
        """Handle one whole frame of the buffer (RFC 6455, section 5.2); False without one."""
        buffer = self._buffer
        if len(buffer) < 2:
            return False
        size, start = buffer[1], 2
        if size in (126, 127):
            start = 4 if size == 126 else 10
            size = int.from_bytes(buffer[2:start], "big")
        if len(buffer) < start + size:
            return False
        kind, content = buffer[0] & 0x0F, bytes(buffer[start : start + size])
        del buffer[: start + size]
        if kind == _PING and self._transport is not None:
            # Masked by zeros, which leaves the bytes as they are.
            self._transport.write(bytes((0x8A, 0x80 | size, 0, 0, 0, 0)) + content)
        elif found := _EVENT.search(content):
            self.arrivals[int(found[1])] = now
        return True


async def open_pages(address: Address, count: int, *, asleep: bool = False) -> list[Page]:
    """Open so many pages; those that are ``asleep`` have small buffers and never read."""
    gate = asyncio.Semaphore(AT_ONCE)

    async def open_one() -> Page:
        async with gate, asyncio.timeout(OPENING_SECONDS):
            line = socket.socket()
            if asleep:
                line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            line.setblocking(False)
            loop = asyncio.get_running_loop()
            await loop.sock_connect(line, (address.host, address.port))
            _, page = await loop.create_connection(lambda: Page(address), sock=line)
            await page.opened.wait()
            if page.refusal:
                raise ConnectionError(f"the server refused a socket: {page.refusal}")
            if asleep:
                page.sleep()
            return page

    return list(await asyncio.gather(*(open_one() for _ in range(count))))


def missing(pages: Sequence[Page], events: Sequence[int]) -> int:
    """How many deliveries of these events are still due."""
    return sum(event not in page.arrivals for page in pages for event in events)
