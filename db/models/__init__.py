"""The tables."""

from db.models.accounts import (
    RecoveryCode,
    RefreshToken,
    SecondFactor,
    SocketTicket,
    User,
    UserSession,
)
from db.models.audit import AuditHead, AuditLink
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
from db.models.requests import AttemptCount, IdempotentRequest

__all__ = [
    "ApprovalAction",
    "ApprovalAuditLog",
    "ApprovalRouting",
    "AttemptCount",
    "AuditHead",
    "AuditLink",
    "AuditLog",
    "Base",
    "DocumentApproval",
    "DocumentAttachment",
    "DocumentUpload",
    "IdempotentRequest",
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
    "RecoveryCode",
    "RefreshToken",
    "SecondFactor",
    "SocketTicket",
    "User",
    "UserSession",
]
