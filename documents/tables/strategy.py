"""Tables of the strategy: justification, consolidation, lowest price, wages, property."""

from collections.abc import Callable, Iterable
from decimal import Decimal

from documents.compose import Markdown, UnknownKey, escape, money, table
from documents.computed import Computed, Package
from documents.facts import NoticeResponse
from documents.strategy import Consolidation, Justification, LowestPrice, LptaLimit, Statement
from documents.vocabulary import Position
from rules.applicability import CompetitionException
from rules.citations import cite
from rules.thresholds import ThresholdId, threshold

_AUTHORITIES = {
    CompetitionException.ONE_SOURCE: "only one responsible source, and no other supplies or "
    "services will satisfy agency requirements",
    CompetitionException.URGENCY: "unusual and compelling urgency",
    CompetitionException.INDUSTRIAL_BASE: "industrial mobilization; engineering, developmental, "
    "or research capability; or expert services",
    CompetitionException.INTERNATIONAL_AGREEMENT: "international agreement",
    CompetitionException.STATUTE: "authorized or required by statute",
    CompetitionException.NATIONAL_SECURITY: "national security",
    CompetitionException.PUBLIC_INTEREST: "public interest",
}


def _justification(computed: Computed) -> Justification:
    stated = computed.facts.justification
    if stated is None:
        raise UnknownKey("facts.justification is not stated: say why competition is not full")
    return stated


def _authority(computed: Computed, _: Package) -> Markdown:
    exception = _justification(computed).exception
    cited = cite(f"exception_{exception}", computed.facts.project.regime).text
    return Markdown(f"{escape(cited)}, {_AUTHORITIES[exception]}.")


_LEVELS = (
    (ThresholdId.JA_CO, Position.CONTRACTING_OFFICER),
    (ThresholdId.JA_CA, Position.COMPETITION_ADVOCATE),
    (ThresholdId.JA_HPA, Position.HEAD_OF_PROCURING_ACTIVITY),
)


def _levels(computed: Computed, _: Package) -> Markdown:
    day = computed.dates["rfp_issue"]
    limits = [(threshold(id, day).text, position) for id, position in _LEVELS]
    approver = computed.answers["justification"].approver
    lower = ["", *(text for text, _ in limits)]
    rows = [
        (f"over {low} up to {high}" if low else f"up to {high}", position)
        for low, (high, position) in zip(lower, limits, strict=False)
    ]
    rows.append((f"over {lower[-1]}", Position.SENIOR_PROCUREMENT_EXECUTIVE))
    return table(
        ("Value, all options included", "Approved by", "This action"),
        (
            (
                value[0].upper() + value[1:],
                position.label,
                "Applies" if approver == position.value else "Does not apply",
            )
            for value, position in rows
        ),
    )


def _answers(computed: Computed) -> tuple[NoticeResponse, ...]:
    recorded = computed.records.market_research
    if recorded is None:
        raise UnknownKey("market research is not recorded: record it first")
    return recorded.responses


def _responses(computed: Computed, _: Package) -> Markdown:
    return table(
        ("Source", "Size", "Received", "Offered", "Found by the requiring activity"),
        (
            (
                response.source,
                "Small" if response.small_business else "Other than small",
                response.received,
                response.interest,
                response.assessment,
            )
            for response in _answers(computed)
        ),
    )


def _earlier(computed: Computed, _: Package) -> Markdown:
    return table(
        ("Justification", "Approved", "By", "Value", "Period covered"),
        (
            (row.title, row.approved, row.approver, row.value, row.performed)
            for row in _justification(computed).earlier
        ),
        right=(3,),
    )


def _posted(statements: Iterable[Statement]) -> Markdown:
    paragraphs = [
        f"*[Removed: {escape(statement.withheld)}]*"
        if statement.withheld
        else escape(statement.text)
        for statement in statements
    ]
    return Markdown("\n\n".join(paragraphs) or "None.")


def _posted_demonstration(computed: Computed, _: Package) -> Markdown:
    return _posted(_justification(computed).demonstration)


def _posted_efforts(computed: Computed, _: Package) -> Markdown:
    return _posted(_justification(computed).efforts)


def _posted_other_facts(computed: Computed, _: Package) -> Markdown:
    return _posted(_justification(computed).other_facts)


def _posted_barriers(computed: Computed, _: Package) -> Markdown:
    return _posted(_justification(computed).barriers)


def _consolidation(computed: Computed) -> Consolidation:
    stated = computed.facts.consolidation
    if stated is None:
        raise UnknownKey("facts.consolidation is not stated: say what is combined and why")
    return stated


def _benefits(computed: Computed, _: Package) -> Markdown:
    stated = _consolidation(computed).benefits
    rows: list[tuple[object, ...]] = [
        (benefit.title, benefit.measure, _amount(benefit.amount)) for benefit in stated
    ]
    total = sum((benefit.amount for benefit in stated if benefit.amount), Decimal(0))
    if total:
        rows.append(("Total", "Sum of the amounts above, all periods", money(total)))
    return table(("Benefit", "How it is measured", "Amount"), rows, right=(2,))


def _amount(amount: Decimal | None) -> str:
    return "Not stated in money" if amount is None else money(amount)


def _alternatives(computed: Computed, _: Package) -> Markdown:
    return table(
        ("Alternative", "Assessment"),
        ((row.approach, row.assessment) for row in _consolidation(computed).alternatives),
    )


