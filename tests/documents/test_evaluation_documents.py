"""The documents from evaluation to debriefing, composed for the sample and for variations of it."""

import re
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import yaml

from documents.catalog import BY_CODE
from documents.compose import DraftSection, UnknownKey, compose
from documents.computed import Computed, compute
from documents.context import context
from documents.facts import Records, parse_facts
from documents.guidance import guidance_for
from documents.tables.evaluation import TABLES
from documents.vocabulary import Phase, Sensitivity
from rules.estimate import LineType
from rules.evaluation import consensus_problems, total_evaluated_price

AFTER_CLOSING = [code for code, row in BY_CODE.items() if row.phase is Phase.POST_SOLICITATION]
ELSEWHERE = {"CRD", "XCL", "PNO", "CLAR", "SSAC", "SUBK", "SBN", "JAP", "PROT"}
"""Documents for which this acquisition has no facts; the tests of other samples compose them."""
CODES = [code for code in AFTER_CLOSING if code not in ELSEWHERE]
SAMPLE = Path(__file__).parents[2] / "samples" / "alms.yaml"
LOSERS = {
    "B": "Meridian Federal Solutions Inc.",
    "C": "Harborline Digital JV",
    "D": "NorthStar Integrated Services Corp.",
}


@pytest.fixture(scope="module", name="raw")
def _raw() -> dict[str, Any]:
    return yaml.safe_load(SAMPLE.read_text(encoding="utf-8"))


@pytest.fixture(scope="module", name="alms")
def _alms(raw: dict[str, Any]) -> Computed:
    return _computed(raw)


def _computed(raw: dict[str, Any]) -> Computed:
    return compute(parse_facts(raw["facts"]), Records.model_validate(raw["records"]))


def _text(code: str, computed: Computed) -> str:
    sections = [DraftSection(s.title, s.standard_text) for s in guidance_for(code).sections]
    return compose(sections, context(computed, BY_CODE[code], {}, 1))


def _flat(text: str) -> str:
    """One line without Markdown escapes, so that phrases can be found across line breaks."""
    return " ".join(text.replace("\\", "").split())


def test_there_is_something_to_test() -> None:
    assert len(CODES) == 17, f"the catalogue changed: write or remove guidance for {CODES}"


@pytest.mark.parametrize("code", CODES)
def test_standard_text_reads_as_a_finished_document(code: str, alms: Computed) -> None:
    text = _text(code, alms)
    assert len(text.split()) > 200, f"{code} is too thin to be a document"
    for placeholder in ("TBD", "TODO", "[insert", "XX", "lorem", "as needed", "best effort"):
        assert placeholder not in text, f"{code} contains the placeholder {placeholder!r}"
    assert "{{" not in text, f"{code} shows an unfilled key"
    assert not re.search(r"\|[ \t]*\|", text), f"{code} has an empty table cell"


@pytest.mark.parametrize("code", CODES)
def test_guidance_names_facts_by_key_and_never_by_value(code: str) -> None:
    for section in guidance_for(code).sections:
        prose = re.sub(r"\{\{.*?\}\}|\{%.*?%\}", "", section.standard_text)
        values = re.findall(r"\$\s?\d|\d+(?:\.\d+)? ?%|\b20\d\d\b|N00189|ALMS|Navy", prose)
        assert not values, f"{code}, {section.title}: replace {values} by keys"


@pytest.mark.parametrize("code", CODES)
def test_only_the_contractor_is_given_duties_with_shall(code: str) -> None:
    for section in guidance_for(code).sections:
        for sentence in re.split(r"(?<=[.;])\s", section.standard_text):
            assert "shall" not in sentence.split() or "Contractor" in sentence, (
                f"{code}, {section.title}: use will or must in {sentence!r}"
            )


def test_price_analysis_computes_total_evaluated_prices(alms: Computed) -> None:
    text = _text("PCA", alms)
    for value in (
        "$59,362,092.00",
        "$66,238,685.00",
        "$56,630,655.00",
        "$62,718,590.00",
        "-5.87%",
        "+4.99%",
        "-10.25%",
        "-0.60%",
    ):
        assert value in text, f"the price analysis does not show {value}"


