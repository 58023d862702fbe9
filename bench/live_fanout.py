"""How long an event takes from its transaction to every socket that watches the project.

Starts a PostgreSQL and one process of the API, opens the sockets, writes events as workflows do,
and says what arrived when: first with nobody asleep, then with some sockets that read nothing. The
pages run in this process, so both share the machine: compare the two rows, not two machines.
"""

import argparse
import asyncio
import os
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID, uuid4

import httpx2
import psutil
from rich.console import Console
from rich.table import Table

from api.routes.live import FAREWELL_SECONDS, SLOW_SECONDS, TOO_SLOW
from bench.pages import Address, Page, missing, open_pages
from db.accounts import Accounts
from db.events import newest_event_id
from db.intake import Intake, NewProject
from db.migrate import upgrade
from db.projection import Event, Writing
from db.seed import SAMPLE_PASSWORD, seed
from db.session import Sessions, create_engine, create_sessions, transaction
from documents.vocabulary import ProjectType
from runtime.local import LocalStack
from runtime.postgres import Durability
from runtime.processes import choose_port

ROOT = Path(__file__).resolve().parent.parent
WATCHER = "viewer@navy.mil"
FILES = 16_384
PATIENCE_SECONDS = 60.0
STUFFING = "x" * 100_000
"""Message of the events that fill the buffers of those who do not read."""
STUFFED = 60


@dataclass(frozen=True, slots=True)
class Row:
    """One measurement; times in milliseconds from before the transaction to the arrival."""

    name: str
    sockets: int
    delivered: int
    due: int
    p50: float
    p99: float
    slowest: float


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.live_fanout", description=__doc__)
    parser.add_argument("--sockets", type=int, default=1000, help="(default: %(default)s)")
    parser.add_argument("--slow", type=int, default=10, help="read nothing (default: %(default)s)")
    parser.add_argument("--events", type=int, default=50, help="per row (default: %(default)s)")
    parser.add_argument(
        "--pause", type=float, default=0.25, help="seconds between events (default: %(default)s)"
    )
    arguments = parser.parse_args()
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(FILES, most), most))
    console = Console(highlight=False)
    with tempfile.TemporaryDirectory(prefix="procureflow-bench-") as folder:
        stack = LocalStack(
            Path(folder), durability=Durability.TEST, with_temporal=False, ui_port=None
        )
        with stack:
            upgrade(stack.database_url)
            return asyncio.run(measure(console, stack, arguments))


async def measure(console: Console, stack: LocalStack, asked: argparse.Namespace) -> int:
    """Run both rows and print them; the exit code says whether everything was delivered."""
    engine = create_engine(stack.database_url)
    sessions = create_sessions(engine)
    await seed(sessions, production=False)
    async with _api(stack) as (port, process):
        address = await _address(sessions, port)
        before = process.memory_info().rss
        readers = await open_pages(address, asked.sockets)
        each = (process.memory_info().rss - before) / len(readers)
        alone = await _round("all read", sessions, readers, asked)
        await _leave(readers)

        address = await _address(sessions, port)
        sleepers = await open_pages(address, asked.slow, asleep=True)
        await _publish(sessions, address, STUFFED, STUFFING)
        stuffed = time.monotonic()
        readers = await open_pages(address, asked.sockets - asked.slow)
        beside = await _round(f"{asked.slow} read nothing", sessions, readers, asked)
        dropped = await _dropped(sleepers, readers, stuffed)
        await _leave(readers)
    await engine.dispose()
    console.print(_table(alone, beside))
    console.print(f"p50 beside slow sockets / alone: {beside.p50 / alone.p50:.2f}")
    console.print(f"p99 beside slow sockets / alone: {beside.p99 / alone.p99:.2f}")
    console.print(f"memory of the server per socket: {each / 1024:.1f} KiB")
    console.print(
        f"slow sockets dropped after {SLOW_SECONDS:.0f} s ({TOO_SLOW}, or without a code): "
        f"{dropped} of {asked.slow}"
    )
    complete = all(row.delivered == row.due for row in (alone, beside))
    return 0 if complete and dropped == asked.slow else 1


