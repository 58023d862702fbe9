"""Signing in and out."""

from datetime import datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, Field

from api.dependencies import (
    AddressLimit,
    Collaborators,
    LimitedSignIn,
    Product,
    address_of,
)
from api.errors import (
    CodeNeeded,
    CodeRefused,
    Conflict,
    Invalid,
    InvalidToken,
    NotAllowed,
    WrongCredentials,
)
from api.forms import query_or_body
from api.proofs import code_passes, count_attempt, note_failure, prove_password
from api.routes.users import MeOut, UserOut, me_out
from api.security import check_new_password
from db.accounts import EmailTaken
from db.models import User
from db.sign_ins import Refresh, RefreshRefused
from documents.vocabulary import Role

router = APIRouter(prefix="/api/auth", tags=["Sign-in"])

LOGINS = AddressLimit("login", per_minute=60)
"""Only those that fail count. A whole office may share an address."""
REGISTRATIONS = AddressLimit("register", per_minute=30)


ONE_TIME_SESSION = timedelta(hours=1)
"""Of a sign-in with a one-time password."""


class Login(BaseModel):
    email: str = Field(max_length=254)
    password: str = Field(max_length=1024)
    otp: str | None = Field(default=None, max_length=100)
    """Of a person with a second factor: the authenticator's code, or a recovery code."""


class PasswordChange(BaseModel):
    current_password: str = Field(max_length=1024)
    new_password: str = Field(max_length=1024)


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
    user: MeOut


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
    """With a second factor, a right password alone is answered 401 `second_factor_needed`."""
    await count_attempt(product, form.email)
    user = await product.accounts.by_email(form.email)
    verdict = await product.passwords.verify(form.password, user and user.hashed_password)
    if user is None or not verdict.right:
        await note_failure(product, form.email, user)
        raise WrongCredentials
    if not user.is_active:
        await product.attempts.succeeded(form.email)
        await product.attempts.forgive(LOGINS.what, address_of(request))
        raise NotAllowed("This account is not active: an administrator has to activate it")
    if user.second_factor_at is not None:
        await _check_code(product, request, user, form.otp)
    life = timedelta(days=product.settings.refresh_token_days)
    if user.one_time_until is not None:
        if not await product.accounts.use_one_time_password(user.id):
            raise NotAllowed("This one-time password is used up: an administrator gives a new one")
        life = ONE_TIME_SESSION
    await product.attempts.succeeded(form.email)
    await product.attempts.forgive(LOGINS.what, address_of(request))
    await product.accounts.note_success(user.id, verdict.replacement)
    issued = await product.sign_ins.open_session(
        user.id,
        life,
        address=address_of(request),
        user_agent=request.headers.get("user-agent", ""),
    )
    return _tokens(product, user, issued)


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
async def get_me(product: Product, signed_in: LimitedSignIn) -> MeOut:
    return me_out(product, signed_in.user)


@router.post("/refresh", summary="Exchange a refresh token; each works once")
async def refresh(product: Product, form: RefreshRequest) -> TokensOut:
    try:
        refreshed = await product.sign_ins.refresh(form.refresh_token)
    except RefreshRefused as error:
        raise InvalidToken("The session is over: sign in again") from error
    user = await product.sign_ins.signed_in(refreshed.session_id)
    if user is None:
        raise InvalidToken("The session is over: sign in again")
    return _tokens(product, user, refreshed)


@router.post("/logout", summary="End this session and its tokens")
async def logout(product: Product, signed_in: LimitedSignIn) -> MessageOut:
    await product.sign_ins.close_session(signed_in.session_id)
    return MessageOut(message="Signed out")


@router.post("/change-password", summary="Choose a new password; other sessions end")
async def change_password(
    product: Product,
    signed_in: LimitedSignIn,
    form: Annotated[PasswordChange, Depends(query_or_body(PasswordChange))],
) -> MessageOut:
    """Every session but the one that asks ends. Wrong passwords count as those of sign-ins do."""
    user = signed_in.user
    await prove_password(product, user, form.current_password)
    check_new_password(form.new_password, user.email, "new_password")
    if form.new_password == form.current_password:
        raise Invalid.at("body", "new_password", message="Choose another one than before")
    ended = await product.accounts.change_password(
        user.id, await product.passwords.hash(form.new_password), signed_in.session_id
    )
    return MessageOut(message=f"Password changed; {ended} other sessions are over")


async def _check_code(
    product: Collaborators, request: Request, user: User, code: str | None
) -> None:
    """Raises CodeNeeded or CodeRefused."""
    if code is None or not code.strip():
        # The account's count stays: else a password alone would pardon wrong codes.
        await product.attempts.forgive(LOGINS.what, address_of(request))
        raise CodeNeeded
    if not await code_passes(product, user, code):
        await note_failure(product, user.email, user)
        raise CodeRefused


def _tokens(product: Collaborators, user: User, issued: Refresh) -> TokensOut:
    return TokensOut(
        access_token=product.tokens.issue(user.id, issued.session_id),
        expires_in=product.tokens.seconds,
        refresh_token=issued.token,
        refresh_expires_at=issued.expires_at,
        user=me_out(product, user),
    )
