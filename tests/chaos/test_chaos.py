"""Acquisitions on a product that fails: nothing is lost, doubled or wrongly approved."""

import asyncio
import os
import signal
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from chaos.assignments import Assignment, assignments, scenarios
from chaos.checker import Acquired, examine
from chaos.faults import CUTS, VICTIMS, Kind, Target, plan
from chaos.people import ANSWER_SECONDS, Buyer, Office, sign_in_everybody
from chaos.run import Orders, Report, disturb
from chaos.stack import Running, running

ANSWERED_WITHIN_SECONDS = 6.0
"""Of a worker being back: 2.5 are the aim, and the rest is for a machine with other work.

A worker with the library's own timeout for sticky queues would need ten.
"""


DAMAGE = {
    "file ": "select 1",
    "acknowledged to approver@navy.mil": "update approval_audit_logs set performed_by = "
    "(select id from users where email = 'viewer@navy.mil') where action = 'approved'",
    "nobody asked for it": "update document_approvals set approval_status = 'rejected' "
    "where step = 2 and asked_at is not null",
    "not on the bytes": "update document_approvals set sha256 = repeat('0', 64) where step = 1",
    "was never received": "insert into outbox (id, recipient, reason, slot, subject, message, "
    "sent_at) values (gen_random_uuid(), 'a@navy.mil', 'a', 'a', 'a', 'a', now())",
}
"""What a finding has to say, by the statement that gives cause for it."""


ORDERS = Orders(seed=2, acquisitions=2, kills=6, at_once=2)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What happened on one product; starting one takes as long as all that is done with it."""

    report: Report
    waited: list[float]
    """Seconds from the new worker's start to the answer, for each decision of one document."""
    sound: tuple[str, ...]
    """What the checker found afterwards."""
    damaged: tuple[str, ...]
    """What it found once everything in ``DAMAGE`` was done."""


@pytest.fixture(scope="module")
def outcome(tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    folder = tmp_path_factory.mktemp("chaos")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)  # no settings of the developer
        return asyncio.run(_use_a_product(folder))


def test_nothing_is_lost_or_doubled_while_processes_die_and_connections_break(
    outcome: Outcome,
) -> None:
    report = outcome.report
    assert report.findings == (), f"seed {ORDERS.seed} shows what the product loses"
    assert report.kills == ORDERS.kills, "the run ended before every kill"
    assert report.evidence.projects == 3, "one undisturbed acquisition and two disturbed ones"
    assert report.evidence.signatures > 0
    assert report.evidence.mails > 0


def test_a_decision_sent_after_a_worker_died_is_answered_soon_after_one_is_back(
    outcome: Outcome,
) -> None:
    waited = outcome.waited
    assert len(waited) == 2, "both signers of the document decide just after the worker was killed"
    assert max(waited) <= ANSWERED_WITHIN_SECONDS, (
        f"answers came {waited} s after a worker was back: look at the worker's "
        "sticky_queue_schedule_to_start_timeout and at how long the API waits"
    )


def test_the_checker_finds_every_kind_of_damage_and_nothing_in_a_sound_product(
    outcome: Outcome,
) -> None:
    assert outcome.sound == ()
    for part in DAMAGE:
        assert any(part in finding for finding in outcome.damaged), f"nobody noticed: {part}"


async def _use_a_product(folder: Path) -> Outcome:
    scenario = next(one for one in scenarios(1, 50) if one.route == ("PR",) and not one.sent_back)
    assignment = Assignment("Killed before each decision", scenario)
    async with running(folder, lambda _text: None) as product:
        report = await disturb(product, ORDERS, lambda _text: None)
        url = product.stack.addresses.api_url
        async with httpx2.AsyncClient(
            base_url=url, timeout=ANSWER_SECONDS, trust_env=False
        ) as http:
            office = _Interrupted(http, report.journal, product=product)
            await sign_in_everybody(office, (assignment,))
            last = Acquired(assignment, await Buyer(office, assignment).run())
        acquired = [*report.acquired, last]
        sound = await examine(product, office.journal, acquired)
        engine = create_async_engine(product.stack.local.database_url)
        async with engine.begin() as connection:
            for statement in DAMAGE.values():
                await connection.execute(text(statement))
        await engine.dispose()
        next(product.artifacts.glob("[0-9a-f][0-9a-f]/*")).write_bytes(b"")
        damaged = await examine(product, office.journal, acquired)
    return Outcome(report, office.waited, sound.findings, damaged.findings)


@dataclass(slots=True)
class _Interrupted(Office):
    """Kills the workflows' worker just before each decision and sees when another one is there."""

    product: Running = field(kw_only=True)
    waited: list[float] = field(default_factory=list[float])

    async def post(
        self, email: str, path: str, body: Mapping[str, Any]
    ) -> tuple[Any, tuple[float, float, int]]:
        if "/approvals/" not in path:
            return await Office.post(self, email, path, body)
        started = self._starts()
        os.kill(self.product.stack.processes["worker-workflows"], signal.SIGKILL)
        asking = asyncio.create_task(Office.post(self, email, path, body))
        while True:
            if self._starts() > started:
                break
            await asyncio.sleep(0.01)
        back = time.monotonic()
        answer, timing = await asking
        self.waited.append(timing[1] - back)
        return answer, timing

    def _starts(self) -> int:
        log = self.product.stack.local.folder / "logs" / "worker-workflows.log"
        return log.read_text(encoding="utf-8").count("worker started")


def test_the_same_seed_plans_the_same_run() -> None:
    assert plan(7, 40, tuple(Target)) == plan(7, 40, tuple(Target))
    assert plan(7, 40, tuple(Target)) != plan(8, 40, tuple(Target))
    choices = scenarios(7, 3)
    assert choices == scenarios(7, 3), "facts and routes follow from the seed"
    wanted = assignments(7, 7, choices)
    assert wanted == assignments(7, 7, choices)
    assert len({assignment.name for assignment in wanted}) == 7


def test_a_plan_kills_as_often_as_asked_and_only_its_targets() -> None:
    faults = plan(3, 40, (Target.WORKER, Target.API))
    assert sum(fault.kind is Kind.KILL for fault in faults) == 40
    victims = {fault.victim for fault in faults}
    assert victims <= {*VICTIMS[Target.WORKER], *VICTIMS[Target.API]}
    assert not any(fault.kind in CUTS for fault in faults), "connections are no target of this plan"
    assert [fault.at for fault in faults] == sorted(fault.at for fault in faults)
