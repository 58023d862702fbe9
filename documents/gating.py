"""The snapshot of an acquisition that its gates look at, from facts, records and what is stored."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from documents.computed import Computed
from documents.office_time import office_day
from documents.profile import debriefing_events, events
from rules.checks import Finding
from rules.deadlines import Event
from rules.gates import DeadlineState, GateFacts


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a project is, as it is stored."""

    accepted: bool
    """Whether a person has accepted the package."""
    planned: frozenset[str]
    approved: frozenset[str]
    needed_records: frozenset[str]
    recorded: Mapping[Event, date]
    deadlines: Mapping[str, tuple[datetime, bool]]
    """By rule: when it is due and whether it was completed."""
    positions: frozenset[str]
    now: datetime


def gate_facts(
    computed: Computed, progress: Progress, findings: Iterable[Finding] = ()
) -> GateFacts:
    """What the gates of this acquisition look at."""
    facts, records = computed.facts, computed.records
    zone = facts.project.office.time_zone
    questions = records.questions.questions if records.questions else ()
    return GateFacts(
        today=office_day(progress.now, zone),
        accepted=progress.accepted,
        open_items=tuple(item.text for item in facts.open_items),
        positions=progress.positions | {position.value for position in facts.people},
        planned=progress.planned,
        approved=progress.approved,
        needed_records=progress.needed_records,
        records=frozenset(name for name, record in records if record is not None),
        unanswered=tuple(item.number for item in questions if not item.answer.strip()),
        recorded={**debriefing_events(records), **progress.recorded},
        milestones=events(facts, records, computed.dates),
        deadlines={
            rule: DeadlineState(due=office_day(due, zone), done=done)
            for rule, (due, done) in progress.deadlines.items()
        },
        findings=tuple(findings),
    )
