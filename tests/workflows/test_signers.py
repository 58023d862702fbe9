"""Who signs a version: in which order, how many, by delegation, and up to which value."""

import asyncio
from decimal import Decimal
from typing import Any

import pytest
from temporalio.client import Client, WorkflowUpdateFailedError

from activities.records import ApprovalDelegated, ApproversAdded, DecisionRecorded
from documents.plan import Assignee, Chain
from documents.vocabulary import ApprovalStatus, DocumentStatus, Position
from tests.fakes import FakeHouse
from tests.waiting import until
from tests.workflows.acting import (
    Document,
    add_approvers,
    decide,
    decide_gate,
    delegate,
    document,
    phase_state,
    refusal,
    requested,
    under_review,
)
from tests.workflows.conftest import COUNSEL, OFFICER, SPECIALIST, planned, start_phase
from workflows.document import DocumentWorkflow
from workflows.messages import DocumentView, Gate

DEPUTY = Assignee(position=Position.LEGAL_COUNSEL, email="deputy@example.mil", name="The Deputy")
COMPTROLLER = Assignee(
    position=Position.COMPTROLLER, email="comptroller@example.mil", name="The Comptroller"
)


async def first_version(client: Client, **more: Any) -> tuple[Document, DocumentView]:
    project_id, _ = await start_phase(client, planned("PR", **more))
    handle = document(client, project_id)
    return handle, await under_review(handle)


def at(view: DocumentView, step: int) -> DocumentView:
    return view.model_copy(update={"step": step})


@pytest.mark.history
async def test_a_delegate_signs_and_both_names_are_on_record(
    temporal_client: Client, worker: None, house: FakeHouse
) -> None:
    handle, view = await first_version(temporal_client)
    receipt = await delegate(handle, view, DEPUTY)
    assert (receipt.approver, receipt.delegated_from) == (DEPUTY, COUNSEL)
    entry: ApprovalDelegated = house.projection.of(ApprovalDelegated)[0]
    assert (entry.delegate, entry.delegated_from, entry.reason) == (DEPUTY, COUNSEL, "on leave")
    with pytest.raises(WorkflowUpdateFailedError) as error:
        await decide(handle, view, actor=COUNSEL.email)
    assert refusal(error) == "NotTheApprover", "who has delegated cannot sign as well"
    await decide(handle, view, actor=DEPUTY.email)
    await decide(handle, at(view, 2), actor=OFFICER.email)
    assert await handle.result() is DocumentStatus.APPROVED


async def test_a_repeated_delegation_gets_the_first_answer(
    temporal_client: Client, worker: None, house: FakeHouse
) -> None:
    handle, view = await first_version(temporal_client)
    first = await delegate(handle, view, DEPUTY, delegation_id="once")
    assert await delegate(handle, view, DEPUTY, delegation_id="once") == first
    assert len(house.projection.of(ApprovalDelegated)) == 1


async def test_a_delegation_that_would_not_be_one_is_refused(
    temporal_client: Client, worker: None, house: FakeHouse
) -> None:
    handle, view = await first_version(temporal_client)
    as_counsel = {"position": Position.LEGAL_COUNSEL}
    refused: list[tuple[Assignee, dict[str, object], str]] = [
        (SPECIALIST.model_copy(update=as_counsel), {}, "DrafterCannotApprove"),
        (OFFICER.model_copy(update=as_counsel), {}, "AlreadyASigner"),
        (COUNSEL, {}, "AlreadyASigner"),
        (COMPTROLLER, {}, "NotDelegable"),
        (DEPUTY, {"actor": OFFICER.email}, "NotTheApprover"),
        (DEPUTY, {"step": 2}, "NotAwaitingDecision"),
    ]
    for person, given, expected in refused:
        with pytest.raises(WorkflowUpdateFailedError) as error:
            await delegate(handle, view, person, **given)
        assert refusal(error) == expected, f"{person.name}, {given}"
    await delegate(handle, view, DEPUTY)
    another = DEPUTY.model_copy(update={"email": "another@example.mil"})
    with pytest.raises(WorkflowUpdateFailedError) as error:
        await delegate(handle, view, another, actor=DEPUTY.email)
    assert refusal(error) == "NotDelegable", "a delegate passed the signature on"


@pytest.mark.parametrize(
    "position", [Position.COMPETITION_ADVOCATE, Position.SOURCE_SELECTION_AUTHORITY]
)
async def test_an_authority_that_is_not_delegable_refuses(
    temporal_client: Client, worker: None, position: Position
) -> None:
    signer = COUNSEL.model_copy(update={"position": position})
    handle, view = await first_version(temporal_client, approvers=(signer, OFFICER))
    with pytest.raises(WorkflowUpdateFailedError) as error:
        await delegate(handle, view, DEPUTY.model_copy(update={"position": position}))
    assert refusal(error) == "NotDelegable"


@pytest.mark.history
async def test_in_a_parallel_chain_everybody_is_asked_at_once_and_signs_in_any_order(
    temporal_client: Client, worker: None, house: FakeHouse
) -> None:
    handle, view = await first_version(temporal_client, chain=Chain.PARALLEL)
    assert view.awaited == (1, 2)
    assert (await requested(house, handle)).asked == (1, 2)
    await decide(handle, at(view, 2), actor=OFFICER.email)
    assert (await handle.query(DocumentWorkflow.state)).awaited == (1,)
    await decide(handle, view, actor=COUNSEL.email)
    assert await handle.result() is DocumentStatus.APPROVED
    recorded: list[DecisionRecorded] = house.projection.of(DecisionRecorded)
    assert [(entry.step, entry.completes) for entry in recorded] == [(2, False), (1, True)]


