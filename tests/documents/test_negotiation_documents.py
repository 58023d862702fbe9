"""The documents from the competitive range to the protest, composed for the large variant."""

import re
from copy import deepcopy
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest
import yaml

from documents.catalog import BY_CODE
from documents.compose import DraftSection, compose
from documents.computed import Computed, Package, PackageEntry, compute
from documents.context import context
from documents.facts import InvalidFacts, Records, parse_facts
from documents.guidance import guidance_for
from documents.proceedings import PlanElement
from documents.publication import package_facts
from rules.deadlines import Event

SAMPLES = Path(__file__).resolve().parents[2] / "samples"
NEGOTIATION = ("CRD", "XCL", "PNO", "CLAR", "SSAC", "SUBK", "PNM")
NAMES = {
    "A": "Tidewater Logistics Systems LLC",
    "B": "Meridian Federal Solutions Inc.",
    "C": "Harborline Digital JV",
    "D": "NorthStar Integrated Services Corp.",
}
PROTEST = {
    "forum": "Government Accountability Office",
    "number": "B-430118",
    "protester": "A",
    "filed": "2027-12-28",
    "notice_received": "2027-12-29",
    "basis_known": "2027-12-27",
    "grounds": [
        {
            "allegation": "The agency gave credit for a migration of both fleets in one year.",
            "response": "The solicitation allows credit for what exceeds a requirement.",
            "references": ["Section M, Technical", "Source selection decision, Trade-off"],
        },
        {
            "allegation": "The past performance of the awardee was overstated.",
            "response": "Each effort was verified with its customer.",
            "references": ["Past performance evaluation, Offeror B"],
        },
    ],
    "relief": "A new decision on the same proposals",
    "suspension": "Performance was suspended on the day on which the notice was received.",
    "interested_parties": ["B"],
    "statement": ["The board rated the final proposals, and the decision followed its report."],
    "memorandum": ["The decision is reasonable and follows the stated basis for award."],
}


def _raw(name: str = "alms-118m") -> dict[str, Any]:
    return deepcopy(_read(name))


@cache
def _read(name: str) -> dict[str, Any]:
    return yaml.safe_load((SAMPLES / f"{name}.yaml").read_text("utf-8"))


def _computed(raw: dict[str, Any]) -> Computed:
    return compute(parse_facts(raw["facts"]), Records.model_validate(raw["records"]))


@cache
def _large() -> Computed:
    return _computed(_raw())


def _text(code: str, computed: Computed) -> str:
    sections = [DraftSection(s.title, s.standard_text) for s in guidance_for(code).sections]
    return compose(sections, context(computed, BY_CODE[code], _package(computed), 1))


def _package(computed: Computed) -> dict[str, PackageEntry]:
    return {
        code: PackageEntry(
            code=code, title=BY_CODE[code].title, version=1, date=computed.dates["award"], pages=7
        )
        for code in ("RFP", "SSEB", "SSDD")
    }


def _flat(text: str) -> str:
    return " ".join(text.replace("\\", "").split())


def _protested() -> Computed:
    raw = _raw()
    raw["records"]["protest"] = deepcopy(PROTEST)
    return _computed(raw)


def _two_out() -> Computed:
    """The variant with a second offeror left out of the range."""
    raw = _raw()
    records = raw["records"]
    found = records["competitive_range"]
    found["included"] = [row for row in found["included"] if row["offer"] != "D"]
    found["excluded"].append({"offer": "D", "reason": "Rated lower.", "notice": "Rated lower."})
    for kind, part in (("final_proposals", "proposals"), ("final_consensus", "ratings")):
        records[kind][part] = [row for row in records[kind][part] if row["offer"] != "D"]
    return _computed(raw)


@pytest.mark.parametrize("code", [*NEGOTIATION, "SBN", "PROT"])
def test_standard_text_reads_as_a_finished_document(code: str) -> None:
    computed = {"SBN": lambda: _computed(_raw("depot-maintenance")), "PROT": _protested}.get(
        code, _large
    )()
    text = _text(code, computed)
    assert len(text.split()) > 200, f"{code} is too thin to be a document"
    for placeholder in ("TBD", "TODO", "[insert", "XX", "lorem", "as needed", "best effort", "{{"):
        assert placeholder not in text, f"{code} contains {placeholder!r}"
    assert not re.search(r"\|[ \t]*\|", text), f"{code} has an empty table cell"
    assert ".." not in _flat(text), f"{code} ends a sentence twice"


