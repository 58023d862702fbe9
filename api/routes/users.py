"""People, as others see them."""

from datetime import datetime
from typing import Any
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict

from api.dependencies import Administrator, CurrentUser, Product
from api.errors import NotFound
from documents.vocabulary import Role

router = APIRouter(tags=["People"])


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


class UserChangedOut(BaseModel):
    message: str
    user: UserOut


@router.get("/api/users", summary="Active users")
async def list_users(product: Product, _user: CurrentUser, role: Role | None = None) -> UsersOut:
    users = await product.accounts.list(role)
    return UsersOut(users=[UserOut.model_validate(user) for user in users])


@router.put("/api/admin/users/{user_id}/activate", summary="Let a registered person sign in")
async def activate_user(product: Product, admin: Administrator, user_id: UUID) -> UserChangedOut:
    user = await product.accounts.change(user_id, admin.id, is_active=True)
    if user is None:
        raise NotFound("User")
    return UserChangedOut(message="User activated", user=UserOut.model_validate(user))
