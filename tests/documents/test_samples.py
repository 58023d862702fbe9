"""The sample acquisitions, from the file to every document of their plans."""

import re
from copy import deepcopy
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from documents.catalog import BY_CODE
from documents.compose import DraftSection, compose, long_date, money
from documents.computed import Computed, PackageEntry, compute
from documents.context import context
from documents.facts import Facts, Records, parse_facts, parse_record
from documents.guidance import guidance_for
from documents.planning import plan_for
from documents.tables.source_selection import CONFIDENCE_MEANING, TECHNICAL_MEANING
from documents.vocabulary import RecordKind, Sensitivity
from rules.estimate import LineType
from rules.evaluation import consensus_problems

SAMPLES = Path(__file__).resolve().parents[2] / "samples"
NAMES = ("alms", "alms-118m", "depot-maintenance")
"""Samples that are competed."""
EVERY = (*NAMES, "bridge")

PLANNED = tuple(
    (name, document.code)
    for name in EVERY
    for document in plan_for(
        parse_facts(yaml.safe_load((SAMPLES / f"{name}.yaml").read_text("utf-8"))["facts"])
    ).documents
)


@cache
def _raw(name: str) -> dict[str, Any]:
    return yaml.safe_load((SAMPLES / f"{name}.yaml").read_text("utf-8"))


def _facts(name: str) -> Facts:
    return parse_facts(_raw(name)["facts"])


@cache
def _computed(name: str) -> Computed:
    return compute(_facts(name), Records.model_validate(_raw(name)["records"]))


def _package(computed: Computed) -> dict[str, PackageEntry]:
    """Every planned document as approved; each has a page count of its own."""
    return {
        document.code: PackageEntry(
            code=document.code,
            title=document.title,
            version=1,
            date=computed.dates[BY_CODE[document.code].dated],
            pages=100 + document.order,
        )
        for document in plan_for(computed.facts).documents
    }


def _compose(computed: Computed, code: str) -> str:
    row = BY_CODE[code]
    sections = [
        DraftSection(section.title, section.standard_text)
        for section in guidance_for(code).sections
    ]
    return compose(sections, context(computed, row, _package(computed), 1))


@cache
def _text(name: str, code: str) -> str:
    return _compose(_computed(name), code)


def _cells(markdown: str) -> list[list[str]]:
    rows = [line for line in markdown.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in row.strip("|").split(" | ")] for row in rows]


@pytest.mark.parametrize("name", EVERY)
def test_each_record_of_a_sample_fits_its_schema(name: str) -> None:
    records = _raw(name)["records"]
    waited = {
        kind for document in plan_for(_facts(name)).documents for kind in document.records
    } - set(records)
    assert not waited, f"documents of {name} wait for {sorted(waited)}, which it does not record"
    for kind, body in records.items():
        parse_record(RecordKind(kind), body)


def test_the_samples_show_every_kind_of_record_but_a_protest() -> None:
    shown = {kind for name in NAMES for kind in _raw(name)["records"]}
    assert set(RecordKind) - shown == {RecordKind.PROTEST}, "no sample is protested"


@pytest.mark.parametrize("name", NAMES)
def test_the_sample_consensus_rates_each_offer_once_on_each_factor(name: str) -> None:
    computed = _computed(name)
    offers, consensus = computed.records.offers, computed.records.consensus
    assert offers is not None
    assert consensus is not None
    assert (
        consensus_problems(offers.offers, consensus.ratings, computed.facts.evaluation.factors)
        == ()
    )


def test_an_award_within_its_fiscal_year_obligates_the_base_period() -> None:
    award = _computed("alms-118m").records.final_proposals
    assert award is not None
    base = next(row.prices[0] for row in award.proposals if row.offer == "B")
    assert f"| Action obligation | {money(base)} |" in _text("alms-118m", "CAR")


@pytest.mark.parametrize("name", NAMES)
def test_the_sample_debriefings_keep_the_periods_that_the_notices_promise(name: str) -> None:
    computed = _computed(name)
    assert computed.records.debriefings is not None
    calendar, told = computed.calendar, computed.records.competitive_range
    excluded = {row.offer: row.notice_received for row in told.excluded} if told else {}
    for debriefing in computed.records.debriefings.debriefings:
        notified = excluded.get(debriefing.offer) or computed.dates["notices_sent"]
        assert debriefing.requested <= calendar.roll_forward_deadline(notified, 3), "three days"
        last = calendar.roll_forward_deadline(debriefing.requested, 5)
        assert debriefing.held <= last, "held within five days after the request"
        for item in debriefing.questions:
            assert item.received is not None
            assert item.answered is not None
            assert item.received <= calendar.add_business_days(debriefing.held, 2)
            assert item.answered <= calendar.add_business_days(item.received, 5)


