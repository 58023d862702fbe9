"""Is the package complete, and does it agree with itself? Asked of the files on disk alone."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from demo.acquisition import Sample
from demo.package import Package
from documents.catalog import BY_CODE, DocumentType
from documents.computed import Computed, PackageEntry, compute
from documents.facts import Facts, Records, parse_facts, parse_record
from documents.planning import plan_for
from documents.publication import package_facts
from documents.rendering import extract_pdf_text, extract_tables, extract_text, page_count
from documents.vocabulary import RecordKind
from rules.checks import Approval, DocumentText, run_checks


@dataclass(frozen=True, slots=True)
class _StatedFile:
    """The contract file as the sample states it, independent of what the database says."""

    facts: Facts
    records: Records
    package: Mapping[str, PackageEntry]

    def computed(self) -> Computed:
        return compute(self.facts, self.records)

    def row(self, code: str) -> DocumentType:
        return BY_CODE[code]


def verify(package: Package, sample: Sample) -> list[str]:
    """Every problem of the package, one sentence each; empty when it is sound."""
    facts = parse_facts(sample.facts)
    records = Records.model_validate(
        {kind: parse_record(RecordKind(kind), body) for kind, body in sample.records.items()}
    )
    problems = [*_missing(package, facts), *_damaged(package)]
    if problems:
        return problems
    computed = compute(facts, records)
    entries = {
        entry["code"]: PackageEntry(
            code=entry["code"],
            title=entry["title"],
            version=entry["version"],
            date=_dated(computed, entry["code"]),
            pages=entry["page_count"],
        )
        for entry in package.entries
    }
    stated = package_facts(_StatedFile(facts, records, entries))
    texts = [_read(package, entry) for entry in package.entries]
    return [finding.sentence for finding in run_checks(stated, texts)]


def _missing(package: Package, facts: Facts) -> list[str]:
    there = {entry["code"]: entry for entry in package.entries}
    problems: list[str] = []
    for document in plan_for(facts).documents:
        entry = there.get(document.code)
        if entry is None:
            problems.append(f"{document.code} is missing from the package")
        elif entry["status"] != "approved":
            problems.append(f"{document.code} is {entry['status']}, not approved")
        else:
            signed = [approval["position"] for approval in entry["approvals"]]
            wanted = [approver.position.value for approver in document.approvers]
            if signed != wanted:
                problems.append(f"{document.code} is signed by {signed}, not by {wanted}")
    return problems


def _damaged(package: Package) -> list[str]:
    problems: list[str] = []
    for entry in package.entries:
        for kind, file in entry["files"].items():
            content = (package.folder / file["file"]).read_bytes()
            if not content or hashlib.sha256(content).hexdigest() != file["sha256"]:
                problems.append(f"{file['file']} does not have the hash that index.json states")
            if kind == "pdf" and page_count(content) != entry["page_count"]:
                problems.append(f"{file['file']} does not have {entry['page_count']} pages")
        for approval in entry["approvals"]:
            if approval["sha256"] != entry["files"]["docx"]["sha256"]:
                problems.append(f"{entry['code']}: {approval['name']} signed other content")
    return problems


def _dated(computed: Computed, code: str) -> date:
    return computed.dates[BY_CODE[code].dated]


def _read(package: Package, entry: Mapping[str, Any]) -> DocumentText:
    files = entry["files"]
    docx = (package.folder / files["docx"]["file"]).read_bytes()
    return DocumentText(
        code=entry["code"],
        title=entry["title"],
        sensitivity=entry["sensitivity"],
        text=extract_text(docx),
        tables=extract_tables(docx),
        version=entry["version"],
        pdf_text=extract_pdf_text((package.folder / files["pdf"]["file"]).read_bytes()),
        pages=entry["page_count"],
        sha256=files["docx"]["sha256"],
        drafter=entry["drafter"],
        approvals=tuple(
            Approval(
                position=BY_CODE[entry["code"]].approvers[step].label,
                person=approval["name"],
                sha256=approval["sha256"],
            )
            for step, approval in enumerate(entry["approvals"])
        ),
    )
