"""The checks on the samples as their documents really read: clean as they are, caught if poisoned.

A poison changes one line of one document, one signature or one fact. It has to be found by the
check whose id the test bears; other checks may find it as well.
"""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest

from rules.checks import CHECKS, DocumentText, PackageFacts, Severity, run_checks
from rules.checks.package import Package
from tests.rules.checks.real import RealPackage, real_package

SAMPLES = ("alms", "depot-maintenance", "bridge", "alms-118m")

Poison = Callable[[RealPackage], RealPackage]


def line(code: str, old: str, new: str) -> Poison:
    """Replace words of one document, in its text, its tables and its PDF."""

    def apply(package: RealPackage) -> RealPackage:
        original = _document(package, code)
        assert old in original.text, f"{code} no longer says {old!r}: choose another line"
        return _with(
            package,
            original.model_copy(
                update={
                    "text": original.text.replace(old, new),
                    "pdf_text": original.pdf_text.replace(old, new),
                    "tables": tuple(
                        tuple(tuple(cell.replace(old, new) for cell in row) for row in table)
                        for table in original.tables
                    ),
                }
            ),
        )

    return apply


def changed(code: str, **fields: object) -> Poison:
    """Change what is known about one document."""
    return lambda package: _with(package, _document(package, code).model_copy(update=fields))


def entry(code: str, label: str, new: str) -> Poison:
    """Replace what a form states beside a label."""

    def apply(package: RealPackage) -> RealPackage:
        original = _document(package, code)
        (old,) = {row[1] for row in original.rows() if row[0] == label}
        tables = tuple(
            tuple((label, new, *row[2:]) if row[0] == label else row for row in table)
            for table in original.tables
        )
        text = original.text.replace(f"{label}\n{old}", f"{label}\n{new}")
        return changed(code, text=text, tables=tables)(package)

    return apply


def pdf_line(code: str, old: str, new: str) -> Poison:
    """Replace words in the PDF of a document, whose DOCX stays as it is."""

    def apply(package: RealPackage) -> RealPackage:
        shown = _document(package, code).pdf_text
        assert old in shown, f"the PDF of {code} no longer says {old!r}: choose another line"
        return changed(code, pdf_text=shown.replace(old, new))(package)

    return apply


def signed(code: str, index: int, **fields: object) -> Poison:
    """Change one signature of a document."""

    def apply(package: RealPackage) -> RealPackage:
        document = _document(package, code)
        approvals = list(document.approvals)
        approvals[index] = approvals[index].model_copy(update=fields)
        return _with(package, document.model_copy(update={"approvals": tuple(approvals)}))

    return apply


def without(code: str) -> Poison:
    """Take one document out of the package."""
    return lambda package: RealPackage(
        package.facts, tuple(document for document in package.documents if document.code != code)
    )


def facts(change: Callable[[PackageFacts], dict[str, object]]) -> Poison:
    """Change facts under documents that stay as they are."""
    return lambda package: RealPackage(
        package.facts.model_copy(update=change(package.facts)), package.documents
    )


def _document(package: RealPackage, code: str) -> DocumentText:
    return next(document for document in package.documents if document.code == code)


def _with(package: RealPackage, changed: DocumentText) -> RealPackage:
    return RealPackage(
        package.facts,
        tuple(
            changed if document.code == changed.code else document for document in package.documents
        ),
    )


