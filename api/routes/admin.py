"""Administration of accounts."""

import secrets
from datetime import UTC, datetime
from typing import Annotated, Self
from uuid import UUID

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field

from api.dependencies import AddressLimit, Administrator, Bearer, Product
from api.errors import Conflict, InvalidToken, NotAllowed, NotAuthenticated, NotFound
from api.forms import query_or_body
from api.paging import Cursor, Limit, one_more
from api.routes.users import BY_NAME, UserChangedOut, UserOut
from api.security import check_new_password, new_one_time_password
from db.accounts import EmailTaken
from db.models import User
from documents.vocabulary import Position, Role

router = APIRouter(prefix="/api/admin", tags=["Administration"])


class NewUser(BaseModel):
    email: str = Field(max_length=254, pattern=r"^[^@\s]+@[^@\s]+\.[^@\s]+$")
    password: str = Field(max_length=1024)
    name: str = Field(min_length=1, max_length=200)
    role: Role
    department: str | None = Field(default=None, max_length=200)


class NewRole(BaseModel):
    role: Role


class NewPositions(BaseModel):
    positions: list[Position] = Field(max_length=len(Position))


class FirstAdministrator(BaseModel):
    email: str = Field(max_length=254, pattern=r"^[^@\s]+@[^@\s]+\.[^@\s]+$")
    password: str = Field(max_length=1024)
    name: str = Field(min_length=1, max_length=200)


class ChangedOut(BaseModel):
    message: str


class AccountOut(UserOut):
    """A person with what only administrators are told."""

    locked_until: datetime | None
    """Null: not locked."""
    failed_login_attempts: int
    must_change_password: bool = False
    has_second_factor: bool = False

    @classmethod
    def of(cls, user: User) -> Self:
        locked = user.locked_until
        return cls.model_validate(user).model_copy(
            update={
                "locked_until": locked if locked and locked > datetime.now(UTC) else None,
                "must_change_password": user.one_time_until is not None,
                "has_second_factor": user.second_factor_at is not None,
            }
        )


class AccountsOut(BaseModel):
    users: list[AccountOut]
    next_cursor: str | None = None


class OneTimePasswordOut(BaseModel):
    message: str
    user: UserOut
    one_time_password: str
    """Shown once. It signs in once, and then has to be changed before anything else."""
    expires_at: datetime


class SessionsEndedOut(BaseModel):
    message: str
    ended: int


async def installer(product: Product, bearer: Bearer) -> None:
    """Lets in who holds the installation's bootstrap token, and nobody while there is none."""
    token = product.settings.bootstrap_token
    if bearer is None:
        raise NotAuthenticated
    if token is None or not secrets.compare_digest(
        token.get_secret_value().encode(), bearer.credentials.encode()
    ):
        raise InvalidToken("This is not the bootstrap token of the installation")


Installer = Annotated[None, Depends(installer)]
BOOTSTRAPS = AddressLimit("bootstrap", per_minute=30)


@router.get("/users", summary="Every account, the deactivated ones too")
async def list_accounts(
    product: Product, _admin: Administrator, limit: Limit = None, cursor: Cursor = None
) -> AccountsOut:
    found = await product.accounts.list(
        only_active=False, after=BY_NAME.read(cursor), limit=one_more(limit)
    )
    page, next_cursor = BY_NAME.page(found, limit, lambda user: (user.name, user.email))
    return AccountsOut(users=[AccountOut.of(user) for user in page], next_cursor=next_cursor)


@router.post("/users", summary="Add a person who can sign in at once")
async def create_user(
    product: Product,
    admin: Administrator,
    form: Annotated[NewUser, Depends(query_or_body(NewUser))],
) -> UserChangedOut:
    check_new_password(form.password, form.email)
    try:
        user = await product.accounts.create(
            email=form.email,
            name=form.name,
            hashed_password=await product.passwords.hash(form.password),
            role=form.role,
            department=form.department,
            by=admin.id,
        )
    except EmailTaken as error:
        raise Conflict("email_taken", "This e-mail address has an account already") from error
    return UserChangedOut(message="User created", user=UserOut.model_validate(user))


@router.put("/users/{user_id}/role", summary="Give another role; the person is signed out")
async def change_role(
    product: Product,
    admin: Administrator,
    user_id: UUID,
    form: Annotated[NewRole, Depends(query_or_body(NewRole))],
) -> UserChangedOut:
    if user_id == admin.id and form.role is not Role.ADMIN:
        raise Conflict("own_role", "Another administrator has to change your role")
    user = await product.accounts.change(user_id, admin.id, role=form.role)
    if user is None:
        raise NotFound("User")
    return UserChangedOut(
        message=f"{user.name} is now {form.role.value.replace('_', ' ')}",
        user=UserOut.model_validate(user),
    )


