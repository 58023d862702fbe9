"""Tables of the independent Government cost estimate; every amount is USD."""

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from decimal import Decimal

from documents.compose import Markdown, long_date, money, table
from documents.computed import Computed, Package
from rules.estimate import LineItem, LineType

_DASH = "-"


def _igce_hours(computed: Computed, _: Package) -> Markdown:
    costs = computed.estimate
    rows = [(row.code, row.title, *_counts(row.hours)) for row in costs.labour]
    totals = ("Total", "Hours", *_counts([part.hours for part in costs.periods]))
    fte = (
        "FTE",
        "Work-years",
        *(f"{part.full_time_equivalents:,.1f}" for part in costs.periods),
        f"{sum((part.full_time_equivalents for part in costs.periods), Decimal(0)):,.1f}",
    )
    return _by_period(computed, ("Code", "Labor category"), [*rows, _strong(totals), fte])


def _counts(numbers: Sequence[int]) -> list[str]:
    return [f"{number:,}" for number in (*numbers, sum(numbers))]


def _igce_rates(computed: Computed, _: Package) -> Markdown:
    return _by_period(
        computed,
        ("Code", "Labor category"),
        [(row.code, row.title, *row.rates) for row in computed.estimate.labour],
        total=False,
    )


def _igce_labor(computed: Computed, _: Package) -> Markdown:
    costs = computed.estimate
    rows = [(row.code, row.title, *row.amounts, row.total) for row in costs.labour]
    totals = ("Total", "Labor", *(part.labour for part in costs.periods), costs.labour_total)
    return _by_period(computed, ("Code", "Labor category"), [*rows, _strong(totals)])


def _igce_other_costs(computed: Computed, _: Package) -> Markdown:
    costs = computed.estimate
    rows = [(row.code, row.title, *row.amounts, row.total) for row in costs.other_direct_costs]
    totals = (
        "Total",
        "Other direct costs",
        *(part.other_direct_costs for part in costs.periods),
        costs.other_direct_costs_total,
    )
    return _by_period(computed, ("Code", "Cost element"), [*rows, _strong(totals)])


def _igce_quantities(computed: Computed, _: Package) -> Markdown:
    return table(
        ("Cost element", "Period", "Quantity", "Unit", "Unit price", "Amount"),
        (
            (row.title, period.title, f"{quantity:,}", row.unit or _DASH, price, amount)
            for row in computed.estimate.other_direct_costs
            if row.quantities
            for period, quantity, price, amount in zip(
                computed.facts.periods, row.quantities, row.unit_prices, row.amounts, strict=True
            )
            if quantity
        ),
        right=(2, 4, 5),
    )


def _igce_lines(computed: Computed, _: Package) -> Markdown:
    return _lines(computed, numbers=True)


def _ap_lines(computed: Computed, _: Package) -> Markdown:
    return _lines(computed, numbers=False)


def _lines(computed: Computed, *, numbers: bool) -> Markdown:
    """One row per contract line; without `numbers` x stands for the period in its number."""
    costs = computed.estimate
    by_place = {(line.suffix, line.period): line for line in costs.line_items}
    rows: list[tuple[object, ...]] = []
    for plan in computed.facts.estimate.lines:
        lines = [by_place.get((plan.suffix, part.index)) for part in costs.periods]
        amounts = [line.amount for line in lines if line is not None and line.amount is not None]
        unpriced = plan.type is LineType.NOT_SEPARATELY_PRICED
        rows.append(
            (
                " ".join(line.number for line in lines if line is not None)
                if numbers
                else f"x{plan.suffix}",
                plan.title,
                plan.type.value,
                *(_amount(line) for line in lines),
                LineType.NOT_SEPARATELY_PRICED.value if unpriced else sum(amounts, Decimal(0)),
            )
        )
    totals = ("Total", "All lines", _DASH, *(part.total for part in costs.periods), costs.total)
    return _by_period(computed, ("Line", "Title", "Type"), [*rows, _strong(totals)])


def _amount(line: LineItem | None) -> object:
    if line is None:
        return _DASH
    return line.type.value if line.amount is None else line.amount


def _igce_agreement(computed: Computed, _: Package) -> Markdown:
    costs = computed.estimate
    by_line = sum((line.amount or Decimal(0) for line in costs.line_items), Decimal(0))
    by_period = sum((part.total for part in costs.periods), Decimal(0))
    by_element = costs.labour_total + costs.other_direct_costs_total
    return table(
        ("Sum", "Total", "Difference"),
        (
            ("By cost element (labor and other direct costs)", by_element, by_element - by_element),
            ("By contract line item, all periods", by_line, by_line - by_element),
            ("By period", by_period, by_period - by_element),
        ),
        right=(1, 2),
    )


def _igce_summary(computed: Computed, _: Package) -> Markdown:
    costs = computed.estimate
    rows = [
        (period.title, period.start, period.end, part.labour, part.other_direct_costs, part.total)
        for period, part in zip(computed.facts.periods, costs.periods, strict=True)
    ]
    totals = (
        "All periods",
        computed.facts.periods[0].start,
        computed.facts.periods[-1].end,
        costs.labour_total,
        costs.other_direct_costs_total,
        costs.total,
    )
    return table(
        ("Period", "Start", "End", "Labor", "Other direct costs", "Total"),
        [*rows, _strong(totals)],
        right=(3, 4, 5),
    )


def _strong(cells: Iterable[object]) -> tuple[Markdown, ...]:
    return tuple(Markdown(f"**{_shown(cell)}**") for cell in cells)


def _shown(cell: object) -> object:
    match cell:
        case Decimal():
            return money(cell)
        case date():
            return long_date(cell)
        case _:
            return cell


def _by_period(
    computed: Computed,
    headings: Sequence[str],
    rows: Iterable[Sequence[object]],
    *,
    total: bool = True,
) -> Markdown:
    titles = (*headings, *(period.title for period in computed.facts.periods))
    if total:
        titles = (*titles, "All periods")
    return table(titles, rows, right=range(len(headings), len(titles)))


def _period_values(computed: Computed, _: Package) -> Markdown:
    return _values(computed, first=0)


def _option_values(computed: Computed, _: Package) -> Markdown:
    return _values(computed, first=1)


def _values(computed: Computed, *, first: int) -> Markdown:
    return table(
        ("Period", "Start", "End", "Estimate"),
        (
            (period.title, period.start, period.end, part.total)
            for period, part in list(
                zip(computed.facts.periods, computed.estimate.periods, strict=True)
            )[first:]
        ),
        right=(3,),
    )


TABLES: dict[str, Callable[[Computed, Package], Markdown]] = {
    "igce_hours": _igce_hours,
    "igce_rates": _igce_rates,
    "igce_labor": _igce_labor,
    "igce_other_costs": _igce_other_costs,
    "igce_quantities": _igce_quantities,
    "igce_lines": _igce_lines,
    "ap_lines": _ap_lines,
    "igce_agreement": _igce_agreement,
    "igce_summary": _igce_summary,
    "period_values": _period_values,
    "option_values": _option_values,
}
