"""Model-backed drafts at the routes: the record, failures of a provider, judgments."""

import asyncio
import copy
import os
import sys
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
import pytest_asyncio
from sqlalchemy import text
from temporalio.client import Client as Temporal

from api.routes.drafts import DraftOut
from db.drafts import StoredCall
from db.models import DraftRecord
from runtime.product import ROOT
from runtime.settings import Settings
from tests.ai_agents.model_stub import PARAGRAPH, Asked, ModelStub, Reply, Sections
from tests.api.acquisition import ALMS, create, document_of, facts
from tests.api.conftest import ADMIN, CHAIR, COMPTROLLER, MANAGER, OFFICER, VIEWER, SignIn
from tests.api.model_drafts import (
    API_KEY,
    STRANGER,
    asked_model,
    drafted,
    drafts_url,
    fresh_project,
    planned,
)
from tests.api.team import database
from tests.waiting import until


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def stub(settings: Settings, temporal_client: Temporal) -> AsyncIterator[ModelStub]:
    async with asked_model(settings, temporal_client) as endpoint:
        yield endpoint


@pytest_asyncio.fixture
async def project(stub: ModelStub, sign_in: SignIn) -> dict[str, Any]:
    return await fresh_project(stub, sign_in)


async def test_a_draft_is_on_record_with_prompt_answer_price_and_review(
    project: dict[str, Any], sign_in: SignIn
) -> None:
    manager = await sign_in(MANAGER)
    task = await drafted(manager, project)
    assert task["status"] == "completed", task
    assert "This section was written for Advanced Logistics" in task["result"]["content"]
    url = await drafts_url(manager, project)
    listed = (await manager.get(url)).json()["drafts"]
    used = max(listed, key=lambda draft: draft["score"])
    assert used["agent"] == "model (openai stub)"
    assert (used["input_tokens"], used["output_tokens"]) == (1200, 300)
    assert used["seconds"] > 0
    assert not used["blocked"]
    detail = (await manager.get(f"{url}/{used['id']}")).json()["draft"]
    assert "Document: Requirements Package" in detail["calls"][0]["prompt"]
    assert PARAGRAPH in detail["calls"][0]["answer"]
    assert detail["content"].startswith("# ")
    assert detail["edit"] is None

    told = task["result"]["metadata"]
    agent = told["agent_metadata"]["Requirements Package"]
    assert (agent["agent"], agent["method"]) == ("model (openai stub)", "model")
    assert agent["agent_info"]["models"] == ["openai stub"]
    assert agent["agent_info"]["input_tokens"] == 1200
    assert told["quality_analysis"]["score"] == task["result"]["quality_score"]
    assert told["phase_info"]["phase"] == "pre_solicitation"
    assert told["citations"] == []
    assert "prompt" not in str(told), "prompts are for those who may read the record"


async def test_the_record_is_read_by_those_who_draft_and_sign_on_the_project_alone(
    project: dict[str, Any], sign_in: SignIn
) -> None:
    manager, viewer = await sign_in(MANAGER), await sign_in(VIEWER)
    await drafted(manager, project)
    url = await drafts_url(manager, project)
    one = f"{url}/{(await manager.get(url)).json()['drafts'][0]['id']}"
    assert STRANGER not in ALMS.emails
    for path in (url, one):
        assert (await (await sign_in(COMPTROLLER)).get(path)).status_code == 200
        assert (await viewer.get(path)).status_code == 403
        assert (await (await sign_in(STRANGER)).get(path)).status_code == 404
    other = await create(await sign_in(OFFICER), facts=facts())
    await planned(manager, other)
    elsewhere = await drafts_url(manager, other)
    assert (await manager.get(f"{elsewhere}/{one.rpartition('/')[2]}")).status_code == 404
    secret = await drafts_url(await sign_in(OFFICER), project, "SSP")
    assert (await (await sign_in(OFFICER)).get(secret)).status_code == 200
    assert (await (await sign_in(ADMIN)).get(secret)).status_code == 404, "not on the team"


