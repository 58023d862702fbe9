"""Source selection arithmetic: rating scales, total evaluated price, premiums, dominance.

Rating scales and their order follow the DoD Source Selection Procedures (20 Aug 2022).
"""

from collections.abc import Collection, Sequence
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from itertools import permutations

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
    standard: str = ""
    """What the proposal has to show for its part of the factor; printed in Sections L and M."""


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
    contents: tuple[str, ...] = ()
    """What the volume has to contain, item by item; printed in Section L."""
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


OUTSIDE_RANGE = "the offer is outside the competitive range"
"""The obstacle of an offer that was left out of the competitive range."""


class UnratedOffer(LookupError):
    """An offer has no rating on a factor that is rated."""


class Premium(BaseModel):
    """What one offer costs more than another: USD and percent of the cheaper offer."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    dearer: str
    cheaper: str
    amount: Decimal
    percent: Decimal
    evaluated_amount: Decimal
    """The same on total evaluated prices."""
    evaluated_percent: Decimal


class OfferComparison(BaseModel):
    """One offer with everything that is computed about it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    code: str
    name: str
    small_business: bool
    prices: tuple[Decimal, ...]
    total: Decimal
    six_month_extension: Decimal
    total_evaluated_price: Decimal
    percent_of_estimate: Decimal
    """Total price against the Government estimate; negative is below."""
    ratings: dict[str, str]
    """Rating by factor code, price excepted."""
    obstacles: tuple[str, ...]
    """Why no award can be made on this offer as it stands; empty when it is awardable."""
    dominated_by: tuple[str, ...]
    """Awardable offers that are no worse on any factor or price, and better on one."""

    @property
    def awardable(self) -> bool:
        return not self.obstacles

    @property
    def on_frontier(self) -> bool:
        """Whether the source selection decision has to address this offer."""
        return self.awardable and not self.dominated_by


