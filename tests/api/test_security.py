"""Requirements of OWASP ASVS 5, level 2, that no other test proves; docs/security.md lists all."""

from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from pydantic import SecretStr
from sqlalchemy import select
from starlette.testclient import TestClient

from api.errors import Invalid
from api.main import ROUTES, create_app
from api.policy import policies
from api.security import check_new_password
from db.accounts import Accounts
from db.audit import NO_PROJECT, verify
from db.models import AuditLog, RefreshToken, User
from runtime.settings import Environment, Settings
from tests.api.conftest import ADMIN, OFFICER, VIEWER, Client, SignIn, tokens
from tests.api.team import INTERNAL, database, sample_project
from tests.api.test_matrix import ids_of, url

ROOT = Path(__file__).parents[2]
PASSWORD = "Größe  Zählt Nämlich 🚀"


@pytest.mark.parametrize(
    "password",
    [
        "password1234",
        "Procureflow-2026",
        "qwertyuiop12345",
        "NavyNavyNavy1",
        "!Welcome!Welcome!",
        "123456789012",
        "P@ssw0rd!2026",
        "$3cret$3cret$3cret",
        "1qaz2wsx3edc",
        "zaq12wsxCDE3",
        "asdfghjkl;'asdf",
        "0987654321poiuytrewq",
        "aaaabbbb1234cccc",
        "gfhjkmgfhjkm",
        "Sonyericsson",
        "butterfly-2026!",
    ],
)
def test_common_passwords_and_the_words_of_the_product_are_refused(password: str) -> None:
    with pytest.raises(Invalid, match="common"):
        check_new_password(password, "a@navy.mil")


@pytest.mark.parametrize(
    "password",
    [
        "no digits just words here",
        PASSWORD,
        "x1y2z3" * 20,
        "P@ssw0rd of the lighthouse",
        "abcdefgh is how it begins",
    ],
)
def test_length_counts_and_no_composition_is_asked_for(password: str) -> None:
    check_new_password(password, "a@navy.mil")


async def test_a_password_is_used_exactly_as_it_was_typed(anybody: Client, sign_in: SignIn) -> None:
    long = PASSWORD + "x" * 80
    form = {"email": f"e{uuid4().hex}@navy.mil", "password": long, "name": "E. Xact"}
    made = await anybody.post("/api/auth/register", json=form)
    assert made.status_code == 200, made.text
    await (await sign_in(ADMIN)).put(f"/api/admin/users/{made.json()['user']['id']}/activate")
    others = (long.lower(), long.replace("  ", " "), f"{long} ", long[:-1])
    for other in others:
        answer = await anybody.post("/api/auth/login", json={**form, "password": other})
        assert answer.status_code == 401, "case, spaces and every character matter"
    assert (await anybody.post("/api/auth/login", json=form)).status_code == 200


async def test_only_hashes_of_secrets_are_stored(anybody: Client, settings: Settings) -> None:
    issued = await tokens(anybody, OFFICER)
    assert len(issued["refresh_token"]) >= 43, "256 random bits"
    async with database(settings) as sessions, sessions() as session:
        stored = set(await session.scalars(select(RefreshToken.token_sha256)))
        hashes = set(await session.scalars(select(User.hashed_password)))
    assert issued["refresh_token"] not in stored
    assert all(text.startswith("$argon2id$") for text in hashes)


async def test_no_answer_holds_a_hash_of_a_secret_and_each_says_what_it_is(
    settings: Settings, sign_in: SignIn
) -> None:
    sample, admin = await sample_project(settings), await sign_in(ADMIN)
    for policy in policies(module.router for module in ROUTES):
        if policy.method == "GET":
            answer = await admin.get(url(policy, ids_of(sample, INTERNAL)))
            assert "argon2" not in answer.text, policy
            assert "hashed_password" not in answer.text, policy
            assert answer.headers["Content-Type"], policy
            assert answer.headers["X-Content-Type-Options"] == "nosniff", policy


