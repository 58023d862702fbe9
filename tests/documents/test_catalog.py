"""The catalogue and the plan that is made from it."""

from dataclasses import replace
from typing import Any

import pytest

from documents.catalog import BY_CODE, CATALOG, DocumentType
from documents.computed import Computed
from documents.facts import InvalidFacts, Milestones, parse_facts
from documents.planning import plan_for
from documents.vocabulary import Layout, Phase, Position, Sensitivity
from rules.citations import rule_ids
from tests.documents.acquisitions import alms, alms_facts, raw_facts, solicit_one_source

WAIVER = DocumentType(
    code="WVR",
    title="Waiver",
    category="Strategy",
    phase=Phase.PRE_SOLICITATION,
    drafter=Position.CONTRACT_SPECIALIST,
    approvers=(Position.CONTRACTING_OFFICER,),
    requires=("AP",),
    citations=("acquisition_planning",),
    layout=Layout.NOTICE,
    sensitivity=Sensitivity.INTERNAL,
    dated="strategy_approved",
)


def _refused(raw: dict[str, Any]) -> str:
    with pytest.raises(InvalidFacts) as caught:
        plan_for(parse_facts(raw))
    return "\n".join(caught.value.problems)


def test_every_code_is_unique() -> None:
    codes = [row.code for row in CATALOG]
    assert len(BY_CODE) == len(codes), "two rows of the catalogue share one code"


@pytest.mark.parametrize("row", CATALOG, ids=lambda row: row.code)
def test_a_row_refers_only_to_what_exists(row: DocumentType) -> None:
    missing = [code for code in row.requires if code not in BY_CODE]
    assert not missing, f"{row.code} requires unknown documents {missing}"
    phases = list(Phase)
    later = [
        code for code in row.requires if phases.index(BY_CODE[code].phase) > phases.index(row.phase)
    ]
    assert not later, f"{row.code} requires documents of a later phase: {later}"
    unknown = [rule for rule in row.citations if rule not in rule_ids()]
    assert row.citations, f"{row.code} cites no rule"
    assert not unknown, f"{row.code} cites unknown rules {unknown}"
    dates = {*alms().dates, *Milestones.model_fields, "agency_report"}
    assert row.dated in dates, f"{row.code} is dated by {row.dated!r}, which is no date"
    assert row.drafter not in row.approvers, f"{row.code}: a drafter never approves"


def test_a_plan_holds_each_document_once() -> None:
    codes = [document.code for document in plan_for(alms_facts()).documents]
    assert len(codes) == len(set(codes))


def test_a_plan_lists_documents_after_everything_they_require() -> None:
    documents = plan_for(alms_facts()).documents
    seen: set[str] = set()
    for document in documents:
        early = [code for code in document.requires if code not in seen]
        assert not early, f"{document.code} comes before {early}"
        seen.add(document.code)
    assert [document.order for document in documents] == list(range(1, len(documents) + 1))
    phases = [list(Phase).index(document.phase) for document in documents]
    assert phases == sorted(phases), "documents of a phase stand together"


def test_nobody_approves_a_document_of_their_own_drafting() -> None:
    for document in plan_for(alms_facts()).documents:
        signers = [approver.email for approver in document.approvers]
        assert document.drafter.email not in signers, f"{document.code} is approved by its drafter"


def test_a_drafter_who_would_also_approve_is_refused() -> None:
    raw = raw_facts()
    raw["people"]["price_analyst"] = raw["people"]["program_manager"]
    problems = _refused(raw)
    for words in ("IGCE", "name another person"):
        assert words in problems, problems


def test_a_position_without_a_person_is_refused_with_the_document_that_needs_it() -> None:
    raw = raw_facts()
    del raw["people"]["legal_counsel"]
    problems = _refused(raw)
    for words in ("people.legal_counsel is missing", "SSP"):
        assert words in problems, problems


def test_a_warrant_below_the_value_with_options_is_refused() -> None:
    raw = raw_facts()
    raw["people"]["contracting_officer"]["warrant_usd"] = "58294575.83"
    assert "warrant" in _refused(raw)
    raw["people"]["contracting_officer"]["warrant_usd"] = "58294575.84"
    assert plan_for(parse_facts(raw)).value_with_options == alms().estimate.total


def test_facts_decide_which_documents_are_planned() -> None:
    raw = raw_facts()
    solicit_one_source(raw)
    del raw["security"]
    raw["milestones"].pop("industry_day")
    codes = {document.code for document in plan_for(parse_facts(raw)).documents}
    assert codes.isdisjoint({"DD254", "IND", "SSP", "SEC-M", "SSEB", "SSDD", "UNS", "DBR"})
    assert {"JA", "PNO", "PNM", "JAP"} <= codes, "a sole source is justified and negotiated"


def test_a_new_row_enters_the_plan_behind_what_it_requires() -> None:
    codes = [document.code for document in plan_for(alms_facts(), (*CATALOG, WAIVER)).documents]
    assert codes.index("WVR") > codes.index("AP")
    assert "WVR" not in {document.code for document in plan_for(alms_facts()).documents}


def test_a_row_whose_rule_does_not_hold_stays_out_of_the_plan() -> None:
    def sole_source(computed: Computed) -> bool:
        return not computed.competitive

    row = replace(WAIVER, required=sole_source)
    assert "WVR" not in {d.code for d in plan_for(alms_facts(), (*CATALOG, row)).documents}


def test_rows_that_require_each_other_are_refused_by_name() -> None:
    one = replace(WAIVER, code="ONE", requires=("TWO",))
    two = replace(WAIVER, code="TWO", requires=("ONE",))
    with pytest.raises(ValueError, match=r"ONE.*TWO|TWO.*ONE"):
        plan_for(alms_facts(), (*CATALOG, one, two))
