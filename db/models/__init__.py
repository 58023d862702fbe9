"""The tables."""

from db.models.accounts import RefreshToken, SocketTicket, User, UserSession
from db.models.base import Base
from db.models.documents import (
    ApprovalAction,
    ApprovalAuditLog,
    ApprovalRouting,
    DocumentApproval,
    DocumentAttachment,
    DocumentUpload,
    ProjectDocument,
)
from db.models.projects import (
    PhaseTransition,
    Project,
    ProjectMember,
    ProjectPhase,
    ProjectRecord,
    ProjectStep,
    RecordedKind,
)
from db.models.records import (
    AuditLog,
    Notification,
    OutboxMessage,
    ProgressEvent,
    ProjectDeadline,
)

__all__ = [
    "ApprovalAction",
    "ApprovalAuditLog",
    "ApprovalRouting",
    "AuditLog",
    "Base",
    "DocumentApproval",
    "DocumentAttachment",
    "DocumentUpload",
    "Notification",
    "OutboxMessage",
    "PhaseTransition",
    "ProgressEvent",
    "Project",
    "ProjectDeadline",
    "ProjectDocument",
    "ProjectMember",
    "ProjectPhase",
    "ProjectRecord",
    "ProjectStep",
    "RecordedKind",
    "RefreshToken",
    "SocketTicket",
    "User",
    "UserSession",
]
