"""Sources of a project at the routes: given, found, quoted, kept apart, taken away."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import pytest
import pytest_asyncio
from temporalio.client import Client as Temporal

from runtime.settings import Settings
from tests.ai_agents.model_stub import Asked, ModelStub, Reply, Sections, written
from tests.api.acquisition import create, document_of, facts
from tests.api.conftest import ADMIN, COMPTROLLER, MANAGER, OFFICER, VIEWER, Client, SignIn
from tests.api.model_drafts import ORDER, STRANGER, asked_model, drafted, drafts_url, fresh_project
from tests.documents.outside_files import docx, pdf


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def stub(settings: Settings, temporal_client: Temporal) -> AsyncIterator[ModelStub]:
    async with asked_model(settings, temporal_client) as endpoint:
        yield endpoint


@pytest_asyncio.fixture
async def project(stub: ModelStub, sign_in: SignIn) -> dict[str, Any]:
    return await fresh_project(stub, sign_in)


async def give(client: Client, project: dict[str, Any], name: str, data: bytes, **form: str) -> Any:
    return await client.post(
        f"/api/projects/{project['id']}/sources", files={"file": (name, data)}, data=form
    )


def paper(*paragraphs: str) -> bytes:
    return docx("".join(f"<w:p><w:r><w:t>{words}</w:t></w:r></w:p>" for words in paragraphs))


SURVEY = (
    "Seven firms answered the survey on logistics requirements on 3 March 2031.",
    "Maintenance of such a management system costs about $41,234.56 in a year, or 17.3% more.",
)


async def test_a_source_is_read_found_quoted_and_accepted_at_the_checks(
    project: dict[str, Any], stub: ModelStub, sign_in: SignIn
) -> None:
    manager, officer = await sign_in(MANAGER), await sign_in(OFFICER)
    other = await create(officer, facts=facts())
    survey = paper(*SURVEY)
    given = await give(manager, project, "survey.docx", survey, kind="market_research")
    assert given.status_code == 200, given.text
    source = given.json()["source"]
    assert (source["passages"], source["kind"]) == (1, "market_research")
    offer = paper("Our logistics price is $777,777.77.")
    proposal = await give(officer, project, "offer.docx", offer, kind="proposal")
    assert proposal.json()["source"]["sensitivity"] == "source_selection"
    assert proposal.json()["source"]["passages"] == 0
    order = await give(
        manager, project, "notes.txt", f"Logistics. {ORDER}".encode(), kind="reference"
    )
    assert order.status_code == 200, "it is a file like any other, and no instruction"
    theirs = await give(officer, other, "theirs.txt", b"Logistics of others.", kind="reference")
    assert theirs.status_code == 200

    async def found(words: str) -> list[str]:
        answer = await manager.get(
            f"/api/projects/{project['id']}/source-passages", params={"q": words}
        )
        return [row["file_name"] for row in answer.json()["passages"]]

    assert await found("firms answering") == ["survey.docx"]
    assert set(await found("logistics")) == {"notes.txt", "survey.docx"}
    assert await found("price") == []

    def quoting(asked: list[Asked]) -> Sections:
        sections = written(asked)
        sections[0]["blocks"].append({"kind": "quote", "passage": 1})
        return sections

    stub.replies = [Reply(sections=quoting)] * 3
    task = await drafted(manager, project)
    assert task["status"] == "completed", task
    for secret in ("777,777", "offer.docx", "Logistics of others", ORDER):
        assert not any(secret in prompt for prompt in stub.prompts), f"told: {secret}"
    assert all(SURVEY[1] in prompt for prompt in stub.prompts)
    assert "> (Source: survey.docx, paragraphs 1 to 2)" in task["result"]["content"]
    assert "standard text stands" not in str(task)
    assert task["result"]["metadata"]["citations"] == [
        {
            "id": 1,
            "source": "survey.docx",
            "page": "paragraphs 1 to 2",
            "text": "\n".join(SURVEY),
        }
    ]

    document = await document_of(manager, project["id"], "PR")
    for email in (COMPTROLLER, OFFICER):
        signer = await sign_in(email)
        rows = (await signer.get(f"/api/documents/{document['id']}/approvals")).json()["approvals"]
        mine = next(
            row
            for row in rows
            if row["approver"]["email"] == email and row["approval_status"] == "pending"
        )
        signed = await signer.post(f"/api/approvals/{mine['id']}/approve")
        assert signed.status_code == 200, signed.text
    checked = (await officer.post(f"/api/projects/{project['id']}/checks")).text
    assert "41,234.56" not in checked, "the survey answers for its own figures"
    assert "2031" not in checked

    gone = f"/api/projects/{project['id']}/sources/{source['id']}"
    data = await manager.get(f"{gone}/file")
    assert data.content == survey
    assert (await manager.delete(gone)).status_code == 200
    assert await found("firms answering") == []
    drafts = (await manager.get(await drafts_url(manager, project))).json()["drafts"]
    assert any(draft["quotes"] for draft in drafts), "what was quoted stays on record"


async def test_figures_outside_a_quotation_are_refused_although_a_source_states_them(
    project: dict[str, Any], stub: ModelStub, sign_in: SignIn
) -> None:
    manager = await sign_in(MANAGER)
    await give(manager, project, "survey.docx", paper(*SURVEY), kind="market_research")

    def copied(asked: list[Asked]) -> Sections:
        block = {"kind": "paragraph", "text": SURVEY[1]}
        return [{"number": one.number, "blocks": [block, {"kind": "standard"}]} for one in asked]

    stub.replies = [Reply(sections=copied)] * 9
    task = await drafted(manager, project)
    assert "41,234.56" not in task["result"]["content"]


@pytest.mark.parametrize(
    ("name", "data", "form", "status", "code"),
    [
        ("scan.pdf", pdf(), {"kind": "reference"}, 422, "NoReadableText"),
        ("plan.docx", pdf(), {"kind": "reference"}, 422, "WrongExtension"),
        ("tool.exe", b"MZ\x90\0", {"kind": "reference"}, 415, "UnsupportedType"),
        ("empty.txt", b"", {"kind": "reference"}, 422, "EmptyFile"),
        ("plan.txt", b"Text.", {"kind": "poem"}, 422, "invalid_request"),
        ("plan.txt", b"Text.", {}, 422, "invalid_request"),
    ],
)
async def test_a_file_that_is_no_source_says_why(
    project: dict[str, Any],
    sign_in: SignIn,
    name: str,
    data: bytes,
    form: dict[str, str],
    status: int,
    code: str,
) -> None:
    manager = await sign_in(MANAGER)
    answer = await give(manager, project, name, data, **form)
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    assert answer.json()["detail"]
    listed = (await manager.get(f"/api/projects/{project['id']}/sources")).json()["sources"]
    assert listed == []


async def test_sources_are_given_by_the_team_and_proposals_exist_for_it_alone(
    project: dict[str, Any], sign_in: SignIn
) -> None:
    officer, manager, viewer = await sign_in(OFFICER), await sign_in(MANAGER), await sign_in(VIEWER)
    admin, stranger = await sign_in(ADMIN), await sign_in(STRANGER)
    secret = (await give(officer, project, "a.txt", b"Offer.", kind="proposal")).json()["source"]
    shown = (await give(officer, project, "b.txt", b"Notes.", kind="reference")).json()["source"]
    again = await give(manager, project, "c.txt", b"Notes.", kind="reference")
    assert (again.status_code, again.json()["code"]) == (409, "AlreadyASource")
    url = f"/api/projects/{project['id']}/sources"
    listed = [row["id"] for row in (await viewer.get(url)).json()["sources"]]
    assert listed == [shown["id"]], "a viewer sees what is not source selection information"
    assert len((await manager.get(url)).json()["sources"]) == 2
    assert (await give(viewer, project, "d.txt", b"Text.", kind="reference")).status_code == 403
    assert (await give(admin, project, "d.txt", b"Text.", kind="proposal")).status_code == 403
    for client in (viewer, admin):
        assert (await client.get(f"{url}/{secret['id']}/file")).status_code == 404
        assert (await client.delete(f"{url}/{secret['id']}")).status_code == 404
    passages = f"/api/projects/{project['id']}/source-passages?q=notes"
    for path in (url, passages, f"{url}/{shown['id']}/file"):
        assert (await stranger.get(path)).status_code == 404
    assert (await viewer.delete(f"{url}/{shown['id']}")).status_code == 403


async def test_an_attachment_becomes_a_source_when_somebody_says_what_it_is(
    project: dict[str, Any], sign_in: SignIn
) -> None:
    manager, officer = await sign_in(MANAGER), await sign_in(OFFICER)
    url = f"/api/projects/{project['id']}/sources"

    async def attached(code: str, words: bytes) -> str:
        document = await document_of(officer, project["id"], code)
        answer = await officer.post(
            f"/api/documents/{document['id']}/upload", files={"file": ("minutes.txt", words)}
        )
        return answer.json()["upload"]["id"]

    plain, secret = await attached("PR", b"Minutes."), await attached("SSP", b"Weights.")
    assert (await manager.get(url)).json()["sources"] == [], "never by itself"
    form = {"kind": (None, "reference")}
    taken = await manager.post(url, files={**form, "attachment_id": (None, plain)})
    assert taken.status_code == 200, taken.text
    assert taken.json()["source"]["passages"] == 1
    hidden = await officer.post(url, files={**form, "attachment_id": (None, secret)})
    assert hidden.json()["source"]["sensitivity"] == "source_selection", "as its document is"
    assert hidden.json()["source"]["passages"] == 0
    absent = await manager.post(url, files={**form, "attachment_id": (None, str(uuid4()))})
    assert absent.status_code == 404
    assert (await manager.post(url, files=form)).status_code == 422
