"""The proxy between processes and servers: it forwards, and fails when told to."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import pytest

from chaos.proxy import Proxy

PATIENCE_SECONDS = 60.0


@asynccontextmanager
async def _through_a_proxy() -> AsyncGenerator[Proxy]:
    """A proxy in front of a server that sends back what it receives."""

    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while piece := await reader.read(1000):
            writer.write(piece)
        writer.close()

    server = await asyncio.start_server(echo, "127.0.0.1", 0)
    async with Proxy(lambda: server.sockets[0].getsockname()[1]).listening() as proxy:
        yield proxy
    server.close()


async def _ask(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, seconds: float = PATIENCE_SECONDS
) -> bytes:
    writer.write(b"hello")
    return await asyncio.wait_for(reader.readexactly(5), seconds)


async def test_bytes_reach_the_server_and_come_back() -> None:
    async with _through_a_proxy() as proxy:
        reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
        assert await _ask(reader, writer) == b"hello"
        writer.close()
        assert await asyncio.wait_for(reader.read(), PATIENCE_SECONDS) == b"", (
            "an end is passed on as an end"
        )


async def test_a_frozen_connection_stays_open_and_goes_on_where_it_was() -> None:
    async with _through_a_proxy() as proxy:
        reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
        proxy.freeze()
        with pytest.raises(TimeoutError):
            await _ask(reader, writer, seconds=0.3)
        proxy.heal()
        assert await asyncio.wait_for(reader.readexactly(5), PATIENCE_SECONDS) == b"hello"
        writer.close()


async def test_a_reset_ends_open_connections_and_lets_new_ones_in() -> None:
    async with _through_a_proxy() as proxy:
        reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
        assert await _ask(reader, writer) == b"hello"
        assert proxy.abort() == 1
        with pytest.raises(OSError, match="reset"):
            await asyncio.wait_for(reader.readexactly(5), PATIENCE_SECONDS)
        writer.close()
        reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
        assert await _ask(reader, writer) == b"hello"
        writer.close()


async def test_while_it_refuses_new_connections_are_closed_at_once() -> None:
    async with _through_a_proxy() as proxy:
        proxy.is_refusing = True
        reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
        with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
            await _ask(reader, writer)
        writer.close()
