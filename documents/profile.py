"""The facts as the rule book wants to hear them: what decides rules, deadlines and clauses."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from documents.facts import Facts, Records
from documents.milestones import closing_of
from documents.negotiated import awardee
from documents.proceedings import Forum
from rules.applicability import (
    AcquisitionProfile,
    Competition,
    CompetitionException,
    ContractType,
    applicability,
    by_rule,
)
from rules.clauses import ClauseFacts
from rules.deadlines import DeadlineFacts, Event
from rules.estimate import Estimate, LineType
from rules.evaluation import total_price
from rules.thresholds import ThresholdId, threshold

_CONTRACTOR_SITE = "contractor"
"""A place of performance that is so called is not a Government installation."""

_DAYS_PER_MONTH = 30.4375

NAVY = "Department of the Navy"


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
        exception=_exception(facts),
        section_8a=bool(facts.justification and facts.justification.section_8a),
        brand_name=project.competition != "sole_source" and facts.justification is not None,
        service=project.service_contract,
        information_technology=project.information_technology,
        development=project.research_and_development,
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
        service_employees=project.service_employees,
        furnished_property=bool(facts.furnished),
        navy=project.agency == NAVY,
        lowest_price=facts.evaluation.approach == "lpta",
    )


def _exception(facts: Facts) -> CompetitionException:
    stated = facts.justification
    return stated.exception if stated else CompetitionException.ONE_SOURCE


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


def deadline_facts(facts: Facts, records: Records, costs: Estimate) -> DeadlineFacts:
    """What decides which deadlines apply."""
    project = facts.project
    return DeadlineFacts(
        value=costs.total,
        base_value=costs.periods[0].total,
        regime=project.regime,
        commercial=project.commercial,
        competitive=project.competition != "sole_source",
        set_aside=project.competition == "set_aside",
        research=project.research_and_development,
        trade_agreements=project.trade_agreements,
        in_annual_forecast=project.in_annual_forecast,
        architect_or_basic_ordering=project.architect_engineer_or_basic_ordering,
        textile=project.textile_exception,
        small_business_review=bool(project.consolidation),
        options=len(facts.periods) > 1,
        written_plan=bool(
            by_rule(applicability(acquisition_profile(facts, costs)))["acquisition_plan"].applies
        ),
        wage_determination=project.service_contract and project.service_employees,
        urgent=_exception(facts) is CompetitionException.URGENCY,
        closing_time=closing_of(facts, records).at,
        offer_acceptance_days=facts.milestones.offer_acceptance_days,
        express_protest=records.protest is not None and records.protest.express,
        subcontracting_plan=subcontracting_plan(facts, records, costs),
        one_offer=project.competition != "sole_source" and _one_offer(records),
    )


def subcontracting_plan(facts: Facts, records: Records, costs: Estimate) -> bool:
    """Known when the awardee is: other than small, at a price above the threshold (19.109)."""
    row = threshold(ThresholdId.SUBK, facts.milestones.rfp_issue)
    winner, stated = awardee(records), facts.justification
    if winner is not None:
        return not winner.small_business and row.met_by(total_price(winner))
    source = stated.source if stated and facts.project.competition == "sole_source" else None
    return source is not None and source.small_business is False and row.met_by(costs.total)


def _one_offer(records: Records) -> bool:
    return records.offers is not None and len(records.offers.offers) == 1


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
        service_contract_labor_standards=project.service_contract and project.service_employees,
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
    return {
        Event.PACKAGE_ACCEPTED: dates["package_accepted"],
        Event.ACQUISITION_PLAN_APPROVED: dates["strategy_approved"],
        Event.PRESOLICITATION_PUBLISHED: dates["presolicitation_published"],
        Event.RFP_ISSUED: dates["rfp_issue"],
        Event.QUESTIONS_DUE: dates["questions_due"],
        Event.ANSWERS_POSTED: dates["answers_posted"],
        Event.CLOSING: closing_of(facts, records).day,
        Event.AWARD: dates["award"],
        Event.CURRENT_PERIOD_END: facts.periods[0].end,
        Event.FUNDS_EXPIRE: date(facts.funding.fiscal_year, 9, 30),
        **_notified(dates),
        **_small_business_notified(facts, dates),
        **debriefing_events(records),
        **range_events(records),
        **protest_events(records),
    }


def _notified(dates: Mapping[str, date]) -> dict[Event, date]:
    """Without competition nobody is told that an offer was not accepted."""
    sent = dates.get("notices_sent")
    return {Event.NOTICE_RECEIVED: sent} if sent else {}


def _small_business_notified(facts: Facts, dates: Mapping[str, date]) -> dict[Event, date]:
    """Only offerors of a set-aside are told of the apparent awardee before award."""
    if facts.project.competition != "set_aside":
        return {}
    return {Event.SMALL_BUSINESS_NOTICE_SENT: dates["small_business_notice"]}


def range_events(records: Records) -> dict[Event, date]:
    """What the competitive range started, when it left an offer out; the latest notice counts."""
    found = records.competitive_range
    if found is None or not found.excluded:
        return {}
    dated = {Event.EXCLUSION_DECIDED: found.determined}
    if received := [row.notice_received for row in found.excluded if row.notice_received]:
        dated[Event.EXCLUSION_NOTICE_RECEIVED] = max(received)
    return dated


def protest_events(records: Records) -> dict[Event, date]:
    """What a protest started; only one to GAO has an agency report and a stay."""
    found = records.protest
    if found is None:
        return {}
    dated: dict[Event, date] = {}
    match found.forum:
        case Forum.AGENCY:
            dated[Event.AGENCY_PROTEST_FILED] = found.filed
        case Forum.GAO:
            dated[Event.PROTEST_FILED] = found.filed
            dated[Event.PROTEST_NOTICE_RECEIVED] = found.notice_received
        case Forum.COURT:
            pass
    if found.basis_known:
        dated[Event.PROTEST_BASIS_KNOWN] = found.basis_known
    if found.documents_requested:
        dated[Event.PROTEST_DOCUMENTS_REQUESTED] = found.documents_requested
    if found.ruled:
        dated[Event.PROTEST_RULED] = found.ruled
    return dated


def debriefing_events(records: Records) -> dict[Event, date]:
    """What the record of debriefings says has happened; the latest debriefing counts."""
    if records.debriefings is None or not records.debriefings.debriefings:
        return {}
    last = max(records.debriefings.debriefings, key=lambda debriefing: debriefing.held)
    dated = {Event.DEBRIEF_REQUESTED: last.requested, Event.DEBRIEF_HELD: last.held}
    if received := [item.received for item in last.questions if item.received]:
        dated[Event.DEBRIEF_QUESTIONS_RECEIVED] = max(received)
    if answered := [item.answered for item in last.questions if item.answered]:
        dated[Event.DEBRIEF_CONCLUDED] = max(answered)
    return dated
