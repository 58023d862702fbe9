"""Tables of the instructions to offerors, the evaluation factors and the questionnaire."""

from collections.abc import Callable
from datetime import time

from documents.compose import Markdown, table
from documents.computed import Computed, Package
from documents.tables.schedule import OFFEROR_TO_PROPOSE
from rules.evaluation import Factor

_SAFE_HARBOR = time(17, 0)
"""Electronic offers at the entry point by then, one working day early, are in time (15.107(b))."""

_SURVEYED = (
    ("Quality", "Performance met the standards of the contract"),
    ("Schedule", "Milestones and deliveries were on time"),
    ("Cost control", "Prices and costs stayed within what was agreed"),
    ("Management", "Management was responsive, kept key people and controlled subcontractors"),
    ("Small business", "Small-business commitments were kept"),
    ("Regulatory compliance", "Terms, safety and security requirements were followed"),
)

_SCALE = (
    ("Exceptional", "Met the requirements and exceeded many to the Government's benefit"),
    ("Very good", "Met the requirements and exceeded some to the Government's benefit"),
    ("Satisfactory", "Met the requirements; problems were minor and corrected"),
    ("Marginal", "Did not meet some requirements; correction was not fully effective"),
    ("Unsatisfactory", "Did not meet most requirements; recovery in time was unlikely"),
    ("Not applicable", "The reference cannot judge this area"),
)


def _clock(at: time) -> str:
    half = "p.m." if at.hour >= 12 else "a.m."
    return f"{at.hour % 12 or 12}:{at.minute:02} {half}"


def _offer_schedule(computed: Computed, _: Package) -> Markdown:
    dates, facts = computed.dates, computed.facts
    closing = facts.milestones.closing
    zone = facts.project.office.time_zone
    rows = [
        ("Solicitation issued", dates["rfp_issue"], "Posted for all interested parties"),
        ("Questions due", dates["questions_due"], "In writing, to the office's address"),
        ("Answers posted", dates["answers_posted"], "For all offerors at the same time"),
        ("Offers due", closing.day, f"{closing.day:%A}, {_clock(closing.at)} local time ({zone})"),
        (
            "Offers expire",
            dates["offer_expiration"],
            f"{facts.milestones.offer_acceptance_days} calendar days after the closing date",
        ),
        ("Award planned", dates["award"], "Not a commitment of the Government"),
    ]
    return table(("Event", "Date", "Remark"), rows)


def _safe_harbor(computed: Computed, _: Package) -> Markdown:
    day = computed.calendar.subtract_business_days(computed.facts.milestones.closing.day, 1)
    return Markdown(
        "an offer sent electronically is in time if it was received at the initial point of entry "
        f"by {_clock(_SAFE_HARBOR)} local time on {day:%A}, {day.day} {day:%B %Y}"
    )


def _volumes(computed: Computed, _: Package) -> Markdown:
    rows = [
        (
            f"Volume {factor.volume}",
            factor.title,
            _name(factor),
            f"{factor.page_limit} pages" if factor.page_limit else "No limit",
        )
        for factor in computed.facts.evaluation.factors
    ]
    return table(("Volume", "Title", "Feeds", "Page limit"), rows)


def _name(factor: Factor) -> str:
    return f"Factor {factor.code}"


def _factor_crosswalk(computed: Computed, _: Package) -> Markdown:
    rows = [
        (
            f"{_name(factor)}, {factor.title}",
            "; ".join(f"{part.code} {part.title}" for part in factor.subfactors) or "None",
            f"Volume {factor.volume}",
        )
        for factor in computed.facts.evaluation.factors
    ]
    return table(("Section M", "Subfactors", "Section L"), rows)


def _evaluation_factors(computed: Computed, _: Package) -> Markdown:
    rows = [
        (
            _name(factor),
            factor.title,
            "; ".join(f"{part.code} {part.title}" for part in factor.subfactors) or "None",
            factor.importance,
        )
        for factor in computed.facts.evaluation.factors
    ]
    return table(("Factor", "Title", "Subfactors", "Relative importance"), rows)


def _price_evaluation(computed: Computed, _: Package) -> Markdown:
    periods = computed.facts.periods
    rows = [(period.title, "Sum of its line items", OFFEROR_TO_PROPOSE) for period in periods]
    last = periods[-1].title
    rows += [
        (
            "Option to extend services (52.217-8)",
            f"One half of the price of {last}",
            "Computed from the offer",
        ),
        ("Total evaluated price", "Sum of the rows above", "Computed from the offer"),
    ]
    return table(("Element", "How it is found", "Source"), rows)


def _reference_ratings(_: Computed, __: Package) -> Markdown:
    return table(("Rating", "Meaning"), _SCALE)


def _reference_questions(_: Computed, __: Package) -> Markdown:
    rows = [(title, statement, "Reference to rate") for title, statement in _SURVEYED]
    return table(("Area", "Statement", "Rating and reason"), rows)


def _reference_areas(computed: Computed, _: Package) -> Markdown:
    areas = dict.fromkeys(item.area for item in computed.facts.requirements)
    rows = [(area, "Reference to mark", "Reference to rate") for area in areas]
    return table(("Area of work", "Part of the contract above", "Rating and reason"), rows)


TABLES: dict[str, Callable[[Computed, Package], Markdown]] = {
    "offer_schedule": _offer_schedule,
    "safe_harbor": _safe_harbor,
    "volumes": _volumes,
    "factor_crosswalk": _factor_crosswalk,
    "evaluation_factors": _evaluation_factors,
    "price_evaluation": _price_evaluation,
    "reference_ratings": _reference_ratings,
    "reference_questions": _reference_questions,
    "reference_areas": _reference_areas,
}