@pytest.mark.parametrize("code", [*NEGOTIATION, "SBN", "PROT"])
def test_guidance_names_facts_by_key_and_never_by_value(code: str) -> None:
    for section in guidance_for(code).sections:
        prose = re.sub(r"\{\{.*?\}\}|\{%.*?%\}", "", section.standard_text)
        values = re.findall(r"\$\s?\d|\d+(?:\.\d+)? ?%|\b20\d\d\b|N00189|ALMS|Navy", prose)
        assert not values, f"{code}, {section.title}: replace {values} by keys"


def test_the_range_names_each_offeror_once_with_its_reason() -> None:
    listed = _text("CRD", _large()).split("# Proposals and evaluation")[0]
    for code, name in NAMES.items():
        inside = "Not included" if code == "C" else "Included"
        assert len(re.findall(rf"^\| {code} {name} \| {inside} \|", listed, re.M)) == 1


def test_the_range_rests_on_first_prices_and_first_ratings() -> None:
    text = _text("CRD", _large())
    row = next(line for line in text.splitlines() if line.startswith("| B Meridian"))
    assert "Included" in row
    rated = next(line for line in text.splitlines() if "$134,067,105.00" in line)
    assert "Marginal" in rated, "Factor 4 of Meridian was Marginal before negotiations"


@pytest.mark.parametrize("code", ["SCORE", "PCA"])
def test_first_evaluations_are_not_rewritten_by_final_proposals(code: str) -> None:
    text = _flat(_text(code, _large()))
    first = {"SCORE": "No agreement supports the stated goal", "PCA": "$123,878,885.00"}[code]
    final = {"SCORE": "confirmed by letters", "PCA": "$114,413,225.00"}[code]
    assert first in text
    assert final not in text


@pytest.mark.parametrize("code", ["SSEB", "SSAC", "SSDD", "SF26", "UNS", "PNM", "SUBK", "CAR"])
def test_everything_from_the_final_report_on_states_the_final_price(code: str) -> None:
    assert "$114,413,225.00" in _text(code, _large())


def test_each_letter_of_exclusion_tells_its_offeror_and_nobody_else() -> None:
    body = _text("XCL", _two_out()).split("\n\n", 1)[1]
    letters = dict(zip("CD", body.split("<<page>>"), strict=True))
    for code, letter in letters.items():
        assert NAMES[code] in letter
        for other, name in NAMES.items():
            if other != code:
                assert name.split()[0] not in letter, f"the letter to {code} names {name}"
        for told in ("Will not be considered", "within three days", "delayed until after award"):
            assert told in letter, f"the letter to {code} does not say {told!r}"
        assert not re.search(r"\$|\b(four|4) (offers|proposals|offerors)\b", letter), (
            "a notice before award states neither a price nor the number of offerors"
        )


def test_an_offeror_that_was_excluded_gets_no_second_letter_after_award() -> None:
    text = _text("UNS", _large())
    assert "Harborline" not in text, "it was notified before award"
    assert {name for name in NAMES.values() if name in text} == {
        NAMES["A"],
        NAMES["B"],
        NAMES["D"],
    }


def test_without_an_unsuccessful_offeror_in_the_range_no_letter_is_written() -> None:
    raw = _raw()
    records = raw["records"]
    found = records["competitive_range"]
    found["included"] = [row for row in found["included"] if row["offer"] == "B"]
    for code in "AD":
        found["excluded"].append({"offer": code, "reason": "Lower.", "notice": "Lower."})
    for kind, part in (("final_proposals", "proposals"), ("final_consensus", "ratings")):
        records[kind][part] = [row for row in records[kind][part] if row["offer"] == "B"]
    records["debriefings"]["debriefings"] = []
    text = _text("UNS", _computed(raw))
    assert "No letter is due after award" in text
    assert "Dear" not in text


def test_a_debriefing_before_award_reveals_nothing_about_other_offerors() -> None:
    text = _text("DBR", _large())
    part = text.split("## Harborline Digital JV\n")[1].split("<<page>>")[0]
    assert "preaward debriefing of Harborline Digital JV" in part
    assert "Rationale for the exclusion" in part
    for code in "ABD":
        assert NAMES[code].split()[0] not in part, f"it names {NAMES[code]}"
    for word in ("Successful offeror", "ranking", "$", "offerors"):
        assert word not in part, f"a debriefing before award contains {word!r}"
    assert "### Overall ranking" in text.split("<<page>>")[1], "after award there are six items"


def test_every_exchange_is_logged_with_its_closure() -> None:
    text = _flat(_text("CLAR", _large()))
    exchanges = _large().records.exchanges
    assert exchanges is not None
    for row in exchanges.exchanges:
        for part in (row.number, row.question, row.answer, row.closure):
            assert part in text, f"{row.number} is incomplete: {part!r}"


