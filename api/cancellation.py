"""Ends the workflows of a project that is cancelled."""

import asyncio
from collections.abc import Awaitable, Iterable

from temporalio.client import Client, WorkflowExecutionStatus
from temporalio.service import RPCError, RPCStatusCode

from api.errors import TemporalUnavailable
from api.temporal import TemporalConnection
from db.models import Project, ProjectDocument
from documents.identity import document_workflow_id, phase_workflow_id, project_workflow_id
from documents.vocabulary import Phase

CLOSING_SECONDS = 5.0
"""How long a request waits until a cancelled workflow has ended."""
PAUSE_SECONDS = 0.05


async def cancel_workflows(
    temporal: TemporalConnection, project: Project, documents: Iterable[ProjectDocument]
) -> None:
    """Cancel the project's workflow, then its phases, then its documents; harmless to repeat.

    A phase that has ended starts no version any more, so the versions come last. Without a worker
    the request to end is kept by the engine and obeyed later. Raises TemporalUnavailable.
    """
    client = await temporal.client()
    phases = [phase_workflow_id(project.id, phase) for phase in Phase]
    versions = [
        # A version that was being started is not in its document's row yet.
        document_workflow_id(project.id, document.code, version)
        for document in documents
        for version in (document.current_version, document.current_version + 1)
        if version
    ]
    for workflow_ids in ([project_workflow_id(project.id)], phases, versions):
        cancelled = await asyncio.gather(*(_cancel(client, key) for key in workflow_ids))
        running = [key for key, told in zip(workflow_ids, cancelled, strict=True) if told]
        await asyncio.gather(*(_ended(client, key) for key in running))


async def _cancel(client: Client, workflow_id: str) -> bool:
    """Ask a workflow to end; False when it has not begun or has ended."""
    return await _answered(_told(client, workflow_id))


async def _told(client: Client, workflow_id: str) -> bool:
    await client.get_workflow_handle(workflow_id).cancel()
    return True


async def _ended(client: Client, workflow_id: str) -> None:
    give_up = asyncio.get_running_loop().time() + CLOSING_SECONDS
    while asyncio.get_running_loop().time() < give_up:
        if not await _answered(_is_running(client, workflow_id)):
            return
        await asyncio.sleep(PAUSE_SECONDS)


async def _is_running(client: Client, workflow_id: str) -> bool:
    description = await client.get_workflow_handle(workflow_id).describe()
    return description.status is WorkflowExecutionStatus.RUNNING


async def _answered(call: Awaitable[bool]) -> bool:
    """False when there is no such workflow any more."""
    try:
        return await call
    except RPCError as error:
        if error.status is RPCStatusCode.NOT_FOUND:
            return False
        raise TemporalUnavailable from error
