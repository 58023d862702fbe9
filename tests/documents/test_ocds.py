"""Open data: valid, complete for what is public, and silent about everything else."""

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
import yaml

from documents.catalog import BY_CODE
from documents.compose import money
from documents.computed import compute
from documents.facts import Records, parse_facts
from documents.ocds import NothingPublished, Released, compiled, record_package, releases
from documents.planning import plan_for
from documents.vocabulary import Sensitivity
from tests.documents.acquisitions import alms
from tests.documents.ocds_schema import RECORD_PACKAGE, RELEASE

SAMPLES = Path(__file__).parents[2] / "samples"
FIRST = datetime(2027, 1, 4, 15, tzinfo=UTC)
URI = "https://contracting.example/api/projects/alms/ocds"
GATES = {"PSN": ["planning"], "RFP": ["tender"], "AMD": ["tenderAmendment"]}
AFTER = {"SF26": ["award"], "CAS": ["contract"]}


@cache
def _approved() -> tuple[Released, ...]:
    """Every planned document, approved one a day in drafting order."""
    return tuple(
        Released(document.code, document.title, FIRST + timedelta(days=index))
        for index, document in enumerate(plan_for(alms().facts).documents)
    )


def _until(code: str) -> list[Released]:
    """What is approved once that document is."""
    codes = [document.code for document in _approved()]
    return list(_approved()[: codes.index(code) + 1])


def _package(approved: list[Released] | None = None) -> dict[str, Any]:
    return record_package(
        alms(), _approved() if approved is None else approved, uri=URI, publisher="Navy"
    )


def _validate(schema: dict[str, Any], instance: Any) -> None:
    validator = jsonschema_rs.Draft202012Validator(schema, validate_formats=True)
    problems = [
        f"{'/'.join(map(str, error.instance_path))}: {error.message}"
        for error in validator.iter_errors(instance)
    ]
    assert problems == []


def test_a_finished_acquisition_is_a_valid_record_with_a_release_for_each_gate() -> None:
    package = _package()
    _validate(RECORD_PACKAGE, package)
    (record,) = package["records"]
    assert [release["tag"] for release in record["releases"]] == [
        ["planning"],
        ["tender"],
        ["tenderAmendment"],
        ["award"],
        ["contract"],
    ]
    assert package["publishedDate"] == record["releases"][-1]["date"]


@pytest.mark.parametrize("code", [document.code for document in _approved()])
def test_the_data_are_valid_after_every_single_approval(code: str) -> None:
    approved = _until(code)
    try:
        package = _package(approved)
    except NothingPublished:
        assert not {"SSN", "RFI", "PSN"} & {document.code for document in approved}
        return
    _validate(RECORD_PACKAGE, package)


@pytest.mark.parametrize(("code", "tag"), [*GATES.items(), *AFTER.items()])
def test_a_gate_publishes_its_release_and_not_the_next_one(code: str, tag: list[str]) -> None:
    assert releases(alms(), _until(code))[-1]["tag"] == tag


@pytest.mark.parametrize(
    "path", [path for path in SAMPLES.glob("*.yaml") if path.stem != "people"], ids=lambda p: p.stem
)
def test_every_sample_becomes_a_valid_record_up_to_its_contract(path: Path) -> None:
    raw = yaml.safe_load(path.read_text("utf-8"))
    facts = parse_facts(raw["facts"])
    computed = compute(facts, Records.model_validate(raw["records"]))
    approved = [
        Released(document.code, document.title, FIRST + timedelta(days=index))
        for index, document in enumerate(plan_for(facts).documents)
    ]
    package = record_package(computed, approved, uri=URI, publisher=facts.project.agency)
    _validate(RECORD_PACKAGE, package)
    assert package["records"][0]["releases"][-1]["tag"] == ["contract"]


def test_before_the_first_notice_there_is_nothing_to_publish() -> None:
    with pytest.raises(NothingPublished):
        releases(alms(), _until("PR"))


def _secrets() -> set[str]:
    """What must not be known before the award: offerors, their data, the Government's figures."""
    computed = alms()
    offers, consensus = computed.records.offers, computed.records.consensus
    assert offers is not None
    assert consensus is not None
    figures: set[Decimal] = {
        computed.estimate.total,
        computed.estimate.comparison_total,
        *(period.total for period in computed.estimate.periods),
        *(price for offer in offers.offers for price in offer.prices),
        *(sum(offer.prices, Decimal(0)) for offer in offers.offers),
    }
    texts = {
        form for figure in figures for form in (money(figure), str(figure), str(float(figure)))
    }
    texts |= {text for offer in offers.offers for text in (offer.name, offer.uei, offer.cage)}
    return texts | {rating.narrative for rating in consensus.ratings}