def test_clarifications_without_negotiations_do_not_claim_a_range() -> None:
    raw = _raw("alms")
    raw["records"]["exchanges"] = {
        "exchanges": [
            {
                "number": "CL-A-01",
                "offer": "A",
                "kind": "Clarification",
                "question": "On which contract was the shipyard effort performed?",
                "issued": "2027-06-01",
                "answer": "On the contract named in Volume III.",
                "answered": "2027-06-03",
                "closure": "Explained.",
                "closed": "2027-06-04",
            }
        ]
    }
    computed = _computed(raw)
    assert BY_CODE["CLAR"].required(computed), "exchanges that were held are logged"
    text = _flat(_text("CLAR", computed))
    assert "The exchanges are clarifications" in text
    assert "competitive range" not in text


def test_objectives_show_every_position_against_estimate_and_proposal() -> None:
    text = _text("PNO", _large())
    for total in ("$117,772,334.08", "$123,878,885.00", "$112,981,060.00", "-$10,897,825.00"):
        assert total in text, f"the objectives do not show {total}"
    assert "DD Form 1547" not in text, "competition sets the price: no weighted guidelines"


def test_objectives_by_element_add_up_and_profit_follows_the_guidelines() -> None:
    raw = _raw()
    raw["records"]["objectives"] |= {
        "elements": [
            {"title": "Labor", "proposed": "900.00", "objective": "850.00", "basis": "Hours"},
            {"title": "Travel", "proposed": "100.00", "objective": "90.00", "basis": "Trips"},
        ],
        "profit": [
            {"title": "Technical risk", "base": "850.00", "value": "0.05"},
            {"title": "Contract type risk", "base": "850.00", "value": "0.0251"},
        ],
    }
    text = _text("PNO", _computed(raw))
    assert "| Total | $1,000.00 | $940.00 | -$60.00 |" in text
    assert "| Contract type risk | $850.00 | 2.51% | $21.34 |" in text
    assert "| Profit objective | - | - | $63.84 |" in text


def test_the_memorandum_compares_the_result_with_the_recorded_objective() -> None:
    text = _flat(_text("PNM", _large()))
    assert "The objective was approved on 5 August 2027" in text
    assert "differs from the objective by $1,432,165.00" in text


def test_the_council_reports_its_minority_view() -> None:
    text = _text("SSAC", _large())
    assert "I would have recommended Tidewater" in text
    raw = _raw()
    raw["records"]["advice"]["minority"] = []
    assert "No member dissents" in _text("SSAC", _computed(raw))


def test_a_plan_with_all_fifteen_elements_is_accepted() -> None:
    text = _text("SUBK", _large())
    assert len(PlanElement) == 15
    for number, element in enumerate(PlanElement, start=1):
        assert f"| {number} | {element} |" in text
    assert "contains every required element" in text


def test_a_plan_that_leaves_an_element_out_is_not_accepted() -> None:
    raw = _raw()
    del raw["records"]["subcontracting"]["elements"][PlanElement.FLOW_DOWN.value]
    text = _flat(_text("SUBK", _computed(raw)))
    assert "does not contain element 9" in text
    assert "contains every required element" not in text


def test_the_plan_is_reviewed_only_for_an_awardee_that_is_not_small() -> None:
    raw = _raw()
    raw["records"]["decision"]["awardee"] = "A"
    assert BY_CODE["SUBK"].required(_large())
    assert not BY_CODE["SUBK"].required(_computed(raw))


@pytest.mark.parametrize(("price", "reviewed"), [("180000.00", False), ("180000.20", True)])
def test_the_plan_is_reviewed_above_the_threshold_of_900_000(price: str, reviewed: bool) -> None:
    raw = _raw()
    proposals = raw["records"]["final_proposals"]["proposals"]
    next(row for row in proposals if row["offer"] == "B")["prices"] = [price] * 5
    assert BY_CODE["SUBK"].required(_computed(raw)) is reviewed


def test_the_notice_before_award_names_the_apparent_awardee_and_no_price() -> None:
    text = _text("SBN", _computed(_raw("depot-maintenance")))
    assert text.count("Copperfield Metrology LLC") == 2, "one letter to each other offeror"
    for told in ("88 Standards Way", "within five business days", "size status"):
        assert told in text
    assert set(re.findall(r"\$[\d,.]*\d", text)) == {"$34,000,000"}, "only the size standard"


def test_the_clock_of_size_protests_starts_with_the_notice_of_a_set_aside() -> None:
    due = {row.id for row in _computed(_raw("depot-maintenance")).deadlines}
    assert "D19" in due
    assert "D19" not in {row.id for row in _large().deadlines}


