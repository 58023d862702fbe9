"""The typed way for clients to send an update: one message in, one answer out, by reference."""

# The SDK leaves the type of `args` open in the signature of execute_update.
# pyright: reportUnknownMemberType=false

from typing import Any, TypeVar

from temporalio.client import WorkflowHandle
from temporalio.workflow import UpdateMethodMultiParam

Workflow = TypeVar("Workflow")
Argument = TypeVar("Argument")
Answer = TypeVar("Answer")


async def execute_update(
    handle: WorkflowHandle[Workflow, Any],
    update: UpdateMethodMultiParam[[Workflow, Argument], Answer],
    message: Argument,
    *,
    update_id: str | None = None,
) -> Answer:
    """Send an update and wait for its answer; the same ``update_id`` gets the same answer.

    Bound the wait with ``asyncio.timeout``: without a worker the answer does not come.

    Raises:
        WorkflowUpdateFailedError: refused by the validator or failed; ``cause.type`` names why.
        RPCError: NOT_FOUND when the workflow does not run.
    """
    return await handle.execute_update(update, message, id=update_id)