def test_total_evaluated_price_adds_half_of_the_last_period(alms: Computed) -> None:
    assert alms.records.offers is not None
    for offer in alms.records.offers.offers:
        assert total_evaluated_price(offer) == sum(offer.prices) + offer.prices[-1] / 2


def test_decision_document_states_the_premium(alms: Computed) -> None:
    text = _flat(_text("SSDD", alms))
    expected = (
        "Meridian Federal Solutions Inc. costs $6,334,568.00 more than Tidewater Logistics Systems "
        "LLC for all periods, or 11.54% of the lower price."
    )
    assert expected in text
    assert "$6,876,593.00, or 11.58%" in text


def test_decision_document_addresses_every_offer_in_the_trade_off(alms: Computed) -> None:
    assert alms.comparison is not None
    trade_off = _text("SSDD", alms).split("# Trade-off", 1)[1]
    for code in alms.comparison.frontier:
        name = alms.comparison.offer(code).name
        assert name in trade_off, f"the trade-off does not mention {name}"
        short = name.split()[0]
        assert trade_off.count(short) > 3, f"the trade-off says too little about {short}"


def test_recorded_decision_contains_no_typed_figures(alms: Computed) -> None:
    assert alms.records.decision is not None
    decision = alms.records.decision
    for paragraph in (*decision.rationale, *decision.tradeoff, decision.responsibility):
        assert not re.search(r"\$|\d ?%|\d{3,}", paragraph), (
            f"the document computes figures; phrase this without one: {paragraph}"
        )


def test_award_value_is_the_same_in_every_document_that_states_it(alms: Computed) -> None:
    for code in ("ANN", "SF26", "AWL", "UNS", "CAS", "CAR"):
        text = _text(code, alms)
        assert "$13,912,405.00" in text, f"{code} does not state the value of the base period"
        assert "$54,870,412.00" in text, f"{code} does not state the value with options"


def test_award_schedule_lists_every_line_item_and_adds_up(alms: Computed) -> None:
    text = _text("SF26", alms)
    for line in alms.estimate.line_items:
        assert f"| {line.number} |" in text, f"line item {line.number} is missing from the award"
    for price in ("$12,674,310.00", "$10,498,220.00", "$8,802,117.00", "$8,983,360.00"):
        assert text.count(price) == 2, f"{price} belongs into the schedule and into the totals"


def test_no_document_discloses_line_prices_of_the_estimate_as_award_prices(alms: Computed) -> None:
    award = "".join(_text(code, alms) for code in ("SF26", "AWL", "UNS", "CAS"))
    for line in alms.estimate.line_items:
        # The ceiling of a reimbursed line is public: Section B states it for every offeror.
        if line.amount is not None and line.type is not LineType.COST_REIMBURSABLE:
            assert f"{line.amount:,.2f}" not in award, f"estimate of line {line.number} leaked"


def _letters(alms: Computed) -> dict[str, str]:
    body = _text("UNS", alms).split("\n\n", 1)[1]
    letters = body.split("<<page>>")
    assert len(letters) == len(LOSERS), "there is one letter for each unsuccessful offeror"
    return dict(zip(LOSERS, letters, strict=True))


@pytest.mark.parametrize("code", LOSERS)
def test_letter_is_addressed_to_its_recipient_and_names_no_other_loser(
    code: str, alms: Computed
) -> None:
    letter = _letters(alms)[code]
    assert LOSERS[code] in letter
    for other, name in LOSERS.items():
        if other != code:
            assert name.split()[0] not in letter, f"the letter to {code} names {name}"


@pytest.mark.parametrize("code", LOSERS)
def test_letter_gives_what_the_regulation_asks_for_and_no_cost_breakdown(
    code: str, alms: Computed
) -> None:
    letter = _flat(_letters(alms)[code])
    assert "| Prospective offerors solicited | 11 |" in letter
    assert "| Proposals received | 4 |" in letter
    assert "Tidewater Logistics Systems LLC, 1200 Elizabeth River Way" in letter
    assert "**Reason.**" in letter
    assert "debriefing" in letter
    amounts = set(re.findall(r"\$[\d,.]*\d", letter))
    assert amounts == {"$54,870,412.00", "$13,912,405.00"}, (
        f"a letter states the total and the awarded price and nothing else: {amounts}"
    )
    assert "Outstanding" not in letter, "ratings belong into the debriefing, not into the notice"