@pytest.mark.parametrize("name", NAMES)
def test_proposals_are_rated_by_the_definitions_of_the_solicitation(name: str) -> None:
    for meaning in (*TECHNICAL_MEANING.values(), *CONFIDENCE_MEANING.values()):
        for code in ("SSP", "SEC-M", "SCORE", "SSEB"):
            assert meaning in _text(name, code), f"{code} rates by other words than: {meaning}"


@pytest.mark.parametrize("name", ["alms", "depot-maintenance"])
def test_an_award_before_its_fiscal_year_obligates_nothing_yet(name: str) -> None:
    computed = _computed(name)
    assert computed.dates["award"] < date(computed.facts.funding.fiscal_year - 1, 10, 1)
    assert "| Action obligation | $0.00;" in _text(name, "CAR")
    assert "subject to the availability of these funds" in _text(name, "SF26")


def test_places_that_contain_commas_are_listed_with_semicolons() -> None:
    assert "Norfolk, VA; San Diego, CA; and the Contractor's site" in _text("alms", "SEC-F")


def test_the_second_sample_differs_where_documents_have_to_cope() -> None:
    codes = {document.code for document in plan_for(_facts("depot-maintenance")).documents}
    assert {"DRFP", "WD"} <= codes, "it publishes a draft, and technicians are service employees"
    assert "DD254" not in codes, "without security facts there is no DD Form 254"
    assert "ANN" not in codes, "a base period below the announcement threshold is not announced"
    assert "RFP" in codes


@pytest.mark.parametrize(("name", "code"), PLANNED)
def test_each_planned_document_of_a_sample_composes_without_open_places(
    name: str, code: str
) -> None:
    text = _text(name, code)
    assert "{{" not in text, "a key was left unfilled"
    for word in ("TBD", "TODO", "[insert", "lorem", "as needed", "best effort"):
        assert word not in text, f"{code} still says {word!r}"
    for row in _cells(text):
        assert all(row), f"{code} has an empty cell in the row {row}"


@pytest.mark.parametrize("name", EVERY)
def test_section_b_has_exactly_the_lines_of_the_estimate(name: str) -> None:
    computed = _computed(name)
    schedule = _text(name, "SEC-B").split("# Line items by period")[1].split("\n# ")[0]
    printed = [row[0] for row in _cells(schedule) if re.fullmatch(r"\d{4}", row[0])]
    assert printed == [line.number for line in computed.estimate.line_items]


@pytest.mark.parametrize("name", EVERY)
def test_the_only_estimated_amounts_released_are_ceilings_of_reimbursed_lines(name: str) -> None:
    computed = _computed(name)
    ceilings = {
        money(line.amount)
        for line in computed.estimate.line_items
        if line.type is LineType.COST_REIMBURSABLE and line.amount is not None
    }
    allowed = ceilings | {"$" + f"{computed.facts.project.naics.size_standard_usd:,}"}
    for document in plan_for(computed.facts).documents:
        if document.sensitivity is not Sensitivity.PUBLIC or not document.code.startswith("SEC-"):
            continue
        found = set(re.findall(r"\$[\d,]+(?:\.\d\d)?", _text(name, document.code)))
        assert found <= allowed, f"{document.code} releases {sorted(found - allowed)}"


@pytest.mark.parametrize("name", NAMES)
def test_each_factor_of_section_m_has_one_volume_in_section_l(name: str) -> None:
    factors = _facts(name).evaluation.factors
    instructions, evaluation = _text(name, "SEC-L"), _text(name, "SEC-M")
    for factor in factors:
        instruction = re.findall(
            rf"^## Volume {factor.volume}: .*{factor.title}$", instructions, re.M
        )
        assert len(instruction) == 1, (
            f"Section L instructs on {factor.title} {len(instruction)} times"
        )
        assert re.search(rf"\| Factor {factor.code} \| {factor.title} \|", evaluation), (
            f"Section M leaves out factor {factor.code}"
        )
    assert len(re.findall(r"^## Volume ", instructions, re.M)) == len(factors), (
        "Section L asks for a volume that no factor of Section M evaluates"
    )


@pytest.mark.parametrize("name", NAMES)
def test_section_m_and_the_plan_use_one_and_the_same_importance_phrase(name: str) -> None:
    phrases = (
        "significantly more important than",
        "approximately equal to",
        "significantly less important than",
    )
    chosen = _facts(name).evaluation.price_importance
    for code in ("SSP", "SEC-M"):
        used = [phrase for phrase in phrases if phrase in _text(name, code)]
        assert used == [chosen], f"{code} says {used}, the facts say {chosen!r}"


