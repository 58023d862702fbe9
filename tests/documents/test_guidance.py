"""Guidance: complete, free of literal facts, and a finished text for any acquisition."""

import re
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest

from documents.catalog import BY_CODE, CATALOG, DocumentType
from documents.compose import DraftSection, UnknownKey, compose, money
from documents.computed import Computed
from documents.context import context
from documents.facts import Facts, parse_facts
from documents.guidance import InvalidGuidance, guidance_for, parse_guidance
from documents.tables import TABLES, merge
from documents.vocabulary import RecordKind, Sensitivity
from rules.estimate import LineType
from tests.documents.acquisitions import (
    alms,
    alms_facts,
    award_to_the_lowest_price,
    keep_periods,
    market_only,
    raw_facts,
    solicit_one_source,
    text_of,
)

GUIDANCE = Path(__file__).parents[2] / "documents" / "guidance"
MONTHS = "January|February|March|April|May|June|July|August|September|October|November|December"
LITERALS = {
    "an amount": r"\$\s?\d|\b\d{1,3}(?:,\d{3})+\b",
    "a percentage": r"\b\d+(?:\.\d+)?\s?(?:%|percent)",
    "a date": rf"\b\d{{4}}-\d\d-\d\d\b|\b\d{{1,2}} (?:{MONTHS})\b|\b(?:19|20)\d\d\b",
    "an instrument number": r"\b[A-Z0-9]{6}\d{2}[A-Z]\d{4}\b",
    "an industry code": r"\b\d{6}\b",
    "a line number": r"\b[0-9]\d{3}\b(?!-)",
    "a duration or count": (
        r"\b\d+ (?:calendar |business |working )?"
        r"(?:day|week|month|year|hour|minute|page|offer|requirement|point)s?\b"
    ),
}
CLAUSE_OR_FORM = re.compile(
    r"\b(?:2)?52\.\d{3}-\d+\b|\b(?:DD|SF|OF) (?:Form )?\d+\b|DD-LA-\(AR\) \d+|NIST SP \d+-\d+"
)
PLACEHOLDER = re.compile(
    r"\bTBD\b|\bTODO\b|\[insert|\bXX+\b|(?i:as needed|best efforts?|lorem)|\{\{|\{%|True\b|False\b"
)
ALL = [row.code for row in CATALOG]
REQUIRED = [row.code for row in CATALOG if row.required(alms())]


@pytest.mark.parametrize("code", ALL)
def test_every_document_type_has_guidance_with_an_instruction_in_each_section(code: str) -> None:
    sections = guidance_for(code).sections
    silent = [section.title for section in sections if len(section.instruction) < 10]
    assert not silent, f"{code}: say what these sections have to establish: {silent}"
    empty = [section.title for section in sections if not section.standard_text]
    assert not empty, f"{code}: these sections have no standard text: {empty}"


def test_no_guidance_file_is_left_over() -> None:
    codes = {path.stem for path in GUIDANCE.glob("*.md")}
    assert codes == set(ALL), f"files without a catalogue row: {sorted(codes - set(ALL))}"


@pytest.mark.parametrize("code", ALL)
def test_guidance_names_facts_by_key_and_never_by_value(code: str) -> None:
    text = (GUIDANCE / f"{code}.md").read_text(encoding="utf-8")
    prose = CLAUSE_OR_FORM.sub("", re.sub(r"\{[{%].*?[%}]\}", "", text))
    found = [
        f"{what}: {match.group()!r}"
        for what, pattern in LITERALS.items()
        for match in re.finditer(pattern, prose)
    ]
    assert not found, f"{code}.md holds literal facts; use keys instead: {found}"


@pytest.mark.parametrize("code", REQUIRED)
def test_every_document_of_the_sample_composes_to_a_finished_text(code: str) -> None:
    text = text_of(code, alms())
    _assert_finished(code, text)
    words = len(text.split())
    assert words > 80, f"{code} says too little to be a document: {words} words"


