"""The independent Government cost estimate (IGCE): escalation, line items, totals.

All money is USD as ``Decimal``; every result is rounded half up to the cent.
"""

from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field


class LineType(StrEnum):
    FFP = "FFP"
    COST_REIMBURSABLE = "CR"
    NOT_SEPARATELY_PRICED = "NSP"


class LabourCategory(BaseModel):
    """One labour category: fully burdened base-year rate (USD per hour) and hours per period."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    code: str
    title: str
    base_rate: Decimal = Field(gt=0)
    hours: tuple[int, ...]


class OtherDirectCost(BaseModel):
    """One other direct cost: ``amounts`` (USD per period) or ``quantities``, ``unit_prices``."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    code: str
    title: str
    amounts: tuple[Decimal, ...] = ()
    quantities: tuple[int, ...] = ()
    unit_prices: tuple[Decimal, ...] = ()
    """USD per unit and period; one value is the base-period price, escalated by ``escalation``."""
    unit: str = ""
    escalation: Decimal = Decimal(0)
    """Yearly rate applied to a single base price, for example ``0.02``."""


class LinePlan(BaseModel):
    """What one contract line collects. ``suffix`` is the number without the period digit."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    suffix: str = Field(pattern=r"^\d{3}$")
    title: str
    type: LineType
    costs: tuple[str, ...] = ()
    """Codes of the labour categories and other direct costs that this line pays for."""
    unit: str = "LO"
    quantity: int = 1
    note: str = ""


class EstimateInput(BaseModel):
    """Everything the estimate is computed from; tuples run over the periods in order."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    labour_escalation: Decimal
    """Yearly rate, compounded from the base rate, for example ``0.03``."""
    productive_hours: int = 1880
    """Hours that make one full-time equivalent."""
    labour: tuple[LabourCategory, ...]
    other_direct_costs: tuple[OtherDirectCost, ...] = ()
    lines: tuple[LinePlan, ...]
    method: str
    basis: tuple[str, ...] = ()


class EstimateError(ValueError):
    """The estimate cannot be computed; the message says which input to correct."""


class TotalsDisagree(EstimateError):
    """The sums by cost element, by contract line and by period differ."""


class LabourRow(BaseModel):
    """One labour category with its escalated rates (USD per hour) and amounts per period."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    code: str
    title: str
    rates: tuple[Decimal, ...]
    hours: tuple[int, ...]
    amounts: tuple[Decimal, ...]
    total: Decimal


class CostRow(BaseModel):
    """One other direct cost with its amounts per period. Unit prices are empty for lump sums."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    code: str
    title: str
    unit: str
    quantities: tuple[int, ...]
    unit_prices: tuple[Decimal, ...]
    amounts: tuple[Decimal, ...]
    total: Decimal


class LineItem(BaseModel):
    """One contract line of one period; ``amount`` is ``None`` when not separately priced."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    number: str
    """Period digit and suffix: ``0001`` in the base period, ``1001`` in option 1."""
    suffix: str
    period: int
    title: str
    type: LineType
    amount: Decimal | None
    unit: str
    quantity: int
    unit_price: Decimal | None
    note: str = ""


class PeriodEstimate(BaseModel):
    """Totals of one period; ``index`` 0 is the base period."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    index: int
    hours: int
    full_time_equivalents: Decimal
    labour: Decimal
    other_direct_costs: Decimal
    total: Decimal