@pytest.mark.parametrize("name", NAMES)
def test_section_j_takes_page_counts_from_the_approved_files(name: str) -> None:
    package = _package(_computed(name))
    rows = {row[1]: row for row in _cells(_text(name, "SEC-J"))}
    for code in ("PWS", "PRS", "GFP", "PPQF", "CDRL"):
        entry = package[code]
        assert rows[entry.title][2:] == [long_date(entry.date), str(entry.pages)]


@pytest.mark.parametrize("name", NAMES)
def test_section_a_adds_up_the_pages_of_the_other_sections(name: str) -> None:
    package = _package(_computed(name))
    total = sum(package[f"SEC-{letter}"].pages for letter in "BCDEFGHIJKLM")
    assert f"| All sections above | {total} |" in _text(name, "SEC-A")


def test_questions_that_change_terms_name_the_amendment_that_carries_the_change() -> None:
    records = _computed("alms").records
    assert records.questions is not None
    assert records.amendments is not None
    changing = [row for row in records.questions.questions if row.amendment]
    issued = {row.number for row in records.amendments.amendments}
    assert len(changing) == 2
    assert {row.amendment for row in changing} <= issued
    changes = _text("alms", "AMD").split("# Changes made")[1]
    origins = {row[3] for row in _cells(changes) if row[0] == "0001"}
    assert {str(row.number) for row in changing} <= origins, (
        "an amendment has to say which question led to each change"
    )


def test_an_amendment_states_its_seven_items() -> None:
    required = _text("alms", "AMD").split("# Required contents")[1].split("\n# ")[0]
    assert [row[0][:2] for row in _cells(required)[2:]] == [f"{item}." for item in range(1, 8)]


def test_a_solicitation_without_amendments_says_so() -> None:
    assert "was issued before the closing date" in _text("depot-maintenance", "AMD")


def test_section_l_takes_alternate_i_when_negotiations_are_planned() -> None:
    raw = deepcopy(_raw("alms"))
    raw["facts"]["evaluation"]["negotiations"] = True
    text = _compose(compute(parse_facts(raw["facts"])), "SEC-L")
    assert "Alternate I" in text
    assert "without negotiations" not in text
    assert "Alternate I" not in _text("alms", "SEC-L")


def test_an_offer_one_minute_after_closing_is_registered_as_late() -> None:
    raw = deepcopy(_raw("alms"))
    offers = raw["records"]["offers"]["offers"]
    offers[0]["received"] = "30 April 2027, 2:00 p.m."
    offers[1]["received"] = "30 April 2027, 2:01 p.m."
    computed = compute(parse_facts(raw["facts"]), Records.model_validate(raw["records"]))
    text = _compose(computed, "RCPT")
    status = {row[0]: row[6] for row in _cells(text) if len(row) == 7}
    assert status["A"] == "In time", "an offer at the exact minute is in time"
    assert status["B"] == "Late"
    assert "0 h 01 min" in text.split("# Rulings on late offers")[1]


def test_an_offer_whose_time_cannot_be_read_waits_for_a_ruling() -> None:
    raw = deepcopy(_raw("alms"))
    raw["records"]["offers"]["offers"][0]["received"] = "in the afternoon"
    computed = compute(parse_facts(raw["facts"]), Records.model_validate(raw["records"]))
    rulings = _compose(computed, "RCPT").split("# Rulings on late offers")[1]
    assert "for a ruling" in rulings


def test_a_contract_without_options_security_and_property_has_complete_sections() -> None:
    raw = deepcopy(_raw("depot-maintenance"))
    facts = raw["facts"]
    facts["periods"] = facts["periods"][:1]
    facts["furnished"] = []
    facts["key_personnel"] = []
    for category in facts["estimate"]["labour"]:
        category["hours"] = category["hours"][:1]
    for cost in facts["estimate"]["other_direct_costs"]:
        for key in ("amounts", "quantities"):
            if key in cost:
                cost[key] = cost[key][:1]
    computed = compute(parse_facts(facts))
    text = {
        code: _compose(computed, code) for code in ("SEC-B", "SEC-F", "SEC-H", "SEC-I", "SEC-M")
    }
    assert "This contract has no option periods." in text["SEC-B"]
    assert "52.217-9" not in text["SEC-B"] + text["SEC-I"]
    assert "furnishes no property" in text["SEC-F"]
    assert "No security classification specification" in text["SEC-H"]
