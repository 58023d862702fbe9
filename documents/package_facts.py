"""What every document of one acquisition has to agree with, as the consistency checks read it."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Protocol, cast

from pydantic import BaseModel

from documents.catalog import BY_CODE, CATALOG
from documents.compose import UnknownKey
from documents.computed import Computed, Package
from documents.context import ATTACHMENTS, EXHIBITS, context
from documents.facts import Facts, Records
from documents.profile import clause_facts
from documents.vocabulary import Position, Sensitivity
from rules.checks import (
    PackageAmendment,
    PackageChange,
    PackageClosing,
    PackageDataItem,
    PackageFactor,
    PackageFacts,
    PackageLine,
    PackagePeriod,
    PackageQuestion,
    PackageRequirement,
    PackageSchedule,
    PackageWageDetermination,
    figures_in,
    statutes_in,
)
from rules.estimate import Estimate, LineType
from rules.evaluation import Offer, Scale, total_price
from rules.numbering import PIID_IN_TEXT

_LEVELS = ("TOP SECRET", "SECRET", "CONFIDENTIAL")


class StatedFile(Protocol):
    """What the facts of a package are taken from."""

    @property
    def facts(self) -> Facts: ...
    @property
    def records(self) -> Records: ...
    @property
    def package(self) -> Package: ...
    def computed(self) -> Computed: ...


def package_facts(
    file: StatedFile, quoted: Iterable[Computed] = (), quotations: Iterable[str] = ()
) -> PackageFacts:
    """What every document of the package has to agree with; raises InvalidFacts.

    ``quoted`` are the same facts with calendars that were frozen into some of the documents;
    ``quotations`` are the passages of named sources that documents print.
    """
    facts, records, computed = file.facts, file.records, file.computed()
    project, costs = facts.project, computed.estimate
    known = _Known.of(computed, file.package)
    for frozen in quoted:
        known.dates.update(_Known.of(frozen, file.package).dates)
    winner, justified = winner_of(computed.records), facts.justification
    return PackageFacts(
        title=project.title,
        agency=project.agency,
        office=project.office.name,
        solicitation_piid=project.solicitation_piid,
        contract_piid=project.contract_piid,
        naics=project.naics.code,
        psc=project.psc.code,
        size_standard=Decimal(project.naics.size_standard_usd),
        periods=tuple(
            PackagePeriod(title=period.title, start=period.start, end=period.end)
            for period in facts.periods
        ),
        lines=tuple(
            PackageLine(number=line.number, amount=line.amount) for line in costs.line_items
        ),
        igce_total=costs.total,
        award_total=total_price(winner) if winner else None,
        award_base=winner.prices[0] if winner else None,
        factors=tuple(
            PackageFactor(
                code=factor.code,
                title=factor.title,
                volume=factor.volume,
                rated=factor.scale is not Scale.PRICE,
                subfactors=tuple(part.title for part in factor.subfactors),
                importance=factor.importance,
            )
            for factor in facts.evaluation.factors
        ),
        price_importance=(
            facts.evaluation.price_importance if facts.evaluation.approach == "tradeoff" else ""
        ),
        relative_importance=(
            facts.evaluation.relative_importance if facts.evaluation.approach == "tradeoff" else ""
        ),
        classified=facts.security is not None,
        clearance=_clearance(facts),
        attachments=tuple(
            code for code in (*ATTACHMENTS, *EXHIBITS) if BY_CODE[code].required(computed)
        ),
        other_piids=frozenset(known.piids),
        offerors=_undisclosed_offerors(facts, records),
        awardee=winner.name if winner else "",
        confidential_amounts=_confidential(costs, winner),
        open_items=frozenset(item.text for item in facts.open_items),
        holders=frozenset(
            (position.label, person.name) for position, person in facts.people.items()
        ),
        allowed_amounts=frozenset(known.amounts),
        allowed_percents=frozenset(known.percents),
        allowed_dates=frozenset(known.dates),
        allowed_months=frozenset(known.months),
        allowed_durations=frozenset(known.durations),
        stated_citations=frozenset(known.citations),
        quotations=tuple(quotations),
        planned=frozenset(row.code for row in CATALOG if row.required(computed)),
        regime=project.regime,
        clause_facts=clause_facts(facts, costs),
        schedule=_schedule(facts, records, computed),
        competition=project.competition,
        set_aside=project.set_aside if project.competition == "set_aside" else "",
        performance_based=project.performance_based,
        requirements=_requirements(facts),
        data_items=_data_items(facts),
        furnished=tuple(item.item for item in facts.furnished),
        wage_determinations=tuple(
            PackageWageDetermination(
                number=row.number,
                revision=str(row.revision),
                checked=row.checked,
                places=row.places,
            )
            for row in facts.wage_determinations
        ),
        places=project.places_of_performance,
        sources=_sources(records),
        amendments=_amendments(records),
        questions=_questions(records),
        offers=records.offers.offers if records.offers else (),
        ratings=records.consensus.ratings if records.consensus else (),
        comparison=computed.comparison,
        debriefed=_debriefed(records),
        intended_source=justified.source.name if justified and justified.source else "",
        follow_on=bool(justified and justified.earlier),
        fiscal_year=facts.funding.fiscal_year,
        warrant=facts.people[Position.CONTRACTING_OFFICER].warrant_usd,
    )


def _schedule(facts: Facts, records: Records, computed: Computed) -> PackageSchedule:
    dates, amendments = computed.dates, records.amendments
    moved = [row.closing for row in amendments.amendments if row.closing] if amendments else []
    return PackageSchedule(
        notice=dates["presolicitation_published"],
        issue=dates["rfp_issue"],
        questions_due=dates["questions_due"],
        answers_posted=dates["answers_posted"],
        closings=tuple(
            PackageClosing(day=closing.day, at=closing.at)
            for closing in (facts.milestones.closing, *moved)
        ),
        time_zone=facts.project.office.time_zone,
        award=dates["award"],
    )


def _requirements(facts: Facts) -> tuple[PackageRequirement, ...]:
    return tuple(
        PackageRequirement(
            id=requirement.id,
            paragraph=requirement.paragraph,
            title=requirement.title,
            standard=requirement.threshold,
            quality_level=requirement.aql,
            method=requirement.method,
            data_item=requirement.cdrl,
        )
        for requirement in facts.requirements
    )


def _data_items(facts: Facts) -> tuple[PackageDataItem, ...]:
    return tuple(
        PackageDataItem(
            id=item.id,
            title=item.title,
            frequency=item.frequency,
            acceptance=item.acceptance,
            distribution=item.distribution,
        )
        for item in facts.data_items
    )


def _sources(records: Records) -> tuple[str, ...]:
    research = records.market_research
    return tuple(source.name for source in research.sources) if research else ()


def _amendments(records: Records) -> tuple[PackageAmendment, ...]:
    if records.amendments is None:
        return ()
    return tuple(
        PackageAmendment(
            number=amendment.number,
            issued=amendment.issued,
            changes=tuple(
                PackageChange(section=change.section, text=change.change)
                for change in amendment.changes
            ),
        )
        for amendment in records.amendments.amendments
    )


def _questions(records: Records) -> tuple[PackageQuestion, ...]:
    if records.questions is None:
        return ()
    return tuple(
        PackageQuestion(number=question.number, amendment=question.amendment or "")
        for question in records.questions.questions
    )


def _debriefed(records: Records) -> tuple[str, ...]:
    if records.debriefings is None:
        return ()
    return tuple(debriefing.offer for debriefing in records.debriefings.debriefings)


def _undisclosed_offerors(facts: Facts, records: Records) -> tuple[str, ...]:
    """Offerors whose interest is not public already.

    It is when they attended an industry day, or when the notice names the only source.
    """
    if records.offers is None:
        return ()
    research = records.market_research
    known = set(research.industry_day_attendees if research else ())
    if facts.justification is not None and facts.justification.source is not None:
        known.add(facts.justification.source.name)
    return tuple(offer.name for offer in records.offers.offers if offer.name not in known)


def _confidential(costs: Estimate, winner: Offer | None) -> frozenset[Decimal]:
    """Amounts of the Government estimate that nothing publishes.

    Section B publishes the ceilings of reimbursed lines, the award its own prices.
    """
    ceilings = {line.amount for line in costs.line_items if line.type is LineType.COST_REIMBURSABLE}
    awarded = {total_price(winner), *winner.prices} if winner else set[Decimal]()
    estimated = {
        costs.comparison_total,
        costs.six_month_extension,
        costs.labour_total,
        costs.other_direct_costs_total,
        *(part.total for part in costs.periods),
        *(line.amount for line in costs.line_items if line.amount is not None),
        *(rate for row in costs.labour for rate in row.rates),
    }
    return frozenset(estimated - ceilings - awarded - {Decimal(0)})


def winner_of(records: Records) -> Offer | None:
    """The offer that the decision selects; ``None`` until it is recorded."""
    if records.offers is None or records.decision is None:
        return None
    awardee = records.decision.awardee
    return next(
        (offer for offer in records.offers.offers if awardee in (offer.code, offer.name)), None
    )


def _clearance(facts: Facts) -> str:
    """The level of access that the facility clearance names; empty when it names none."""
    if facts.security is None:
        return ""
    stated = facts.security.facility_clearance.upper()
    return next((level for level in _LEVELS if level in stated), "")


@dataclass(frozen=True, slots=True)
class _Known:
    """Every figure that a document of the package may state, wherever the facts state it."""

    amounts: set[Decimal] = field(default_factory=set[Decimal])
    percents: set[Decimal] = field(default_factory=set[Decimal])
    dates: set[date] = field(default_factory=set[date])
    months: set[date] = field(default_factory=set[date])
    durations: set[Decimal] = field(default_factory=set[Decimal])
    citations: set[tuple[str, str]] = field(default_factory=set[tuple[str, str]])
    piids: set[str] = field(default_factory=set[str])

    @classmethod
    def of(cls, computed: Computed, package: Package) -> "_Known":
        known = cls(durations={Decimal(12 * computed.facts.evaluation.past_performance_years)})
        # What may be drafted is what the context holds; an internal document gets all of it.
        row = next(row for row in BY_CODE.values() if row.sensitivity is not Sensitivity.PUBLIC)
        first = computed.as_first_proposed()
        for stage in (computed,) if first is computed else (computed, first):
            for value in _leaves(context(stage, row, package, 1)):
                known.add(value)
        return known

    def add(self, value: object) -> None:
        match value:
            case Decimal():
                self.amounts.update({value, round(value, 2)})
                self.percents.update({value, round(value, 1), value * 100, round(value * 100, 1)})
            case bool():
                pass
            case int():
                self.amounts.add(Decimal(value))
            case datetime():
                self.dates.add(value.date())
            case date():
                self.dates.add(value)
            case str():
                found = figures_in(value)
                self.amounts.update(amount.value for amount in found.amounts)
                self.percents.update(found.percents)
                self.dates.update(found.dates)
                self.months.update(found.months)
                self.durations.update(duration.months for duration in found.durations)
                self.citations.update(statutes_in(value))
                self.piids.update(PIID_IN_TEXT.findall(value))
            case _:
                pass


def _leaves(value: Any) -> Iterator[object]:
    """Every plain value inside nested models, mappings and sequences."""
    match value:
        case str():
            yield value
        case BaseModel():
            for _, part in value:
                yield from _leaves(part)
        case Mapping():
            mapping = cast(Mapping[Any, Any], value)
            for key in mapping:
                try:
                    part = mapping[key]
                except UnknownKey:  # a table of something that is not recorded yet
                    continue
                yield from _leaves(part)
        case list() | tuple() | set() | frozenset():
            for part in cast(Iterable[Any], value):
                yield from _leaves(part)
        case _ if is_dataclass(value):
            for attribute in fields(value):
                yield from _leaves(getattr(value, attribute.name))
        case _:
            yield value
