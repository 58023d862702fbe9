"""What the API tells workflows, and what their answers mean to a caller.

Reads never come here: they come from the database, which answers without a worker.
"""

import asyncio
from collections.abc import Awaitable
from contextlib import suppress
from datetime import timedelta
from typing import Any, TypeVar
from uuid import UUID

import structlog
from pydantic import BaseModel
from temporalio.client import (
    Client,
    WithStartWorkflowOperation,
    WorkflowUpdateFailedError,
    WorkflowUpdateRPCTimeoutOrCancelledError,
)
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from temporalio.exceptions import ApplicationError, TemporalError, WorkflowAlreadyStartedError
from temporalio.service import RPCError, RPCStatusCode

from api.errors import (
    AnswerPending,
    ApiError,
    Conflict,
    Refused,
    RefusedPerson,
    TemporalUnavailable,
)
from api.storable import require_storable
from documents.identity import phase_workflow_id, project_workflow_id
from documents.vocabulary import Phase
from runtime.encryption import KeyRing
from runtime.temporal import connect
from workflows.deadlines import CHANGED, RECOMPUTE_WORKFLOW_ID, DeadlineRecomputeWorkflow
from workflows.document import DocumentWorkflow
from workflows.messages import (
    WORKFLOW_QUEUE,
    AcceptPackage,
    AddApprovers,
    ApproversReceipt,
    Decision,
    DecisionReceipt,
    Delegation,
    DelegationReceipt,
    GateDecision,
    GateReceipt,
    GenerateDocument,
    GenerateReceipt,
    NoteRecord,
    ProjectState,
    RequestTransition,
    RevisePackage,
    RevisionReceipt,
    StartProject,
    SubmitVersion,
)
from workflows.phase import PhaseWorkflow
from workflows.project import ProjectWorkflow

ANSWER_SECONDS = 15.0
"""How long a request waits for a workflow before it answers 202."""
CATCH_UP_SECONDS = 5.0
"""How long a workflow may lag behind what its own activities have already written."""
CATCH_UP_PAUSE_SECONDS = 0.1
CONNECT_WAIT = timedelta(seconds=3)

NOT_YET = frozenset(
    {"GateNotOpen", "MissingDependencies", "NotAwaitingDecision", "PackageNotAccepted"}
)
"""Refusals that a workflow takes back as soon as it has read what was written."""
NOT_RUNNING = "WorkflowNotRunning"
NEVER: frozenset[str] = frozenset()
OF_THE_PERSON = frozenset(
    {"DrafterCannotApprove", "NotTheApprover", "NotTheGatekeeper", "WarrantExceeded"}
)

Answer = TypeVar("Answer")


class TemporalConnection:
    """The client of this process, connected when it is first needed, then kept."""

    def __init__(self, address: str | None, keys: KeyRing | None = None) -> None:
        self._address = address
        self._keys = keys
        self._client: Client | None = None
        self._connecting = asyncio.Lock()

    async def client(self) -> Client:
        """Return the client; raises TemporalUnavailable when no server answers."""
        async with self._connecting:
            if self._client is None:
                try:
                    self._client = await connect(self._address, keys=self._keys, wait=CONNECT_WAIT)
                except ConnectionError as error:
                    raise TemporalUnavailable from error
            return self._client

    async def is_healthy(self) -> bool:
        try:
            client = await self.client()
            return await client.service_client.check_health(timeout=timedelta(seconds=2))
        except (TemporalUnavailable, RPCError, RuntimeError):
            return False


