from contextlib import closing
from dataclasses import dataclass
from decimal import Decimal
from hashlib import sha256

import pytest

from documents.catalog import BY_CODE, DocumentType
from documents.computed import Computed, Package, PackageEntry
from documents.facts import Facts, Records
from documents.plan import Assignee
from documents.publication import cover_for, package_facts, read_documents
from documents.rendering import EmbeddedConverter, render
from documents.vocabulary import Position, Sensitivity
from rules.checks import DocumentText, run_checks
from tests.documents.acquisitions import alms, alms_facts, market_only

SIGNER = Assignee(
    position=Position.CONTRACTING_OFFICER, email="j.okafor@navy.mil", name="J. Okafor"
)


@dataclass(frozen=True, slots=True)
class File:
    """A contract file held in memory."""

    state: Computed
    package: Package

    @property
    def facts(self) -> Facts:
        return self.state.facts

    @property
    def records(self) -> Records:
        return self.state.records

    def computed(self) -> Computed:
        return self.state

    def row(self, code: str) -> DocumentType:
        return BY_CODE[code]


@dataclass(frozen=True, slots=True)
class Signed:
    position: Position
    person: str
    sha256: str
    delegated_from: str = ""


@dataclass(frozen=True, slots=True)
class Version:
    code: str
    title: str
    sensitivity: Sensitivity
    docx_sha256: str
    pdf_sha256: str
    pages: int
    drafter: str
    approvals: tuple[Signed, ...]


@pytest.fixture(scope="module")
def file() -> File:
    state = alms()
    rows = [row for row in BY_CODE.values() if row.required(state)]
    return File(
        state,
        {row.code: PackageEntry(row.code, row.title, 1, state.dates[row.dated], 5) for row in rows},
    )


def text(file: File, code: str, words: str) -> DocumentText:
    row = file.row(code)
    return DocumentText(
        code=code,
        title=row.title,
        sensitivity=row.sensitivity,
        text=f"{file.facts.project.title} {file.facts.project.solicitation_piid} {words}",
        pdf_text="",
        pages=5,
        sha256="0" * 64,
    )


def findings(file: File, check: str, code: str, words: str) -> list[str]:
    found = run_checks(package_facts(file), [text(file, code, words)])
    return [finding.sentence for finding in found if finding.check == check]


def test_every_document_of_the_catalogue_has_a_cover_with_its_marking_and_date(file: File) -> None:
    for code in file.package:
        row = file.row(code)
        cover = cover_for(file, code, 2, [SIGNER])
        assert (cover.title, cover.version, cover.marking) == (
            row.title,
            "2.0",
            row.sensitivity.marking,
        )
        assert cover.signers[0].position == "Contracting Officer"
        assert cover.date.endswith(str(file.state.dates[row.dated].year)), code


@pytest.mark.parametrize(
    ("code", "number"),
    [
        ("PR", "solicitation"),
        ("SSDD", "solicitation"),
        ("SF26", "contract"),
        ("UNS", "contract"),
        ("JAP", "contract"),
    ],
)
def test_documents_after_award_carry_the_number_of_the_contract(
    file: File, code: str, number: str
) -> None:
    project = file.facts.project
    expected = {"solicitation": project.solicitation_piid, "contract": project.contract_piid}
    assert cover_for(file, code, 1, ()).piid == expected[number]


def test_the_distribution_statement_follows_the_sensitivity(file: File) -> None:
    assert "STATEMENT A" in cover_for(file, "PWS", 1, ()).distribution
    assert "STATEMENT B" in cover_for(file, "PR", 1, ()).distribution
    assert "3.104-4" in cover_for(file, "IGCE", 1, ()).distribution


def test_the_package_facts_are_those_of_the_acquisition(file: File) -> None:
    facts = package_facts(file)
    assert facts.igce_total == file.state.estimate.total == Decimal("58294575.84")
    assert facts.awardee
    assert facts.award_total is not None
    assert facts.award_base is not None
    assert facts.clearance == "SECRET"
    assert ("Contracting Officer", "J. Okafor") in facts.holders
    assert [factor.rated for factor in facts.factors].count(False) == 1, "price is not rated"


def test_before_award_there_is_no_award_and_no_offeror_to_leak() -> None:
    facts = package_facts(File(market_only(alms_facts()), {}))
    assert (facts.award_total, facts.awardee, facts.offerors) == (None, "", ())


def test_figures_of_facts_tables_and_rates_may_be_stated_and_no_others(file: File) -> None:
    total, rate = file.state.estimate.total, file.facts.estimate.labour_escalation * 100
    closes = file.state.dates["closing"]
    known = f"The total is ${total:,.2f}, escalated by {rate:.1f} %, on {closes.isoformat()}."
    assert findings(file, "X39", "IGCE", known) == []
    invented = findings(file, "X39", "IGCE", "It costs $12,345.67, up 77.7 %, on 1999-01-01.")
    assert len(invented) == 3, invented


def test_the_text_that_is_checked_is_the_text_in_the_files(file: File) -> None:
    cover = cover_for(file, "PR", 1, [SIGNER])
    with closing(EmbeddedConverter()) as converter:
        files = render("# Need\n\nThe office needs TBD.\n", cover, converter)
    names = [sha256(data).hexdigest() for data in (files.docx, files.pdf)]
    version = Version(
        code="PR",
        title=cover.title,
        sensitivity=Sensitivity.INTERNAL,
        docx_sha256=names[0],
        pdf_sha256=names[1],
        pages=files.pages,
        drafter="A. Rivera",
        approvals=(Signed(Position.CONTRACTING_OFFICER, "A. Rivera", names[0]),),
    )
    blobs = dict(zip(names, (files.docx, files.pdf), strict=True))
    texts = read_documents(file, [version], blobs)
    found = {finding.check for finding in run_checks(package_facts(file), texts)}
    assert "X30" in found, "the placeholder is in the file"
    assert "X36" in found, "the drafter approved, and does not hold the position"
    assert "X37" not in found, "the approval is about these bytes"
