"""Everything that follows from the facts: estimate, dates, rules, clauses, comparison.

``compute`` is pure: the same facts and records always give the same result, so a document can be
rendered again years later. All money is USD; all dates are dates of the contracting office.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType

from documents.facts import Facts, InvalidFacts, Records
from documents.milestones import check_milestones, dates_for
from documents.profile import acquisition_profile, clause_facts, deadline_facts, events
from rules.applicability import Answer, applicability, by_rule
from rules.calendar import FederalCalendar
from rules.clauses import ClauseEntry, clauses_for, provisions_for
from rules.deadlines import Deadline, deadlines_for
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
    clauses: tuple[ClauseEntry, ...]
    provisions: tuple[ClauseEntry, ...]
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
        answers = by_rule(applicability(acquisition_profile(facts, costs)))
        deadlines = deadlines_for(
            events(facts, records, dates), deadline_facts(facts, costs), calendar
        )
        matrix = clause_facts(facts, costs)
        clauses, provisions = clauses_for(matrix), provisions_for(matrix)
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
        clauses=clauses,
        provisions=provisions,
        comparison=_comparison(facts, records, costs),
    )


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
