"""What administrators do with accounts, and lists that come in pages."""

from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select, text, update

from api.security import check_new_password, new_one_time_password
from db.models import IdempotentRequest, User
from runtime.settings import Settings
from tests.api.acquisition import create
from tests.api.conftest import ADMIN, MANAGER, OFFICER, VIEWER, Client, SignIn, access_token
from tests.api.team import database

PASSWORD = "a long pass phrase 7"
NEXT = "quite another phrase 8"


async def _add(admin: Client, role: str = "viewer") -> dict[str, str]:
    form = {"email": f"{uuid4().hex}@navy.mil", "password": PASSWORD, "name": "A", "role": role}
    answer = await admin.post("/api/admin/users", json=form)
    assert answer.status_code == 200, answer.text
    return answer.json()["user"]


async def _signed_in(
    anybody: Client, email: str, password: str = PASSWORD, agent: str = "tests"
) -> dict[str, str]:
    form = {"email": email, "password": password}
    answer = await anybody.post("/api/auth/login", json=form, headers={"User-Agent": agent})
    token = answer.json()["access_token"]
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


async def test_a_new_password_takes_the_present_one_and_ends_other_sessions(
    sign_in: SignIn, anybody: Client
) -> None:
    user = await _add(await sign_in(ADMIN))
    here = await _signed_in(anybody, user["email"])
    elsewhere = await _signed_in(anybody, user["email"])
    url = "/api/auth/change-password"
    wrong = {"current_password": "not this one", "new_password": NEXT}
    refused = await anybody.post(url, json=wrong, headers=here)
    assert (refused.status_code, refused.json()["code"]) == (403, "wrong_password")
    form = {"current_password": PASSWORD, "new_password": NEXT}
    assert (await anybody.post(url, json=form, headers=here)).status_code == 200
    assert (await anybody.get("/api/auth/me", headers=here)).status_code == 200
    assert (await anybody.get("/api/auth/me", headers=elsewhere)).status_code == 401
    old = await anybody.post("/api/auth/login", json={"email": user["email"], "password": PASSWORD})
    assert old.status_code == 401
    assert await _signed_in(anybody, user["email"], NEXT)


@pytest.mark.parametrize("password", ["short", "procureflow-2026", PASSWORD])
async def test_a_new_password_follows_the_rules_and_is_a_new_one(
    sign_in: SignIn, anybody: Client, password: str
) -> None:
    user = await _add(await sign_in(ADMIN))
    form = {"current_password": PASSWORD, "new_password": password}
    headers = await _signed_in(anybody, user["email"])
    answer = await anybody.post("/api/auth/change-password", json=form, headers=headers)
    assert answer.status_code == 422
    assert answer.json()["detail"][0]["loc"] == ["body", "new_password"]


@pytest.mark.usefixtures("a_lock_lasts")
async def test_wrong_present_passwords_lock_the_account_until_an_administrator_unlocks_it(
    sign_in: SignIn, anybody: Client
) -> None:
    admin = await sign_in(ADMIN)
    user = await _add(admin)
    headers = await _signed_in(anybody, user["email"])
    wrong = {"current_password": "no", "new_password": NEXT}
    url = "/api/auth/change-password"
    answers = [await anybody.post(url, json=wrong, headers=headers) for _ in range(6)]
    assert [answer.status_code for answer in answers] == [403] * 5 + [423]
    form = {"email": user["email"], "password": PASSWORD}
    assert (await anybody.post("/api/auth/login", json=form)).status_code == 423
    listed = (await admin.get("/api/admin/users")).json()["users"]
    assert [row["failed_login_attempts"] for row in listed if row["id"] == user["id"]] == [5]
    unlocked = await admin.post(f"/api/admin/users/{user['id']}/unlock")
    assert unlocked.status_code == 200, unlocked.text
    assert (await anybody.post("/api/auth/login", json=form)).status_code == 200


async def test_a_person_sees_where_they_are_signed_in_and_ends_it(
    sign_in: SignIn, anybody: Client
) -> None:
    admin = await sign_in(ADMIN)
    user = await _add(admin)
    here, phone, old = [
        await _signed_in(anybody, user["email"], agent=agent) for agent in ("here", "phone", "old")
    ]
    listed = (await anybody.get("/api/auth/sessions", headers=here)).json()["sessions"]
    found = {row["user_agent"]: row for row in listed}
    assert set(found) == {"here", "phone", "old"}
    assert [name for name, row in found.items() if row["current"]] == ["here"]
    assert found["phone"]["address"] == "127.0.0.1"
    url, proof = f"/api/auth/sessions/{found['phone']['id']}/end", {"current_password": PASSWORD}
    unproven = await anybody.post(url, json={"current_password": "no"}, headers=here)
    assert unproven.status_code == 403, "whoever finds an open page could sign its owner out"
    foreign = await admin.post(url, json={"current_password": "password123"})
    assert foreign.status_code == 404, "the sessions of others do not exist"
    assert (await anybody.post(url, json=proof, headers=here)).json()["ended"] == 1
    assert (await anybody.get("/api/auth/me", headers=phone)).status_code == 401
    rest = await anybody.post("/api/auth/sessions/end-others", json=proof, headers=here)
    assert rest.json()["ended"] == 1
    assert (await anybody.get("/api/auth/me", headers=old)).status_code == 401
    assert (await anybody.get("/api/auth/me", headers=here)).status_code == 200


