"""Encrypted histories are read in the Temporal Web UI by administrators, and by nobody else."""

import asyncio
from base64 import b64decode, b64encode
from collections.abc import AsyncIterator
from typing import Any

import pytest_asyncio
from pydantic import SecretStr
from temporalio.api.common.v1 import Payload

from runtime.encryption import EncryptionCodec, KeyRing
from runtime.settings import Settings
from tests.api.conftest import ADMIN, OFFICER, Client, access_token, serve

KEYS = "new:a-new-secret-of-enough-characters-,old:an-old-secret-of-enough-characters"
OTHER_KEYS = "gone:a-secret-that-this-ring-does-not-hold"
WEB_UI = "http://127.0.0.1:8233"
SECRET = b'{"total": "58,294,575.84"}'


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def encrypted(settings: Settings, api_url: str) -> AsyncIterator[str]:
    """The API of an installation that encrypts; yields its address."""
    changed = settings.model_copy(
        update={"encrypt_payloads": True, "payload_keys": SecretStr(KEYS)}
    )
    async with serve(changed) as url:
        yield url


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def browser(encrypted: str) -> AsyncIterator[Client]:
    """Keeps cookies and is signed in nowhere."""
    async with Client(base_url=encrypted, trust_env=False, timeout=60) as client:
        yield client


def as_json(payload: Payload) -> dict[str, Any]:
    return {
        "metadata": {key: b64encode(value).decode() for key, value in payload.metadata.items()},
        "data": b64encode(payload.data).decode(),
    }


async def stored(keys: str = KEYS) -> dict[str, Any]:
    """A payload as a history holds it."""
    plain = Payload(metadata={"encoding": b"json/plain"}, data=SECRET)
    [payload] = await EncryptionCodec(KeyRing.parse(keys)).encode([plain])
    return as_json(payload)


async def test_an_administrator_reads_what_is_stored(browser: Client) -> None:
    bearer = {"Authorization": f"Bearer {await access_token(browser, ADMIN)}"}
    body = {"payloads": [await stored(), await stored()]}
    answer = await browser.post("/api/codec/decode", json=body, headers=bearer)
    assert answer.status_code == 200, answer.text
    payloads = answer.json()["payloads"]
    assert [b64decode(payload["data"]) for payload in payloads] == [SECRET, SECRET]
    assert b64decode(payloads[0]["metadata"]["encoding"]) == b"json/plain"
    again = await browser.post("/api/codec/encode", json=answer.json(), headers=bearer)
    hidden = again.json()["payloads"][0]
    assert SECRET not in b64decode(hidden["data"]), "what is sent from the Web UI is encrypted"
    back = await browser.post("/api/codec/decode", json=again.json(), headers=bearer)
    assert back.json() == answer.json()


async def test_a_payload_of_a_lost_key_names_the_key(browser: Client) -> None:
    bearer = {"Authorization": f"Bearer {await access_token(browser, ADMIN)}"}
    body = {"payloads": [await stored(OTHER_KEYS)]}
    answer = await browser.post("/api/codec/decode", json=body, headers=bearer)
    assert (answer.status_code, answer.json()["code"]) == (409, "unreadable_payload")
    assert "gone" in answer.json()["detail"]


async def test_a_cookie_of_the_codec_opens_the_codec_alone(browser: Client) -> None:
    bearer = {"Authorization": f"Bearer {await access_token(browser, ADMIN)}"}
    opened = await browser.post("/api/codec/session", headers=bearer)
    assert opened.status_code == 200, opened.text
    attributes = opened.headers["Set-Cookie"].lower()
    for needed in ("httponly", "samesite=strict", "path=/api/codec", "max-age="):
        assert needed in attributes, f"{needed} is missing: {attributes}"
    cookie = {"Cookie": opened.headers["Set-Cookie"].partition(";")[0]}
    body = {"payloads": [await stored()]}
    read = await browser.post("/api/codec/decode", json=body, headers={**cookie, "Origin": WEB_UI})
    assert read.status_code == 200, read.text
    assert read.headers["Access-Control-Allow-Origin"] == WEB_UI
    assert read.headers["Access-Control-Allow-Credentials"] == "true"
    elsewhere = await browser.get("/api/admin/users", headers=cookie)
    assert elsewhere.status_code == 403, "the cookie is a key to the codec, not to the product"
    await browser.post("/api/auth/logout", headers=bearer)
    over = await browser.post("/api/codec/decode", json=body, headers=cookie)
    assert over.status_code == 401, "the cookie ends with its session"


async def test_nobody_else_reads_anything(browser: Client) -> None:
    body = {"payloads": [await stored()]}
    async with Client(base_url=browser.base_url, trust_env=False) as nobody:
        assert (await nobody.post("/api/codec/decode", json=body)).status_code == 403
        bearer = {"Authorization": f"Bearer {await access_token(nobody, OFFICER)}"}
        for route in ("decode", "encode", "session"):
            answer = await nobody.post(f"/api/codec/{route}", json=body, headers=bearer)
            assert answer.status_code == 403, f"{route}: {answer.text}"


async def test_only_the_web_ui_may_ask_from_a_browser(browser: Client) -> None:
    wish = {
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "content-type,x-namespace",
    }
    asked = await asyncio.gather(
        browser.options("/api/codec/decode", headers={**wish, "Origin": WEB_UI}),
        browser.options("/api/codec/decode", headers={**wish, "Origin": "http://evil.example"}),
        browser.options("/api/projects", headers={**wish, "Origin": WEB_UI}),
    )
    assert [answer.status_code for answer in asked] == [200, 400, 400]


async def test_the_sign_in_page_runs_only_its_own_script(browser: Client) -> None:
    page = await browser.get("/codec")
    assert "script-src 'self'" in page.headers["Content-Security-Policy"]
    assert (await browser.get("/codec/page.js")).headers["Content-Type"].startswith("text/javascri")
    assert "http://" not in page.text.replace("http-equiv", ""), "nothing comes from elsewhere"
