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
from db.models.calendar import Closure, EventRecord, OutdatedDeadlines
from db.models.documents import (
    ApprovalAction,
    ApprovalAuditLog,
    ApprovalRouting,
    DocumentApproval,
    DocumentAttachment,
    DocumentUpload,
    ProjectDocument,
)
from db.models.drafts import AgentCall, DraftRecord
from db.models.gates import GateWaiver
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
from db.models.sources import ProjectSource, SourcePassage

__all__ = [
    "AgentCall",
    "ApprovalAction",
    "ApprovalAuditLog",
    "ApprovalRouting",
    "AttemptCount",
    "AuditHead",
    "AuditLink",
    "AuditLog",
    "Base",
    "Closure",
    "DocumentApproval",
    "DocumentAttachment",
    "DocumentUpload",
    "DraftRecord",
    "EventRecord",
    "GateWaiver",
    "IdempotentRequest",
    "Notification",
    "OutboxMessage",
    "OutdatedDeadlines",
    "PhaseTransition",
    "ProgressEvent",
    "Project",
    "ProjectDeadline",
    "ProjectDocument",
    "ProjectMember",
    "ProjectPhase",
    "ProjectRecord",
    "ProjectSource",
    "ProjectStep",
    "RecordedKind",
    "RecoveryCode",
    "RefreshToken",
    "SecondFactor",
    "SocketTicket",
    "SourcePassage",
    "User",
    "UserSession",
]
