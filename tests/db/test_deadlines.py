import asyncio
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.exc import DBAPIError

from db.models import AuditLog, ProgressEvent, User
from db.projection.writing import Event, Writing
from db.reminders import Reminders
from db.session import Sessions, transaction
from documents.plan import Assignee
from rules.calendar import FederalCalendar
from tests.db.office import CALENDAR, DAY, NOON, TEAM, TODAY, Keeper, deadline, told
from tests.db.people import MANAGER, OFFICER, SPECIALIST, user_id


async def test_a_day_ends_at_the_offices_close_of_business_in_its_own_zone(keeper: Keeper) -> None:
    stated = replace(deadline("D14", date(2027, 12, 1)), time=time(14, 0), reminder_hours=(2,))
    await keeper.replace(2, deadline(due=date(2027, 7, 1)), stated)
    found = await keeper.due()
    assert found["D23"] == datetime(2027, 7, 1, 20, 30, tzinfo=UTC), "16:30 in New York, summer"
    assert found["D14"] == datetime(2027, 12, 1, 19, 0, tzinfo=UTC), "14:00 in New York, winter"
    rows = {row.rule: row for row in await keeper.store.list(keeper.project)}
    assert rows["D14"].reminders == [datetime(2027, 12, 1, 17, 0, tzinfo=UTC)], "two hours before"
    assert rows["D14"].calendar_version == CALENDAR.version


async def test_only_what_changed_is_written_and_audited(sessions: Sessions, keeper: Keeper) -> None:
    async def audited() -> int:
        query = select(func.count()).where(
            AuditLog.project_id == keeper.project, AuditLog.action == "deadline_changed"
        )
        async with sessions() as session:
            return await session.scalar(query) or 0

    await keeper.replace(2, deadline("D23"), deadline("D40"))
    assert await keeper.replace(3, deadline("D23"), deadline("D40")) == ()
    assert await audited() == 2
    assert await told(sessions, keeper.project, "deadlines_moved") == [], "nothing has moved yet"
    moved = deadline("D23", TODAY + timedelta(days=9))
    assert await keeper.replace(4, moved) == ("D23", "D40")
    assert await audited() == 4, "one was moved, one no longer applies"
    await keeper.replace(2, deadline("D23"), deadline("D40"))
    assert list(await keeper.due()) == ["D23"], "a late copy was written"
    assert await told(sessions, keeper.project, "deadlines_moved") == TEAM, "once each"


async def test_a_reminder_is_sent_once_however_many_sweeps_run(
    sessions: Sessions, keeper: Keeper, reminders: Reminders
) -> None:
    days = (TODAY - 2 * DAY, TODAY - DAY, TODAY + DAY)
    await keeper.replace(2, deadline("D23", TODAY + 5 * DAY, *days))
    await asyncio.gather(*(reminders.send_due(NOON) for _ in range(3)))
    await reminders.send_due(NOON)
    assert await told(sessions, keeper.project) == TEAM, "officer and specialist, once each"
    assert user_id(MANAGER) not in await told(sessions, keeper.project)


