"""Orders of operators, carried out through the workflows they are about."""

import asyncio
import contextlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self
from uuid import UUID

from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.enums.v1 import EventType, PendingActivityState
from temporalio.api.failure.v1 import Failure
from temporalio.api.workflow.v1 import PendingActivityInfo
from temporalio.api.workflowservice.v1 import ResetActivityRequest
from temporalio.client import (
    Client,
    WorkflowExecutionStatus,
    WorkflowFailureError,
    WorkflowHistory,
)
from temporalio.service import RPCError, RPCStatusCode

from db.intake import Intake
from db.models import User
from db.operations import Operations
from db.session import Sessions
from documents.identity import document_workflow_id, phase_workflow_id, project_workflow_id
from documents.vocabulary import Phase
from runtime.encryption import UnreadablePayload
from workflows.document import DocumentWorkflow
from workflows.messages import Order, Reassignment, RetryDocument
from workflows.phase import PhaseWorkflow
from workflows.updates import execute_update

ANSWER_SECONDS = 60.0
AT_ONCE = 16
"""Workflows that are looked at together."""
RUNNING = 'ExecutionStatus = "Running"'
BROKEN = (
    'TemporalReportedProblems IN ("category=WorkflowTaskFailed", "category=WorkflowTaskTimedOut")'
)
ENDED_WRONGLY = (
    'WorkflowType IN ("ProjectWorkflow", "PhaseWorkflow", "DocumentWorkflow") AND '
    'ExecutionStatus IN ("Failed", "Terminated", "TimedOut")'
)
TASK_COMPLETED = EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED
HOW_IT_ENDED = {
    WorkflowExecutionStatus.FAILED: "its run has failed",
    WorkflowExecutionStatus.TERMINATED: "its run was terminated",
    WorkflowExecutionStatus.TIMED_OUT: "its run has timed out",
}
_ID = re.compile(
    r"project/(?P<project>[0-9a-f-]{36})"
    r"(/phase/(?P<phase>[a-z_]+)|/document/(?P<code>[^/]+)/(?P<version>\d+))?"
)


class OrderRefused(RuntimeError):
    """The order cannot be carried out; the message says why."""


@dataclass(frozen=True, slots=True)
class Identity:
    """What a workflow id says; only its kind of workflow takes an order."""

    workflow_id: str
    project_id: UUID | None = None
    phase: Phase | None = None
    code: str = ""
    version: int | None = None

    @classmethod
    def parse(cls, workflow_id: str) -> Self:
        """Read a workflow id; of what belongs to no acquisition only the id is known."""
        found = _ID.fullmatch(workflow_id)
        if found is None:
            return cls(workflow_id)
        phase, version = found["phase"], found["version"]
        return cls(
            workflow_id=workflow_id,
            project_id=UUID(found["project"]),
            phase=Phase(phase) if phase else None,
            code=found["code"] or "",
            version=int(version) if version else None,
        )


@dataclass(frozen=True, slots=True)
class Problem:
    """A workflow that waits for software, not for people."""

    workflow_id: str
    what: str
    to_do: str


