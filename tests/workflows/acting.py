"""What people do in workflow tests: look at a version, decide on it, ask for a new one."""

from typing import Any
from uuid import UUID, uuid4

import pytest
from temporalio.api.sdk.v1 import WorkflowMetadata
from temporalio.client import Client, WorkflowHandle, WorkflowUpdateFailedError
from temporalio.exceptions import ApplicationError
from temporalio.service import RPCError, RPCStatusCode

from activities.records import ApprovalsRequested
from documents.identity import document_workflow_id
from documents.plan import Assignee
from documents.vocabulary import ApprovalStatus, DocumentStatus
from tests.fakes import FakeHouse
from tests.waiting import until
from tests.workflows.conftest import SPECIALIST
from workflows.document import DocumentWorkflow
from workflows.messages import (
    AddApprovers,
    ApproversReceipt,
    Decision,
    DecisionReceipt,
    Delegation,
    DelegationReceipt,
    DocumentView,
    GateDecision,
    GateReceipt,
    GenerateDocument,
    GenerateReceipt,
    PhaseState,
    SubmitVersion,
)
from workflows.phase import PhaseWorkflow
from workflows.updates import execute_update

Document = WorkflowHandle[DocumentWorkflow, DocumentStatus]
Phase = WorkflowHandle[PhaseWorkflow, None]


def document(client: Client, project_id: UUID, code: str = "PR", version: int = 1) -> Document:
    return client.get_workflow_handle_for(
        DocumentWorkflow.run, document_workflow_id(project_id, code, version)
    )


async def under_review(handle: Document) -> DocumentView:
    """Wait until the version exists and a signer is awaited."""
    view = await until(lambda: _view(handle), lambda it: it is not None and bool(it.awaiting))
    assert view is not None
    return view


async def requested(house: FakeHouse, handle: Document) -> ApprovalsRequested:
    """What is recorded of a version that is put under review; the query may be earlier."""

    async def found() -> list[ApprovalsRequested]:
        return house.projection.of(ApprovalsRequested, handle.id)

    return (await until(found, bool))[0]


async def started(handle: Document) -> bool:
    """Whether the version exists: its phase starts it some time after the phase itself."""
    return await _view(handle) is not None


async def _view(handle: Document) -> DocumentView | None:
    try:
        return await handle.query(DocumentWorkflow.state)
    except RPCError as error:
        if error.status is RPCStatusCode.NOT_FOUND:
            return None
        raise


async def decide(handle: Document, view: DocumentView, **given: object) -> DecisionReceipt:
    """Approve the version on view, but for the fields that are given."""
    fields: dict[str, object] = {
        "decision_id": str(uuid4()),
        "step": view.step,
        "status": ApprovalStatus.APPROVED,
        "sha256": view.docx_sha256,
        **given,
    }
    return await execute_update(
        handle,
        DocumentWorkflow.decide,
        Decision.model_validate(fields),
        update_id=str(fields["decision_id"]),
    )


async def delegate(
    handle: Document, view: DocumentView, to: Assignee, **given: object
) -> DelegationReceipt:
    """Let another person sign in the position that is awaited."""
    assert view.awaiting is not None
    fields: dict[str, object] = {
        "delegation_id": str(uuid4()),
        "step": view.step,
        "actor": view.awaiting.email,
        "delegate": to,
        "reason": "on leave",
        **given,
    }
    return await execute_update(
        handle, DocumentWorkflow.delegate, Delegation.model_validate(fields)
    )


async def add_approvers(handle: Document, *approvers: Assignee) -> ApproversReceipt:
    return await execute_update(
        handle,
        DocumentWorkflow.add_approvers,
        AddApprovers(request_id=str(uuid4()), requested_by=SPECIALIST.email, approvers=approvers),
    )


async def generate(phase: Phase, code: object, **given: object) -> GenerateReceipt:
    fields: dict[str, object] = {
        "request_id": str(uuid4()),
        "code": code,
        "requested_by": SPECIALIST,
        **given,
    }
    return await execute_update(
        phase, PhaseWorkflow.generate, GenerateDocument.model_validate(fields)
    )


async def submit(phase: Phase, code: object, **given: object) -> GenerateReceipt:
    fields: dict[str, object] = {
        "request_id": str(uuid4()),
        "code": code,
        "submitted_by": SPECIALIST,
        **given,
    }
    return await execute_update(phase, PhaseWorkflow.submit, SubmitVersion.model_validate(fields))


async def decide_gate(phase: Phase, actor: str, **given: object) -> GateReceipt:
    fields: dict[str, object] = {
        "decision_id": str(uuid4()),
        "actor": actor,
        "approve": True,
        **given,
    }
    return await execute_update(
        phase, PhaseWorkflow.decide_gate, GateDecision.model_validate(fields)
    )


async def phase_state(phase: Phase) -> PhaseState:
    """Where the phase stands; an empty state while its project has not started it yet."""
    try:
        return await phase.query(PhaseWorkflow.state)
    except RPCError as error:
        if error.status is RPCStatusCode.NOT_FOUND:
            return PhaseState()
        raise


def refusal(error: pytest.ExceptionInfo[WorkflowUpdateFailedError]) -> str | None:
    """The name of the refusal, as the API maps it to a status."""
    cause = error.value.cause
    assert isinstance(cause, ApplicationError), f"not a named refusal: {cause!r}"
    return cause.type


async def current_details(handle: WorkflowHandle[Any, Any]) -> str:
    """What the Temporal Web UI shows of the workflow: who is awaited since when, and what to do."""
    metadata = await handle.query("__temporal_workflow_metadata", result_type=WorkflowMetadata)
    return metadata.current_details
