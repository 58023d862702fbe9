"""The package of a sample acquisition as its documents really read: composed, rendered, read back.

Rendering takes some seconds for each sample, so a package is made once for a test run.
"""

from contextlib import closing
from dataclasses import dataclass, field
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

import yaml

from documents.catalog import BY_CODE, DocumentType
from documents.compose import DraftSection, compose
from documents.computed import Computed, PackageEntry, compute
from documents.context import context
from documents.facts import Facts, Records, parse_facts
from documents.guidance import guidance_for
from documents.package_facts import package_facts
from documents.plan import PlannedDocument
from documents.planning import plan_for
from documents.publication import cover_for
from documents.rendering import (
    EmbeddedConverter,
    extract_pdf_text,
    extract_tables,
    extract_text,
    render,
)
from rules.checks import Approval, DocumentText, PackageFacts

_SAMPLES = Path(__file__).parents[3] / "samples"


@dataclass(frozen=True, slots=True)
class RealPackage:
    facts: PackageFacts
    documents: tuple[DocumentText, ...]


@dataclass(frozen=True, slots=True)
class _File:
    """A contract file held in memory; ``package`` grows as documents are approved."""

    state: Computed
    package: dict[str, PackageEntry] = field(default_factory=dict[str, PackageEntry])

    @property
    def facts(self) -> Facts:
        return self.state.facts

    @property
    def records(self) -> Records:
        return self.state.recorded

    def computed(self) -> Computed:
        return self.state

    def row(self, code: str) -> DocumentType:
        return BY_CODE[code]


@cache
def real_package(sample: str) -> RealPackage:
    """Every planned document of a sample, signed by the people whom the plan names."""
    raw: dict[str, Any] = yaml.safe_load((_SAMPLES / f"{sample}.yaml").read_text("utf-8"))
    facts, records = parse_facts(raw["facts"]), Records.model_validate(raw["records"])
    file = _File(compute(facts, records))
    with closing(EmbeddedConverter()) as converter:
        documents = [
            _approved(file, planned, converter)
            for planned in plan_for(facts, records=records).documents
        ]
    return RealPackage(package_facts(file), tuple(documents))


def _approved(file: _File, planned: PlannedDocument, converter: EmbeddedConverter) -> DocumentText:
    row = BY_CODE[planned.code]
    sections = [
        DraftSection(section.title, section.standard_text)
        for section in guidance_for(row.code).sections
    ]
    text = compose(sections, context(file.state, row, file.package, 1))
    files = render(text, cover_for(file, row.code, 1, planned.approvers), converter)
    file.package[row.code] = PackageEntry(
        row.code, row.title, 1, file.state.dates[row.dated], files.pages
    )
    digest = sha256(files.docx).hexdigest()
    return DocumentText(
        code=row.code,
        title=row.title,
        sensitivity=row.sensitivity,
        text=extract_text(files.docx),
        tables=extract_tables(files.docx),
        pdf_text=extract_pdf_text(files.pdf),
        pages=files.pages,
        sha256=digest,
        drafter=planned.drafter.name,
        approvals=tuple(
            Approval(position=signer.position.label, person=signer.name, sha256=digest)
            for signer in planned.approvers
        ),
    )
