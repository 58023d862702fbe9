"""Alembic runs this file; `db.migrate` opens the connection and holds the lock."""

from alembic import context
from sqlalchemy import Connection

from db.models import Base

connection: Connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=Base.metadata, compare_type=True)
with context.begin_transaction():
    # A migration waits for a busy table this long rather than blocking everybody behind it.
    context.execute("SET LOCAL lock_timeout = '5s'")
    context.run_migrations()
