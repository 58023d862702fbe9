"""From an acquisition to what its gates look at."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from documents.catalog import BY_CODE, CATALOG
from documents.computed import compute, deadlines_of
from documents.context import context
from documents.facts import Amendments, InvalidFacts, Records
from documents.gating import Progress, gate_facts
from documents.vocabulary import Phase, Position, RecordKind
from rules.calendar import FederalCalendar
from rules.deadlines import Event
from rules.gates import GATES, gate_states
from tests.fakes import sample_facts

FACTS = sample_facts()
NIGHT = datetime(2027, 9, 3, 1, 30, tzinfo=UTC)
"""Still the day before in New York."""


def progress(**changes: Any) -> Progress:
    values: dict[str, Any] = {
        "accepted": True,
        "planned": frozenset({"PR"}),
        "approved": frozenset({"PR"}),
        "needed_records": frozenset(),
        "recorded": {},
        "deadlines": {"D23": (datetime(2027, 9, 7, 20, 30, tzinfo=UTC), False)},
        "positions": frozenset(position.value for position in FACTS.people),
        "now": NIGHT,
        **changes,
    }
    return Progress(**values)


def extended(**closing: Any) -> Records:
    amendment = {
        "number": "0001",
        "issued": date(2027, 4, 20),
        "changes": (),
        "closing_extended": True,
        "reason": "More time",
        "closing": {"day": date(2027, 5, 14), "at": "14:00", **closing},
    }
    return Records(amendments=Amendments.model_validate({"amendments": (amendment,)}))


def test_every_document_of_the_catalogue_is_asked_for_at_a_gate_of_its_phase_or_later() -> None:
    phases = [phase.value for phase in Phase]
    asked = {code: gate for gate in GATES for code in gate.codes}
    problems = [
        f"{row.code}: {asked[row.code].phase if row.code in asked else 'no gate asks for it'}"
        for row in CATALOG
        if row.code not in asked
        or phases.index(asked[row.code].phase) < phases.index(row.phase.value)
    ]
    assert problems == [], "add the code to a gate of its phase in rules/gates.py"


def test_phases_positions_and_records_of_gates_are_those_of_the_product() -> None:
    assert {gate.phase for gate in GATES} == {phase.value for phase in Phase}
    assert {gate.decides for gate in GATES} <= {position.value for position in Position}
    assert {"market_research", "offers", "consensus", "decision"} <= {
        kind.value for kind in RecordKind
    }


def test_days_are_those_of_the_contracting_office() -> None:
    facts = gate_facts(compute(FACTS), progress())
    assert facts.today == date(2027, 9, 2)
    assert facts.deadlines["D23"].due == date(2027, 9, 7)


def test_a_recorded_day_replaces_the_planned_one_and_the_plan_stays_known() -> None:
    late = date(2027, 3, 2)
    recorded = {Event.PRESOLICITATION_PUBLISHED: late}
    facts = gate_facts(compute(FACTS), progress(recorded=recorded, planned=frozenset({"PSN"})))
    assert facts.recorded[Event.PRESOLICITATION_PUBLISHED] == late
    assert facts.milestones[Event.PRESOLICITATION_PUBLISHED] == date(2027, 3, 1)
    warned = next(state for state in gate_states(facts) if state.gate.id == "G4")
    warning = next(unmet.text for unmet in warned.unmet if not unmet.blocks)
    assert "plans publication of the presolicitation notice for 2027-03-01" in warning
    rows = {row.id: row for row in deadlines_of(compute(FACTS), recorded)}
    assert rows["D01"].due == date(2027, 3, 17), "fifteen days after it was really published"


def test_an_amendment_that_extends_the_closing_moves_what_follows_from_it() -> None:
    rows = {row.id: row for row in compute(FACTS, extended()).deadlines}
    assert rows["D14"].due == date(2027, 5, 14)
    assert rows["D14S"].due == date(2027, 5, 13)
    assert rows["D15"].due == date(2027, 11, 10)
    known = context(compute(FACTS, extended()), BY_CODE["AMD"], {}, 1)
    assert known["closing"]["text"].startswith("Friday, 14 May 2027"), "the amendment quotes it"


@pytest.mark.parametrize(
    ("day", "said"),
    [
        (date(2027, 4, 30), "an extension is later than 2027-04-30"),
        (date(2027, 4, 29), "an extension is later than 2027-04-30"),
        (date(2027, 5, 31), "when the office is closed: use 2027-06-01"),
    ],
    ids=["no-extension", "earlier", "Memorial-Day"],
)
def test_an_amendment_that_does_not_extend_the_closing_is_refused(day: date, said: str) -> None:
    with pytest.raises(InvalidFacts, match=said):
        compute(FACTS, extended(day=day))


def test_a_storm_makes_no_accepted_package_invalid() -> None:
    storm = FederalCalendar(frozenset({FACTS.milestones.closing.day, FACTS.milestones.award}))
    rows = {row.id: row for row in compute(FACTS, calendar=storm).deadlines}
    assert rows["D14"].due == date(2027, 5, 3), "offers are received on the next open day"
