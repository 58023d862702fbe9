"""Text that no row can hold is refused before a workflow hears of it."""

import json
from typing import Any
from uuid import uuid4

import pytest

from tests.api.acquisition import project_under_review, requirements_of
from tests.api.conftest import COMPTROLLER, MANAGER, Client, SignIn
from tests.documents.outside_files import docx

BAD = ("ok\0", "half of \ud83d a picture")
TEXTS = {
    "approvals/{id}/approve": "comments",
    "approvals/{id}/reject": "comments",
    "approvals/{id}/request-changes": "comments",
    "approvals/{id}/delegate": "reason",
    "phase-transitions/{id}/approve": "comments",
    "phase-transitions/{id}/reject": "comments",
    "documents/{id}/save-generated": "content",
    "documents/{id}/generate": "additional_context",
    "projects/{id}/records/market_research": "summary",
}
IN_QUERY = [path for path in TEXTS if not path.endswith(("/generate", "/market_research"))]


def places(answer: Any) -> list[list[str | int]]:
    assert answer.status_code == 422, answer.text
    assert answer.json()["code"] == "invalid_request"
    assert {problem["type"] for problem in answer.json()["detail"]} == {"unstorable_text"}
    return [problem["loc"] for problem in answer.json()["detail"]]


async def post_json(client: Client, url: str, body: object) -> Any:
    """As ASCII: it names every character, also those that UTF-8 does not have."""
    headers = {"Content-Type": "application/json"}
    return await client.post(url, content=json.dumps(body), headers=headers)


@pytest.mark.parametrize("text", BAD, ids=("NUL", "surrogate"))
@pytest.mark.parametrize(("path", "name"), TEXTS.items())
async def test_a_body_with_text_that_cannot_be_stored_is_refused_where_it_stands(
    sign_in: SignIn, path: str, name: str, text: str
) -> None:
    url = f"/api/{path.format(id=uuid4())}"
    answer = await post_json(await sign_in(MANAGER), url, {name: text})
    assert places(answer) == [["body", name]]


@pytest.mark.parametrize("path", [*IN_QUERY, "documents/{id}/upload"])
async def test_a_query_with_text_that_cannot_be_stored_is_refused_where_it_stands(
    sign_in: SignIn, path: str
) -> None:
    name = TEXTS.get(path, "notes")
    url = f"/api/{path.format(id=uuid4())}"
    answer = await (await sign_in(MANAGER)).post(url, params={name: "ok\0"})
    assert places(answer) == [["query", name]]


async def test_text_that_cannot_be_stored_is_found_however_deep_it_stands(
    sign_in: SignIn,
) -> None:
    manager, project = await sign_in(MANAGER), f"/api/projects/{uuid4()}"
    url = f"{project}/records/award"
    nested = await post_json(manager, url, {"lines": [{"title": "Pumps"}, {"title": "Valves\0"}]})
    assert places(nested) == [["body", "lines", 1, "title"]]
    named = await post_json(manager, url, {"lines": {"\ud83d": "\0"}})
    assert places(named) == [["body", "lines"]], "the answer cannot hold the name itself"
    addressed = await manager.delete(f"{project}/milestones/a%00?reason=no")
    assert places(addressed) == [["path", "event"]]


async def test_whole_characters_and_what_only_looks_like_an_escape_are_stored(
    sign_in: SignIn,
) -> None:
    name = "Ships \U0001f6a2 and \\u0000"
    form = {"name": name, "project_type": "rfp", "auto_draft": False}
    answer = await post_json(await sign_in(MANAGER), "/api/projects", form)
    assert answer.status_code == 200, answer.text
    assert answer.json()["project"]["name"] == name


async def test_a_version_whose_note_cannot_be_stored_is_refused_and_leaves_the_document_as_it_was(
    workers: None, sign_in: SignIn
) -> None:
    project = await project_under_review(sign_in)
    manager, comptroller = await sign_in(MANAGER), await sign_in(COMPTROLLER)
    document = await requirements_of(manager, project)
    url = f"/api/documents/{document['id']}"
    answer = await manager.post(
        f"{url}/upload", files={"file": ("pr.docx", docx())}, data={"notes": "Restated\0"}
    )
    assert places(answer) == [["body", "note"]]
    signature = (await manager.get(f"{url}/approvals")).json()["approvals"][0]
    refused = await comptroller.post(f"/api/approvals/{signature['id']}/approve?comments=ok%00")
    assert places(refused) == [["query", "comments"]]
    signed = await comptroller.post(f"/api/approvals/{signature['id']}/approve?comments=ok")
    assert signed.status_code == 200, signed.text
    assert signed.json()["approval"]["approval_round"] == document["current_version"]
