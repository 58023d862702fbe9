import asyncio
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, select, text, update
from sqlalchemy.exc import DBAPIError, IntegrityError

from activities.records import (
    OpenProject,
    PhaseChange,
    ReminderSent,
    TransitionDecided,
    TransitionRequested,
)
from db.events import events_after, newest_event_id
from db.models import (
    ApprovalAuditLog,
    AuditLog,
    DocumentApproval,
    DocumentUpload,
    Notification,
    OutboxMessage,
    PhaseTransition,
    ProgressEvent,
    Project,
    ProjectDocument,
    ProjectMember,
    ProjectPhase,
    ProjectStep,
)
from db.projection import (
    AlreadyDecided,
    DifferentContent,
    DrafterCannotApprove,
    Event,
    Projection,
    UnknownPerson,
    Writing,
)
from db.session import Sessions, transaction
from documents.identity import approval_id, document_id, phase_workflow_id, project_workflow_id
from documents.plan import Assignee, Plan
from documents.vocabulary import (
    ApprovalStatus,
    DocumentStatus,
    GenerationStatus,
    Phase,
    PhaseStatus,
    Position,
)
from tests.db.conftest import ProjectMaker
from tests.db.entries import DUE, approvals_requested, changed, decided
from tests.db.people import COMPTROLLER, MANAGER, OFFICER, SPECIALIST, user_id

COUNTED = (
    AuditLog,
    DocumentApproval,
    ProgressEvent,
    Notification,
    ProjectDocument,
    ProjectMember,
    ProjectPhase,
    ProjectStep,
)


async def counts(sessions: Sessions, project_id: UUID) -> dict[str, int]:
    """How many rows each table has about a project."""
    found: dict[str, int] = {}
    async with sessions() as session:
        for model in COUNTED:
            query = select(func.count()).where(model.project_id == project_id)
            found[model.__tablename__] = await session.scalar(query) or 0
        outbox = select(func.count()).select_from(OutboxMessage)
        found["outbox"] = await session.scalar(outbox) or 0
    return found


async def document(sessions: Sessions, project_id: UUID, code: str = "PR") -> ProjectDocument:
    async with sessions() as session:
        return await session.get_one(ProjectDocument, document_id(project_id, code))


async def signature(
    sessions: Sessions, project_id: UUID, step: int, version: int = 1
) -> DocumentApproval:
    async with sessions() as session:
        key = approval_id(project_id, "PR", version, step)
        return await session.get_one(DocumentApproval, key)


async def told(sessions: Sessions, project_id: UUID, person: Assignee) -> list[str]:
    """The types of the notifications that a person got about a project."""
    query = (
        select(Notification.notification_type)
        .where(Notification.project_id == project_id, Notification.user_id == user_id(person))
        .order_by(Notification.created_at)
    )
    async with sessions() as session:
        return list(await session.scalars(query))


async def test_opening_creates_team_phases_steps_and_checklist(
    sessions: Sessions, project: UUID
) -> None:
    found = await counts(sessions, project)
    assert (found["procurement_phases"], found["procurement_steps"]) == (3, 24)
    assert (found["project_documents"], found["project_members"]) == (2, 4)
    row = await document(sessions, project)
    assert [signer["email"] for signer in row.approvers] == [COMPTROLLER.email, OFFICER.email]
    async with sessions() as session:
        opened = await session.get_one(Project, project)
    assert opened.workflow_started, "a sweep would start this project a second time"
    assert opened.contracting_officer_id == user_id(OFFICER)


async def test_only_drafters_who_can_begin_are_told(sessions: Sessions, project: UUID) -> None:
    assert await told(sessions, project, MANAGER) == ["document_ready_to_draft"]
    assert await told(sessions, project, SPECIALIST) == [], "SSN still waits for PR"