@pytest.mark.history
async def test_an_m_of_n_chain_ends_with_enough_signatures(
    temporal_client: Client, worker: None, house: FakeHouse
) -> None:
    handle, view = await first_version(
        temporal_client,
        approvers=(COUNSEL, OFFICER, COMPTROLLER),
        chain=Chain.M_OF_N,
        approvals_needed=2,
    )
    receipts = await asyncio.gather(
        decide(handle, at(view, 3), actor=COMPTROLLER.email),
        decide(handle, view, actor=COUNSEL.email),
    )
    assert {receipt.document_status for receipt in receipts} == {
        DocumentStatus.UNDER_REVIEW,
        DocumentStatus.APPROVED,
    }
    assert await handle.result() is DocumentStatus.APPROVED


async def test_one_rejection_ends_a_parallel_chain(
    temporal_client: Client, worker: None, house: FakeHouse
) -> None:
    handle, view = await first_version(temporal_client, chain=Chain.PARALLEL)
    await decide(
        handle,
        at(view, 2),
        actor=OFFICER.email,
        status=ApprovalStatus.REJECTED,
        comments="Not funded.",
    )
    assert await handle.result() is DocumentStatus.REJECTED


@pytest.mark.history
async def test_added_signers_come_after_those_of_the_plan_and_count(
    temporal_client: Client, worker: None, house: FakeHouse
) -> None:
    handle, view = await first_version(temporal_client)
    assert (await add_approvers(handle, COMPTROLLER)).steps == (3,)
    added: ApproversAdded = house.projection.of(ApproversAdded)[0]
    assert (added.first_step, added.due) == (3, None)
    for person, expected in ((OFFICER, "AlreadyASigner"), (SPECIALIST, "DrafterCannotApprove")):
        with pytest.raises(WorkflowUpdateFailedError) as error:
            await add_approvers(handle, person)
        assert refusal(error) == expected
    await decide(handle, view, actor=COUNSEL.email)
    receipt = await decide(handle, at(view, 2), actor=OFFICER.email)
    assert receipt.document_status is DocumentStatus.UNDER_REVIEW
    await decide(handle, at(view, 3), actor=COMPTROLLER.email)
    assert await handle.result() is DocumentStatus.APPROVED


@pytest.mark.parametrize(
    ("planned_limit", "given", "allowed"),
    [
        ("100.00", {}, True),
        ("99.99", {}, False),
        ("100.00", {"value_usd": "100.01"}, False),
        (None, {"warrant_usd": "99.99"}, False),
        (None, {}, True),
    ],
)
async def test_an_award_is_signed_within_the_warrant_only(
    temporal_client: Client,
    worker: None,
    planned_limit: str | None,
    given: dict[str, object],
    allowed: bool,
) -> None:
    officer = OFFICER.model_copy(
        update={"warrant_usd": Decimal(planned_limit) if planned_limit else None}
    )
    handle, view = await first_version(
        temporal_client, approvers=(officer,), binds_usd=Decimal("100.00")
    )
    if allowed:
        await decide(handle, view, actor=OFFICER.email, **given)
        return
    with pytest.raises(WorkflowUpdateFailedError) as error:
        await decide(handle, view, actor=OFFICER.email, **given)
    assert refusal(error) == "WarrantExceeded"


async def test_an_officers_delegate_needs_a_sufficient_warrant(
    temporal_client: Client, worker: None
) -> None:
    handle, view = await first_version(
        temporal_client, approvers=(OFFICER,), binds_usd=Decimal("100.00")
    )
    other = OFFICER.model_copy(update={"email": "other@example.mil", "name": "Another Officer"})
    for limit in (None, Decimal("99.99")):
        with pytest.raises(WorkflowUpdateFailedError) as error:
            await delegate(handle, view, other.model_copy(update={"warrant_usd": limit}))
        assert refusal(error) == "WarrantExceeded", f"a warrant of {limit}"
    await delegate(handle, view, other.model_copy(update={"warrant_usd": Decimal("100.00")}))


async def test_a_gate_is_passed_within_the_warrant_only(
    temporal_client: Client, worker: None
) -> None:
    keeper = OFFICER.model_copy(update={"warrant_usd": Decimal("100.00")})
    project_id, phase = await start_phase(
        temporal_client,
        planned("PR", approvers=(OFFICER,)),
        gatekeeper=keeper,
        value_usd=Decimal("100.01"),
    )
    handle = document(temporal_client, project_id)
    await decide(handle, await under_review(handle), actor=OFFICER.email)
    await until(lambda: phase_state(phase), lambda it: it.gate is Gate.PENDING)
    with pytest.raises(WorkflowUpdateFailedError) as error:
        await decide_gate(phase, OFFICER.email)
    assert refusal(error) == "WarrantExceeded"
    receipt = await decide_gate(phase, OFFICER.email, approve=False, comments="Beyond my warrant")
    assert not receipt.approved, "refusing a gate binds nobody to anything"
