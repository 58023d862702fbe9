"""Repeating a POST with its key changes nothing and answers the same."""

import asyncio
from uuid import UUID, uuid4

import pytest

from db.requests import Answer, KeyedRequests
from runtime.settings import Settings
from tests.api.acquisition import create
from tests.api.conftest import MANAGER, OFFICER, Client, SignIn, serve


def keyed(key: str) -> dict[str, str]:
    return {"Idempotency-Key": key}


async def test_a_repeated_post_answers_what_the_first_one_answered(sign_in: SignIn) -> None:
    manager, headers = await sign_in(MANAGER), keyed(str(uuid4()))
    form = {"name": "Once", "project_type": "rfp", "auto_draft": False}
    first = await manager.post("/api/projects", json=form, headers=headers)
    again = await manager.post("/api/projects", json=form, headers=headers)
    assert first.status_code == again.status_code == 200
    assert again.content == first.content, "also what changed meanwhile"
    assert again.headers["Idempotent-Replayed"] == "true"
    assert again.headers["Cache-Control"] == "no-store"
    assert "Idempotent-Replayed" not in first.headers


async def test_a_key_belongs_to_one_request_of_one_person(sign_in: SignIn) -> None:
    manager, officer, key = await sign_in(MANAGER), await sign_in(OFFICER), str(uuid4())
    mine = await create(manager, key=key)
    other = await manager.post(
        "/api/projects", json={"name": "B", "project_type": "rfp"}, headers=keyed(key)
    )
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    theirs = await create(officer, key=key)
    assert theirs["id"] != mine["id"], "another person's key is another key"


@pytest.mark.parametrize("name", ["Slowly kept", ""])
async def test_who_repeats_at_once_finds_the_key_settled(
    sign_in: SignIn, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    manager, headers = await sign_in(MANAGER), keyed(str(uuid4()))
    answer, release = KeyedRequests.answer, KeyedRequests.release

    async def answer_slowly(self: KeyedRequests, user: UUID, key: str, kept: Answer) -> None:
        await asyncio.sleep(0.3)
        await answer(self, user, key, kept)

    async def release_slowly(self: KeyedRequests, user: UUID, key: str) -> None:
        await asyncio.sleep(0.3)
        await release(self, user, key)

    monkeypatch.setattr(KeyedRequests, "answer", answer_slowly)
    monkeypatch.setattr(KeyedRequests, "release", release_slowly)
    form = {"name": name, "project_type": "rfp", "auto_draft": False}
    first = await manager.post("/api/projects", json=form, headers=headers)
    again = await manager.post("/api/projects", json=form, headers=headers)
    assert first.status_code == again.status_code == (200 if name else 422)
    assert ("Idempotent-Replayed" in again.headers) == bool(name)


async def test_two_at_once_do_the_work_once(sign_in: SignIn) -> None:
    manager, headers = await sign_in(MANAGER), keyed(str(uuid4()))
    form = {"name": "At once", "project_type": "rfp", "auto_draft": False}
    answers = await asyncio.gather(
        *(manager.post("/api/projects", json=form, headers=headers) for _ in range(5))
    )
    made = {answer.json()["project"]["id"] for answer in answers if answer.status_code == 200}
    assert len(made) == 1
    assert {answer.status_code for answer in answers} <= {200, 409}


async def test_what_was_refused_may_be_tried_again_with_the_same_key(sign_in: SignIn) -> None:
    manager, headers = await sign_in(MANAGER), keyed(str(uuid4()))
    refused = await manager.post("/api/projects", json={"name": ""}, headers=headers)
    assert refused.status_code == 422
    form = {"name": "Right", "project_type": "rfp", "auto_draft": False}
    assert (await manager.post("/api/projects", json=form, headers=headers)).status_code == 200


async def test_a_key_that_is_no_key_is_refused_and_secrets_are_not_kept(sign_in: SignIn) -> None:
    manager = await sign_in(MANAGER)
    long = await manager.post("/api/projects", json={}, headers=keyed("k" * 201))
    assert (long.status_code, long.json()["code"]) == (422, "idempotency_key_reused")
    headers = keyed(str(uuid4()))
    tickets = [await manager.post("/api/ws-ticket", headers=headers) for _ in range(2)]
    assert tickets[0].json()["ticket"] != tickets[1].json()["ticket"]


async def test_a_key_counts_in_every_process_and_not_for_strangers(
    settings: Settings, sign_in: SignIn, anybody: Client
) -> None:
    manager, headers = await sign_in(MANAGER), keyed(str(uuid4()))
    form = {"name": "Two processes", "project_type": "rfp", "auto_draft": False}
    first = await manager.post("/api/projects", json=form, headers=headers)
    async with (
        serve(settings) as url,
        Client(base_url=url, trust_env=False, headers=manager.headers) as elsewhere,
    ):
        again = await elsewhere.post("/api/projects", json=form, headers=headers)
    assert again.json() == first.json()
    assert (await anybody.post("/api/projects", json=form, headers=headers)).status_code == 403
