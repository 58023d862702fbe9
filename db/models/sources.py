"""Files that people give to a project as sources, and their text in passages that can be found."""

from uuid import UUID

from sqlalchemy import CheckConstraint, Computed, ForeignKey, Index, UniqueConstraint
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column

from db.models.base import (
    Base,
    Bytes,
    CreatedAt,
    Key,
    choice,
    is_sha256,
    not_negative,
    positive,
)
from documents.vocabulary import Sensitivity, SourceKind


class ProjectSource(Base):
    """A file that drafts may rest on, or a proposal, which they may not."""

    __tablename__ = "project_sources"

    id: Mapped[Key]
    project_id: Mapped[UUID] = mapped_column(
        ForeignKey("procurement_projects.id", ondelete="CASCADE")
    )
    kind: Mapped[SourceKind] = mapped_column(choice(SourceKind, "kind"))
    sensitivity: Mapped[Sensitivity] = mapped_column(choice(Sensitivity, "sensitivity"))
    file_name: Mapped[str]
    media_type: Mapped[str]
    sha256: Mapped[str]
    size: Mapped[Bytes]
    passages: Mapped[int]
    """How many; 0 for what is never searched."""
    notes: Mapped[str | None]
    uploaded_by: Mapped[UUID] = mapped_column(ForeignKey("users.id"), index=True)
    uploaded_at: Mapped[CreatedAt]

    __table_args__ = (
        UniqueConstraint("project_id", "sha256"),
        not_negative("size"),
        not_negative("passages"),
        is_sha256("sha256"),
        CheckConstraint(
            "kind <> 'proposal' OR sensitivity = 'source_selection'", name="proposals_are_secret"
        ),
        CheckConstraint(
            "sensitivity <> 'source_selection' OR passages = 0", name="secrets_have_no_passages"
        ),
    )


class SourcePassage(Base):
    """One passage, word for word; ``words`` is kept by the database."""

    __tablename__ = "source_passages"

    source_id: Mapped[UUID] = mapped_column(
        ForeignKey("project_sources.id", ondelete="CASCADE"), primary_key=True
    )
    number: Mapped[int] = mapped_column(primary_key=True)
    """Its order in the file, from 1."""
    place: Mapped[str]
    text: Mapped[str]
    words: Mapped[str] = mapped_column(
        TSVECTOR, Computed("to_tsvector('english'::regconfig, text)", persisted=True)
    )

    __table_args__ = (positive("number"), Index(None, "words", postgresql_using="gin"))
