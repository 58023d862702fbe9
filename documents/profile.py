"""The facts as the rule book wants to hear them: what decides rules, deadlines and clauses."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from documents.facts import Facts, Records
from rules.applicability import AcquisitionProfile, Competition, ContractType
from rules.clauses import ClauseFacts
from rules.deadlines import DeadlineFacts, Event
from rules.estimate import Estimate, LineType

_CONTRACTOR_SITE = "contractor"
"""A place of performance that is so called is not a Government installation."""

_DAYS_PER_MONTH = 30.4375


def acquisition_profile(facts: Facts, costs: Estimate) -> AcquisitionProfile:
    """What decides which rules apply."""
    project = facts.project
    return AcquisitionProfile(
        value=costs.total,
        base_value=costs.periods[0].total,
        max_fiscal_year_value=_highest_fiscal_year(facts, costs),
        issue=facts.milestones.rfp_issue,
        award=facts.milestones.award,
        competition=Competition(project.competition),
        service=project.service_contract,
        information_technology=project.information_technology,
        commercial=project.commercial,
        performance_based=project.performance_based,
        classified=facts.security is not None,
        options=len(facts.periods) > 1,
        contract_types=frozenset(
            ContractType(plan.type.value)
            for plan in facts.estimate.lines
            if plan.type is not LineType.NOT_SEPARATELY_PRICED
        ),
        cost_reimbursable_travel_only=_only_travel_is_reimbursed(facts),
        consolidation=project.consolidation,
    )


def _highest_fiscal_year(facts: Facts, costs: Estimate) -> Decimal:
    """The largest sum of periods that start, and so are funded, in one fiscal year."""
    years: defaultdict[int, Decimal] = defaultdict(Decimal)
    for period, part in zip(facts.periods, costs.periods, strict=True):
        years[_fiscal_year(period.start)] += part.total
    return max(years.values())


def _fiscal_year(day: date) -> int:
    return day.year + (day.month >= 10)


def _only_travel_is_reimbursed(facts: Facts) -> bool:
    travel = {
        cost.code for cost in facts.estimate.other_direct_costs if "travel" in cost.title.lower()
    }
    return all(
        travel.issuperset(plan.costs)
        for plan in facts.estimate.lines
        if plan.type is LineType.COST_REIMBURSABLE
    )


def deadline_facts(facts: Facts, costs: Estimate) -> DeadlineFacts:
    """What decides which deadlines apply."""
    project = facts.project
    return DeadlineFacts(
        value=costs.total,
        base_value=costs.periods[0].total,
        regime=project.regime,
        commercial=project.commercial,
        competitive=project.competition != "sole_source",
        set_aside=project.competition == "set_aside",
        small_business_review=project.consolidation,
        closing_time=facts.milestones.closing.at,
        offer_acceptance_days=facts.milestones.offer_acceptance_days,
    )


def clause_facts(facts: Facts, costs: Estimate) -> ClauseFacts:
    """What decides the clauses of Section I and the provisions of Sections K, L and M."""
    project, milestones = facts.project, facts.milestones
    lines, names = facts.estimate.lines, [cost.title for cost in facts.estimate.other_direct_costs]
    last, first = facts.periods[-1].end, facts.periods[0].start
    return ClauseFacts(
        value=costs.total,
        issue=milestones.rfp_issue,
        regime=project.regime,
        contract_type=project.contract_type,
        service=project.service_contract,
        supplies=any(line.unit == "EA" for line in lines),
        information_technology=project.information_technology,
        cloud=any("hosting" in name.lower() or "cloud" in name.lower() for name in names),
        commercial=project.commercial,
        classified=facts.security is not None,
        competitive=project.competition != "sole_source",
        negotiations=facts.evaluation.negotiations,
        options=len(facts.periods) > 1,
        set_aside=project.competition == "set_aside",
        other_than_small_possible=project.competition != "set_aside",
        cost_reimbursable_travel=any(line.type is LineType.COST_REIMBURSABLE for line in lines),
        data_rights=bool(facts.data_items),
        government_property=bool(facts.furnished),
        on_installation=any(
            _CONTRACTOR_SITE not in place.lower() for place in project.places_of_performance
        ),
        response_days=(milestones.closing.day - milestones.rfp_issue).days,
        total_months=round(((last - first).days + 1) / _DAYS_PER_MONTH),
        naics=project.naics.code,
        size_standard=f"${project.naics.size_standard_usd:,}",
        protest_address=f"{project.office.name}, {project.office.address}",
    )


def events(facts: Facts, records: Records, dates: Mapping[str, date]) -> dict[Event, date]:
    """What happened or is planned to happen, and when; ``dates`` come from ``dates_for``."""
    dated = {
        Event.PACKAGE_ACCEPTED: dates["package_accepted"],
        Event.ACQUISITION_PLAN_APPROVED: dates["strategy_approved"],
        Event.PRESOLICITATION_PUBLISHED: dates["presolicitation_published"],
        Event.RFP_ISSUED: dates["rfp_issue"],
        Event.QUESTIONS_DUE: dates["questions_due"],
        Event.ANSWERS_POSTED: dates["answers_posted"],
        Event.CLOSING: dates["closing"],
        Event.AWARD: dates["award"],
        Event.NOTICE_RECEIVED: dates["notices_sent"],
        Event.CURRENT_PERIOD_END: facts.periods[0].end,
        Event.FUNDS_EXPIRE: date(facts.funding.fiscal_year, 9, 30),
    }
    if records.debriefings and records.debriefings.debriefings:
        last = max(records.debriefings.debriefings, key=lambda debriefing: debriefing.held)
        dated |= {Event.DEBRIEF_REQUESTED: last.requested, Event.DEBRIEF_HELD: last.held}
        if received := [item.received for item in last.questions if item.received]:
            dated[Event.DEBRIEF_QUESTIONS_RECEIVED] = max(received)
        if answered := [item.answered for item in last.questions if item.answered]:
            dated[Event.DEBRIEF_CONCLUDED] = max(answered)
    return dated