def _assert_finished(code: str, text: str) -> None:
    left = sorted({match.group() for match in PLACEHOLDER.finditer(text)})
    assert not left, f"{code} is not finished, it still says {left}"
    empty = [line for line in text.splitlines() if re.search(r"\|\s*\|", line)]
    assert not empty, f"{code} has empty table cells: {empty[:2]}"


def test_the_estimate_of_the_sample_is_printed_to_the_cent() -> None:
    text = text_of("IGCE", alms())
    for amount in ("$58,294,575.84", "$47,735,907.20", "$10,558,668.64", "$63,096,791.52"):
        assert amount in text, f"the IGCE of the sample must print {amount}"


def test_the_three_sums_of_the_estimate_agree_in_print() -> None:
    rows = [line for line in text_of("IGCE", alms()).splitlines() if line.startswith("| By ")]
    assert len(rows) == 3, "the agreement table has one row per independent sum"
    assert all("$58,294,575.84" in row and row.endswith("$0.00 |") for row in rows), rows


@pytest.mark.parametrize(
    "row",
    [row for row in CATALOG if row.sensitivity is Sensitivity.PUBLIC and row.required(alms())],
    ids=lambda row: row.code,
)
def test_a_public_document_never_shows_the_government_estimate(row: DocumentType) -> None:
    costs = alms().estimate
    secret = {costs.total, costs.comparison_total, costs.six_month_extension}
    secret |= {period.total for period in costs.periods}
    secret |= {
        line.amount
        for line in costs.line_items
        # The ceiling of a cost-reimbursement line is a term of the solicitation.
        if line.amount and line.type is not LineType.COST_REIMBURSABLE
    }
    text = text_of(row.code, alms()).replace("\\", "")
    shown = [money(amount) for amount in secret if money(amount) in text]
    assert not shown, f"{row.code} is released to the public and shows {shown}"


def test_a_public_draft_that_names_the_estimate_is_refused() -> None:
    draft = [DraftSection("Price", "The Government expects {{ igce.total }}.")]
    with pytest.raises(UnknownKey, match="igce"):
        compose(draft, context(alms(), BY_CODE["PSN"], {}, 1))


def test_headings_of_the_work_statement_number_to_the_paragraphs_of_the_facts() -> None:
    counters, numbered = [0, 0, 0], dict[str, str]()
    for line in text_of("PWS", alms()).splitlines():
        if match := re.match(r"(#{1,3}) (.+)", line):
            level = len(match[1]) - 1
            counters[level] += 1
            counters[level + 1 :] = [0] * (2 - level)
            numbered[".".join(map(str, counters[: level + 1]))] = match[2]
    stated = {item.paragraph: item.title for item in alms().facts.requirements}
    printed = {paragraph: numbered.get(paragraph) for paragraph in stated}
    assert printed == stated, "section 3 of the PWS must follow areas and requirements in order"


def test_the_request_for_information_makes_both_mandatory_statements() -> None:
    text = text_of("RFI", alms())
    assert "No award is made on the basis of this request" in text
    assert "does not pay for the information solicited" in text
    assert "treated as information only" in text


def test_the_presolicitation_notice_says_that_all_responsible_sources_may_propose() -> None:
    assert (
        "All responsible sources may submit a proposal, which shall be considered by the agency"
        in text_of("PSN", alms())
    )


def _another_agency() -> Facts:
    raw = raw_facts()
    raw["project"]["agency"] = "Department of the Air Force"
    return parse_facts(raw)


def _base_period_only() -> Facts:
    raw = raw_facts()
    keep_periods(raw, 1)
    return parse_facts(raw)


def _two_periods_of_different_length() -> Facts:
    raw = raw_facts()
    keep_periods(raw, 2)
    raw["periods"][1]["end"] = "2029-03-31"
    return parse_facts(raw)


