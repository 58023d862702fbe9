"""The door of the codec for the Temporal Web UI, which is another origin and knows no tokens."""

from collections.abc import Sequence
from http.cookies import CookieError, SimpleCookie

from fastapi.middleware.cors import CORSMiddleware
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

PREFIX = "/api/codec"
COOKIE = "procureflow-codec"


class CodecAccess:
    """Lets the Web UI's origins call the codec, and takes the codec's cookie for a bearer token.

    Only below ``/api/codec``: elsewhere neither the cookie nor these origins mean anything. A page
    of another origin cannot use the cookie: it is same-site, and JSON needs that origin's leave.
    """

    def __init__(self, app: ASGIApp, origins: Sequence[str]) -> None:
        self._app = app
        self._cors = CORSMiddleware(
            app,
            allow_origins=list(origins),
            allow_credentials=True,
            allow_methods=["POST"],
            allow_headers=["Authorization", "Content-Type", "X-Namespace"],
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"].startswith(f"{PREFIX}/"):
            await self._cors(_with_bearer(scope), receive, send)
        else:
            await self._app(scope, receive, send)


def _with_bearer(scope: Scope) -> Scope:
    headers = Headers(scope=scope)
    if "authorization" in headers:
        return scope
    try:
        cookie = SimpleCookie(headers.get("cookie", "")).get(COOKIE)
    except CookieError:
        return scope
    if cookie is None:
        return scope
    bearer = (b"authorization", f"Bearer {cookie.value}".encode("latin-1", errors="replace"))
    return {**scope, "headers": [*scope["headers"], bearer]}
