"""The schedule of an acquisition, laid out from its facts."""

from collections.abc import Mapping
from datetime import date
from types import MappingProxyType

from documents.computed import Computed
from documents.milestones import MARKET_RESEARCH_DAYS
from documents.profile import deadline_facts
from rules.deadlines import Event
from rules.schedule import Schedule, ScheduleFacts, schedule

_MILESTONES = {
    Event.PACKAGE_ACCEPTED: "package_accepted",
    Event.ACQUISITION_PLAN_APPROVED: "strategy_approved",
    Event.PRESOLICITATION_PUBLISHED: "presolicitation_published",
    Event.RFP_ISSUED: "rfp_issue",
    Event.QUESTIONS_DUE: "questions_due",
    Event.ANSWERS_POSTED: "answers_posted",
    Event.CLOSING: "closing",
    Event.AWARD: "award",
    Event.DEBRIEF_HELD: "debriefing",
}
"""Events that people record, by the milestone that they are."""

NOTHING: Mapping[Event, date] = MappingProxyType({})


def timeline(computed: Computed, recorded: Mapping[Event, date] = NOTHING) -> Schedule:
    """Milestones, slack and critical path; the dates are those that documents quote.

    ``recorded`` are days on which something really happened; they take the place of the plan.
    """
    facts, records = computed.facts, computed.records
    happened = {_MILESTONES[event]: day for event, day in recorded.items() if event in _MILESTONES}
    return schedule(
        {**computed.dates, **happened},
        ScheduleFacts(
            deadlines=deadline_facts(facts, records, computed.estimate),
            market_response_days=facts.market.response_days,
            market_research_business_days=MARKET_RESEARCH_DAYS,
        ),
        computed.calendar,
        happened.keys(),
    )
