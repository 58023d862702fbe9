"""The read side: what the API shows, a fixed number of queries per call."""

from db.queries.documents import (
    ApprovalView,
    DocumentQueries,
    DocumentView,
    PendingApproval,
    TaskStatus,
    TaskView,
    TrailEntry,
    UploadView,
)
from db.queries.notices import NoticeQueries
from db.queries.projects import (
    Member,
    ProjectQueries,
    ProjectView,
    RecordView,
    StepView,
    TransitionView,
)

__all__ = [
    "ApprovalView",
    "DocumentQueries",
    "DocumentView",
    "Member",
    "NoticeQueries",
    "PendingApproval",
    "ProjectQueries",
    "ProjectView",
    "RecordView",
    "StepView",
    "TaskStatus",
    "TaskView",
    "TrailEntry",
    "TransitionView",
    "UploadView",
]
