from decimal import Decimal

import pytest

from rules.estimate import (
    EstimateError,
    LinePlan,
    LineType,
    TotalsDisagree,
    escalated,
    estimate,
    full_time_equivalents,
)
from tests.rules.alms import ESTIMATE_INPUT, PERIODS

GOLDEN_LINES = {
    "001": ("9068976.00", "8476509.60", "6166290.40", "5296809.20", "5453563.60"),
    "002": ("1795588.00", "1322185.20", "810580.80", "275476.40", "283748.40"),
    "003": ("316629.60", "326123.60", "335918.40", "345995.20", "356372.80"),
    "004": ("537022.00", "740456.80", "569715.20", "388050.80", "399706.80"),
    "005": ("294408.00", "758110.00", "1249372.80", "1286822.40", "1325475.20"),
    "006": ("1038000.00", "1058760.00", "1079935.20", "1101533.88", "1123564.56"),
    "007": ("642000.00", "598000.00", "598000.00", "598000.00", "598000.00"),
    "008": ("787500.00", None, "270375.00", None, None),
    "009": ("212000.00", "185000.00", "96000.00", "64000.00", "64000.00"),
}
GOLDEN_PERIODS = ("14692123.60", "13465145.20", "11176187.80", "9356687.88", "9604431.36")


@pytest.mark.parametrize("suffix", GOLDEN_LINES)
def test_every_contract_line_has_its_golden_amount_in_every_period(suffix: str) -> None:
    result = estimate(ESTIMATE_INPUT, PERIODS)
    got = {line.period: line.amount for line in result.line_items if line.suffix == suffix}
    expected = {
        period: Decimal(amount)
        for period, amount in enumerate(GOLDEN_LINES[suffix])
        if amount is not None
    }
    assert got == expected, "a line that costs nothing in a period must not be created"


def test_totals_are_right_to_the_cent() -> None:
    result = estimate(ESTIMATE_INPUT, PERIODS)
    assert tuple(period.total for period in result.periods) == tuple(map(Decimal, GOLDEN_PERIODS))
    assert result.labour_total == Decimal("47735907.20")
    assert result.other_direct_costs_total == Decimal("10558668.64")
    assert result.total == Decimal("58294575.84")


def test_six_months_of_52_217_8_cost_half_of_the_last_option() -> None:
    result = estimate(ESTIMATE_INPUT, PERIODS)
    assert result.six_month_extension == Decimal("4802215.68")
    assert result.comparison_total == Decimal("63096791.52")


def test_rates_compound_from_the_base_and_are_not_chained_on_rounded_rates() -> None:
    assert escalated(Decimal("156.30"), Decimal("0.03"), 4) == Decimal("175.92"), (
        "chaining on rounded rates gives 175.91"
    )


def test_hours_become_full_time_equivalents() -> None:
    base = estimate(ESTIMATE_INPUT, PERIODS).periods[0]
    assert (base.hours, base.full_time_equivalents) == (88_360, Decimal("47.0000"))
    assert full_time_equivalents(8760) == Decimal("4.6596"), "one seat around the clock"


def test_lines_are_numbered_by_period_digit_and_carry_quantity_and_unit_price() -> None:
    lines = {line.number: line for line in estimate(ESTIMATE_INPUT, PERIODS).line_items}
    hosting = lines["3006"]
    assert (hosting.quantity, hosting.unit, hosting.unit_price) == (12, "MO", Decimal("91794.49"))
    handhelds = lines["2008"]
    assert (handhelds.quantity, handhelds.unit) == (140, "EA")
    assert handhelds.unit_price == Decimal("1931.25")
    assert "1008" not in lines


def test_lines_not_separately_priced_have_no_amount() -> None:
    lines = {line.number: line for line in estimate(ESTIMATE_INPUT, PERIODS).line_items}
    assert [lines[f"{period}010"].amount for period in range(PERIODS)] == [None] * PERIODS


def test_a_cost_on_no_line_is_refused() -> None:
    lines = tuple(line for line in ESTIMATE_INPUT.lines if line.suffix != "009")
    poisoned = ESTIMATE_INPUT.model_copy(update={"lines": lines})
    with pytest.raises(TotalsDisagree, match="by contract line"):
        estimate(poisoned, PERIODS)


def test_a_cost_on_two_lines_is_refused() -> None:
    twice = LinePlan(suffix="011", title="Travel again", type=LineType.FFP, costs=("TRV",))
    poisoned = ESTIMATE_INPUT.model_copy(update={"lines": (*ESTIMATE_INPUT.lines, twice)})
    with pytest.raises(TotalsDisagree):
        estimate(poisoned, PERIODS)


def test_a_line_with_an_unknown_cost_is_refused_by_name() -> None:
    line = LinePlan(suffix="011", title="Ghost", type=LineType.FFP, costs=("LC99",))
    poisoned = ESTIMATE_INPUT.model_copy(update={"lines": (*ESTIMATE_INPUT.lines, line)})
    with pytest.raises(EstimateError, match="LC99"):
        estimate(poisoned, PERIODS)


def test_tuples_of_the_wrong_length_are_refused() -> None:
    with pytest.raises(EstimateError, match="5 hours for 4 periods"):
        estimate(ESTIMATE_INPUT, 4)