async def test_nobody_is_asked_to_draft_in_a_project_that_drafts_by_itself(
    sessions: Sessions, new_project: ProjectMaker, projection: Projection, plan: Plan
) -> None:
    project = await new_project(auto_draft=True)
    await projection.open_project(_opening(project, plan))
    assert await told(sessions, project, MANAGER) == []


async def test_an_entry_that_is_written_twice_changes_nothing_the_second_time(
    sessions: Sessions, project: UUID, projection: Projection, plan: Plan
) -> None:
    entry = approvals_requested(project, plan)
    await projection.request_approvals(entry, DUE)
    await projection.record_decision(decided(project, 1, COMPTROLLER.email), DUE)
    before = await counts(sessions, project)
    await projection.request_approvals(entry, DUE)
    await projection.open_project(_opening(project, plan))
    await projection.record_decision(decided(project, 1, COMPTROLLER.email), DUE)
    assert await counts(sessions, project) == before
    assert (await signature(sessions, project, 1)).approval_status is ApprovalStatus.APPROVED


async def test_copies_that_arrive_at_the_same_moment_are_written_once(
    sessions: Sessions, project: UUID, projection: Projection, plan: Plan
) -> None:
    before = await counts(sessions, project)
    entry = approvals_requested(project, plan)
    await asyncio.gather(*(projection.request_approvals(entry, DUE) for _ in range(6)))
    after = await counts(sessions, project)
    assert after["progress_events"] == before["progress_events"] + 1
    assert after["document_approvals"] == 2


async def test_an_unknown_person_is_named_and_nothing_is_left_behind(
    sessions: Sessions, new_project: ProjectMaker, projection: Projection, plan: Plan
) -> None:
    project = await new_project()
    stranger = Assignee(position=Position.COMPTROLLER, email="ghost@navy.mil", name="Ghost")
    last = plan.documents[-1].model_copy(update={"approvers": (stranger,)})
    haunted = plan.model_copy(update={"documents": (*plan.documents[:-1], last)})
    before = await counts(sessions, project)
    with pytest.raises(UnknownPerson, match=r"ghost@navy\.mil"):
        await projection.open_project(_opening(project, haunted))
    assert await counts(sessions, project) == before


async def test_a_failure_half_way_undoes_state_audit_notice_and_event_together(
    sessions: Sessions, project: UUID, projection: Projection, plan: Plan
) -> None:
    before = await counts(sessions, project)
    entry = approvals_requested(project, plan)
    # A malformed hash is refused by the database after the older version has been put aside.
    broken = entry.model_copy(
        update={"files": entry.files.model_copy(update={"pdf_sha256": "not a hash"})}
    )
    with pytest.raises(IntegrityError, match="pdf_sha256_is_sha256"):
        await projection.request_approvals(broken, DUE)
    assert await counts(sessions, project) == before
    assert (await document(sessions, project)).status is DocumentStatus.PENDING


async def test_signers_are_asked_one_after_the_other(
    sessions: Sessions, project: UUID, projection: Projection, plan: Plan
) -> None:
    await projection.request_approvals(approvals_requested(project, plan), DUE)
    assert (await signature(sessions, project, 1)).asked_at is not None
    assert (await signature(sessions, project, 2)).asked_at is None, "it is not their turn yet"
    assert await told(sessions, project, OFFICER) == []

    await projection.record_decision(decided(project, 1, COMPTROLLER.email), DUE)
    second = await signature(sessions, project, 2)
    assert second.asked_at is not None
    assert second.due_at is not None
    assert await told(sessions, project, OFFICER) == ["approval_requested"]
    assert (await document(sessions, project)).status is DocumentStatus.UNDER_REVIEW

    await projection.record_decision(decided(project, 2, OFFICER.email), DUE)
    assert (await document(sessions, project)).status is DocumentStatus.APPROVED
    assert "document_approved" in await told(sessions, project, MANAGER)
    assert await told(sessions, project, SPECIALIST) == ["document_ready_to_draft"], (
        "PR is approved, so the drafter of SSN can begin"
    )


