"""Bytes that no row names any more: of refused submissions, removed attachments, crashed work."""

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import Text, select, union_all

from db.artifacts import ArtifactStore, Swept
from db.models import Base
from db.session import Sessions

KEPT_FOR = timedelta(days=30)
"""Bytes are stored before the row that names them, and a workflow may wait for its worker."""


async def collect(
    sessions: Sessions, store: ArtifactStore, older_than: timedelta = KEPT_FOR
) -> Swept:
    """Delete stored bytes that were last written so long ago and are named by no row.

    Safe beside writers and beside another collection.
    """

    async def named(hashes: Sequence[str]) -> frozenset[str]:
        # Every column of a hash, so that a new table is safe without anybody thinking of this.
        columns = [
            column
            for table in Base.metadata.tables.values()
            for column in table.columns
            if column.name.endswith("sha256") and isinstance(column.type, Text)
        ]
        query = union_all(*(select(column).where(column.in_(hashes)) for column in columns))
        async with sessions() as session:
            return frozenset(await session.scalars(query))

    return await store.sweep(named, older_than)
