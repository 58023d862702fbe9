"""Deadlines computed from recorded events, each with a plain account of how it was counted.

All dates and times are local to the contracting office unless a title says otherwise. Compute in
an activity and store the result with ``FederalCalendar.version``.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, time, timedelta
from math import ceil
from types import MappingProxyType

from rules.calendar import FederalCalendar
from rules.citations import cite
from rules.deadline_rules import (
    DEADLINE_RULES,
    Count,
    DeadlineFacts,
    DeadlineRule,
    Event,
    Unit,
)

__all__ = [
    "ApprovalSchedule",
    "Deadline",
    "DeadlineFacts",
    "Event",
    "Unit",
    "approval_due",
    "approval_schedule",
    "deadlines_for",
    "palt",
]


NOTHING: Mapping[Event, date] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class Deadline:
    """One computed date. ``due`` is the last safe day, or the first allowed one (``not_before``).

    ``gate`` marks a deadline that holds a phase transition; ``basis`` says how it was counted.
    """

    id: str
    title: str
    due: date
    time: time | None
    unit: Unit
    rule: str
    citation: str
    reminders: tuple[date, ...]
    basis: str
    not_before: bool
    gate: bool
    reminder_hours: tuple[int, ...] = ()
    """Further reminders, so many hours before ``time``."""
    done: date | None = None
    """When what it asks for was recorded."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalSchedule:
    """When to remind, when the step is due, when to tell the position's superior (D51)."""

    reminder: date
    due: date
    escalation: date


def deadlines_for(
    events: Mapping[Event, date] | Mapping[str, date],
    facts: DeadlineFacts,
    calendar: FederalCalendar,
    recorded: Mapping[Event, date] = NOTHING,
) -> tuple[Deadline, ...]:
    """Every deadline whose event is in ``events`` (keys are ``Event`` values), in order of ids.

    ``recorded`` is the part of the events that is no plan: only what has happened can show that a
    deadline was met. Thresholds are looked up on the date of the event. Raises
    ``NoThresholdOnDate`` for events before the rule book starts.
    """
    known: dict[str, date] = {str(name): day for name, day in events.items()}
    computed: list[Deadline] = []
    for rule in DEADLINE_RULES:
        deadline = _deadline(rule, known, facts, calendar, recorded)
        if deadline is None:
            continue
        computed.append(deadline)
        if rule.becomes is not None:
            known.setdefault(rule.becomes, deadline.due)
    return tuple(computed)


def palt(issue: date, award: date) -> int:
    """Procurement administrative lead time in calendar days, from solicitation to award."""
    return (award - issue).days


def approval_due(requested: date, business_days: int, calendar: FederalCalendar) -> date:
    """When an approval step is due (D51); the day of the request is not counted."""
    return calendar.add_business_days(requested, business_days)


def approval_schedule(
    requested: date, business_days: int, calendar: FederalCalendar
) -> ApprovalSchedule:
    """Reminder at 60 %, due at 100 % and escalation at 150 % of the business days, rounded up."""
    return ApprovalSchedule(
        reminder=calendar.add_business_days(requested, ceil(business_days * 6 / 10)),
        due=approval_due(requested, business_days, calendar),
        escalation=calendar.add_business_days(requested, ceil(business_days * 3 / 2)),
    )


def _deadline(
    rule: DeadlineRule,
    events: Mapping[str, date],
    facts: DeadlineFacts,
    calendar: FederalCalendar,
    recorded: Mapping[Event, date],
) -> Deadline | None:
    stated = events.get(rule.stated_by) if rule.stated_by else None
    counted = [
        (events[trigger.event], trigger.event, trigger.days_for(facts))
        for trigger in rule.triggers
        if trigger.event in events and rule.applies(facts, events[trigger.event])
    ]
    if stated is not None:
        event, due, basis = stated, stated, f"Stated by the project: {_day(stated)}."
    elif counted:
        candidates = [
            (_count(rule.count, event, days, calendar), event, name, days)
            for event, name, days in counted
        ]
        due, event, name, days = max(candidates, key=lambda candidate: candidate[0])
        basis = _basis(rule.count, event, name, days, due)
        if len(candidates) > 1:
            others = ", ".join(
                f"{_day(other)} from {label.text}" for other, _, label, _ in candidates
            )
            basis = f"The latest of {others}. {basis}"
    else:
        return None
    done = recorded.get(rule.done_by) if rule.done_by else None
    return Deadline(
        id=rule.id,
        title=rule.title,
        due=due,
        time=rule.at(facts) if rule.at else None,
        unit=rule.unit,
        rule=rule.citation,
        citation=cite(rule.citation, facts.regime).text,
        reminders=_reminders(rule, event, due, calendar),
        basis=basis,
        not_before=rule.not_before,
        gate=rule.gate,
        reminder_hours=rule.remind_hours_before_due,
        # What was recorded before the event belongs to an earlier round.
        done=done if done is not None and (stated is not None or done >= event) else None,
    )


