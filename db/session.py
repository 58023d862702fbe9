"""The way to the database: an engine from an address, sessions from an engine."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import (
    AsyncEngine,
    AsyncSession,
    async_sessionmaker,
    create_async_engine,
)

Sessions = async_sessionmaker[AsyncSession]

UNSTORABLE = "22"
"""SQLSTATE class: data that no column takes, such as a NUL character in a text."""


def create_engine(database_url: str, *, pool_size: int = 10) -> AsyncEngine:
    """Make the engine of one process. Nothing connects before the first query.

    ``database_url`` starts with ``postgresql+asyncpg://``.
    """
    return create_async_engine(
        database_url,
        pool_size=pool_size,
        max_overflow=pool_size,
        pool_pre_ping=True,
        connect_args={"server_settings": {"timezone": "UTC", "lock_timeout": "30s"}},
    )


def create_sessions(engine: AsyncEngine) -> Sessions:
    """Make the factory that everything below receives; objects stay readable after a commit."""
    return async_sessionmaker(engine, expire_on_commit=False)


def sqlstate(error: DBAPIError) -> str:
    """What PostgreSQL calls the error; empty when it was not PostgreSQL that raised it."""
    return str(getattr(error.orig, "sqlstate", None) or "")


@asynccontextmanager
async def transaction(sessions: Sessions) -> AsyncGenerator[AsyncSession]:
    """One session, one transaction: committed at the end, rolled back on any error."""
    async with sessions() as session, session.begin():
        yield session
