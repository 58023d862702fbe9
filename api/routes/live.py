"""Live events of a project, over a WebSocket that can be resumed."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlsplit
from uuid import UUID

from fastapi import APIRouter, Query, WebSocket, WebSocketDisconnect
from pydantic import BaseModel

from api.access import Access, access_to
from api.dependencies import Bearer, Collaborators, CurrentSignIn, Product, owed_by
from api.errors import InvalidToken
from api.live import Tail, ended
from api.routes.projects import sees_event
from db.events import LARGEST_ID, newest_event_id
from db.models import User
from db.sign_ins import TICKET_LIFE
from documents.vocabulary import Role

router = APIRouter(tags=["Live events"])

PROTOCOL = "procureflow.v1"
REFUSED = 1008
"""Before the socket is accepted, this makes the server answer 403."""
SIGNED_OUT = 4401
TOO_SLOW = 4408
"""For a page that takes nothing any more; it resumes with the last event id it has."""
RECHECK_SECONDS = 60.0
"""How often a socket makes sure that its session is still open and its project visible."""
SLOW_SECONDS = 20.0
"""How long a page may leave what was sent to it in the buffers before it loses its socket."""
FAREWELL_SECONDS = 1.0


class TicketOut(BaseModel):
    ticket: str
    expires_in: int
    """Seconds."""
    protocol: str = PROTOCOL
    """Offer this and then the ticket as the subprotocols of ``/ws/{project_id}``."""


@router.post("/api/ws-ticket", summary="A ticket that opens one WebSocket")
async def issue_socket_ticket(product: Product, signed_in: CurrentSignIn) -> TicketOut:
    ticket = await product.sign_ins.issue_ticket(signed_in.session_id)
    return TicketOut(ticket=ticket, expires_in=int(TICKET_LIFE.total_seconds()))


@router.websocket("/ws/{project_id}")
async def follow_project(
    websocket: WebSocket,
    product: Product,
    bearer: Bearer,
    project_id: UUID,
    after: Annotated[int | None, Query(ge=0, le=LARGEST_ID)] = None,
) -> None:
    """Send every event after the one with the id ``after``; without it, what happens from now on.

    Each message carries its ``event_id``. Browsers offer a ticket as second subprotocol; programs
    may send their access token instead. Closed with 4401 when the session is over or the project
    no longer visible, and with 4408 (or, if even that is not taken, without a code) when nothing
    is read for 20 seconds: nobody else waits for that, and ``after`` brings what was missed.
    """
    session_id = await _session(websocket, product, bearer.credentials if bearer else None)
    user = await _user(product, session_id)
    access = user and await access_to(product, user, project_id)
    if access is None or not _from_known_origin(websocket, product):
        await websocket.close(REFUSED)
        return
    last_id = await newest_event_id(product.sessions, project_id) if after is None else after
    offered: list[str] = websocket.scope["subprotocols"]
    await websocket.accept(subprotocol=PROTOCOL if PROTOCOL in offered else None)
    left = asyncio.Event()
    async with product.hub.watch(project_id) as (tail, grown):
        feed = _Feed(tail, grown, left)
        sending = asyncio.create_task(
            _send_events(websocket, product, session_id, access, feed, last_id)
        )
        try:
            await _until_disconnected(websocket, sending)
        finally:
            left.set()
            grown.set()
            await ended(sending)


@dataclass(frozen=True, slots=True)
class _Feed:
    """Where one socket's events come from, and whether anybody still reads them."""

    tail: Tail
    grown: asyncio.Event
    left: asyncio.Event


async def _send_events(
    websocket: WebSocket,
    product: Collaborators,
    session_id: UUID | None,
    access: Access,
    feed: _Feed,
    last_id: int,
) -> None:
    clock = asyncio.get_running_loop()
    checked = clock.time()
    current: Access | None = access
    while current is not None and not feed.left.is_set():
        feed.grown.clear()
        events = await feed.tail.after(last_id)
        unseen = not all(sees_event(current, event.payload) for event in events)
        # The team may have been named after this socket was opened.
        if unseen or clock.time() - checked > RECHECK_SECONDS:
            user = await _user(product, session_id)
            current = user and await access_to(product, user, access.project.id)
            checked = clock.time()
        for event in events:
            wanted = current is not None and sees_event(current, event.payload)
            if wanted and not await _taken(websocket, event.text):
                return
            last_id = event.id
        if not events and not feed.left.is_set():
            await _wait(feed.grown, RECHECK_SECONDS)
    if current is None:
        await websocket.close(SIGNED_OUT)


async def _taken(websocket: WebSocket, text: str) -> bool:
    """Send when the buffers have room, else wait a while and then hang up.

    Only this socket's task waits, and meanwhile it holds one batch of events, not all that follow.
    """
    try:
        async with asyncio.timeout(SLOW_SECONDS):
            await websocket.send_text(text)
    except TimeoutError:
        with suppress(TimeoutError):
            async with asyncio.timeout(FAREWELL_SECONDS):
                await websocket.close(TOO_SLOW)
        return False
    return True


async def _wait(grown: asyncio.Event, seconds: float) -> None:
    try:
        await asyncio.wait_for(grown.wait(), seconds)
    except TimeoutError:
        return


async def _until_disconnected(websocket: WebSocket, sending: asyncio.Task[None]) -> None:
    """Wait for the other side to leave, whatever it says, or for the sending to end."""
    while not sending.done():
        hearing = asyncio.create_task(websocket.receive())
        await asyncio.wait((hearing, sending), return_when=asyncio.FIRST_COMPLETED)
        if not hearing.done():
            hearing.cancel()
            await asyncio.gather(hearing, return_exceptions=True)
            return
        try:
            if hearing.result()["type"] == "websocket.disconnect":
                return
        except (WebSocketDisconnect, RuntimeError):
            return


async def _session(websocket: WebSocket, product: Collaborators, token: str | None) -> UUID | None:
    """The session that the caller proves: by access token, or by a ticket that is now used up."""
    if token is not None:
        try:
            return product.tokens.read(token).session_id
        except InvalidToken:
            return None
    match websocket.scope["subprotocols"]:
        case [protocol, ticket] if protocol == PROTOCOL:
            return await product.sign_ins.claim_ticket(ticket)
        case _:
            return None


async def _user(product: Collaborators, session_id: UUID | None) -> User | None:
    if session_id is not None:
        user = await product.sign_ins.signed_in(session_id, is_use=False)
        return user if user is not None and owed_by(user, product.settings) is None else None
    if product.settings.allow_anonymous_sockets:
        return User(name="Anonymous", role=Role.VIEWER)
    return None


def _from_known_origin(websocket: WebSocket, product: Collaborators) -> bool:
    """CORS does not protect sockets: any page may open one, so its origin is checked here."""
    origin = websocket.headers.get("origin")
    if origin is None or origin in product.settings.cors_origins:
        return True
    return urlsplit(origin).netloc == websocket.headers.get("host")