def test_a_protest_starts_its_periods_and_lists_the_record() -> None:
    computed = _protested()
    due = {row.id: str(row.due) for row in computed.deadlines}
    assert due["D33"] == "2028-01-28", "thirty days after the notice"
    assert due["D36"] == "2028-04-06", "a hundred days after filing"
    assert str(computed.dates["agency_report"]) == due["D33"]
    text = _text("PROT", computed)
    for part in ("28 January 2028", "6 April 2028", "B-430118", NAMES["A"], "Ground 2"):
        assert part in text, f"the protest file lacks {part}"
    assert "| Source Selection Decision Document, version 1 |" in text
    assert "The protest is pending" in text


def test_the_solicitation_may_be_protested_before_anybody_has_offered() -> None:
    raw = _raw()
    market = raw["records"]["market_research"]
    protest = {**PROTEST, "protester": "Palisade Systems Group LLC", "interested_parties": []}
    raw["records"] = {"market_research": market, "protest": protest}
    text = _text("PROT", _computed(raw))
    assert "Palisade Systems Group LLC" in text
    assert "| Contract | Not awarded |" in text


def test_an_express_protest_has_its_shorter_periods() -> None:
    raw = _raw()
    raw["records"]["protest"] = {**PROTEST, "express": True}
    due = {row.id: str(row.due) for row in _computed(raw).deadlines}
    assert due["D33"] == "2028-01-18"
    assert due["D36"] == "2028-03-02"


def test_a_protest_to_the_agency_has_no_report_to_the_accountability_office() -> None:
    raw = _raw()
    raw["records"]["protest"] = {**PROTEST, "forum": "agency"}
    due = {row.id: str(row.due) for row in _computed(raw).deadlines}
    assert "D33" not in due
    assert due["D37"] == "2028-02-01"


def test_an_exclusion_starts_the_clock_of_the_preaward_debriefing() -> None:
    due = {row.id: str(row.due) for row in _large().deadlines}
    assert due["D18"] == "2027-08-09", "three days after the notice was received on 6 August"
    assert Event.EXCLUSION_DECIDED == "exclusion_decided"


def _without_final(records: dict[str, Any]) -> None:
    proposals = records["final_proposals"]["proposals"]
    records["final_proposals"]["proposals"] = [row for row in proposals if row["offer"] != "D"]


def _final_of_excluded(records: dict[str, Any]) -> None:
    proposals = records["final_proposals"]["proposals"]
    proposals.append({**proposals[0], "offer": "C"})


def _four_prices(records: dict[str, Any]) -> None:
    records["objectives"]["positions"][0]["prices"].pop()


def _forgotten(records: dict[str, Any]) -> None:
    records["competitive_range"]["excluded"] = []


def _both(records: dict[str, Any]) -> None:
    found = records["competitive_range"]
    found["excluded"].append({**found["excluded"][0], "offer": "A"})


def _award_outside(records: dict[str, Any]) -> None:
    records["decision"]["awardee"] = "C"


def _unknown(records: dict[str, Any]) -> None:
    records["advice"]["recommended"] = "Z"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (_without_final, "no final proposal of offer D in the range"),
        (_final_of_excluded, "offer C is outside the competitive range"),
        (_four_prices, "has 4 prices: give one for each of 5 periods"),
        (_forgotten, "offer C is neither in nor out"),
        (_both, "offer A is both in and out"),
        (_award_outside, "cannot be selected"),
        (_unknown, "names offer 'Z', which was not received"),
    ],
)
def test_records_that_contradict_each_other_are_refused_by_path(change: Any, words: str) -> None:
    raw = _raw()
    change(raw["records"])
    with pytest.raises(InvalidFacts, match=re.escape(words)):
        _computed(raw)


def test_an_offer_outside_the_range_stays_in_the_comparison_and_cannot_win() -> None:
    compared = _large().comparison
    assert compared is not None
    outside = compared.offer("C")
    assert outside.obstacles[0] == "the offer is outside the competitive range"
    assert compared.frontier == ("A", "B")
    assert compared.offer("D").dominated_by == ("A", "B")


def test_a_public_notice_learns_nothing_of_the_negotiation() -> None:
    known = context(_large(), BY_CODE["CAS"], {}, 1)
    for name in ("objectives", "exchanges", "competitive_range", "final_proposals", "advice"):
        assert name not in known, f"a public document could name {name}"
    assert "from_objective" not in known["award"], "it would disclose the estimate"


class _File:
    """The contract file of the large variant, as the checks read it."""

    facts = _large().facts
    records = _large().recorded
    package: Package = MappingProxyType({})

    def computed(self) -> Computed:
        return _large()

    def row(self, code: str) -> Any:
        return BY_CODE[code]


def test_checks_expect_the_final_price_and_know_the_first_ones() -> None:
    facts = package_facts(_File())
    assert facts.award_total == 114_413_225
    assert {123_878_885, 134_067_105} <= facts.allowed_amounts, "the price analysis states both"
