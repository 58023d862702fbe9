"""The sample acquisition, whole or changed, and what its documents say."""

from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from documents.catalog import BY_CODE
from documents.compose import DraftSection, compose
from documents.computed import Computed, compute
from documents.context import context
from documents.facts import Facts, Records, parse_facts
from documents.guidance import guidance_for
from documents.strategy import LptaLimit

_SAMPLE = Path(__file__).parents[2] / "samples" / "alms.yaml"


@cache
def _read() -> dict[str, Any]:
    return yaml.safe_load(_SAMPLE.read_text(encoding="utf-8"))


def raw_facts() -> dict[str, Any]:
    """The facts of the sample as a dictionary that a test may change."""
    return deepcopy(_read()["facts"])


def alms_facts() -> Facts:
    return parse_facts(raw_facts())


@cache
def alms() -> Computed:
    """The sample with every record."""
    return compute(alms_facts(), Records.model_validate(_read()["records"]))


def market_only(facts: Facts) -> Computed:
    """Other facts with the market research of the sample and no later record."""
    market = {"market_research": _read()["records"]["market_research"]}
    return compute(facts, Records.model_validate(market))


def text_of(code: str, computed: Computed) -> str:
    """The standard text of one document, filled."""
    sections = [DraftSection(s.title, s.standard_text) for s in guidance_for(code).sections]
    return compose(sections, context(computed, BY_CODE[code], {}, 1))


def solicit_one_source(facts: dict[str, Any]) -> None:
    """Make a dictionary of facts a sole source, justified with the least that is needed."""
    facts["project"]["competition"] = "sole_source"
    facts["justification"] = {
        "action": "a new contract",
        "source": {
            "name": "Harbor Lights Software Inc.",
            "address": "1 Pier Road, Norfolk, VA 23510",
            "cage": "1HL22",
            "reason": "The firm alone holds the rights in the interface.",
        },
        "demonstration": [{"text": "Nobody else holds the rights in the interface."}],
        "efforts": [{"text": "The market was asked twice."}],
        "fair_price": "The price is compared with the Government estimate.",
        "barriers": [{"text": "The interface is replaced by an open one."}],
    }
    for position in ("head_of_procuring_activity", "senior_procurement_executive"):
        facts["people"][position] = {"name": position.title(), "email": f"{position}@navy.mil"}


def award_to_the_lowest_price(facts: dict[str, Any]) -> None:
    """Let the lowest price among acceptable proposals decide, with every limit answered."""
    facts["evaluation"]["approach"] = "lpta"
    facts["evaluation"]["lowest_price"] = {
        "answers": {limit: f"Met: {limit.replace('_', ' ')}." for limit in LptaLimit},
        "avoided": "The requirement is none of these.",
        "prohibited": "The requirement is none of these.",
    }


def keep_periods(facts: dict[str, Any], count: int) -> None:
    """Cut a dictionary of facts down to its first ``count`` periods."""
    facts["periods"] = facts["periods"][:count]
    estimate = facts["estimate"]
    for category in estimate["labour"]:
        category["hours"] = category["hours"][:count]
    for cost in estimate["other_direct_costs"]:
        for values in ("amounts", "quantities", "unit_prices"):
            if len(cost.get(values, ())) > 1:
                cost[values] = cost[values][:count]