async def test_an_administrator_signs_a_person_out_everywhere(
    sign_in: SignIn, anybody: Client
) -> None:
    admin = await sign_in(ADMIN)
    user = await _add(admin)
    opened = [await _signed_in(anybody, user["email"]) for _ in range(2)]
    answer = await admin.delete(f"/api/admin/users/{user['id']}/sessions")
    assert answer.json()["ended"] == 2
    for headers in opened:
        assert (await anybody.get("/api/auth/me", headers=headers)).status_code == 401


async def test_a_session_that_nobody_uses_is_over(
    sign_in: SignIn, anybody: Client, settings: Settings
) -> None:
    user = await _add(await sign_in(ADMIN))
    form = {"email": user["email"], "password": PASSWORD}
    issued = (await anybody.post("/api/auth/login", json=form)).json()
    headers = {"Authorization": f"Bearer {issued['access_token']}"}

    async def idle(hours: int) -> None:
        async with database(settings) as sessions, sessions.begin() as session:
            await session.execute(
                text(
                    "UPDATE user_sessions SET last_used_at = now() - make_interval(hours => :hours)"
                    " WHERE user_id = :user"
                ),
                {"hours": hours, "user": user["id"]},
            )

    await idle(settings.session_idle_hours - 1)
    assert (await anybody.get("/api/auth/me", headers=headers)).status_code == 200
    listed = (await anybody.get("/api/auth/sessions", headers=headers)).json()["sessions"]
    assert listed[0]["last_used_at"] >= listed[0]["created_at"], "use starts the time again"
    await idle(settings.session_idle_hours + 1)
    assert (await anybody.get("/api/auth/me", headers=headers)).status_code == 401
    token = {"refresh_token": issued["refresh_token"]}
    assert (await anybody.post("/api/auth/refresh", json=token)).status_code == 401


async def test_a_one_time_password_signs_in_once_and_only_to_choose_another(
    sign_in: SignIn, anybody: Client
) -> None:
    admin = await sign_in(ADMIN)
    user = await _add(admin)
    before = await _signed_in(anybody, user["email"])
    given = await admin.post(f"/api/admin/users/{user['id']}/one-time-password")
    assert given.status_code == 200, given.text
    assert (await anybody.get("/api/auth/me", headers=before)).status_code == 401
    once = given.json()["one_time_password"]
    form = {"email": user["email"], "password": once}
    signed_in = (await anybody.post("/api/auth/login", json=form)).json()
    assert signed_in["user"]["next_step"] == "change_password"
    headers = {"Authorization": f"Bearer {signed_in['access_token']}"}
    for path in ("/api/projects", "/api/users", "/api/auth/sessions"):
        refused = await anybody.get(path, headers=headers)
        assert (refused.status_code, refused.json()["code"]) == (403, "password_change_required")
    again = await anybody.post("/api/auth/login", json=form)
    assert again.status_code == 403, "somebody who overheard it signs in as well"
    change = {"current_password": once, "new_password": once}
    url = "/api/auth/change-password"
    kept = await anybody.post(url, json=change, headers=headers)
    assert kept.status_code == 422, "it must not become the lasting password"
    changed = await anybody.post(url, json={**change, "new_password": NEXT}, headers=headers)
    assert changed.status_code == 200, changed.text
    assert (await anybody.get("/api/projects", headers=headers)).status_code == 200
    assert await _signed_in(anybody, user["email"], NEXT)


async def test_a_one_time_password_ends_after_a_day_and_is_nowhere_to_be_read(
    sign_in: SignIn, anybody: Client, settings: Settings
) -> None:
    admin = await sign_in(ADMIN)
    user = await _add(admin)
    url, key = f"/api/admin/users/{user['id']}/one-time-password", uuid4().hex
    given = await admin.post(url, headers={"Idempotency-Key": key})
    once = given.json()["one_time_password"]
    async with database(settings) as sessions, sessions.begin() as session:
        kept = await session.scalar(select(IdempotentRequest).where(IdempotentRequest.key == key))
        assert kept is None, "remembered answers would hold the password in clear"
        person = User.id == UUID(user["id"])
        stored = await session.scalar(select(User.hashed_password).where(person))
        assert once not in str(stored)
        late = text("one_time_until - interval '25 hours'")
        await session.execute(update(User).where(person).values(one_time_until=late))
    form = {"email": user["email"], "password": once}
    assert (await anybody.post("/api/auth/login", json=form)).status_code == 403
    own = (await admin.get("/api/auth/me")).json()["id"]
    refused = await admin.post(f"/api/admin/users/{own}/one-time-password")
    assert (refused.status_code, refused.json()["code"]) == (409, "own_account")


def test_one_time_passwords_are_random_and_within_the_rules() -> None:
    made = {new_one_time_password() for _ in range(200)}
    assert len(made) == 200
    for password in made:
        check_new_password(password, "a@navy.mil")


async def test_preferences_change_one_by_one_and_have_bounds(
    sign_in: SignIn, anybody: Client
) -> None:
    user = await _add(await sign_in(ADMIN))
    headers = await _signed_in(anybody, user["email"])
    url = "/api/users/me/preferences"
    first = await anybody.patch(url, params={"email": False}, headers=headers)
    assert first.status_code == 200, first.text
    days = await anybody.patch(url, json={"deadline_days": [7, 2, 7]}, headers=headers)
    assert days.json()["user"]["notification_preferences"] == {
        "email": False,
        "in_app": True,
        "deadline_days": [2, 7],
    }
    for form in (
        {},
        {"deadline_days": [-1]},
        {"deadline_days": [91]},
        {"deadline_days": list(range(11))},
        {"email": "perhaps"},
    ):
        refused = await anybody.patch(url, json=form, headers=headers)
        assert refused.status_code == 422, form


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