POISON: dict[str, tuple[str, Poison]] = {
    "X01": ("alms", line("PSN", "541512", "541511")),
    "X02": ("alms", line("SEC-F", "30 September 2029", "29 September 2029")),
    "X03": ("alms", line("SBCR", "$58,294,575.84", "$58,294,575.48")),
    "X04": ("alms", line("SF26", "4010", "4011")),
    "X05": ("alms", line("SEC-L", "Volume IV", "Volume VI")),
    "X06": ("alms", line("SEC-M", "Management and Staffing", "Management and Personnel")),
    "X07": ("alms", line("SEC-M", "significantly more important", "somewhat more important")),
    "X08": ("alms", line("PRS", "3.2.1", "3.2.9")),
    "X09": ("alms", line("CDRL", "PWS 3.9.1", "PWS 3.9.9")),
    "X10": ("alms", changed("PWS", pages=99)),
    "X11": ("alms", line("SEC-C", "The documents in the table", "The statement of objectives")),
    "X12": (
        "alms",
        line(
            "PWS",
            "The Contractor shall mitigate critical vulnerabilities.",
            "Critical vulnerabilities shall be mitigated as needed.",
        ),
    ),
    "X13": (
        "alms",
        line("PWS", "fill vacancies among key personnel", "provide 12 FTE at Norfolk"),
    ),
    "X14": ("alms", line("SEC-I", "52.219-9", "52.219-7")),
    "X15": ("alms", line("SEC-L", "52.215-1", "52.215-1 Alternate I")),
    "X16": ("alms", line("SEC-I", "at least 60 days before", "at least 45 days before")),
    "X17": ("alms", line("SSDD", "RFO 15.205", "FAR 15.308")),
    "X18": ("alms", line("AP", "The value is over $900,000", "The value is over $750,000")),
    "X19": ("alms", line("SEC-A", "Friday, 30 April 2027", "Thursday, 30 April 2027")),
    "X20": ("alms", line("RFI", "treated as information only", "appreciated")),
    "X21": ("alms", line("AMD", "7. Solicitation closing date", "Solicitation closing date")),
    "X22": ("alms", changed("SEC-G", version=2)),
    "X23": ("alms", line("QNA", "Changed by amendment 0001", "No change to the solicitation")),
    "X24": ("alms", line("SBCR", "Full and open competition; no", "Set-aside: total")),
    "X25": ("bridge", line("JA", "accurate and complete", "acceptable")),
    "X26": ("alms", line("SEC-I", "52.240-92", "52.240-97")),
    "X27": ("alms", line("SEC-I", "52.245-1", "52.245-7")),
    "X28": ("depot-maintenance", line("WD", "2015-9001", "2015-9091")),
    "X29": ("alms", line("PSN", "None; full", "None; estimated at $58.3 million; full")),
    "X30": ("alms", line("SEC-H", "Ten years managing", "TBD years managing")),
    "X31": ("alms", line("SCORE", "took part: 4.", "took part: 1.")),
    "X32": ("alms", line("SSDD", "$6,334,568.00", "$6,343,568.00")),
    "X33": ("alms", line("UNS", "Your proposal was highly", "Unlike Harborline Digital, it was")),
    "X34": ("alms", line("DBR", "contained no point-by-point", "contained a point-by-point")),
    "X35": ("alms", line("RESP", "it to be responsible", "it to be nonresponsible")),
    "X36": ("alms", signed("PWS", 0, person="M. Castellano")),
    "X37": ("alms", changed("SSDD", sha256="0" * 64)),
    "X38": ("alms", line("CDRL", "Distribution Statement D", "Limited distribution")),
    "X39": ("alms", line("QASP", "98.0%", "97.3%")),
    "X40": ("alms", without("CAR")),
}
"""One poison for each check, by the id of the check."""

MERIDIAN, TIDEWATER = "$61,204,980.00", "$54,870,412.00"
"""What another offeror asked for in the sample, and what was awarded."""
CLEARANCE = "1a. Level of facility clearance required"
ORDER = "Factor 1 is more important than Factor 2, Factor 2"

