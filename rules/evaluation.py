"""Source selection arithmetic: rating scales, total evaluated price, premiums, dominance.

Rating scales and their order follow the DoD Source Selection Procedures (20 Aug 2022).
"""

from datetime import date
from decimal import Decimal
from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field


class TechnicalRating(StrEnum):
    """Combined technical and risk rating, best first."""

    OUTSTANDING = "Outstanding"
    GOOD = "Good"
    ACCEPTABLE = "Acceptable"
    MARGINAL = "Marginal"
    UNACCEPTABLE = "Unacceptable"


class ConfidenceRating(StrEnum):
    """Past performance confidence, best first; neutral is not comparable."""

    SUBSTANTIAL = "Substantial Confidence"
    SATISFACTORY = "Satisfactory Confidence"
    NEUTRAL = "Neutral Confidence"
    LIMITED = "Limited Confidence"
    NONE = "No Confidence"


class Scale(StrEnum):
    TECHNICAL = "technical"
    CONFIDENCE = "confidence"
    PRICE = "price"


class Subfactor(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    code: str
    title: str


class Factor(BaseModel):
    """One evaluation factor, listed in descending order of importance."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    code: str
    title: str
    scale: Scale
    importance: str
    """The words printed in Section M."""
    standard: str
    """What a proposal has to show; printed in Sections L and M."""
    volume: str
    page_limit: int | None = None
    subfactors: tuple[Subfactor, ...] = ()
    subfactor_importance: str = ""


class VolumePages(BaseModel):
    """How many pages one volume of a proposal has, as counted at receipt."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    volume: str
    pages: int = Field(gt=0)


class Offer(BaseModel):
    """One timely offer. Prices are USD per period, in period order, options included."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    code: str
    name: str
    small_business: bool
    address: str
    uei: str
    cage: str
    received: str
    """Date and local time of receipt, as recorded at the initial point of entry."""
    method: str
    prices: tuple[Decimal, ...] = Field(min_length=1)
    sam_active: bool
    excluded: bool
    volumes: tuple[VolumePages, ...] = ()
    amendments_acknowledged: tuple[str, ...] = ()
    """Numbers of the amendments that the offeror signed for."""
    acceptance_days: int | None = None
    """Calendar days for which the offer stands; ``None`` when the period asked for is accepted."""
    initial_prices: tuple[Decimal, ...] = ()
    """USD per period as first proposed, when negotiations changed the prices."""


class FindingKind(StrEnum):
    STRENGTH = "Strength"
    WEAKNESS = "Weakness"
    SIGNIFICANT_WEAKNESS = "Significant weakness"
    DEFICIENCY = "Deficiency"


class Finding(BaseModel):
    """One consensus finding of the evaluators, with the page of the proposal it rests on."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: FindingKind
    text: str
    volume: str
    page: int = Field(gt=0)


class Relevance(StrEnum):
    """How close an earlier effort comes in scope, size and complexity, closest first."""

    VERY_RELEVANT = "Very Relevant"
    RELEVANT = "Relevant"
    SOMEWHAT_RELEVANT = "Somewhat Relevant"
    NOT_RELEVANT = "Not Relevant"


class PastContract(BaseModel):
    """One earlier effort that the evaluators looked at for past performance."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    offer: str
    title: str
    customer: str
    performed_until: date
    """Last day of performance, or of the latest assessment while performance goes on."""
    relevance: Relevance
    quality: str
    source: str
    """Where the record comes from: CPARS, a questionnaire, an interview."""
    adverse: bool = False
    comment: str = ""
    """What the offeror said to adverse information, and how it was considered."""


class Rating(BaseModel):
    """Consensus of at least two evaluators on one offer and one factor."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    offer: str
    factor: str
    rating: str
    narrative: str
    findings: tuple[Finding, ...] = ()
    evaluators: int = Field(ge=2)
