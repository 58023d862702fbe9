"""Everything that follows from the facts: estimate, dates, rules, clauses, comparison.

``compute`` is pure: the same facts and records always give the same result, so a document can be
rendered again years later. All money is USD; all dates are dates of the contracting office.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from types import MappingProxyType

from documents.facts import Closing, Facts, InvalidFacts, Records
from documents.milestones import check_amendments, check_milestones, closing_of, dates_for
from documents.negotiated import after_negotiations, excluded_offers, record_problems
from documents.proceedings import Protest
from documents.profile import (
    acquisition_profile,
    clause_facts,
    deadline_facts,
    debriefing_events,
    events,
)
from rules.applicability import Answer, applicability, by_rule
from rules.calendar import FederalCalendar
from rules.clauses import ClauseEntry, clauses_for, provisions_for
from rules.deadlines import Deadline, Event, deadlines_for
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

AS_PUBLISHED = FederalCalendar()
"""Without closures of the office: what a package is planned by, before any is known."""


@dataclass(frozen=True, slots=True)
class Computed:
    """The facts of one acquisition and everything the rule book makes of them."""

    facts: Facts
    records: Records
    """As they stand now: final proposals and the ratings of them replace the first ones."""
    recorded: Records
    """As people recorded them, each step by itself."""
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

    @property
    def closing(self) -> Closing:
        """When offers are due, as amendments have moved it."""
        return closing_of(self.facts, self.records)

    @property
    def negotiated(self) -> bool:
        """Whether a price is negotiated: with the only source, or with the offers in the range."""
        return not self.competitive or self.facts.evaluation.negotiations

    def as_first_proposed(self) -> "Computed":
        """The same acquisition without final proposals, for documents that precede them."""
        if self.recorded == self.records:
            return self
        return replace(
            self,
            records=self.recorded,
            comparison=_comparison(self.facts, self.recorded, self.estimate),
        )

    def applies(self, name: str) -> bool:
        """Whether a rule applies; a question that a person still has to answer counts as no.

        Raises ``KeyError`` for a name that the rule book does not know.
        """
        return bool(self.answers[name].applies)

    def has_line_type(self, line_type: LineType) -> bool:
        """Whether the contract has a line of that type in any period."""
        return any(line.type is line_type for line in self.estimate.line_items)


def compute(
    facts: Facts,
    records: Records = NOTHING_RECORDED,
    calendar: FederalCalendar = AS_PUBLISHED,
) -> Computed:
    """Apply the rule book to the facts, counting days by the calendar of the office.

    Whether the milestones are lawful is judged by the holidays alone: a storm later on makes no
    accepted package invalid.

    Raises:
        InvalidFacts: the estimate does not add up, the milestones are out of legal order or
            before the rule book starts, an offer is not rated on every factor, or one record
            contradicts another.
    """
    if problems := record_problems(facts, records):
        raise InvalidFacts(problems)
    current = after_negotiations(records)
    try:
        costs = estimate(facts.estimate, len(facts.periods))
    except EstimateError as error:
        raise InvalidFacts((f"estimate: {error}",)) from error
    dates = dates_for(facts, calendar)
    try:
        check_milestones(facts, dates_for(facts, AS_PUBLISHED), AS_PUBLISHED, costs.total)
        check_amendments(facts, records, AS_PUBLISHED)
        answers = by_rule(applicability(acquisition_profile(facts, costs)))
        deadlines = deadlines_for(
            events(facts, records, dates), deadline_facts(facts, records, costs), calendar
        )
        if records.protest is not None:
            dates["agency_report"] = _report_due(records.protest, deadlines)
        matrix = clause_facts(facts, costs)
        clauses, provisions = clauses_for(matrix), provisions_for(matrix)
    except NoThresholdOnDate as error:
        raise InvalidFacts((f"milestones: {error}",)) from error
    return Computed(
        facts=facts,
        records=current,
        recorded=records,
        calendar=calendar,
        estimate=costs,
        answers=answers,
        deadlines=deadlines,
        dates=MappingProxyType(dates),
        clauses=clauses,
        provisions=provisions,
        comparison=_comparison(facts, current, costs),
    )


def deadlines_of(computed: Computed, recorded: Mapping[Event, date]) -> tuple[Deadline, ...]:
    """The deadlines as events really happened, where they are recorded, and as planned elsewhere.

    Raises:
        NoThresholdOnDate: a recorded event lies before the rule book starts.
    """
    facts, records = computed.facts, computed.records
    happened = {**debriefing_events(records), **recorded}
    return deadlines_for(
        {**events(facts, records, computed.dates), **happened},
        deadline_facts(facts, records, computed.estimate),
        computed.calendar,
        happened,
    )


def _report_due(protest: Protest, deadlines: tuple[Deadline, ...]) -> date:
    """The day on which the answer to a protest is filed: the last one that its forum leaves."""
    due = {deadline.id: deadline.due for deadline in deadlines}
    return due.get("D33") or due.get("D37") or protest.notice_received


def _comparison(facts: Facts, records: Records, costs: Estimate) -> Comparison | None:
    if records.offers is None or records.consensus is None:
        return None
    try:
        return comparison(
            records.offers.offers,
            records.consensus.ratings,
            facts.evaluation.factors,
            costs.total,
            outside_range=excluded_offers(records),
        )
    except UnratedOffer as error:
        raise InvalidFacts((f"records.consensus.ratings: {error}",)) from error