class Comparison(BaseModel):
    """All offers side by side. The decision itself is a person's."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    estimate_total: Decimal
    offers: tuple[OfferComparison, ...]
    frontier: tuple[str, ...]
    premiums: tuple[Premium, ...]
    """Every pair of offers on the frontier whose prices differ."""

    def offer(self, code: str) -> OfferComparison:
        """One offer by its code, or ``KeyError``."""
        for offer in self.offers:
            if offer.code == code:
                return offer
        raise KeyError(code)


def total_price(offer: Offer) -> Decimal:
    """USD over all periods, options included."""
    return sum(offer.prices, Decimal(0))


def six_month_extension(offer: Offer) -> Decimal:
    """Half of the last period, USD: the evaluated price of 52.217-8."""
    return (offer.prices[-1] / 2).quantize(_CENT, rounding=ROUND_HALF_UP)


def total_evaluated_price(offer: Offer) -> Decimal:
    """Total price plus six months of 52.217-8 at the price of the last period, USD."""
    return total_price(offer) + six_month_extension(offer)


def percent_over(amount: Decimal, reference: Decimal) -> Decimal:
    """How far ``amount`` lies above ``reference`` in percent, two decimals; negative is below."""
    return ((amount - reference) / reference * 100).quantize(_CENT, rounding=ROUND_HALF_UP)


def premium(dearer: Offer, cheaper: Offer) -> Premium:
    """What ``dearer`` costs more than ``cheaper``; negative when the names are swapped."""
    price, reference = total_price(dearer), total_price(cheaper)
    evaluated, evaluated_reference = total_evaluated_price(dearer), total_evaluated_price(cheaper)
    return Premium(
        dearer=dearer.code,
        cheaper=cheaper.code,
        amount=price - reference,
        percent=percent_over(price, reference),
        evaluated_amount=evaluated - evaluated_reference,
        evaluated_percent=percent_over(evaluated, evaluated_reference),
    )


def obstacles(
    offer: Offer, ratings: Sequence[Rating], factors: Sequence[Factor]
) -> tuple[str, ...]:
    """Why no award can be made on this offer without negotiations; empty when nothing stands.

    Raises ``UnratedOffer`` when a rated factor has no rating.
    """
    found = [
        f"Factor {factor.code} is rated {TechnicalRating.UNACCEPTABLE}"
        for factor in _rated(factors)
        if _rating(offer, factor, ratings).rating == TechnicalRating.UNACCEPTABLE
    ]
    if offer.excluded:
        found.append("the offeror is excluded in SAM.gov")
    if not offer.sam_active:
        found.append("the offeror's SAM.gov registration is not active")
    return tuple(found)


def awardable(offer: Offer, ratings: Sequence[Rating], factors: Sequence[Factor]) -> bool:
    """Whether an award without negotiations is possible. Raises ``UnratedOffer``."""
    return not obstacles(offer, ratings, factors)


def dominates(
    better: Offer, worse: Offer, ratings: Sequence[Rating], factors: Sequence[Factor]
) -> bool:
    """Whether one offer is no worse on every factor and price, and better on at least one.

    A neutral past performance rating compares with no other rating, so an offer with it neither
    dominates nor is dominated, unless both are neutral. Raises ``UnratedOffer``.
    """
    steps = [
        _advantage(_rating(better, factor, ratings), _rating(worse, factor, ratings))
        for factor in _rated(factors)
    ]
    saving = total_evaluated_price(worse) - total_evaluated_price(better)
    if any(step is None or step < 0 for step in steps) or saving < 0:
        return False
    return saving > 0 or any(steps)


def frontier(
    offers: Sequence[Offer], ratings: Sequence[Rating], factors: Sequence[Factor]
) -> tuple[Offer, ...]:
    """Awardable offers that no other awardable offer dominates. Raises ``UnratedOffer``."""
    candidates = [offer for offer in offers if awardable(offer, ratings, factors)]
    return tuple(
        offer
        for offer in candidates
        if not any(
            dominates(other, offer, ratings, factors) for other in candidates if other is not offer
        )
    )


def comparison(
    offers: Sequence[Offer],
    ratings: Sequence[Rating],
    factors: Sequence[Factor],
    estimate_total: Decimal,
    outside_range: Collection[str] = (),
) -> Comparison:
    """Compare all offers with each other and with the Government estimate (USD).

    ``outside_range`` are the codes of offers left out of the competitive range: they stay in the
    comparison, cannot receive the award and dominate no other offer.
    Raises ``UnratedOffer`` when a rated factor has no rating.
    """
    competing = [offer for offer in offers if offer.code not in outside_range]
    candidates = [offer for offer in competing if awardable(offer, ratings, factors)]
    on_frontier = frontier(competing, ratings, factors)
    return Comparison(
        estimate_total=estimate_total,
        offers=tuple(
            OfferComparison(
                code=offer.code,
                name=offer.name,
                small_business=offer.small_business,
                prices=offer.prices,
                total=total_price(offer),
                six_month_extension=six_month_extension(offer),
                total_evaluated_price=total_evaluated_price(offer),
                percent_of_estimate=percent_over(total_price(offer), estimate_total),
                ratings={
                    factor.code: _rating(offer, factor, ratings).rating
                    for factor in _rated(factors)
                },
                obstacles=(
                    *([OUTSIDE_RANGE] if offer.code in outside_range else []),
                    *obstacles(offer, ratings, factors),
                ),
                dominated_by=tuple(
                    other.code
                    for other in candidates
                    if other is not offer and dominates(other, offer, ratings, factors)
                ),
            )
            for offer in offers
        ),
        frontier=tuple(offer.code for offer in on_frontier),
        premiums=tuple(
            premium(dearer, cheaper)
            for dearer, cheaper in permutations(on_frontier, 2)
            if total_price(dearer) > total_price(cheaper)
        ),
    )


def rating_problems(rating: Rating) -> tuple[str, ...]:
    """Where a rating and its findings contradict each other; empty when they agree.

    A technical rating is Unacceptable if and only if a deficiency was found. Outstanding needs a
    strength and bears no significant weakness (local rule).
    """
    label = f"Offer {rating.offer}, factor {rating.factor}"
    if rating.rating in list(ConfidenceRating):
        return ()
    if rating.rating not in list(TechnicalRating):
        return (f"{label}: {rating.rating!r} is not a rating of either scale.",)
    kinds = {finding.kind for finding in rating.findings}
    problems: list[str] = []
    if rating.rating == TechnicalRating.UNACCEPTABLE and FindingKind.DEFICIENCY not in kinds:
        problems.append(f"{label}: Unacceptable needs at least one deficiency.")
    if rating.rating != TechnicalRating.UNACCEPTABLE and FindingKind.DEFICIENCY in kinds:
        problems.append(f"{label}: a deficiency makes the rating Unacceptable.")
    if rating.rating == TechnicalRating.OUTSTANDING:
        if FindingKind.STRENGTH not in kinds:
            problems.append(f"{label}: Outstanding needs at least one strength.")
        if FindingKind.SIGNIFICANT_WEAKNESS in kinds:
            problems.append(f"{label}: Outstanding allows no significant weakness.")
    return tuple(problems)


def consensus_problems(
    offers: Sequence[Offer], ratings: Sequence[Rating], factors: Sequence[Factor]
) -> tuple[str, ...]:
    """What is missing or contradictory in a consensus: one rating per offer and rated factor.

    Checks the scale of each factor and the findings of each rating (``rating_problems``).
    """
    problems: list[str] = []
    scales = {factor.code: factor.scale for factor in _rated(factors)}
    for offer in offers:
        for code in scales:
            count = sum(row.offer == offer.code and row.factor == code for row in ratings)
            if count != 1:
                problems.append(f"Offer {offer.code}, factor {code}: {count} ratings instead of 1.")
    known = {offer.code for offer in offers}
    for row in ratings:
        scale = scales.get(row.factor)
        if row.offer not in known or scale is None:
            problems.append(f"Offer {row.offer}, factor {row.factor}: not part of the evaluation.")
            continue
        if row.rating not in _SCALES[scale]:
            problems.append(
                f"Offer {row.offer}, factor {row.factor}: {row.rating!r} is not on the "
                f"{scale} scale."
            )
        problems.extend(rating_problems(row))
    return tuple(problems)


_CENT = Decimal("0.01")
_SCALES: dict[Scale, tuple[str, ...]] = {
    Scale.TECHNICAL: tuple(TechnicalRating),
    Scale.CONFIDENCE: tuple(ConfidenceRating),
}


def _rated(factors: Sequence[Factor]) -> tuple[Factor, ...]:
    return tuple(factor for factor in factors if factor.scale is not Scale.PRICE)


def _rating(offer: Offer, factor: Factor, ratings: Sequence[Rating]) -> Rating:
    for rating in ratings:
        if rating.offer == offer.code and rating.factor == factor.code:
            return rating
    raise UnratedOffer(f"Offer {offer.code} has no rating on factor {factor.code}.")


def _advantage(better: Rating, worse: Rating) -> int | None:
    """Steps by which one rating is better; ``None`` when the two do not compare."""
    if better.rating == worse.rating:
        return 0
    if ConfidenceRating.NEUTRAL in (better.rating, worse.rating):
        return None
    for scale in _SCALES.values():
        if better.rating in scale and worse.rating in scale:
            return scale.index(worse.rating) - scale.index(better.rating)
    return None
