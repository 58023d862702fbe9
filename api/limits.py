"""How much a request may bring; what is more is refused with the reason, before anything is kept.

The limit comes before every route, so that the answer is the same whether a length is declared.
"""

import asyncio
import re
from contextlib import suppress
from http import HTTPStatus

from fastapi.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.errors import ApiError, refusal
from api.routes.submissions import UploadTooLarge
from documents.uploads import LARGEST_FILE, Refusal

LARGEST_BODY = 4 * 2**20
"""Bytes. The largest input is a requirements package."""
LARGEST_FORM = LARGEST_FILE + 64 * 1024
"""Bytes of a whole upload: the file, and what a form adds to it."""
UPLOADS = re.compile(r"/api/(documents/[^/]+/upload|projects/[^/]+/sources)")
LINGERING_SECONDS = 30.0
"""How long what is too much is still taken from its sender, and dropped."""


class RequestTooLarge(ApiError):
    status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    code = "content_too_large"


class LimitedBodies:
    """Refuses what is too large by the length it declares, or else as soon as it has come."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        largest, too_large = _limit(scope["path"])
        declared, received, is_more = int(Headers(scope=scope).get("content-length", 0)), 0, True

        async def count() -> Message:
            nonlocal received, is_more
            message = await receive()
            received += len(message.get("body", b""))
            is_more = message.get("more_body", False)
            if received > largest:
                raise too_large
            return message

        async def send_unless_refused(message: Message) -> None:
            # The application may take the end of the body for a mistake in it, and say so.
            if received <= largest:
                await send(message)

        if declared <= largest:
            with suppress(type(too_large)):
                await self._app(scope, count, send_unless_refused)
        if max(declared, received) > largest:
            await _refuse(too_large, is_more, receive, send)


def _limit(path: str) -> tuple[int, ApiError]:
    if UPLOADS.fullmatch(path):
        advice = f"The file is larger than {LARGEST_FILE // 2**20} MB: send a smaller one"
        return LARGEST_FORM, UploadTooLarge(Refusal.TOO_LARGE, advice)
    advice = f"The request is larger than {LARGEST_BODY // 2**20} MB: send less at once"
    return LARGEST_BODY, RequestTooLarge(advice)


async def _refuse(error: ApiError, is_more: bool, receive: Receive, send: Send) -> None:
    """Browsers read the answer when they have sent all, and lose it if the connection is reset."""
    answer = refusal(error)
    headers = [*answer.raw_headers, (b"connection", b"close")]
    await send({"type": "http.response.start", "status": answer.status_code, "headers": headers})
    await send({"type": "http.response.body", "body": answer.body, "more_body": True})
    with suppress(TimeoutError):
        async with asyncio.timeout(LINGERING_SECONDS):
            while is_more:
                is_more = (await receive()).get("more_body", False)
    await send({"type": "http.response.body", "body": b""})
