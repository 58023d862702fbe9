import asyncio
import errno
import os
from hashlib import sha256
from pathlib import Path

import pytest

from db.artifacts import ArtifactCorrupt, ArtifactMissing, ArtifactStore, StorageFull


@pytest.fixture
def store(tmp_path: Path) -> ArtifactStore:
    return ArtifactStore(tmp_path / "artifacts")


def files(store: ArtifactStore) -> list[Path]:
    folder = store.path_of("0" * 64).parent.parent
    return [path for path in folder.rglob("*") if path.is_file()]


async def test_bytes_are_stored_once_under_their_hash(store: ArtifactStore) -> None:
    names = await asyncio.gather(*(store.write(b"text") for _ in range(8)))
    assert set(names) == {sha256(b"text").hexdigest()}
    assert files(store) == [store.path_of(names[0])], "a draft or a second copy was left behind"
    assert await store.read(names[0]) == b"text"
    assert await store.exists(names[0])


async def test_bytes_that_are_not_there_are_named(store: ArtifactStore) -> None:
    with pytest.raises(ArtifactMissing, match="0" * 64):
        await store.read("0" * 64)


async def test_changed_bytes_are_never_handed_out_and_writing_repairs_them(
    store: ArtifactStore,
) -> None:
    name = await store.write(b"signed text")
    store.path_of(name).write_bytes(b"other text")
    with pytest.raises(ArtifactCorrupt):
        await store.read(name)
    await store.write(b"signed text")
    assert await store.read(name) == b"signed text"


@pytest.mark.parametrize("name", ["", "../../etc/passwd", "A" * 64, "0" * 63])
async def test_only_a_hash_leads_to_a_file(store: ArtifactStore, name: str) -> None:
    with pytest.raises(ValueError, match="SHA-256"):
        await store.read(name)


async def test_a_full_disk_is_named_and_leaves_nothing_behind(
    store: ArtifactStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StorageFull, match="no room for 4 bytes"):
        await store.write(b"text")
    assert files(store) == []
