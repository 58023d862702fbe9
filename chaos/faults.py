"""Faults: planned from the seed, done to the running product, and how soon it was back."""

import asyncio
import signal
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from random import Random

import psutil

from chaos.people import Acknowledged, Journal
from chaos.proxy import Proxy
from chaos.stack import ProxiedStack

DEAD_FOR_GOOD_SECONDS = 60.0
RECOVERED_SECONDS = 25.0
"""The next fault waits at most so long for the product to answer again."""
LAG = 0.05
"""Share of the steps by which a fault may come late because the product has not recovered."""
OVERLAPPING = 0.3
"""Share of faults that do not wait for the product to recover from the one before."""
LOOK_SECONDS = 0.02


class Target(StrEnum):
    """What is made to fail."""

    WORKER = "worker"
    API = "api"
    TEMPORAL = "temporal"
    POSTGRES = "postgres"
    PROXY = "proxy"


class Kind(StrEnum):
    """How it fails."""

    KILL = "kill -9"
    PAUSE = "pause"
    ABORT = "reset"
    FREEZE = "freeze"
    REFUSE = "refuse"
    LATENCY = "latency"


VICTIMS = {
    Target.WORKER: ("worker-workflows", "worker-agents"),
    Target.API: ("api",),
    Target.TEMPORAL: ("temporal",),
    Target.POSTGRES: ("postgres", "postgres backend"),
    Target.PROXY: ("connections to postgres", "connections to temporal"),
}
CUTS = (Kind.ABORT, Kind.FREEZE, Kind.REFUSE, Kind.LATENCY)


@dataclass(frozen=True, slots=True)
class Fault:
    """One failure to come."""

    at: float
    """Share of the run's steps after which it is due, 0 to 1."""
    victim: str
    kind: Kind
    seconds: float
    """How long a pause or a cut lasts."""
    gap: float
    """Seconds between it and the one before, at the least."""
    waits: bool
    """Until the product has recovered, before the next one."""

    @property
    def label(self) -> str:
        return f"{self.kind} {self.victim}"


@dataclass(frozen=True, slots=True)
class Done:
    """A failure that happened."""

    fault: Fault
    at: float
    """Seconds of the monotonic clock."""


