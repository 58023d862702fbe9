"""Signing in: tokens, sessions, refusals."""

import logging
from datetime import UTC, datetime, timedelta
from typing import Any, cast
from uuid import uuid4

import jwt
import pytest
from fastapi import Request
from starlette.types import Receive, Scope, Send
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from api.dependencies import DRAFTS, AddressLimit, Product, address_of
from api.errors import TooManyAttempts
from api.security import ALGORITHM, AUDIENCE, ISSUER
from runtime.settings import Settings
from tests.api.conftest import ADMIN, OFFICER, VIEWER, Client, SignIn, tokens


async def registered(anybody: Client, admin: Client) -> tuple[str, str]:
    """A new, activated person: address and password."""
    email, password = f"p{uuid4().hex}@navy.mil", "a long enough passphrase"
    form = {"email": email, "password": password, "name": "New Person"}
    answer = await anybody.post("/api/auth/register", json=form)
    assert answer.status_code == 200, answer.text
    await admin.put(f"/api/admin/users/{answer.json()['user']['id']}/activate")
    return email, password


async def test_a_login_in_the_query_works_like_one_in_the_body(anybody: Client) -> None:
    form = {"email": OFFICER, "password": "password123"}
    for answer in (
        await anybody.post("/api/auth/login", params=form),
        await anybody.post("/api/auth/login", json=form),
    ):
        assert answer.status_code == 200, answer.text
        assert answer.json()["token_type"] == "bearer"
        assert answer.json()["user"]["email"] == OFFICER
        assert "password" not in answer.text


async def test_a_password_in_the_query_stays_out_of_the_access_log(
    anybody: Client, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, "uvicorn.access"):
        await anybody.post(
            "/api/auth/login", params={"email": OFFICER, "password": "not-to-be-logged"}
        )
    lines = [record.getMessage() for record in caplog.records]
    assert any("/api/auth/login" in line for line in lines), "the request itself is logged"
    assert not any("not-to-be-logged" in line for line in lines)


async def test_unknown_people_and_wrong_passwords_get_the_same_answer(anybody: Client) -> None:
    unknown = {"email": "nobody@navy.mil", "password": "password123"}
    wrong = {"email": VIEWER, "password": "wrong"}
    answers = [await anybody.post("/api/auth/login", json=form) for form in (unknown, wrong)]
    assert [answer.status_code for answer in answers] == [401, 401]
    assert answers[0].json() == answers[1].json()


@pytest.mark.usefixtures("a_lock_lasts")
async def test_five_wrong_passwords_lock_the_account_for_a_while(
    anybody: Client, sign_in: SignIn
) -> None:
    email, password = await registered(anybody, await sign_in(ADMIN))
    for _ in range(5):
        wrong = await anybody.post("/api/auth/login", json={"email": email, "password": "no"})
        assert wrong.status_code == 401
    locked = await anybody.post("/api/auth/login", json={"email": email, "password": password})
    assert locked.status_code == 423, "the right password has to wait as well"
    assert int(locked.headers["Retry-After"]) >= 1


@pytest.mark.usefixtures("a_lock_lasts")
async def test_an_address_without_an_account_is_locked_alike(anybody: Client) -> None:
    form = {"email": f"n{uuid4().hex}@navy.mil", "password": "no"}
    statuses = [(await anybody.post("/api/auth/login", json=form)).status_code for _ in range(6)]
    assert statuses == [401] * 5 + [423], "the lock would tell who has an account"


