"""The checklist of a project, the versions of each document, and the signatures on a version."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from db.models.base import (
    Base,
    Bytes,
    CreatedAt,
    JsonList,
    Key,
    UpdatedAt,
    choice,
    is_sha256,
    not_negative,
    positive,
)
from documents.plan import Chain
from documents.vocabulary import (
    ApprovalStatus,
    DocumentStatus,
    GenerationStatus,
    Phase,
    Position,
    Sensitivity,
)


class ApprovalRouting(StrEnum):
    """How the front end shows that approvers are found; here always by the plan's positions."""

    MANUAL = "manual"
    AUTO_CO = "auto_co"
    DEFAULT = "default"


class ApprovalAction(StrEnum):
    """What an entry of a signature's trail says."""

    REQUESTED = "requested"
    APPROVED = "approved"
    REJECTED = "rejected"
    REQUESTED_CHANGES = "requested_changes"
    DELEGATED = "delegated"
    VOIDED = "voided"
    REMINDED = "reminded"
    ESCALATED = "escalated"


class ProjectDocument(Base):
    """One document of a project's plan, whatever its version."""

    __tablename__ = "project_documents"

    id: Mapped[Key]
    project_id: Mapped[UUID] = mapped_column(
        ForeignKey("procurement_projects.id", ondelete="CASCADE")
    )
    code: Mapped[str]
    document_name: Mapped[str]
    description: Mapped[str | None]
    category: Mapped[str]
    phase: Mapped[Phase] = mapped_column(choice(Phase, "phase"))
    sensitivity: Mapped[Sensitivity] = mapped_column(choice(Sensitivity, "sensitivity"))
    is_required: Mapped[bool] = mapped_column(default=True)
    status: Mapped[DocumentStatus] = mapped_column(
        choice(DocumentStatus, "status"), default=DocumentStatus.PENDING
    )
    deadline: Mapped[date | None]
    expiration_date: Mapped[date | None]
    requires_approval: Mapped[bool] = mapped_column(default=True)
    assigned_user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"), index=True)
    """The drafter."""
    drafter_position: Mapped[Position] = mapped_column(choice(Position, "drafter_position"))
    drafter_email: Mapped[str]
    approvers: Mapped[JsonList]
    """``{position, email, name}`` in the order of signing, as planned."""
    chain: Mapped[Chain] = mapped_column(choice(Chain, "chain"), server_default=text("'serial'"))
    signatures_needed: Mapped[int] = mapped_column(server_default=text("0"))
    """How many of the planned approvers have to sign; people who are added always have to."""
    requires: Mapped[JsonList]
    """Codes that have to be approved first."""
    records: Mapped[JsonList]
    """Kinds of records that have to exist first."""
    notes: Mapped[str | None]
    display_order: Mapped[int]
    approval_routing: Mapped[ApprovalRouting] = mapped_column(
        choice(ApprovalRouting, "approval_routing"), default=ApprovalRouting.DEFAULT
    )
    default_approver_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"), index=True)
    generation_status: Mapped[GenerationStatus] = mapped_column(
        choice(GenerationStatus, "generation_status"), default=GenerationStatus.NOT_GENERATED
    )
    generation_error: Mapped[str] = mapped_column(default="", server_default=text("''"))
    """Why the last generation failed; empty otherwise."""
    generated_at: Mapped[datetime | None]
    ai_quality_score: Mapped[int | None]
    workflow_id: Mapped[str | None] = mapped_column(index=True)
    """Of the newest version; the task id that clients poll."""
    current_version: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    """The newest version asked for; 0 before the first."""
    stale: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    """Whether facts that the newest version quotes have changed since it was made."""
    stale_because: Mapped[JsonList] = mapped_column(
        default=list, server_default=text("'[]'::jsonb")
    )
    """Paths of those facts."""
    created_at: Mapped[CreatedAt]
    updated_at: Mapped[UpdatedAt]

    __table_args__ = (
        UniqueConstraint("project_id", "code"),
        Index(None, "project_id", "phase", "display_order"),
        not_negative("current_version"),
        not_negative("signatures_needed"),
        not_negative("display_order"),
        CheckConstraint("ai_quality_score BETWEEN 0 AND 100", name="ai_quality_score_range"),
    )


