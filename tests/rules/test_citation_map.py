"""The renumbering, pair by pair: the codified number, the current DoD number, and their dates."""

import re
from datetime import date, timedelta

import pytest

from rules.citations import NotInForce, Regime, cite, regime_on, rule_ids

MAP: tuple[tuple[str, str, str], ...] = (
    # rule, codified FAR and DFARS, RFO and DFARS as deviated
    ("market_research", "10.001, 10.002", "10.001"),
    ("market_research_clause", "10.003", "10.002"),
    (
        "acquisition_planning",
        "7.102-7.105; DFARS 207.103(d)",
        "7.102-7.104; DFARS 207.103-70; PGI 207.104-70",
    ),
    ("consolidation", "7.107", "7.107-1(b)"),
    ("presolicitation_notice", "5.201, 5.203(a), 5.204, 5.207", "5.101"),
    ("solicitation_posting", "5.102, 5.203(b)-(h)", "5.201"),
    ("award_notice", "5.301, 5.302", "5.301"),
    ("award_announcement", "5.303; DFARS 205.303", "5.302; DFARS 205.302"),
    ("competition_exceptions", "6.302-1 through 6.302-7", "6.103-1 through 6.103-7"),
    ("justification_content", "6.303-2", "6.104-1"),
    ("justification_approval", "6.304", "6.104-2"),
    ("justification_posting", "6.305", "6.301"),
    ("early_exchanges", "15.201", "15.101"),
    ("uniform_contract_format", "15.204-1 through 15.204-5", "15.109-1 through 15.109-4"),
    ("amendments", "15.206", "15.106"),
    ("late_offers", "15.208", "15.107"),
    ("source_selection_plan", "15.303; DFARS 215.303(b)(2)", "15.201; DFARS 215.201(b)(2)"),
    ("evaluation_factors", "15.304; DFARS 215.304", "15.104; DFARS 215.104-70"),
    ("evaluation", "15.305", "15.202"),
    ("competitive_range", "15.306(c)", "15.204-1"),
    ("negotiations", "15.306(d)", "15.204-2; DFARS 215.204-2"),
    ("source_selection_decision", "15.308", "15.205"),
    ("preaward_notice", "15.503(a)", "15.206-1"),
    ("preaward_debrief", "15.505", "15.206-2"),
    ("award", "15.504", "15.207-1"),
    ("postaward_notice", "15.503(b)", "15.207-2"),
    (
        "postaward_debrief",
        "15.506; DFARS 215.506-70",
        "15.301-1, 15.301-2; DFARS 215.301-170, 215.301-270",
    ),
    ("certified_data", "15.403-4; DFARS 215.403", "15.403-3; DFARS 215.403-3"),
    ("prenegotiation", "15.406-1", "15.408-1; PGI 215.408-1"),
    ("price_negotiation", "15.406-3", "15.408-2; PGI 215.408-2"),
    ("one_offer", "DFARS 215.371", "DFARS 215.202-71"),
    ("subcontracting_plan", "19.702, 19.704, 19.705", "19.109, 19.206"),
    (
        "small_business_coordination",
        "DFARS 219.201; PGI 253.219-70",
        "PGI 219.102(g)(1)(ii), 253.219-70",
    ),
    ("performance_based", "37.602", "37.102-1"),
    ("qasp", "46.401, 37.604; DFARS 237.172", "46.103(a); PGI 237.872"),
    ("security_clause", "4.403; FAR 52.204-2", "40.302; FAR 52.240-92"),
    (
        "line_items",
        "4.10; DFARS 204.71",
        "4.202; DFARS 204.202-70 through 204.202-78; PGI 204.202-75",
    ),
    ("piid", "4.1603", "4.201"),
    ("fpds", "4.604", "4.301(f)(2)"),
    ("past_performance", "42.15", "42.1102, 42.1103; DFARS 242.1102-70"),
    ("protests", "33.104; DFARS 233.104", "33.105-1 through 33.105-4; DFARS 233.105-370"),
    ("definition_of_day", "33.101", "33.102"),
    ("options", "17.2", "17.201-17.204"),
    ("responsibility", "9.104, 9.105", "9.104, 9.105"),
    ("cor", "DFARS 201.602-2", "DFARS 201.404; PGI 201.404-70"),
    ("peer_review", "DFARS 201.170", "DFARS 201.170; PGI 201.170"),
)


@pytest.mark.parametrize(("rule", "far", "rfo"), MAP, ids=[row[0] for row in MAP])
def test_a_rule_has_its_old_and_its_new_number(rule: str, far: str, rfo: str) -> None:
    assert cite(rule, Regime.FAR).ref == far
    assert cite(rule, Regime.RFO).ref == rfo


@pytest.mark.parametrize(("rule", "far", "rfo"), MAP, ids=[row[0] for row in MAP])
def test_the_new_number_begins_the_day_after_the_old_one_ends(
    rule: str, far: str, rfo: str
) -> None:
    old, new = cite(rule, Regime.FAR), cite(rule, Regime.RFO)
    if far == rfo:
        assert old.effective_to is None
        return
    assert old.effective_to == new.effective_from - timedelta(days=1), f"{rule} has a gap"
    assert not old.in_force(new.effective_from)
    assert new.in_force(new.effective_from)
    with pytest.raises(NotInForce, match=re.escape(str(new.effective_from))):
        cite(rule, Regime.RFO, new.effective_from - timedelta(days=1))
    with pytest.raises(NotInForce):
        cite(rule, Regime.FAR, new.effective_from)


@pytest.mark.parametrize(
    ("rule", "operative"),
    [
        ("presolicitation_notice", date(2026, 2, 1)),
        ("piid", date(2026, 2, 17)),
        ("evaluation", date(2026, 3, 16)),
        ("contract_type", date(2020, 10, 1)),
        ("past_performance", date(2026, 3, 16)),
        ("line_items", date(2026, 2, 17)),
    ],
)
def test_each_part_became_operative_on_the_day_of_its_memorandum(
    rule: str, operative: date
) -> None:
    assert cite(rule, Regime.RFO).effective_from == operative


def test_every_citation_says_what_it_rests_on_and_when_that_was_read() -> None:
    for rule in rule_ids():
        for regime in Regime:
            citation = cite(rule, regime)
            assert citation.source, rule
            assert citation.checked_on > date(2026, 3, 16), "read after the last deviation"


def test_a_solicitation_belongs_to_the_regime_of_its_date() -> None:
    assert regime_on(date(2026, 1, 31)) is Regime.FAR
    assert regime_on(date(2026, 2, 1)) is Regime.RFO