def test_nothing_about_offers_or_the_estimate_is_public_before_the_award() -> None:
    codes = [document.code for document in _approved()]
    approved = list(_approved()[: codes.index("SF26")])
    text = json.dumps(_package(approved), ensure_ascii=False)
    assert [secret for secret in _secrets() if secret in text] == []


def test_after_the_award_only_the_winner_is_known() -> None:
    text = json.dumps(_package(), ensure_ascii=False)
    offers = alms().records.offers
    assert offers is not None
    losers = [offer for offer in offers.offers if offer.code != "A"]
    for offer in losers:
        for secret in (offer.name, offer.uei, offer.cage, str(float(sum(offer.prices)))):
            assert secret not in text, f"{offer.code} lost and appears with {secret}"
    assert "Tidewater Logistics Systems LLC" in text
    assert str(float(alms().estimate.total)) not in text


def test_no_internal_or_source_selection_document_is_listed() -> None:
    listed = {
        document["id"]
        for release in releases(alms(), _approved())
        for part in (release.get("planning"), release["tender"], *release.get("awards", ()))
        if part
        for document in part.get("documents", ())
    }
    assert {"PSN", "PWS", "SEC-L", "AMD", "CAS"} <= listed
    assert {code for code in listed if BY_CODE[code].sensitivity is not Sensitivity.PUBLIC} == set()


def test_parts_of_the_solicitation_are_published_with_its_release_not_with_their_approval() -> None:
    issued = next(document.at for document in _approved() if document.code == "RFP")
    tender = releases(alms(), _until("RFP"))[-1]["tender"]
    dates = {document["id"]: document["datePublished"] for document in tender["documents"]}
    assert set(dates.values()) == {issued.strftime("%Y-%m-%dT%H:%M:%SZ")}


def test_award_and_contract_state_the_value_with_and_without_options() -> None:
    last = releases(alms(), _approved())[-1]
    (award,), (contract,) = last["awards"], last["contracts"]
    assert award["value"] == {"amount": 54870412.0, "currency": "USD"}
    assert contract["value"] == {"amount": 13912405.0, "currency": "USD"}
    assert contract["awardID"] == award["id"]
    assert award["suppliers"] == [
        {"id": last["parties"][-1]["id"], "name": award["suppliers"][0]["name"]}
    ]
    assert last["parties"][-1]["roles"] == ["supplier"]


def test_the_closing_is_the_minute_that_the_solicitation_states() -> None:
    tender = releases(alms(), _until("RFP"))[-1]["tender"]
    assert tender["tenderPeriod"]["endDate"] == "2027-04-30T18:00:00Z", "14:00 in Norfolk"


def test_identifiers_begin_with_the_prefix_of_the_publisher() -> None:
    (release, *_) = releases(alms(), _approved(), "ocds-abc123")
    assert release["ocid"] == "ocds-abc123-N0018927R0042"
    assert release["id"].startswith(release["ocid"])


def test_the_compiled_release_has_the_latest_of_everything_once() -> None:
    made = releases(alms(), _approved())
    merged = compiled(made)
    _validate(RELEASE, merged)
    assert merged["tag"] == ["compiled"]
    assert merged["planning"] == made[0]["planning"], "what is not said again stays"
    assert merged["tender"]["status"] == "complete"
    assert [party["roles"] for party in merged["parties"]] == [
        ["buyer"],
        ["procuringEntity"],
        ["supplier"],
    ]
    items = [item["id"] for item in merged["tender"]["items"]]
    assert len(items) == len(set(items)) == len(alms().estimate.line_items)
    assert compiled(reversed(made)) == merged, "the order of the dates counts, not of the list"
    assert made == releases(alms(), _approved()), "merging changes no release"


def test_a_misspelled_field_would_be_caught() -> None:
    release = releases(alms(), _approved())[0]
    release["tender"]["procurmentMethod"] = "open"
    with pytest.raises(AssertionError, match="procurmentMethod"):
        _validate(RELEASE, release)
