"""People, as others see them, and what they prefer."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field

from api.dependencies import Collaborators, CurrentUser, Product, owed_by
from api.errors import Invalid, PasswordChangeOwed
from api.forms import query_or_body
from api.paging import Cursor, Keyset, Limit, one_more
from db.models import User
from documents.vocabulary import Position, Role

router = APIRouter(tags=["People"])

BY_NAME = Keyset(tuple[str, str])
"""Lists of users go by name, then by e-mail address."""


LONGEST_NOTICE_DAYS = 90
MOST_NOTICES = 10


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
    positions: list[Position]
    """In which the person may be named on new projects; each project's team has its own."""
    warrant_usd: float | None
    """Limit of a contracting officer's warrant, options included."""


class NextStep(StrEnum):
    """What a person has to do before anything else is allowed."""

    CHANGE_PASSWORD = "change_password"
    ADD_SECOND_FACTOR = "add_second_factor"


class MeOut(UserOut):
    """A person in that person's own eyes."""

    has_second_factor: bool = False
    next_step: NextStep | None = None
    """Until it is done every other route answers 403."""


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


class PreferencesForm(BaseModel):
    email: bool = True
    """Also get notices by e-mail."""
    in_app: bool = True
    deadline_days: Annotated[
        list[Annotated[int, Field(ge=0, le=LONGEST_NOTICE_DAYS)]], Field(max_length=MOST_NOTICES)
    ] = []
    """So many days before a deadline, at the start of business; none: only what a rule states."""


def me_out(product: Collaborators, user: User) -> MeOut:
    owed = owed_by(user, product.settings)
    step = None
    if owed is not None:
        changes = isinstance(owed, PasswordChangeOwed)
        step = NextStep.CHANGE_PASSWORD if changes else NextStep.ADD_SECOND_FACTOR
    return MeOut.model_validate(user).model_copy(
        update={"has_second_factor": user.second_factor_at is not None, "next_step": step}
    )


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


@router.patch("/api/users/me/preferences", summary="Say how you want to be notified")
async def change_preferences(
    product: Product,
    user: CurrentUser,
    form: Annotated[PreferencesForm, Depends(query_or_body(PreferencesForm))],
) -> UserChangedOut:
    """What is not named stays as it is."""
    stated = form.model_dump(exclude_unset=True)
    if not stated:
        raise Invalid.at("body", message="Name at least one preference")
    if "deadline_days" in stated:
        stated["deadline_days"] = sorted(set(stated["deadline_days"]))
    changed = await product.accounts.prefer(user.id, stated)
    return UserChangedOut(message="Preferences changed", user=me_out(product, changed))
