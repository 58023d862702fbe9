"""The gates G0 to G12: what has to be true before each is passed, and who decides.

Pure functions of a snapshot. A condition that blocks has to be met; one that warns may be left
unmet for a written reason. Gates advise their decider, they never pass by themselves.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Literal

from pydantic import BaseModel, ConfigDict

from rules.checks import Finding, Severity
from rules.deadline_rules import Event

PhaseName = Literal["pre_solicitation", "solicitation", "post_solicitation"]


class DeadlineState(BaseModel):
    """One stored deadline: the last safe day, or the first allowed one."""

    model_config = ConfigDict(frozen=True)

    due: date
    done: bool = False


class GateFacts(BaseModel):
    """What an acquisition has to show at one moment. Days are those of the contracting office."""

    model_config = ConfigDict(frozen=True)

    today: date
    accepted: bool = False
    """Whether a person has accepted a requirements package."""
    open_items: tuple[str, ...] = ()
    """What nobody has stated yet, one sentence each."""
    positions: frozenset[str] = frozenset()
    """Positions that somebody holds."""
    planned: frozenset[str] = frozenset()
    """Codes of the documents of the plan."""
    approved: frozenset[str] = frozenset()
    needed_records: frozenset[str] = frozenset()
    """Kinds of records that documents of the plan wait for."""
    records: frozenset[str] = frozenset()
    """Kinds of what has been recorded."""
    unanswered: tuple[int, ...] = ()
    """Numbers of questions about the solicitation that have no answer."""
    recorded: Mapping[Event, date] = {}
    """Days on which events really happened."""
    milestones: Mapping[Event, date] = {}
    """Days for which the package plans them."""
    deadlines: Mapping[str, DeadlineState] = {}
    findings: tuple[Finding, ...] = ()
    """What the consistency checks say about the approved documents."""


Test = Callable[[GateFacts], str]
"""What is missing, in a sentence; empty when the condition is met or does not apply."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    text: str
    """What has to be true."""
    remedy: str
    """What to do while it is not."""
    missing: Test
    severity: Severity = Severity.BLOCKS
    codes: tuple[str, ...] = ()
    """Documents whose approval it asks for: what checks find in them belongs to its gate."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    id: str
    title: str
    phase: PhaseName
    decides: str
    """The position that decides."""
    conditions: tuple[Condition, ...]
    of_package: bool = False
    """Whether contradictions that belong to no single document are shown here."""

    @property
    def codes(self) -> frozenset[str]:
        """Documents whose approval the gate asks for."""
        return frozenset(code for condition in self.conditions for code in condition.codes)


class GateStatus(StrEnum):
    MET = "met"
    WARNS = "warns"
    """May be passed for a written reason."""
    BLOCKED = "blocked"


@dataclass(frozen=True, slots=True, kw_only=True)
class Unmet:
    """A condition that is not met. ``id`` is, for example, ``G4.2``, or a check such as ``X12``."""

    id: str
    severity: Severity
    text: str
    remedy: str

    @property
    def blocks(self) -> bool:
        return self.severity is Severity.BLOCKS

    @property
    def sentence(self) -> str:
        """One line that starts with the id, as the sentences of checks do."""
        return f"{self.id} {self.text} {self.remedy}".strip()


@dataclass(frozen=True, slots=True, kw_only=True)
class GateState:
    gate: Gate
    unmet: tuple[Unmet, ...]

    @property
    def status(self) -> GateStatus:
        if any(unmet.blocks for unmet in self.unmet):
            return GateStatus.BLOCKED
        return GateStatus.WARNS if self.unmet else GateStatus.MET


def gate_states(facts: GateFacts) -> tuple[GateState, ...]:
    """All gates in order, each with what is not met."""
    return tuple(
        GateState(gate=gate, unmet=(*_unmet(gate, facts), *_found(gate, facts))) for gate in GATES
    )


def _unmet(gate: Gate, facts: GateFacts) -> Iterator[Unmet]:
    for number, condition in enumerate(gate.conditions, start=1):
        if missing := condition.missing(facts):
            yield Unmet(
                id=f"{gate.id}.{number}",
                severity=condition.severity,
                text=missing,
                remedy=condition.remedy,
            )


def _found(gate: Gate, facts: GateFacts) -> Iterator[Unmet]:
    """What checks say about the documents of the gate; a finding names its remedy itself."""
    for finding in facts.findings:
        if finding.document in gate.codes or (gate.of_package and not finding.document):
            yield Unmet(
                id=finding.check,
                severity=finding.severity,
                text=f"{finding.document or 'package'}: {finding.message}",
                remedy="",
            )


def phase_states(facts: GateFacts, phase: str) -> tuple[GateState, ...]:
    """The gates that have to be passed before a phase is left; KeyError for an unknown phase."""
    found = tuple(state for state in gate_states(facts) if state.gate.phase == phase)
    if not found:
        raise KeyError(phase)
    return found


def _documents(*codes: str) -> Condition:
    """Those of these documents that the plan has are approved."""

    def missing(facts: GateFacts) -> str:
        wanted = [code for code in codes if code in facts.planned - facts.approved]
        return f"Not approved yet: {', '.join(wanted)}." if wanted else ""

    return Condition(
        text=f"Approved, as far as planned: {', '.join(codes)}",
        remedy="Have them drafted, and signed by everybody whom the plan names.",
        missing=missing,
        codes=codes,
    )


def _record(kind: str, text: str) -> Condition:
    def missing(facts: GateFacts) -> str:
        if kind in facts.records or kind not in facts.needed_records:
            return ""
        return f"Not recorded yet: {kind.replace('_', ' ')}."

    return Condition(
        text=text,
        remedy=f"Record it under records/{kind}.",
        missing=missing,
    )


def _held(position: str, title: str, severity: Severity) -> Condition:
    def missing(facts: GateFacts) -> str:
        return "" if position in facts.positions else f"No {title} is named."

    return Condition(
        text=f"A {title} is named",
        remedy=f"State people.{position} in the requirements package.",
        missing=missing,
        severity=severity,
    )


def _happened(event: Event, code: str) -> Condition:
    """The day is recorded, has come, and is the one that the documents quote.

    Asked for where the plan has the document that goes out with the event.
    """

    def missing(facts: GateFacts) -> str:
        if code not in facts.planned:
            return ""
        day, planned = facts.recorded.get(event), facts.milestones.get(event)
        if day is None:
            return f"No date is recorded for {event.text}."
        if day > facts.today:
            return f"{event.text[0].upper()}{event.text[1:]} is set for {day}, which has not come."
        if planned is not None and planned != day:
            return f"The package plans {event.text} for {planned}; it was on {day}."
        return ""

    return Condition(
        text=f"Recorded as it happened: {event.text}",
        remedy="Record the day under milestones, and correct a milestone of the package that "
        "differs, so that documents quote the real date.",
        missing=missing,
        severity=Severity.WARNS,
    )


def _not_before(rules: tuple[str, ...], event: Event) -> Condition:
    """A recorded event respects the minimum times that the law gives others."""

    def missing(facts: GateFacts) -> str:
        day = facts.recorded.get(event)
        if day is None:
            return ""
        early = [
            f"{rule} allows it from {facts.deadlines[rule].due}"
            for rule in rules
            if rule in facts.deadlines and day < facts.deadlines[rule].due
        ]
        return (
            f"Recorded on {day}, {event.text} was too early: {', '.join(early)}." if early else ""
        )

    return Condition(
        text=f"Not earlier than the law allows: {event.text}",
        remedy="Correct the recorded date if it is wrong; otherwise extend the time by an "
        "amendment, or publish again.",
        missing=missing,
    )


def _before(rules: tuple[str, ...], text: str) -> Condition:
    """What was due by now is done; with the reason if it is not."""

    def missing(facts: GateFacts) -> str:
        late = [
            f"{rule} (due {facts.deadlines[rule].due})"
            for rule in rules
            if rule in facts.deadlines
            and not facts.deadlines[rule].done
            and facts.deadlines[rule].due < facts.today
        ]
        return f"Overdue and not noted as done: {', '.join(late)}." if late else ""

    return Condition(
        text=text,
        remedy="Do it and note the deadline as completed.",
        missing=missing,
        severity=Severity.WARNS,
    )


def _accepted(facts: GateFacts) -> str:
    return "" if facts.accepted else "Nobody has accepted a requirements package."


def _nothing_open(facts: GateFacts) -> str:
    return f"Still open: {'; '.join(facts.open_items)}." if facts.open_items else ""


def _questions_answered(facts: GateFacts) -> str:
    if not facts.unanswered:
        return ""
    return f"Without an answer: question {', '.join(str(number) for number in facts.unanswered)}."


def _stay_window_over(facts: GateFacts) -> str:
    filed = facts.recorded.get(Event.PROTEST_FILED)
    ruled = facts.recorded.get(Event.PROTEST_RULED)
    if filed is not None and (ruled is None or ruled < filed):
        return f"The protest filed on {filed} is not decided."
    open_until = [
        f"{rule} until {facts.deadlines[rule].due}"
        for rule in ("D28", "D30")
        if rule in facts.deadlines and facts.today <= facts.deadlines[rule].due
    ]
    return f"A protest is still possible: {', '.join(open_until)}." if open_until else ""


_CO = "contracting_officer"
_SECTIONS = tuple(f"SEC-{letter}" for letter in "ABCDEFGHIJKLM")
_E = Event

GATES: tuple[Gate, ...] = (
    Gate(
        id="G0",
        title="Package accepted",
        phase="pre_solicitation",
        decides=_CO,
        conditions=(
            Condition(
                text="A requirements package is accepted",
                remedy="State and accept the facts of the acquisition.",
                missing=_accepted,
            ),
            Condition(
                text="Nothing in the package is open",
                remedy="Let the owner of each item state it, and accept the package again.",
                missing=_nothing_open,
            ),
            _held("program_manager", "program manager", Severity.BLOCKS),
            _held(
                "contracting_officers_representative",
                "contracting officer's representative",
                Severity.WARNS,
            ),
            _documents("PR"),
        ),
    ),
    Gate(
        id="G1",
        title="Market research done",
        phase="pre_solicitation",
        decides=_CO,
        conditions=(
            _record("market_research", "What the market answered is recorded"),
            _documents("SSN", "RFI", "IND", "MRR"),
        ),
    ),
    Gate(
        id="G2",
        title="Strategy approved",
        phase="pre_solicitation",
        decides=_CO,
        conditions=(_documents("AP", "SBCR", "CBD", "CTD", "OPT", "JA", "LPTA"),),
    ),
    Gate(
        id="G3",
        title="Requirement baselined",
        phase="pre_solicitation",
        decides=_CO,
        conditions=(
            _documents(
                "PWS", "SOW", "SOO", "PRS", "QASP", "CDRL", "DD254", "GFP", "WD", "IGF", "IGCE"
            ),
        ),
        of_package=True,
    ),
    Gate(
        id="G4",
        title="Notice published",
        phase="pre_solicitation",
        decides=_CO,
        conditions=(
            _documents("DRFP", "PSN"),
            _happened(_E.PRESOLICITATION_PUBLISHED, "PSN"),
        ),
    ),
    Gate(
        id="G5",
        title="Release authorized",
        phase="solicitation",
        decides=_CO,
        conditions=(
            _documents("SSP"),
            _documents(*_SECTIONS, "PPQF", "RFP"),
            _not_before(("D01", "D02"), _E.RFP_ISSUED),
            _before(("D09", "D10", "D11"), "Everything that precedes the issue was done in time"),
            _happened(_E.RFP_ISSUED, "RFP"),
        ),
        of_package=True,
    ),
    Gate(
        id="G6",
        title="Proposals closed",
        phase="solicitation",
        decides=_CO,
        conditions=(
            Condition(
                text="Every question is answered or declined",
                remedy="Record the answers under records/questions.",
                missing=_questions_answered,
            ),
            _documents("QNA", "AMD"),
            _record("offers", "The receipt register is recorded"),
            _documents("RCPT"),
            _not_before(("D03", "D04", "D05", "D06", "D07", "D08"), _E.CLOSING),
            _happened(_E.CLOSING, "RCPT"),
        ),
    ),
    Gate(
        id="G7",
        title="Initial evaluation",
        phase="post_solicitation",
        decides="sseb_chair",
        conditions=(
            _documents("NDA", "CMP"),
            _record("consensus", "Consensus ratings are recorded"),
            _documents("SCORE", "PPE", "PCA"),
        ),
    ),
    Gate(
        id="G8",
        title="Competitive range and final proposals",
        phase="post_solicitation",
        decides=_CO,
        conditions=(_documents("CRD", "XCL", "PNO", "CLAR"),),
    ),
    Gate(
        id="G9",
        title="Decision",
        phase="post_solicitation",
        decides="source_selection_authority",
        conditions=(
            _record("decision", "The decision is recorded in the decider's own words"),
            _documents("PNM", "SSEB", "SSAC", "RESP", "SUBK", "SSDD"),
        ),
        of_package=True,
    ),
    Gate(
        id="G10",
        title="Clearance and award",
        phase="post_solicitation",
        decides=_CO,
        conditions=(
            _documents("SBN", "ANN", "SF26"),
            _before(("D16", "D21", "D49"), "What precedes the award was done in time"),
            _not_before(("D20",), _E.AWARD),
            _happened(_E.AWARD, "SF26"),
        ),
    ),
    Gate(
        id="G11",
        title="Notices, debriefings, posting",
        phase="post_solicitation",
        decides=_CO,
        conditions=(
            _documents("AWL", "UNS", "DBR", "CAS", "CAR", "JAP"),
            _before(
                ("D23", "D25", "D27", "D40", "D40U", "D41", "D42", "D42T", "D43"),
                "Notices, debriefings and reports were on time",
            ),
            _happened(_E.NOTICE_RECEIVED, "UNS"),
        ),
    ),
    Gate(
        id="G12",
        title="Protest window closed, handed over",
        phase="post_solicitation",
        decides=_CO,
        conditions=(
            Condition(
                text="No protest is pending or possible",
                remedy="Wait for the day, or record the ruling under milestones.",
                missing=_stay_window_over,
                severity=Severity.WARNS,
            ),
            _documents("PROT", "CORL"),
        ),
    ),
)
"""In order (domain rules, section 2); the last ones of a phase close it."""
