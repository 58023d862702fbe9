"""Every row of the front end's contract, walked on a running stack in the order of a day's work."""

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import pytest
from pydantic import SecretStr

import api.routes.projects
from db.migrate import upgrade
from documents.facts import Facts
from documents.plan import Plan
from documents.planning import plan_for
from runtime.local import LocalStack
from runtime.settings import Settings
from tests.api.acquisition import create, facts, socket
from tests.api.conftest import (
    ADMIN,
    COMPTROLLER,
    MANAGER,
    OFFICER,
    SPECIALIST,
    Client,
    SignIn,
    serve,
)
from tests.api.contract import ROWS, Walk
from tests.waiting import until

"""Signs the requirements package first."""
PASSWORD = "a long pass phrase 7"


def short_plan(facts: Facts) -> Plan:
    """One document in the first phase, so that its gate is reached soon, and one in the second."""
    plan = plan_for(facts)
    return plan.model_copy(
        update={"documents": tuple(row for row in plan.documents if row.code in ("PR", "SEC-A"))}
    )


async def test_every_row_of_the_contract_is_served(
    settings: Settings,
    stack: LocalStack,
    sign_in: SignIn,
    anybody: Client,
    workers: None,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(api.routes.projects, "plan_for", short_plan)
    walk = Walk()
    people = {email: await sign_in(email) for email in (ADMIN, MANAGER, OFFICER, COMPTROLLER)}
    project: dict[str, Any] = {}
    chapters: list[Callable[[], Awaitable[None]]] = [
        lambda: _front_door(walk, anybody),
        lambda: _first_administrator(walk, settings, stack),
        lambda: _accounts(walk, people[ADMIN]),
        lambda: _projects(walk, people[MANAGER]),
        lambda: _accept(walk, people[OFFICER], project),
        lambda: _steps(walk, people[MANAGER], project),
        lambda: _drafting(walk, people[MANAGER], project),
        lambda: _files(walk, people[MANAGER], project),
        lambda: _signatures(walk, people, sign_in, project),
        lambda: _second_round(walk, people, project),
        lambda: _gate(walk, people[OFFICER], project),
        lambda: _notices(walk, people[COMPTROLLER]),
    ]
    for chapter in chapters:
        try:
            await chapter()
        except (AssertionError, LookupError) as problem:
            walk.problems.append(f"the chapter ended early: {problem!r:.300}")
    with capsys.disabled():
        sys.stdout.write(f"\n{walk.report()}\n")
    assert not walk.problems, walk.report()
    assert walk.passed == {row.route for row in ROWS}, walk.report()


async def _front_door(walk: Walk, anybody: Client) -> None:
    await walk.call(anybody, "GET /")
    await walk.call(anybody, "GET /health")
    form = {"email": f"{uuid4().hex}@navy.mil", "password": PASSWORD, "name": "New Person"}
    await walk.call(anybody, "POST /api/auth/register", params={**form, "role": "admin"})
    login = {"email": MANAGER, "password": "password123"}
    token = (await walk.call(anybody, "POST /api/auth/login", params=login))["access_token"]
    await walk.call(anybody, "GET /api/auth/me", headers={"Authorization": f"Bearer {token}"})


async def _first_administrator(walk: Walk, settings: Settings, stack: LocalStack) -> None:
    """On an installation of its own: this one has an administrator."""
    database_url = stack.database_url_for(f"bootstrap_{uuid4().hex}")
    await asyncio.to_thread(upgrade, database_url)
    token = uuid4().hex
    empty = settings.model_copy(
        update={"database_url": database_url, "bootstrap_token": SecretStr(token)}
    )
    form = {"email": "first@navy.mil", "password": PASSWORD, "name": "First"}
    async with serve(empty) as url, Client(base_url=url, trust_env=False, timeout=60) as anybody:
        route, key = "POST /api/admin/bootstrap", {"Authorization": f"Bearer {token}"}
        assert (await anybody.post(route.split()[1], params=form)).status_code == 403
        made = await walk.call(anybody, route, params=form, headers=key)
        assert made["user"]["role"] == "admin"
        again = await anybody.post(route.split()[1], params=form, headers=key)
        assert (again.status_code, again.json()["code"]) == (409, "admin_exists")


async def _accounts(walk: Walk, admin: Client) -> None:
    await walk.call(admin, "GET /api/users", params={"role": "contracting_officer"})
    await walk.call(admin, "GET /api/admin/users")
    form = {"email": f"{uuid4().hex}@navy.mil", "password": PASSWORD, "name": "A", "role": "viewer"}
    made = await walk.call(admin, "POST /api/admin/users", params=form)
    url = f"/api/admin/users/{made['user']['id']}"
    raised = await walk.call(
        admin, "PUT /api/admin/users/{id}/role", f"{url}/role", params={"role": "approver"}
    )
    assert raised["user"]["role"] == "approver"
    await walk.call(admin, "DELETE /api/admin/users/{id}", url)


async def _projects(walk: Walk, manager: Client) -> None:
    form = {"name": "Buoys", "description": "New ones", "project_type": "bpa"}
    made = (await walk.call(manager, "POST /api/projects", params=form))["project"]
    url = f"/api/projects/{made['id']}"
    await walk.call(manager, "GET /api/projects")
    shown = (await walk.call(manager, "GET /api/projects/{id}", url))["project"]
    sent = {**shown, "name": "Buoys and chains", "estimated_value": 1_250_000.5}
    changed = await walk.call(manager, "PUT /api/projects/{id}", url, json=sent)
    assert changed["project"]["name"] == "Buoys and chains"
    await walk.call(manager, "DELETE /api/projects/{id}", url)
    listed = (await manager.get("/api/projects")).json()["projects"]
    assert made["id"] not in {row["id"] for row in listed}, "a cancelled project leaves the list"
    kept = (await manager.get(url)).json()["project"]
    assert kept["overall_status"] == "cancelled", "it is never erased"


async def _accept(walk: Walk, officer: Client, project: dict[str, Any]) -> None:
    project.update(await create(officer, facts=facts()))

    async def documents() -> int:
        found = await officer.get(f"/api/projects/{project['id']}/documents")
        return len(found.json()["documents"])

    await until(documents, lambda count: count == 2)
    route = "POST /api/projects/{id}/initialize-documents"
    made = await walk.call(officer, route, route.split()[1].format(id=project["id"]))
    assert (made["existing_count"], made["created_count"]) == (2, 0)


async def _steps(walk: Walk, manager: Client, project: dict[str, Any]) -> None:
    url = f"/api/projects/{project['id']}"
    phases = await walk.call(manager, "GET /api/projects/{id}/phases", f"{url}/phases")
    project["phase"] = phases["phases"][0]
    phase = f"/api/phases/{project['phase']['id']}"
    await walk.call(
        manager, "POST /api/phases/{id}/create-default-steps", f"{phase}/create-default-steps"
    )
    steps = (await walk.call(manager, "GET /api/projects/{id}/steps", f"{url}/steps"))["steps"]
    assert len(steps) == 24
    change = {"status": "completed", "notes": "Done", "assigned_user_id": project["created_by"]}
    done = await walk.call(
        manager, "PATCH /api/steps/{id}", f"/api/steps/{steps[0]['id']}", params=change
    )
    assert done["step"]["completion_date"], "a completed step has a date"
    route = "POST /api/phases/{id}/cleanup-duplicate-steps"
    cleaned = await walk.call(manager, route, f"{phase}/cleanup-duplicate-steps")
    assert (cleaned["deleted_count"], cleaned["remaining_steps"]) == (0, 7)
    route = "POST /api/projects/{id}/cleanup-all-duplicate-steps"
    await walk.call(manager, route, f"{url}/cleanup-all-duplicate-steps")
    moved = await walk.call(
        manager, "PATCH /api/phases/{id}", phase, params={"end_date": "2031-01-31"}
    )
    assert moved["phase"]["end_date"] == "2031-01-31"


async def _drafting(walk: Walk, manager: Client, project: dict[str, Any]) -> None:
    url = f"/api/projects/{project['id']}"
    async with socket(manager, project["id"], after=None) as opened:
        await walk.call(
            manager,
            "POST /api/projects/{id}/generate-document",
            f"{url}/generate-document",
            params={"document_type": "Requirements Package"},
        )
        heard: set[str] = set()
        async for text in opened:
            heard.add(json.loads(text)["type"])
            if "generation_complete" in heard:
                break
    if not heard >= {"generation_started", "progress", "generation_complete"}:
        walk.fail("WS /ws/{id}", f"only {sorted(heard)} were heard")
    walk.passed.add("WS /ws/{id}")
    rows = await walk.call(manager, "GET /api/projects/{id}/documents", f"{url}/documents")
    package, section = sorted(rows["documents"], key=lambda row: row["display_order"])
    project["package"] = f"/api/documents/{package['id']}"
    document = project["package"]
    dates = {"notes": "Urgent", "deadline": "2030-05-01", "status": package["status"]}
    changed = await walk.call(manager, "PATCH /api/documents/{id}", document, params=dates)
    assert changed["document"]["deadline"] == "2030-05-01"
    route = "GET /api/documents/{id}/check-dependencies"
    checked = await walk.call(manager, route, f"{document}/check-dependencies")
    assert (checked["dependencies_met"], checked["can_generate"]) == (True, True)
    body = {
        "assumptions": [{"id": "a1", "text": "Two sites", "source": "memo"}],
        "additional_context": "Be brief",
    }
    started = await walk.call(
        manager, "POST /api/documents/{id}/generate", f"{document}/generate", json=body
    )
    route = "GET /api/documents/{id}/generation-status"
    await walk.call(manager, route, f"{document}/generation-status")
    route = "GET /api/generation-tasks/{task_id}"
    await _finished(walk, manager, route, started["task_id"])
    form = {"document_ids": [package["id"], section["id"]], "assumptions": []}
    batch = await walk.call(
        manager, "POST /api/projects/{id}/generate-batch", f"{url}/generate-batch", json=form
    )
    route = "GET /api/generation-tasks/{batch_id}"
    task = await _finished(walk, manager, route, batch["task_id"])
    assert [row["id"] for row in task["completed_documents"]] == [package["id"]]
    assert [row["id"] for row in task["failed_documents"]] == [section["id"]], "its phase is later"


async def _finished(walk: Walk, who: Client, route: str, task_id: str) -> Any:
    """As the front end polls: with the id percent-encoded."""

    async def task() -> Any:
        return await walk.call(who, route, f"/api/generation-tasks/{quote(task_id, safe='')}")

    return await until(task, lambda found: found["status"] in ("completed", "failed"))


async def _files(walk: Walk, manager: Client, project: dict[str, Any]) -> None:
    document = project["package"]
    uploads = await walk.call(manager, "GET /api/documents/{id}/uploads", f"{document}/uploads")
    await walk.call(manager, "GET /files/{id}/{name}", uploads["uploads"][0]["file_path"])
    url, route = f"{document}/upload", "POST /api/documents/{id}/upload"
    await walk.call(manager, route, url, params={"file_name": "memo.txt", "notes": "By mail"})
    memo = {"file": ("memo.txt", b"The need is real.", "text/plain")}
    kept = (await walk.call(manager, route, url, files=memo))["upload"]
    await walk.call(manager, "DELETE /api/uploads/{id}", f"/api/uploads/{kept['id']}")
    form = {"document_ids": [document.rpartition("/")[2]], "format": "pdf"}
    export = f"/api/projects/{project['id']}/export-generated-batch"
    await walk.call(manager, "POST /api/projects/{id}/export-generated-batch", export, json=form)
    text = "# Requirements Package\n\n## Need\n\nThe fleet needs the system.\n"
    saved = await walk.call(
        manager,
        "POST /api/documents/{id}/save-generated",
        f"{document}/save-generated",
        params={"content": text, "quality_score": 90},
    )
    assert saved["document"]["generated_content"] == text


async def _signatures(
    walk: Walk, people: dict[str, Client], sign_in: SignIn, project: dict[str, Any]
) -> None:
    manager, document = people[MANAGER], project["package"]
    deputy = await sign_in(SPECIALIST)
    comptroller = people[COMPTROLLER]
    await _under_review(manager, document)
    route = "PATCH /api/documents/{id}/routing"
    await walk.call(manager, route, f"{document}/routing", params={"approval_routing": "default"})
    route = "POST /api/documents/{id}/request-approval"
    await walk.call(manager, route, f"{document}/request-approval")
    asked = await walk.call(comptroller, "GET /api/approvals/pending")
    mine = next(row for row in asked["approvals"] if row["project"]["id"] == project["id"])
    me = (await deputy.get("/api/auth/me")).json()["id"]
    url = f"/api/approvals/{mine['id']}"
    handed = await walk.call(
        comptroller,
        "POST /api/approvals/{id}/delegate",
        f"{url}/delegate",
        params={"delegate_to_user_id": me, "reason": "On leave"},
    )
    signature = f"/api/approvals/{handed['approval']['id']}"
    signed = await walk.call(
        deputy,
        "POST /api/approvals/{id}/approve",
        f"{signature}/approve",
        params={"comments": "Ok"},
    )
    assert signed["approval"]["delegated_from_id"], "a delegated signature keeps both names"
    trail = await walk.call(
        deputy, "GET /api/approvals/{id}/audit-trail", f"{signature}/audit-trail"
    )
    assert [row["action"] for row in trail["audit_trail"]][-1] == "approved"
    await walk.call(manager, "GET /api/documents/{id}/approvals", f"{document}/approvals")
    await walk.call(
        manager, "GET /api/documents/{id}/approval-history", f"{document}/approval-history"
    )


async def _second_round(walk: Walk, people: dict[str, Client], project: dict[str, Any]) -> None:
    """The officer sends the version back; the next one is signed by both."""
    officer, comptroller = people[OFFICER], people[COMPTROLLER]
    document = project["package"]
    asked = await _asked(officer, project) or await _asked(comptroller, project)
    who = officer if await _asked(officer, project) else comptroller
    await walk.call(
        who,
        "POST /api/approvals/{id}/reject",
        f"/api/approvals/{asked}/reject",
        params={"comments": "The need is not shown"},
    )
    drafted = (await people[MANAGER].post(f"{document}/generate", json={})).json()
    route = "GET /api/generation-tasks/{task_id}"
    await _finished(walk, people[MANAGER], route, drafted["task_id"])
    for signer in (comptroller, officer):
        key = await until(lambda signer=signer: _asked(signer, project), bool)
        await walk.call(signer, "POST /api/approvals/{id}/approve", f"/api/approvals/{key}/approve")


async def _gate(walk: Walk, officer: Client, project: dict[str, Any]) -> None:
    phase, url = f"/api/phases/{project['phase']['id']}", f"/api/projects/{project['id']}"

    async def pending() -> Any:
        found = (await officer.get("/api/phase-transitions/pending")).json()
        rows = [
            row
            for row in found["pending_transitions"]
            if row["project_id"] == project["id"] and row["status"] == "pending"
        ]
        return rows[0] if rows else None

    gate = await until(pending, bool)
    await walk.call(officer, "GET /api/phase-transitions/pending")
    await walk.call(
        officer, "GET /api/phases/{id}/validate-transition", f"{phase}/validate-transition"
    )
    await walk.call(
        officer,
        "POST /api/phase-transitions/{id}/reject",
        f"/api/phase-transitions/{gate['id']}/reject",
        params={"comments": "Not yet"},
    )
    asked = await walk.call(
        officer, "POST /api/phases/{id}/request-transition", f"{phase}/request-transition"
    )
    again = asked["transition_request"]
    assert again["round"] == gate["round"] + 1
    passed = await walk.call(
        officer,
        "POST /api/phase-transitions/{id}/approve",
        f"/api/phase-transitions/{again['id']}/approve",
        params={"comments": "The warnings may stay"},
    )
    assert passed["transition_request"]["status"] == "approved"
    route = "GET /api/projects/{id}/transition-history"
    history = await walk.call(officer, route, f"{url}/transition-history")
    assert [row["status"] for row in history["transitions"]] == ["approved", "rejected"]


async def _notices(walk: Walk, comptroller: Client) -> None:
    url = "/api/notifications"
    unread = await walk.call(comptroller, f"GET {url}", params={"unread_only": True})
    first = f"{url}/{unread['notifications'][0]['id']}"
    await walk.call(comptroller, "PATCH /api/notifications/{id}/read", f"{first}/read")
    await walk.call(comptroller, "PATCH /api/notifications/read-all")
    await walk.call(comptroller, "DELETE /api/notifications/{id}", first)


async def _under_review(who: Client, document: str) -> None:
    async def status() -> str:
        return (await who.get(document)).json()["status"]

    await until(status, lambda found: found == "under_review")


async def _asked(signer: Client, project: dict[str, Any]) -> str:
    """The signature that the person is asked for in the project; empty when there is none."""
    found = (await signer.get("/api/approvals/pending")).json()["approvals"]
    return next((row["id"] for row in found if row["project"]["id"] == project["id"]), "")
