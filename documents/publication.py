"""From a contract file to what is published: the cover of a document, the facts of the package.

The consistency checks read the text that is really in the files, so a slip of an agent, of a
person or of a renderer is found before a phase is left.
"""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Protocol

from documents.catalog import DocumentType
from documents.compose import long_date
from documents.computed import Computed, Package
from documents.facts import Facts, Records
from documents.package_facts import package_facts, winner_of
from documents.plan import Assignee
from documents.rendering import (
    Converter,
    Cover,
    Rendered,
    Signer,
    convert_docx,
    extract_pdf_text,
    extract_tables,
    extract_text,
    render,
)
from documents.vocabulary import Position, Sensitivity
from rules.checks import Approval, DocumentText, Finding, run_checks
from rules.evaluation import total_price

AFTER_AWARD = frozenset({"SF26", "AWL", "UNS", "CAS", "CAR", "JAP", "CORL"})
"""Documents that carry the number of the contract; the others carry that of the solicitation."""


class ContractFile(Protocol):
    """What this module reads of a project."""

    @property
    def facts(self) -> Facts: ...
    @property
    def records(self) -> Records: ...
    @property
    def package(self) -> Package: ...
    def computed(self) -> Computed: ...
    def row(self, code: str) -> DocumentType: ...


class Signature(Protocol):
    @property
    def position(self) -> Position: ...
    @property
    def person(self) -> str: ...
    @property
    def sha256(self) -> str: ...
    @property
    def delegated_from(self) -> str: ...


class Version(Protocol):
    """An approved version, by the hashes of its files."""

    @property
    def code(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def sensitivity(self) -> Sensitivity: ...
    @property
    def docx_sha256(self) -> str: ...
    @property
    def pdf_sha256(self) -> str: ...
    @property
    def pages(self) -> int: ...
    @property
    def drafter(self) -> str: ...
    @property
    def approvals(self) -> Sequence[Signature]: ...


class Publisher:
    """Renders text into files, and reads files back for the checks. It blocks: use a thread."""

    def __init__(self, converter: Converter) -> None:
        self._converter = converter

    def render(
        self,
        file: ContractFile,
        code: str,
        version: int,
        signers: Iterable[Assignee],
        content: str,
    ) -> Rendered:
        """Render Markdown with every key filled. Raises a ``RenderingError``."""
        return render(content, cover_for(file, code, version, signers), self._converter)

    def convert(self, docx: bytes) -> tuple[Rendered, str]:
        """A DOCX as it is, its PDF, and its text. Raises UnsafeDocument or ConversionFailed."""
        return convert_docx(docx, self._converter), extract_text(docx)

    def check(
        self,
        file: ContractFile,
        versions: Iterable[Version],
        blobs: Mapping[str, bytes],
        quoted: Iterable[Computed] = (),
        quotations: Iterable[str] = (),
    ) -> tuple[Finding, ...]:
        """Run every check over the versions; ``blobs`` are the bytes of their files by SHA-256.

        ``quoted`` are the same facts with calendars that were frozen into some of the versions,
        ``quotations`` the passages of named sources that the versions may print.
        """
        facts = package_facts(file, quoted, quotations)
        return run_checks(facts, read_documents(file, versions, blobs))


def cover_for(file: ContractFile, code: str, version: int, signers: Iterable[Assignee]) -> Cover:
    """What stands around the text of one version. Raises KeyError for an unknown code."""
    row, project = file.row(code), file.facts.project
    day = long_date(file.computed().dates[row.dated])
    return Cover(
        layout=row.layout,
        code=code,
        title=row.title,
        subtitle=project.title,
        agency=project.agency,
        office=project.office.name,
        piid=project.contract_piid if code in AFTER_AWARD else project.solicitation_piid,
        marking=row.sensitivity.marking,
        version=f"{version}.0",
        date=day,
        distribution=_distribution(row.sensitivity, project.office.name, day),
        signers=tuple(
            Signer(name=signer.name, position=signer.position.label) for signer in signers
        ),
        form_number=row.form_number,
    )


def _distribution(sensitivity: Sensitivity, office: str, day: str) -> str:
    """The distribution statement (DoDI 5230.24), or the limit of FAR 3.104-4."""
    match sensitivity:
        case Sensitivity.PUBLIC:
            return (
                "DISTRIBUTION STATEMENT A. Approved for public release. Distribution is unlimited."
            )
        case Sensitivity.INTERNAL:
            return (
                "DISTRIBUTION STATEMENT B. Distribution authorized to U.S. Government agencies "
                f"only; administrative or operational use; {day}. "
                f"Other requests shall be referred to {office}."
            )
        case Sensitivity.SOURCE_SELECTION:
            return (
                "Disclosure is limited to persons authorized by the contracting officer or the "
                "head of the agency (FAR 3.104-4)."
            )


def read_documents(
    file: ContractFile, versions: Iterable[Version], blobs: Mapping[str, bytes]
) -> tuple[DocumentText, ...]:
    """The text that is really in the files of each version; ``blobs`` are their bytes by SHA-256.

    Blocking: call it on a thread. Raises UnsafeDocument or ConversionFailed for damaged files.
    """
    return tuple(
        DocumentText(
            code=version.code,
            title=version.title,
            sensitivity=version.sensitivity.value,
            text=extract_text(blobs[version.docx_sha256]),
            tables=extract_tables(blobs[version.docx_sha256]),
            version=file.package[version.code].version if version.code in file.package else 1,
            pdf_text=extract_pdf_text(blobs[version.pdf_sha256]),
            pages=version.pages,
            sha256=version.docx_sha256,
            drafter=version.drafter,
            approvals=tuple(
                Approval(
                    position=approval.position.label,
                    person=approval.person,
                    sha256=approval.sha256,
                    delegated_from=approval.delegated_from,
                )
                for approval in version.approvals
            ),
        )
        for version in versions
    )


def action_value(file: ContractFile) -> Decimal:
    """What the action is worth, options included, in USD: the award's price once it is decided.

    Blocking: call it on a thread. Raises InvalidFacts.
    """
    computed = file.computed()
    winner = winner_of(computed.records)
    return total_price(winner) if winner else computed.estimate.total
