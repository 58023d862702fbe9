from decimal import Decimal

import pytest

from rules.service_levels import (
    SamplePlan,
    allowed_downtime,
    hours_and_minutes,
    percent_conforming,
)


def test_196_of_200_conform_to_98_percent_and_pass() -> None:
    plan = SamplePlan.for_level(200, Decimal("98.0"))
    assert plan.allowed_defects == 4
    assert percent_conforming(196, 200) == Decimal("98.0")
    assert plan.passes(196)
    assert not plan.passes(195)


def test_a_sample_that_cannot_meet_the_level_exactly_is_rounded_against_the_contractor() -> None:
    assert SamplePlan.for_level(80, Decimal("98.0")).allowed_defects == 1, "1.6 defects allow one"


@pytest.mark.parametrize("true_percent", ["100", "99.5", "98", "95", "90", "0"])
def test_the_chance_of_passing_is_the_binomial_one(true_percent: str) -> None:
    plan = SamplePlan(size=200, allowed_defects=4)
    # Draw by draw instead of by formula: how likely are so many defects after each item.
    good = float(true_percent) / 100
    chances = [1.0, 0.0, 0.0, 0.0, 0.0]
    for _ in range(plan.size):
        before = [0.0, *chances[:-1]]
        pairs = zip(chances, before, strict=True)
        chances = [same * good + fewer * (1 - good) for same, fewer in pairs]
    assert float(plan.chance_of_passing(Decimal(true_percent))) == pytest.approx(
        sum(chances) * 100, abs=0.0051
    )


def test_impossible_samples_are_refused() -> None:
    with pytest.raises(ValueError, match="cannot allow"):
        SamplePlan(size=10, allowed_defects=10)
    with pytest.raises(ValueError, match="No plan"):
        SamplePlan.for_level(0, Decimal(98))
    with pytest.raises(ValueError, match="cannot conform"):
        SamplePlan(size=10, allowed_defects=1).passes(11)
    with pytest.raises(ValueError, match="not between"):
        SamplePlan(size=10, allowed_defects=1).chance_of_passing(Decimal(101))


def test_99_5_percent_of_an_average_month_allow_219_minutes() -> None:
    minutes = allowed_downtime(Decimal("99.5"))
    assert minutes == Decimal("219.0")
    assert hours_and_minutes(minutes) == "3 h 39 min"


def test_a_month_of_31_days_allows_more_than_one_of_28() -> None:
    assert allowed_downtime(Decimal("99.5"), Decimal(31)) == Decimal("223.2")
    assert allowed_downtime(Decimal("99.5"), Decimal(28)) == Decimal("201.6")
    assert hours_and_minutes(Decimal("201.6")) == "3 h 21 min", "part of a minute is not allowed"
