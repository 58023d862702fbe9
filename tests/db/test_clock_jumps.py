"""What a clock that jumps does to what is sent: nothing is lost, nothing is sent twice."""

import ast
from datetime import date, datetime, time
from pathlib import Path

import pytest

from db.reminders import Reminders
from db.session import Sessions
from tests.db.office import CALENDAR, DAY, NOON, TEAM, TODAY, Keeper, deadline, told

ROOT = Path(__file__).parents[2]
WALL_CLOCK = {
    "date.today",
    "datetime.now",
    "datetime.today",
    "datetime.utcnow",
    "time.localtime",
    "time.time",
}
FILE_TIMES = {"db/artifacts.py"}
"""Compares with the times of files, which that machine's clock has set."""
FIRST = CALENDAR.next_open(TODAY + DAY)
SECOND = CALENDAR.next_open(FIRST + DAY)
THIRD = CALENDAR.next_open(SECOND + DAY)
DUE = THIRD + 40 * DAY
"""Later than any day on which the team wants to be reminded besides."""
NOONTIDE, NIGHT = time(12), time(22)


def at_office(day: date, at: time = NOONTIDE) -> datetime:
    return datetime.combine(day, at, NOON.tzinfo)


async def test_a_clock_that_jumps_back_sends_no_reminder_again(
    sessions: Sessions, keeper: Keeper, reminders: Reminders
) -> None:
    await keeper.replace(2, deadline("D23", DUE, FIRST, SECOND))
    for day in (FIRST, TODAY, FIRST, SECOND, FIRST, SECOND):
        await reminders.send_due(at_office(day))
    assert await told(sessions, keeper.project) == sorted([*TEAM, *TEAM]), "two days, once each"


async def test_a_clock_that_jumps_ahead_loses_no_reminder(
    sessions: Sessions, keeper: Keeper, reminders: Reminders
) -> None:
    await keeper.replace(2, deadline("D23", DUE, FIRST), deadline("D40", DUE, SECOND))
    for moment in (at_office(TODAY), at_office(SECOND, NIGHT), at_office(THIRD)):
        await reminders.send_due(moment)
    assert await told(sessions, keeper.project) == sorted([*TEAM, *TEAM]), "one of each deadline"


@pytest.mark.parametrize("folder", ["activities", "db", "documents", "rules", "workflows"])
def test_nothing_is_decided_by_the_clock_of_a_worker(folder: str) -> None:
    """Moments are those of the database or of the engine, which all processes share."""
    read = [
        f"{path.relative_to(ROOT)}:{call.lineno}"
        for path in sorted((ROOT / folder).rglob("*.py"))
        if path.relative_to(ROOT).as_posix() not in FILE_TIMES
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(call, ast.Call) and ast.unparse(call.func) in WALL_CLOCK
    ]
    assert read == [], "ask the database (Writing.clock) or the workflow (workflow.now)"
