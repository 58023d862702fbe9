"""Administration of accounts."""

import secrets
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field

from api.dependencies import AddressLimit, Administrator, Bearer, Product
from api.errors import Conflict, InvalidToken, NotAllowed, NotAuthenticated, NotFound
from api.forms import query_or_body
from api.paging import Cursor, Limit, one_more
from api.routes.users import BY_NAME, UserChangedOut, UserOut, UsersOut
from api.security import check_new_password
from db.accounts import EmailTaken
from documents.vocabulary import Role

router = APIRouter(prefix="/api/admin", tags=["Administration"])


class NewUser(BaseModel):
    email: str = Field(max_length=254, pattern=r"^[^@\s]+@[^@\s]+\.[^@\s]+$")
    password: str = Field(max_length=1024)
    name: str = Field(min_length=1, max_length=200)
    role: Role
    department: str | None = Field(default=None, max_length=200)


class NewRole(BaseModel):
    role: Role


class FirstAdministrator(BaseModel):
    email: str = Field(max_length=254, pattern=r"^[^@\s]+@[^@\s]+\.[^@\s]+$")
    password: str = Field(max_length=1024)
    name: str = Field(min_length=1, max_length=200)


class ChangedOut(BaseModel):
    message: str


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
) -> UsersOut:
    found = await product.accounts.list(
        only_active=False, after=BY_NAME.read(cursor), limit=one_more(limit)
    )
    page, next_cursor = BY_NAME.page(found, limit, lambda user: (user.name, user.email))
    return UsersOut(users=[UserOut.model_validate(user) for user in page], next_cursor=next_cursor)


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
