"""What a test leaves running on the server that it shares with others."""

from contextlib import suppress

from temporalio.client import Client
from temporalio.service import RPCError

from tests.waiting import until


async def end_what_runs(client: Client) -> None:
    """Otherwise the next workers, who know none of its files, would go on with it."""

    async def left() -> list[str]:
        runs = [run async for run in client.list_workflows('ExecutionStatus = "Running"')]
        for run in runs:
            # It may have been closing when the list was made.
            with suppress(RPCError):
                await client.get_workflow_handle(run.id, run_id=run.run_id).terminate()
        return [run.id for run in runs]

    await until(left, lambda runs: not runs)
