from collections.abc import Mapping
from datetime import date
from decimal import Decimal

import pytest

from rules.checks import (
    Approval,
    DocumentText,
    Figures,
    PackageFacts,
    PackagePeriod,
    figures_in,
    run_checks,
)
from rules.citations import Regime
from rules.clause_facts import ClauseFacts
from tests.rules.checks.clean import BODIES, FACTS, HEADER, documents


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
    ("X03", {"IGCE": BODIES["IGCE"].replace("Total $1,500,000.50", "")}, "estimate's total"),
    ("X03", {"SF26": BODIES["SF26"].replace("base value $900,000.00", "")}, "$900,000.00 of the"),
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
    ("X29", {"PSN": BODIES["PSN"] + " Estimated at USD 1,500,000.50."}, "must not be released"),
    ("X29", {"PSN": BODIES["PSN"] + " Estimated at 1.5 million dollars."}, "must not be released"),
    ("X30", {"PWS": BODIES["PWS"] + " Delivery date TBD."}, "'TBD'"),
    ("X30", {"PWS": BODIES["PWS"] + " [Insert name here]"}, "[Insert"),
    ("X30", {"PWS": BODIES["PWS"] + " {{ igce.total }}"}, "'{{'"),
    ("X30", {"PWS": BODIES["PWS"] + " Building XXX."}, "'XXX'"),
    ("X39", {"PWS": BODIES["PWS"] + " At most $750,000."}, "$750,000"),
    ("X39", {"PWS": BODIES["PWS"].replace("99.5 %", "99.9 %")}, "99.9 %"),
    ("X39", {"SEC_B": BODIES["SEC-B"].replace("2027-03-16", "2027-03-17")}, "2027-03-17"),
    ("X39", {"PWS": BODIES["PWS"] + " At most 750,000 dollars."}, "750,000 dollars"),
    ("X39", {"PWS": BODIES["PWS"] + " It lasts 99 months."}, "99 months is not a duration"),
    ("X39", {"PWS": BODIES["PWS"] + " It ends in May 2031."}, "May 2031 is not a month"),
    ("X39", {"PWS": BODIES["PWS"] + " It ends on 30 February 2031."}, "no day of the calendar"),
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
    assert len(found) == 3, "title, number and agency"


def test_a_gap_between_periods_is_found() -> None:
    first, second = FACTS.periods
    later = second.model_copy(update={"start": date(2028, 10, 2)})
    facts = FACTS.model_copy(update={"periods": (first, later)})
    assert any("the day after" in sentence for sentence in _findings("X02", (), facts))


def test_lines_that_do_not_add_up_to_the_estimate_are_found() -> None:
    facts = FACTS.model_copy(update={"igce_total": Decimal("1500000.51")})
    assert any("add up to" in sentence for sentence in _findings("X03", (), facts))


LONG = ((date(2027, 10, 1), date(2032, 9, 30)), (date(2032, 10, 1), date(2033, 9, 30)))
TERMS: list[tuple[str, dict[str, object], str]] = [
    ("codified", {"regime": Regime.FAR}, "FAR 17.204(e)"),
    ("information technology", {"regime": Regime.FAR, "information_technology": True}, ""),
    ("overhauled", {"regime": Regime.RFO}, ""),
    ("labor standards", {"service_contract_labor_standards": True}, "41 U.S.C. 6707(d)"),
    ("before the table", {"regime": Regime.FAR, "issue": date(2020, 9, 30)}, ""),
]


@pytest.mark.parametrize(("name", "stated", "source"), TERMS, ids=[row[0] for row in TERMS])
@pytest.mark.parametrize("periods", [1, 2], ids=["60 months", "72 months"])
def test_a_term_over_the_limit_that_binds_it_is_told(
    periods: int, name: str, stated: dict[str, object], source: str
) -> None:
    known = ClauseFacts(value=Decimal(1), issue=date(2027, 3, 16)).model_copy(update=stated)
    changes: dict[str, object] = {
        "clause_facts": known,
        "periods": tuple(
            PackagePeriod(title=f"Period {start}", start=start, end=end)
            for start, end in LONG[:periods]
        ),
    }
    found = _findings("X02", (), FACTS.model_copy(update=changes))
    expected = [source] if source and periods == 2 else []
    assert [part for sentence in found for part in [source] if part in sentence] == expected, name
    assert len(found) == len(expected), found


PRINTED = "The Contractor is paid $1,234.50 on 16 March 2027 under a firm-fixed-price contract."