class DocumentUpload(Base):
    """One version of a document: the stored files and what they were made from."""

    __tablename__ = "document_uploads"

    id: Mapped[Key]
    project_document_id: Mapped[UUID] = mapped_column(
        ForeignKey("project_documents.id", ondelete="CASCADE")
    )
    version_number: Mapped[int]
    file_name: Mapped[str]
    """Without extension."""
    docx_sha256: Mapped[str] = mapped_column(index=True)
    docx_size: Mapped[Bytes]
    pdf_sha256: Mapped[str] = mapped_column(index=True)
    pdf_size: Mapped[Bytes]
    pages: Mapped[int]
    engine: Mapped[str]
    engine_version: Mapped[str]
    degraded: Mapped[JsonList]
    """Words of the DOCX that the PDF does not show."""
    content_sha256: Mapped[str]
    facts_id: Mapped[UUID | None] = mapped_column(ForeignKey("project_records.id"), index=True)
    """The requirements package that it was made from."""
    quoted_sha256: Mapped[str | None]
    """Of everything that this type of document quotes from that package and the records."""
    calendar_version: Mapped[str] = mapped_column(default="", server_default=text("''"))
    """Which holidays and closures its dates were counted with; empty: it was submitted."""
    agent: Mapped[str]
    workflow_id: Mapped[str] = mapped_column(index=True)
    uploaded_by: Mapped[UUID] = mapped_column(ForeignKey("users.id"), index=True)
    upload_date: Mapped[CreatedAt]
    is_current_version: Mapped[bool]
    superseded_at: Mapped[datetime | None]
    approved_at: Mapped[datetime | None]
    """When the last signature was given; cleared when the approvals are voided."""
    notes: Mapped[str | None]

    __table_args__ = (
        UniqueConstraint("project_document_id", "version_number"),
        Index(
            "uq_document_uploads_current",
            "project_document_id",
            unique=True,
            postgresql_where=text("is_current_version"),
        ),
        positive("version_number"),
        positive("pages"),
        not_negative("docx_size"),
        not_negative("pdf_size"),
        is_sha256("docx_sha256"),
        is_sha256("pdf_sha256"),
        is_sha256("content_sha256"),
        is_sha256("quoted_sha256"),
        CheckConstraint(
            "is_current_version = (superseded_at IS NULL)", name="current_until_superseded"
        ),
        CheckConstraint(
            "approved_at IS NULL OR is_current_version", name="only_current_is_approved"
        ),
    )


class DocumentAttachment(Base):
    """A file that a person put beside a document; never part of an approval."""

    __tablename__ = "document_attachments"

    id: Mapped[Key]
    project_document_id: Mapped[UUID] = mapped_column(
        ForeignKey("project_documents.id", ondelete="CASCADE"), index=True
    )
    file_name: Mapped[str]
    media_type: Mapped[str]
    sha256: Mapped[str]
    size: Mapped[Bytes]
    notes: Mapped[str | None]
    uploaded_by: Mapped[UUID] = mapped_column(ForeignKey("users.id"), index=True)
    upload_date: Mapped[CreatedAt]

    __table_args__ = (not_negative("size"), is_sha256("sha256"))


class DocumentApproval(Base):
    """One signature on one version, bound to the hash of what is signed."""

    __tablename__ = "document_approvals"

    id: Mapped[Key]
    project_id: Mapped[UUID] = mapped_column(
        ForeignKey("procurement_projects.id", ondelete="CASCADE"), index=True
    )
    project_document_id: Mapped[UUID] = mapped_column(
        ForeignKey("project_documents.id", ondelete="CASCADE"), index=True
    )
    document_upload_id: Mapped[UUID] = mapped_column(
        ForeignKey("document_uploads.id", ondelete="CASCADE")
    )
    step: Mapped[int]
    """Order of signing, from 1."""
    position: Mapped[Position] = mapped_column(choice(Position, "position"))
    approver_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    drafter_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"), index=True)
    delegated_from_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"), index=True)
    approval_status: Mapped[ApprovalStatus] = mapped_column(
        choice(ApprovalStatus, "approval_status"), default=ApprovalStatus.PENDING
    )
    approval_round: Mapped[int]
    """The version that is signed."""
    sha256: Mapped[str]
    """Of the DOCX that is signed."""
    asked_at: Mapped[datetime | None]
    """When it became this signer's turn; ``None`` before."""
    due_at: Mapped[datetime | None]
    approval_date: Mapped[datetime | None]
    comments: Mapped[str | None]
    workflow_id: Mapped[str] = mapped_column(index=True)
    requested_at: Mapped[CreatedAt]
    updated_at: Mapped[UpdatedAt]

    __table_args__ = (
        UniqueConstraint("document_upload_id", "step"),
        Index(
            "ix_document_approvals_pending",
            "approver_id",
            postgresql_where=text("approval_status = 'pending' AND asked_at IS NOT NULL"),
        ),
        Index(None, "approver_id"),
        positive("step"),
        positive("approval_round"),
        is_sha256("sha256"),
        CheckConstraint("approver_id <> drafter_id", name="drafter_does_not_approve"),
        CheckConstraint("delegated_from_id <> approver_id", name="delegated_to_another"),
        CheckConstraint(
            "approval_status NOT IN ('approved', 'rejected', 'requested_changes') "
            "OR (approval_date IS NOT NULL AND asked_at IS NOT NULL)",
            name="decided_when_asked",
        ),
        CheckConstraint(
            "approval_status <> 'pending' OR approval_date IS NULL", name="pending_has_no_date"
        ),
    )


class ApprovalAuditLog(Base):
    """What happened to one signature, in order."""

    __tablename__ = "approval_audit_logs"

    id: Mapped[Key]
    approval_id: Mapped[UUID] = mapped_column(
        ForeignKey("document_approvals.id", ondelete="CASCADE")
    )
    action: Mapped[ApprovalAction] = mapped_column(choice(ApprovalAction, "action"))
    performed_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"), index=True)
    """``None``: the product itself."""
    details: Mapped[str | None]
    timestamp: Mapped[datetime] = mapped_column(server_default=text("clock_timestamp()"))

    __table_args__ = (Index(None, "approval_id", "timestamp"),)
