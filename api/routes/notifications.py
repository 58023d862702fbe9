"""Messages to the person who is signed in."""

from datetime import datetime
from typing import Any
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict

from api.dependencies import CurrentUser, Product
from api.errors import NotFound
from api.paging import Cursor, Keyset, Limit

router = APIRouter(prefix="/api/notifications", tags=["Notifications"])

NEWEST = 50
"""Notifications that a call without ``limit`` answers with."""
ORDER = Keyset(tuple[datetime, UUID])


class NotificationOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: UUID
    user_id: UUID
    project_id: UUID | None
    notification_type: str
    title: str
    message: str
    data: dict[str, Any] | None
    link_url: str | None
    is_read: bool
    sent_via_email: bool
    email_sent_at: datetime | None
    created_at: datetime


class NotificationsOut(BaseModel):
    notifications: list[NotificationOut]
    next_cursor: str | None = None


class MarkedOut(BaseModel):
    message: str


@router.get("", summary="The caller's own, the newest 50 or a page")
async def list_notifications(
    product: Product,
    user: CurrentUser,
    unread_only: bool = False,
    limit: Limit = None,
    cursor: Cursor = None,
) -> NotificationsOut:
    size = limit or NEWEST
    found = await product.notices.of_user(
        user.id, unread_only=unread_only, after=ORDER.read(cursor), limit=size + 1
    )
    page, next_cursor = ORDER.page(found, size, lambda row: (row.created_at, row.id))
    return NotificationsOut(
        notifications=[NotificationOut.model_validate(row) for row in page],
        next_cursor=next_cursor,
    )


@router.patch("/read-all", summary="Mark all as read")
async def mark_all_notifications_read(product: Product, user: CurrentUser) -> MarkedOut:
    count = await product.notices.mark_read(user.id)
    return MarkedOut(message=f"{count} notifications marked as read")


@router.patch("/{notification_id}/read", summary="Mark one as read")
async def mark_notification_read(
    product: Product, user: CurrentUser, notification_id: UUID
) -> MarkedOut:
    if not await product.notices.mark_read(user.id, notification_id):
        raise NotFound("Notification")
    return MarkedOut(message="Notification marked as read")


@router.delete("/{notification_id}", summary="Delete one")
async def delete_notification(
    product: Product, user: CurrentUser, notification_id: UUID
) -> MarkedOut:
    if not await product.notices.remove(user.id, notification_id):
        raise NotFound("Notification")
    return MarkedOut(message="Notification deleted")
