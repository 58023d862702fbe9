from decimal import Decimal

import pytest

from rules.evaluation import (
    ConfidenceRating,
    Finding,
    FindingKind,
    Rating,
    UnratedOffer,
    comparison,
    consensus_problems,
    dominates,
    frontier,
    premium,
    rating_problems,
)
from tests.rules.alms import FACTORS, IGCE_TOTAL, OFFERS, RATINGS

A, B, C, D = OFFERS
RESULT = comparison(OFFERS, RATINGS, FACTORS, IGCE_TOTAL)


@pytest.mark.parametrize(
    ("code", "total", "evaluated", "percent"),
    [
        ("A", 54_870_412, 59_362_092, "-5.87"),
        ("B", 61_204_980, 66_238_685, "4.99"),
        ("C", 52_318_655, 56_630_655, "-10.25"),
        ("D", 57_946_230, 62_718_590, "-0.60"),
    ],
)
def test_each_offer_has_its_golden_prices(
    code: str, total: int, evaluated: int, percent: str
) -> None:
    offer = RESULT.offer(code)
    assert offer.total == total
    assert offer.total_evaluated_price == evaluated
    assert offer.percent_of_estimate == Decimal(percent)


def test_the_premium_of_b_over_a_is_stated_on_both_prices() -> None:
    (found,) = RESULT.premiums
    assert (found.dearer, found.cheaper) == ("B", "A")
    assert (found.amount, found.percent) == (Decimal(6_334_568), Decimal("11.54"))
    assert (found.evaluated_amount, found.evaluated_percent) == (
        Decimal(6_876_593),
        Decimal("11.58"),
    )
    assert premium(A, B).amount == -found.amount


def test_an_unacceptable_factor_keeps_an_offer_from_award() -> None:
    assert RESULT.offer("C").obstacles == ("Factor 1 is rated Unacceptable",)
    assert not RESULT.offer("C").awardable
    assert all(RESULT.offer(code).awardable for code in "ABD")


def test_an_excluded_or_unregistered_offeror_is_not_awardable() -> None:
    barred = A.model_copy(update={"excluded": True, "sam_active": False})
    result = comparison((barred, B), RATINGS, FACTORS, IGCE_TOTAL)
    assert len(result.offer("A").obstacles) == 2
    assert result.frontier == ("B",)


def test_the_frontier_holds_what_no_other_awardable_offer_dominates() -> None:
    assert RESULT.frontier == ("A", "B")
    assert RESULT.offer("D").dominated_by == ("A",)
    assert [offer.code for offer in frontier(OFFERS, RATINGS, FACTORS)] == ["A", "B"]


def test_a_neutral_rating_compares_with_no_other_rating() -> None:
    neutral = tuple(
        row.model_copy(update={"rating": ConfidenceRating.NEUTRAL.value})
        if (row.offer, row.factor) == ("D", "3")
        else row
        for row in RATINGS
    )
    assert dominates(A, D, RATINGS, FACTORS)
    assert not dominates(A, D, neutral, FACTORS), "neutral is neither favorable nor unfavorable"


def test_an_equal_offer_dominates_nothing() -> None:
    assert not dominates(A, A, RATINGS, FACTORS)


def test_a_missing_rating_is_an_error_not_a_guess() -> None:
    with pytest.raises(UnratedOffer, match="factor 4"):
        comparison(OFFERS, RATINGS[:-1], FACTORS, IGCE_TOTAL)


def _rating(word: str, *kinds: FindingKind) -> Rating:
    return Rating(
        offer="A",
        factor="1",
        rating=word,
        narrative="Consensus.",
        findings=tuple(Finding(kind=kind, text="Text.", volume="I", page=1) for kind in kinds),
        evaluators=2,
    )


@pytest.mark.parametrize(
    ("rating", "problem"),
    [
        (_rating("Unacceptable"), "at least one deficiency"),
        (_rating("Good", FindingKind.DEFICIENCY), "makes the rating Unacceptable"),
        (_rating("Outstanding"), "at least one strength"),
        (
            _rating("Outstanding", FindingKind.STRENGTH, FindingKind.SIGNIFICANT_WEAKNESS),
            "no significant weakness",
        ),
        (_rating("Excellent"), "not a rating of either scale"),
    ],
)
def test_a_rating_that_its_findings_do_not_carry_is_named(rating: Rating, problem: str) -> None:
    (found,) = rating_problems(rating)
    assert problem in found


def test_the_sample_consensus_has_no_problem() -> None:
    assert consensus_problems(OFFERS, RATINGS, FACTORS) == ()


def test_a_missing_rating_and_a_rating_of_the_wrong_scale_are_problems() -> None:
    wrong = RATINGS[2].model_copy(update={"rating": "Good"})
    found = consensus_problems(OFFERS, (*RATINGS[:2], wrong, *RATINGS[4:]), FACTORS)
    assert any("not on the confidence scale" in problem for problem in found)
    assert any("factor 4: 0 ratings" in problem for problem in found)