async def test_an_altered_record_is_named_by_the_verification(
    project: dict[str, Any], sign_in: SignIn, settings: Settings
) -> None:
    manager = await sign_in(MANAGER)
    await drafted(manager, project)
    url = await drafts_url(manager, project)
    key = (await manager.get(url)).json()["drafts"][0]["id"]

    async def verified() -> str:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "db", "verify"),
            cwd=ROOT,
            env={**os.environ, "DATABASE_URL": settings.require_database_url()},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        _, said = await process.communicate()
        return f"{process.returncode} {said.decode()}"

    async def change(by: int) -> None:
        async with database(settings) as sessions, sessions() as session, session.begin():
            await session.execute(
                text("UPDATE draft_records SET score = score - :by WHERE id = :key"),
                {"by": by, "key": key},
            )

    assert key not in await verified()
    await change(1)
    altered = await verified()
    assert altered.startswith("1 "), altered
    assert f"record of draft {key}" in altered
    await change(-1)
    assert key not in await verified()


async def test_what_a_person_makes_of_a_draft_is_shown_as_an_edit(
    project: dict[str, Any], sign_in: SignIn
) -> None:
    manager = await sign_in(MANAGER)
    task = await drafted(manager, project)
    document = await document_of(manager, project["id"], "PR")
    content = f"{task['result']['content']}\nOne sentence more.\n"
    saved = await manager.post(
        f"/api/documents/{document['id']}/save-generated", json={"content": content}
    )
    assert saved.status_code == 200, saved.text
    url = await drafts_url(manager, project)
    first = max((await manager.get(url)).json()["drafts"], key=lambda draft: draft["score"])

    async def edit() -> Any:
        return (await manager.get(f"{url}/{first['id']}")).json()["draft"]["edit"]

    found = await until(edit, bool)
    assert (found["version"], found["lines_removed"]) == (2, 0)
    assert found["lines_added"] >= 1
    assert "+One sentence more." in found["diff"]
    assert found["edited_by"] == document["assigned_user_id"]


def test_the_price_of_a_draft_is_what_is_known_of_it() -> None:
    hashed = "a" * 64
    record = DraftRecord(
        id=UUID(int=1),
        version=1,
        attempt=1,
        agent="model",
        score=90,
        blocked=False,
        findings=[],
        note="",
        quotes=[],
        inputs_sha256=hashed,
        content_sha256=hashed,
        created_at=datetime.now(UTC),
    )
    unpriced = StoredCall(
        key=hashed,
        provider="openai",
        model="gpt-4o",
        prompt_sha256=hashed,
        answer_sha256=hashed,
        input_tokens=0,
        output_tokens=0,
        cost_usd=None,
        seconds=1.0,
    )
    priced = replace(unpriced, cost_usd=Decimal("0.006"))
    assert DraftOut.of(record, [unpriced]).cost_usd is None
    assert DraftOut.of(record, [priced, unpriced, priced]).cost_usd == Decimal("0.012")


def poisoned(asked: list[Asked]) -> Sections:
    block = {"kind": "paragraph", "text": "The total is $1."}
    return [{"number": one.number, "blocks": [block, {"kind": "standard"}]} for one in asked]


@pytest.mark.parametrize(
    "reply",
    [
        Reply(status=429, headers={"retry-after": "1"}),
        Reply(status=500),
        Reply(cut_after=900),
        Reply(delay_seconds=6),
        Reply(pause_seconds=1),
        Reply(raw='{"sections": [{"number": 1, "blo'),
    ],
    ids=["429", "500", "truncated stream", "slow", "dripping", "malformed JSON"],
)
async def test_a_provider_that_fails_for_a_moment_costs_a_moment(
    project: dict[str, Any], stub: ModelStub, sign_in: SignIn, reply: Reply
) -> None:
    stub.replies = [reply]
    task = await drafted(await sign_in(MANAGER), project)
    assert task["status"] == "completed", task
    assert "This section was written for" in task["result"]["content"]
    assert len(stub.prompts) >= 2


