"""The dates of an acquisition: the planned milestones and the dates that follow from them."""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

from documents.facts import Closing, Facts, InvalidFacts, Records
from rules.calendar import FederalCalendar
from rules.thresholds import ThresholdId, threshold

MARKET_RESEARCH_DAYS = 5
"""Business days in which the office writes up what the market answered."""

STRATEGY_DAYS = 2
"""Least business days between the end of market research and the presolicitation notice."""

COUNCIL_DAYS = 5
"""Business days that the advisory council leaves the source selection authority to decide."""

NOTICE_DAYS = 15
"""Calendar days between the presolicitation notice and the solicitation (RFO 5.101(d))."""

RESPONSE_DAYS = 30
"""Calendar days between the solicitation and its closing (RFO 5.201(d))."""


def dates_for(facts: Facts, calendar: FederalCalendar) -> dict[str, date]:
    """Every milestone by name, and the dates derived from them.

    Derived: response dates of the notices, end of market research, the days on which the
    requirement and the strategy are settled before the notice is published, the days between the
    first ratings and the final proposals (without negotiations all of them the end of the
    evaluation), the advice of the council, the preaward notice to small businesses, the
    announcement of the award (business day before it) and the end of the offer acceptance period.
    """
    milestones = facts.milestones
    stated = milestones.model_dump(exclude={"closing", "offer_acceptance_days"}, exclude_none=True)
    dates: dict[str, date] = {**stated, "closing": milestones.closing.day}
    days = facts.market.response_days
    for notice in ("sources_sought", "rfi", "draft_rfp"):
        if published := dates.get(f"{notice}_published"):
            dates[f"{notice}_response"] = calendar.roll_forward_deadline(published, days)
    heard = max(
        dates[name]
        for name in ("package_accepted", "industry_day", "sources_sought_response", "rfi_response")
        if name in dates
    )
    researched = calendar.add_business_days(heard, MARKET_RESEARCH_DAYS)
    room = calendar.business_days_between(researched, milestones.presolicitation_published)
    dates["market_research_complete"] = researched
    dates["requirement_baselined"] = calendar.add_business_days(researched, max(1, room // 2))
    dates["strategy_approved"] = calendar.subtract_business_days(
        milestones.presolicitation_published, 1
    )
    dates |= _evaluation_dates(dates, calendar)
    dates["award_announcement"] = calendar.minimum_lead(milestones.award, 1)
    dates["offer_expiration"] = calendar.roll_forward_deadline(
        milestones.closing.day, milestones.offer_acceptance_days
    )
    dates["performance_start"] = facts.periods[0].start
    dates["performance_end"] = facts.periods[-1].end
    return dates


def _evaluation_dates(
    dates: Mapping[str, date], calendar: FederalCalendar
) -> Iterable[tuple[str, date]]:
    """The days between the first ratings and the decision."""
    evaluated = dates["evaluation_complete"]
    determined = dates.get("competitive_range")
    if determined is None:
        yield "initial_evaluation", evaluated
        yield "objectives_set", evaluated
    else:
        yield "initial_evaluation", calendar.subtract_business_days(determined, 1)
        yield "objectives_set", calendar.add_business_days(determined, 1)
    yield "range_determined", determined or evaluated
    yield "exclusion_notice", calendar.add_business_days(determined or evaluated, 1)
    yield "exchanges_closed", dates.get("final_proposals_due", evaluated)
    advised = calendar.subtract_business_days(dates["decision"], COUNCIL_DAYS)
    yield "council_advice", min(max(evaluated, advised), dates["decision"])
    yield "small_business_notice", calendar.add_business_days(dates["decision"], 1)


def closing_of(facts: Facts, records: Records) -> Closing:
    """When offers are due: as planned, or as the newest amendment that moves it says."""
    moved = [
        amendment.closing
        for amendment in (records.amendments.amendments if records.amendments else ())
        if amendment.closing is not None
    ]
    return moved[-1] if moved else facts.milestones.closing


def check_amendments(facts: Facts, records: Records, calendar: FederalCalendar) -> None:
    """Refuse an amendment that shortens the time for offers or closes on a closed day.

    Raises:
        InvalidFacts: one line per problem, naming the amendment and the date to use.
    """
    problems: list[str] = []
    closing = facts.milestones.closing
    for amendment in records.amendments.amendments if records.amendments else ():
        if amendment.closing is None:
            continue
        where, day = f"amendments.{amendment.number}.closing.day", amendment.closing.day
        if (day, amendment.closing.at) <= (closing.day, closing.at):
            problems.append(
                f"{where} is {day} at {amendment.closing.at:%H:%M}: an extension is later than "
                f"{closing.day} at {closing.at:%H:%M}"
            )
        if not calendar.is_open(day):
            problems.append(
                f"{where} is {day}, when the office is closed: use {calendar.next_open(day)}"
            )
        closing = amendment.closing
    if problems:
        raise InvalidFacts(tuple(problems))


def check_milestones(
    facts: Facts, dates: Mapping[str, date], calendar: FederalCalendar, value: Decimal
) -> None:
    """Refuse milestones that are out of legal or logical order.

    ``dates`` come from ``dates_for``; ``value`` is the estimate in USD, options included.

    Raises:
        InvalidFacts: one line per problem, naming the milestone and the date to use.
    """
    problems = [
        *_out_of_order(dates),
        *_too_early(dates, calendar),
        *_too_short(facts, dates, calendar, value),
    ]
    closing = dates["closing"]
    if not calendar.is_open(closing):
        problems.append(
            f"milestones.closing.day is {closing}, when the office is closed: "
            f"use {calendar.next_open(closing)}"
        )
    if problems:
        raise InvalidFacts(tuple(problems))


_ORDER: tuple[tuple[str, ...], ...] = (
    ("package_accepted", "sources_sought_published", "industry_day"),
    ("package_accepted", "rfi_published", "industry_day"),
    ("requirement_baselined", "draft_rfp_published", "draft_rfp_response", "rfp_issue"),
    ("presolicitation_published", "rfp_issue"),
    ("competitive_range", "final_proposals_due", "evaluation_complete"),
    ("evaluation_complete", "decision", "award", "notices_sent", "debriefing"),
    ("award", "offer_expiration"),
    ("award", "performance_start"),
)
"""Chains of dates of which none may be earlier than the one before it."""

_STRICT_ORDER = (
    ("rfp_issue", "questions_due", "answers_posted", "closing", "evaluation_complete"),
    ("closing", "competitive_range"),
)
"""Chains of dates of which each comes at least one day after the one before it."""

_MOVABLE = {
    "offer_expiration": "offer_acceptance_days",
    "performance_start": "award",
}
"""Which milestone to move when a derived date is out of order."""


def _out_of_order(dates: Mapping[str, date]) -> Iterable[str]:
    problems: dict[str, None] = {}
    for chain in _ORDER:
        for before, after in pairwise(name for name in chain if name in dates):
            if dates[after] < dates[before]:
                problems[_early(after, before, dates, "on or after")] = None
    for chain in _STRICT_ORDER:
        for before, after in pairwise(name for name in chain if name in dates):
            if dates[after] <= dates[before]:
                problems[_early(after, before, dates, "after")] = None
    return problems


def _early(after: str, before: str, dates: Mapping[str, date], relation: str) -> str:
    return (
        f"milestones.{_MOVABLE.get(after, after)}: {after} falls on {dates[after]} and "
        f"{before} on {dates[before]}; move it so that {after} is {relation} {before}"
    )


def _too_early(dates: Mapping[str, date], calendar: FederalCalendar) -> Iterable[str]:
    researched, notice = dates["market_research_complete"], dates["presolicitation_published"]
    first = calendar.add_business_days(researched, STRATEGY_DAYS)
    if notice < first:
        yield (
            f"milestones.presolicitation_published is {notice}: market research is complete on "
            f"{researched}, and requirement and strategy are settled after it: use {first} or later"
        )


def _too_short(
    facts: Facts, dates: Mapping[str, date], calendar: FederalCalendar, value: Decimal
) -> Iterable[str]:
    if facts.project.commercial:
        return
    issue = dates["rfp_issue"]
    for start, end, days, least in (
        ("presolicitation_published", "rfp_issue", NOTICE_DAYS, ThresholdId.SYNOPSIS_15_DAYS),
        ("rfp_issue", "closing", RESPONSE_DAYS, ThresholdId.SAT),
    ):
        if not threshold(least, issue).met_by(value):
            continue
        if dates[end] < dates[start] + timedelta(days=days):
            yield (
                f"milestones.{end} is {dates[end]}, less than {days} days after {start} "
                f"({dates[start]}): use {calendar.earliest_after(dates[start], days)} or later"
            )