def _count(count: Count, event: date, days: int, calendar: FederalCalendar) -> date:
    match count:
        case Count.ROLL:
            return calendar.roll_forward_deadline(event, days)
        case Count.NOT_BEFORE:
            return calendar.earliest_after(event, days)
        case Count.LEAD:
            return calendar.minimum_lead(event, days)
        case Count.WITHIN:
            return calendar.previous_open(event + timedelta(days=days))
        case Count.BUSINESS_AFTER:
            return calendar.add_business_days(event, days)
        case Count.BUSINESS_BEFORE:
            return calendar.subtract_business_days(event, days)
        case Count.ON:
            return event
        case Count.RECEIPT:
            return calendar.next_open(event)


def _basis(count: Count, event: date, name: Event, days: int, due: date) -> str:
    start = f"{name.text} ({_day(event)})"
    plural = "" if days == 1 else "s"
    calendar_days, business_days = f"{days} calendar day{plural}", f"{days} business day{plural}"
    last, first = event + timedelta(days=days), event - timedelta(days=days)
    match count:
        case Count.ROLL:
            text = f"{calendar_days} after {start}, the day itself not counted"
            moved = last, "falls on a closed day, so the period runs to the next working day"
        case Count.NOT_BEFORE:
            text = f"At least {calendar_days} after {start}"
            moved = last, "is a closed day, so the next working day is the earliest"
        case Count.LEAD:
            text = f"At least {calendar_days} before {start}"
            moved = first, "is a closed day, so the working day before it is the latest safe one"
        case Count.WITHIN:
            text = f"{calendar_days} after {start}" if days else f"On or before {start}"
            moved = last, "is a closed day and does not extend it, so the working day before counts"
        case Count.BUSINESS_AFTER:
            text, moved = f"{business_days} after {start}, weekends and holidays skipped", None
        case Count.BUSINESS_BEFORE:
            text, moved = f"{business_days} before {start}, weekends and holidays skipped", None
        case Count.ON:
            text, moved = f"The date of {start}", None
        case Count.RECEIPT:
            text = f"The date of {start}"
            moved = event, "is a closed day, so offers are received on the next working day"
    if moved is None or moved[0] == due:
        return f"{text}: {_day(due)}."
    return f"{text}; {_day(moved[0])} {moved[1]}: {_day(due)}."


def _reminders(
    rule: DeadlineRule, event: date, due: date, calendar: FederalCalendar
) -> tuple[date, ...]:
    """Working days on which to remind, none later than ``due``."""

    def before(day: date, offset: int) -> date:
        if rule.unit is Unit.BUSINESS and offset:
            return calendar.subtract_business_days(day, offset)
        return calendar.previous_open(day - timedelta(days=offset))

    def after(offset: int) -> date:
        if rule.unit is Unit.BUSINESS and offset:
            return calendar.add_business_days(event, offset)
        return calendar.next_open(event + timedelta(days=offset))

    days = {
        *(before(due, offset) for offset in rule.remind_before_due),
        *(before(event, offset) for offset in rule.remind_before_event),
        *(after(offset) for offset in rule.remind_after_event),
    }
    return tuple(sorted(day for day in days if day <= due))


def _day(day: date) -> str:
    return f"{day:%a} {day.day} {day:%b} {day.year}"
