"""Surveillance arithmetic: samples against an acceptable quality level, minutes of downtime."""

from dataclasses import dataclass
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Decimal
from fractions import Fraction
from math import comb

AVERAGE_MONTH_DAYS = Decimal("30.4167")
"""A twelfth of 365 days."""

_MINUTES_PER_DAY = 1440


@dataclass(frozen=True, slots=True)
class SamplePlan:
    """How many items are drawn and how many defects the sample may have."""

    size: int
    allowed_defects: int

    def __post_init__(self) -> None:
        if not 0 <= self.allowed_defects < self.size:
            raise ValueError(
                f"A sample of {self.size} cannot allow {self.allowed_defects} defects."
            )

    @classmethod
    def for_level(cls, size: int, least_percent: Decimal) -> "SamplePlan":
        """The plan that passes when at least ``least_percent`` of the sample conforms.

        Raises ``ValueError`` for a percentage outside 0 to 100 or an empty sample.
        """
        if size < 1 or not 0 < least_percent <= 100:
            raise ValueError(f"No plan for {least_percent} % of a sample of {size}.")
        allowed = (size * (100 - least_percent) / 100).to_integral_value(ROUND_FLOOR)
        return cls(size=size, allowed_defects=int(allowed))

    def passes(self, conforming: int) -> bool:
        """Whether a sample with so many conforming items is accepted; raises ``ValueError``."""
        if not 0 <= conforming <= self.size:
            raise ValueError(f"{conforming} of a sample of {self.size} cannot conform.")
        return self.size - conforming <= self.allowed_defects

    def chance_of_passing(self, true_percent: Decimal) -> Decimal:
        """How likely work of that true quality passes, in percent with two decimals.

        Draws are independent: the population is large against the sample. Raises ``ValueError``
        for a percentage outside 0 to 100.
        """
        if not 0 <= true_percent <= 100:
            raise ValueError(f"{true_percent} % is not between 0 and 100.")
        good = Fraction(true_percent) / 100
        chance = sum(
            comb(self.size, defects) * (1 - good) ** defects * good ** (self.size - defects)
            for defects in range(self.allowed_defects + 1)
        )
        percent = Fraction(chance) * 100
        return _round(Decimal(percent.numerator) / percent.denominator, "0.01")


def percent_conforming(conforming: int, size: int) -> Decimal:
    """Share of a sample in percent, one decimal: 196 of 200 are 98.0."""
    return _round(Decimal(conforming) / size * 100, "0.1")


def allowed_downtime(availability_percent: Decimal, days: Decimal = AVERAGE_MONTH_DAYS) -> Decimal:
    """Minutes that a service may be down in ``days`` at an availability, one decimal."""
    return _round((100 - availability_percent) / 100 * days * _MINUTES_PER_DAY, "0.1")


def hours_and_minutes(minutes: Decimal) -> str:
    """``3 h 39 min``; parts of a minute are dropped, because they are not allowed downtime."""
    whole = int(minutes.to_integral_value(ROUND_FLOOR))
    return f"{whole // 60} h {whole % 60} min"


def _round(value: Decimal, step: str) -> Decimal:
    return value.quantize(Decimal(step), rounding=ROUND_HALF_UP)
