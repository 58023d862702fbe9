"""One run: undisturbed acquisitions to compare with, disturbed ones, and what is left of both."""

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

import httpx2

from chaos.assignments import Assignment, assignments, scenarios
from chaos.checker import Acquired, Evidence, examine
from chaos.faults import Saboteur, Target, plan, recoveries
from chaos.people import ANSWER_SECONDS, Buyer, Journal, Office, Unanswered, sign_in_everybody
from chaos.stack import Running, running

SCENARIOS = 8
HEALTHY_SECONDS = 60.0
"""How long the product may take to be whole again after the last fault."""
PAUSE_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Orders:
    """What to run."""

    seed: int
    acquisitions: int
    kills: int
    targets: tuple[Target, ...] = tuple(Target)
    at_once: int = 6


@dataclass(frozen=True, slots=True)
class Report:
    """What happened."""

    orders: Orders
    faults: Counter[str]
    recovery: Mapping[str, Sequence[float]]
    """Seconds, by kind of fault."""
    requests: int
    acknowledged: int
    journal: Journal
    acquired: tuple[Acquired, ...]
    evidence: Evidence
    findings: tuple[str, ...]
    seconds: Mapping[str, float]
    """Time of each part of the run."""

    @property
    def kills(self) -> int:
        return sum(count for label, count in self.faults.items() if label.startswith("kill"))


async def run(orders: Orders, folder: Path, say: Callable[[str], None]) -> Report:
    """Run on a product of its own below ``folder``. Raises StackError when it does not start."""
    begun = time.monotonic()
    async with running(folder, say) as product:
        seconds = time.monotonic() - begun
        report = await disturb(product, orders, say)
    return replace(report, seconds={"start": seconds, **report.seconds})


async def disturb(product: Running, orders: Orders, say: Callable[[str], None]) -> Report:
    """Run on a product that nobody has used yet, and leave it running."""
    choices = scenarios(orders.seed, min(SCENARIOS, (orders.acquisitions + 1) // 2))
    references = tuple(Assignment(f"Undisturbed, {one.name}", one) for one in choices)
    disturbed = assignments(orders.seed, orders.acquisitions, choices)
    faults = plan(orders.seed, orders.kills, orders.targets)
    journal, laps, begun = Journal(), dict[str, float](), time.monotonic()
    async with _http(product) as http:
        office = Office(http, journal)
        await sign_in_everybody(office, references)
        laps["sign in"] = time.monotonic() - begun
        say(f"{len(references)} undisturbed acquisitions")
        acquired = await _buy(office, references, orders.at_once)
        laps["undisturbed"] = time.monotonic() - begun - sum(laps.values())
        steps = sum(assignment.scenario.steps for assignment in disturbed)
        say(f"{len(disturbed)} acquisitions of {steps} steps, {len(faults)} faults")
        saboteur = Saboteur(product.stack, journal, steps, say)
        sabotage = asyncio.create_task(saboteur.carry_out(faults))
        acquired += await _buy(office, disturbed, orders.at_once)
        if journal.unanswered:
            sabotage.cancel()  # its next fault may wait for steps that nobody takes any more
        (outcome,) = await asyncio.gather(sabotage, return_exceptions=True)
        if isinstance(outcome, Exception):
            raise outcome
        await saboteur.heal()
        is_healthy = await _healthy(http)
        laps["disturbed"] = time.monotonic() - begun - sum(laps.values())
        say("Checking")
        evidence = await examine(product, journal, acquired)
        laps["check"] = time.monotonic() - begun - sum(laps.values())
    return Report(
        orders=orders,
        faults=Counter(done.fault.label for done in saboteur.done),
        recovery=recoveries(saboteur.done, journal),
        requests=journal.requests,
        acknowledged=len(journal.entries),
        journal=journal,
        acquired=tuple(acquired),
        evidence=evidence,
        findings=(
            *saboteur.dead,
            *([] if is_healthy else [f"the API reached no server for {HEALTHY_SECONDS:.0f} s"]),
            *journal.unanswered,
            *evidence.findings,
        ),
        seconds=laps,
    )


async def _healthy(http: httpx2.AsyncClient) -> bool:
    """Wait until the API reaches its servers: PostgreSQL starts anew when a process of it dies."""
    give_up = time.monotonic() + HEALTHY_SECONDS
    while time.monotonic() < give_up:
        await asyncio.sleep(PAUSE_SECONDS)  # first: a moment passes before it notices
        with suppress(httpx2.HTTPError):
            if (await http.get("/health")).json()["status"] == "healthy":
                return True
    return False


def _http(product: Running) -> httpx2.AsyncClient:
    return httpx2.AsyncClient(
        base_url=product.stack.addresses.api_url, timeout=ANSWER_SECONDS, trust_env=False
    )


async def _buy(office: Office, wanted: Sequence[Assignment], at_once: int) -> list[Acquired]:
    """Run acquisitions, some at a time; those that fail are in the journal."""
    slots = asyncio.Semaphore(at_once)

    async def buy(assignment: Assignment) -> Acquired:
        buyer = Buyer(office, assignment)
        async with slots:
            try:
                await buyer.run()
            except (Unanswered, TimeoutError) as error:
                office.journal.unanswered.append(f"{assignment.name}: {error!r}")
        return Acquired(assignment, buyer.project_id)

    return list(await asyncio.gather(*(buy(assignment) for assignment in wanted)))
