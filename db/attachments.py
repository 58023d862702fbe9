"""Files that people put beside a document. Their bytes are in the artifact store."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, select
from sqlalchemy.dialects.postgresql import insert

from db.models import DocumentAttachment, ProjectDocument, User
from db.projection.writing import Writing
from db.session import Sessions, transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class NewAttachment:
    """A file to be put beside a document; its bytes are stored already."""

    id: UUID
    document_id: UUID
    file_name: str
    media_type: str
    sha256: str
    size: int
    """Bytes; 0 when a file was announced and none was sent."""
    notes: str | None
    uploaded_by: UUID


@dataclass(frozen=True, slots=True)
class AttachmentView:
    attachment: DocumentAttachment
    document: ProjectDocument
    uploader: User


class Attachments:
    """Adds, shows and removes attachments, every change with its entry in the audit log."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    async def add(self, new: NewAttachment, project_id: UUID) -> AttachmentView:
        """Note a file; adding the same id again changes nothing. Returns what is there."""
        async with transaction(self._sessions) as session:
            writing = await Writing.begin(session, project_id)
            added = await session.scalar(
                insert(DocumentAttachment)
                .values(
                    id=new.id,
                    project_document_id=new.document_id,
                    file_name=new.file_name,
                    media_type=new.media_type,
                    sha256=new.sha256,
                    size=new.size,
                    notes=new.notes,
                    uploaded_by=new.uploaded_by,
                )
                .on_conflict_do_nothing()
                .returning(DocumentAttachment.id)
            )
            if added is not None:
                await writing.audit(
                    "file_attached",
                    ("document", new.document_id),
                    by=new.uploaded_by,
                    after={"file": new.file_name, "sha256": new.sha256, "size": new.size},
                )
        view = await self.get(new.id)
        if view is None:
            raise LookupError(f"attachment {new.id} was removed at the moment it was added")
        return view

    async def get(self, attachment_id: UUID) -> AttachmentView | None:
        found = await self._views(DocumentAttachment.id == attachment_id)
        return found[0] if found else None

    async def of_documents(self, document_ids: Iterable[UUID]) -> tuple[AttachmentView, ...]:
        """Every attachment of these documents, the newest first."""
        return await self._views(DocumentAttachment.project_document_id.in_(list(document_ids)))

    async def remove(self, attachment_id: UUID, by: UUID) -> bool:
        """Take a file away from its document; says whether it was there.

        The bytes stay in the artifact store until no row names them (``db.collection``).
        """
        view = await self.get(attachment_id)
        if view is None:
            return False
        async with transaction(self._sessions) as session:
            writing = await Writing.begin(session, view.document.project_id)
            row = await session.get(DocumentAttachment, attachment_id)
            if row is None:
                return False
            await session.delete(row)
            await writing.audit(
                "file_detached",
                ("document", row.project_document_id),
                by=by,
                before={"file": row.file_name, "sha256": row.sha256, "size": row.size},
            )
        return True

    async def _views(self, which: ColumnElement[bool]) -> tuple[AttachmentView, ...]:
        query = (
            select(DocumentAttachment, ProjectDocument, User)
            .join(ProjectDocument, ProjectDocument.id == DocumentAttachment.project_document_id)
            .join(User, User.id == DocumentAttachment.uploaded_by)
            .where(which)
            .order_by(DocumentAttachment.upload_date.desc(), DocumentAttachment.id)
        )
        async with self._sessions() as session:
            return tuple(AttachmentView(*row) for row in await session.execute(query))
