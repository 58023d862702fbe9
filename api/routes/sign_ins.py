"""A person's own sessions: where one is signed in, and ending that."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field

from api.dependencies import CurrentSignIn, Product
from api.errors import NotFound
from api.forms import query_or_body
from api.proofs import prove_password

router = APIRouter(prefix="/api/auth/sessions", tags=["Sign-in"])


class SessionOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: UUID
    created_at: datetime
    last_used_at: datetime
    """To the minute."""
    expires_at: datetime
    """At the latest; without use it is over before."""
    address: str
    """From where the person signed in."""
    user_agent: str
    current: bool = False
    """Whether this is the session that asks."""


class SessionsOut(BaseModel):
    sessions: list[SessionOut]


class EndedOut(BaseModel):
    message: str
    ended: int


class Proof(BaseModel):
    current_password: str = Field(max_length=1024)


Proven = Annotated[Proof, Depends(query_or_body(Proof))]


@router.get("", summary="Where the caller is signed in, the last used first")
async def list_sessions(product: Product, signed_in: CurrentSignIn) -> SessionsOut:
    found = await product.sign_ins.of_user(signed_in.user.id)
    return SessionsOut(
        sessions=[
            SessionOut.model_validate(row).model_copy(
                update={"current": row.id == signed_in.session_id}
            )
            for row in found
        ]
    )


@router.post("/end-others", summary="End every session but this one")
async def end_other_sessions(product: Product, signed_in: CurrentSignIn, form: Proven) -> EndedOut:
    await prove_password(product, signed_in.user, form.current_password)
    user_id = signed_in.user.id
    ended = await product.sign_ins.end(user_id, user_id, but=signed_in.session_id)
    return EndedOut(message=f"{ended} sessions ended", ended=ended)


@router.post("/{session_id}/end", summary="End one of the caller's sessions")
async def end_session(
    product: Product, signed_in: CurrentSignIn, session_id: UUID, form: Proven
) -> EndedOut:
    await prove_password(product, signed_in.user, form.current_password)
    user_id = signed_in.user.id
    if not await product.sign_ins.end(user_id, user_id, only=session_id):
        raise NotFound("Session")
    return EndedOut(message="Session ended", ended=1)
