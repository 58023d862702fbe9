"""A POST with an Idempotency-Key happens once: repeating it answers what the first one answered."""

import asyncio
import hmac
from collections.abc import Awaitable, Callable
from contextlib import suppress
from hashlib import sha256
from http import HTTPStatus
from typing import Any
from uuid import UUID

import structlog
from fastapi.datastructures import Headers
from sqlalchemy.exc import SQLAlchemyError
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.dependencies import Collaborators
from api.errors import ApiError, DatabaseUnavailable, InvalidToken, refusal
from db.requests import RENEWED, Answer, KeyedRequests, KeyReused, StillWorking

HEADER = "idempotency-key"
REPLAYED = (b"idempotent-replayed", b"true")
LONGEST_KEY = 200
LARGEST_ANSWER = 1024 * 1024
"""Bytes that are remembered."""
UNTOUCHED = ("/api/auth/", "/api/ws-ticket")
UNTOUCHED_ENDS = ("/one-time-password",)
"""Their answers are secrets, which are not kept."""
UNREAD = "multipart/"
"""Files are streamed: what they hold is not part of what makes a request the same."""


class KeyMisused(ApiError):
    """The key cannot be used for this request."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY
    code = "idempotency_key_reused"


class KeyInUse(ApiError):
    """The first request with this key has no answer yet."""

    code = "idempotency_key_in_use"

    def __init__(self) -> None:
        super().__init__("The request with this Idempotency-Key is being worked on")
        self.headers = {"Retry-After": "1"}


class IdempotentPosts:
    """Remembers the answers that changed something; what was refused may be tried again."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = Headers(scope=scope) if scope["type"] == "http" else Headers({})
        key = headers.get(HEADER)
        path = scope["path"] if key is not None else ""
        is_secret = path.startswith(UNTOUCHED) or path.endswith(UNTOUCHED_ENDS)
        if key is None or scope["method"] != "POST" or is_secret:
            await self._app(scope, receive, send)
            return
        if not 0 < len(key) <= LONGEST_KEY or not key.isprintable():
            misused = KeyMisused(f"An Idempotency-Key has 1 to {LONGEST_KEY} characters")
            await refusal(misused)(scope, receive, send)
            return
        product: Collaborators = scope["app"].state.collaborators
        user_id = await _user(product, headers)
        if user_id is None:
            await self._app(scope, receive, send)  # the route refuses it
            return
        if headers.get("content-type", "").startswith(UNREAD):
            body, hear = b"", receive
        else:
            body, hear = await _read(receive)
        try:
            known = await _claim(product.requests, user_id, key, _fingerprint(product, scope, body))
        except ApiError as error:
            await refusal(error)(scope, receive, send)
            return
        if known is not None:
            await _repeat(known, send)
            return
        await self._first(product.requests, user_id, key)(scope, hear, send)

    def _first(self, requests: KeyedRequests, user_id: UUID, key: str) -> ASGIApp:
        async def settle(answer: Answer | None) -> None:
            try:
                if answer is None:
                    await requests.release(user_id, key)
                else:
                    await requests.answer(user_id, key, answer)
            except (SQLAlchemyError, OSError) as error:
                structlog.get_logger("api").warning("answer not kept", reason=repr(error))

        async def carry_out(scope: Scope, receive: Receive, send: Send) -> None:
            answering = _Answering(send, settle)
            renewing = asyncio.create_task(_renew(requests, user_id, key))
            try:
                await self._app(scope, receive, answering)
            finally:
                renewing.cancel()
                await asyncio.gather(renewing, return_exceptions=True)
                await answering.end()

        return carry_out


class _Answering:
    """Holds an answer back until its key is settled: a repetition sent at once finds it so."""

    def __init__(self, send: Send, settle: Callable[[Answer | None], Awaitable[None]]) -> None:
        self._send = send
        self._settle = settle
        self._is_settled = False
        self._held: list[Message] = []
        self._status = 0
        self._type = ""
        self._body = bytearray()

    async def __call__(self, message: Message) -> None:
        self._held.append(message)
        if message["type"] == "http.response.start":
            self._status = message["status"]
            self._type = Headers(raw=message["headers"]).get("content-type", "")
        elif not self._is_settled:
            self._body += message.get("body", b"")
        if not self._is_settled and self._is_to_be_kept:
            if message["type"] != "http.response.body" or message.get("more_body", False):
                return
            await self._end_with(Answer(self._status, self._type, bytes(self._body)))
        else:
            await self.end()
        while self._held:
            await self._send(self._held.pop(0))

    @property
    def _is_to_be_kept(self) -> bool:
        """Answers that changed something; 202 asks the caller to come again."""
        is_done = HTTPStatus.OK <= self._status < HTTPStatus.MULTIPLE_CHOICES
        is_kept_type = self._type.startswith("application/json")
        is_small = len(self._body) <= LARGEST_ANSWER
        return is_done and self._status != HTTPStatus.ACCEPTED and is_kept_type and is_small

    async def end(self) -> None:
        """Whatever was not to be kept, or never came, gives the key back."""
        await self._end_with(None)

    async def _end_with(self, answer: Answer | None) -> None:
        if not self._is_settled:
            self._is_settled = True
            await self._settle(answer)


async def _renew(requests: KeyedRequests, user_id: UUID, key: str) -> None:
    """Until cancelled: when this process dies, the silence lets another one take over."""
    while True:
        await asyncio.sleep(RENEWED.total_seconds())
        # Without a database nobody else can take over either.
        with suppress(SQLAlchemyError, OSError):
            await requests.renew(user_id, key)


async def _claim(
    requests: KeyedRequests, user_id: UUID, key: str, fingerprint: str
) -> Answer | None:
    try:
        return await requests.claim(user_id, key, fingerprint)
    except KeyReused as error:
        raise KeyMisused("This Idempotency-Key belongs to another request") from error
    except StillWorking as error:
        raise KeyInUse from error
    except (SQLAlchemyError, OSError) as error:
        raise DatabaseUnavailable from error


async def _user(product: Collaborators, headers: Headers) -> UUID | None:
    """Who sends the request, if that session is open."""
    scheme, _, token = headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        return None
    try:
        claims = product.tokens.read(token)
        user = await product.sign_ins.signed_in(claims.session_id)
    except (InvalidToken, SQLAlchemyError, OSError):
        return None
    return user.id if user is not None and user.id == claims.user_id else None


async def _read(receive: Receive) -> tuple[bytes, Receive]:
    """The whole body, and a way for the application to receive it again."""
    messages: list[Message] = []
    while not messages or messages[-1].get("more_body", False):
        messages.append(await receive())
    body = b"".join(message.get("body", b"") for message in messages)
    waiting = iter(messages)

    async def again() -> Message:
        return next(waiting, None) or await receive()

    return body, again


def _fingerprint(product: Collaborators, scope: Scope, body: bytes) -> str:
    parts: tuple[Any, ...] = (scope["path"].encode(), scope["query_string"], body)
    text = b"\n".join(sha256(part).digest() for part in parts)
    # With a key, because a body may hold a password: who reads the table cannot try words on it.
    return hmac.digest(product.settings.secret_key.get_secret_value().encode(), text, sha256).hex()


async def _repeat(answer: Answer, send: Send) -> None:
    headers = [
        (b"content-type", answer.content_type.encode()),
        (b"content-length", str(len(answer.body)).encode()),
        REPLAYED,
    ]
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": answer.body})
