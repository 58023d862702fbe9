"""What is bought: small acquisitions, each following from the seed alone."""

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from random import Random
from typing import Any

from demo.acquisition import Sample
from documents.vocabulary import RecordKind
from runtime.product import ROOT

SAMPLES = ("bridge", "depot-maintenance")
ROUTES = (
    ("PR",),
    ("PR", "SSN"),
    ("PR", "WD"),
    ("PR", "SSN", "WD"),
    ("PR", "SSN", "MRR"),
    ("PR", "SSN", "MRR", "PWS"),
)
"""Codes of documents, in the order in which they are asked for; every plan has them."""
SCALE = (80, 100)
"""Percent of the sample's labor hours."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """One set of facts and what its people do; undisturbed it always ends in the same state."""

    name: str
    facts: Mapping[str, Any]
    records: Mapping[str, Mapping[str, Any]]
    """By document: what has to be recorded before it is asked for."""
    route: tuple[str, ...]
    sent_back: frozenset[str]
    """Documents whose first version the first signer sends back for changes."""
    signers: Mapping[str, int]
    """How many sign each document of the route."""

    @property
    def steps(self) -> int:
        """Requests that change something, from the creation to the last signature."""
        return 1 + sum(self.steps_of(code) for code in self.route)

    def steps_of(self, code: str) -> int:
        return 1 + self.signers[code] + (code in self.sent_back) + len(self.records.get(code, ()))


@dataclass(frozen=True, slots=True)
class Assignment:
    """A scenario under a name of its own."""

    name: str
    scenario: Scenario


def scenarios(seed: int, count: int) -> tuple[Scenario, ...]:
    """As many different scenarios as asked for, the same ones for the same seed.

    Raises InvalidFacts when a sample no longer holds with other hours.
    """
    random = Random(f"{seed}/scenarios")
    return tuple(_scenario(random, number) for number in range(1, count + 1))


def assignments(seed: int, count: int, choices: tuple[Scenario, ...]) -> tuple[Assignment, ...]:
    """Acquisitions over the scenarios; each scenario occurs if there are enough of them."""
    random = Random(f"{seed}/assignments")
    chosen = [choices[number % len(choices)] for number in range(count)]
    random.shuffle(chosen)
    return tuple(
        Assignment(f"Chaos {seed}, acquisition {number}", scenario)
        for number, scenario in enumerate(chosen, 1)
    )


def _scenario(random: Random, number: int) -> Scenario:
    sample = Sample.load(ROOT / "samples" / f"{random.choice(SAMPLES)}.yaml")
    facts = copy.deepcopy(dict(sample.facts))
    percent = random.randint(*SCALE)
    for labor in facts["estimate"]["labour"]:
        labor["hours"] = [hours * percent // 100 for hours in labor["hours"]]
    route = random.choice(ROUTES)
    market = {RecordKind.MARKET_RESEARCH.value: sample.records["market_research"]}
    plan = Sample(facts, sample.records).plan()
    by_code = {document.code: document for document in plan.documents}
    sent_back = frozenset(code for code in route if random.random() < 0.2)
    return Scenario(
        name=f"{facts['project']['acronym']} {percent} % {' '.join(route)}"
        + "".join(f", {code} sent back" for code in sorted(sent_back)),
        facts=facts,
        records={"MRR": market} if "MRR" in route else {},
        route=route,
        sent_back=sent_back,
        signers={code: len(by_code[code].approvers) for code in route},
    )