async def test_a_new_version_voids_every_signature_and_tells_who_gave_it(
    sessions: Sessions, project: UUID, projection: Projection, plan: Plan
) -> None:
    await projection.request_approvals(approvals_requested(project, plan), DUE)
    await projection.record_decision(decided(project, 1, COMPTROLLER.email), DUE)
    await projection.change_document(changed(project, version=2))
    first = await signature(sessions, project, 1)
    assert first.approval_status is ApprovalStatus.VOIDED, "it was given for other content"
    assert "approval_voided" in await told(sessions, project, COMPTROLLER)

    await projection.request_approvals(approvals_requested(project, plan, version=2), DUE)
    async with sessions() as session:
        versions = await session.scalars(
            select(DocumentUpload)
            .where(DocumentUpload.project_document_id == document_id(project, "PR"))
            .order_by(DocumentUpload.version_number)
        )
        assert [version.is_current_version for version in versions] == [False, True]
    assert (await signature(sessions, project, 1, version=2)).asked_at is not None


async def test_a_version_that_was_superseded_no_longer_speaks_for_the_document(
    sessions: Sessions, project: UUID, projection: Projection, plan: Plan
) -> None:
    await projection.change_document(changed(project, version=2))
    await projection.change_document(
        changed(project, version=1, seq=9, status=DocumentStatus.EXPIRED)
    )
    await projection.request_approvals(approvals_requested(project, plan, version=1), DUE)
    row = await document(sessions, project)
    assert (row.current_version, row.status) == (2, DocumentStatus.PENDING)
    assert (await counts(sessions, project))["document_approvals"] == 0


@pytest.mark.parametrize("status", [ApprovalStatus.REJECTED, ApprovalStatus.REQUESTED_CHANGES])
async def test_a_refusal_sends_the_document_back_and_drops_the_other_signatures(
    sessions: Sessions, project: UUID, projection: Projection, plan: Plan, status: ApprovalStatus
) -> None:
    await projection.request_approvals(approvals_requested(project, plan), DUE)
    await projection.record_decision(decided(project, 1, COMPTROLLER.email, status), DUE)
    assert (await document(sessions, project)).status is DocumentStatus.REJECTED
    assert (await signature(sessions, project, 1)).approval_status is status
    assert (await signature(sessions, project, 2)).approval_status is ApprovalStatus.VOIDED
    assert f"document_{status}" in await told(sessions, project, MANAGER)


async def test_a_second_and_different_decision_is_refused(
    sessions: Sessions, project: UUID, projection: Projection, plan: Plan
) -> None:
    await projection.request_approvals(approvals_requested(project, plan), DUE)
    await projection.record_decision(decided(project, 1, COMPTROLLER.email), DUE)
    with pytest.raises(AlreadyDecided, match="step 1 of PR version 1"):
        await projection.record_decision(
            decided(project, 1, COMPTROLLER.email, ApprovalStatus.REJECTED, seq=50), DUE
        )
    assert (await signature(sessions, project, 1)).approval_status is ApprovalStatus.APPROVED


async def test_a_decision_about_other_content_is_refused(
    project: UUID, projection: Projection, plan: Plan
) -> None:
    await projection.request_approvals(approvals_requested(project, plan), DUE)
    with pytest.raises(DifferentContent):
        await projection.record_decision(
            decided(project, 1, COMPTROLLER.email, sha256="0" * 64), DUE
        )


async def test_the_drafter_can_neither_be_asked_nor_decide(
    sessions: Sessions, project: UUID, projection: Projection, plan: Plan
) -> None:
    entry = approvals_requested(project, plan)
    with pytest.raises(DrafterCannotApprove):
        await projection.request_approvals(entry.model_copy(update={"drafter": OFFICER}), DUE)
    await projection.request_approvals(entry, DUE)
    with pytest.raises(DrafterCannotApprove):
        await projection.record_decision(decided(project, 1, MANAGER.email), DUE)
    by_hand = (
        update(DocumentApproval)
        .where(DocumentApproval.id == approval_id(project, "PR", 1, 1))
        .values(approver_id=user_id(MANAGER))
    )
    async with sessions() as session:
        with pytest.raises(IntegrityError, match="drafter_does_not_approve"):
            await session.execute(by_hand)