FURTHER: dict[str, tuple[str, Poison]] = {
    "X01 agency": ("alms", line("PSN", "Department of the Navy", "Department of the Army")),
    "X01 agency of a form": ("alms", line("SF26", "Department of the Navy", "Department of War")),
    "X01 department of the office": (
        "alms",
        line("SEC-A", "Department of the Navy, Fleet", "Department of the Army, Fleet"),
    ),
    "X01 office": ("alms", line("PSN", "Fleet Logistics Contracting", "Fleet Readiness")),
    "X01 office of a form": ("alms", line("SEC-A", "Fleet Logistics Contr", "Army Contr")),
    "X01 code of a form": ("alms", line("SEC-A", "DA01, IT", "DA10, IT")),
    "X02 last day": ("alms", line("PSN", "30 September 2032", "30 September 2031")),
    "X02 security": ("alms", line("DD254", "30 September 2032", "30 September 2031")),
    "X02 options": (
        "alms",
        line("SEC-B", "to 30 September 2032 if", "to 30 September 2031 if"),
    ),
    "X02 completion": (
        "alms",
        line("ANN", "30 September 2032 if all", "30 September 2031 if all"),
    ),
    "X02 first day": (
        "alms",
        line("SEC-F", "performance on 1 October 2027", "performance on 1 October 2028"),
    ),
    **{
        f"X03 price of another in {code}": ("alms", line(code, TIDEWATER, MERIDIAN))
        for code in ("SF26", "UNS", "CAS", "CAR", "ANN", "AWL")
    },
    **{
        f"X03 base of another in {code}": ("alms", line(code, "$13,912,405.00", "$15,480,115.00"))
        for code in ("SF26", "UNS", "CAS", "CAR", "ANN", "AWL")
    },
    **{
        f"X03 estimate in {code}": ("alms", line(code, "$58,294,575.84", MERIDIAN))
        for code in ("AP", "SBCR", "SSP")
    },
    "X03 sentence of the plan": (
        "alms",
        line("AP", "is $58,294,575.84, options", f"is {MERIDIAN}, options"),
    ),
    "X03 announcement": (
        "alms",
        line("ANN", f"cumulative value to {TIDEWATER}", "cumulative value to $58,294,575.84"),
    ),
    "X03 base as total": ("alms", line("CAS", TIDEWATER, "$13,912,405.00")),
    "X03 total of the award": (
        "alms",
        line("SF26", f"options\n{TIDEWATER}", "options\n$13,912,405.00"),
    ),
    "X03 price of a period": ("alms", line("SF26", "$12,674,310.00", "$10,498,220.00")),
    "X03 options": ("alms", line("SF26", "$40,958,007.00", "$40,985,007.00")),
    "X06 order in Section M": (
        "alms",
        line("SEC-M", ORDER, "Factor 2 is more important than Factor 1, Factor 2"),
    ),
    "X06 order in the plan": (
        "alms",
        line("SSP", ORDER, "Factor 2 is more important than Factor 1, Factor 2"),
    ),
    "X06 no order": ("alms", line("SEC-M", ORDER, "Factor 2")),
    "X06 least important": (
        "alms",
        line("SEC-M", "The most important factor", "The least important of the non-price factors"),
    ),
    "X08 no row of surveillance": ("alms", line("QASP", "3.9.2", "3.9.3")),
    "X08 other standard": ("alms", line("PRS", "99.5% per month", "99.4% per month")),
    "X08 no measure": (
        "alms",
        facts(
            lambda stated: {
                "requirements": (stated.requirements[0].model_copy(update={"standard": "Release"}),)
            }
        ),
    ),
    "X09 unknown deliverable": ("alms", line("PWS", "data item A013", "data item A099")),
    "X09 other frequency": ("alms", line("CDRL", "Per site", "Per ship")),
    "X10 date": ("alms", line("PWS", "19 February 2027", "22 February 2027")),
    "X11 contract": ("alms", line("SF26", "Contract clauses", "Statement of objectives")),
    "X12 not binding": (
        "alms",
        line("PWS", "The Contractor shall train", "The Contractor will train"),
    ),
    "X12 support": ("alms", line("PWS", "shall train users before", "shall support users before")),
    "X13 level": ("alms", line("PWS", "shall train users", "shall keep staffing levels")),
    "X14 old text": ("alms", line("SEC-I", "(JAN 2025)", "(OCT 2014)")),
    "X14 no tag": ("alms", line("SEC-I", "(FEB 2026) (DEVIATION)", "(FEB 2026)")),
    "X14 not applicable": ("alms", line("SEC-I", "52.243-1 Alternate I", "52.219-14")),
    "X14 debriefing": ("alms", line("SEC-L", "252.215-7996", "252.215-7016")),
    "X15 statement": ("alms", line("SEC-L", "award without negotiations", "award")),
    "X16 months": ("alms", line("SEC-I", "exceed 60 months", "exceed 66 months")),
    "X16 blank": ("alms", line("SEC-I", "within 30 days before", "within ____ days before")),
    "X16 level": ("alms", line("SEC-I", "Level 2 (C3PAO)", "Level 1 (Self)")),
    "X16 Section B": (
        "alms",
        line("SEC-B", "does not exceed 60 months", "does not exceed 48 months"),
    ),
    "X17 unknown clause": ("alms", line("PWS", "52.222-50", "52.222-59")),
    "X17 unknown number": ("alms", line("PRS", "RFO 37.102-1", "RFO 37.199-1")),
    "X17 rule of another document": ("alms", line("UNS", "RFO 15.207-2", "RFO 15.206-1")),
    "X18 in words": (
        "alms",
        line("AP", "The value is over $900,000", "The value is over 750,000 dollars"),
    ),
    "X18 subject": ("alms", line("ANN", "exceeds $9 million, so", "exceeds $7.5 million, so")),
    "X19 hour": ("alms", line("SEC-L", "2:00 p.m.", "4:00 p.m.")),
    "X19 zone": ("alms", line("SEC-A", "(America/New_York)", "")),
    "X19 questions": ("alms", line("SEC-L", "16 April 2027", "19 April 2027")),
    "X19 block 9": (
        "alms",
        line(
            "SEC-A", "30 April 2027, 2:00 p.m. local time (America/New_York), by", "16 April 2027"
        ),
    ),
    "X19 closing of Section A": (
        "alms",
        entry("SEC-A", "(iv) Closing date and time", "16 May 2027"),
    ),
    "X19 offers due of Section L": ("alms", entry("SEC-L", "Offers due", "16 April 2027")),
    "X19 offers received until": (
        "alms",
        line("SEC-L", "until Friday, 30 April 2027,", "until Friday, 16 April 2027,"),
    ),
    "X19 closing of the notice": (
        "alms",
        line("PSN", "Friday, 30 April 2027", "Friday, 7 May 2027"),
    ),
    "X19 offers due": ("alms", line("RFP", "due on Friday, 30 April", "due on Friday, 16 April")),
    "X19 due date": ("alms", line("DD254", "30 April 2027", "16 April 2027")),
    "X19 planned issue": ("alms", line("PSN", "about 16 March 2027", "about 16 April 2027")),
    "X19 fourteen days of notice": (
        "alms",
        facts(
            lambda stated: {
                "schedule": stated.schedule
                and stated.schedule.model_copy(
                    update={"notice": stated.schedule.notice + timedelta(days=1)}
                )
            }
        ),
    ),
    "X20 contact": ("alms", line("PSN", "contracts@navy.mil, (757) 555-0100", "the office")),
    "X20 all sources": ("alms", line("PSN", "All responsible sources", "Sources")),
    "X20 payment": ("alms", line("RFI", "does not pay for", "is grateful for")),
    "X21 pages": ("alms", changed("AMD", pages=9)),
    "X21 not acknowledged": ("alms", line("RCPT", "0001", "None")),
    "X21 numbers": (
        "alms",
        facts(
            lambda stated: {
                "amendments": (stated.amendments[0].model_copy(update={"number": "0002"}),)
            }
        ),
    ),
    "X22 change not printed": ("alms", line("AMD", "a warranty of three years", "a warranty")),
    "X22 contract": ("alms", line("SF26", "as amended", "as issued")),
    "X23 without amendment": (
        "alms",
        line("QNA", "Hosting is invoiced monthly", "The period is changed: hosting is invoiced"),
    ),
    "X23 source": (
        "alms",
        line("QNA", "Do resumes of key", "Harborline Digital asks: do resumes of key"),
    ),
    "X24 set aside": ("depot-maintenance", line("SEC-A", "total small business", "none")),
    "X24 full and open": (
        "depot-maintenance",
        line("PSN", "The acquisition is set aside", "Full and open competition is used"),
    ),
    "X24 row of the notice": (
        "alms",
        line("PSN", "None; full and open competition", "Total small business"),
    ),
    "X24 row of Section A": (
        "alms",
        line("SEC-A", "Full and open competition; no set-aside", "Total small business set-aside"),
    ),
    "X24 row of the synopsis": ("alms", line("CAS", "None", "8(a) sole source")),
    "X24 row without set-aside": (
        "depot-maintenance",
        line("CAR", "total small business", "No set-aside used"),
    ),
    "X25 approver": ("bridge", signed("JA", -1, position="Contracting Officer")),
    "X25 results": ("bridge", line("JA", "esults", "asons")),
    "X25 barriers": ("bridge", line("JA", "barriers", "things")),
    "X26 item 1a lower": ("alms", entry("DD254", CLEARANCE, "CONFIDENTIAL")),
    "X26 item 1a higher": ("alms", entry("DD254", CLEARANCE, "TOP SECRET")),
    "X26 level": ("alms", line("SEC-H", "the level SECRET", "the level CONFIDENTIAL")),
    "X26 level of the notice": ("alms", line("PSN", "level of SECRET", "level of TOP SECRET")),
    "X27 item": ("alms", line("PWS", "Test copy of the legacy database", "Test copy")),
    "X27 attachment": ("alms", without("GFP")),
    "X28 clause": ("depot-maintenance", line("SEC-I", "52.222-41", "52.222-3")),
    "X28 attachment": ("depot-maintenance", without("WD")),
    "X28 old": (
        "depot-maintenance",
        facts(
            lambda stated: {
                "wage_determinations": tuple(
                    row.model_copy(update={"checked": row.checked - timedelta(days=90)})
                    for row in stated.wage_determinations
                )
            }
        ),
    ),
    **{
        f"X29 {name}": ("alms", line("PSN", "None; full", f"None; {amount}; full"))
        for name, amount in (
            ("line", "$9,068,976.00"),
            ("labor", "$47,735,907.20"),
            ("other costs", "$10,558,668.64"),
            ("rate", "$168.42 an hour"),
        )
    },
    "X30 empty cell": ("alms", line("SEC-F", "30 September 2029", "")),
    "X31 page": ("alms", line("SCORE", "\n14\n", "\n94\n")),
    "X31 rating": ("alms", line("SCORE", "rating: Unacceptable", "rating: Acceptable")),
    "X31 offer left out": ("alms", line("SCORE", "Offeror D: NorthStar", "Offeror E: NorthStar")),
    "X32 price": ("alms", line("SSDD", "$61,204,980.00", "$60,204,980.00")),
    "X32 price analysis": ("alms", line("PCA", "$66,238,685.00", "$66,238,658.00")),
    "X32 signer": ("alms", signed("SSDD", 0, position="Contracting Officer")),
    "X32 frontier": ("alms", line("SSDD", "Meridian", "The other")),
    "X33 price of another": (
        "alms",
        line("UNS", "which was not selected", "priced $52,318,655.00"),
    ),
    "X33 breakdown": ("alms", line("UNS", "Reason.", "Its labor rates were lower. Reason.")),
    "X33 no letter": ("alms", line("UNS", "NorthStar Integrated Services Corp.", "Madam")),
    "X34 item": ("alms", line("DBR", "Make and model", "Other things")),
    "X34 another offeror": (
        "alms",
        line("DBR", "found neither", "found, as with NorthStar Integrated Services, neither"),
    ),
    "X34 before award": (
        "alms",
        line(
            "DBR",
            "found neither",
            "held the preaward debriefing of one of four offerors and found neither",
        ),
    ),
    "X35 registration": (
        "alms",
        facts(
            lambda stated: {
                "offers": tuple(
                    offer.model_copy(update={"sam_active": False}) for offer in stated.offers
                )
            }
        ),
    ),
    "X35 exclusion": (
        "alms",
        facts(
            lambda stated: {
                "offers": tuple(
                    offer.model_copy(update={"excluded": True}) for offer in stated.offers
                )
            }
        ),
    ),
    "X35 warrant": ("alms", facts(lambda _: {"warrant": Decimal("54870411.99")})),
    "X35 responsibility": ("alms", without("RESP")),
    "X35 funds": ("alms", line("SF26", "is subject to the availability", "rests on")),
    "X35 certified funds": ("alms", signed("PR", 0, position="Program Manager")),
    "X35 subcontracting plan": ("alms-118m", without("SUBK")),
    "X36 delegated": (
        "alms",
        signed("SSDD", 0, person="A. Deputy", delegated_from="Capt. L. Brandt"),
    ),
    "X36 not the holder": ("alms", signed("SF26", 0, person="A. Deputy")),
    "X37 awardee of the PDF": (
        "alms",
        pdf_line("SF26", "Tidewater Logistics", "Meridian Federal"),
    ),
    "X37 price of the PDF": ("alms", pdf_line("SF26", TIDEWATER, "$99,870,412.00")),
    "X37 price of another in the PDF": ("alms", pdf_line("SF26", TIDEWATER, MERIDIAN)),
    "X37 closing of the PDF": ("alms", pdf_line("SEC-A", "30 April 2027", "14 May 2027")),
    "X37 number of the PDF": ("alms", pdf_line("SEC-A", "N0018927R0042", "N0018927R0099")),
    "X38 banner": ("alms", changed("SCORE", pdf_text="Evaluation Scorecards")),
    "X40 offers": ("alms", without("RCPT")),
}
"""More poisons, by the id of the check and what is wrong."""


