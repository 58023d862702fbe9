from collections.abc import Mapping
from datetime import date
from decimal import Decimal

import pytest

from rules.checks import Approval, DocumentText, PackageFacts, figures_in, run_checks
from tests.rules.checks.clean import BODIES, FACTS, documents


def _findings(check: str, docs: tuple[DocumentText, ...], facts: PackageFacts = FACTS) -> list[str]:
    return [finding.sentence for finding in run_checks(facts, docs) if finding.check == check]


def test_the_clean_package_has_no_finding() -> None:
    found = [finding.sentence for finding in run_checks(FACTS, documents())]
    assert found == [], "a check reports a contradiction where there is none"


def test_an_empty_package_has_no_finding() -> None:
    assert run_checks(FACTS, ()) == ()


POISON: list[tuple[str, dict[str, str], str]] = [
    ("X01", {"PSN": BODIES["PSN"].replace("541512", "541511")}, "quotes NAICS 541511"),
    ("X01", {"PSN": BODIES["PSN"].replace("$34,000,000", "$30,000,000")}, "size standard"),
    ("X01", {"PSN": BODIES["PSN"].replace("DA01", "DA10")}, "quotes PSC DA10"),
    ("X01", {"PWS": BODIES["PWS"] + " See N0018926R0001."}, "quotes N0018926R0001"),
    ("X01", {"PWS": BODIES["PWS"] + " See N00189-27-R-0042."}, "has no hyphens"),
    (
        "X02",
        {"PSN": BODIES["PSN"].replace("September 30, 2029", "September 30, 2030")},
        "no period of performance",
    ),
    ("X02", {"PSN": BODIES["PSN"].replace("24 months", "36 months")}, "36 months"),
    (
        "X02",
        {"SEC_F": BODIES["SEC-F"].replace("September 30, 2028", "September 29, 2028")},
        "gives Base Period as",
    ),
    ("X03", {"SSP": BODIES["SSP"].replace("$1,500,000.50", "$1.6 million")}, "as the estimate"),
    ("X03", {"IGCE": BODIES["IGCE"].replace("Total $1,500,000.50", "")}, "its total"),
    ("X03", {"CAS": BODIES["CAS"].replace("$1,400,000.00", "$2,500,000.00")}, "as the award"),
    ("X04", {"SEC_B": BODIES["SEC-B"].replace("1002 Data", "")}, "leaves out line item 1002"),
    ("X04", {"SF26": BODIES["SF26"] + " 1003"}, "has line item 1003"),
    ("X04", {"IGCE": BODIES["IGCE"].replace("$500,000.50", "$500,000.51")}, "line item 1001"),
    ("X05", {"SEC_L": BODIES["SEC-L"].replace("Migration", "Delivery")}, "for 'Migration'"),
    ("X05", {"SEC_L": BODIES["SEC-L"].replace("Volume III", "Volume IV")}, "feeds no factor"),
    ("X06", {"SSDD": BODIES["SSDD"] + " Factor 4 was decisive."}, "speaks of Factor 4"),
    (
        "X06",
        {"SSP": BODIES["SSP"].replace("Factor 2: Past Performance", "Factor 1: Past Performance")},
        "it is Factor 2",
    ),
    ("X06", {"SEC_M": BODIES["SEC-M"].replace("Migration", "Delivery")}, "subfactor"),
    (
        "X07",
        {"SEC_M": BODIES["SEC-M"].replace("significantly more important than price", "vital")},
        "none of the phrases",
    ),
    (
        "X07",
        {"SEC_M": BODIES["SEC-M"] + " They are approximately equal to price."},
        "state exactly",
    ),
    ("X10", {"SEC_J": BODIES["SEC-J"].replace("| 12", "| 11")}, "does not give 12"),
    ("X10", {"SEC_J": BODIES["SEC-J"].split("\n")[0]}, "(DD254)"),
    ("X26", {"SEC_I": "52.219-9 Small Business Subcontracting Plan"}, "lacks the security"),
    ("X26", {"PWS": "No access to classified information is required."}, "does not mention"),
    ("X26", {"DD254": "Facility clearance TOP SECRET."}, "names TOP SECRET"),
    ("X29", {"PSN": BODIES["PSN"] + " Estimated at $1.5 million."}, "must not be released"),
    ("X29", {"PWS": BODIES["PWS"] + " Budget 1500000.50."}, "must not be released"),
    ("X29", {"SEC_M": BODIES["SEC-M"] + " See the Source Selection Plan."}, "source selection"),
    ("X29", {"CAS": BODIES["CAS"] + " Meridian Inc. lost."}, "not selected"),
    ("X29", {"CAS": BODIES["CAS"] + " Tidewater LLC was rated Good overall."}, "a rating of"),
    ("X30", {"PWS": BODIES["PWS"] + " Delivery date TBD."}, "'TBD'"),
    ("X30", {"PWS": BODIES["PWS"] + " [Insert name here]"}, "[Insert"),
    ("X30", {"PWS": BODIES["PWS"] + " {{ igce.total }}"}, "'{{'"),
    ("X30", {"PWS": BODIES["PWS"] + " Building XXX."}, "'XXX'"),
    ("X39", {"PWS": BODIES["PWS"] + " At most $750,000."}, "$750,000"),
    ("X39", {"PWS": BODIES["PWS"].replace("99.5 %", "99.9 %")}, "99.9 %"),
    ("X39", {"SEC_B": BODIES["SEC-B"].replace("2027-03-16", "2027-03-17")}, "2027-03-17"),
]


