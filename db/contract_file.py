"""The contract file of a project: facts and records as they stand, and the approved documents."""

import asyncio
from collections import OrderedDict, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from threading import Lock
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import aliased

from db.models import (
    DocumentApproval,
    DocumentUpload,
    ProjectDocument,
    ProjectRecord,
    RecordedKind,
    User,
)
from db.session import Sessions
from documents.catalog import BY_CODE, DocumentType
from documents.computed import Computed, Package, PackageEntry, compute
from documents.context import context
from documents.facts import Facts, Records, parse_facts, parse_record
from documents.vocabulary import ApprovalStatus, Position, RecordKind, Sensitivity

REMEMBERED = 32
"""How many states of contract files a process keeps parsed."""


class NoFacts(LookupError):
    """The project has no requirements package yet."""


@dataclass(frozen=True, slots=True)
class Signature:
    """Who signed which content in which position."""

    position: Position
    person: str
    sha256: str
    delegated_from: str = ""
    """Who holds the position and let ``person`` sign, if that is somebody else."""


@dataclass(frozen=True, slots=True)
class StoredVersion:
    """An approved document version, by the hashes of its files."""

    code: str
    title: str
    sensitivity: Sensitivity
    version: int
    docx_sha256: str
    pdf_sha256: str
    pages: int
    drafter: str
    approvals: tuple[Signature, ...]


@dataclass(slots=True)
class _Parsed:
    """Facts and records of one content, parsed once and computed at most once."""

    facts: Facts
    records: Records
    _lock: Lock = field(default_factory=Lock)
    _computed: Computed | None = None

    def computed(self) -> Computed:
        with self._lock:
            if self._computed is None:
                self._computed = compute(self.facts, self.records)
            return self._computed


@dataclass(frozen=True, slots=True)
class ContractFile:
    """What a project has stated and approved at one moment; later changes do not show in it."""

    _parsed: _Parsed
    _approved: tuple[tuple[str, str, int, int], ...]

    @property
    def facts(self) -> Facts:
        return self._parsed.facts

    @property
    def records(self) -> Records:
        return self._parsed.records

    def computed(self) -> Computed:
        """Everything that follows from facts and records; raises InvalidFacts."""
        return self._parsed.computed()

    @property
    def package(self) -> Package:
        """The approved documents by code."""
        dates = self.computed().dates
        return {
            code: PackageEntry(code, title, version, dates[self.row(code).dated], pages)
            for code, title, version, pages in self._approved
        }

    def row(self, code: str) -> DocumentType:
        """The catalogue row; raises KeyError for an unknown code."""
        return BY_CODE[code]

    def context(self, code: str, version: int) -> dict[str, Any]:
        """Every fact that a draft of this document may name, by key."""
        return context(self.computed(), self.row(code), self.package, version)


_Key = frozenset[tuple[RecordedKind, str]]


