"""The record of drafts: what agents were asked, what they answered, how it was reviewed."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from dataclasses import asdict, dataclass
from decimal import Decimal
from hashlib import sha256
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid5

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import AgentCall, AuditLog, DraftRecord, ProjectDocument
from db.projection.writing import Writing
from db.session import Sessions, transaction

if TYPE_CHECKING:
    from activities.drafting import DraftMade

RECORDED = "draft_recorded"
"""The action of the audit entry that holds a record's hash."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredCall:
    """One request, with prompt and answer by hash."""

    key: str
    provider: str
    model: str
    prompt_sha256: str
    answer_sha256: str
    input_tokens: int
    output_tokens: int
    cost_usd: Decimal | None
    seconds: float


class Drafts:
    """Writes and reads the record of drafts. Writing the same again changes nothing."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    async def find_call(self, workflow_id: str, key: str) -> StoredCall | None:
        """The answer that an attempt of this workflow got to the same request."""
        async with self._sessions() as session:
            row = await session.get(AgentCall, (workflow_id, key))
            return None if row is None else _stored(row)

    async def keep_call(self, workflow_id: str, call: StoredCall) -> None:
        async with transaction(self._sessions) as session:
            await session.execute(
                insert(AgentCall)
                .values(workflow_id=workflow_id, **asdict(call))
                .on_conflict_do_nothing()
            )

    async def record(self, draft: DraftMade) -> None:
        """Store the record of a draft or a failure, and its hash in the audit log, in one go."""
        values: dict[str, Any] = {
            **asdict(draft),
            "findings": list(draft.findings),
            "calls": list(draft.calls),
            "quotes": list(draft.quotes),
        }
        code = values.pop("code")
        async with transaction(self._sessions) as session:
            writing = await Writing.begin(session, draft.project_id)
            document = await session.scalar(
                select(ProjectDocument.id).where(
                    ProjectDocument.project_id == draft.project_id, ProjectDocument.code == code
                )
            )
            assert document is not None, f"{code} is on no checklist"
            failed = "/failed" if draft.content_sha256 is None else ""
            key = uuid5(document, f"{draft.workflow_id}/{draft.attempt}{failed}")
            values |= {"id": key, "project_document_id": document}
            added = await session.scalar(
                insert(DraftRecord).values(values).on_conflict_do_nothing().returning(DraftRecord)
            )
            if added is None:
                return
            calls = (await _calls_of(session, [added]))[key]
            await writing.audit(
                RECORDED,
                ("draft", key),
                by=None,
                after={"sha256": fingerprint(values, calls), "agent": draft.agent},
            )

    async def of_document(
        self, document_id: UUID, limit: int
    ) -> tuple[tuple[DraftRecord, tuple[StoredCall, ...]], ...]:
        """The newest drafts of a document with their calls, the newest first."""
        query = (
            select(DraftRecord)
            .where(DraftRecord.project_document_id == document_id)
            .order_by(
                DraftRecord.version.desc(),
                DraftRecord.attempt.desc(),
                DraftRecord.created_at.desc(),
            )
            .limit(limit)
        )
        async with self._sessions() as session:
            records = tuple(await session.scalars(query))
            calls = await _calls_of(session, records)
        return tuple((record, calls[record.id]) for record in records)

    async def of_version(
        self, workflow_id: str, content_sha256: str
    ) -> tuple[DraftRecord, tuple[StoredCall, ...]] | None:
        """The draft that became this version; ``None`` when a person wrote it."""
        query = (
            select(DraftRecord)
            .where(
                DraftRecord.workflow_id == workflow_id,
                DraftRecord.content_sha256 == content_sha256,
            )
            .order_by(DraftRecord.attempt.desc())
            .limit(1)
        )
        async with self._sessions() as session:
            record = await session.scalar(query)
            if record is None:
                return None
            return record, (await _calls_of(session, [record]))[record.id]

    async def get(
        self, document_id: UUID, draft_id: UUID
    ) -> tuple[DraftRecord, tuple[StoredCall, ...]] | None:
        """One draft of that document with its calls."""
        async with self._sessions() as session:
            record = await session.get(DraftRecord, draft_id)
            if record is None or record.project_document_id != document_id:
                return None
            return record, (await _calls_of(session, [record]))[record.id]

    async def altered(self) -> tuple[UUID, ...]:
        """Records that differ from the hash that the audit log holds of them."""
        async with self._sessions() as session:
            entries = await session.execute(
                select(AuditLog.entity_id, AuditLog.changes["after"]["sha256"].astext).where(
                    AuditLog.action == RECORDED
                )
            )
            audited = {key: digest for key, digest in entries if key is not None}
            rows = {row.id: row for row in await session.scalars(select(DraftRecord))}
            calls = await _calls_of(session, rows.values())
        lost = audited.keys() ^ rows.keys()
        changed = {
            key
            for key in audited.keys() & rows.keys()
            if fingerprint(_values(rows[key]), calls[key]) != audited[key]
        }
        return tuple(sorted(lost | changed))


def fingerprint(values: dict[str, Any], calls: Iterable[StoredCall]) -> str:
    """SHA-256 over a record and its calls, whatever the order of the columns."""
    content = {name: values[name] for name in _FINGERPRINTED}
    if values["quotes"]:
        content["quotes"] = values["quotes"]
    told = [asdict(call) for call in calls]
    text = json.dumps([content, told], sort_keys=True, default=_plain, ensure_ascii=False)
    return sha256(text.encode()).hexdigest()


_FINGERPRINTED = (
    "id",
    "project_id",
    "project_document_id",
    "workflow_id",
    "version",
    "attempt",
    "agent",
    "inputs_sha256",
    "content_sha256",
    "score",
    "blocked",
    "findings",
    "note",
    "calls",
)


def _plain(value: Any) -> str:
    return f"{value:.6f}" if isinstance(value, Decimal) else str(value)


def _values(row: DraftRecord) -> dict[str, Any]:
    return {name: getattr(row, name) for name in (*_FINGERPRINTED, "quotes")}


async def _calls_of(
    session: AsyncSession, records: Collection[DraftRecord]
) -> dict[UUID, tuple[StoredCall, ...]]:
    """The calls of each record in their order; one query for all of them."""
    workflows = {record.workflow_id for record in records if record.calls}
    rows = await session.scalars(select(AgentCall).where(AgentCall.workflow_id.in_(workflows)))
    known = {(row.workflow_id, row.key): _stored(row) for row in rows}
    return {
        record.id: tuple(
            known[record.workflow_id, key]
            for key in record.calls
            if (record.workflow_id, key) in known
        )
        for record in records
    }


def _stored(row: AgentCall) -> StoredCall:
    return StoredCall(
        key=row.key,
        provider=row.provider,
        model=row.model,
        prompt_sha256=row.prompt_sha256,
        answer_sha256=row.answer_sha256,
        input_tokens=row.input_tokens,
        output_tokens=row.output_tokens,
        cost_usd=row.cost_usd,
        seconds=row.seconds,
    )