class Workflows:
    """Messages to the workflows of the product. Every call is bounded in time.

    Raises, all of them:
        Refused: the workflow says no; RefusedPerson when it says no to this person.
        Conflict: the workflow has not started or is closed.
        AnswerPending: no answer in time; the same call with the same id asks again.
        TemporalUnavailable: the engine does not answer.
    """

    def __init__(self, temporal: TemporalConnection, front_end: str = "") -> None:
        """``front_end``: the address that links in the Temporal Web UI begin with."""
        self._temporal = temporal
        self._front_end = front_end

    async def start_project(self, project_id: UUID, package: AcceptPackage) -> None:
        """Start the project's workflow with a package; harmless to repeat, and nothing is awaited.

        A workflow that is running already keeps what it has.
        """
        state = ProjectState(
            plan=package.plan,
            accepted_by=package.actor,
            auto_draft=package.auto_draft and not package.provisional,
            facts_id=package.facts_id,
            provisional=package.provisional,
            regime=package.regime,
        )
        client = await self._temporal.client()

        async def start() -> None:
            try:
                await client.start_workflow(
                    ProjectWorkflow.run,
                    StartProject(project_id=project_id, front_end=self._front_end, state=state),
                    id=project_workflow_id(project_id),
                    task_queue=WORKFLOW_QUEUE,
                    id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
                    id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
                    static_summary=package.plan.title,
                )
            except WorkflowAlreadyStartedError:
                structlog.get_logger("api").info("project is closed", project_id=str(project_id))

        await _answered(start(), "start")

    async def accept_package(
        self, project_id: UUID, package: AcceptPackage, update_id: str
    ) -> None:
        """Start the project's workflow if it is not running, and let it accept the package."""
        start = WithStartWorkflowOperation(
            ProjectWorkflow.run,
            StartProject(project_id=project_id, front_end=self._front_end),
            id=project_workflow_id(project_id),
            task_queue=WORKFLOW_QUEUE,
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
            id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
            static_summary=package.plan.title,
        )
        # One overload of the SDK's update calls has an untyped argument: all of it counts as such.
        client: Any = await self._temporal.client()
        try:
            await _answered(
                client.execute_update_with_start_workflow(
                    ProjectWorkflow.accept_package,
                    package,
                    id=update_id,
                    start_workflow_operation=start,
                ),
                update_id,
            )
        except (AnswerPending, TemporalUnavailable):
            # The SDK keeps the failure for who asks for the handle, and complains if nobody does.
            with suppress(TemporalError, asyncio.CancelledError):
                await start.workflow_handle()
            raise

    async def revise_package(self, project_id: UUID, package: RevisePackage) -> RevisionReceipt:
        """Put another package in force; it is stored."""
        return await self._update(
            project_workflow_id(project_id),
            ProjectWorkflow.revise_package,
            package,
            f"revise/{package.request_id}",
        )

    async def note_record(self, project_id: UUID, record: NoteRecord, update_id: str) -> None:
        """Tell the project of a record that is stored."""
        await self._update(
            project_workflow_id(project_id), ProjectWorkflow.note_record, record, update_id
        )

    async def count_deadlines(self) -> None:
        """Have the deadlines of outdated projects counted again; harmless to repeat."""
        client = await self._temporal.client()
        await _answered(
            client.start_workflow(
                DeadlineRecomputeWorkflow.run,
                id=RECOMPUTE_WORKFLOW_ID,
                task_queue=WORKFLOW_QUEUE,
                # One that runs already may have looked past this change: it looks once more.
                start_signal=CHANGED,
                id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
                static_summary="Count deadlines again",
            ),
            RECOMPUTE_WORKFLOW_ID,
        )

    async def generate(
        self, project_id: UUID, phase: Phase, request: GenerateDocument, *, ready: bool
    ) -> GenerateReceipt:
        """Draft a new version. ``ready``: its phase has begun and all that it needs is there."""
        return await self._update(
            phase_workflow_id(project_id, phase),
            PhaseWorkflow.generate,
            request,
            request.request_id,
            passing=NOT_YET | {NOT_RUNNING} if ready else NEVER,
        )

    async def generation_of(
        self, project_id: UUID, phase: Phase, request_id: str
    ) -> GenerateReceipt | None:
        """What an earlier attempt of the same request was answered; ``None``: it is a new one."""
        client = await self._temporal.client()
        handle = client.get_workflow_handle(phase_workflow_id(project_id, phase))
        earlier = handle.get_update_handle(request_id, result_type=GenerateReceipt)
        try:
            return await _answered(earlier.result(), request_id)
        except Conflict:
            return None

    async def submit(
        self, project_id: UUID, phase: Phase, request: SubmitVersion, *, ready: bool
    ) -> GenerateReceipt:
        """Put a person's version under review; its bytes are stored. ``ready`` as in generate."""
        return await self._update(
            phase_workflow_id(project_id, phase),
            PhaseWorkflow.submit,
            request,
            request.request_id,
            passing=NOT_YET | {NOT_RUNNING} if ready else NEVER,
        )

    async def request_transition(
        self, project_id: UUID, phase: Phase, request: RequestTransition
    ) -> None:
        await self._update(
            phase_workflow_id(project_id, phase),
            PhaseWorkflow.request_transition,
            request,
            request.request_id,
            passing=NEVER,
        )

    async def decide_gate(
        self, project_id: UUID, phase: Phase, decision: GateDecision
    ) -> GateReceipt:
        """Decide a gate that the database shows as pending."""
        return await self._update(
            phase_workflow_id(project_id, phase),
            PhaseWorkflow.decide_gate,
            decision,
            decision.decision_id,
        )

    async def decide(self, workflow_id: str, decision: Decision) -> DecisionReceipt:
        """Sign or send back a version whose signature the database shows as awaited."""
        return await self._update(
            workflow_id, DocumentWorkflow.decide, decision, decision.decision_id
        )

    async def delegate(self, workflow_id: str, delegation: Delegation) -> DelegationReceipt:
        """Let another person give a signature that the database shows as awaited."""
        return await self._update(
            workflow_id, DocumentWorkflow.delegate, delegation, delegation.delegation_id
        )

    async def add_approvers(self, workflow_id: str, request: AddApprovers) -> ApproversReceipt:
        """Ask for more signatures on a version that the database shows as under review."""
        return await self._update(
            workflow_id,
            DocumentWorkflow.add_approvers,
            request,
            request.request_id,
            passing=NOT_YET | {"NotUnderReview"},
        )

    async def _update(
        self,
        workflow_id: str,
        update: object,
        message: BaseModel,
        update_id: str,
        *,
        passing: frozenset[str] = NOT_YET,
    ) -> Any:
        """Send an update, again while it is refused for a reason in ``passing``."""
        # Also what routes have read from a form: no row could hold what the workflow then knows.
        require_storable(message.model_dump(mode="json"), "body")
        client: Any = await self._temporal.client()
        handle = client.get_workflow_handle(workflow_id)
        give_up = asyncio.get_running_loop().time() + CATCH_UP_SECONDS
        while True:
            try:
                return await _answered(
                    handle.execute_update(update, message, id=update_id), update_id
                )
            except (Refused, Conflict) as refusal:
                # A program that follows the events can be faster than the workflow, which learns of
                # its own activity's end a moment later. A validator's refusal leaves no trace.
                too_late = asyncio.get_running_loop().time() > give_up
                if too_late and refusal.code in passing and refusal.code == NOT_RUNNING:
                    # What ought to run does not yet, because its worker is away: it will.
                    raise _pending(update_id) from refusal
                if too_late or refusal.code not in passing:
                    raise
            await asyncio.sleep(CATCH_UP_PAUSE_SECONDS)