class Orders:
    """Sends orders to workflows, and finds those that cannot go on."""

    def __init__(self, client: Client, operations: Operations, sessions: Sessions) -> None:
        self._client = client
        self._operations = operations
        self._intake = Intake(sessions)

    async def identify(self, workflow_id: str) -> Identity:
        """Understand a workflow id; raises OrderRefused when there is no such workflow."""
        if await self._status(workflow_id) is None:
            raise OrderRefused(f"there is no workflow {workflow_id}: copy the id from `stuck`")
        return Identity.parse(workflow_id)

    async def obey(
        self,
        action: str,
        identity: Identity,
        admin: User,
        order_id: str,
        *,
        reason: str,
        to: str | None = None,
    ) -> str:
        """Carry out an order and say what was done.

        Raises:
            OrderRefused: this kind of workflow takes no such order.
            WorkflowUpdateFailedError: the workflow refuses; its cause says why.
            RPCError, TimeoutError: Temporal or the worker does not answer.
        """
        order = Order(order_id=order_id, actor=admin.email, reason=reason)
        async with asyncio.timeout(ANSWER_SECONDS):
            match action:
                case "remind":
                    return await self._remind(identity, order)
                case "reassign":
                    return await self._reassign(identity, order, to or "")
                case "retry":
                    return await self._retry(identity, order)
                case "pause" | "resume":
                    return await self._pause(identity, order, resume=action == "resume")
                case _:
                    return await self._cancel(identity, admin)

    async def problems(self) -> tuple[Problem, ...]:
        """Workflows with broken code, a wrong end, or an activity that keeps failing."""
        broken = {run.id async for run in self._client.list_workflows(f"{RUNNING} AND {BROKEN}")}
        slots = asyncio.Semaphore(AT_ONCE)

        async def look(workflow_id: str) -> list[Problem]:
            async with slots:
                return await self._failing(workflow_id)

        running = [run.id async for run in self._client.list_workflows(RUNNING)]
        looked = await asyncio.gather(*map(look, running))
        return (
            *(
                Problem(
                    workflow_id,
                    "its code fails: most often after a deploy that running work cannot follow",
                    "deploy the version before, or correct the code with workflow.patched; "
                    "put back what was taken out of PAYLOAD_KEYS",
                )
                for workflow_id in sorted(broken)
            ),
            *await self._ended_wrongly(),
            *(problem for problems in looked for problem in problems),
        )

    async def _ended_wrongly(self) -> list[Problem]:
        """What did not end by the product's own rules, in projects that go on."""
        listed = {run.id async for run in self._client.list_workflows(ENDED_WRONGLY)}
        projects = await self._operations.open_projects()
        problems: list[Problem] = []
        # Versions report to phases and phases to projects: who is reported to goes on first.
        for workflow_id in sorted(listed, key=lambda one: ("/document/" in one, one)):
            identity = Identity.parse(workflow_id)
            if identity.project_id not in projects or await self._is_replaced(identity):
                continue
            status = await self._status(workflow_id)
            if status is not None and status in HOW_IT_ENDED:
                problems.append(await self._ended(identity, status))
        return problems

    async def _is_replaced(self, identity: Identity) -> bool:
        """Whether a later version of the document was begun."""
        if identity.project_id is None or identity.version is None:
            return False
        later = document_workflow_id(identity.project_id, identity.code, identity.version + 1)
        return await self._status(later) is not None

    async def _ended(self, identity: Identity, status: WorkflowExecutionStatus) -> Problem:
        workflow_id, what = identity.workflow_id, HOW_IT_ENDED[status]
        point = "--type LastWorkflowTask"
        if status is WorkflowExecutionStatus.FAILED:
            history = await self._client.get_workflow_handle(workflow_id).fetch_history()
            failure = history.events[-1].workflow_execution_failed_event_attributes.failure
            if failure.HasField("activity_failure_info"):
                failure = failure.cause
            what, point = f"{what}: {await self._reason(failure)}", _before_the_failure(history)
        reset = f"temporal workflow reset --workflow-id {workflow_id} {point} --reason WHY"
        other = "`retry`" if identity.code else f"`cancel project/{identity.project_id}`"
        return Problem(workflow_id, what, f"remove the cause, then `{reset}`; or {other}")

    async def _failing(self, workflow_id: str) -> list[Problem]:
        return [
            Problem(
                workflow_id,
                f"{activity.activity_type.name} failed {activity.attempt - 1} times: "
                f"{await self._reason(activity.last_failure)}",
                "remove the cause; it is tried again by itself, or at once with `retry`",
            )
            for activity in await self._pending(workflow_id)
            if activity.attempt > 1
        ]

    async def _reason(self, failure: Failure) -> str:
        """What a failure says, which the engine may keep encrypted."""
        try:
            return str(await self._client.data_converter.decode_failure(failure))
        except UnreadablePayload as error:
            return f"the reason cannot be read: {error}"

    async def _pending(self, workflow_id: str) -> Sequence[PendingActivityInfo]:
        try:
            description = await self._client.get_workflow_handle(workflow_id).describe()
        except RPCError as error:
            if error.status is RPCStatusCode.NOT_FOUND:
                return ()  # it ended since it was listed
            raise
        return description.raw_description.pending_activities

    async def _remind(self, identity: Identity, order: Order) -> str:
        if identity.code:
            handle = self._client.get_workflow_handle_for(
                DocumentWorkflow.run, identity.workflow_id
            )
            await execute_update(
                handle, DocumentWorkflow.remind, order, update_id=_key("remind", order)
            )
        elif identity.phase:
            handle = self._client.get_workflow_handle_for(PhaseWorkflow.run, identity.workflow_id)
            await execute_update(
                handle, PhaseWorkflow.remind, order, update_id=_key("remind", order)
            )
        else:
            raise OrderRefused("only versions and phases await people: name one of them")
        return "Whoever is awaited was reminded."

    async def _reassign(self, identity: Identity, order: Order, to: str) -> str:
        if not identity.code:
            raise OrderRefused(
                "only a signature can be reassigned; a gate follows the contracting officer whom "
                "the requirements package names"
            )
        person = await self._operations.person(to)
        if person is None:
            raise OrderRefused(f"{to} has no active account")
        handle = self._client.get_workflow_handle_for(DocumentWorkflow.run, identity.workflow_id)
        receipt = await execute_update(
            handle,
            DocumentWorkflow.reassign,
            Reassignment(
                order_id=order.order_id,
                actor=order.actor,
                reason=order.reason,
                email=person.email,
                name=person.name,
                warrant_usd=person.warrant_usd,
            ),
            update_id=_key("reassign", order),
        )
        return (
            f"{receipt.approver.name} signs as {receipt.approver.position.label} instead of "
            f"{receipt.delegated_from.name}."
        )

    async def _retry(self, identity: Identity, order: Order) -> str:
        waiting = [
            activity
            for activity in await self._pending(identity.workflow_id)
            if activity.state == PendingActivityState.PENDING_ACTIVITY_STATE_SCHEDULED
        ]
        for activity in waiting:
            await self._client.workflow_service.reset_activity(
                ResetActivityRequest(
                    namespace=self._client.namespace,
                    execution=WorkflowExecution(workflow_id=identity.workflow_id),
                    identity=order.actor,
                    id=activity.activity_id,
                )
            )
        if waiting:
            names = ", ".join(activity.activity_type.name for activity in waiting)
            return f"Tried again at once: {names}."
        if not identity.code or identity.project_id is None:
            raise OrderRefused("no activity of this workflow is waiting for another attempt")
        if await self._status(identity.workflow_id) is WorkflowExecutionStatus.RUNNING:
            raise OrderRefused("this version is under way and nothing of it fails")
        phase = await self._operations.phase_of(identity.project_id, identity.code)
        if phase is None:
            raise OrderRefused(f"{identity.code} is no document of this project")
        handle = self._client.get_workflow_handle_for(
            PhaseWorkflow.run, phase_workflow_id(identity.project_id, phase)
        )
        again = RetryDocument(
            # Its phase takes orders for many versions, which are not repetitions of each other.
            order_id=f"{identity.code}/{identity.version}/{order.order_id}",
            actor=order.actor,
            reason=order.reason,
            code=identity.code,
            version=identity.version,
        )
        receipt = await execute_update(
            handle, PhaseWorkflow.retry, again, update_id=_key("retry", again)
        )
        return f"Version {receipt.version} is being drafted: {receipt.workflow_id}"

    async def _pause(self, identity: Identity, order: Order, *, resume: bool) -> str:
        if identity.project_id is None:
            raise OrderRefused("only versions, phases and projects can be paused")
        if identity.code or identity.phase:
            await self._pause_one(identity.workflow_id, order, resume=resume)
            return f"{'Resumed' if resume else 'Paused'}: {identity.workflow_id}"
        done: list[str] = []
        for workflow_id in await self._parts(identity.project_id):
            if await self._is_paused(workflow_id) is resume:
                await self._pause_one(workflow_id, order, resume=resume)
                done.append(workflow_id)
        if not done:
            return f"Nothing is left to {'resume' if resume else 'pause'}."
        return "\n".join([f"{'Resumed' if resume else 'Paused'}:", *done])

    async def _pause_one(self, workflow_id: str, order: Order, *, resume: bool) -> None:
        key = _key("resume" if resume else "pause", order)
        if "/document/" in workflow_id:
            version = self._client.get_workflow_handle_for(DocumentWorkflow.run, workflow_id)
            update = DocumentWorkflow.resume if resume else DocumentWorkflow.pause
            await execute_update(version, update, order, update_id=key)
        else:
            phase = self._client.get_workflow_handle_for(PhaseWorkflow.run, workflow_id)
            change = PhaseWorkflow.resume if resume else PhaseWorkflow.pause
            await execute_update(phase, change, order, update_id=key)

    async def _is_paused(self, workflow_id: str) -> bool | None:
        """``None``: it cannot be paused, because nobody can act on it yet."""
        if "/document/" in workflow_id:
            version = self._client.get_workflow_handle_for(DocumentWorkflow.run, workflow_id)
            view = await version.query(DocumentWorkflow.state)
            return bool(view.paused) if view.awaited else None
        phase = self._client.get_workflow_handle_for(PhaseWorkflow.run, workflow_id)
        return bool((await phase.query(PhaseWorkflow.state)).paused)

    async def _cancel(self, identity: Identity, admin: User) -> str:
        if identity.project_id is None or identity.phase is not None:
            raise OrderRefused("only a version or a whole project can be cancelled")
        if identity.code:
            await self._end(identity.workflow_id)
            return "The version is withdrawn; `retry` drafts the next one."
        await self._end(identity.workflow_id)
        # A phase that has ended starts no version any more, so the versions come last.
        parts = await self._parts(identity.project_id)
        for workflow_id in sorted(parts, key=lambda part: "/document/" in part):
            await self._end(workflow_id)
        for workflow_id in await self._parts(identity.project_id):
            await self._end(workflow_id)
        await self._intake.cancel_project(identity.project_id, admin)
        return "The project is cancelled; its file is kept."

    async def _end(self, workflow_id: str) -> None:
        """Ask a workflow to end and wait until it has; harmless when it has ended."""
        handle: Any = self._client.get_workflow_handle(workflow_id)
        try:
            await handle.cancel()
        except RPCError as error:
            if error.status is not RPCStatusCode.NOT_FOUND:
                raise
            return
        with contextlib.suppress(WorkflowFailureError):  # how a cancelled workflow ends
            await handle.result()

    async def _parts(self, project_id: UUID) -> list[str]:
        """Running phases and versions of a project."""
        whole = project_workflow_id(project_id)
        query = f'{RUNNING} AND ProjectId = "{project_id}"'
        return [run.id async for run in self._client.list_workflows(query) if run.id != whole]

    async def _status(self, workflow_id: str) -> WorkflowExecutionStatus | None:
        """``None``: there is no such workflow."""
        try:
            return (await self._client.get_workflow_handle(workflow_id).describe()).status
        except RPCError as error:
            if error.status is RPCStatusCode.NOT_FOUND:
                return None
            raise


def _key(action: str, order: Order) -> str:
    """Of the update that carries an order out: repeated, it gets the answer that it got."""
    return f"order/{action}/{order.order_id}"


def _before_the_failure(history: WorkflowHistory) -> str:
    """Where a failed run is reset to: there it orders the step that failed once more.

    A reset to its last task would only read again that the step has failed.
    """
    for event in reversed(history.events):
        step = (
            event.activity_task_failed_event_attributes.scheduled_event_id
            or event.signal_external_workflow_execution_failed_event_attributes.initiated_event_id
        )
        if step:
            before = (one for one in history.events[:step] if one.event_type == TASK_COMPLETED)
            return f"--event-id {max(one.event_id for one in before)}"
    return "--type LastWorkflowTask"