async def test_a_sweep_that_dies_between_claim_and_send_leaves_the_reminder_to_the_next(
    sessions: Sessions,
    keeper: Keeper,
    reminders: Reminders,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    await keeper.replace(2, deadline("D23", TODAY + 5 * DAY, TODAY - DAY))
    publish = Writing.publish

    async def die(self: Writing, workflow_id: str, key: str, event: Event) -> None:
        await publish(self, workflow_id, key, event)
        # As a killed worker does: the connection is gone with everything that was not committed.
        await self.session.execute(select(func.pg_terminate_backend(func.pg_backend_pid())))

    with monkeypatch.context() as patch:
        patch.setattr(Writing, "publish", die)
        with pytest.raises(DBAPIError):
            await reminders.send_due(NOON)
    assert await told(sessions, keeper.project) == [], "the dead sweep has told somebody"
    await reminders.send_due(NOON)
    await reminders.send_due(NOON)
    assert await told(sessions, keeper.project) == TEAM
    query = select(func.count()).where(
        ProgressEvent.project_id == keeper.project, ProgressEvent.type == "reminder"
    )
    async with sessions() as session:
        assert await session.scalar(query) == 1


@pytest.mark.parametrize(
    ("moment", "sent"),
    [(time(7, 59), 0), (time(8, 0), 2), (time(16, 29), 2), (time(16, 30), 0), (time(23, 0), 0)],
    ids=["before-work", "opening", "last-minute", "closing", "night"],
)
async def test_reminders_come_in_the_working_hours_of_the_office(
    sessions: Sessions, keeper: Keeper, reminders: Reminders, moment: time, sent: int
) -> None:
    await keeper.replace(2, deadline("D23", TODAY + 5 * DAY, TODAY - DAY))
    await reminders.send_due(NOON.replace(hour=moment.hour, minute=moment.minute))
    assert len(await told(sessions, keeper.project)) == sent


async def test_nobody_is_reminded_on_a_closed_day(
    sessions: Sessions, keeper: Keeper, reminders: Reminders
) -> None:
    saturday = TODAY + timedelta(days=5 - TODAY.weekday())
    await keeper.replace(2, deadline("D23", saturday + 5 * DAY, TODAY - DAY))
    await reminders.send_due(NOON + (saturday - TODAY))
    assert await told(sessions, keeper.project) == []


async def test_nobody_is_reminded_of_what_is_done_or_was_over_before(
    sessions: Sessions, keeper: Keeper, reminders: Reminders
) -> None:
    over = deadline("D40", TODAY - 30 * DAY, TODAY - 31 * DAY)
    recorded = replace(deadline("D25", TODAY + 5 * DAY, TODAY - DAY), done=TODAY)
    await keeper.replace(2, deadline("D23", TODAY + 5 * DAY, TODAY - DAY), over, recorded)
    rows = {row.rule: row for row in await keeper.store.list(keeper.project)}
    done = await keeper.store.complete(
        keeper.project, rows["D23"].id, user_id(OFFICER), "Letters sent"
    )
    assert done is not None
    assert (done.completed_by, done.completion_note) == (user_id(OFFICER), "Letters sent")
    assert rows["D25"].completed_at is not None, "its event was recorded"
    await reminders.send_due(NOON)
    assert await told(sessions, keeper.project) == []


async def test_a_date_that_moves_with_its_event_has_to_be_met_again(keeper: Keeper) -> None:
    await keeper.replace(2, deadline("D23"))
    (row,) = await keeper.store.list(keeper.project)
    await keeper.store.complete(keeper.project, row.id, user_id(OFFICER))
    snow = FederalCalendar(frozenset({date(2027, 1, 25)}))
    await keeper.replace(3, deadline("D23", TODAY + 6 * DAY), calendar=snow)
    (row,) = await keeper.store.list(keeper.project)
    assert row.completed_at is not None, "what was met before a closure was met"
    await keeper.replace(4, deadline("D23", TODAY + 7 * DAY), calendar=snow)
    (row,) = await keeper.store.list(keeper.project)
    assert row.completed_at is None, "the event moved"


async def test_a_date_that_moves_is_reminded_of_anew(
    sessions: Sessions, keeper: Keeper, reminders: Reminders
) -> None:
    # So far away that none of the days before it on which people want to be reminded is today.
    await keeper.replace(2, deadline("D23", TODAY + 40 * DAY, TODAY - 2 * DAY))
    await reminders.send_due(NOON)
    await keeper.replace(3, deadline("D23", TODAY + 41 * DAY, TODAY - DAY))
    await reminders.send_due(NOON)
    assert len(await told(sessions, keeper.project)) == 4


@pytest.mark.parametrize(
    ("wanted", "days_left", "times"),
    [((5, 2), 5, 2), ((5, 2), 40, 1), ((), 5, 1), ((400, -1, "soon"), 5, 1)],
    ids=["own-day", "not-yet", "no-own-days", "no-such-days"],
)
async def test_a_person_is_reminded_on_days_of_their_own_choice_too(
    sessions: Sessions,
    keeper: Keeper,
    reminders: Reminders,
    wanted: tuple[object, ...],
    days_left: int,
    times: int,
) -> None:
    for person in (OFFICER, SPECIALIST):
        await prefer(sessions, person, [])
    await keeper.replace(2, deadline("D23", TODAY + days_left * DAY, TODAY - 20 * DAY))
    await reminders.send_due(NOON)
    await prefer(sessions, OFFICER, list(wanted))
    await asyncio.gather(*(reminders.send_due(NOON) for _ in range(2)))
    heard = await told(sessions, keeper.project)
    for person in (OFFICER, SPECIALIST):
        await prefer(sessions, person, [1, 3, 7])
    assert heard.count(user_id(OFFICER)) == times
    assert heard.count(user_id(SPECIALIST)) == 1, "another person's days are not theirs"


async def prefer(sessions: Sessions, person: Assignee, days: list[object]) -> None:
    preferences = {"email": True, "in_app": True, "deadline_days": days}
    async with transaction(sessions) as session:
        await session.execute(
            update(User)
            .where(User.id == user_id(person))
            .values(notification_preferences=preferences)
        )
