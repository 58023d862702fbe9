from collections.abc import Iterable
from datetime import date
from typing import Any

import pytest

from rules.checks import Finding, Severity
from rules.deadlines import Event
from rules.gates import (
    GATES,
    DeadlineState,
    GateFacts,
    GateState,
    GateStatus,
    gate_states,
    phase_states,
)

TODAY = date(2027, 10, 20)
CODES = frozenset(code for gate in GATES for code in gate.codes)
HAPPENED = {
    Event.PRESOLICITATION_PUBLISHED: date(2027, 3, 1),
    Event.RFP_ISSUED: date(2027, 3, 16),
    Event.CLOSING: date(2027, 4, 30),
    Event.AWARD: date(2027, 9, 2),
    Event.NOTICE_RECEIVED: date(2027, 9, 7),
}
DONE = GateFacts(
    today=TODAY,
    accepted=True,
    positions=frozenset({"program_manager", "contracting_officers_representative"}),
    planned=CODES,
    approved=CODES,
    needed_records=frozenset({"market_research", "offers", "consensus", "decision"}),
    records=frozenset({"market_research", "offers", "consensus", "decision"}),
    recorded=HAPPENED,
    milestones=HAPPENED,
    deadlines={
        "D01": DeadlineState(due=date(2027, 3, 16)),
        "D03": DeadlineState(due=date(2027, 4, 15)),
        "D23": DeadlineState(due=date(2027, 9, 7), done=True),
        "D28": DeadlineState(due=date(2027, 9, 29)),
        "D30": DeadlineState(due=date(2027, 10, 4)),
    },
)


def state(facts: GateFacts, gate: str) -> GateState:
    return next(state for state in gate_states(facts) if state.gate.id == gate)


def unmet(facts: GateFacts) -> set[str]:
    return {condition.id for state in gate_states(facts) for condition in state.unmet}


def without(facts: GateFacts, **changes: Any) -> GateFacts:
    return facts.model_copy(update=changes)


def test_an_acquisition_in_which_all_is_done_meets_every_gate() -> None:
    assert [state.gate.id for state in gate_states(DONE)] == [f"G{n}" for n in range(13)]
    found = [condition.sentence for state in gate_states(DONE) for condition in state.unmet]
    assert found == []
    assert {state.status for state in gate_states(DONE)} == {GateStatus.MET}


UNMET = [
    ("G0", "B", {"accepted": False}, "Nobody has accepted"),
    ("G0", "B", {"open_items": ("open item 1: the need",)}, "open item 1: the need"),
    ("G0", "B", {"positions": frozenset({"contracting_officers_representative"})}, "manager"),
    ("G0", "W", {"positions": frozenset({"program_manager"})}, "representative"),
    ("G1", "B", {"records": frozenset[str]()}, "market research"),
    ("G1", "B", {"approved": CODES - {"MRR"}}, "MRR"),
    ("G2", "B", {"approved": CODES - {"AP"}}, "AP"),
    ("G3", "B", {"approved": CODES - {"IGCE"}}, "IGCE"),
    ("G4", "B", {"approved": CODES - {"PSN"}}, "PSN"),
    ("G5", "B", {"approved": CODES - {"SSP"}}, "SSP"),
    ("G5", "B", {"approved": CODES - {"SEC-M"}}, "SEC-M"),
    ("G6", "B", {"unanswered": (3, 7)}, "question 3, 7"),
    ("G6", "B", {"records": frozenset({"market_research", "decision", "consensus"})}, "offers"),
    ("G7", "B", {"records": frozenset({"market_research", "decision", "offers"})}, "consensus"),
    ("G8", "B", {"approved": CODES - {"CRD"}}, "CRD"),
    ("G9", "B", {"approved": CODES - {"SSDD"}}, "SSDD"),
    ("G10", "B", {"approved": CODES - {"SF26"}}, "SF26"),
    ("G11", "B", {"approved": CODES - {"UNS"}}, "UNS"),
    ("G12", "B", {"approved": CODES - {"CORL"}}, "CORL"),
    ("G12", "W", {"today": date(2027, 10, 4)}, "D30 until 2027-10-04"),
    (
        "G12",
        "W",
        {"recorded": {**HAPPENED, Event.PROTEST_FILED: date(2027, 9, 28)}},
        "filed on 2027-09-28 is not decided",
    ),
]


@pytest.mark.parametrize(
    ("gate", "severity", "change", "said"),
    UNMET,
    ids=[f"{row[0]}-{row[3].replace(' ', '-')}" for row in UNMET],
)
def test_what_is_missing_holds_its_gate_and_says_what_to_do(
    gate: str, severity: str, change: dict[str, Any], said: str
) -> None:
    found = state(without(DONE, **change), gate)
    (condition,) = found.unmet
    assert condition.severity == severity
    assert said in condition.text
    assert condition.remedy, "says what is wrong and not what to do"
    assert condition.sentence.startswith(f"{gate}.")
    expected = GateStatus.BLOCKED if severity == "B" else GateStatus.WARNS
    assert found.status is expected