@pytest.mark.parametrize(("check", "bodies", "message"), POISON)
def test_a_poisoned_document_is_found_by_its_check(
    check: str, bodies: Mapping[str, str], message: str
) -> None:
    found = _findings(check, documents(**bodies))
    assert any(message in sentence for sentence in found), found


def _changed(code: str, **changes: object) -> tuple[DocumentText, ...]:
    return tuple(
        document.model_copy(update=changes) if document.code == code else document
        for document in documents()
    )


def test_a_missing_title_or_number_is_found() -> None:
    found = _findings("X01", _changed("PWS", text="Nothing of the kind."))
    assert len(found) == 2


def test_a_gap_between_periods_is_found() -> None:
    first, second = FACTS.periods
    later = second.model_copy(update={"start": date(2028, 10, 2)})
    facts = FACTS.model_copy(update={"periods": (first, later)})
    assert any("the day after" in sentence for sentence in _findings("X02", (), facts))


def test_lines_that_do_not_add_up_to_the_estimate_are_found() -> None:
    facts = FACTS.model_copy(update={"igce_total": Decimal("1500000.51")})
    assert any("add up to" in sentence for sentence in _findings("X03", (), facts))


def test_a_missing_attachment_is_found() -> None:
    without = tuple(document for document in documents() if document.code != "DD254")
    assert any("not approved yet" in sentence for sentence in _findings("X10", without))
    assert any("add the DD Form 254" in sentence for sentence in _findings("X26", without))


def test_a_leak_that_only_the_pdf_shows_is_found() -> None:
    docs = _changed("PSN", pdf_text="Government estimate $1,500,000.50")
    assert any("must not be released" in sentence for sentence in _findings("X29", docs))


def test_an_internal_document_may_state_the_estimate() -> None:
    assert _findings("X29", _changed("PSN", sensitivity="internal")) == []


def test_a_registered_open_item_is_no_placeholder() -> None:
    docs = documents(PWS=BODIES["PWS"] + " Pier number TBD.")
    facts = FACTS.model_copy(update={"open_items": frozenset({"Pier number TBD"})})
    assert _findings("X30", docs) != []
    assert _findings("X30", docs, facts) == []


def test_the_drafter_may_not_approve() -> None:
    own = Approval(position="Contracting Officer", person="Rivera", sha256="sha-PWS")
    found = _findings("X36", _changed("PWS", approvals=(own,)))
    assert any("by its drafter Rivera" in sentence for sentence in found)
    assert any("does not hold" in sentence for sentence in found)


def test_an_approval_of_other_bytes_is_found() -> None:
    found = _findings("X37", _changed("PWS", sha256="sha-other"))
    assert any("ask for the approval again" in sentence for sentence in found)


def test_a_placeholder_blocks_and_the_sentence_says_where() -> None:
    (finding, *_) = run_checks(FACTS, documents(PWS=BODIES["PWS"] + " TBD"))
    assert finding.blocks
    assert finding.sentence.startswith("X30 PWS: still contains")


def test_figures_are_read_in_every_form_documents_use() -> None:
    found = figures_in(
        "$1,234.50, $58.29 million, $900,000 and $ 12; 99.50 % or 3 percent; "
        "2027-03-16, 16 March 2027, Mar. 16, 2027, 2027-02-30"
    )
    assert [amount.value for amount in found.amounts] == [
        Decimal("1234.50"),
        Decimal("58290000"),
        Decimal(900_000),
        Decimal(12),
    ]
    assert found.amounts[1].stands_for(Decimal("58294575.84"))
    assert not found.amounts[0].stands_for(Decimal("1234.51"))
    assert found.percents == (Decimal("99.5"), Decimal(3))
    assert found.dates == (date(2027, 3, 16),) * 3
