"""The schedule of an acquisition: what each step takes, what it needs at least, and what is left.

Dates are days of the contracting office. A forward pass from the accepted package says how early
the award could be; a backward pass from the planned award says how late each milestone may be.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from itertools import pairwise

from pydantic import BaseModel, ConfigDict, Field

from rules.calendar import FederalCalendar
from rules.citations import cite
from rules.deadline_rules import DEADLINE_RULES, DeadlineFacts
from rules.deadlines import palt

START, AWARD = "package_accepted", "award"


class Unit(StrEnum):
    CALENDAR = "calendar days"
    BUSINESS = "business days"


class ScheduleFacts(BaseModel):
    """What decides how long each step takes at least."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    deadlines: DeadlineFacts
    market_response_days: int = Field(default=15, ge=1)
    """Calendar days the market has to answer a notice."""
    market_research_business_days: int = Field(default=5, ge=1)
    """Business days in which the office writes up what the market answered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Milestone:
    """One dated event. ``earliest`` and ``latest`` are empty after the award."""

    name: str
    title: str
    gate: str
    """The gate that it passes, for example ``G5``; empty for none."""
    planned: date
    earliest: date | None
    latest: date | None
    slack: int | None
    """Calendar days by which it may slip without moving the award; negative is late."""
    recorded: bool
    """``planned`` is the day on which it really happened."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """The time between two milestones: used, needed at least, and left."""

    start: str
    end: str
    title: str
    begins: date
    ends: date
    calendar_days: int
    business_days: int
    least: int
    unit: Unit
    slack: int
    """Calendar days between the earliest end that ``least`` allows and the planned end."""
    rule: str
    """The deadline that sets ``least``, for example ``D03``; empty for a rule of the office."""
    citation: str
    critical: bool

    @property
    def needs(self) -> str:
        """The least time in words, for example ``15 calendar days``; empty for none."""
        if self.least == 1:
            return f"1 {self.unit.removesuffix('s')}"
        return f"{self.least} {self.unit}" if self.least else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """A phase, or another stretch of the schedule, in both kinds of day."""

    title: str
    begins: date
    ends: date
    calendar_days: int
    business_days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """The whole schedule, milestones in order of date."""

    milestones: tuple[Milestone, ...]
    steps: tuple[Step, ...]
    stretches: tuple[Stretch, ...]
    critical_path: tuple[str, ...]
    """Names of the milestones on the longest chain of least durations up to the award."""
    palt: int | None
    """Calendar days from the solicitation to the award."""
    margin: int
    """Calendar days between the earliest possible award and the planned one."""
    problems: tuple[str, ...]
    """Where the plan leaves less than a rule requires; empty when it is feasible."""
    calendar_version: str

    def milestone(self, name: str) -> Milestone:
        """One milestone by its name, or ``KeyError``."""
        for milestone in self.milestones:
            if milestone.name == name:
                return milestone
        raise KeyError(name)

    def step(self, start: str, end: str) -> Step:
        """One step by its milestones, or ``KeyError``."""
        for step in self.steps:
            if (step.start, step.end) == (start, end):
                return step
        raise KeyError((start, end))


TITLES: Mapping[str, tuple[str, str]] = {
    # name: (title, gate)
    "package_accepted": ("Requirements package accepted", "G0"),
    "sources_sought_published": ("Sources sought notice published", ""),
    "rfi_published": ("Request for information published", ""),
    "industry_day": ("Industry day", ""),
    "sources_sought_response": ("Sources sought responses due", ""),
    "rfi_response": ("Information responses due", ""),
    "market_research_complete": ("Market research complete", "G1"),
    "requirement_baselined": ("Requirement baselined", "G3"),
    "strategy_approved": ("Strategy approved", "G2"),
    "presolicitation_published": ("Presolicitation notice published", "G4"),
    "rfp_issue": ("Solicitation issued", "G5"),
    "questions_due": ("Questions due", ""),
    "answers_posted": ("Answers posted", ""),
    "closing": ("Proposals close", "G6"),
    "evaluation_complete": ("Evaluation complete", "G7"),
    "decision": ("Source selection decision", "G9"),
    "award_announcement": ("Award reported for announcement", ""),
    "award": ("Award", "G10"),
    "notices_sent": ("Notices sent", "G11"),
    "debriefing": ("Debriefing", "G11"),
    "offer_expiration": ("Offers expire", ""),
    "performance_start": ("Performance starts", "G12"),
}
"""Every milestone that the schedule knows; other dates are left out."""

_STRETCHES = (
    ("Pre-solicitation", "package_accepted", "rfp_issue"),
    ("Solicitation", "rfp_issue", "closing"),
    ("Evaluation and award", "closing", "award"),
    ("Solicitation to award (PALT)", "rfp_issue", "award"),
    ("Package to award", "package_accepted", "award"),
)


@dataclass(frozen=True, slots=True)
class _Need:
    """The least time between two milestones."""

    start: str
    end: str
    least: int
    unit: Unit
    rule: str = ""
    citation: str = "product_rule"


def schedule(
    dates: Mapping[str, date],
    facts: ScheduleFacts,
    calendar: FederalCalendar,
    recorded: Collection[str] = (),
) -> Schedule:
    """Lay out the milestones; ``dates`` by the names of ``TITLES``, with package and award.

    ``recorded`` names those that have happened on the day given. A milestone that is not given is
    left out together with its steps. Raises ``KeyError`` without package or award, and
    ``NoThresholdOnDate`` for dates before the rule book starts.
    """
    known = {name: dates[name] for name in TITLES if name in dates}
    needs = [need for need in _needs(known, facts) if need.start in known and need.end in known]
    earliest = _forward(known, needs, calendar)
    latest = _backward(known, needs, calendar)
    path = _critical_path(earliest, needs, calendar)
    links = set(pairwise(path))
    regime = facts.deadlines.regime
    steps = tuple(
        Step(
            start=need.start,
            end=need.end,
            title=f"{TITLES[need.start][0]} to {_lower(TITLES[need.end][0])}",
            begins=known[need.start],
            ends=known[need.end],
            calendar_days=(known[need.end] - known[need.start]).days,
            business_days=calendar.business_days_between(known[need.start], known[need.end]),
            least=need.least,
            unit=need.unit,
            slack=(known[need.end] - _after(known[need.start], need, calendar)).days,
            rule=need.rule,
            citation=cite(need.citation, regime).text,
            critical=(need.start, need.end) in links,
        )
        for need in needs
    )
    return Schedule(
        milestones=tuple(
            Milestone(
                name=name,
                title=TITLES[name][0],
                gate=TITLES[name][1],
                planned=day,
                earliest=earliest.get(name),
                latest=latest.get(name),
                slack=(latest[name] - day).days if name in latest else None,
                recorded=name in recorded,
            )
            for name, day in sorted(known.items(), key=lambda item: item[1])
        ),
        steps=steps,
        stretches=_stretches(known, calendar),
        critical_path=path,
        palt=palt(known["rfp_issue"], known[AWARD]) if "rfp_issue" in known else None,
        margin=(known[AWARD] - earliest[AWARD]).days,
        problems=tuple(_problems(steps, known)),
        calendar_version=calendar.version,
    )


def _needs(dates: Mapping[str, date], facts: ScheduleFacts) -> Iterable[_Need]:
    """Every step in an order in which its start has been reached before."""
    calendar, business = Unit.CALENDAR, Unit.BUSINESS
    heard = facts.market_research_business_days
    for notice in ("sources_sought", "rfi"):
        published, response = f"{notice}_published", f"{notice}_response"
        yield _Need(START, published, 0, calendar)
        yield _Need(published, response, facts.market_response_days, calendar)
        yield _Need(published, "industry_day", 0, calendar)
    yield _Need(START, "industry_day", 0, calendar)
    for source in (START, "industry_day", "sources_sought_response", "rfi_response"):
        yield _Need(source, "market_research_complete", heard, business)
    yield _Need("market_research_complete", "requirement_baselined", 1, business)
    yield _Need("requirement_baselined", "strategy_approved", 0, business)
    yield _Need("strategy_approved", "presolicitation_published", 1, business)
    notice = "presolicitation_published"
    published, issued = dates.get(notice), dates.get("rfp_issue")
    yield _longest(notice, "rfp_issue", _waits(("D01", "D02"), published, facts))
    yield _longest("rfp_issue", "closing", _waits(("D03", "D07"), issued, facts))
    if waits := _waits(("D04", "D05"), published, facts):
        yield _longest(notice, "closing", waits)
    yield _Need("rfp_issue", "questions_due", 1, calendar)
    yield _Need("questions_due", "answers_posted", 1, calendar)
    yield _Need("answers_posted", "closing", 1, calendar)
    yield _Need("closing", "evaluation_complete", 1, calendar)
    yield _Need("evaluation_complete", "decision", 0, calendar)
    yield _Need("decision", AWARD, 0, calendar)
    if waits := _waits(("D21",), dates.get(AWARD), facts):
        yield _Need("decision", "award_announcement", 0, calendar)
        yield _longest("award_announcement", AWARD, waits)


def _waits(
    ids: tuple[str, ...], event: date | None, facts: ScheduleFacts
) -> list[tuple[int, str, str]]:
    """Days, id and citation of each of these deadline rules that applies to that event."""
    if event is None:
        return []
    return [
        (rule.triggers[0].days_for(facts.deadlines), rule.id, rule.citation)
        for rule in DEADLINE_RULES
        if rule.id in ids and rule.applies(facts.deadlines, event)
    ]


def _longest(start: str, end: str, waits: list[tuple[int, str, str]]) -> _Need:
    """The longest of the waits; none of them: both may fall on the same day."""
    if not waits:
        return _Need(start, end, 0, Unit.CALENDAR)
    days, rule, citation = max(waits)
    return _Need(start, end, days, Unit.CALENDAR, rule, citation)


def _after(day: date, need: _Need, calendar: FederalCalendar) -> date:
    """The earliest end of a step that begins on ``day``."""
    if need.least == 0:
        return day
    if need.unit is Unit.BUSINESS:
        return calendar.add_business_days(day, need.least)
    return calendar.earliest_after(day, need.least)


def _before(day: date, need: _Need, calendar: FederalCalendar) -> date:
    """The latest beginning of a step that ends on ``day``."""
    if need.least == 0:
        return day
    day = calendar.previous_open(day)
    if need.unit is Unit.BUSINESS:
        return calendar.subtract_business_days(day, need.least)
    return calendar.minimum_lead(day, need.least)


def _forward(
    dates: Mapping[str, date], needs: Iterable[_Need], calendar: FederalCalendar
) -> dict[str, date]:
    reached = {START: dates[START]}
    for need in needs:
        if need.start in reached:
            end = _after(reached[need.start], need, calendar)
            reached[need.end] = max(end, reached.get(need.end, end))
    reached.setdefault(AWARD, dates[START])
    return reached


def _backward(
    dates: Mapping[str, date], needs: Iterable[_Need], calendar: FederalCalendar
) -> dict[str, date]:
    allowed = {AWARD: dates[AWARD]}
    for need in reversed(list(needs)):
        if need.end in allowed:
            start = _before(allowed[need.end], need, calendar)
            allowed[need.start] = min(start, allowed.get(need.start, start))
    return allowed


def _critical_path(
    earliest: Mapping[str, date], needs: Iterable[_Need], calendar: FederalCalendar
) -> tuple[str, ...]:
    """From the award back along the steps that alone keep it from being earlier."""
    path = [AWARD]
    steps = list(needs)
    while path[0] != START:
        driving = [
            need
            for need in steps
            if need.end == path[0]
            and need.start in earliest
            and _after(earliest[need.start], need, calendar) == earliest[need.end]
        ]
        if not driving:
            break
        # Of several that drive equally the one that takes time is the more telling.
        path.insert(0, max(driving, key=lambda need: (need.least > 0, earliest[need.start])).start)
    return tuple(path)


def _stretches(dates: Mapping[str, date], calendar: FederalCalendar) -> tuple[Stretch, ...]:
    return tuple(
        Stretch(
            title=title,
            begins=dates[start],
            ends=dates[end],
            calendar_days=(dates[end] - dates[start]).days,
            business_days=calendar.business_days_between(dates[start], dates[end]),
        )
        for title, start, end in _STRETCHES
        if start in dates and end in dates
    )


def _problems(steps: Iterable[Step], dates: Mapping[str, date]) -> Iterable[str]:
    for step in steps:
        if step.slack < 0:
            yield (
                f"{step.title}: {step.calendar_days} calendar days are planned and "
                f"{step.needs or 'none'} needed ({step.rule or 'office'}, {step.citation}); "
                f"move {step.end} by {-step.slack} days or more"
            )
    expiration = dates.get("offer_expiration")
    if expiration is not None and expiration < dates[AWARD]:
        yield (
            f"Award on {dates[AWARD]} is after the offers expire on {expiration}: ask for a longer "
            "offer acceptance period"
        )


def _lower(title: str) -> str:
    return title[0].lower() + title[1:]
