"""One document from request to signature at the routes, with real workers."""

import asyncio
import hashlib
import json
from typing import Any
from uuid import uuid4

import pytest
import pytest_asyncio
from temporalio.client import Client as Temporal
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

import api.temporal
from runtime.settings import Settings
from tests.api.acquisition import (
    ALMS,
    create,
    document_of,
    event,
    facts,
    project_under_review,
    socket,
)
from tests.api.conftest import (
    ADMIN,
    COMPTROLLER,
    MANAGER,
    OFFICER,
    PATIENCE_SECONDS,
    SPECIALIST,
    VIEWER,
    Client,
    SignIn,
    access_token,
    serve,
)
from tests.waiting import until


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def project(workers: None, sign_in: SignIn) -> dict[str, Any]:
    """An accepted acquisition whose requirements package (PR) awaits its first signature."""
    return await project_under_review(sign_in)


async def first_signature(client: Client, project: dict[str, Any]) -> dict[str, Any]:
    document = await document_of(client, project["id"], "PR")
    answer = await client.get(f"/api/documents/{document['id']}/approvals")
    return answer.json()["approvals"][0]


async def test_a_draft_shows_in_the_checklist_and_as_a_finished_task(
    project: dict[str, Any], sign_in: SignIn
) -> None:
    manager = await sign_in(MANAGER)
    document = await document_of(manager, project["id"], "PR")
    assert (document["generation_status"], document["status"]) == ("generated", "under_review")
    assert (document["chain"], document["signatures_needed"]) == ("serial", 2)
    assert "ALMS" in document["generated_content"]
    assert document["latest_upload"]["pages"] >= 1
    task = (await manager.get(f"/api/generation-tasks/{document['generation_task_id']}")).json()
    assert (task["status"], task["progress"]) == ("completed", 100)
    assert task["result"]["content"] == document["generated_content"]
    status = (await manager.get(f"/api/documents/{document['id']}/generation-status")).json()
    assert status["task_id"] == task["task_id"]


async def test_files_are_attachments_with_the_approved_hash_and_can_be_resumed(
    project: dict[str, Any], sign_in: SignIn, anybody: Client
) -> None:
    officer = await sign_in(OFFICER)
    document = await document_of(officer, project["id"], "PR")
    uploads = (await officer.get(f"/api/documents/{document['id']}/uploads")).json()["uploads"]
    for kind in ("docx", "pdf"):
        url = uploads[0][f"{kind}_url"]
        answer = await officer.get(url)
        sha256 = uploads[0][f"{kind}_sha256"]
        assert hashlib.sha256(answer.content).hexdigest() == sha256
        assert answer.headers["ETag"] == f'"{sha256}"'
        assert answer.headers["Content-Disposition"].startswith("attachment")
        part = await officer.get(url, headers={"Range": "bytes=0-9"})
        assert (part.status_code, part.content) == (206, answer.content[:10])
        known = await officer.get(url, headers={"If-None-Match": answer.headers["ETag"]})
        assert (known.status_code, known.content) == (304, b"")
        assert (await anybody.get(url)).status_code == 403
    by_name = await officer.get(uploads[0]["file_path"])
    assert by_name.content.startswith(b"%PDF")
    assert (await officer.get(uploads[0]["file_path"] + "x")).status_code == 404


async def test_what_a_document_waits_for_is_named(project: dict[str, Any], sign_in: SignIn) -> None:
    specialist = await sign_in(SPECIALIST)
    answer = await specialist.post(
        f"/api/projects/{project['id']}/generate-document",
        params={"document_type": "market research report"},
    )
    assert (answer.status_code, answer.json()["code"]) == (400, "MissingDependencies")
    assert "market research" in answer.json()["detail"]
    unknown = await specialist.post(
        f"/api/projects/{project['id']}/generate-document", json={"document_type": "poem"}
    )
    assert unknown.status_code == 404