@pytest.mark.parametrize(
    "shown",
    [
        PRINTED.replace("firm-fixed", "firm\ufffe\r\nfixed"),
        PRINTED.replace("16 March", "16\r\nMarch"),
        f"CUI\r\nN0018927R0042\r\n{PRINTED}\r\nPage 1\f16 March 2027\r\nPage 2",
    ],
    ids=["hyphen at the end of a line", "broken line", "headers and footers"],
)
def test_a_pdf_may_break_lines_and_repeat_what_headers_say(shown: str) -> None:
    text = f"{HEADER}{PRINTED}"
    assert _findings("X37", _changed("PWS", text=text, pdf_text=f"{HEADER}{shown}")) == []


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("$1,234.50", "$1,243.50", "1,243.50 in its PDF alone"),
        ("16 March 2027", "17 March 2027", "2027-03-16 in its DOCX alone"),
        ("on 16 March", "under N0018927R0099 on 16 March", "N0018927R0099 in its PDF alone"),
        ("The Contractor", "Tidewater LLC", "a PDF without 'THE, CONTRACTOR'"),
    ],
)
def test_a_pdf_that_says_something_else_than_the_docx_is_found(
    old: str, new: str, message: str
) -> None:
    text = f"{HEADER}{PRINTED}"
    found = _findings("X37", _changed("PWS", text=text, pdf_text=text.replace(old, new)))
    assert any(message in sentence for sentence in found), found


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


@pytest.mark.parametrize(
    "printed",
    [
        "3/16/2027",
        "03-16-2027",
        "3/16/27",
        "2027/03/16",
        "2027\u201103\u201116",
        "16-Mar-2027",
        "16MAR2027",
        "16th of March 2027",
        "March 16th, 2027",
        "March 16 2027",
        "16 March, 2027",
    ],
)
def test_a_date_is_the_same_however_it_is_written(printed: str) -> None:
    found = figures_in(f"Due on {printed}.")
    assert (found.dates, found.months, found.no_dates) == ((date(2027, 3, 16),), (), ())


@pytest.mark.parametrize(
    "printed",
    ["USD 7,500,000", "7,500,000.00 dollars", "7.5M USD", "7.5 million U.S. dollars", "\uff047.5M"],
)
def test_an_amount_is_the_same_however_it_is_written(printed: str) -> None:
    (amount,) = figures_in(f"It costs {printed}.").amounts
    assert amount.value == 7_500_000


def test_periods_and_months_without_a_day_are_read_apart_from_dates() -> None:
    found = figures_in("From May 2027 or 05/2027 for twelve (12) months, or 1.5 years; 16 May 2027")
    assert found.months == (date(2027, 5, 1),) * 2
    assert [duration.months for duration in found.durations] == [12, 18]
    assert found.dates == (date(2027, 5, 16),)
    cells = figures_in("$1,480.00 October 2026")
    assert (cells.amounts[0].value, cells.months) == (1480, (date(2026, 10, 1),))
    assert cells.no_dates == ()


def test_numbers_that_are_no_figures_are_left_alone() -> None:
    found = figures_in(
        "Call (757) 555-0100, 24/7/365, on paragraph 3.9.20, NSN 6695-01-555-1234 or 0001-01-2027."
    )
    assert found == Figures()


CITED = FACTS.model_copy(
    update={"regime": Regime.RFO, "stated_citations": frozenset({("44 USC", "3541")})}
)


@pytest.mark.parametrize(
    ("text", "unknown"),
    [
        ("RFO 15.108, RFO \u00a7 15.108 and RFO15.108", 0),
        ("section 15.108 of the Federal Acquisition Regulation", 0),
        ("44 U.S.C. \u00a7 3541, title 44, United States Code, section 3541", 0),
        ("section 3541 of title 44", 0),
        ("so far 99.999 miles", 0),
        ("FAR \u00a7 99.999", 1),
        ("FAR52.299-99, 52.299\u201399", 1),
        ("10 U.S.C. \u00a7 99999, section 99998 of title 10", 2),
        ("Executive Order 99999, E.O. 99998, Pub. L. 999-99, Public Law 999-98", 4),
        ("Federal Acquisition Regulation 99.999", 1),
    ],
)
def test_a_citation_is_looked_up_however_it_is_written(text: str, unknown: int) -> None:
    found = _findings("X17", documents(PWS=f"{BODIES['PWS']} See {text}."), CITED)
    assert len([sentence for sentence in found if " PWS: cites " in sentence]) == unknown, found
