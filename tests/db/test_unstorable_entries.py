"""Entries that no row can hold are refused for good, and nothing of them is written."""

from uuid import UUID

import pytest

from db.models import DocumentApproval
from db.projection import EntryRefused, Projection, UnstorableEntry
from db.session import Sessions
from documents.identity import approval_id
from documents.plan import Plan
from documents.vocabulary import ApprovalStatus, GenerationStatus
from tests.db.entries import DUE, approvals_requested, changed, decided
from tests.db.people import COMPTROLLER
from workflows.policies import PERMANENT


def test_what_is_refused_for_good_is_not_tried_again() -> None:
    assert {refusal.__name__ for refusal in EntryRefused.__subclasses__()} <= set(PERMANENT)


async def test_a_decision_with_a_character_that_cannot_be_stored_is_refused_and_may_be_made_anew(
    sessions: Sessions, project: UUID, projection: Projection, plan: Plan
) -> None:
    await projection.request_approvals(approvals_requested(project, plan), DUE)
    decision = decided(project, 1, COMPTROLLER.email)
    bad = decision.model_copy(update={"comments": "ok\0"})
    with pytest.raises(UnstorableEntry, match="cannot be stored"):
        await projection.record_decision(bad, DUE)
    key = approval_id(project, "PR", 1, 1)
    async with sessions() as session:
        signature = await session.get_one(DocumentApproval, key)
    assert signature.approval_status is ApprovalStatus.PENDING
    await projection.record_decision(decision.model_copy(update={"seq": decision.seq + 1}), DUE)


async def test_a_value_inside_an_event_that_cannot_be_stored_is_refused_too(
    project: UUID, projection: Projection
) -> None:
    failed = changed(project, generation=GenerationStatus.FAILED, error="it says \0")
    with pytest.raises(UnstorableEntry):
        await projection.change_document(failed)
