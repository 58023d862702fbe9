"""A refusal that an activity gave for good, as the answer to whoever asked."""

from collections.abc import Generator
from contextlib import contextmanager

from temporalio.exceptions import ActivityError, ApplicationError


def refusal(error: ActivityError) -> ApplicationError:
    """The reason under its own name, so that the caller can tell it from a fault."""
    cause = error.cause
    if isinstance(cause, ApplicationError):
        return ApplicationError(cause.message, type=cause.type, non_retryable=True)
    return ApplicationError(str(cause or error), type="ActivityFailed", non_retryable=True)


@contextmanager
def refusing() -> Generator[None]:
    """Answer with the refusal of an activity in the block."""
    try:
        yield
    except ActivityError as error:
        raise refusal(error) from error
