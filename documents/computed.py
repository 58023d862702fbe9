"""Everything that follows from the facts: estimate, dates, rules, clauses, comparison.

``compute`` is pure: the same facts and records always give the same result, so a document can be
rendered again years later. All money is USD; all dates are dates of the contracting office.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from documents.facts import Facts, InvalidFacts, Records
from documents.milestones import check_milestones, dates_for
from rules.applicability import (
    AcquisitionProfile,
    Answer,
    Competition,
    ContractType,
    applicability,
    by_rule,
)
from rules.calendar import FederalCalendar
from rules.deadlines import Deadline, DeadlineFacts, Event, deadlines_for
from rules.estimate import Estimate, EstimateError, LineType, estimate
from rules.evaluation import Comparison, UnratedOffer, comparison
from rules.thresholds import NoThresholdOnDate


@dataclass(frozen=True, slots=True)
class PackageEntry:
    """One approved document of the same acquisition, as other documents refer to it."""

    code: str
    title: str
    version: int
    date: date
    pages: int


Package = Mapping[str, PackageEntry]
"""Approved documents by catalogue code."""

NOTHING_RECORDED = Records()


@dataclass(frozen=True, slots=True)
class Computed:
    """The facts of one acquisition and everything the rule book makes of them."""

    facts: Facts
    records: Records
    calendar: FederalCalendar
    estimate: Estimate
    answers: Mapping[str, Answer]
    """What each rule says about this acquisition, by the name of the rule."""
    deadlines: tuple[Deadline, ...]
    dates: Mapping[str, date]
    """The milestones by name and the dates derived from them."""
    clauses: tuple[Any, ...]
    provisions: tuple[Any, ...]
    comparison: Comparison | None
    """``None`` until offers and consensus ratings are recorded."""

    @property
    def competitive(self) -> bool:
        return self.facts.project.competition != "sole_source"

    def applies(self, name: str) -> bool:
        """Whether a rule applies; a question that a person still has to answer counts as no.

        Raises ``KeyError`` for a name that the rule book does not know.
        """
        return bool(self.answers[name].applies)

    def has_line_type(self, line_type: LineType) -> bool:
        """Whether the contract has a line of that type in any period."""
        return any(line.type is line_type for line in self.estimate.line_items)


def compute(facts: Facts, records: Records = NOTHING_RECORDED) -> Computed:
    """Apply the rule book to the facts.

    Raises:
        InvalidFacts: the estimate does not add up, the milestones are out of legal order or
            before the rule book starts, or an offer is not rated on every factor.
    """
    calendar = FederalCalendar()
    try:
        costs = estimate(facts.estimate, len(facts.periods))
    except EstimateError as error:
        raise InvalidFacts((f"estimate: {error}",)) from error
    dates = dates_for(facts, calendar)
    try:
        check_milestones(facts, dates, calendar, costs.total)
        answers = by_rule(applicability(_profile(facts, costs)))
        deadlines = deadlines_for(
            _events(facts, records, dates), _deadline_facts(facts, costs), calendar
        )
    except NoThresholdOnDate as error:
        raise InvalidFacts((f"milestones: {error}",)) from error
    return Computed(
        facts=facts,
        records=records,
        calendar=calendar,
        estimate=costs,
        answers=answers,
        deadlines=deadlines,
        dates=MappingProxyType(dates),
        clauses=(),
        provisions=(),
        comparison=_comparison(facts, records, costs),
    )


def _profile(facts: Facts, costs: Estimate) -> AcquisitionProfile:
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


def _deadline_facts(facts: Facts, costs: Estimate) -> DeadlineFacts:
    project, offers = facts.project, facts.milestones.offer_acceptance_days
    return DeadlineFacts(
        value=costs.total,
        base_value=costs.periods[0].total,
        regime=project.regime,
        commercial=project.commercial,
        competitive=project.competition != "sole_source",
        set_aside=project.competition == "set_aside",
        small_business_review=project.consolidation,
        closing_time=facts.milestones.closing.at,
        offer_acceptance_days=offers,
    )


def _events(facts: Facts, records: Records, dates: Mapping[str, date]) -> dict[Event, date]:
    events = {
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
        events |= {Event.DEBRIEF_REQUESTED: last.requested, Event.DEBRIEF_HELD: last.held}
        if received := [item.received for item in last.questions if item.received]:
            events[Event.DEBRIEF_QUESTIONS_RECEIVED] = max(received)
        if answered := [item.answered for item in last.questions if item.answered]:
            events[Event.DEBRIEF_CONCLUDED] = max(answered)
    return events


def _comparison(facts: Facts, records: Records, costs: Estimate) -> Comparison | None:
    if records.offers is None or records.consensus is None:
        return None
    try:
        return comparison(
            records.offers.offers,
            records.consensus.ratings,
            facts.evaluation.factors,
            costs.total,
        )
    except UnratedOffer as error:
        raise InvalidFacts((f"records.consensus.ratings: {error}",)) from error
