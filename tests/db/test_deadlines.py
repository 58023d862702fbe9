import asyncio
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

import pytest
from sqlalchemy import func, select, update

from activities.deadlines import ComputeDeadlines
from db.deadlines import DeadlineStore
from db.models import AuditLog, Notification, User
from db.session import Sessions, transaction
from documents.plan import Assignee
from rules.deadlines import Deadline, Unit
from tests.db.people import MANAGER, OFFICER, SPECIALIST, user_id

TODAY = datetime.now(UTC).date()


@pytest.fixture
def store(sessions: Sessions) -> DeadlineStore:
    return DeadlineStore(sessions)


def deadline(
    rule: str = "D23", due: date = TODAY + timedelta(days=5), *reminders: date
) -> Deadline:
    return Deadline(
        id=rule,
        title="Notice to unsuccessful offerors",
        due=due,
        time=None,
        unit=Unit.CALENDAR,
        rule="postaward_notice",
        citation="FAR 15.503(b)",
        reminders=reminders,
        basis="Three days after award.",
        not_before=False,
        gate=False,
    )


def request(project: UUID, seq: int) -> ComputeDeadlines:
    return ComputeDeadlines(project_id=project, workflow_id=f"project/{project}", seq=seq)


async def reminders_of(sessions: Sessions, project: UUID) -> list[UUID]:
    query = select(Notification.user_id).where(
        Notification.project_id == project, Notification.notification_type == "deadline_reminder"
    )
    async with sessions() as session:
        return sorted(await session.scalars(query))


async def test_a_day_ends_at_the_offices_close_of_business_in_its_own_zone(
    store: DeadlineStore, project: UUID
) -> None:
    summer, stated = date(2027, 7, 1), deadline("D14", date(2027, 12, 1))
    await store.replace(
        request(project, 2), [deadline(due=summer), replace(stated, time=time(14, 0))]
    )
    found = {row.rule: row.due_at for row in await store.list(project)}
    assert found["D23"] == datetime(2027, 7, 1, 20, 30, tzinfo=UTC), "16:30 in New York, summer"
    assert found["D14"] == datetime(2027, 12, 1, 19, 0, tzinfo=UTC), "14:00 in New York, winter"


async def test_only_what_changed_is_written_and_audited(
    sessions: Sessions, store: DeadlineStore, project: UUID
) -> None:
    async def audited() -> int:
        query = select(func.count()).where(
            AuditLog.project_id == project, AuditLog.action == "deadline_changed"
        )
        async with sessions() as session:
            return await session.scalar(query) or 0

    await store.replace(request(project, 2), [deadline("D23"), deadline("D40")])
    await store.replace(request(project, 3), [deadline("D23"), deadline("D40")])
    assert await audited() == 2
    moved = deadline("D23", TODAY + timedelta(days=9))
    await store.replace(request(project, 4), [moved])
    assert await audited() == 4, "one was moved, one no longer applies"
    await store.replace(request(project, 2), [deadline("D23"), deadline("D40")])
    assert [row.rule for row in await store.list(project)] == ["D23"], "a late copy was written"


async def test_a_reminder_is_sent_once_however_many_sweeps_run(
    sessions: Sessions, store: DeadlineStore, project: UUID
) -> None:
    yesterday, before = TODAY - timedelta(days=1), TODAY - timedelta(days=2)
    tomorrow = TODAY + timedelta(days=1)
    due = TODAY + timedelta(days=5)
    await store.replace(request(project, 2), [deadline("D23", due, before, yesterday, tomorrow)])
    await asyncio.gather(*(store.send_due_reminders() for _ in range(3)))
    await store.send_due_reminders()
    team = sorted([user_id(OFFICER), user_id(SPECIALIST)])
    assert await reminders_of(sessions, project) == team, "officer and specialist, once each"
    assert user_id(MANAGER) not in await reminders_of(sessions, project)


async def test_nobody_is_reminded_of_what_is_done_or_was_over_before(
    sessions: Sessions, store: DeadlineStore, project: UUID
) -> None:
    yesterday = TODAY - timedelta(days=1)
    over = deadline("D40", TODAY - timedelta(days=30), TODAY - timedelta(days=31))
    await store.replace(
        request(project, 2), [deadline("D23", TODAY + timedelta(days=5), yesterday), over]
    )
    assert await store.complete(project, "D23", user_id(OFFICER))
    await store.send_due_reminders()
    assert await reminders_of(sessions, project) == []


async def test_a_date_that_moves_is_reminded_of_anew(
    sessions: Sessions, store: DeadlineStore, project: UUID
) -> None:
    day = timedelta(days=1)
    await store.replace(request(project, 2), [deadline("D23", TODAY + 5 * day, TODAY - 2 * day)])
    await store.send_due_reminders()
    await store.replace(request(project, 3), [deadline("D23", TODAY + 6 * day, TODAY - day)])
    await store.send_due_reminders()
    assert len(await reminders_of(sessions, project)) == 4


@pytest.mark.parametrize(
    ("wanted", "days_left", "times"),
    [((5, 2), 5, 2), ((5, 2), 7, 1), ((), 5, 1), ((400, -1, "soon"), 5, 1)],
    ids=["own-day", "not-yet", "no-own-days", "no-such-days"],
)
async def test_a_person_is_reminded_on_days_of_their_own_choice_too(
    sessions: Sessions,
    store: DeadlineStore,
    project: UUID,
    wanted: tuple[object, ...],
    days_left: int,
    times: int,
) -> None:
    rule_day = TODAY - timedelta(days=2)
    for person in (OFFICER, SPECIALIST):
        await prefer(sessions, person, [])
    due = TODAY + timedelta(days=days_left - 1)
    await store.replace(request(project, 2), [deadline("D23", due, rule_day)])
    await store.send_due_reminders()
    await prefer(sessions, OFFICER, list(wanted))
    await asyncio.gather(*(store.send_due_reminders() for _ in range(2)))
    told = await reminders_of(sessions, project)
    for person in (OFFICER, SPECIALIST):
        await prefer(sessions, person, [1, 3, 7])
    assert told.count(user_id(OFFICER)) == times
    assert told.count(user_id(SPECIALIST)) == 1, "another person's days are not theirs"


async def prefer(sessions: Sessions, person: Assignee, days: list[object]) -> None:
    preferences = {"email": True, "in_app": True, "deadline_days": days}
    async with transaction(sessions) as session:
        await session.execute(
            update(User)
            .where(User.id == user_id(person))
            .values(notification_preferences=preferences)
        )