@pytest.mark.parametrize(
    ("replies", "words"),
    [
        ([Reply(status=401)], "openai stub rejected the request: HTTP 401"),
        ([Reply(status=429, headers={"retry-after": "1"})] * 6, "accepts no more requests"),
    ],
    ids=["401", "429 for good"],
)
async def test_a_provider_that_fails_for_good_fails_the_task_and_says_why(
    project: dict[str, Any],
    stub: ModelStub,
    sign_in: SignIn,
    replies: list[Reply],
    words: str,
) -> None:
    manager = await sign_in(MANAGER)
    stub.replies = list(replies)
    task = await drafted(manager, project)
    assert task["status"] == "failed"
    assert words in task["error"]
    assert len(stub.prompts) == len(replies), "the right number of attempts, and no more"
    document = await document_of(manager, project["id"], "PR")
    assert document["generation_status"] == "failed"
    assert API_KEY not in str(document) + str(task)
    url = await drafts_url(manager, project)
    (failed,) = (await manager.get(url)).json()["drafts"]
    assert words in failed["note"]
    assert (failed["content_sha256"], failed["blocked"]) == (None, True)
    detail = (await manager.get(f"{url}/{failed['id']}")).json()["draft"]
    assert "Document: Requirements Package" in detail["calls"][0]["prompt"]
    assert (detail["content"], detail["edit"], detail["calls"][0]["answer"]) == ("", None, "")
    again = await drafted(manager, project)
    assert again["status"] == "completed", "once the cause is corrected it goes on"


@pytest.mark.parametrize(
    "reply", [Reply(raw="Certainly!"), Reply(sections=poisoned)], ids=["no JSON", "wrong total"]
)
async def test_what_a_model_cannot_mend_is_standard_text_with_a_note(
    project: dict[str, Any], stub: ModelStub, sign_in: SignIn, reply: Reply
) -> None:
    manager = await sign_in(MANAGER)
    stub.replies = [reply] * 9
    task = await drafted(manager, project)
    assert task["status"] == "completed", task
    assert "The total is $1." not in task["result"]["content"]
    assert "This section was written for" not in task["result"]["content"]
    note = (await document_of(manager, project["id"], "PR"))["latest_upload"]["notes"]
    assert "standard text stands" in note, "whoever signs has to see it"


async def test_nothing_secret_and_no_text_is_in_the_history_of_a_draft(
    project: dict[str, Any], stub: ModelStub, sign_in: SignIn, temporal_client: Temporal
) -> None:
    task = await drafted(await sign_in(MANAGER), project)
    history = b""
    handle = temporal_client.get_workflow_handle(task["task_id"])
    async for entry in handle.fetch_history_events():
        history += entry.SerializeToString()
    assert b"content_sha256" in history, "the history has to be readable for this to mean a thing"
    assert API_KEY.encode() not in history
    need = str(ALMS.facts["project"]["need"]).split(".")[0]
    for words in ("Sections to write:", "This section was written for", PARAGRAPH[:40], need):
        assert words.encode() not in history, f"the history holds {words!r}"


Change = Callable[[dict[str, Any]], None]


def _no_narrative(body: dict[str, Any]) -> None:
    body["ratings"][0]["narrative"] = " "


def _no_rationale(body: dict[str, Any]) -> None:
    body["rationale"] = ["TBD"]


async def test_ratings_and_award_are_recorded_by_the_named_person_with_reasons_alone(
    project: dict[str, Any], sign_in: SignIn
) -> None:
    authority = ALMS.email("source_selection_authority")
    specialist = await sign_in(ALMS.email("contract_specialist"))
    url = f"/api/projects/{project['id']}/records"
    offers = await specialist.post(f"{url}/offers", json=ALMS.records["offers"])
    assert offers.status_code == 200, offers.text
    judgments: tuple[tuple[str, str, Change, str], ...] = (
        ("consensus", CHAIR, _no_narrative, "narrative"),
        ("decision", authority, _no_rationale, "rationale"),
    )
    for kind, person, spoil, place in judgments:
        body = copy.deepcopy(ALMS.records[kind])
        for other in {OFFICER, MANAGER, ADMIN, CHAIR, authority} - {person}:
            refused = await (await sign_in(other)).post(f"{url}/{kind}", json=body)
            assert refused.status_code in (403, 404), f"{kind} by {other}: {refused.text}"
        client = await sign_in(person)
        spoiled = copy.deepcopy(body)
        spoil(spoiled)
        answer = await client.post(f"{url}/{kind}", json=spoiled)
        assert answer.status_code == 422, answer.text
        assert place in answer.text
        assert "in your own words" in answer.text
        accepted = await client.post(f"{url}/{kind}", json=body)
        assert accepted.status_code == 200, accepted.text
    listed = (await (await sign_in(OFFICER)).get(url)).json()["records"]
    stated = {row["kind"]: row for row in listed}
    assert stated["consensus"]["recorded_by"]["name"] == "D. Nguyen", "the named person answers"