def _found(package: RealPackage, check: str) -> list[str]:
    """What one check says about a package; the others are not run, because they take time."""
    whole = Package(facts=package.facts, documents=package.documents)
    return [problem.message for problem in CHECKS[check].find(whole)]


@pytest.mark.parametrize("sample", SAMPLES)
def test_no_check_finds_anything_in_a_sample(sample: str) -> None:
    package = real_package(sample)
    found = [finding.sentence for finding in run_checks(package.facts, package.documents)]
    assert found == [], "correct the guidance, the facts or the check"


@pytest.mark.parametrize("check", POISON)
def test_one_changed_line_of_the_real_package_is_caught(check: str) -> None:
    sample, poison = POISON[check]
    assert _found(poison(real_package(sample)), check), f"{check} does not see it"


@pytest.mark.parametrize("name", FURTHER)
def test_further_changes_of_the_real_package_are_caught(name: str) -> None:
    sample, poison = FURTHER[name]
    check = name.split()[0]
    assert _found(poison(real_package(sample)), check), f"{check} does not see it"


def test_each_of_the_forty_checks_has_its_own_poison() -> None:
    assert list(POISON) == list(CHECKS) == [f"X{number:02}" for number in range(1, 41)]


def test_clear_duties_staffing_and_the_file_index_only_warn() -> None:
    warning = {row.id for row in CHECKS.values() if row.severity is Severity.WARNS}
    assert warning == {"X12", "X13", "X40"}


@pytest.mark.parametrize("sample", SAMPLES)
def test_a_package_that_is_not_finished_is_clean(sample: str) -> None:
    package = real_package(sample)
    for end in range(0, len(package.documents), 12):
        found = run_checks(package.facts, package.documents[:end])
        early = [finding.sentence for finding in found if finding.check != "X40"]
        assert early == [], f"a check asks for what comes after the first {end} documents"


@pytest.mark.parametrize("check", POISON)
def test_a_message_is_a_short_sentence(check: str) -> None:
    sample, poison = POISON[check]
    for message in _found(poison(real_package(sample)), check):
        assert message.endswith("."), f"not a sentence: {message}"
        assert len(message) < 350, f"too long to read: {message}"
