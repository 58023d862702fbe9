"""What decides deadlines can be stated or recorded: no rule waits for what nobody can say."""

from collections.abc import Callable
from copy import deepcopy
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml

from documents.computed import compute
from documents.facts import InvalidFacts, Records, parse_facts
from documents.profile import deadline_facts
from rules.calendar import FederalCalendar
from rules.deadline_rules import DEADLINE_RULES, DeadlineFacts, Event
from rules.deadlines import deadlines_for
from tests.documents.acquisitions import raw_facts

SAMPLES = Path(__file__).parents[2] / "samples"
VALUES = (None, Decimal("24999"), Decimal(30_000_000), Decimal(2_000_000_000))
"""USD; ``None``: as the facts have it."""
EVERYTHING = dict.fromkeys(Event, date(2027, 9, 2))

Change = Callable[[dict[str, Any]], None]


def _states(**project: object) -> Change:
    return lambda file: file["facts"]["project"].update(project)


def _one_offer(file: dict[str, Any]) -> None:
    del file["records"]["offers"]["offers"][1:]
    file["records"] = {"offers": file["records"]["offers"]}


def _urgent(file: dict[str, Any]) -> None:
    file["facts"]["justification"]["exception"] = "urgency"


ACQUISITIONS: dict[str, tuple[str, Change]] = {
    "as it is": ("alms", _states()),
    "another winner": ("alms-118m", _states()),
    "one source": ("bridge", _states()),
    "labor standards": ("depot-maintenance", _states()),
    "urgency": ("bridge", _urgent),
    "research": ("alms", _states(research_and_development=True)),
    "trade agreements": ("alms", _states(trade_agreements=True)),
    "textiles": ("alms", _states(textile_exception=True)),
    "orders": ("alms", _states(architect_engineer_or_basic_ordering=True)),
    "consolidation": ("alms", _states(consolidation=True)),
    "one offer": ("alms", _one_offer),
}


def _facts(sample: str, change: Change) -> DeadlineFacts:
    file = deepcopy(yaml.safe_load((SAMPLES / f"{sample}.yaml").read_text("utf-8")))
    change(file)
    facts, records = parse_facts(file["facts"]), Records.model_validate(file["records"])
    return deadline_facts(facts, records, compute(facts, records).estimate)


def test_every_deadline_applies_to_some_acquisition() -> None:
    found: set[str] = set()
    for sample, change in ACQUISITIONS.values():
        facts = _facts(sample, change)
        for value in VALUES:
            valued = facts if value is None else facts.model_copy(update={"value": value})
            found |= {row.id for row in deadlines_for(EVERYTHING, valued, FederalCalendar())}
    assert {rule.id for rule in DEADLINE_RULES} - found == set()


def test_a_forecast_shortens_the_wait_that_trade_agreements_ask_for() -> None:
    def closing(*, in_annual_forecast: bool) -> date:
        stated = _states(trade_agreements=True, in_annual_forecast=in_annual_forecast)
        rows = deadlines_for(EVERYTHING, _facts("alms", stated), FederalCalendar())
        return next(row.due for row in rows if row.id == "D05")

    assert closing(in_annual_forecast=True) < closing(in_annual_forecast=False)


def test_development_needs_a_plan_at_a_lower_value() -> None:
    raw = raw_facts()
    for labour in raw["estimate"]["labour"]:
        labour["hours"] = [hours // 4 for hours in labour["hours"]]
    service = compute(parse_facts(raw))
    assert Decimal(10_000_000) < service.estimate.total < Decimal(50_000_000)
    assert not service.applies("acquisition_plan")
    raw["project"]["research_and_development"] = True
    assert compute(parse_facts(raw)).applies("acquisition_plan")


def test_nobody_has_said_whether_requirements_are_combined() -> None:
    raw = raw_facts()
    del raw["project"]["consolidation"]
    answer = compute(parse_facts(raw)).answers["consolidation"]
    assert (answer.applies, "Ask whether" in answer.reason) == (None, True)


def test_an_office_in_no_time_zone_is_refused_with_an_example() -> None:
    raw = raw_facts()
    raw["project"]["office"]["time_zone"] = "Mars/Base"
    with pytest.raises(InvalidFacts) as error:
        parse_facts(raw)
    (problem,) = error.value.problems
    assert problem.startswith("project.office.time_zone")
    assert "America/New_York" in problem