async def test_source_selection_documents_exist_for_the_team_alone(
    project: dict[str, Any], sign_in: SignIn
) -> None:
    officer, viewer = await sign_in(OFFICER), await sign_in(VIEWER)
    secret = await document_of(officer, project["id"], "SSP")
    listed = (await viewer.get(f"/api/projects/{project['id']}/documents")).json()["documents"]
    assert listed, "a viewer sees what is not source selection information"
    assert not [row for row in listed if row["sensitivity"] == "source_selection"]
    for path in ("", "/uploads", "/approvals", "/approval-history", "/generation-status"):
        url = f"/api/documents/{secret['id']}{path}"
        assert (await officer.get(url)).status_code == 200, path
        assert (await viewer.get(url)).status_code == 404, path


async def test_records_are_made_by_their_position_and_have_to_fit(
    project: dict[str, Any], sign_in: SignIn
) -> None:
    url = f"/api/projects/{project['id']}/records/market_research"
    record = ALMS.records["market_research"]
    refused = await (await sign_in(MANAGER)).post(url, json=record)
    assert refused.status_code == 403
    specialist = await sign_in(SPECIALIST)
    wrong = await specialist.post(url, json={**record, "vehicles": 3})
    assert wrong.status_code == 422
    assert wrong.json()["detail"][0]["loc"] == ["body", "vehicles"]
    answers = [await specialist.post(url, json=record) for _ in range(2)]
    ids = {answer.json()["record"]["id"] for answer in answers}
    assert len(ids) == 1, "equal content is one record"