def _fewer_lines() -> Facts:
    raw = raw_facts()
    estimate = raw["estimate"]
    costs = [code for line in estimate["lines"][:8] for code in line.get("costs", ())]
    estimate["lines"] = [
        {"suffix": "001", "title": "All work", "type": "FFP", "costs": [*costs, "TRAVEL"]}
    ]
    return parse_facts(raw)


def _nothing_optional() -> Facts:
    raw = raw_facts()
    for name in ("security", "furnished", "key_personnel", "references", "definitions"):
        raw.pop(name)
    for name in ("sources_sought_published", "rfi_published", "industry_day"):
        raw["milestones"].pop(name)
    return parse_facts(raw)


def _set_aside_for_lowest_price() -> Facts:
    raw = raw_facts()
    raw["project"] |= {"competition": "set_aside", "set_aside": "total small business"}
    award_to_the_lowest_price(raw)
    raw["evaluation"]["negotiations"] = True
    return parse_facts(raw)


def _sole_source() -> Facts:
    raw = raw_facts()
    solicit_one_source(raw)
    return parse_facts(raw)


def _commercial_under_codified_numbers() -> Facts:
    raw = raw_facts()
    raw["project"] |= {"commercial": True, "regime": "FAR"}
    return parse_facts(raw)


VARIATIONS = [
    _another_agency,
    _base_period_only,
    _two_periods_of_different_length,
    _fewer_lines,
    _nothing_optional,
    _set_aside_for_lowest_price,
    _sole_source,
    _commercial_under_codified_numbers,
]


@pytest.mark.parametrize("variation", VARIATIONS, ids=lambda make: make.__name__.strip("_"))
def test_documents_compose_for_other_facts_too(variation: Callable[[], Facts]) -> None:
    computed = market_only(variation())
    for row in _drafted_before_offers(computed):
        _assert_finished(row.code, text_of(row.code, computed))


def _drafted_before_offers(computed: Computed) -> list[DocumentType]:
    known = {RecordKind.MARKET_RESEARCH}
    return [row for row in CATALOG if row.required(computed) and known.issuperset(row.records)]


def test_a_changed_agency_stands_in_every_document_that_names_one() -> None:
    computed = market_only(_another_agency())
    for row in _drafted_before_offers(computed):
        text = text_of(row.code, computed)
        assert alms_facts().project.agency not in text, f"{row.code} has the agency typed in"
    assert "Department of the Air Force" in text_of("PSN", computed)


def test_a_changed_rate_changes_the_printed_estimate() -> None:
    raw = raw_facts()
    raw["estimate"]["labour"][0]["base_rate"] = "200.00"
    computed = market_only(parse_facts(raw))
    assert computed.estimate.total > Decimal("58294575.84")
    assert money(computed.estimate.total) in text_of("IGCE", computed)
    assert "58,294,575.84" not in text_of("IGCE", computed), "the IGCE has a total typed in"


def test_the_period_of_performance_is_described_in_words() -> None:
    def words(facts: Facts) -> str:
        return context(market_only(facts), BY_CODE["PR"], {}, 1)["pop"]["text"]

    assert words(alms_facts()) == (
        "one base period of 12 months and four option periods of 12 months each"
    )
    assert words(_base_period_only()) == "one base period of 12 months"
    assert words(_two_periods_of_different_length()) == (
        "one base period of 12 months and one option period of 6 months"
    )


def test_two_tables_of_one_name_are_refused() -> None:
    with pytest.raises(ValueError, match="prs"):
        merge(TABLES, {"prs": TABLES["prs"]})


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("no heading", "first-level heading"),
        ("# Title\n\ntext without instruction", "no <!-- instruction -->"),
    ],
)
def test_malformed_guidance_is_refused_with_the_reason(text: str, reason: str) -> None:
    with pytest.raises(InvalidGuidance, match=reason):
        parse_guidance("PR", text)
