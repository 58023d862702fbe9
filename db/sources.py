"""Sources of a project: files that people give to it, searched passage by passage.

A passage is found in its own project only. Proposals and source selection information have no
passages, so that no search and no model can come upon them.
"""

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.dialects.postgresql import insert

from db.models import ProjectSource, SourcePassage, User
from db.projection.writing import Writing
from db.session import Sessions, transaction
from documents.passages import Passage
from documents.quotations import Quotation
from documents.vocabulary import Sensitivity, SourceKind

_LANGUAGE = "english"
_BY_LENGTH = 1
"""Divides a rank by one plus the logarithm of the passage's length."""
_WORD = re.compile(r"[^\W\d_]{3,}")
MOST_WORDS = 60
"""Words of a query that a draft asks with."""


class AlreadyASource(RuntimeError):
    """The project has a source with the same bytes."""


class GroundsNothing(ValueError):
    """Passages were given of a file that no draft may rest on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewSource:
    """A file whose bytes are stored already."""

    id: UUID
    project_id: UUID
    kind: SourceKind
    sensitivity: Sensitivity
    file_name: str
    media_type: str
    sha256: str
    size: int
    """Bytes."""
    notes: str | None
    uploaded_by: UUID

    @property
    def grounds(self) -> bool:
        """Whether drafts may rest on it."""
        return grounds(self.kind, self.sensitivity)


@dataclass(frozen=True, slots=True)
class SourceView:
    source: ProjectSource
    uploader: User


@dataclass(frozen=True, slots=True)
class Found:
    """A passage and the source in which it stands."""

    source: ProjectSource
    passage: SourcePassage


def grounds(kind: SourceKind, sensitivity: Sensitivity) -> bool:
    """Whether drafts may rest on such a file."""
    return kind is not SourceKind.PROPOSAL and sensitivity is not Sensitivity.SOURCE_SELECTION


class Sources:
    """Adds, shows, searches and removes sources; changes have their entry in the audit log."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    async def add(self, new: NewSource, passages: Sequence[Passage]) -> SourceView:
        """Keep a source; adding the same id again changes nothing. Returns what is there.

        Raises:
            AlreadyASource: the same bytes are a source already.
            GroundsNothing: ``passages`` of a file that no draft may rest on.
        """
        if passages and not new.grounds:
            raise GroundsNothing(f"{new.file_name} grounds no draft and is not searched")
        async with transaction(self._sessions) as session:
            # One source after the other: the writing holds the project's lock.
            writing = await Writing.begin(session, new.project_id)
            twin = await session.scalar(
                select(ProjectSource.id).where(
                    ProjectSource.project_id == new.project_id,
                    ProjectSource.sha256 == new.sha256,
                )
            )
            if twin not in (None, new.id):
                raise AlreadyASource(f"{new.file_name} is a source of this project already")
            if twin is None:
                session.add(
                    ProjectSource(
                        id=new.id,
                        project_id=new.project_id,
                        kind=new.kind,
                        sensitivity=new.sensitivity,
                        file_name=new.file_name,
                        media_type=new.media_type,
                        sha256=new.sha256,
                        size=new.size,
                        passages=len(passages),
                        notes=new.notes,
                        uploaded_by=new.uploaded_by,
                    )
                )
                await session.flush()
                if passages:
                    await session.execute(insert(SourcePassage), list(_rows(new.id, passages)))
                await writing.audit(
                    "source_added",
                    ("project", new.project_id),
                    by=new.uploaded_by,
                    after={"kind": new.kind, "sha256": new.sha256, "passages": len(passages)},
                )
        view = await self.get(new.project_id, new.id)
        if view is None:
            raise LookupError(f"source {new.id} was removed at the moment it was added")
        return view

    async def get(self, project_id: UUID, source_id: UUID) -> SourceView | None:
        """One source of that project."""
        found = await self._views(
            ProjectSource.project_id == project_id, ProjectSource.id == source_id
        )
        return found[0] if found else None

    async def of_project(self, project_id: UUID) -> tuple[SourceView, ...]:
        """Every source, the newest first."""
        return await self._views(ProjectSource.project_id == project_id)

    async def remove(self, project_id: UUID, source_id: UUID, by: UUID) -> bool:
        """Take a source and its passages away; says whether it was there.

        What drafts have quoted of it stays in their record.
        """
        async with transaction(self._sessions) as session:
            writing = await Writing.begin(session, project_id)
            row = await session.get(ProjectSource, source_id)
            if row is None or row.project_id != project_id:
                return False
            await session.delete(row)
            await writing.audit(
                "source_removed",
                ("project", project_id),
                by=by,
                before={"kind": row.kind, "sha256": row.sha256},
            )
        return True

    async def search(
        self,
        project_id: UUID,
        query: str,
        limit: int,
        kinds: Collection[SourceKind] = tuple(SourceKind),
    ) -> tuple[Found, ...]:
        """The best passages for a query as people type it: words, ``"phrases"``, ``or``, ``-``."""
        asked = func.websearch_to_tsquery(_LANGUAGE, query.replace("\0", " "))
        rank = func.ts_rank(SourcePassage.words, asked, _BY_LENGTH)
        rows = (
            select(ProjectSource, SourcePassage)
            .join(SourcePassage, SourcePassage.source_id == ProjectSource.id)
            .where(
                ProjectSource.project_id == project_id,
                ProjectSource.kind.in_(kinds),
                # They have no passages; that they are asked for as well costs nothing.
                ProjectSource.kind != SourceKind.PROPOSAL,
                ProjectSource.sensitivity != Sensitivity.SOURCE_SELECTION,
                SourcePassage.words.op("@@")(asked),
            )
            .order_by(rank.desc(), ProjectSource.uploaded_at, SourcePassage.number)
            .limit(limit)
        )
        async with self._sessions() as session:
            return tuple(Found(*row) for row in await session.execute(rows))

    async def grounding(
        self, project_id: UUID, about: Iterable[str], kinds: Collection[SourceKind], limit: int
    ) -> tuple[Quotation, ...]:
        """Passages that have most to do with the words of ``about``, the best first."""
        words = dict.fromkeys(
            word.lower() for text in about for word in _WORD.findall(text) if word.lower() != "or"
        )
        asked = " or ".join(list(words)[:MOST_WORDS])
        found = await self.search(project_id, asked, limit, kinds)
        return tuple(
            Quotation(row.source.file_name, row.passage.place, row.passage.text) for row in found
        )

    async def _views(self, *which: ColumnElement[bool]) -> tuple[SourceView, ...]:
        query = (
            select(ProjectSource, User)
            .join(User, User.id == ProjectSource.uploaded_by)
            .where(*which)
            .order_by(ProjectSource.uploaded_at.desc(), ProjectSource.id)
        )
        async with self._sessions() as session:
            return tuple(SourceView(*row) for row in await session.execute(query))


def _rows(source_id: UUID, passages: Iterable[Passage]) -> Iterable[dict[str, object]]:
    for number, passage in enumerate(passages, start=1):
        yield {
            "source_id": source_id,
            "number": number,
            "place": passage.place,
            "text": passage.text,
        }