@asynccontextmanager
async def _api(stack: LocalStack) -> AsyncGenerator[tuple[int, psutil.Process]]:
    """One process of the API, as the product runs it."""
    port = choose_port(None)
    environment: Mapping[str, str] = {
        **os.environ,
        "DATABASE_URL": stack.database_url,
        "TEMPORAL_ADDRESS": "127.0.0.1:9",
        "DATA_DIR": str(stack.folder),
        "LOG_LEVEL": "WARNING",
    }
    command = [sys.executable, "-m", "uvicorn", "api.main:create_app", "--factory"]
    command += ["--port", str(port), "--http", "h11", "--log-level", "warning"]
    pid = stack.spawn("api", command, environment, ROOT)
    async with httpx2.AsyncClient(trust_env=False) as client:
        async with asyncio.timeout(PATIENCE_SECONDS):
            await _answers(client, f"http://127.0.0.1:{port}/")
        yield port, psutil.Process(pid)


async def _answers(client: httpx2.AsyncClient, url: str) -> None:
    """Return as soon as the server answers."""
    while True:
        try:
            await client.get(url)
            return
        except httpx2.TransportError:
            await asyncio.sleep(0.1)


async def _address(sessions: Sessions, port: int) -> Address:
    """A project of its own, watched by a person who is signed in."""
    watcher = next(person for person in await Accounts(sessions).list() if person.email == WATCHER)
    new = NewProject(name="Fan-out", project_type=ProjectType.RFP)
    project = await Intake(sessions).create_project(new, watcher.id)
    async with httpx2.AsyncClient(trust_env=False, timeout=PATIENCE_SECONDS) as client:
        answer = await client.post(
            f"http://127.0.0.1:{port}/api/auth/login",
            json={"email": WATCHER, "password": SAMPLE_PASSWORD},
        )
    answer.raise_for_status()
    return Address("127.0.0.1", port, str(project.id), answer.json()["access_token"])


async def _publish(sessions: Sessions, address: Address, count: int, message: str) -> list[int]:
    """Write events one by one; returns their ids."""
    project = UUID(address.project)
    ids: list[int] = []
    for _ in range(count):
        async with transaction(sessions) as session:
            writing = await Writing.begin(session, project)
            await writing.publish("bench", str(uuid4()), Event("progress", {"message": message}))
        ids.append(await newest_event_id(sessions, project))
    return ids


async def _round(
    name: str, sessions: Sessions, readers: list[Page], asked: argparse.Namespace
) -> Row:
    written: dict[int, int] = {}
    for _ in range(asked.events):
        start = time.perf_counter_ns()
        [event] = await _publish(sessions, readers[0].address, 1, "Drafting section 3 of 12")
        written[event] = start
        await asyncio.sleep(asked.pause)
    lacking = await _lacking(readers, list(written))
    latencies = sorted(
        (page.arrivals[event] - start) / 1e6
        for page in readers
        for event, start in written.items()
        if event in page.arrivals
    )
    due = len(readers) * len(written)
    cuts = statistics.quantiles(latencies, n=100, method="inclusive")
    return Row(name, len(readers), due - lacking, due, cuts[49], cuts[98], latencies[-1])


async def _lacking(readers: list[Page], events: list[int]) -> int:
    """Wait until everything is delivered, within reason; returns what is not."""
    give_up = time.monotonic() + PATIENCE_SECONDS
    while True:
        lacking = missing(readers, events)
        if not lacking or time.monotonic() > give_up:
            return lacking
        await asyncio.sleep(0.1)


async def _dropped(sleepers: list[Page], readers: list[Page], since: float) -> int:
    """Let the slow ones read again when their time is over: how many learn that it is?"""
    await asyncio.sleep(max(0.0, since + SLOW_SECONDS + FAREWELL_SECONDS + 1 - time.monotonic()))
    newest = max(readers[0].arrivals)
    for page in sleepers:
        page.wake()
    await asyncio.wait(
        [asyncio.create_task(page.ended.wait()) for page in sleepers], timeout=PATIENCE_SECONDS
    )
    return sum(page.ended.is_set() and newest not in page.arrivals for page in sleepers)


async def _leave(pages: list[Page]) -> None:
    for page in pages:
        page.leave()
    await asyncio.gather(*(page.ended.wait() for page in pages))


def _table(*rows: Row) -> Table:
    table = Table("", "sockets", "delivered", "of", "p50 ms", "p99 ms", "slowest ms")
    for row in rows:
        counts = (row.sockets, row.delivered, row.due)
        times = (row.p50, row.p99, row.slowest)
        table.add_row(row.name, *map(str, counts), *(f"{value:.1f}" for value in times))
    return table


if __name__ == "__main__":
    sys.exit(main())
