"""The independent Government cost estimate (IGCE): escalation, line items, totals.

All money is USD as ``Decimal``; every result is rounded half up to the cent.
"""

from decimal import Decimal
from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field


class LineType(StrEnum):
    FFP = "FFP"
    COST_REIMBURSABLE = "CR"
    NOT_SEPARATELY_PRICED = "NSP"


class LabourCategory(BaseModel):
    """One labour category: fully burdened base-year rate (USD per hour) and hours per period."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    code: str
    title: str
    base_rate: Decimal = Field(gt=0)
    hours: tuple[int, ...]


class OtherDirectCost(BaseModel):
    """One other direct cost. Give either ``amounts`` (USD per period) or ``quantities`` with ``unit_prices``."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    code: str
    title: str
    amounts: tuple[Decimal, ...] = ()
    quantities: tuple[int, ...] = ()
    unit_prices: tuple[Decimal, ...] = ()
    """USD per unit and period; one value means the base-period price, escalated by ``escalation``."""
    unit: str = ""
    escalation: Decimal = Decimal(0)
    """Yearly rate applied to a single base price, for example ``0.02``."""


class LinePlan(BaseModel):
    """What one contract line collects. ``suffix`` is the number without the period digit."""

    model_config = ConfigDict(frozen=True, extra="forbid")

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

    model_config = ConfigDict(frozen=True, extra="forbid")

    labour_escalation: Decimal
    """Yearly rate, compounded from the base rate, for example ``0.03``."""
    productive_hours: int = 1880
    """Hours that make one full-time equivalent."""
    labour: tuple[LabourCategory, ...]
    other_direct_costs: tuple[OtherDirectCost, ...] = ()
    lines: tuple[LinePlan, ...]
    method: str
    basis: tuple[str, ...] = ()
