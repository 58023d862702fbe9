"""Verifies the audit log: every entry is where it was written, as it was written.

The database chains entries as they are committed; this recomputes the chain without trusting any
function of the database. Who can rewrite the whole database can also rewrite the chain, so keep the
printed heads elsewhere and compare them.
"""

from dataclasses import dataclass
from hashlib import sha256
from itertools import groupby
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from db.session import Sessions

NO_PROJECT = UUID(int=0)
"""The chain of what belongs to no project, such as accounts."""
FIRST = "0" * 64
"""What stands before the first entry."""

LINKS = """
SELECT link.entry_id, link.chain, link.seq, link.previous_sha256, link.sha256,
       entry.project_id, entry.action, jsonb_build_array(
           entry.id, entry.user_id, entry.project_id, entry.action, entry.entity_type,
           entry.entity_id, entry.changes,
           to_char(entry.created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US')
       )::text AS content
FROM audit_links AS link LEFT JOIN audit_log AS entry ON entry.id = link.entry_id
ORDER BY link.chain, link.seq
"""
UNCHAINED = """
SELECT entry.id, entry.project_id, entry.action FROM audit_log AS entry
LEFT JOIN audit_links AS link ON link.entry_id = entry.id
WHERE link.entry_id IS NULL ORDER BY entry.created_at, entry.id
"""


@dataclass(frozen=True, slots=True)
class Break:
    """The first entry of a chain that is not what was written."""

    chain: UUID
    seq: int
    """0: the entry has no place in the chain."""
    entry_id: UUID | None
    reason: str

    def __str__(self) -> str:
        place = "accounts" if self.chain == NO_PROJECT else f"project {self.chain}"
        return f"{place}, entry {self.seq} ({self.entry_id}): {self.reason}"


@dataclass(frozen=True, slots=True)
class Head:
    """The end of one chain: as many entries, and the hash that covers them all."""

    chain: UUID
    entries: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a verification found. Unbroken when there are no breaks."""

    heads: tuple[Head, ...]
    breaks: tuple[Break, ...]
    """At most one per chain, and every entry that was put in beside the chains."""

    @property
    def entries(self) -> int:
        return sum(head.entries for head in self.heads)


async def verify(sessions: Sessions) -> Verdict:
    """Recompute every chain, in one snapshot of the database."""
    async with sessions() as session:
        await session.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"))
        return await examine(session)


async def examine(session: AsyncSession) -> Verdict:
    """Recompute every chain as this transaction sees it."""
    heads: list[Head] = []
    breaks: list[Break] = []
    stated = {
        row.chain: Head(row.chain, row.seq, row.sha256)
        for row in await session.execute(text("SELECT chain, seq, sha256 FROM audit_heads"))
    }
    rows = (await session.execute(text(LINKS))).all()
    for chain, links in groupby(rows, key=lambda row: row.chain):
        head, found = _walk(chain, links)
        if found is None:
            found = _compare(head, stated.get(chain))
        heads.append(head)
        if found is not None:
            breaks.append(found)
    walked = {head.chain for head in heads}
    breaks += [
        Break(chain, 1, None, f"all {head.entries} entries are missing")
        for chain, head in stated.items()
        if chain not in walked and head.entries
    ]
    breaks += [
        Break(row.project_id or NO_PROJECT, 0, row.id, f"{row.action!r} was put in by hand")
        for row in await session.execute(text(UNCHAINED))
    ]
    return Verdict(tuple(heads), tuple(breaks))


def _walk(chain: UUID, links: Any) -> tuple[Head, Break | None]:
    """Follow one chain from its start; stops at the first entry that does not fit."""
    head = Head(chain, 0, FIRST)
    for link in links:
        seq = head.entries + 1
        reason = ""
        if link.seq != seq:
            return head, Break(chain, seq, None, f"missing: entry {link.seq} follows")
        if link.content is None or link.action is None:
            reason = "the entry was deleted"
        elif (link.project_id or NO_PROJECT) != chain:
            reason = "the entry was moved to another project"
        elif link.previous_sha256 != head.sha256:
            reason = "it does not follow the entry before"
        elif sha256((head.sha256 + link.content).encode()).hexdigest() != link.sha256:
            reason = f"{link.action!r} was changed"
        if reason:
            return head, Break(chain, seq, link.entry_id, reason)
        head = Head(chain, seq, link.sha256)
    return head, None


def _compare(head: Head, stated: Head | None) -> Break | None:
    if stated == head:
        return None
    if stated is not None and stated.entries > head.entries:
        gone = stated.entries - head.entries
        return Break(head.chain, head.entries + 1, None, f"the last {gone} entries are missing")
    return Break(head.chain, head.entries, None, "the end of the chain was changed")