async def test_an_unexpected_error_tells_nothing_and_keeps_the_headers(
    sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_: Any, **__: Any) -> Any:
        raise RuntimeError("the secret inside")

    viewer = await sign_in(VIEWER)
    monkeypatch.setattr(Accounts, "list", fail)
    answer = await viewer.get("/api/users")
    assert (answer.status_code, answer.json()["code"]) == (500, "unexpected")
    assert "secret" not in answer.text
    assert "Traceback" not in answer.text
    assert answer.headers["Cache-Control"] == "no-store"


async def test_sign_ins_and_changes_of_accounts_are_in_an_unbroken_log(
    anybody: Client, sign_in: SignIn, settings: Settings
) -> None:
    form = {"email": f"l{uuid4().hex}@navy.mil", "password": PASSWORD, "name": "L. Ogged\nforged"}
    person = (await anybody.post("/api/auth/register", json=form)).json()["user"]["id"]
    await (await sign_in(ADMIN)).put(f"/api/admin/users/{person}/activate")
    await anybody.post("/api/auth/login", json={**form, "password": "wrong"})
    await anybody.post("/api/auth/login", json=form)
    async with database(settings) as sessions:
        async with sessions() as session:
            query = select(AuditLog).where(AuditLog.entity_id == person)
            rows = list(await session.scalars(query.order_by(AuditLog.created_at)))
        verdict = await verify(sessions)
    assert [row.action for row in rows] == [
        "user_created",
        "user_changed",
        "login_failed",
        "login_success",
    ]
    assert PASSWORD not in "".join(str(row.changes) for row in rows)
    assert not verdict.breaks, "\n".join(map(str, verdict.breaks))
    assert NO_PROJECT in {head.chain for head in verdict.heads}


@pytest.mark.parametrize("text", ["' OR '1'='1", "x'; DROP TABLE users; --", "%", "\\"])
async def test_sql_in_what_callers_send_is_only_text(sign_in: SignIn, text: str) -> None:
    viewer = await sign_in(VIEWER)
    for path, name in (
        ("/api/users", "role"),
        ("/api/notifications", "unread_only"),
        ("/api/projects", "cursor"),
    ):
        answer = await viewer.get(path, params={name: text})
        assert answer.status_code in (200, 422), answer.text
    assert (await viewer.get("/api/users")).json()["users"], "everybody is still there"


async def test_a_field_that_is_sent_twice_counts_as_in_the_body(anybody: Client) -> None:
    right, wrong = {"email": VIEWER, "password": "password123"}, {"password": "another"}
    body_is_right = await anybody.post("/api/auth/login", params=wrong, json=right)
    assert body_is_right.status_code == 200, "what a proxy checked and what counts would differ"
    body_is_wrong = await anybody.post("/api/auth/login", params=right, json=wrong)
    assert body_is_wrong.status_code == 401


async def test_methods_that_nobody_offers_are_refused(anybody: Client) -> None:
    for method in ("TRACE", "CONNECT", "PROPFIND"):
        answer = await anybody.request(method, "/api/auth/me")
        assert answer.status_code in (400, 405), f"{method}: {answer.status_code}"
        assert "Authorization" not in answer.text


def test_production_describes_itself_to_nobody(tmp_path: Path) -> None:
    settings = Settings(
        environment=Environment.PRODUCTION,
        data_dir=tmp_path,
        secret_key=SecretStr("xK2v9QmZ4tLw7RbN1cYp8HsJ3dGf6UaE0oVi5TqB"),
        encryption_key=SecretStr("Wm4Zt8Lq2Xc6Vb0Nn5Kj9Hg3Fd7Sa1Pp-Oi_Uy3Tr"),
        payload_keys=SecretStr("first:Jt5Xw8Qn2Ez7Rk4Vb9Lm6Hc1Yd3Sf0GaPo-Iu"),
    )
    # Not entered: what is not there needs no server.
    client = TestClient(create_app(settings))
    for path in ("/docs", "/redoc", "/openapi.json", "/docs/start.js", "/.git/config", "/.env"):
        assert client.get(path).status_code == 404, path


def test_the_maintained_password_library_is_the_installed_one() -> None:
    assert distribution("libpass").version
    with pytest.raises(PackageNotFoundError):
        distribution("passlib")