def plan(seed: int, kills: int, targets: Sequence[Target]) -> tuple[Fault, ...]:
    """As many kills as asked for, spread over the run; a quarter as many pauses, and cuts."""
    random = Random(f"{seed}/faults")
    victims = [target for target in targets if target is not Target.PROXY]
    kinds: list[tuple[Target, Kind]] = []
    if victims:
        kinds += [(victims[number % len(victims)], Kind.KILL) for number in range(kills)]
        kinds += [(random.choice(victims), Kind.PAUSE) for _ in range(kills // 4)]
    if Target.PROXY in targets:
        kinds += [(Target.PROXY, random.choice(CUTS)) for _ in range(max(1, kills // 4))]
    random.shuffle(kinds)
    moments = sorted(random.uniform(0.0, 0.95) for _ in kinds)
    return tuple(
        Fault(
            at=moment,
            victim="postgres"
            if kind is Kind.PAUSE and target is Target.POSTGRES
            else random.choice(VICTIMS[target]),
            kind=kind,
            seconds=random.uniform(0.3, 3.0),
            gap=random.uniform(0.1, 1.0),
            waits=random.random() >= OVERLAPPING,
        )
        for moment, (target, kind) in zip(moments, kinds, strict=True)
    )


class Saboteur:
    """Carries a plan out as the acquisitions proceed."""

    def __init__(
        self, stack: ProxiedStack, journal: Journal, steps: int, say: Callable[[str], None]
    ) -> None:
        """``steps`` is how many acknowledged requests the whole run takes."""
        self._stack = stack
        self._journal = journal
        self._steps = steps
        self._before = len(journal.entries)
        self._say = say
        self._healing: set[asyncio.Task[None]] = set()
        self.done: list[Done] = []
        self.dead: list[str] = []
        """Processes that were not restarted."""

    async def carry_out(self, faults: Sequence[Fault]) -> None:
        """Return when every fault has happened."""
        for number, fault in enumerate(faults, 1):
            await self._due(fault)
            done = await self._inject(fault)
            if done is None:
                continue
            self.done.append(done)
            clock = datetime.now(UTC).strftime("%H:%M:%S.%f")[:-3]
            self._say(f"{clock} UTC  {number}/{len(faults)}  {self._share():4.0%}  {fault.label}")
            if fault.waits:
                following = faults[number].at if number < len(faults) else 1.0
                await self._recovered(done, following + LAG)

    async def _due(self, fault: Fault) -> None:
        await asyncio.sleep(fault.gap)
        while True:
            if self._share() >= fault.at:
                return
            await asyncio.sleep(LOOK_SECONDS)

    async def heal(self) -> None:
        """End every pause and cut, and wait until all processes run."""
        for task in tuple(self._healing):
            await task
        for victim in self._stack.processes:
            await self._alive(victim)

    def _share(self) -> float:
        return (len(self._journal.entries) - self._before) / self._steps

    async def _recovered(self, done: Done, latest: float) -> None:
        """Wait for an answer to a request sent after the fault, while few steps go by."""
        give_up = done.at + RECOVERED_SECONDS
        while time.monotonic() < give_up and not any(
            entry.sent >= done.at for entry in reversed(self._journal.entries[-20:])
        ):
            if self._share() >= min(latest, 1):
                return
            await asyncio.sleep(LOOK_SECONDS)

    async def _inject(self, fault: Fault) -> Done | None:
        if fault.kind in CUTS:
            return self._cut(fault, self._stack.proxies[fault.victim.rpartition(" ")[2]])
        while process := await self._alive(fault.victim.removesuffix(" backend")):
            at = time.monotonic()
            # It may end by itself just now: then the next one is meant.
            with suppress(psutil.NoSuchProcess):
                if fault.victim == "postgres backend":
                    process = _busy_backend(process)
                if fault.kind is Kind.KILL:
                    process.kill()
                else:
                    self._later(fault.seconds, _paused(process))
                return Done(fault, at)
        return None

    def _cut(self, fault: Fault, proxy: Proxy) -> Done:
        at = time.monotonic()
        match fault.kind:
            case Kind.ABORT:
                proxy.abort()
            case Kind.FREEZE:
                proxy.freeze()
            case Kind.REFUSE:
                proxy.is_refusing = True
                proxy.abort()
            case _:
                proxy.latency = fault.seconds / 10
        self._later(fault.seconds, proxy.heal)
        return Done(fault, at)

    def _later(self, seconds: float, heal: Callable[[], object]) -> None:
        async def wait() -> None:
            await asyncio.sleep(seconds)
            heal()

        task = asyncio.create_task(wait())
        self._healing.add(task)
        task.add_done_callback(self._healing.discard)

    async def _alive(self, name: str) -> psutil.Process | None:
        """The running process of that name, once it has been restarted."""
        give_up = time.monotonic() + DEAD_FOR_GOOD_SECONDS
        while time.monotonic() < give_up:
            with suppress(psutil.Error, KeyError):
                process = psutil.Process(self._stack.processes[name])
                if process.status() != psutil.STATUS_ZOMBIE:
                    return process
            await asyncio.sleep(LOOK_SECONDS)
        self.dead.append(f"{name} was not restarted within {DEAD_FOR_GOOD_SECONDS:.0f} s")
        return None


def _busy_backend(postmaster: psutil.Process) -> psutil.Process:
    """The server process of a client; PostgreSQL restarts all of them when one is killed."""
    children = postmaster.children()
    with suppress(psutil.Error):
        clients = [child for child in children if "procureflow" in " ".join(child.cmdline())]
        return max(clients, key=lambda child: child.create_time(), default=postmaster)
    return postmaster


def _paused(process: psutil.Process) -> Callable[[], object]:
    """Stop a process with its children; returns what lets them go on."""
    stopped = [process, *process.children(recursive=True)]
    for one in stopped:
        with suppress(psutil.NoSuchProcess):
            one.send_signal(signal.SIGSTOP)

    def go_on() -> None:
        for one in stopped:
            with suppress(psutil.NoSuchProcess):
                one.send_signal(signal.SIGCONT)

    return go_on


def recoveries(done: Sequence[Done], journal: Journal) -> Mapping[str, list[float]]:
    """Seconds from each fault to the first answer to a request that was sent after it.

    The agents' worker answers no request: for it, to the first version that awaits a signature.
    """
    found: dict[str, list[float]] = {}
    for fault in done:
        seconds = _recovery(fault, journal.entries, journal.ready)
        if seconds is not None:
            found.setdefault(fault.fault.label, []).append(seconds)
    return found


def _recovery(done: Done, entries: Sequence[Acknowledged], ready: Sequence[float]) -> float | None:
    if done.fault.victim == "worker-agents":
        moments = [moment for moment in ready if moment > done.at]
    else:
        moments = [entry.answered for entry in entries if entry.sent >= done.at]
    return min(moments) - done.at if moments else None