def test_only_small_offerors_are_told_that_they_may_ask_for_the_decision(alms: Computed) -> None:
    disclosed = {
        code: "source selection decision document" in letter
        for code, letter in _letters(alms).items()
    }
    assert disclosed == {"B": False, "C": True, "D": False}


def test_debriefing_has_the_six_items(alms: Computed) -> None:
    text = _text("DBR", alms)
    for item in (
        "Significant weaknesses and deficiencies",
        "Evaluated price, ratings and past performance",
        "Overall ranking",
        "Rationale for award",
        "Make and model",
        "Questions on procedure",
    ):
        assert f"### {item}\n" in text, f"the debriefing lacks the item {item!r}"


def test_debriefing_speaks_of_the_debriefed_offeror_and_the_awardee_only(alms: Computed) -> None:
    text = _text("DBR", alms)
    assert "Meridian" in text
    assert "Tidewater" in text
    for name in ("Harborline", "NorthStar"):
        assert name not in text, f"the debriefing of another offeror names {name}"


def test_debriefing_compares_no_findings_point_by_point(alms: Computed) -> None:
    assert alms.records.consensus is not None
    text = _flat(_text("DBR", alms))
    for rating in alms.records.consensus.ratings:
        for finding in rating.findings:
            assert (finding.text in text) == (rating.offer == "B"), (
                f"only findings on the debriefed offer belong here: {finding.text}"
            )


def test_debriefing_answers_carry_their_dates(alms: Computed) -> None:
    text = _text("DBR", alms)
    assert text.count("received 14 September 2027") == 2
    assert text.count("delivered 21 September 2027") == 2
    assert "concluded on 21 September 2027" in text, "the stay of performance runs from that day"


def test_sample_ratings_agree_with_their_findings(alms: Computed) -> None:
    assert alms.records.offers is not None
    assert alms.records.consensus is not None
    offers, ratings = alms.records.offers.offers, alms.records.consensus.ratings
    assert len(ratings) == 16
    assert not consensus_problems(offers, ratings, alms.facts.evaluation.factors)


def test_every_finding_cites_a_page_that_the_volume_has(alms: Computed) -> None:
    assert alms.records.offers is not None
    assert alms.records.consensus is not None
    factors = {factor.code: factor for factor in alms.facts.evaluation.factors}
    volumes = {
        (offer.code, volume.volume): volume.pages
        for offer in alms.records.offers.offers
        for volume in offer.volumes
    }
    for rating in alms.records.consensus.ratings:
        for finding in rating.findings:
            where = f"offer {rating.offer}, volume {finding.volume}, page {finding.page}"
            assert finding.volume == factors[rating.factor].volume, f"wrong volume: {where}"
            assert finding.page <= volumes[rating.offer, finding.volume], f"no such page: {where}"
            assert finding.page <= (factors[rating.factor].page_limit or finding.page), where


def test_board_report_makes_no_recommendation(alms: Computed) -> None:
    text = _text("SSEB", alms)
    assert "contains no recommendation" in _flat(text)
    assert not re.search(r"\b(we|board) recommends?\b", text, re.IGNORECASE)


def test_scorecards_print_adjectives_and_never_scores(alms: Computed) -> None:
    for code in ("SCORE", "SSEB", "SSDD"):
        text = _flat(_text(code, alms))
        assert not re.search(r"\b\d+(\.\d+)? (points|of 100)\b|weighted score", text), (
            f"{code} turns adjectives into numbers"
        )


def test_public_award_notice_shows_no_estimate_and_no_rating(alms: Computed) -> None:
    assert BY_CODE["CAS"].sensitivity is Sensitivity.PUBLIC
    text = _text("CAS", alms)
    for secret in ("58,294,575.84", "Outstanding", *(name.split()[0] for name in LOSERS.values())):
        assert secret not in text, f"the public notice discloses {secret}"


