"""Every route as every role and as nobody.

The routes are read from the application. A new one fails here until docs/security.md lists it.
"""

import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest_asyncio

from api.main import ROUTES
from api.policy import SOCKET, Policy, policies
from documents.vocabulary import Role
from runtime.settings import Settings
from tests.api.conftest import ADMIN, MANAGER, OFFICER, VIEWER, Client, access_token
from tests.api.team import INTERNAL, SECRET, Sample, sample_project

SECURITY = Path(__file__).parents[2] / "docs" / "security.md"
OUTSIDER = "r.whitfield@navy.mil"
"""An approver who is on no team here."""
PEOPLE = {
    Role.ADMIN: ADMIN,
    Role.CONTRACTING_OFFICER: OFFICER,
    Role.PROGRAM_MANAGER: MANAGER,
    Role.APPROVER: OUTSIDER,
    Role.VIEWER: VIEWER,
}
OPEN = {
    "GET /",
    "GET /codec",
    "GET /codec/page.css",
    "GET /codec/page.js",
    "GET /health",
    "POST /api/auth/login",
    "POST /api/auth/refresh",
    "POST /api/auth/register",
}
"""Everything else needs a token. Think twice before adding a line."""
OWN = ("/api/notifications", "/api/ws-ticket", "/api/auth/", "/api/users/me/")
"""What a viewer changes there is the viewer's own."""
HTTP = [policy for policy in policies(m.router for m in ROUTES) if policy.method != SOCKET]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def sample(settings: Settings, anybody: Client) -> Sample:
    return await sample_project(settings)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def people(api_url: str, anybody: Client) -> AsyncIterator[dict[Role, Client]]:
    """With sessions of their own: some of these requests end them."""
    clients = {
        role: Client(
            base_url=api_url,
            trust_env=False,
            timeout=60,
            headers={"Authorization": f"Bearer {await access_token(anybody, email)}"},
        )
        for role, email in PEOPLE.items()
    }
    yield clients
    for client in clients.values():
        await client.aclose()


def ids_of(sample: Sample, code: str) -> dict[str, Any]:
    return {
        "project_id": sample.project,
        "phase_id": sample.phase,
        "document_id": sample.documents[code],
        "upload_id": sample.uploads[code],
        "approval_id": sample.approvals[code],
        "task_id:path": sample.tasks[code],
        "kind": "pdf",
        "file_name": f"{code}_v1.pdf",
    }


def url(policy: Policy, ids: dict[str, Any]) -> str:
    """The path with these ids; what they do not name does not exist."""
    path = policy.path
    if path.endswith("/records/{kind}"):
        path = path.replace("{kind}", "offers")
    return re.sub(r"\{([\w:]+)\}", lambda found: str(ids.get(found[1], uuid4())), path)


async def ask(
    client: Client, policy: Policy, ids: dict[str, Any], body: dict[str, Any] | None = None
) -> Any:
    if policy.method not in ("POST", "PUT", "PATCH"):
        return await client.request(policy.method, url(policy, ids))
    return await client.request(policy.method, url(policy, ids), json=body or {})


def test_the_table_in_the_documentation_is_what_the_signatures_say() -> None:
    listed = {
        line.strip()
        for line in SECURITY.read_text(encoding="utf-8").splitlines()
        if re.match(r"\| `(GET|POST|PUT|PATCH|DELETE|WS) ", line)
    }
    real = {str(policy) for policy in policies(module.router for module in ROUTES)}
    missing = "\n".join(sorted(real - listed))
    gone = "\n".join(sorted(listed - real))
    assert not missing, f"add to the table of docs/security.md:\n{missing}\ninstead of:\n{gone}"
    assert not gone, f"no longer true, take out of docs/security.md:\n{gone}"


async def test_nobody_gets_in_except_where_it_is_listed(anybody: Client, sample: Sample) -> None:
    openly = {f"{p.method} {p.path}" for p in HTTP if p.who == "anybody"}
    assert openly == OPEN
    for policy in HTTP:
        if policy.who != "anybody":
            answer = await ask(anybody, policy, ids_of(sample, INTERNAL))
            assert answer.status_code == 403, f"{policy.method} {policy.path}: {answer.text}"
            assert answer.json()["code"] == "not_authenticated", policy


async def test_a_bad_token_is_401_everywhere(anybody: Client, sample: Sample) -> None:
    forged = {"Authorization": "Bearer eyJhbGciOiJub25lIn0.e30."}
    for policy in HTTP:
        if policy.who != "anybody":
            path = url(policy, ids_of(sample, INTERNAL))
            answer = await anybody.request(policy.method, path, json={}, headers=forged)
            assert answer.status_code == 401, f"{policy.method} {policy.path}: {answer.text}"


