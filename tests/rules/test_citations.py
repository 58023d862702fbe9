from datetime import date

import pytest

from rules.citations import Regime, UnknownRule, cite, rule_ids


@pytest.mark.parametrize(
    ("rule", "far", "rfo"),
    [
        ("market_research", "FAR 10.001, 10.002", "RFO 10.001"),
        (
            "source_selection_plan",
            "FAR 15.303; DFARS 215.303(b)(2)",
            "RFO 15.201; DFARS 215.201(b)(2)",
        ),
        ("source_selection_decision", "FAR 15.308", "RFO 15.205"),
        ("postaward_notice", "FAR 15.503(b)", "RFO 15.207-2"),
        ("fpds", "FAR 4.604", "RFO 4.301(f)(2)"),
        ("definition_of_day", "FAR 33.101", "RFO 33.102"),
        ("one_offer", "DFARS 215.371", "DFARS 215.202-71"),
        ("security_clause", "FAR 4.403; FAR 52.204-2", "RFO 40.302; FAR 52.240-92"),
        ("protest_decision", "4 CFR 21.9", "4 CFR 21.9"),
        ("funds_expiry", "31 USC 1502", "31 USC 1502"),
    ],
)
def test_a_rule_is_cited_by_the_number_of_its_regime(rule: str, far: str, rfo: str) -> None:
    assert cite(rule, Regime.FAR).text == far
    assert cite(rule, Regime.RFO).text == rfo


@pytest.mark.parametrize("regime", Regime)
@pytest.mark.parametrize("rule", rule_ids())
def test_every_rule_has_a_citation_in_both_regimes(rule: str, regime: Regime) -> None:
    citation = cite(rule, regime)
    assert citation.text
    assert citation.subject
    assert citation.source
    assert ";;" not in citation.text


@pytest.mark.parametrize(
    ("rule", "day"),
    [
        ("market_research", date(2026, 2, 1)),
        ("fpds", date(2026, 2, 17)),
        ("source_selection_decision", date(2026, 3, 16)),
        ("one_offer", date(2026, 3, 16)),
        ("past_performance", date(2026, 3, 16)),
    ],
)
def test_a_new_number_holds_from_the_day_the_deviation_became_operative(
    rule: str, day: date
) -> None:
    assert cite(rule, Regime.RFO).effective_from == day


def test_an_unknown_rule_is_an_error_not_an_invented_number() -> None:
    with pytest.raises(UnknownRule, match="sealed_bidding"):
        cite("sealed_bidding", Regime.RFO)


def test_a_number_that_was_checked_in_one_regime_only_says_so() -> None:
    assert "not been checked" in cite("qualifying_country", Regime.FAR).source
