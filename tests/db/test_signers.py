"""What is written when other people sign than were planned, at once or in part."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import select

from activities.records import ApprovalDelegated, ApproversAdded, TransitionRequested
from db.contract_file import ContractFiles
from db.models import ApprovalAuditLog, AuditLog, DocumentApproval, PhaseTransition
from db.projection import DrafterCannotApprove, Projection
from db.session import Sessions
from documents.identity import approval_id, document_workflow_id, phase_workflow_id
from documents.plan import Assignee, Plan
from documents.vocabulary import ApprovalStatus, Phase, Position, TransitionStatus
from tests.db.entries import DUE, approvals_requested, decided
from tests.db.people import COMPTROLLER, MANAGER, OFFICER, SPECIALIST, user_id

DEPUTY = SPECIALIST.model_copy(update={"position": Position.COMPTROLLER})


def delegated(project: UUID, to: Assignee, seq: int = 3) -> ApprovalDelegated:
    return ApprovalDelegated(
        project_id=project,
        workflow_id=document_workflow_id(project, "PR", 1),
        seq=seq,
        code="PR",
        version=1,
        step=1,
        delegate=to,
        delegated_from=COMPTROLLER,
        reason="on leave",
    )


async def signatures(sessions: Sessions, project: UUID) -> list[DocumentApproval]:
    query = (
        select(DocumentApproval)
        .where(DocumentApproval.project_id == project)
        .order_by(DocumentApproval.step)
    )
    async with sessions() as session:
        return list(await session.scalars(query))


async def test_a_delegation_keeps_both_names_in_row_trail_and_audit(
    sessions: Sessions, project: UUID, projection: Projection, plan: Plan
) -> None:
    await projection.request_approvals(approvals_requested(project, plan), DUE)
    due = (await signatures(sessions, project))[0].due_at
    await projection.record_delegation(delegated(project, DEPUTY))
    await projection.record_delegation(delegated(project, DEPUTY))
    approval = (await signatures(sessions, project))[0]
    assert approval.approver_id == user_id(SPECIALIST)
    assert approval.delegated_from_id == user_id(COMPTROLLER)
    assert approval.due_at == due, "a delegation wins no time"
    async with sessions() as session:
        trail = list(
            await session.scalars(
                select(ApprovalAuditLog.action)
                .where(ApprovalAuditLog.approval_id == approval.id)
                .order_by(ApprovalAuditLog.timestamp)
            )
        )
        audited = list(
            await session.scalars(
                select(AuditLog).where(
                    AuditLog.project_id == project, AuditLog.action == "approval_delegated"
                )
            )
        )
    assert trail == ["requested", "delegated", "requested"]
    assert [entry.user_id for entry in audited] == [user_id(COMPTROLLER)]


async def test_the_drafter_is_no_delegate_in_the_record_either(
    sessions: Sessions, project: UUID, projection: Projection, plan: Plan
) -> None:
    await projection.request_approvals(approvals_requested(project, plan), DUE)
    with pytest.raises(DrafterCannotApprove):
        await projection.record_delegation(delegated(project, MANAGER))


async def test_the_contract_file_names_delegate_and_holder(
    sessions: Sessions, project: UUID, projection: Projection, plan: Plan
) -> None:
    await projection.request_approvals(approvals_requested(project, plan), DUE)
    await projection.record_delegation(delegated(project, DEPUTY))
    await projection.record_decision(decided(project, 1, DEPUTY.email, seq=4), DUE)
    await projection.record_decision(decided(project, 2, OFFICER.email, seq=5), DUE)
    version = (await ContractFiles(sessions).approved_versions(project))[0]
    assert [(signed.person, signed.delegated_from) for signed in version.approvals] == [
        (SPECIALIST.name, COMPTROLLER.name),
        (OFFICER.name, ""),
    ]


async def test_a_parallel_chain_asks_everybody_and_waits_for_everybody(
    sessions: Sessions, project: UUID, projection: Projection, plan: Plan
) -> None:
    entry = approvals_requested(project, plan)
    await projection.request_approvals(entry.model_copy(update={"asked": (1, 2)}), DUE)
    assert all(approval.asked_at for approval in await signatures(sessions, project))
    second = decided(project, 2, OFFICER.email, seq=3)
    await projection.record_decision(second.model_copy(update={"completes": False}), DUE)
    statuses = [approval.approval_status for approval in await signatures(sessions, project)]
    assert statuses == [ApprovalStatus.PENDING, ApprovalStatus.APPROVED]
    first = decided(project, 1, COMPTROLLER.email, seq=4)
    await projection.record_decision(first.model_copy(update={"completes": True}), DUE)
    assert len(await ContractFiles(sessions).approved_versions(project)) == 1


async def test_enough_signatures_release_the_other_signers(
    sessions: Sessions, project: UUID, projection: Projection, plan: Plan
) -> None:
    entry = approvals_requested(project, plan)
    await projection.request_approvals(entry.model_copy(update={"asked": (1, 2)}), DUE)
    first = decided(project, 2, OFFICER.email, seq=3)
    await projection.record_decision(first.model_copy(update={"completes": True}), DUE)
    statuses = [approval.approval_status for approval in await signatures(sessions, project)]
    assert statuses == [ApprovalStatus.VOIDED, ApprovalStatus.APPROVED]
    assert len(await ContractFiles(sessions).approved_versions(project)) == 1


@pytest.mark.parametrize("at_once", [True, False])
async def test_added_signers_follow_those_of_the_plan(
    sessions: Sessions, project: UUID, projection: Projection, plan: Plan, at_once: bool
) -> None:
    await projection.request_approvals(approvals_requested(project, plan), DUE)
    await projection.add_approvers(
        ApproversAdded(
            project_id=project,
            workflow_id=document_workflow_id(project, "PR", 1),
            seq=3,
            code="PR",
            version=1,
            approvers=(SPECIALIST,),
            first_step=3,
            requested_by=MANAGER.email,
            due=datetime.now(UTC) + timedelta(days=5) if at_once else None,
        )
    )
    added = (await signatures(sessions, project))[2]
    assert added.id == approval_id(project, "PR", 1, 3)
    assert (added.position, added.approver_id) == (SPECIALIST.position, user_id(SPECIALIST))
    assert bool(added.asked_at) is at_once


async def test_a_gate_that_is_asked_for_again_ends_the_request_before(
    sessions: Sessions, project: UUID, projection: Projection
) -> None:
    for number in (1, 2):
        await projection.request_transition(
            TransitionRequested(
                project_id=project,
                workflow_id=phase_workflow_id(project, Phase.PRE_SOLICITATION),
                seq=number,
                phase=Phase.PRE_SOLICITATION,
                round=number,
                requested_by="",
                gatekeeper=OFFICER,
            )
        )
    query = (
        select(PhaseTransition)
        .where(PhaseTransition.project_id == project)
        .order_by(PhaseTransition.round)
    )
    async with sessions() as session:
        gates = list(await session.scalars(query))
    assert [gate.status for gate in gates] == [TransitionStatus.REJECTED, TransitionStatus.PENDING]
    assert gates[0].resolved_by is None, "no person decided it"
