"""The consistency checks on demand, over the approved documents of one project."""

import asyncio
import re
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from db.artifacts import ArtifactStore
from db.contract_file import ContractFile, ContractFiles, StoredVersion
from documents.package_facts import package_facts
from documents.publication import read_documents
from documents.vocabulary import Sensitivity
from rules.checks import Finding, run_checks

REMEMBERED = 16
"""How many states of packages a process keeps the findings of."""
SECRET_GATES = frozenset({"G7", "G8", "G9"})
"""What is missing there may tell how the evaluation stands (FAR 3.104)."""
HIDDEN = "Source selection information: only the team sees what is missing."
_SUBJECT = re.compile(r"(?:(G\d+)\.\d+|X\d+ ([A-Z0-9-]+):) ")


@dataclass(frozen=True, slots=True)
class Disclosure:
    """Which of the sentences that checks and gates have said a caller may read."""

    documents: frozenset[str] = frozenset()
    """Codes of the documents that the caller sees."""
    everything: bool = False

    def allows(self, sentence: str) -> bool:
        """Decided by the gate or document that the sentence begins with.

        What is about the whole package, or does not say what it is about, may quote any document.
        """
        about = _SUBJECT.match(sentence)
        if self.everything or about is None:
            return self.everything
        gate, document = about.groups()
        return document in self.documents if document else gate not in SECRET_GATES

    def of(self, sentences: Sequence[str]) -> list[str]:
        """The sentences that the caller may read; one more stands for all others."""
        allowed = [sentence for sentence in sentences if self.allows(sentence)]
        return allowed if len(allowed) == len(sentences) else [*allowed, HIDDEN]


@dataclass(frozen=True, slots=True)
class Checked:
    """What the checks found in the approved documents as they stand."""

    file: ContractFile
    documents: tuple[str, ...]
    """Codes of the documents that were read."""
    findings: tuple[Finding, ...]
    secret: frozenset[str]
    """Codes of those with source selection information."""

    def seen(self, *, everything: bool) -> tuple[Finding, ...]:
        """The findings that a caller may read; without ``everything`` none of secret documents."""
        disclosure = Disclosure(
            frozenset(self.documents) - self.secret, everything=everything or not self.secret
        )
        return tuple(finding for finding in self.findings if disclosure.allows(finding.sentence))


_Key = tuple[UUID, str, frozenset[str], str]


@dataclass(slots=True)
class PackageChecks:
    """Runs the checks, one package at a time, and remembers what it found in equal ones."""

    contract_files: ContractFiles
    artifacts: ArtifactStore
    _found: OrderedDict[_Key, tuple[Finding, ...]] = field(
        default_factory=OrderedDict[_Key, tuple[Finding, ...]]
    )
    # Reading DOCX and PDF keeps a processor busy for seconds.
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def run(self, project_id: UUID) -> Checked:
        """Check the approved documents by the text that is really in their files.

        Raises NoFacts or InvalidFacts for a project without a usable package.
        """
        file = await self.contract_files.read(project_id)
        versions = await self.contract_files.approved_versions(project_id)
        hashes = {sha for version in versions for sha in (version.docx_sha256, version.pdf_sha256)}
        signatures = repr([version.approvals for version in versions])
        key = (project_id, file.calendar.version, frozenset(hashes), file.stated + signatures)
        async with self._turn:
            if key not in self._found:
                blobs = {sha256: await self.artifacts.read(sha256) for sha256 in hashes}
                self._found[key] = await asyncio.to_thread(_find, file, versions, blobs)
            self._found.move_to_end(key)
            while len(self._found) > REMEMBERED:
                self._found.popitem(last=False)
            findings = self._found[key]
        return Checked(
            file=file,
            documents=tuple(version.code for version in versions),
            findings=findings,
            secret=frozenset(
                version.code
                for version in versions
                if version.sensitivity is Sensitivity.SOURCE_SELECTION
            ),
        )


def _find(
    file: ContractFile, versions: Iterable[StoredVersion], blobs: Mapping[str, bytes]
) -> tuple[Finding, ...]:
    facts = package_facts(file, file.quoted(), file.quotations)
    return run_checks(facts, read_documents(file, versions, blobs))
