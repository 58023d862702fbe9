"""The audit log's chain: tampering shows, and the command names the first broken entry."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from db.__main__ import main
from db.audit import Break, examine, verify
from db.migrate import upgrade
from db.models import AuditLog
from db.session import Sessions, create_engine, create_sessions, transaction
from runtime.local import LocalStack

UNGUARDED = "SET LOCAL session_replication_role = 'replica'"
"""What somebody with the rights of an administrator of the database can do."""


@asynccontextmanager
async def database(url: str) -> AsyncGenerator[Sessions]:
    engine = create_engine(url)
    try:
        yield create_sessions(engine)
    finally:
        await engine.dispose()


@pytest.fixture(scope="module")
def url(stack: LocalStack) -> str:
    """A log of its own; damage is rolled back again."""
    fresh = stack.database_url_for(f"audit_{uuid4().hex}")
    upgrade(fresh)
    return fresh


async def write(sessions: Sessions, project: UUID | None, *actions: str) -> None:
    async with transaction(sessions) as session:
        for action in actions:
            session.add(
                AuditLog(
                    project_id=project,
                    action=action,
                    entity_type="project",
                    changes={"before": None, "after": {"ü": 1.50}, "why": 'a "b"\n'},
                )
            )
            await session.flush()


async def breaks_after(url: str, project: UUID, damage: str) -> tuple[Break, ...]:
    """Write three entries, damage the log as an administrator could, and verify."""
    async with database(url) as sessions:
        await write(sessions, project, "one", "two", "three")
        await write(sessions, None, "login_success")
        assert not (await verify(sessions)).breaks, "an untouched log is unbroken"
        async with sessions() as session:
            await session.execute(text(UNGUARDED))
            await session.execute(text(damage), {"project": project})
            return (await examine(session)).breaks


MINE = "project_id = :project AND action = "


@pytest.mark.parametrize(
    ("damage", "seq", "reason"),
    [
        (f"UPDATE audit_log SET action = 'zwei' WHERE {MINE} 'two'", 2, "changed"),
        (f"UPDATE audit_log SET changes = '{{}}' WHERE {MINE} 'one'", 1, "changed"),
        (f"UPDATE audit_log SET created_at = now() WHERE {MINE} 'two'", 2, "changed"),
        (f"DELETE FROM audit_log WHERE {MINE} 'two'", 2, "deleted"),
        ("DELETE FROM audit_links WHERE seq = 2 AND chain = :project", 2, "missing"),
        ("DELETE FROM audit_links WHERE seq = 3 AND chain = :project", 3, "missing"),
        ("DELETE FROM audit_links WHERE chain = :project", 1, "all 3 entries"),
        (f"UPDATE audit_log SET project_id = NULL WHERE {MINE} 'three'", 3, "another project"),
    ],
)
def test_damage_shows_at_the_first_entry_it_touches(
    url: str, damage: str, seq: int, reason: str
) -> None:
    project = uuid4()
    found = asyncio.run(breaks_after(url, project, damage))
    assert found, f"nobody noticed: {damage}"
    assert (found[0].chain, found[0].seq) == (project, seq)
    assert reason in found[0].reason


def test_an_entry_put_in_beside_the_chain_shows(url: str) -> None:
    forged = (
        "INSERT INTO audit_log (id, project_id, action, entity_type, changes) "
        "VALUES (gen_random_uuid(), :project, 'forged', 'project', '{}')"
    )
    found = asyncio.run(breaks_after(url, uuid4(), forged))
    assert ["forged" in broken.reason for broken in found] == [True]


def test_entries_written_at_once_form_one_chain_without_gaps(url: str) -> None:
    async def write_at_once() -> tuple[int, tuple[Break, ...]]:
        project = uuid4()
        async with database(url) as sessions:
            await asyncio.gather(*(write(sessions, project, f"a{n}", f"b{n}") for n in range(20)))
            verdict = await verify(sessions)
            mine = next(head for head in verdict.heads if head.chain == project)
            return mine.entries, verdict.breaks

    assert asyncio.run(write_at_once()) == (40, ())


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_log SET action = 'x'",
        "DELETE FROM audit_log",
        "UPDATE audit_links SET seq = seq + 1",
        "TRUNCATE audit_log CASCADE",
    ],
)
def test_the_database_itself_refuses_changes_of_the_log(url: str, statement: str) -> None:
    async def attempt() -> None:
        async with database(url) as sessions:
            await write(sessions, uuid4(), "one")
            with pytest.raises(DBAPIError, match="never changed or deleted"):
                async with transaction(sessions) as session:
                    await session.execute(text(statement))

    asyncio.run(attempt())


def test_the_command_prints_the_heads_and_fails_at_a_broken_log(
    url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DATABASE_URL", url)
    project = uuid4()

    async def begin() -> None:
        async with database(url) as sessions:
            await write(sessions, project, "zero")

    async def damage() -> None:
        async with database(url) as sessions, transaction(sessions) as session:
            await session.execute(text(UNGUARDED))
            await session.execute(
                text("UPDATE audit_log SET action = 'null' WHERE project_id = :project"),
                {"project": project},
            )

    asyncio.run(begin())
    assert main(["verify"]) == 0
    printed = capsys.readouterr().out
    assert f"{project} 1 " in printed
    assert "chains are unbroken." in printed
    asyncio.run(damage())
    assert main(["verify"]) == 1
    assert f"project {project}, entry 1" in capsys.readouterr().err