async def test_other_roles_than_the_listed_ones_are_refused(
    people: dict[Role, Client], sample: Sample
) -> None:
    for policy in HTTP:
        for role in frozenset(Role) - (policy.roles or frozenset(Role)):
            answer = await ask(people[role], policy, ids_of(sample, INTERNAL))
            place = f"{policy.method} {policy.path} as {role}: {answer.status_code} {answer.text}"
            assert answer.status_code in (403, 404), place


async def test_the_listed_roles_get_past_the_door(people: dict[Role, Client]) -> None:
    """Asked for things that do not exist, so that nothing happens."""
    for policy in HTTP:
        if policy.path.endswith("/logout") or not policy.needs_sign_in:
            continue
        for role in policy.roles or Role:
            answer = await ask(people[role], policy, {})
            place = f"{policy.method} {policy.path} as {role}: {answer.status_code} {answer.text}"
            assert answer.status_code < 500, place
            assert answer.status_code != 401, place
            assert "Only the role" not in answer.text, place


LIMITED = {
    "GET /api/auth/me",
    "GET /api/auth/second-factor",
    "POST /api/auth/change-password",
    "POST /api/auth/logout",
    "POST /api/auth/second-factor/begin",
    "POST /api/auth/second-factor/confirm",
    "POST /api/auth/second-factor/recovery-codes",
    "POST /api/auth/second-factor/remove",
}
"""Open to who has to change a password or add a second factor first. Think twice here as well."""


async def test_who_has_to_change_a_password_gets_in_nowhere_else(
    people: dict[Role, Client], anybody: Client, sample: Sample
) -> None:
    admin = people[Role.ADMIN]
    form = {
        "email": f"{uuid4().hex}@navy.mil",
        "password": "a long pass phrase 7",
        "name": "L. Imited",
        "role": "admin",
    }
    user = (await admin.post("/api/admin/users", json=form)).json()["user"]
    given = await admin.post(f"/api/admin/users/{user['id']}/one-time-password")
    form["password"] = given.json()["one_time_password"]
    token = (await anybody.post("/api/auth/login", json=form)).json()["access_token"]
    assert {f"{p.method} {p.path}" for p in HTTP if p.is_for_limited} == LIMITED
    for policy in HTTP:
        if policy.needs_sign_in and not policy.is_for_limited:
            answer = await anybody.request(
                policy.method,
                url(policy, ids_of(sample, INTERNAL)),
                json={},
                headers={"Authorization": f"Bearer {token}"},
            )
            place = f"{policy.method} {policy.path}: {answer.status_code} {answer.text}"
            assert answer.status_code == 403, place
            assert answer.json()["code"] == "password_change_required", place


async def test_what_is_not_visible_does_not_exist(
    people: dict[Role, Client], sample: Sample
) -> None:
    for policy in HTTP:
        if policy.sees and "transition" not in policy.sees:
            answer = await ask(people[Role.APPROVER], policy, ids_of(sample, INTERNAL))
            place = f"{policy.method} {policy.path}: {answer.status_code} {answer.text}"
            allowed = (404,) if policy.roles is None else (403, 404)
            assert answer.status_code in allowed, place


async def test_source_selection_documents_exist_only_for_the_team(
    people: dict[Role, Client], sample: Sample
) -> None:
    touched = {"document", "upload", "file", "approval"}
    for policy in HTTP:
        if touched.isdisjoint(policy.sees) and "task_id" not in policy.path:
            continue
        for role in (Role.ADMIN, Role.APPROVER, Role.VIEWER):
            answer = await ask(people[role], policy, ids_of(sample, SECRET))
            place = f"{policy.method} {policy.path} as {role}: {answer.status_code} {answer.text}"
            assert answer.status_code in (403, 404), place


async def test_a_viewer_changes_nothing(people: dict[Role, Client], sample: Sample) -> None:
    changed: list[str] = []
    attempt = {
        "notes": "seen",
        "start_date": "2027-01-01",
        "content": "# Other text",
        "document_type": INTERNAL,
        "document_ids": [str(sample.documents[INTERNAL])],
    }
    for policy in HTTP:
        if policy.method == "GET" or policy.path.startswith(OWN) or not policy.needs_sign_in:
            continue
        answer = await ask(people[Role.VIEWER], policy, ids_of(sample, INTERNAL), attempt)
        if policy.path.endswith("/export-generated-batch"):
            continue  # a POST that reads
        if answer.status_code not in (400, 403, 404, 405, 409, 422):
            changed.append(f"{policy.method} {policy.path}: {answer.status_code} {answer.text}")
    assert not changed, "\n".join(changed)


async def test_logging_out_ends_every_use_of_the_token(
    anybody: Client, api_url: str, sample: Sample
) -> None:
    token = {"Authorization": f"Bearer {await access_token(anybody, MANAGER)}"}
    assert (await anybody.post("/api/auth/logout", headers=token)).status_code == 200
    answer = await anybody.get(f"/api/projects/{sample.project}", headers=token)
    assert answer.status_code == 401
