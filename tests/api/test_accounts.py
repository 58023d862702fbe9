"""What administrators do with accounts, and lists that come in pages."""

from typing import Any
from uuid import uuid4

import pytest

from tests.api.acquisition import create
from tests.api.conftest import ADMIN, MANAGER, OFFICER, VIEWER, Client, SignIn, access_token

PASSWORD = "a long pass phrase 7"


async def _add(admin: Client, role: str = "viewer") -> dict[str, str]:
    form = {"email": f"{uuid4().hex}@navy.mil", "password": PASSWORD, "name": "A", "role": role}
    answer = await admin.post("/api/admin/users", json=form)
    assert answer.status_code == 200, answer.text
    return answer.json()["user"]


async def _signed_in(anybody: Client, email: str) -> dict[str, str]:
    form = {"email": email, "password": PASSWORD}
    token = (await anybody.post("/api/auth/login", json=form)).json()["access_token"]
    return {"Authorization": f"Bearer {token}"}


async def test_a_deactivated_person_is_signed_out_at_once_and_is_not_erased(
    sign_in: SignIn, anybody: Client
) -> None:
    admin = await sign_in(ADMIN)
    user = await _add(admin)
    headers = await _signed_in(anybody, user["email"])
    assert (await anybody.get("/api/auth/me", headers=headers)).status_code == 200
    assert (await admin.delete(f"/api/admin/users/{user['id']}")).status_code == 200
    assert (await anybody.get("/api/auth/me", headers=headers)).status_code == 401
    kept = (await admin.get("/api/admin/users")).json()["users"]
    assert [row["is_active"] for row in kept if row["id"] == user["id"]] == [False]
    shown = (await admin.get("/api/users")).json()["users"]
    assert user["id"] not in {row["id"] for row in shown}, "nobody can be given work any more"


async def test_a_new_role_ends_the_sessions_that_had_the_old_one(
    sign_in: SignIn, anybody: Client
) -> None:
    admin = await sign_in(ADMIN)
    user = await _add(admin, "contracting_officer")
    headers = await _signed_in(anybody, user["email"])
    url = f"/api/admin/users/{user['id']}/role"
    assert (await admin.put(url, params={"role": "viewer"})).json()["user"]["role"] == "viewer"
    assert (await anybody.get("/api/auth/me", headers=headers)).status_code == 401


async def test_an_administrator_cannot_leave_the_product_without_one(sign_in: SignIn) -> None:
    admin = await sign_in(ADMIN)
    me = (await admin.get("/api/auth/me")).json()["id"]
    demoted = await admin.put(f"/api/admin/users/{me}/role", params={"role": "viewer"})
    assert (demoted.status_code, demoted.json()["code"]) == (409, "own_role")
    deactivated = await admin.delete(f"/api/admin/users/{me}")
    assert (deactivated.status_code, deactivated.json()["code"]) == (409, "own_account")


async def test_weak_passwords_and_taken_addresses_are_refused(sign_in: SignIn) -> None:
    admin = await sign_in(ADMIN)
    form = {"email": f"{uuid4().hex}@navy.mil", "password": "short", "name": "A", "role": "viewer"}
    assert (await admin.post("/api/admin/users", json=form)).status_code == 422
    taken = {**form, "email": OFFICER.upper(), "password": PASSWORD}
    answer = await admin.post("/api/admin/users", json=taken)
    assert (answer.status_code, answer.json()["code"]) == (409, "email_taken")


@pytest.mark.parametrize("email", [OFFICER, VIEWER])
async def test_only_administrators_administer(sign_in: SignIn, email: str) -> None:
    client, user = await sign_in(email), uuid4()
    for method, path in (
        ("GET", "/api/admin/users"),
        ("POST", "/api/admin/users"),
        ("PUT", f"/api/admin/users/{user}/role"),
        ("DELETE", f"/api/admin/users/{user}"),
    ):
        assert (await client.request(method, path)).status_code == 403, path


async def test_the_bootstrap_route_takes_no_access_token(anybody: Client) -> None:
    form = {"email": "x@navy.mil", "password": PASSWORD, "name": "X"}
    url = "/api/admin/bootstrap"
    assert (await anybody.post(url, json=form)).status_code == 403
    headers = {"Authorization": f"Bearer {await access_token(anybody, ADMIN)}"}
    assert (await anybody.post(url, json=form, headers=headers)).status_code == 401


async def test_pages_hold_every_project_once_while_others_are_added(sign_in: SignIn) -> None:
    manager = await sign_in(MANAGER)
    made = {(await create(manager, name=f"P{n}"))["id"] for n in range(5)}
    seen: list[str] = []
    params: dict[str, Any] = {"limit": 2}
    while True:
        page = (await manager.get("/api/projects", params=params)).json()
        assert len(page["projects"]) <= 2
        seen += [row["id"] for row in page["projects"]]
        if page["next_cursor"] is None:
            break
        await create(manager, name="Added meanwhile")
        params["cursor"] = page["next_cursor"]
        if made.issubset(seen):
            break
    assert made.issubset(seen), "a row was skipped"
    assert len(seen) == len(set(seen)), "a row came twice"
    plain = (await manager.get("/api/projects")).json()
    assert plain["next_cursor"] is None, "a call without a limit answers with everything"


async def test_pages_of_people_go_by_name(sign_in: SignIn) -> None:
    admin = await sign_in(ADMIN)
    every = (await admin.get("/api/admin/users")).json()["users"]
    first = (await admin.get("/api/admin/users", params={"limit": 3})).json()
    rest = await admin.get(
        "/api/admin/users", params={"limit": 200, "cursor": first["next_cursor"]}
    )
    ids = [row["id"] for row in [*first["users"], *rest.json()["users"]]]
    assert ids == [row["id"] for row in every]


@pytest.mark.parametrize("cursor", ["abc", "bnVsbA==", "WzEsMl0=", "WyJhIiwiYiIsImMiXQ=="])
@pytest.mark.parametrize("path", ["/api/projects", "/api/notifications", "/api/users"])
async def test_a_cursor_of_nothing_is_the_callers_error(
    sign_in: SignIn, path: str, cursor: str
) -> None:
    answer = await (await sign_in(VIEWER)).get(path, params={"limit": 1, "cursor": cursor})
    assert answer.status_code == 422, answer.text
