"""Tables of the award: responsibility, schedule, negotiation, notices and surveillance duties."""

from collections.abc import Callable
from decimal import Decimal

from documents.compose import Markdown, UnknownKey, money, table
from documents.computed import Computed, Package
from documents.facts import ResponsibilityStandard
from documents.tables.negotiation import objective_prices
from documents.tables.source_selection import (
    blocks,
    decision_of,
    heading,
    offer_called,
    percent,
)
from rules.estimate import LineItem, LineType
from rules.evaluation import Offer, percent_over

_STANDARDS = {
    ResponsibilityStandard.RESOURCES: "Adequate financial resources, or the ability to obtain them",
    ResponsibilityStandard.SCHEDULE: "Able to comply with the performance schedule, considering "
    "all other commitments",
    ResponsibilityStandard.PERFORMANCE: "Satisfactory performance record",
    ResponsibilityStandard.INTEGRITY: "Satisfactory record of integrity and business ethics",
    ResponsibilityStandard.ORGANIZATION: "Organization, experience, accounting and operational "
    "controls, and technical skills",
    ResponsibilityStandard.EQUIPMENT: "Production, construction and technical equipment and "
    "facilities",
    ResponsibilityStandard.ELIGIBILITY: "Otherwise qualified and eligible under laws and "
    "regulations",
}


def _awardee(computed: Computed) -> Offer:
    return offer_called(computed, decision_of(computed).awardee)


def _responsibility(computed: Computed, _: Package) -> Markdown:
    decision = decision_of(computed)
    return table(
        ("Paragraph", "General standard", "What the finding rests on", "Met"),
        [
            (
                f"({letter})",
                _STANDARDS[standard],
                decision.responsibility_findings.get(standard, decision.responsibility),
                "Yes",
            )
            for letter, standard in zip("abcdefg", ResponsibilityStandard, strict=True)
        ],
    )


def _award_schedule(computed: Computed, _: Package) -> Markdown:
    offer = _awardee(computed)
    parts: list[str] = []
    for index, period in enumerate(computed.facts.periods):
        rows: list[tuple[object, ...]] = [
            (
                line.number,
                line.title,
                line.type.value,
                f"{line.quantity:,}",
                line.unit,
                _line_price(line),
            )
            for line in computed.estimate.lines_of(index)
        ]
        rows.append(
            ("Total", f"All line items of {period.title}", "-", "-", "-", offer.prices[index])
        )
        parts += [
            heading(2, period.title),
            table(
                ("Item", "Supplies or services", "Type", "Quantity", "Unit", "Price"),
                rows,
                right=(3, 5),
            ),
        ]
    return blocks(parts)


def _line_price(line: LineItem) -> str:
    match line.type:
        case LineType.NOT_SEPARATELY_PRICED:
            return "Not separately priced"
        case LineType.COST_REIMBURSABLE if line.amount is not None:
            return f"At cost, up to {money(line.amount)}"
        case _:
            return "As offered in Section B"


def _award_total(computed: Computed, _: Package) -> Markdown:
    offer = _awardee(computed)
    rows: list[tuple[object, ...]] = [
        (
            period.title,
            period.start,
            period.end,
            "Awarded" if index == 0 else "Option, not exercised",
            offer.prices[index],
        )
        for index, period in enumerate(computed.facts.periods)
    ]
    rows.append(
        (
            "Total",
            computed.facts.periods[0].start,
            computed.facts.periods[-1].end,
            "Base and options" if len(computed.facts.periods) > 1 else "Awarded",
            sum(offer.prices, Decimal(0)),
        )
    )
    return table(("Period", "From", "To", "Status", "Price"), rows, right=(4,))


def _negotiation(computed: Computed, _: Package) -> Markdown:
    offer = _awardee(computed)
    periods = computed.facts.periods
    estimated = tuple(part.total for part in computed.estimate.periods)
    objective = objective_prices(computed, offer) or estimated
    proposed = offer.initial_prices or offer.prices
    if not len(objective) == len(proposed) == len(offer.prices) == len(periods):
        raise UnknownKey("objective, proposed and negotiated prices need one value per period")
    rows: list[tuple[object, ...]] = [
        (period.title, *row, percent(percent_over(row[2], row[0])))
        for period, row in zip(
            periods, zip(objective, proposed, offer.prices, strict=True), strict=True
        )
    ]
    totals = [sum(prices, Decimal(0)) for prices in (objective, proposed, offer.prices)]
    rows.append(("Total", *totals, percent(percent_over(totals[2], totals[0]))))
    return table(
        ("Period", "Objective", "Proposed", "Negotiated", "Negotiated to objective"),
        rows,
        right=range(1, 5),
    )


def _surveillance_duties(computed: Computed, _: Package) -> Markdown:
    return table(
        ("Paragraph", "Requirement", "Acceptable quality level", "Method", "Frequency"),
        [
            (row.paragraph, row.title, row.aql, row.method, row.frequency)
            for row in computed.facts.requirements
        ],
    )


TABLES: dict[str, Callable[[Computed, Package], Markdown]] = {
    "responsibility": _responsibility,
    "award_schedule": _award_schedule,
    "award_total": _award_total,
    "negotiation": _negotiation,
    "surveillance_duties": _surveillance_duties,
}
