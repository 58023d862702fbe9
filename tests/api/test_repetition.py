"""A request whose answer was lost with its process is answered, not carried out, when repeated."""

from collections import Counter
from uuid import UUID, uuid4

from sqlalchemy import delete, select, update

from db.models import AuditLog, IdempotentRequest, ProjectDocument
from db.session import transaction
from documents.vocabulary import GenerationStatus
from runtime.settings import Settings
from tests.api.acquisition import ALMS, create, document_of, event, facts, socket
from tests.api.conftest import MANAGER, OFFICER, SPECIALIST, SignIn
from tests.api.team import database


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


async def test_a_repeated_record_is_stated_once(
    workers: None, sign_in: SignIn, settings: Settings
) -> None:
    officer, specialist = await sign_in(OFFICER), await sign_in(SPECIALIST)
    project = await create(officer, facts=facts())
    address = f"/api/projects/{project['id']}/records/market_research"

    async def state(key: str) -> Counter[str]:
        """Post the record as if the answer to the same key had been lost; what is on file then."""
        async with database(settings) as sessions, transaction(sessions) as session:
            await session.execute(delete(IdempotentRequest))
        answer = await specialist.post(
            address, json=ALMS.records["market_research"], headers={"Idempotency-Key": key}
        )
        assert answer.status_code == 200, answer.text
        async with database(settings) as sessions, sessions() as session:
            query = select(AuditLog.action).where(AuditLog.project_id == UUID(project["id"]))
            actions = Counter(await session.scalars(query))
        return Counter({name: actions[name] for name in ("recorded", "record_noted")})

    first = await state("research")
    assert await state("research") == first
    assert await state("research, stated anew") == first + Counter(("recorded", "record_noted"))
