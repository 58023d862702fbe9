"""A finished package as a folder: is it complete, undamaged, and does it agree with itself?

The folder holds ``index.json``, ``facts.json``, ``records.json`` and, for each document, the DOCX
and the PDF that the index names.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from documents.catalog import BY_CODE, DocumentType
from documents.computed import Computed, PackageEntry, compute
from documents.facts import Facts, Records, parse_facts, parse_record
from documents.package_facts import package_facts
from documents.planning import plan_for
from documents.rendering import extract_pdf_text, extract_tables, extract_text, page_count
from documents.vocabulary import Position, RecordKind
from rules.checks import Approval, DocumentText, Finding, run_checks

INDEX, FACTS, RECORDS = "index.json", "facts.json", "records.json"


class PackageUnreadable(ValueError):
    """The folder holds no package, or not all of it; the message names what is missing."""


class IndexedFile(BaseModel):
    file: str
    sha256: str


class IndexedApproval(BaseModel):
    position: Position
    name: str
    sha256: str
    delegated_from: str = ""


class IndexedFiles(BaseModel):
    docx: IndexedFile
    pdf: IndexedFile


class IndexedDocument(BaseModel):
    """One document as the index states it."""

    code: str
    title: str
    sensitivity: str
    drafter: str
    version: int
    status: str
    files: IndexedFiles
    page_count: int
    approvals: tuple[IndexedApproval, ...]
    quotations: tuple[str, ...] = ()
    """What it prints of named sources, word for word with the source."""


class Index(BaseModel):
    project: str
    documents: tuple[IndexedDocument, ...]


@dataclass(frozen=True, slots=True)
class PackageOnDisk:
    """The package of one folder. Reading the files blocks: use a thread where that matters."""

    folder: Path
    index: Index

    @classmethod
    def open(cls, folder: Path) -> "PackageOnDisk":
        """Read the index; raises ``PackageUnreadable``."""
        raw = _json(folder / INDEX)
        try:
            return cls(folder, Index.model_validate(raw))
        except ValidationError as error:
            raise PackageUnreadable(
                f"{folder / INDEX}: {'; '.join(_problem(item) for item in error.errors())}"
            ) from error

    def stated(self) -> tuple[Facts, Records]:
        """What the package was made from; raises ``PackageUnreadable`` or ``InvalidFacts``."""
        records: dict[str, Any] = _json(self.folder / RECORDS)
        unknown = set(records) - {kind.value for kind in RecordKind}
        if unknown:
            raise PackageUnreadable(f"{self.folder / RECORDS}: unknown {', '.join(unknown)}")
        parsed = {kind: parse_record(RecordKind(kind), body) for kind, body in records.items()}
        return parse_facts(_json(self.folder / FACTS)), Records.model_validate(parsed)

    def bytes_of(self, file: IndexedFile) -> bytes:
        """The content of a file; raises ``PackageUnreadable`` when it is not there."""
        try:
            # Only the name counts: an index must not point out of its folder.
            return (self.folder / Path(file.file).name).read_bytes()
        except OSError as error:
            raise PackageUnreadable(
                f"{file.file} is named in {INDEX} and cannot be read"
            ) from error


@dataclass(frozen=True, slots=True)
class PackageReport:
    """What was found. ``defects`` concern the files, ``findings`` what they say."""

    documents: int
    defects: tuple[str, ...]
    findings: tuple[Finding, ...]

    @property
    def problems(self) -> tuple[str, ...]:
        """Everything that was found, one sentence each."""
        return (*self.defects, *(finding.sentence for finding in self.findings))


@dataclass(frozen=True, slots=True)
class _StatedFile:
    facts: Facts
    records: Records
    package: Mapping[str, PackageEntry]

    def computed(self) -> Computed:
        return compute(self.facts, self.records)

    def row(self, code: str) -> DocumentType:
        return BY_CODE[code]


def examine(package: PackageOnDisk, facts: Facts, records: Records) -> PackageReport:
    """Compare the files with the plan, with the index and, by every check, with the facts.

    Raises ``PackageUnreadable`` for missing files and ``InvalidFacts`` for facts that do not hold.
    """
    computed = compute(facts, records)
    entries = {
        entry.code: PackageEntry(
            code=entry.code,
            title=entry.title,
            version=entry.version,
            date=computed.dates[BY_CODE[entry.code].dated],
            pages=entry.page_count,
        )
        for entry in package.index.documents
        if entry.code in BY_CODE
    }
    quotations = [words for entry in package.index.documents for words in entry.quotations]
    stated = package_facts(_StatedFile(facts, records, entries), (), quotations)
    texts = [_read(package, entry) for entry in package.index.documents if entry.code in BY_CODE]
    return PackageReport(
        documents=len(package.index.documents),
        defects=(*_missing(package, facts, records), *_damaged(package)),
        findings=run_checks(stated, texts),
    )


def _missing(package: PackageOnDisk, facts: Facts, records: Records) -> Iterable[str]:
    there = {entry.code: entry for entry in package.index.documents}
    for code in there.keys() - BY_CODE.keys():
        yield f"{code} is no document of the catalogue"
    for document in plan_for(facts, records=records).documents:
        entry = there.get(document.code)
        if entry is None:
            yield f"{document.code} is missing from the package"
        elif entry.status != "approved":
            yield f"{document.code} is {entry.status}, not approved"
        else:
            signed = [approval.position.value for approval in entry.approvals]
            wanted = [approver.position.value for approver in document.approvers]
            if signed != wanted:
                yield f"{document.code} is signed by {signed}, not by {wanted}"


def _damaged(package: PackageOnDisk) -> Iterable[str]:
    for entry in package.index.documents:
        for file in (entry.files.docx, entry.files.pdf):
            if hashlib.sha256(package.bytes_of(file)).hexdigest() != file.sha256:
                yield f"{file.file} does not have the hash that {INDEX} states"
        if page_count(package.bytes_of(entry.files.pdf)) != entry.page_count:
            yield f"{entry.files.pdf.file} does not have {entry.page_count} pages"
        for approval in entry.approvals:
            if approval.sha256 != entry.files.docx.sha256:
                yield f"{entry.code}: {approval.name} signed other content"


def _read(package: PackageOnDisk, entry: IndexedDocument) -> DocumentText:
    docx = package.bytes_of(entry.files.docx)
    return DocumentText(
        code=entry.code,
        title=entry.title,
        sensitivity=entry.sensitivity,
        text=extract_text(docx),
        tables=extract_tables(docx),
        version=entry.version,
        pdf_text=extract_pdf_text(package.bytes_of(entry.files.pdf)),
        pages=entry.page_count,
        sha256=hashlib.sha256(docx).hexdigest(),
        drafter=entry.drafter,
        approvals=tuple(
            Approval(
                position=approval.position.label,
                person=approval.name,
                sha256=approval.sha256,
                delegated_from=approval.delegated_from,
            )
            for approval in entry.approvals
        ),
    )


def _json(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise PackageUnreadable(f"{path} cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise PackageUnreadable(f"{path} is no JSON: {error}") from error


def _problem(item: Any) -> str:
    return f"{'.'.join(str(part) for part in item['loc'])}: {item['msg']}"
