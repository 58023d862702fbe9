"""Migrations on databases of their own; not asynchronous, because migrating starts a loop."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest
from sqlalchemy import text

from db.__main__ import main
from db.migrate import SchemaDiffers, check, downgrade, upgrade
from db.models import Base
from db.seed import sample_people
from db.session import create_engine
from runtime.local import LocalStack

CONSTRAINTS = """
    SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint
    WHERE connamespace = 'public'::regnamespace AND contype <> 't'
    UNION ALL
    SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'
"""


@pytest.fixture
def empty_database(stack: LocalStack) -> str:
    return stack.database_url_for(f"migrations_{uuid4().hex}")


def shape(database_url: str, *, create: bool = False) -> set[tuple[str, str, str]]:
    """Every constraint and index of the database, Alembic's own table left out."""

    async def read() -> set[tuple[str, str, str]]:
        engine = create_engine(database_url)
        async with engine.begin() as connection:
            if create:
                await connection.run_sync(Base.metadata.create_all)
            rows = await connection.execute(text(CONSTRAINTS))
            found = {(str(row[0]), str(row[1]), str(row[2])) for row in rows}
        await engine.dispose()
        return {row for row in found if row[0] != "alembic_version"}

    return asyncio.run(read())


def test_migrations_go_up_down_and_up_again(empty_database: str) -> None:
    upgrade(empty_database)
    full = shape(empty_database)
    downgrade(empty_database)
    assert shape(empty_database) == set(), "downgrading left tables behind"
    check(empty_database)
    assert shape(empty_database) == full


def test_migrated_tables_are_those_of_the_models_constraints_included(
    empty_database: str, stack: LocalStack
) -> None:
    upgrade(empty_database)
    created = shape(stack.database_url_for(f"created_{uuid4().hex}"), create=True)
    migrated = shape(empty_database)
    assert migrated == created, f"only one side has {sorted(migrated ^ created)}"


def test_a_table_that_differs_from_its_model_is_reported(empty_database: str) -> None:
    upgrade(empty_database)

    async def spoil() -> None:
        engine = create_engine(empty_database)
        async with engine.begin() as connection:
            await connection.execute(text("ALTER TABLE users DROP COLUMN department"))
        await engine.dispose()

    asyncio.run(spoil())
    with pytest.raises(SchemaDiffers, match="department"):
        check(empty_database)


def test_processes_that_migrate_at_once_wait_for_each_other(empty_database: str) -> None:
    with ThreadPoolExecutor(3) as pool:
        list(pool.map(upgrade, [empty_database] * 3))
    check(empty_database)


def test_the_command_line_seeds_twice_and_refuses_production(
    empty_database: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    # The address as people write it, without the name of a driver.
    monkeypatch.setenv("DATABASE_URL", empty_database.replace("+asyncpg", ""))
    assert [main([action]) for action in ("upgrade", "seed", "seed")] == [0, 0, 0]
    assert capsys.readouterr().out.splitlines()[1:] == [
        f"{len(sample_people())} sample people added.",
        "0 sample people added.",
    ]
    monkeypatch.setenv("ENVIRONMENT", "production")
    assert main(["seed"]) == 1
    assert "not in production" in capsys.readouterr().err