async def test_reminders_tell_the_signer_then_the_contracting_officer_then_the_superior(
    sessions: Sessions, project: UUID, projection: Projection, plan: Plan
) -> None:
    entry = approvals_requested(project, plan)
    await projection.request_approvals(entry, DUE)
    reminder = ReminderSent(
        project_id=project,
        workflow_id=entry.workflow_id,
        seq=8,
        code="PR",
        version=1,
        step=1,
        approver=COMPTROLLER,
        overdue=False,
        due=DUE,
    )
    overdue = reminder.model_copy(update={"seq": 9, "overdue": True})
    escalated = overdue.model_copy(update={"seq": 10, "escalated": True})
    for sent in (reminder, overdue, escalated, escalated):
        await projection.record_reminder(sent)
    assert (await told(sessions, project, COMPTROLLER))[1:] == [
        "approval_reminder",
        "approval_overdue",
        "approval_overdue",
    ]
    assert await told(sessions, project, OFFICER) == ["approval_overdue", "approval_escalated"]
    # The team has no head of the procuring activity, who is a comptroller's superior.
    assert await projection.superior(escalated) == f"{OFFICER.name}, Contracting Officer"
    query = select(AuditLog.changes).where(
        AuditLog.project_id == project, AuditLog.action == "approval_escalated"
    )
    async with sessions() as session:
        trail = await session.scalars(
            select(ApprovalAuditLog.action)
            .where(ApprovalAuditLog.approval_id == approval_id(project, "PR", 1, 1))
            .order_by(ApprovalAuditLog.timestamp)
        )
        assert list(trail) == ["requested", "reminded", "reminded", "escalated"]
        (changes,) = await session.scalars(query)
        assert changes["after"]["to"] == OFFICER.email


async def test_a_gate_is_asked_for_by_the_phase_itself_and_decided_once(
    sessions: Sessions, project: UUID, projection: Projection
) -> None:
    key: dict[str, Any] = {
        "project_id": project,
        "workflow_id": phase_workflow_id(project, Phase.PRE_SOLICITATION),
        "phase": Phase.PRE_SOLICITATION,
        "round": 1,
    }
    request = TransitionRequested(**key, seq=1, requested_by="", gatekeeper=OFFICER)
    await projection.request_transition(request)
    assert await told(sessions, project, OFFICER) == ["phase_transition_request"]
    decision = TransitionDecided(
        **key, seq=2, actor=OFFICER.email, approved=True, comments="complete"
    )
    await projection.decide_transition(decision)
    with pytest.raises(AlreadyDecided):
        await projection.decide_transition(
            decision.model_copy(update={"seq": 3, "approved": False})
        )
    async with sessions() as session:
        gate = (
            await session.scalars(
                select(PhaseTransition).where(PhaseTransition.project_id == project)
            )
        ).one()
    assert (gate.status, gate.to_phase) == ("approved", Phase.SOLICITATION)
    assert await told(sessions, project, MANAGER) == [
        "document_ready_to_draft",
        "phase_transition_approved",
    ]


async def test_a_new_version_takes_the_request_for_the_gate_back(
    sessions: Sessions, project: UUID, projection: Projection
) -> None:
    await projection.change_document(changed(project))
    request = TransitionRequested(
        project_id=project,
        workflow_id=phase_workflow_id(project, Phase.PRE_SOLICITATION),
        phase=Phase.PRE_SOLICITATION,
        round=1,
        seq=1,
        requested_by="",
        gatekeeper=OFFICER,
    )
    await projection.request_transition(request)
    await projection.change_document(changed(project, version=2))
    query = select(PhaseTransition).where(PhaseTransition.project_id == project)
    trail = select(AuditLog.action).where(
        AuditLog.project_id == project, AuditLog.entity_type == "transition"
    )
    async with sessions() as session:
        gate = (await session.scalars(query)).one()
        audited = set(await session.scalars(trail))
    assert gate.status == "rejected"
    assert "version 2 is under way" in (gate.gatekeeper_comments or "")
    assert audited == {"transition_requested", "transition_taken_back"}


