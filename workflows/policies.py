"""How long each kind of activity may take and how it is retried; named for the effect it has."""

from datetime import timedelta
from typing import TypedDict

from temporalio.common import RetryPolicy

from workflows.messages import AGENT_QUEUE

PERMANENT = [
    "AgentRefused",
    "AlreadyDecided",
    "DifferentContent",
    "DrafterCannotApprove",
    "InvalidFacts",
    "InvalidGuidance",
    "InvalidTemplate",
    "NoFacts",
    "PackageChanged",
    "PhaseClosed",
    "ScriptFailed",
    "UnknownAgent",
    "UnknownKey",
    "UnknownPerson",
    "UnsafeDocument",
    "UnstorableEntry",
    "UnsupportedMarkdown",
]
"""Errors by class name that another attempt cannot cure."""


class ActivityOptions(TypedDict, total=False):
    task_queue: str
    start_to_close_timeout: timedelta
    heartbeat_timeout: timedelta
    retry_policy: RetryPolicy


# Rows have to be written however long the database is away: only a permanent error ends it.
RECORD = ActivityOptions(
    start_to_close_timeout=timedelta(seconds=20),
    retry_policy=RetryPolicy(
        initial_interval=timedelta(milliseconds=200),
        maximum_interval=timedelta(seconds=10),
        non_retryable_error_types=PERMANENT,
    ),
)
DRAFT = ActivityOptions(
    task_queue=AGENT_QUEUE,
    start_to_close_timeout=timedelta(minutes=15),
    heartbeat_timeout=timedelta(seconds=10),
    retry_policy=RetryPolicy(
        initial_interval=timedelta(seconds=1),
        maximum_interval=timedelta(minutes=1),
        maximum_attempts=6,
        non_retryable_error_types=PERMANENT,
    ),
)
PUBLISH = ActivityOptions(
    task_queue=AGENT_QUEUE,
    start_to_close_timeout=timedelta(minutes=3),
    heartbeat_timeout=timedelta(seconds=10),
    retry_policy=RetryPolicy(
        initial_interval=timedelta(seconds=1),
        maximum_interval=timedelta(seconds=20),
        maximum_attempts=5,
        non_retryable_error_types=PERMANENT,
    ),
)
# Nobody can ask for the checks of a gate before they were run once, so they are never given up.
CHECK = ActivityOptions(
    task_queue=AGENT_QUEUE,
    start_to_close_timeout=timedelta(minutes=3),
    heartbeat_timeout=timedelta(seconds=10),
    retry_policy=RetryPolicy(
        initial_interval=timedelta(seconds=1),
        maximum_interval=timedelta(seconds=20),
        non_retryable_error_types=PERMANENT,
    ),
)
