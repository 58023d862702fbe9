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


def _with_agents(
    *, timeout: timedelta, longest_pause: timedelta, attempts: int = 0
) -> ActivityOptions:
    """Slow work that heartbeats; without ``attempts`` it is never given up."""
    return ActivityOptions(
        task_queue=AGENT_QUEUE,
        start_to_close_timeout=timeout,
        heartbeat_timeout=timedelta(seconds=10),
        retry_policy=RetryPolicy(
            initial_interval=timedelta(seconds=1),
            maximum_interval=longest_pause,
            maximum_attempts=attempts,
            non_retryable_error_types=PERMANENT,
        ),
    )


DRAFT = _with_agents(timeout=timedelta(minutes=15), longest_pause=timedelta(minutes=1), attempts=6)
PUBLISH = _with_agents(
    timeout=timedelta(minutes=3), longest_pause=timedelta(seconds=20), attempts=5
)
# Nobody can ask for the checks of a gate before they were run once, so they are never given up.
CHECK = _with_agents(timeout=timedelta(minutes=3), longest_pause=timedelta(seconds=20))
