"""What the planned documents need and the facts do not state yet, each with what to do."""

from collections.abc import Collection, Iterator

from documents.computed import Computed
from documents.facts import Facts
from documents.strategy import LptaLimit
from rules.applicability import CompetitionException


def unstated(computed: Computed, codes: Collection[str]) -> Iterator[str]:
    """One sentence for each fact that a document of the plan needs and that is missing.

    ``codes`` are the catalogue codes of the plan.
    """
    facts = computed.facts
    if computed.competitive:
        yield from _competition(facts)
    else:
        yield from _one_source(facts)
    if facts.evaluation.approach == "lpta":
        yield from _lowest_price(facts)
    if "CBD" in codes and facts.consolidation is None:
        yield (
            "consolidation is missing: say which requirements are combined, what is gained, which "
            "alternatives were examined and what is done for small business"
        )
    if "SOW" in codes:
        yield from (
            f"requirements.{item.id}.procedure is missing: a statement of work says how the task "
            "is done"
            for item in facts.requirements
            if not item.procedure.strip()
        )
    if computed.applies("wage_determination"):
        yield from _wages(facts)
    if facts.project.offerors_propose_work_statement and not facts.project.performance_based:
        yield (
            "project.offerors_propose_work_statement is true and project.performance_based false: "
            "a statement of objectives is for performance-based services only"
        )


def _competition(facts: Facts) -> Iterator[str]:
    for name in ("notices_sent", "debriefing"):
        if getattr(facts.milestones, name) is None:
            yield f"milestones.{name} is missing: a competition needs this date"
    if facts.evaluation.approach == "one_source":
        yield (
            "evaluation.approach is one_source and the acquisition is competed: "
            "choose tradeoff or lpta"
        )
    elif not facts.evaluation.factors:
        yield "evaluation.factors is empty: state the factors in descending order of importance"
    if facts.evaluation.approach == "tradeoff" and not facts.evaluation.price_importance:
        yield (
            "evaluation.price_importance is missing: say how all other factors, when combined, "
            "compare with price"
        )


def _one_source(facts: Facts) -> Iterator[str]:
    stated = facts.justification
    if stated is None:
        yield "justification is missing: a sole source is justified item by item"
        return
    if stated.source is None:
        yield "justification.source is missing: name the firm that the office negotiates with"
    asked = facts.milestones.sources_sought_published or facts.milestones.rfi_published
    only_one = stated.exception is CompetitionException.ONE_SOURCE
    if only_one and asked is None and not stated.notice_waiver:
        yield (
            "milestones.sources_sought_published is missing: a sources sought notice or request "
            "for information comes before a sole source; publish one, or state its waiver in "
            "justification.notice_waiver"
        )
    if stated.section_8a and stated.exception is not CompetitionException.STATUTE:
        yield "justification.section_8a needs the exception statute: correct one of the two"


def _lowest_price(facts: Facts) -> Iterator[str]:
    stated = facts.evaluation.lowest_price
    if stated is None:
        yield "evaluation.lowest_price is missing: answer every limit on the lowest price"
        return
    for limit in LptaLimit:
        if not stated.answers.get(limit, "").strip():
            yield f"evaluation.lowest_price.answers.{limit} is missing: say how the limit is met"


def _wages(facts: Facts) -> Iterator[str]:
    if not facts.wage_determinations:
        yield (
            "wage_determinations is empty: state number, revision and date of the determination "
            "that SAM.gov shows for each place of performance"
        )
    places = set(facts.project.places_of_performance)
    for row in facts.wage_determinations:
        for place in row.places:
            if place not in places:
                yield (
                    f"wage_determinations.{row.number}.places names {place!r}, which is no place "
                    "of performance: use the words of project.places_of_performance"
                )
