"""A person at the product's HTTP routes, as a browser or a script would be."""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from typing import Any, Self
from uuid import uuid4

import httpx2

RETRY_SECONDS = 60.0
"""How long a request is repeated while the server is away."""
PAUSE_SECONDS = 0.3


class Refused(RuntimeError):
    """The server refused a request; the message is its reason."""


class Person:
    """One signed-in person. Requests survive a restart of the API: they are repeated with the same
    idempotency key until the server answers."""

    def __init__(self, http: httpx2.AsyncClient, email: str, token: str) -> None:
        self._http = http
        self._headers = {"Authorization": f"Bearer {token}"}
        self.email = email
        self.token = token

    @classmethod
    @asynccontextmanager
    async def sign_in(cls, api_url: str, email: str, password: str) -> AsyncGenerator[Self]:
        """Sign in and stay signed in for the length of the block."""
        async with httpx2.AsyncClient(base_url=api_url, timeout=60, trust_env=False) as http:
            answer = await _persist(
                http, "POST", "/api/auth/login", json={"email": email, "password": password}
            )
            yield cls(http, email, answer.json()["access_token"])

    async def get(self, path: str, **query: Any) -> Any:
        answer = await _persist(self._http, "GET", path, headers=self._headers, params=query)
        return answer.json()

    async def post(self, path: str, body: Mapping[str, Any] | None = None) -> Any:
        headers = {**self._headers, "Idempotency-Key": str(uuid4())}
        answer = await _persist(self._http, "POST", path, headers=headers, json=body or {})
        return answer.json()

    async def download(self, path: str) -> bytes:
        return (await _persist(self._http, "GET", path, headers=self._headers)).content


async def _persist(
    http: httpx2.AsyncClient, method: str, path: str, **request: Any
) -> httpx2.Response:
    """Send a request, again while the server is away or busy."""
    give_up = asyncio.get_running_loop().time() + RETRY_SECONDS
    while True:
        try:
            answer = await http.request(method, path, **request)
        except httpx2.TransportError:
            if asyncio.get_running_loop().time() > give_up:
                raise
        else:
            if answer.status_code not in (202, 502, 503, 504):
                if answer.is_error:
                    raise Refused(f"{method} {path}: {answer.status_code} {answer.text[:2000]}")
                return answer
            if asyncio.get_running_loop().time() > give_up:
                raise Refused(f"{method} {path}: {answer.status_code} for {RETRY_SECONDS} s")
        await asyncio.sleep(PAUSE_SECONDS)
