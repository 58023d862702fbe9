"""The schedule of an acquisition, laid out from its facts."""

from documents.computed import Computed
from documents.milestones import MARKET_RESEARCH_DAYS
from documents.profile import deadline_facts
from rules.schedule import Schedule, ScheduleFacts, schedule


def timeline(computed: Computed) -> Schedule:
    """Milestones, slack and critical path; the dates are those that documents quote."""
    facts, records = computed.facts, computed.records
    return schedule(
        computed.dates,
        ScheduleFacts(
            deadlines=deadline_facts(facts, records, computed.estimate),
            market_response_days=facts.market.response_days,
            market_research_business_days=MARKET_RESEARCH_DAYS,
        ),
        computed.calendar,
    )
