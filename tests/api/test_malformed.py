"""Bodies that cannot be read, or hold what JSON cannot, are refused and never a server's error."""

from dataclasses import dataclass
from typing import Any

import pytest
import pytest_asyncio

from api.errors import NotFound, refusal
from runtime.settings import Settings
from tests.api.acquisition import create
from tests.api.conftest import OFFICER, Client, SignIn
from tests.api.team import INTERNAL, sample_project

JSON = "application/json"
DEPTH = 100_000
LONG = b"9" * 5000
"""Digits: more than Python reads as one number."""

BODIES = {
    "arrays without end": (b"[" * DEPTH, JSON),
    "objects without end": (b'{"a":' * DEPTH, JSON),
    "arrays in arrays": (b"[" * DEPTH + b"]" * DEPTH, JSON),
    "no number": (b"NaN", JSON),
    "a text": (b'"x"', JSON),
    "half a character": (b'"\\ud800"', JSON),
    "a long number": (LONG, JSON),
    "no UTF-8": (b'{"name": "\xff"}', JSON),
    "another charset": (b'{"name": "\xe9"}', f"{JSON}; charset=latin-1"),
    "nothing": (b"", JSON),
    "a name of half a character": (b'{"\\ud800": NaN}', JSON),
    "plain text": (b"x", "text/plain"),
    "a form without parts": (b"x", "multipart/form-data; boundary=x"),
    "a form without boundary": (b"x", "multipart/form-data"),
}
VALUES = {
    "NaN": b"NaN",
    "Infinity": b"-Infinity",
    "more than a float": b"1e999",
    "half a character": b'"a\\ud800.txt"',
    "a long number": LONG,
    "a number that fits no column": b"9" * 4000,
    "arrays in arrays": b"[" * 900 + b"]" * 900,
    "objects in objects": b'{"a":' * 900 + b"1" + b"}" * 900,
    "NaN inside": b'{"a": [NaN, "\\udfff"]}',
}


@dataclass(frozen=True, slots=True)
class Target:
    """A route, and the field of its body that takes the odd values."""

    method: str
    path: str
    field: str
    rest: bytes = b""


ROUTES = (
    Target("POST", "/api/auth/refresh", "refresh_token"),
    Target("POST", "/api/projects", "name", b', "project_type": "rfp"'),
    Target("POST", "/api/projects", "estimated_value", b', "name": "x", "project_type": "rfp"'),
    Target("PUT", "/api/projects/{project}", "estimated_value"),
    Target("PUT", "/api/projects/{project}/facts", "facts"),
    Target("POST", "/api/projects/{sample}/records/offers", "offers"),
    Target("POST", "/api/documents/{document}/upload", "file_name"),
    Target("POST", "/api/documents/{document}/upload", "notes", b', "file_name": "a.txt"'),
    Target("POST", "/api/documents/{document}/save-generated", "content"),
    Target("POST", "/api/projects/{project}/milestones", "event", b', "day": "2026-01-05"'),
    Target("PATCH", "/api/documents/{document}", "notes"),
    Target("POST", "/api/projects/{project}/sources", "kind"),
)
REFUSED = 400, 409, 415, 422
PATHS = {(target.method, target.path) for target in ROUTES} | {("POST", "/api/auth/login")}


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def ids(settings: Settings, sign_in: SignIn) -> dict[str, Any]:
    sample = await sample_project(settings)
    project = await create(await sign_in(OFFICER))
    return {
        "project": project["id"],
        "sample": sample.project,
        "document": sample.documents[INTERNAL],
    }


async def refused(
    client: Client, method: str, url: str, body: bytes, kind: str, *, statuses: tuple[int, ...]
) -> None:
    answer = await client.request(method, url, content=body, headers={"Content-Type": kind})
    assert answer.status_code in statuses, f"{method} {url}: {answer.text:.500}"
    if answer.status_code >= 400:
        assert answer.headers["Content-Type"] == "application/problem+json", url
        assert answer.json()["detail"], url
        assert '"input"' not in answer.text, "it may be a secret"
        assert "pydantic" not in answer.text, url


def test_a_problem_that_names_half_a_character_can_be_written() -> None:
    assert b"half ? not found" in bytes(refusal(NotFound("half \ud800")).body)


@pytest.mark.parametrize(("body", "kind"), BODIES.values(), ids=BODIES)
async def test_a_body_that_cannot_be_read_is_the_callers_error(
    sign_in: SignIn, ids: dict[str, Any], body: bytes, kind: str
) -> None:
    officer = await sign_in(OFFICER)
    for method, path in sorted(PATHS):
        # Where nothing is required, a body that holds nothing is none that is wrong.
        statuses = REFUSED if body else (200, *REFUSED)
        await refused(officer, method, path.format(**ids), body, kind, statuses=statuses)


@pytest.mark.parametrize("value", VALUES.values(), ids=VALUES)
async def test_a_value_that_no_field_takes_is_named_as_the_callers_error(
    sign_in: SignIn, ids: dict[str, Any], value: bytes
) -> None:
    officer = await sign_in(OFFICER)
    for target in ROUTES:
        body = b'{"%s": %s%s}' % (target.field.encode(), value, target.rest)
        url = target.path.format(**ids)
        await refused(officer, target.method, url, body, JSON, statuses=REFUSED)


@pytest.mark.parametrize("charset", ["undefined", "punycode", "unicode_escape", "utf-7"])
async def test_a_form_in_an_odd_charset_is_the_callers_error(
    sign_in: SignIn, ids: dict[str, Any], charset: str
) -> None:
    part = '--x\r\nContent-Disposition: form-data; name="{}"\r\n\r\n{}\r\n'
    half = "\\ud800+2AA-"
    body = part.format("kind", half) + part.format("file_name", half) + "--x--\r\n"
    kind = f"multipart/form-data; boundary=x; charset={charset}"
    officer = await sign_in(OFFICER)
    for path in ("/api/documents/{document}/upload", "/api/projects/{project}/sources"):
        url = path.format(**ids)
        await refused(officer, "POST", url, body.encode(), kind, statuses=(422,))
