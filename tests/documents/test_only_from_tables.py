"""A number or a citation that is not in the tables cannot be printed: what refuses it."""

import re
from datetime import date

import pytest

from documents.catalog import BY_CODE, CATALOG
from documents.compose import DraftSection, UnknownKey, compose
from documents.computed import compute
from documents.context import context
from documents.facts import InvalidFacts, parse_facts
from documents.guidance import guidance_for
from rules.citations import Regime, UnknownRule, cite, rule_ids
from rules.deadline_rules import DEADLINE_RULES
from rules.thresholds import THRESHOLDS, ThresholdId, UnknownThreshold, threshold
from tests.documents.acquisitions import alms, raw_facts

CONTEXT = context(alms(), BY_CODE["AP"], {}, 1)


def _print(text: str) -> str:
    return compose([DraftSection("Draft", text)], CONTEXT)


@pytest.mark.parametrize(
    "key",
    [
        "cite.sealed_bidding",
        "threshold.SIMPLIFIED",
        "thresholds.SIMPLIFIED.text",
        "igce.grand_total",
        "deadline.D99.due",
        "rules.bonding.citation",
        "table.bids",
        "dates.bid_opening",
    ],
)
def test_a_key_that_no_table_knows_stops_the_document(key: str) -> None:
    with pytest.raises(UnknownKey, match="Draft"):
        _print(f"It follows {{{{ {key} }}}}.")


def test_what_the_tables_know_is_printed_as_they_state_it() -> None:
    text = _print("{{ cite.evaluation }}, {{ thresholds.SAT.text }}, {{ igce.total }}")
    assert "RFO 15.202, $350,000, $58,294,575.84" in text


def test_code_that_asks_for_an_unknown_rule_or_threshold_is_an_error_not_an_invention() -> None:
    with pytest.raises(UnknownRule, match="add a row to the citations"):
        cite("sealed_bidding", Regime.RFO)
    with pytest.raises(UnknownThreshold, match="SIMPLIFIED"):
        threshold("SIMPLIFIED", date(2027, 3, 16))


def test_facts_of_a_time_before_the_tables_are_refused() -> None:
    raw = raw_facts()
    raw["project"]["regime"] = "FAR"
    years = raw["milestones"]
    for name, value in years.items():
        if isinstance(value, date):
            years[name] = value.replace(year=2019)
    years["closing"]["day"] = date(2019, 4, 30)
    with pytest.raises(InvalidFacts, match=r"milestones: .* has no value on 2019"):
        compute(parse_facts(raw))


def test_every_rule_of_the_rule_book_points_into_the_citation_table() -> None:
    known = set(rule_ids())
    named = {answer.citation_rule for answer in alms().answers.values()}
    named |= {rule.citation for rule in DEADLINE_RULES}
    named |= {rule for row in CATALOG for rule in row.citations}
    assert named <= known, f"without a row: {sorted(named - known)}"


def test_every_threshold_that_decides_has_a_row() -> None:
    used = {answer.threshold_id for answer in alms().answers.values() if answer.threshold_id}
    assert used <= {row.id for row in THRESHOLDS} <= set(ThresholdId)


_DOLLARS = re.compile(r"\$\s?\d")
_RENUMBERED = re.compile(
    r"\b(?:FAR|RFO|DFARS) (?:15\.[1-5]\d\d|2?15\.\d{3}|6\.30[1-5]|5\.20[1-7]|19\.70[245])"
)


@pytest.mark.parametrize("code", sorted(BY_CODE))
def test_no_guidance_writes_a_dollar_amount_or_a_renumbered_section_by_hand(code: str) -> None:
    for section in guidance_for(code).sections:
        for pattern in (_DOLLARS, _RENUMBERED):
            found = pattern.findall(section.standard_text)
            assert found == [], f"{code}, {section.title}: name the fact or the rule instead"
