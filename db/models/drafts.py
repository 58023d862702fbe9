"""How documents were drafted: by which agent, from what, at what price, and how it was reviewed."""

from decimal import Decimal
from typing import Annotated
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, Numeric, text
from sqlalchemy.orm import Mapped, mapped_column

from db.models.base import Base, CreatedAt, JsonList, Key, is_sha256, not_negative, positive

Price = Annotated[Decimal, mapped_column(Numeric(12, 6))]
"""USD; one answer of a model may cost a fraction of a cent."""


class AgentCall(Base):
    """One request to a model or a script. Prompt and answer are in the artifact store."""

    __tablename__ = "agent_calls"

    workflow_id: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    """The same request has the same key, unless it failed."""
    provider: Mapped[str]
    model: Mapped[str]
    prompt_sha256: Mapped[str] = mapped_column(index=True)
    answer_sha256: Mapped[str] = mapped_column(index=True)
    input_tokens: Mapped[int]
    output_tokens: Mapped[int]
    cost_usd: Mapped[Price | None]
    """``None``: the price of the model is not known."""
    seconds: Mapped[float]
    created_at: Mapped[CreatedAt]

    __table_args__ = (
        not_negative("input_tokens"),
        not_negative("output_tokens"),
        is_sha256("key"),
        is_sha256("prompt_sha256"),
        is_sha256("answer_sha256"),
    )


class DraftRecord(Base):
    """One draft of one version, or its failure; the audit log holds the hash of this row."""

    __tablename__ = "draft_records"

    id: Mapped[Key]
    project_id: Mapped[UUID] = mapped_column(
        ForeignKey("procurement_projects.id", ondelete="CASCADE"), index=True
    )
    project_document_id: Mapped[UUID] = mapped_column(
        ForeignKey("project_documents.id", ondelete="CASCADE")
    )
    workflow_id: Mapped[str]
    version: Mapped[int]
    attempt: Mapped[int]
    """From 1; a draft with findings is followed by another."""
    agent: Mapped[str]
    inputs_sha256: Mapped[str]
    """Of what the agent was told: facts, guidance, comments and passages."""
    content_sha256: Mapped[str | None] = mapped_column(index=True)
    """``None``: the agent failed, and the note says why."""
    score: Mapped[int]
    blocked: Mapped[bool]
    """Whether the review keeps it from being used; a failed one is."""
    findings: Mapped[JsonList]
    """``{rule, message, blocks, weight}``, as the review found them."""
    note: Mapped[str]
    calls: Mapped[JsonList]
    """Keys of the calls that it took."""
    quotes: Mapped[JsonList] = mapped_column(default=list, server_default=text("'[]'::jsonb"))
    """``{source, place, text}`` of the passages that it prints word for word."""
    created_at: Mapped[CreatedAt]

    __table_args__ = (
        # A failure stands beside the draft of an activity that is repeated nevertheless.
        Index(
            "uq_draft_records_workflow_id_attempt",
            "workflow_id",
            "attempt",
            unique=True,
            postgresql_where=text("content_sha256 IS NOT NULL"),
        ),
        Index(None, "project_document_id", "version", "attempt"),
        positive("version"),
        positive("attempt"),
        is_sha256("inputs_sha256"),
        is_sha256("content_sha256"),
        CheckConstraint("score BETWEEN 0 AND 100", name="score_range"),
    )
