"""People, as others see them."""

from datetime import datetime
from typing import Any
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict

from api.dependencies import CurrentUser, Product
from api.paging import Cursor, Keyset, Limit, one_more
from documents.vocabulary import Role

router = APIRouter(tags=["People"])

BY_NAME = Keyset(tuple[str, str])
"""Lists of users go by name, then by e-mail address."""


class UserOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: UUID
    email: str
    name: str
    role: Role
    department: str | None
    notification_preferences: dict[str, Any]
    is_active: bool
    created_at: datetime


class PersonOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: UUID
    name: str


class PersonWithEmailOut(PersonOut):
    email: str


class UsersOut(BaseModel):
    users: list[UserOut]
    next_cursor: str | None = None


class UserChangedOut(BaseModel):
    message: str
    user: UserOut


@router.get("/api/users", summary="Active users by name")
async def list_users(
    product: Product,
    _user: CurrentUser,
    role: Role | None = None,
    limit: Limit = None,
    cursor: Cursor = None,
) -> UsersOut:
    found = await product.accounts.list(role, after=BY_NAME.read(cursor), limit=one_more(limit))
    page, next_cursor = BY_NAME.page(found, limit, lambda user: (user.name, user.email))
    return UsersOut(users=[UserOut.model_validate(user) for user in page], next_cursor=next_cursor)
