"""The contract file of a project: facts and records as they stand, and the approved documents."""

import asyncio
from collections import OrderedDict, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from threading import Lock
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import aliased

from db.closures import closure_history
from db.models import (
    DocumentApproval,
    DocumentUpload,
    DraftRecord,
    ProjectDocument,
    ProjectRecord,
    RecordedKind,
    User,
)
from db.session import Sessions
from documents.catalog import BY_CODE, DocumentType
from documents.computed import Computed, Package, PackageEntry, compute, deadlines_of
from documents.context import context
from documents.facts import Facts, InvalidFacts, Records, parse_facts, parse_record
from documents.lineage import changes, quoted_sha256, stale_documents
from documents.open_items import drafted_from
from documents.quotations import Quotation
from documents.vocabulary import ApprovalStatus, Phase, Position, RecordKind, Sensitivity
from rules.calendar import FederalCalendar
from rules.deadlines import Deadline, Event

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
    """Facts and records of one content, parsed once and computed once with each calendar."""

    facts: Facts
    records: Records
    _lock: Lock = field(default_factory=Lock)
    _computed: dict[str, Computed] = field(default_factory=dict[str, Computed])

    def computed(self, calendar: FederalCalendar) -> Computed:
        with self._lock:
            if calendar.version not in self._computed:
                computed = compute(self.facts, self.records, calendar)
                self._computed[calendar.version] = computed
            return self._computed[calendar.version]


@dataclass(frozen=True, slots=True)
class ContractFile:
    """What a project has stated and approved at one moment; later changes do not show in it."""

    _parsed: _Parsed
    _approved: tuple[tuple[str, str, int, int], ...]
    calendar: FederalCalendar
    """By which days are counted."""
    _quoted: tuple[FederalCalendar, ...] = ()
    """Other calendars by which approved versions were drafted."""
    facts_id: UUID | None = None
    """The stored package that counts."""
    stated: str = ""
    """Equal for equal facts and records."""
    quotations: tuple[str, ...] = ()
    """Passages of named sources that drafts of the project print, word for word."""

    @property
    def facts(self) -> Facts:
        return self._parsed.facts

    @property
    def records(self) -> Records:
        return self._parsed.records

    def computed(self) -> Computed:
        """Everything that follows from facts and records; raises InvalidFacts."""
        return self._parsed.computed(self.calendar)

    def quoted(self) -> tuple[Computed, ...]:
        """The same with the calendars that were frozen into approved versions since they differ."""
        return tuple(self._parsed.computed(calendar) for calendar in self._quoted)

    def deadlines(self, recorded: Mapping[Event, date]) -> tuple[Deadline, ...]:
        """The deadlines as events really happened; raises InvalidFacts or NoThresholdOnDate."""
        return deadlines_of(self.computed(), recorded)

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
        return context(drafted_from(self.computed()), self.row(code), self.package, version)

    def quoted_sha256(self, code: str) -> str:
        """Of everything that this type of document quotes from facts and records."""
        return quoted_sha256(self.computed(), self.row(code))

    def stale_since(
        self, earlier: Mapping[str, tuple[Facts, frozenset[str]]]
    ) -> dict[str, tuple[str, ...]]:
        """By code: documents that quote something else than when they were made, and why.

        ``earlier`` holds earlier packages and the codes of the documents made from each. Blocking.
        """
        found: dict[str, tuple[str, ...]] = {}
        for facts, codes in earlier.values():
            rows = [BY_CODE[code] for code in sorted(codes) if code in BY_CODE]
            try:
                then = compute(facts, self.records, self.calendar)
            except InvalidFacts:  # what was recorded since does not fit the earlier package
                before, after = facts.model_dump(mode="json"), self.facts.model_dump(mode="json")
                found |= {row.code: tuple(changes(before, after)) for row in rows}
            else:
                found |= stale_documents(then, self.computed(), rows)
        return found


_Key = frozenset[tuple[RecordedKind, str]]


class ContractFiles:
    """Reads contract files. Parsing is shared between readers: equal content is parsed once."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions
        self._parsed: OrderedDict[_Key, _Parsed] = OrderedDict()
        self._lock = Lock()

    async def read(self, project_id: UUID, calendar_version: str = "") -> ContractFile:
        """The file as it stands now.

        ``calendar_version`` is that of an earlier reading, to count days as it did: closures
        that became known since then do not show.

        Raises:
            NoFacts: the project has no requirements package yet.
            InvalidFacts: what is stored does not fit the schema any more.
        """
        async with self._sessions() as session:
            newest = await session.execute(
                select(
                    ProjectRecord.kind,
                    ProjectRecord.sha256,
                    ProjectRecord.id,
                    ProjectRecord.body["project"]["office"]["aac"].astext,
                )
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
                    DocumentUpload.calendar_version,
                )
                .join(DocumentUpload, DocumentUpload.project_document_id == ProjectDocument.id)
                .where(
                    ProjectDocument.project_id == project_id,
                    ProjectDocument.is_required,
                    DocumentUpload.approved_at.is_not(None),
                )
                .order_by(ProjectDocument.display_order)
            )
            versions = approved.all()
            quotes = await session.scalars(
                select(func.jsonb_array_elements(DraftRecord.quotes))
                .where(DraftRecord.project_id == project_id)
                .distinct()
            )
            quotations = tuple(sorted(Quotation(**quote).printed for quote in quotes))
            package = tuple(
                (code, title, number, pages) for code, title, number, pages, _ in versions
            )
            office = next((office for kind, *_, office in rows if kind is RecordedKind.FACTS), "")
            closures = await closure_history(session, office or "")
            calendar = closures.named(calendar_version) if calendar_version else None
            calendar = calendar or closures.now()
            frozen = {
                found.version: found
                for name in {version for *_, version in versions if version}
                if (found := closures.named(name)) is not None
            }
            frozen.pop(calendar.version, None)
            key: _Key = frozenset((kind, sha256) for kind, sha256, *_ in rows)
            parsed = self._remembered(key)
            if parsed is None:
                stored = await session.execute(
                    select(ProjectRecord.kind, ProjectRecord.body).where(
                        ProjectRecord.id.in_([record for _, _, record, _ in rows])
                    )
                )
                bodies = dict(stored.all())
                parsed = self._remember(key, await asyncio.to_thread(_parse, bodies))
        facts_id = next(key for kind, _, key, _ in rows if kind is RecordedKind.FACTS)
        return ContractFile(
            parsed,
            package,
            calendar,
            tuple(frozen.values()),
            facts_id,
            stated=",".join(sorted(f"{kind}:{sha256}" for kind, sha256 in key)),
            quotations=quotations,
        )

    async def stale(self, project_id: UUID, phase: Phase) -> tuple[str, ...]:
        """A sentence for each document of the phase that was made from an earlier package."""
        query = (
            select(ProjectDocument)
            .where(
                ProjectDocument.project_id == project_id,
                ProjectDocument.phase == phase,
                ProjectDocument.is_required,
                ProjectDocument.stale,
            )
            .order_by(ProjectDocument.display_order)
        )
        async with self._sessions() as session:
            return tuple(
                f"{document.document_name} was made from an earlier package: draft it again "
                f"(changed: {', '.join(document.stale_because[:3])})."
                for document in await session.scalars(query)
            )

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
                    ProjectDocument.is_required,
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
