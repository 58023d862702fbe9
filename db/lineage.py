"""Which requirements package each document of a project was made from."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from db.models import DocumentUpload, ProjectDocument, ProjectRecord, RecordedKind
from db.session import Sessions
from documents.facts import Facts, parse_facts


@dataclass(frozen=True, slots=True)
class MadeFrom:
    """What is stored of the newest versions of a project's documents."""

    facts_id: UUID
    """The package that counts."""
    outdated: Mapping[str, tuple[Facts, frozenset[str]]]
    """Earlier packages, and the codes of the documents that were made from each."""
    stale: Mapping[str, tuple[str, ...]]
    """What the documents are marked with, by code."""


class Lineage:
    """Reads where documents come from."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    async def of_project(self, project_id: UUID) -> MadeFrom:
        """Of the documents that the plan still asks for.

        Raises:
            LookupError: the project has no package.
        """
        async with self._sessions() as session:
            current = await session.scalar(
                select(ProjectRecord.id)
                .where(
                    ProjectRecord.project_id == project_id,
                    ProjectRecord.kind == RecordedKind.FACTS,
                )
                .order_by(ProjectRecord.recorded_at.desc())
                .limit(1)
            )
            if current is None:
                raise LookupError(f"project {project_id} has no package")
            rows = await session.execute(
                select(ProjectDocument, DocumentUpload.facts_id)
                .join(DocumentUpload, DocumentUpload.project_document_id == ProjectDocument.id)
                .where(
                    ProjectDocument.project_id == project_id,
                    ProjectDocument.is_required,
                    DocumentUpload.is_current_version,
                )
            )
            documents = rows.all()
            earlier = {made for _, made in documents if made not in (None, current)}
            bodies = await session.execute(
                select(ProjectRecord.id, ProjectRecord.body).where(ProjectRecord.id.in_(earlier))
            )
            packages = await asyncio.to_thread(
                lambda: {key: parse_facts(body) for key, body in bodies}
            )
        return MadeFrom(
            facts_id=current,
            outdated={
                str(key): (
                    facts,
                    frozenset(document.code for document, made in documents if made == key),
                )
                for key, facts in packages.items()
            },
            stale={
                document.code: tuple(document.stale_because)
                for document, _ in documents
                if document.stale
            },
        )
