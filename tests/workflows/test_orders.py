"""What an operator orders: remind, reassign, pause and resume, draft again."""

import asyncio
from typing import Any
from uuid import uuid4

import pytest
from temporalio.client import Client, WorkflowUpdateFailedError

from activities.records import (
    ApprovalDelegated,
    ApprovalsRequested,
    GatekeeperReminded,
    ReminderSent,
    TransitionRequested,
)
from documents.vocabulary import DocumentStatus
from tests.fakes import FakeHouse
from tests.waiting import until
from tests.workflows.acting import (
    Phase,
    decide,
    decide_gate,
    document,
    generate,
    phase_state,
    refusal,
    requested,
    started,
    under_review,
)
from tests.workflows.conftest import COUNSEL, OFFICER, planned, start_phase
from workflows.document import DocumentWorkflow
from workflows.messages import Gate, Order, Reassignment, RetryDocument
from workflows.phase import PhaseWorkflow
from workflows.updates import execute_update

ADMIN = "admin@example.mil"
QUIET_SECONDS = 0.5
"""Long enough for a workflow to do what it must not do."""


def order(reason: str = "the audit asks for it") -> Order:
    return Order(order_id=str(uuid4()), actor=ADMIN, reason=reason)


def to_deputy(**more: Any) -> Reassignment:
    fields = {
        "order_id": str(uuid4()),
        "actor": ADMIN,
        "reason": "on leave",
        "email": "deputy@example.mil",
        "name": "The Deputy",
        **more,
    }
    return Reassignment.model_validate(fields)


@pytest.mark.history
async def test_an_order_reminds_whoever_is_awaited(
    temporal_client: Client, worker: None, house: FakeHouse
) -> None:
    project_id, phase = await start_phase(temporal_client, planned("PR"))
    version = document(temporal_client, project_id)
    view = await under_review(version)
    await execute_update(version, DocumentWorkflow.remind, order())
    reminded = [entry.approver for entry in house.projection.of(ReminderSent, version.id)]
    assert reminded == [COUNSEL], "the signer whose turn it is, once, and nobody else"
    await decide(version, view, actor=COUNSEL.email)
    await decide(version, view.model_copy(update={"step": 2}), actor=OFFICER.email)
    await until(lambda: phase_state(phase), lambda state: state.gate is Gate.PENDING)
    await execute_update(phase, PhaseWorkflow.remind, order())
    assert [entry.gatekeeper for entry in house.projection.of(GatekeeperReminded, phase.id)] == [
        OFFICER
    ]


@pytest.mark.history
async def test_a_signature_goes_to_another_person_by_order(
    temporal_client: Client, worker: None, house: FakeHouse
) -> None:
    project_id, _ = await start_phase(temporal_client, planned("PR"))
    version = document(temporal_client, project_id)
    view = await under_review(version)
    change = to_deputy()
    first = await execute_update(version, DocumentWorkflow.reassign, change)
    again = await execute_update(version, DocumentWorkflow.reassign, change)
    assert again == first, "the same order twice is one change"
    [entry] = house.projection.of(ApprovalDelegated, version.id)
    assert (entry.by, entry.delegate.email, entry.delegated_from) == (
        ADMIN,
        "deputy@example.mil",
        COUNSEL,
    )
    assert entry.delegate.position is COUNSEL.position, "nobody signs in another position"
    with pytest.raises(WorkflowUpdateFailedError) as error:
        await decide(version, view, actor=COUNSEL.email)
    assert refusal(error) == "NotTheApprover"
    await decide(version, view, actor="deputy@example.mil")


async def test_who_signs_or_drafted_already_is_given_no_second_signature(
    temporal_client: Client, worker: None
) -> None:
    project_id, _ = await start_phase(temporal_client, planned("PR"))
    version = document(temporal_client, project_id)
    await under_review(version)
    for person, expected in (
        (OFFICER.email, "AlreadyASigner"),
        ("specialist@example.mil", "DrafterCannotApprove"),
    ):
        with pytest.raises(WorkflowUpdateFailedError) as error:
            await execute_update(version, DocumentWorkflow.reassign, to_deputy(email=person))
        assert refusal(error) == expected, person


