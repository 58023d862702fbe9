"""Bytes that nothing refers to are deleted, and only those."""

import asyncio
import os
import time
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from db.artifacts import ArtifactMissing, ArtifactStore, Swept
from db.attachments import Attachments, NewAttachment
from db.collection import KEPT_FOR, collect
from db.session import Sessions
from documents.identity import document_id
from tests.db.people import MANAGER, user_id


@pytest.fixture
def store(tmp_path: Path) -> ArtifactStore:
    return ArtifactStore(tmp_path / "artifacts")


def age(store: ArtifactStore, sha256: str, days: float) -> None:
    then = time.time() - timedelta(days=days).total_seconds()
    os.utime(store.path_of(sha256), (then, then))


async def attached(sessions: Sessions, project: UUID, sha256: str) -> UUID:
    new = NewAttachment(
        id=uuid4(),
        document_id=document_id(project, "PR"),
        file_name="quote.pdf",
        media_type="application/pdf",
        sha256=sha256,
        size=1,
        notes=None,
        uploaded_by=user_id(MANAGER),
    )
    return (await Attachments(sessions).add(new, project)).attachment.id


async def test_bytes_are_deleted_when_the_last_row_that_names_them_is_gone_and_time_has_passed(
    sessions: Sessions, project: UUID, store: ArtifactStore
) -> None:
    shared, refused, fresh = [await store.write(uuid4().bytes) for _ in range(3)]
    first, second = [await attached(sessions, project, shared) for _ in range(2)]
    for name in (shared, refused):
        age(store, name, KEPT_FOR.days + 1)
    assert await collect(sessions, store) == Swept(files=1, bytes=16), "only the refused file"
    assert [await store.exists(name) for name in (shared, refused, fresh)] == [True, False, True]

    await Attachments(sessions).remove(first, user_id(MANAGER))
    assert await collect(sessions, store) == Swept(), "another attachment has the same bytes"
    await Attachments(sessions).remove(second, user_id(MANAGER))
    assert await collect(sessions, store) == Swept(files=1, bytes=16)
    with pytest.raises(ArtifactMissing):
        await store.read(shared)


async def test_bytes_that_are_written_or_named_during_a_sweep_stay(store: ArtifactStore) -> None:
    written, named = await store.write(b"written again"), await store.write(b"named meanwhile")
    for name in (written, named):
        age(store, name, 2)
    asked: list[Sequence[str]] = []

    async def needed(hashes: Sequence[str]) -> frozenset[str]:
        asked.append(hashes)
        if len(asked) == 1:
            await store.write(b"written again")
            return frozenset()
        return frozenset({named})

    assert await store.sweep(needed, timedelta(days=1)) == Swept()
    assert len(asked) == 2, "what is set aside has to be asked for once more"
    assert await store.read(written) == b"written again"
    assert await store.read(named) == b"named meanwhile"


async def test_sweeps_at_the_same_time_delete_each_file_once_and_writers_lose_nothing(
    store: ArtifactStore,
) -> None:
    names = [await store.write(f"old {number}".encode()) for number in range(20)]
    for name in names:
        age(store, name, 2)

    async def nobody(_hashes: Sequence[str]) -> frozenset[str]:
        await asyncio.sleep(0)
        return frozenset()

    writing = asyncio.gather(*(store.write(f"old {number}".encode()) for number in range(10)))
    swept = await asyncio.gather(*(store.sweep(nobody, timedelta(days=1)) for _ in range(3)))
    await writing
    assert 10 <= sum(sweep.files for sweep in swept) <= 20
    for number in range(10):
        assert await store.read(names[number]) == f"old {number}".encode()


async def test_what_a_crashed_writer_left_is_deleted_too(store: ArtifactStore) -> None:
    root = store.path_of(await store.write(b"kept")).parent.parent
    draft = root / ".draft"
    draft.write_bytes(b"half")
    os.utime(draft, (0, 0))

    async def everything(hashes: Sequence[str]) -> frozenset[str]:
        return frozenset(hashes)

    assert await store.sweep(everything, timedelta(days=1)) == Swept(files=1, bytes=4)
    assert not draft.exists()