async def _answered(call: Awaitable[Answer], message_id: str) -> Answer:
    try:
        async with asyncio.timeout(ANSWER_SECONDS):
            return await call
    except (TimeoutError, WorkflowUpdateRPCTimeoutOrCancelledError) as error:
        raise _pending(message_id) from error
    except WorkflowUpdateFailedError as error:
        raise _refusal(error) from error
    except WorkflowAlreadyStartedError as error:
        raise Conflict("WorkflowClosed", "this has been completed and is closed") from error
    except RPCError as error:
        raise _unanswered(error, message_id) from error


def _pending(message_id: str) -> AnswerPending:
    return AnswerPending(
        "The workflow has not answered yet; repeat the request to ask again",
        decision_id=message_id,
    )


def _refusal(error: WorkflowUpdateFailedError) -> Refused:
    cause = error.cause
    if not isinstance(cause, ApplicationError) or not cause.type:
        return Refused("UpdateFailed", str(cause))
    kind = RefusedPerson if cause.type in OF_THE_PERSON else Refused
    return kind(cause.type, cause.message)


def _unanswered(error: RPCError, message_id: str) -> ApiError:
    match error.status:
        case RPCStatusCode.NOT_FOUND:
            return Conflict(NOT_RUNNING, "this has not started yet, or is closed")
        case RPCStatusCode.DEADLINE_EXCEEDED | RPCStatusCode.CANCELLED:
            return _pending(message_id)
        case _:
            structlog.get_logger("api").warning("temporal", status=error.status, reason=str(error))
            return TemporalUnavailable()