@pytest.mark.history
async def test_a_paused_version_takes_no_decision_until_it_is_resumed(
    temporal_client: Client, worker: None, house: FakeHouse
) -> None:
    project_id, _ = await start_phase(temporal_client, planned("PR"))
    version = document(temporal_client, project_id)
    view = await under_review(version)
    await execute_update(version, DocumentWorkflow.pause, order("wrong appendix"))
    with pytest.raises(WorkflowUpdateFailedError) as error:
        await decide(version, view, actor=COUNSEL.email)
    assert refusal(error) == "Paused"
    assert "wrong appendix" in str(error.value.cause), "a signer is told why"
    with pytest.raises(WorkflowUpdateFailedError) as error:
        await execute_update(version, DocumentWorkflow.remind, order())
    assert refusal(error) == "Paused", "nobody is reminded of what cannot be done"
    await execute_update(version, DocumentWorkflow.resume, order())
    await decide(version, view, actor=COUNSEL.email)
    await decide(version, view.model_copy(update={"step": 2}), actor=OFFICER.email)
    assert await version.result() is DocumentStatus.APPROVED


@pytest.mark.history
async def test_a_paused_phase_starts_nothing_and_passes_no_gate(
    temporal_client: Client, worker: None, house: FakeHouse
) -> None:
    later = planned("SSN", 2, requires=("PR",))
    project_id, phase = await start_phase(temporal_client, planned("PR"), later)
    version = document(temporal_client, project_id)
    view = await under_review(version)
    await execute_update(phase, PhaseWorkflow.pause, order("funds are withheld"))
    await decide(version, view, actor=COUNSEL.email)
    await decide(version, view.model_copy(update={"step": 2}), actor=OFFICER.email)
    await until(lambda: phase_state(phase), lambda state: "PR" in state.approved)
    await asyncio.sleep(QUIET_SECONDS)
    second = document(temporal_client, project_id, "SSN")
    assert not await started(second), "a paused phase starts no document"
    await execute_update(phase, PhaseWorkflow.resume, order())
    view = await under_review(second)
    await decide(second, view, actor=COUNSEL.email)
    await decide(second, view.model_copy(update={"step": 2}), actor=OFFICER.email)
    await until(lambda: phase_state(phase), lambda state: state.gate is Gate.PENDING)
    await execute_update(phase, PhaseWorkflow.pause, order("funds are withheld"))
    with pytest.raises(WorkflowUpdateFailedError) as error:
        await decide_gate(phase, OFFICER.email)
    assert refusal(error) == "Paused"
    await execute_update(phase, PhaseWorkflow.resume, order())
    await decide_gate(phase, OFFICER.email)
    await until(lambda: phase_state(phase), lambda state: state.gate is Gate.PASSED)
    assert len(house.projection.of(TransitionRequested, phase.id)) == 1, (
        "resuming asks nobody twice"
    )


@pytest.mark.history
async def test_a_withdrawn_version_is_drafted_again_once_per_order(
    temporal_client: Client, worker: None, house: FakeHouse
) -> None:
    project_id, phase = await start_phase(temporal_client, planned("PR"))
    first = document(temporal_client, project_id)
    await under_review(first)
    await first.cancel()
    again = RetryDocument(order_id="once", actor=ADMIN, code="PR")
    receipt = await execute_update(phase, PhaseWorkflow.retry, again)
    assert receipt.version == 2
    assert await execute_update(phase, PhaseWorkflow.retry, again) == receipt
    second = document(temporal_client, project_id, version=2)
    await under_review(second)
    entry: ApprovalsRequested = await requested(house, second)
    assert entry.drafter == planned("PR").drafter, "an operator drafts nothing"
    assert await _refused(phase, code="XX") == "UnknownDocument"


async def test_what_is_approved_or_newer_is_not_drafted_again_by_order(
    temporal_client: Client, worker: None
) -> None:
    project_id, phase = await start_phase(temporal_client, planned("PR", approvers=(OFFICER,)))
    await under_review(document(temporal_client, project_id))
    await generate(phase, "PR")
    second = document(temporal_client, project_id, version=2)
    view = await under_review(second)
    assert await _refused(phase, code="PR", version=1) == "NothingToRetry"
    await decide(second, view, actor=OFFICER.email)
    await until(lambda: phase_state(phase), lambda state: state.gate is Gate.PENDING)
    assert await _refused(phase, code="PR", version=2) == "NothingToRetry"
    assert (await phase_state(phase)).gate is Gate.PENDING, "the approval stands"


async def _refused(phase: Phase, **named: Any) -> str | None:
    order = RetryDocument(order_id=str(uuid4()), actor=ADMIN, **named)
    with pytest.raises(WorkflowUpdateFailedError) as error:
        await execute_update(phase, PhaseWorkflow.retry, order)
    return refusal(error)