@router.put("/users/{user_id}/positions", summary="Say in which positions a person may be named")
async def set_positions(
    product: Product, admin: Administrator, user_id: UUID, form: NewPositions
) -> UserChangedOut:
    """On projects that are created without a requirements package; a project's team stays."""
    held = [position for position in Position if position in form.positions]
    user = await product.accounts.change(user_id, admin.id, positions=held)
    if user is None:
        raise NotFound("User")
    return UserChangedOut(message="Positions updated", user=UserOut.model_validate(user))


@router.put("/users/{user_id}/activate", summary="Let a registered person sign in")
async def activate_user(product: Product, admin: Administrator, user_id: UUID) -> UserChangedOut:
    user = await product.accounts.change(user_id, admin.id, is_active=True)
    if user is None:
        raise NotFound("User")
    return UserChangedOut(message="User activated", user=UserOut.model_validate(user))


@router.delete("/users/{user_id}", summary="Deactivate an account and end its sessions")
async def deactivate_user(product: Product, admin: Administrator, user_id: UUID) -> ChangedOut:
    """Nobody is erased: records name who decided."""
    if user_id == admin.id:
        raise Conflict("own_account", "Another administrator has to deactivate your account")
    user = await product.accounts.change(user_id, admin.id, is_active=False)
    if user is None:
        raise NotFound("User")
    return ChangedOut(message=f"{user.name} is deactivated")


@router.post("/users/{user_id}/unlock", summary="Let a locked person try again at once")
async def unlock_user(product: Product, admin: Administrator, user_id: UUID) -> UserChangedOut:
    user = await product.accounts.unlock(user_id, admin.id)
    if user is None:
        raise NotFound("User")
    await product.attempts.succeeded(user.email)
    return UserChangedOut(
        message=f"{user.name} may sign in again", user=UserOut.model_validate(user)
    )


@router.post("/users/{user_id}/one-time-password", summary="Reset a forgotten password")
async def give_one_time_password(
    product: Product, admin: Administrator, user_id: UUID
) -> OneTimePasswordOut:
    """Nobody chooses it: it is random, signs in once within a day, and has to be changed then.

    The person is signed out everywhere. A second factor stays and is asked for.
    """
    if user_id == admin.id:
        raise Conflict("own_account", "Change your own password instead")
    password = new_one_time_password()
    user = await product.accounts.give_one_time_password(
        user_id, await product.passwords.hash(password), admin.id
    )
    if user is None or user.one_time_until is None:
        raise NotFound("User")
    await product.attempts.succeeded(user.email)
    return OneTimePasswordOut(
        message=f"Tell {user.name} this password in person or by telephone",
        user=UserOut.model_validate(user),
        one_time_password=password,
        expires_at=user.one_time_until,
    )


@router.delete("/users/{user_id}/second-factor", summary="Remove a lost second factor")
async def remove_second_factor(
    product: Product, admin: Administrator, user_id: UUID
) -> UserChangedOut:
    """Make sure who asks, as when the account was made. The person is signed out everywhere."""
    if user_id == admin.id:
        raise Conflict("own_account", "Another administrator has to remove your second factor")
    user = await product.second_factors.remove(user_id, admin.id)
    if user is None:
        raise NotFound("User")
    return UserChangedOut(
        message=f"{user.name} signs in without a second factor", user=UserOut.model_validate(user)
    )


@router.delete("/users/{user_id}/sessions", summary="Sign a person out everywhere")
async def end_sessions_of_user(
    product: Product, admin: Administrator, user_id: UUID
) -> SessionsEndedOut:
    if await product.accounts.get(user_id) is None:
        raise NotFound("User")
    ended = await product.sign_ins.end(user_id, admin.id)
    return SessionsEndedOut(message=f"{ended} sessions ended", ended=ended)


@router.post(
    "/bootstrap",
    summary="Make the first administrator",
    responses={429: {"description": "Too many requests; Retry-After says when"}},
)
async def bootstrap_admin(
    product: Product,
    _limit: Annotated[None, Depends(BOOTSTRAPS)],
    _installer: Installer,
    form: Annotated[FirstAdministrator, Depends(query_or_body(FirstAdministrator))],
) -> UserChangedOut:
    """Needs the installation's bootstrap token as bearer; refused once there is an administrator.

    A person who has an account already is promoted, with that account's own password.
    """
    if await product.accounts.any_admin():
        raise Conflict("admin_exists", "There is an administrator already, who can add others")
    known = await product.accounts.by_email(form.email)
    if known is None:
        check_new_password(form.password, form.email)
        user = await product.accounts.create(
            email=form.email,
            name=form.name,
            hashed_password=await product.passwords.hash(form.password),
            role=Role.ADMIN,
        )
    else:
        verdict = await product.passwords.verify(form.password, known.hashed_password)
        if not verdict.right:
            raise NotAllowed("The password of this account is another one")
        user = await product.accounts.change(known.id, None, role=Role.ADMIN, is_active=True)
    if user is None:
        raise NotFound("User")
    return UserChangedOut(message="Administrator created", user=UserOut.model_validate(user))