class ContractFiles:
    """Reads contract files. Parsing is shared between readers: equal content is parsed once."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions
        self._parsed: OrderedDict[_Key, _Parsed] = OrderedDict()
        self._lock = Lock()

    async def read(self, project_id: UUID) -> ContractFile:
        """The file as it stands now.

        Raises:
            NoFacts: the project has no requirements package yet.
            InvalidFacts: what is stored does not fit the schema any more.
        """
        async with self._sessions() as session:
            newest = await session.execute(
                select(ProjectRecord.kind, ProjectRecord.sha256, ProjectRecord.id)
                .ext(distinct_on(ProjectRecord.kind))
                .where(ProjectRecord.project_id == project_id)
                .order_by(ProjectRecord.kind, ProjectRecord.recorded_at.desc())
            )
            rows = newest.all()
            approved = await session.execute(
                select(
                    ProjectDocument.code,
                    ProjectDocument.document_name,
                    DocumentUpload.version_number,
                    DocumentUpload.pages,
                )
                .join(DocumentUpload, DocumentUpload.project_document_id == ProjectDocument.id)
                .where(
                    ProjectDocument.project_id == project_id,
                    DocumentUpload.approved_at.is_not(None),
                )
                .order_by(ProjectDocument.display_order)
            )
            package = tuple(approved)
            key: _Key = frozenset((kind, sha256) for kind, sha256, _ in rows)
            parsed = self._remembered(key)
            if parsed is None:
                stored = await session.execute(
                    select(ProjectRecord.kind, ProjectRecord.body).where(
                        ProjectRecord.id.in_([record for _, _, record in rows])
                    )
                )
                bodies = dict(stored.all())
                parsed = self._remember(key, await asyncio.to_thread(_parse, bodies))
        return ContractFile(parsed, package)

    async def approved_versions(self, project_id: UUID) -> tuple[StoredVersion, ...]:
        """The approved version of each document, in drafting order, with its signatures."""
        delegator = aliased(User)
        async with self._sessions() as session:
            versions = await session.execute(
                select(ProjectDocument, DocumentUpload, User.name)
                .join(DocumentUpload, DocumentUpload.project_document_id == ProjectDocument.id)
                .join(User, User.id == DocumentUpload.uploaded_by)
                .where(
                    ProjectDocument.project_id == project_id,
                    DocumentUpload.approved_at.is_not(None),
                )
                .order_by(ProjectDocument.display_order)
            )
            rows = versions.all()
            signed = await session.execute(
                select(DocumentApproval, User, delegator)
                .join(User, User.id == DocumentApproval.approver_id)
                .outerjoin(delegator, delegator.id == DocumentApproval.delegated_from_id)
                .where(
                    DocumentApproval.document_upload_id.in_([upload.id for _, upload, _ in rows]),
                    DocumentApproval.approval_status == ApprovalStatus.APPROVED,
                )
                .order_by(DocumentApproval.step)
            )
            planned = {
                (upload.id, signer["email"]): signer["name"]
                for document, upload, _ in rows
                for signer in document.approvers
            }
            signatures: defaultdict[UUID, list[Signature]] = defaultdict(list)
            for approval, user, signed_for in signed:
                # The facts' spelling of a name, where they have one: checks compare it with them.
                name, holder = (
                    planned.get((approval.document_upload_id, person.email), person.name)
                    if person
                    else ""
                    for person in (user, signed_for)
                )
                signatures[approval.document_upload_id].append(
                    Signature(approval.position, name, approval.sha256, holder)
                )
        return tuple(
            StoredVersion(
                code=document.code,
                title=document.document_name,
                sensitivity=document.sensitivity,
                version=upload.version_number,
                docx_sha256=upload.docx_sha256,
                pdf_sha256=upload.pdf_sha256,
                pages=upload.pages,
                drafter=drafter,
                approvals=tuple(signatures[upload.id]),
            )
            for document, upload, drafter in rows
        )

    def _remembered(self, key: _Key) -> _Parsed | None:
        with self._lock:
            if key in self._parsed:
                self._parsed.move_to_end(key)
            return self._parsed.get(key)

    def _remember(self, key: _Key, parsed: _Parsed) -> _Parsed:
        """Keep the first of equal states, so that everybody shares what it computes."""
        with self._lock:
            kept = self._parsed.setdefault(key, parsed)
            self._parsed.move_to_end(key)
            if len(self._parsed) > REMEMBERED:
                self._parsed.popitem(last=False)
            return kept


def _parse(bodies: Mapping[RecordedKind, Mapping[str, Any]]) -> _Parsed:
    if RecordedKind.FACTS not in bodies:
        raise NoFacts("the project has no requirements package yet: record its facts first")
    records = {
        kind.value: parse_record(RecordKind(kind.value), body)
        for kind, body in bodies.items()
        if kind is not RecordedKind.FACTS
    }
    return _Parsed(parse_facts(bodies[RecordedKind.FACTS]), Records.model_validate(records))