_LIMITS = {
    LptaLimit.CLEAR_REQUIREMENTS: "The minimum requirements can be described clearly and "
    "comprehensively, as objectives, measures and standards that decide acceptability",
    LptaLimit.NO_VALUE_ABOVE_MINIMUM: "A proposal that exceeds the minimum brings no, or minimal, "
    "value",
    LptaLimit.NO_SUBJECTIVE_JUDGMENT: "Technical approaches need no, or minimal, subjective "
    "judgment on which is more desirable",
    LptaLimit.CONFIDENCE: "There is high confidence that a review of all technical proposals would "
    "show no characteristic of value or benefit",
    LptaLimit.NO_INNOVATION: "Another process would bring no, or minimal, innovation or future "
    "technological advantage",
    LptaLimit.NATURE_OF_GOODS: "Goods are predominantly expendable, nontechnical, or of short life "
    "or shelf life",
    LptaLimit.LIFE_CYCLE_COST: "The lowest price reflects the full life-cycle cost, as the "
    "requiring activity determined",
    LptaLimit.DOCUMENTED: "The circumstances that justify the process are documented in the "
    "contract file",
}


def _lpta_limits(computed: Computed, _: Package) -> Markdown:
    stated = _lowest_price(computed)
    return table(
        ("Limit", "Requirement of the rule", "Answer"),
        (
            (number, requirement, stated.answers[limit])
            for number, (limit, requirement) in enumerate(_LIMITS.items(), start=1)
        ),
    )


def _lowest_price(computed: Computed) -> LowestPrice:
    stated = computed.facts.evaluation.lowest_price
    if stated is None:
        raise UnknownKey("facts.evaluation.lowest_price is not stated: answer every limit")
    return stated


def _wage_determinations(computed: Computed, _: Package) -> Markdown:
    return table(
        ("Number", "Revision", "Date of revision", "Localities", "Found current on"),
        (
            (row.number, row.revision, row.published, "; ".join(row.localities), row.checked)
            for row in computed.facts.wage_determinations
        ),
    )


def _wage_places(computed: Computed, _: Package) -> Markdown:
    return table(
        ("Place of performance", "Wage determination"),
        (
            (
                place[0].upper() + place[1:],
                "; ".join(
                    f"{row.number}, revision {row.revision}"
                    for row in computed.facts.wage_determinations
                    if place in row.places
                )
                or "No service employees work there",
            )
            for place in computed.facts.project.places_of_performance
        ),
    )


def _wage_occupations(computed: Computed, _: Package) -> Markdown:
    return table(
        ("Wage determination", "Occupation code and title"),
        (
            (row.number, occupation)
            for row in computed.facts.wage_determinations
            for occupation in row.occupations
        ),
    )


_UNITS = {"EA": "Each", "LO": "Lot", "SE": "Set"}


def _gfp_items(computed: Computed, _: Package) -> Markdown:
    return table(
        (
            "No.",
            "Item",
            "National stock number",
            "Quantity",
            "Unit",
            "Acquisition cost, each",
            "Condition",
            "Available",
        ),
        (
            (
                number,
                item.item,
                item.stock_number or "None assigned",
                item.quantity,
                _UNITS.get(item.unit, item.unit),
                "Not capitalized" if item.value is None else money(item.value),
                item.condition,
                item.available,
            )
            for number, item in enumerate(computed.facts.furnished, start=1)
        ),
        right=(0, 3, 5),
    )


def _gfp_value(computed: Computed, _: Package) -> Markdown:
    total = sum(
        (item.value * item.quantity for item in computed.facts.furnished if item.value is not None),
        Decimal(0),
    )
    if not total:
        return Markdown("No item of the list is capitalized.")
    return Markdown(f"The acquisition cost of all capitalized items is {money(total)}.")


def _sow_inspection(computed: Computed, _: Package) -> Markdown:
    return table(
        ("Paragraph", "Task", "Method of inspection", "Frequency", "Accepted when"),
        (
            (item.paragraph, item.title, item.method, item.frequency, item.threshold)
            for item in computed.facts.requirements
        ),
    )


def _sow_deliverables(computed: Computed, _: Package) -> Markdown:
    return table(
        ("Data item", "Title", "Frequency", "First due", "Acceptance"),
        (
            (item.id, item.title, item.frequency, item.first_due, item.acceptance)
            for item in computed.facts.data_items
        ),
    )


TABLES: dict[str, Callable[[Computed, Package], Markdown]] = {
    "justification_authority": _authority,
    "justification_levels": _levels,
    "justification_responses": _responses,
    "justification_earlier": _earlier,
    "posted_demonstration": _posted_demonstration,
    "posted_efforts": _posted_efforts,
    "posted_other_facts": _posted_other_facts,
    "posted_barriers": _posted_barriers,
    "consolidation_benefits": _benefits,
    "consolidation_alternatives": _alternatives,
    "lpta_limits": _lpta_limits,
    "wage_determinations": _wage_determinations,
    "wage_places": _wage_places,
    "wage_occupations": _wage_occupations,
    "gfp_items": _gfp_items,
    "gfp_value": _gfp_value,
    "sow_inspection": _sow_inspection,
    "sow_deliverables": _sow_deliverables,
}