class Estimate(BaseModel):
    """The computed estimate. Every amount is USD to the cent."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    labour: tuple[LabourRow, ...]
    other_direct_costs: tuple[CostRow, ...]
    line_items: tuple[LineItem, ...]
    periods: tuple[PeriodEstimate, ...]
    labour_total: Decimal
    other_direct_costs_total: Decimal
    total: Decimal
    six_month_extension: Decimal
    """Half of the last period: the price of 52.217-8 for six months."""
    comparison_total: Decimal
    """Total plus the six-month extension; what total evaluated prices are compared with."""

    def lines_of(self, period: int) -> tuple[LineItem, ...]:
        """The contract lines of one period, in order."""
        return tuple(line for line in self.line_items if line.period == period)


def to_cents(amount: Decimal) -> Decimal:
    """USD rounded half up to the cent."""
    return amount.quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)


def escalated(base: Decimal, rate: Decimal, years: int) -> Decimal:
    """``base`` after ``years`` of yearly escalation, compounded from the base, to the cent.

    Never call it on a rate that was already rounded: chained rounding drifts.
    """
    return to_cents(base * (1 + rate) ** years)


def full_time_equivalents(hours: int, productive_hours: int = 1880) -> Decimal:
    """Hours as full-time equivalents, to four places."""
    return (Decimal(hours) / productive_hours).quantize(Decimal("0.0001"), rounding=ROUND_HALF_UP)


def around_the_clock(productive_hours: int = 1880) -> Decimal:
    """Full-time equivalents that keep one seat filled day and night, all year, to four places."""
    return full_time_equivalents(_HOURS_PER_YEAR, productive_hours)


_HOURS_PER_YEAR = 8760


def estimate(inp: EstimateInput, periods: int) -> Estimate:
    """Compute the estimate over ``periods`` periods (the base period and its options).

    Line items that cost nothing in a period are not created. Raises ``EstimateError`` for tuples
    of the wrong length, unknown cost codes and unit prices that are no whole cents, and
    ``TotalsDisagree`` when a cost is on no line or on two.
    """
    if not 1 <= periods <= 10:
        raise EstimateError(f"An estimate covers 1 to 10 periods, not {periods}.")
    labour = tuple(_labour_row(category, inp.labour_escalation, periods) for category in inp.labour)
    costs = tuple(_cost_row(cost, periods) for cost in inp.other_direct_costs)
    lines = _line_items(inp.lines, labour, costs, periods)
    by_period = tuple(_period(index, inp, labour, costs) for index in range(periods))
    labour_total = sum((row.total for row in labour), Decimal(0))
    costs_total = sum((row.total for row in costs), Decimal(0))
    total = _agreed_total(labour_total + costs_total, lines, by_period)
    six_month_extension = to_cents(by_period[-1].total / 2)
    return Estimate(
        labour=labour,
        other_direct_costs=costs,
        line_items=lines,
        periods=by_period,
        labour_total=labour_total,
        other_direct_costs_total=costs_total,
        total=total,
        six_month_extension=six_month_extension,
        comparison_total=total + six_month_extension,
    )


def _labour_row(category: LabourCategory, escalation: Decimal, periods: int) -> LabourRow:
    _require_length(category.code, "hours", len(category.hours), periods)
    rates = tuple(escalated(category.base_rate, escalation, year) for year in range(periods))
    amounts = tuple(
        to_cents(rate * hours) for rate, hours in zip(rates, category.hours, strict=True)
    )
    return LabourRow(
        code=category.code,
        title=category.title,
        rates=rates,
        hours=category.hours,
        amounts=amounts,
        total=sum(amounts, Decimal(0)),
    )


def _cost_row(cost: OtherDirectCost, periods: int) -> CostRow:
    if bool(cost.amounts) == bool(cost.quantities):
        raise EstimateError(f"{cost.code}: give either amounts or quantities with unit prices.")
    if cost.amounts:
        _require_length(cost.code, "amounts", len(cost.amounts), periods)
        unit_prices: tuple[Decimal, ...] = ()
        amounts = tuple(to_cents(amount) for amount in cost.amounts)
    else:
        _require_length(cost.code, "quantities", len(cost.quantities), periods)
        unit_prices = _unit_prices(cost, periods)
        amounts = tuple(
            to_cents(price * quantity)
            for price, quantity in zip(unit_prices, cost.quantities, strict=True)
        )
    return CostRow(
        code=cost.code,
        title=cost.title,
        unit=cost.unit,
        quantities=cost.quantities,
        unit_prices=unit_prices,
        amounts=amounts,
        total=sum(amounts, Decimal(0)),
    )


def _unit_prices(cost: OtherDirectCost, periods: int) -> tuple[Decimal, ...]:
    if len(cost.unit_prices) == 1:
        return tuple(
            escalated(cost.unit_prices[0], cost.escalation, year) for year in range(periods)
        )
    _require_length(cost.code, "unit prices", len(cost.unit_prices), periods)
    return tuple(to_cents(price) for price in cost.unit_prices)


def _require_length(code: str, what: str, length: int, periods: int) -> None:
    if length != periods:
        raise EstimateError(f"{code}: {length} {what} for {periods} periods.")


def _line_items(
    plans: tuple[LinePlan, ...],
    labour: tuple[LabourRow, ...],
    costs: tuple[CostRow, ...],
    periods: int,
) -> tuple[LineItem, ...]:
    rows: dict[str, LabourRow | CostRow] = {row.code: row for row in (*labour, *costs)}
    if len(rows) != len(labour) + len(costs):
        raise EstimateError("Two labour categories or other direct costs share one code.")
    if len({plan.suffix for plan in plans}) != len(plans):
        raise EstimateError("Two contract lines share one number.")
    items = (_line_item(plan, rows, period) for period in range(periods) for plan in plans)
    return tuple(item for item in items if item is not None)


def _line_item(
    plan: LinePlan, rows: dict[str, LabourRow | CostRow], period: int
) -> LineItem | None:
    number = f"{period}{plan.suffix}"
    unknown = [code for code in plan.costs if code not in rows]
    if unknown:
        raise EstimateError(f"Line {number} collects unknown costs: {', '.join(unknown)}.")
    amount: Decimal | None = None
    quantity, unit_price = plan.quantity, None
    if plan.type is not LineType.NOT_SEPARATELY_PRICED:
        amount = sum((rows[code].amounts[period] for code in plan.costs), Decimal(0))
        if amount == 0:
            return None
        only = rows[plan.costs[0]] if len(plan.costs) == 1 else None
        if isinstance(only, CostRow) and only.quantities:
            quantity = only.quantities[period]
        unit_price = to_cents(amount / quantity)
        if unit_price * quantity != amount:
            raise EstimateError(
                f"Line {number}: {amount} for {quantity} {plan.unit} has no unit price in cents."
            )
    return LineItem(
        number=number,
        suffix=plan.suffix,
        period=period,
        title=plan.title,
        type=plan.type,
        amount=amount,
        unit=plan.unit,
        quantity=quantity,
        unit_price=unit_price,
        note=plan.note,
    )


def _period(
    index: int, inp: EstimateInput, labour: tuple[LabourRow, ...], costs: tuple[CostRow, ...]
) -> PeriodEstimate:
    hours = sum(row.hours[index] for row in labour)
    labour_sum = sum((row.amounts[index] for row in labour), Decimal(0))
    costs_sum = sum((row.amounts[index] for row in costs), Decimal(0))
    return PeriodEstimate(
        index=index,
        hours=hours,
        full_time_equivalents=full_time_equivalents(hours, inp.productive_hours),
        labour=labour_sum,
        other_direct_costs=costs_sum,
        total=labour_sum + costs_sum,
    )


def _agreed_total(
    by_element: Decimal, lines: tuple[LineItem, ...], periods: tuple[PeriodEstimate, ...]
) -> Decimal:
    by_line = sum((line.amount for line in lines if line.amount is not None), Decimal(0))
    by_period = sum((period.total for period in periods), Decimal(0))
    if not by_element == by_line == by_period:
        raise TotalsDisagree(
            f"By cost element {by_element}, by contract line {by_line}, by period {by_period}: "
            "a cost is on no line, or on more than one."
        )
    return by_element
