"""Everything that follows from the facts: estimate, dates, thresholds, clauses, comparison.

``compute`` is pure: the same facts and records always give the same result, so a document can be
rendered again years later. All money is USD; all dates are dates of the contracting office.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Any

from documents.facts import Facts, InvalidFacts, Records
from documents.milestones import check_milestones, dates_for
from rules.calendar import FederalCalendar
from rules.estimate import Estimate, EstimateError, LineType, estimate
from rules.evaluation import Comparison, UnratedOffer, comparison


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
    answers: Mapping[str, Any]
    deadlines: tuple[Any, ...]
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
        """Whether the rule of that name applies to this acquisition."""
        return name not in self.answers or self.answers[name].applies

    def has_line_type(self, line_type: LineType) -> bool:
        """Whether the contract has a line of that type in any period."""
        return any(line.type is line_type for line in self.estimate.line_items)


def compute(facts: Facts, records: Records = NOTHING_RECORDED) -> Computed:
    """Apply the rule book to the facts.

    Raises:
        InvalidFacts: the estimate does not add up, the milestones are out of legal order or an
            offer is not rated on every factor.
    """
    calendar = FederalCalendar()
    try:
        costs = estimate(facts.estimate, len(facts.periods))
    except EstimateError as error:
        raise InvalidFacts((f"estimate: {error}",)) from error
    dates = dates_for(facts, calendar)
    check_milestones(facts, dates, calendar, costs.total)
    return Computed(
        facts=facts,
        records=records,
        calendar=calendar,
        estimate=costs,
        answers={},
        deadlines=(),
        dates=MappingProxyType(dates),
        clauses=(),
        provisions=(),
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
