"""A request for a draft whose answer was lost with its process is answered when it is repeated."""

from uuid import uuid4

from sqlalchemy import delete, update

from db.models import IdempotentRequest, ProjectDocument
from db.session import transaction
from documents.vocabulary import GenerationStatus
from runtime.settings import Settings
from tests.api.acquisition import create, document_of, event, facts, socket
from tests.api.conftest import MANAGER, OFFICER, SignIn
from tests.api.team import database
from tests.api.test_acquisition import workers

__all__ = ["workers"]


async def test_a_repeated_request_gets_the_draft_that_it_asked_for(
    workers: None, sign_in: SignIn, settings: Settings
) -> None:
    officer, manager = await sign_in(OFFICER), await sign_in(MANAGER)
    project = await create(officer, facts=facts())
    address, key = f"/api/projects/{project['id']}/generate-document", {"Idempotency-Key": "draft"}
    form = {"document_type": "PR"}
    async with socket(manager, project["id"]) as opened:
        first = await manager.post(address, json=form, headers=key)
        assert first.status_code == 200, first.text
        await event(opened, "generation_complete")
    document = await document_of(manager, project["id"], "PR")
    async with database(settings) as sessions, transaction(sessions) as session:
        # As if the process had died before it could remember its answer.
        await session.execute(delete(IdempotentRequest))
        await session.execute(
            update(ProjectDocument)
            .where(ProjectDocument.id == document["id"])
            .values(generation_status=GenerationStatus.GENERATING)
        )
    again = await manager.post(address, json=form, headers=key)
    assert again.status_code == 200, "its own draft is no reason to refuse it"
    assert again.json()["task_id"] == first.json()["task_id"]
    other = await manager.post(address, json=form, headers={"Idempotency-Key": str(uuid4())})
    assert (other.status_code, other.json()["code"]) == (400, "AlreadyGenerating")