async def test_too_many_wrong_passwords_from_an_address_have_to_wait(
    anybody: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(AddressLimit, "__call__", _limited_to_three)
    answers = [
        await anybody.post(
            "/api/auth/login", json={"email": f"m{uuid4().hex}@navy.mil", "password": "no"}
        )
        for _ in range(4)
    ]
    assert [answer.status_code for answer in answers] == [401, 401, 401, 429]
    assert 1 <= int(answers[-1].headers["Retry-After"]) <= 61


async def test_one_person_cannot_ask_for_drafts_without_end(
    anybody: Client, sign_in: SignIn
) -> None:
    email, password = await registered(anybody, await sign_in(ADMIN))
    answer = await anybody.post("/api/auth/login", json={"email": email, "password": password})
    token = {"Authorization": f"Bearer {answer.json()['access_token']}"}
    address = f"/api/documents/{uuid4()}/generate"
    statuses = [
        (await anybody.post(address, headers=token)).status_code
        for _ in range(DRAFTS.per_minute + 1)
    ]
    assert statuses == [404] * DRAFTS.per_minute + [429]
    assert (await (await sign_in(ADMIN)).post(address)).status_code == 404, "others may go on"


async def _limited_to_three(limit: AddressLimit, product: Product, request: Request) -> None:
    """As in the product, at an address of its own and with a smaller number."""
    wait = await product.attempts.by_source("test", address_of(request), 3)
    if wait is not None:
        raise TooManyAttempts(wait)


async def test_a_registered_viewer_waits_for_an_administrator(
    anybody: Client, sign_in: SignIn
) -> None:
    form = {"email": f"q{uuid4().hex}@navy.mil", "password": "correct horse", "name": "N. Body"}
    created = await anybody.post("/api/auth/register", params={**form, "role": "admin"})
    assert created.status_code == 200, created.text
    assert created.json()["user"]["role"] == "viewer", "nobody chooses their own role"
    refused = await anybody.post("/api/auth/login", json=form)
    assert refused.status_code == 403
    assert "administrator" in refused.json()["detail"]
    admin = await sign_in(ADMIN)
    await admin.put(f"/api/admin/users/{created.json()['user']['id']}/activate")
    assert (await anybody.post("/api/auth/login", json=form)).status_code == 200


@pytest.mark.parametrize("password", ["short", "aaaaaaaaaaaaaaaa", "x" * 129])
async def test_weak_passwords_are_refused(anybody: Client, password: str) -> None:
    form = {"email": f"w{uuid4().hex}@navy.mil", "password": password, "name": "W. Eak"}
    answer = await anybody.post("/api/auth/register", json=form)
    assert answer.status_code == 422
    assert answer.json()["detail"][0]["loc"] == ["body", "password"]
    assert password not in answer.text, "an answer never repeats a password"


async def test_no_token_is_403_and_a_bad_one_401(anybody: Client) -> None:
    missing = await anybody.get("/api/auth/me")
    assert (missing.status_code, missing.json()["detail"]) == (403, "Not authenticated")
    bad = await anybody.get("/api/auth/me", headers={"Authorization": "Bearer nonsense"})
    assert bad.status_code == 401


async def test_forged_tokens_are_refused(
    anybody: Client, settings: Settings, sign_in: SignIn
) -> None:
    issued = await tokens(anybody, OFFICER)
    key = settings.secret_key.get_secret_value()
    claims = jwt.decode(issued["access_token"], key, [ALGORITHM], audience=AUDIENCE, issuer=ISSUER)
    past = datetime.now(UTC) - timedelta(hours=1)
    forged = {
        "another key": jwt.encode(claims, "z" * 40, ALGORITHM, headers={"typ": "at+jwt"}),
        "no signature": jwt.encode(claims, "", "none", headers={"typ": "at+jwt"}),
        "expired": jwt.encode({**claims, "exp": past}, key, ALGORITHM, headers={"typ": "at+jwt"}),
        "audience": jwt.encode({**claims, "aud": "x"}, key, ALGORITHM, headers={"typ": "at+jwt"}),
        "type": jwt.encode(claims, key, ALGORITHM, headers={"typ": "JWT"}),
        "session": jwt.encode(
            {**claims, "sid": str(uuid4())}, key, ALGORITHM, headers={"typ": "at+jwt"}
        ),
    }
    for name, token in forged.items():
        answer = await anybody.get("/api/auth/me", headers={"Authorization": f"Bearer {token}"})
        assert answer.status_code == 401, f"a token with a wrong {name} was accepted"


async def test_a_refresh_token_works_once_and_its_second_use_ends_the_session(
    anybody: Client,
) -> None:
    first = await tokens(anybody, OFFICER)
    second = await anybody.post("/api/auth/refresh", json={"refresh_token": first["refresh_token"]})
    assert second.status_code == 200
    third = await anybody.post(
        "/api/auth/refresh", json={"refresh_token": second.json()["refresh_token"]}
    )
    assert third.status_code == 200
    stolen = await anybody.post("/api/auth/refresh", json={"refresh_token": first["refresh_token"]})
    assert stolen.status_code == 401
    header = {"Authorization": f"Bearer {third.json()['access_token']}"}
    ended = await anybody.get("/api/auth/me", headers=header)
    assert ended.status_code == 401, "the theft has to end the whole session"


async def test_signing_out_ends_the_access_token_too(anybody: Client) -> None:
    header = {"Authorization": f"Bearer {(await tokens(anybody, OFFICER))['access_token']}"}
    assert (await anybody.post("/api/auth/logout", headers=header)).status_code == 200
    assert (await anybody.get("/api/auth/me", headers=header)).status_code == 401


async def test_a_forged_forwarded_address_changes_nothing() -> None:
    """Only a proxy that the server trusts may say who connects."""
    seen: list[str] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append(address_of(Request(scope)))

    async def nothing(*_: object) -> Any:
        return None

    for peer in ("192.0.2.1", "127.0.0.1"):
        scope = {
            "type": "http",
            "scheme": "http",
            "client": (peer, 1),
            "headers": [(b"x-forwarded-for", b"198.51.100.7")],
        }
        server: Any = ProxyHeadersMiddleware(cast(Any, app), trusted_hosts="127.0.0.1")
        await server(scope, nothing, nothing)
    assert seen == ["192.0.2.1", "198.51.100.7"]
