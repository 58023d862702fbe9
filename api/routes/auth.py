"""Signing in and out."""

from datetime import datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, Field

from api.dependencies import (
    AddressLimit,
    Collaborators,
    CurrentSignIn,
    CurrentUser,
    Product,
    address_of,
)
from api.errors import (
    AccountLocked,
    Conflict,
    InvalidToken,
    NotAllowed,
    WrongCredentials,
)
from api.forms import query_or_body
from api.routes.users import UserOut
from api.security import check_new_password
from db.accounts import EmailTaken, Refresh, RefreshRefused
from db.models import User
from documents.vocabulary import Role

router = APIRouter(prefix="/api/auth", tags=["Sign-in"])

LOGINS = AddressLimit("login", per_minute=60)
"""Only those that fail count. A whole office may share an address."""
REGISTRATIONS = AddressLimit("register", per_minute=30)


class Login(BaseModel):
    email: str = Field(max_length=254)
    password: str = Field(max_length=1024)


class Registration(BaseModel):
    email: str = Field(max_length=254, pattern=r"^[^@\s]+@[^@\s]+\.[^@\s]+$")
    password: str = Field(max_length=1024)
    name: str = Field(min_length=1, max_length=200)


class RefreshRequest(BaseModel):
    refresh_token: str = Field(max_length=200)


class TokensOut(BaseModel):
    access_token: str
    token_type: str = "bearer"
    expires_in: int
    """Seconds until the access token expires."""
    refresh_token: str
    refresh_expires_at: datetime
    user: UserOut


class RegistrationOut(BaseModel):
    message: str
    user: UserOut


class MessageOut(BaseModel):
    message: str


@router.post("/login", summary="Sign in with e-mail address and password")
async def login(
    product: Product,
    request: Request,
    form: Annotated[Login, Depends(query_or_body(Login))],
    _limit: Annotated[None, Depends(LOGINS)],
) -> TokensOut:
    # Counted before the password is looked at: of many attempts at once few reach the hasher.
    wait = await product.attempts.at_account(form.email)
    if wait is not None:
        raise AccountLocked(wait)
    user = await product.accounts.by_email(form.email)
    verdict = await product.passwords.verify(form.password, user and user.hashed_password)
    if user is None or not verdict.right:
        await product.attempts.failed(form.email)
        if user is not None:
            await product.accounts.note_failure(user.id)
        raise WrongCredentials
    await product.attempts.succeeded(form.email)
    await product.attempts.forgive(LOGINS.what, address_of(request))
    if not user.is_active:
        raise NotAllowed("This account is not active: an administrator has to activate it")
    await product.accounts.note_success(user.id, verdict.replacement)
    life = timedelta(days=product.settings.refresh_token_days)
    return _tokens(product, user, await product.accounts.open_session(user.id, life))


@router.post("/register", summary="Ask for an account; an administrator activates it")
async def register(
    product: Product,
    form: Annotated[Registration, Depends(query_or_body(Registration))],
    _limit: Annotated[None, Depends(REGISTRATIONS)],
) -> RegistrationOut:
    check_new_password(form.password, form.email)
    try:
        user = await product.accounts.create(
            email=form.email,
            name=form.name,
            hashed_password=await product.passwords.hash(form.password),
            role=Role.VIEWER,
            is_active=False,
        )
    except EmailTaken as error:
        raise Conflict("email_taken", "This e-mail address has an account already") from error
    return RegistrationOut(
        message="Registered; an administrator has to activate the account",
        user=UserOut.model_validate(user),
    )


@router.get("/me", summary="Who is signed in")
async def get_me(user: CurrentUser) -> UserOut:
    return UserOut.model_validate(user)


@router.post("/refresh", summary="Exchange a refresh token; each works once")
async def refresh(product: Product, form: RefreshRequest) -> TokensOut:
    try:
        refreshed = await product.accounts.refresh(form.refresh_token)
    except RefreshRefused as error:
        raise InvalidToken("The session is over: sign in again") from error
    user = await product.accounts.signed_in(refreshed.session_id)
    if user is None:
        raise InvalidToken("The session is over: sign in again")
    return _tokens(product, user, refreshed)


@router.post("/logout", summary="End this session and its tokens")
async def logout(product: Product, signed_in: CurrentSignIn) -> MessageOut:
    await product.accounts.close_session(signed_in.session_id)
    return MessageOut(message="Signed out")


def _tokens(product: Collaborators, user: User, issued: Refresh) -> TokensOut:
    return TokensOut(
        access_token=product.tokens.issue(user.id, issued.session_id),
        expires_in=product.tokens.seconds,
        refresh_token=issued.token,
        refresh_expires_at=issued.expires_at,
        user=UserOut.model_validate(user),
    )
