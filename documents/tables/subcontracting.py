"""Tables of the review of a subcontracting plan: goals and required elements."""

from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal

from documents.compose import Markdown, UnknownKey, table
from documents.computed import Computed, Package
from documents.proceedings import GoalCategory, PlanElement, SubcontractingReview
from documents.tables.source_selection import offer_called, percent
from rules.citations import cite
from rules.evaluation import total_price

_TENTH = Decimal("0.01")


def review_of(computed: Computed) -> SubcontractingReview:
    """The review of the plan, or ``UnknownKey`` when it is not recorded."""
    if computed.records.subcontracting is None:
        raise UnknownKey("the review of the subcontracting plan is not recorded: record it first")
    return computed.records.subcontracting


def missing_elements(review: SubcontractingReview) -> tuple[PlanElement, ...]:
    """Required elements on which the plan says nothing."""
    return tuple(part for part in PlanElement if not review.elements.get(part, "").strip())


def _goals(computed: Computed, _: Package) -> Markdown:
    review = review_of(computed)
    price = total_price(offer_called(computed, review.offer))
    stated = {goal.category: goal.amount for goal in review.goals}
    rows: list[tuple[object, ...]] = [
        ("All subcontracting planned", review.planned, "100.00%", _share(review.planned, price)),
    ]
    for category in GoalCategory:
        amount = stated.get(category, Decimal(0))
        rows.append((category, amount, _share(amount, review.planned), _share(amount, price)))
    return table(
        ("Category", "Dollars", "Of subcontracting", "Of the contract price"),
        rows,
        right=range(1, 4),
    )


def _share(part: Decimal, whole: Decimal) -> str:
    points = (part / whole * 100).quantize(_TENTH, rounding=ROUND_HALF_UP)
    return percent(points, signed=False)


def _elements(computed: Computed, _: Package) -> Markdown:
    review = review_of(computed)
    return table(
        ("No.", "Element", "What the plan says", "Contained"),
        [
            (
                number,
                element,
                review.elements.get(element, "").strip() or "Nothing was found in the plan",
                "Yes" if review.elements.get(element, "").strip() else "No",
            )
            for number, element in enumerate(PlanElement, start=1)
        ],
        right=(0,),
    )


def _finding(computed: Computed, _: Package) -> Markdown:
    review = review_of(computed)
    if missing := missing_elements(review):
        numbers = ", ".join(str(list(PlanElement).index(part) + 1) for part in missing)
        return Markdown(
            f"The plan does not contain element {numbers} of the list above. The contract is not "
            "awarded until the offeror has corrected the plan and the Contracting Officer has "
            "accepted it."
        )
    clause = cite("subcontracting_reports", computed.facts.project.regime).text
    return Markdown(
        "The plan contains every required element. It becomes a material part of the contract, "
        "and performance is assessed on its goals. The Contractor reports on it as "
        f"{clause} requires; liquidated damages apply if it does not make a good-faith effort."
    )


TABLES: dict[str, Callable[[Computed, Package], Markdown]] = {
    "subcontracting_goals": _goals,
    "subcontracting_elements": _elements,
    "subcontracting_finding": _finding,
}