@pytest.mark.parametrize(
    ("event", "gate"),
    [
        (Event.PRESOLICITATION_PUBLISHED, "G4"),
        (Event.RFP_ISSUED, "G5"),
        (Event.CLOSING, "G6"),
        (Event.AWARD, "G10"),
        (Event.NOTICE_RECEIVED, "G11"),
    ],
)
def test_an_event_that_is_not_recorded_is_ahead_or_differs_from_the_plan_warns(
    event: Event, gate: str
) -> None:
    def warned(recorded: dict[Event, date]) -> str:
        found = state(without(DONE, recorded=recorded), gate)
        assert found.status is GateStatus.WARNS, f"{gate} does not notice {event}"
        return found.unmet[0].text

    others = {name: day for name, day in HAPPENED.items() if name is not event}
    assert "No date is recorded" in warned(others)
    assert "has not come" in warned({**HAPPENED, event: date(2028, 1, 3)})
    late = HAPPENED[event].replace(day=29)
    assert f"it was on {late}" in warned({**HAPPENED, event: late})


@pytest.mark.parametrize(
    ("rule", "event", "gate", "day", "blocked"),
    [
        ("D01", Event.RFP_ISSUED, "G5", date(2027, 3, 15), True),
        ("D01", Event.RFP_ISSUED, "G5", date(2027, 3, 16), False),
        ("D03", Event.CLOSING, "G6", date(2027, 4, 14), True),
        ("D03", Event.CLOSING, "G6", date(2027, 4, 15), False),
    ],
    ids=["D01-day-before", "D01-on-the-day", "D03-day-before", "D03-on-the-day"],
)
def test_what_happened_sooner_than_the_law_allows_blocks(
    rule: str, event: Event, gate: str, day: date, blocked: bool
) -> None:
    dates = {**HAPPENED, event: day}
    found = state(without(DONE, recorded=dates, milestones=dates), gate)
    assert (found.status is GateStatus.BLOCKED) is blocked
    assert blocked is any(rule in condition.text for condition in found.unmet)


def test_an_overdue_deadline_warns_until_it_is_noted_as_done() -> None:
    late = {**DONE.deadlines, "D40": DeadlineState(due=date(2027, 9, 8))}
    found = state(without(DONE, deadlines=late), "G11")
    assert found.status is GateStatus.WARNS
    assert "D40 (due 2027-09-08)" in found.unmet[0].text
    late["D40"] = DeadlineState(due=date(2027, 9, 8), done=True)
    assert state(without(DONE, deadlines=late), "G11").status is GateStatus.MET


def test_a_document_that_the_plan_does_not_have_is_not_asked_for() -> None:
    none = without(DONE, planned=frozenset({"PR"}), approved=frozenset({"PR"}), recorded={})
    assert unmet(none) == set()


def finding(check: str, severity: Severity, document: str) -> Finding:
    return Finding(check=check, severity=severity, document=document, message="says no.")


@pytest.mark.parametrize(
    ("document", "severity", "gates"),
    [
        ("PWS", Severity.BLOCKS, {"G3"}),
        ("SEC-L", Severity.WARNS, {"G5"}),
        ("SSDD", Severity.BLOCKS, {"G9"}),
        ("", Severity.BLOCKS, {"G3", "G5", "G9"}),
    ],
    ids=["PWS", "SEC-L", "SSDD", "package"],
)
def test_what_checks_find_shows_at_the_gate_of_the_document(
    document: str, severity: Severity, gates: Iterable[str]
) -> None:
    found = finding("X12", severity, document)
    facts = without(DONE, findings=(found,))
    touched = {state.gate.id for state in gate_states(facts) if state.unmet}
    assert touched == gates
    (shown,) = state(facts, min(touched)).unmet
    assert (shown.id, shown.severity) == ("X12", severity)
    assert shown.sentence == found.sentence, "a waiver names the sentence of the finding"


@pytest.mark.parametrize(
    ("phase", "ids"),
    [
        ("pre_solicitation", ["G0", "G1", "G2", "G3", "G4"]),
        ("solicitation", ["G5", "G6"]),
        ("post_solicitation", ["G7", "G8", "G9", "G10", "G11", "G12"]),
    ],
)
def test_a_phase_is_left_through_its_own_gates(phase: str, ids: list[str]) -> None:
    assert [state.gate.id for state in phase_states(DONE, phase)] == ids


def test_an_unknown_phase_has_no_gates() -> None:
    with pytest.raises(KeyError):
        phase_states(DONE, "afterwards")