def test_lead_time_is_counted_from_solicitation_to_award(alms: Computed) -> None:
    assert "170 calendar days" in _text("CAR", alms)


def test_pages_over_the_limit_are_reported_as_not_met(raw: dict[str, Any]) -> None:
    changed = deepcopy(raw)
    changed["records"]["offers"]["offers"][1]["volumes"][0]["pages"] = 61
    text = _text("CMP", _computed(changed))
    assert "Not met: 61 pages" in text
    assert "At least one instruction was not met" in text


def test_late_receipt_is_reported_as_not_met(raw: dict[str, Any]) -> None:
    changed = deepcopy(raw)
    changed["records"]["offers"]["offers"][2]["received"] = "30 April 2027, 2:01 p.m."
    assert "Not met: 30 April 2027, 2:01 p.m." in _text("CMP", _computed(changed))


def test_unbalanced_offer_is_not_called_balanced(raw: dict[str, Any]) -> None:
    changed = deepcopy(raw)
    changed["records"]["offers"]["offers"][3]["prices"][0] = "24602330.00"
    text = _text("PCA", _computed(changed))
    assert "No offer is found to be unbalanced" not in text


@pytest.mark.parametrize("code", ["PCA", "PNM", "RESP", "ANN", "SF26", "AWL", "CAR", "CAS", "CORL"])
def test_sole_source_award_needs_no_competition(code: str, raw: dict[str, Any]) -> None:
    changed = deepcopy(raw)
    changed["facts"]["project"]["competition"] = "sole_source"
    changed["facts"].pop("security")
    changed["facts"]["furnished"] = []
    changed["facts"]["key_personnel"] = []
    changed["records"]["offers"]["offers"] = changed["records"]["offers"]["offers"][:1]
    for record in ("consensus", "debriefings", "amendments"):
        changed["records"].pop(record, None)
    changed["records"]["decision"].pop("responsibility_findings")
    text = _text(code, _computed(changed))
    assert "Meridian" not in text
    assert "full and open competition." not in text, f"{code} claims competition"


@pytest.mark.parametrize("code", CODES)
def test_documents_follow_facts_of_another_acquisition(code: str, raw: dict[str, Any]) -> None:
    changed = deepcopy(raw)
    changed["facts"]["project"] |= {"competition": "set_aside", "set_aside": "Small business"}
    changed["facts"]["evaluation"]["negotiations"] = True
    changed["facts"]["evaluation"]["approach"] = "lpta"
    changed["records"]["decision"]["awardee"] = "C"
    changed["records"]["decision"] |= {"reasons": {}, "tradeoff": []}
    changed["records"]["debriefings"]["debriefings"] *= 2
    changed["records"]["debriefings"]["debriefings"][1] = {
        "offer": "A",
        "requested": "2027-09-08",
        "held": "2027-09-10",
    }
    text = _text(code, _computed(changed))
    assert "{{" not in text, f"{code} shows an unfilled key"


def test_lowest_price_award_makes_no_trade_off(raw: dict[str, Any]) -> None:
    changed = deepcopy(raw)
    changed["facts"]["evaluation"]["approach"] = "lpta"
    changed["records"]["decision"]["tradeoff"] = []
    text = _flat(_text("SSDD", _computed(changed)))
    assert "allows no trade-off" in text
    assert "$6,334,568.00" not in text, "no premium is weighed when the lowest price decides"


def test_every_table_of_the_evaluation_is_used() -> None:
    guidance = "".join(
        s.standard_text for code in AFTER_CLOSING for s in guidance_for(code).sections
    )
    for name in TABLES:
        assert f"table.{name} " in guidance, f"no document shows the table {name}: remove it"


def test_missing_decision_is_named_instead_of_printed_empty(raw: dict[str, Any]) -> None:
    changed = deepcopy(raw)
    changed["records"].pop("decision")
    with pytest.raises(UnknownKey):
        _text("SF26", _computed(changed))