async def test_a_version_is_signed_in_turn_by_those_who_are_asked(
    project: dict[str, Any], sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    officer, manager = await sign_in(OFFICER), await sign_in(MANAGER)
    comptroller = await sign_in(COMPTROLLER)
    signature = await first_signature(officer, project)
    url = f"/api/approvals/{signature['id']}"
    by_drafter = await manager.post(f"{url}/approve")
    assert (by_drafter.status_code, by_drafter.json()["code"]) == (403, "DrafterCannotApprove")
    assert (await officer.post(f"{url}/approve")).json()["code"] == "NotTheApprover"
    unexplained = await comptroller.post(f"{url}/reject")
    assert unexplained.status_code == 422
    other = await comptroller.post(f"{url}/approve", json={"sha256": "0" * 64})
    assert (other.status_code, other.json()["code"]) == (409, "WrongVersion")

    pending = (await comptroller.get("/api/approvals/pending")).json()
    assert signature["id"] in {row["id"] for row in pending["approvals"]}
    signed = await comptroller.post(f"{url}/approve", params={"comments": "Complete."})
    assert signed.status_code == 200, signed.text
    assert signed.json()["document_status"] == "under_review"
    repeated = await comptroller.post(f"{url}/approve")
    assert repeated.json()["decision_id"] == signed.json()["decision_id"]
    assert repeated.json()["approval"]["comments"] == "Complete.", "the first answer stands"
    with monkeypatch.context() as patched:
        patched.setattr(api.temporal, "CATCH_UP_SECONDS", PATIENCE_SECONDS)
        asked = asyncio.get_running_loop().time()
        by_another_key = await comptroller.post(
            f"{url}/approve", headers={"Idempotency-Key": str(uuid4())}
        )
        assert (by_another_key.status_code, by_another_key.json()["document_status"]) == (
            200,
            "under_review",
        )
        waited = asyncio.get_running_loop().time() - asked
        assert waited < PATIENCE_SECONDS, "nothing is awaited: it is decided"
        misread = await comptroller.post(f"{url}/approve", json={"sha256": "0" * 64})
        assert (misread.status_code, misread.json()["code"]) == (409, "WrongVersion")

        # At once: the workflow may not have noticed yet that it is the officer's turn.
        second = (await officer.get("/api/approvals/pending")).json()["approvals"]
        mine = next(row for row in second if row["project"]["id"] == project["id"])
        last = await officer.post(f"/api/approvals/{mine['id']}/approve")
        assert (last.status_code, last.json()["document_status"]) == (200, "approved"), last.text
    document = mine["document"]["id"]
    history = (await officer.get(f"/api/documents/{document}/approval-history")).json()
    actions = [[entry["action"] for entry in row["audit_trail"]] for row in history["history"]]
    assert actions == [["requested", "approved"], ["requested", "approved"]]
    contradiction = await officer.post(
        f"/api/approvals/{mine['id']}/reject", json={"comments": "No, wait"}
    )
    assert contradiction.status_code == 409, "what is signed stays signed"


async def test_documents_that_are_drafted_together_are_one_task_on_the_socket(
    workers: None, sign_in: SignIn
) -> None:
    officer, admin = await sign_in(OFFICER), await sign_in(ADMIN)
    project_id = (await create(officer, facts=facts()))["id"]
    async with socket(officer, project_id) as opened:
        await event(opened, "phase_update")
        first, second = [await document_of(officer, project_id, code) for code in ("PR", "SSN")]
        answer = await admin.post(
            f"/api/projects/{project_id}/generate-batch",
            json={"document_ids": [first["id"], second["id"]]},
        )
        assert answer.status_code == 200, answer.text
        task = answer.json()["task_id"]
        told: list[dict[str, Any]] = []
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not told or told[-1]["type"] != "generation_complete":
                message = json.loads(await opened.recv())
                told += [message] if message.get("task_id") == task else []
    assert told[0]["type"] == "generation_started"
    steps = [message["percentage"] for message in told[1:-1]]
    assert steps, "nothing was told between the beginning and the end"
    assert steps == sorted(steps)
    done = {row["id"] for row in told[-1]["completed_documents"]}
    shown = (await officer.get(f"/api/generation-tasks/{task}")).json()
    assert shown["status"] == "completed"
    assert done == {row["id"] for row in shown["completed_documents"]}
    assert first["id"] in done


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("projects/{project}/documents", "documents"),
        ("projects/{project}/steps", "steps"),
        ("projects/{project}/transition-history", "transitions"),
        ("documents/{document}/uploads", "uploads"),
        ("documents/{document}/approvals", "approvals"),
        ("documents/{document}/approval-history", "history"),
        ("approvals/pending", "approvals"),
        ("phase-transitions/pending", "pending_transitions"),
        ("notifications", "notifications"),
    ],
)
async def test_the_pages_of_a_list_are_the_list(
    project: dict[str, Any], sign_in: SignIn, path: str, name: str
) -> None:
    officer = await sign_in(OFFICER)
    document = await document_of(officer, project["id"], "PR")
    url = "/api/" + path.format(project=project["id"], document=document["id"])
    whole = (await officer.get(url)).json()
    assert whole.get("next_cursor") is None or name == "notifications"
    rows: list[Any] = []
    query: dict[str, Any] = {"limit": max(1, len(whole[name]) // 3)}
    while len(rows) < len(whole[name]):
        answer = await officer.get(url, params=query)
        assert answer.status_code == 200, answer.text
        rows += answer.json()[name]
        assert len(answer.json()[name]) <= query["limit"]
        query["cursor"] = answer.json()["next_cursor"]
        if query["cursor"] is None:
            break
    assert rows == whole[name], "every row once, in the order of the list"
    wrong = await officer.get(url, params={"limit": 1, "cursor": "bm9uc2Vuc2U="})
    assert wrong.status_code == 422


async def test_a_socket_resumes_after_the_last_event_it_saw(
    project: dict[str, Any], sign_in: SignIn
) -> None:
    manager = await sign_in(MANAGER)
    listed = (await manager.get(f"/api/projects/{project['id']}/events")).json()["events"]
    async with socket(manager, project["id"], after=listed[1]["event_id"]) as opened:
        received = [json.loads(await opened.recv()) for _ in listed[2:]]
    assert received == listed[2:]
    assert [row["event_id"] for row in received] == sorted(row["event_id"] for row in received)


async def test_a_socket_ticket_works_once_and_strangers_are_refused(
    project: dict[str, Any], sign_in: SignIn, anybody: Client, api_url: str
) -> None:
    url = f"{api_url.replace('http', 'ws', 1)}/ws/{project['id']}"
    ticket = (await (await sign_in(MANAGER)).post("/api/ws-ticket")).json()
    protocols: Any = [ticket["protocol"], ticket["ticket"]]
    async with connect(url, subprotocols=protocols, proxy=None) as opened:
        assert opened.subprotocol == ticket["protocol"], "the ticket is not repeated"
    bearer = {"Authorization": f"Bearer {await access_token(anybody, OFFICER)}"}
    async with connect(url, additional_headers=bearer, proxy=None):
        pass
    outsider = {"Authorization": f"Bearer {await access_token(anybody, 's.amari@navy.mil')}"}
    elsewhere = url.replace(project["id"], str(uuid4()))
    refused: list[dict[str, Any]] = [
        {"uri": url, "subprotocols": protocols},
        {"uri": url},
        {"uri": url, "additional_headers": bearer, "origin": "http://evil.example"},
        {"uri": elsewhere, "additional_headers": outsider},
        {"uri": f"{url}?after={2**63}", "additional_headers": bearer},
    ]
    for attempt in refused:
        with pytest.raises(InvalidStatus) as refusal:
            await connect(**attempt, proxy=None)
        assert refusal.value.response.status_code == 403


async def test_anonymous_sockets_are_a_setting_and_see_no_source_selection(
    project: dict[str, Any], settings: Settings
) -> None:
    open_settings = settings.model_copy(update={"allow_anonymous_sockets": True})
    async with (
        serve(open_settings) as url,
        connect(f"{url.replace('http', 'ws', 1)}/ws/{project['id']}?after=0", proxy=None) as opened,
    ):
        assert json.loads(await opened.recv())["type"] == "phase_update"


async def test_a_package_that_no_worker_answered_is_accepted_by_a_sweep(
    sign_in: SignIn,
    settings: Settings,
    temporal_client: Temporal,
    monkeypatch: pytest.MonkeyPatch,
    workers: None,
) -> None:
    officer = await sign_in(OFFICER)
    with monkeypatch.context() as patched:
        patched.setattr(api.temporal, "ANSWER_SECONDS", 0.0)
        answer = await officer.post(
            "/api/projects",
            json={"name": "Late", "project_type": "rfp", "auto_draft": False, "facts": facts()},
        )
    assert answer.status_code == 202, "stored, and the workflow starts as soon as it can"
    project_id = answer.json()["project"]["id"]

    async def status() -> str:
        shown = await officer.get(f"/api/projects/{project_id}")
        return shown.json()["project"]["overall_status"]

    async with serve(settings):  # a sweep is the first thing that a new process does
        await until(status, lambda found: found == "in_progress")


async def test_a_gate_says_what_is_missing_and_is_asked_for_when_nothing_is(
    project: dict[str, Any], sign_in: SignIn
) -> None:
    officer, viewer = await sign_in(OFFICER), await sign_in(VIEWER)
    phases = (await officer.get(f"/api/projects/{project['id']}/phases")).json()["phases"]
    url = f"/api/phases/{phases[0]['id']}"
    check = (await officer.get(f"{url}/validate-transition")).json()
    assert (check["can_transition"], check["to_phase"]) == (False, "solicitation")
    assert "Source Selection Plan is not approved" in check["blocking_issues"]
    assert [row["name"] for row in check["eligible_gatekeepers"]] == ["J. Okafor"]
    seen = (await viewer.get(f"{url}/validate-transition")).text
    assert "Source Selection Plan" not in seen, "a viewer must not learn its name here either"
    asked = await officer.post(f"{url}/request-transition")
    assert (asked.status_code, asked.json()["code"]) == (409, "MissingDependencies")
    assert (await viewer.post(f"{url}/request-transition")).status_code == 403
    history = (await officer.get(f"/api/projects/{project['id']}/transition-history")).json()
    assert (history["transitions"], history["count"]) == ([], 0)


async def test_people_are_notified_and_read_only_their_own_notices(
    project: dict[str, Any], sign_in: SignIn
) -> None:
    comptroller, viewer = await sign_in(COMPTROLLER), await sign_in(VIEWER)
    mine = (await comptroller.get("/api/notifications")).json()["notifications"]
    asked = next(row for row in mine if row["project_id"] == project["id"])
    assert asked["notification_type"] == "approval_requested"
    url = f"/api/notifications/{asked['id']}/read"
    assert (await viewer.patch(url)).status_code == 404
    assert (await comptroller.patch(url)).status_code == 200
    unread = await comptroller.get("/api/notifications", params={"unread_only": True})
    assert asked["id"] not in {row["id"] for row in unread.json()["notifications"]}