async def test_a_phase_that_a_person_planned_for_later_can_still_be_completed(
    sessions: Sessions, project: UUID, projection: Projection
) -> None:
    async with transaction(sessions) as session:
        await session.execute(
            text("UPDATE procurement_phases SET start_date = '2099-01-01' WHERE project_id = :id"),
            {"id": project},
        )
    await projection.change_phase(
        PhaseChange(
            project_id=project,
            workflow_id=phase_workflow_id(project, Phase.PRE_SOLICITATION),
            seq=1,
            phase=Phase.PRE_SOLICITATION,
            status=PhaseStatus.COMPLETED,
            message="done",
        )
    )


async def test_events_carry_what_the_front_end_reads(
    sessions: Sessions, project: UUID, projection: Projection, plan: Plan
) -> None:
    start, ready = changed(project), approvals_requested(project, plan)
    await projection.change_document(start)
    for _ in range(2):
        await projection.report(start, 20, "Drafting")
    await projection.request_approvals(ready, DUE)
    await projection.change_document(
        changed(project, "SSN", generation=GenerationStatus.FAILED, error="no such fact")
    )
    events = [event.payload for event in await events_after(sessions, project, 0)][1:]
    kinds = ["generation_started", "progress", "generation_complete", "error"]
    assert [event["type"] for event in events] == kinds, "the same percentage is reported once"
    started, progress, complete, error = events
    assert started["task_id"] == start.workflow_id
    assert started["document_type"] == "PR"
    assert started["timestamp"]
    assert (progress["percentage"], progress["document_name"]) == (20, "Document PR")
    assert complete["document_url"].startswith("/api/uploads/")
    assert complete["content"] is None
    assert error["message"] == "no such fact"


async def test_an_event_is_never_visible_before_one_with_a_lower_id(
    sessions: Sessions, project: UUID, projection: Projection
) -> None:
    start = await newest_event_id(sessions, project)
    async with transaction(sessions) as session:
        slow = await Writing.begin(session, project)
        await slow.publish("slow", "t1", Event("progress", {"message": "slow"}))
        fast = asyncio.create_task(projection.report(changed(project), 20, "fast"))
        await asyncio.wait([fast], timeout=0.3)
        assert await events_after(sessions, project, start) == (), (
            "a watcher would go on from the fast event and never see the slow one"
        )
    await fast
    seen = await events_after(sessions, project, start)
    assert [event.payload["message"] for event in seen] == ["slow", "fast"]


async def test_projects_do_not_wait_for_each_other(
    sessions: Sessions, project: UUID, new_project: ProjectMaker, projection: Projection, plan: Plan
) -> None:
    other = await new_project()
    async with transaction(sessions) as session:
        await Writing.begin(session, project)
        await asyncio.wait_for(projection.open_project(_opening(other, plan)), 60)


async def test_the_audit_log_cannot_be_rewritten(sessions: Sessions, project: UUID) -> None:
    for statement in ("UPDATE audit_log SET action = 'x'", "DELETE FROM audit_log"):
        async with sessions() as session:
            with pytest.raises(DBAPIError, match="never changed or deleted"):
                await session.execute(text(f"{statement} WHERE project_id = :id"), {"id": project})


def _opening(project_id: UUID, plan: Plan) -> OpenProject:
    return OpenProject(
        project_id=project_id,
        workflow_id=project_workflow_id(project_id),
        seq=1,
        plan=plan,
        actor=OFFICER.email,
    )
