"""Files by the hash of their content: written once, never changed, checked on every read."""

import asyncio
import errno
import os
import re
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence, Set
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256 as hash_of
from pathlib import Path
from typing import BinaryIO
from uuid import uuid4

_PIECE = 1024 * 1024
_ASKED_AT_ONCE = 500
_SHA256 = re.compile(r"[0-9a-f]{64}")
_FULL = (errno.ENOSPC, errno.EDQUOT)


class ArtifactMissing(LookupError):
    """No file with that hash is stored."""


class ArtifactCorrupt(RuntimeError):
    """The stored bytes no longer have the hash they are stored under; restore them from a copy."""


class StorageFull(RuntimeError):
    """There is no room for another file; nothing was stored."""


@dataclass(frozen=True, slots=True)
class Swept:
    """What a sweep deleted."""

    files: int = 0
    bytes: int = 0


Named = Callable[[Sequence[str]], Awaitable[Set[str]]]
"""Says which of these hashes are still needed."""


class ArtifactStore:
    """Stores bytes below one folder as ``ab/abcdef...``. Safe for several processes at once."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def path_of(self, sha256: str) -> Path:
        """Where the bytes of that hash are or would be. Raises ValueError for anything else."""
        if not _SHA256.fullmatch(sha256):
            raise ValueError(f"{sha256!r} is not a SHA-256 in lower-case hexadecimal digits")
        return self._root / sha256[:2] / sha256

    async def write(self, data: bytes) -> str:
        """Store bytes, on disk when this returns, and return their SHA-256. Raises StorageFull."""
        return await asyncio.to_thread(self._write, data)

    async def store(self, file: BinaryIO) -> str:
        """Store a seekable file piece by piece, as ``write`` does. Raises StorageFull."""

        def copy() -> str:
            file.seek(0)
            return self._store(iter(lambda: file.read(_PIECE), b""))

        return await asyncio.to_thread(copy)

    async def read(self, sha256: str) -> bytes:
        """Return the bytes, checked. Raises ArtifactMissing or ArtifactCorrupt."""
        return await asyncio.to_thread(self._read, sha256)

    async def exists(self, sha256: str) -> bool:
        return await asyncio.to_thread(self.path_of(sha256).is_file)

    async def sweep(self, named: Named, older_than: timedelta) -> Swept:
        """Delete files that nobody needs and nobody has written for so long, and old drafts.

        A file is set aside before it is deleted: who writes the same bytes meanwhile stores them
        anew, and one that was written or named just before is put back.
        """
        before = time.time() - older_than.total_seconds()
        deleted, size = await asyncio.to_thread(self._delete_drafts, before)
        for old in _batched(await asyncio.to_thread(self._older, before)):
            kept = await named([path.name for path in old])
            aside = await asyncio.to_thread(
                self._set_aside, [path for path in old if path.name not in kept]
            )
            kept = await named([path.name for path in aside]) if aside else frozenset[str]()
            for path, place in aside.items():
                freed = await asyncio.to_thread(_settle, path, place, before, path.name in kept)
                deleted, size = deleted + (freed is not None), size + (freed or 0)
        return Swept(deleted, size)

    def _older(self, before: float) -> list[Path]:
        found = self._root.glob("[0-9a-f][0-9a-f]/*")
        return [path for path in found if _SHA256.fullmatch(path.name) and _written(path) < before]

    def _delete_drafts(self, before: float) -> tuple[int, int]:
        """What processes left that died while they wrote, or while they swept."""
        deleted = size = 0
        for path in self._root.glob(".*"):
            with suppress(FileNotFoundError):
                if path.stat().st_mtime < before and path.is_file():
                    size += path.stat().st_size
                    path.unlink()
                    deleted += 1
        return deleted, size

    def _set_aside(self, paths: Iterable[Path]) -> dict[Path, Path]:
        """Move files to where no reader looks; another sweep may have been first."""
        aside: dict[Path, Path] = {}
        for path in paths:
            place = self._root / f".{path.name}.{uuid4().hex}"
            with suppress(FileNotFoundError):
                path.rename(place)
                aside[path] = place
        return aside

    def _write(self, data: bytes) -> str:
        sha256 = hash_of(data).hexdigest()
        with suppress(ArtifactMissing, ArtifactCorrupt, FileNotFoundError):
            self._read(sha256)
            # Written again: a sweep must not count it as forgotten.
            os.utime(self.path_of(sha256))
            return sha256
        return self._store(iter([data]))

    def _store(self, chunks: Iterator[bytes]) -> str:
        """Write to a draft beside the files, which the hash then gives its name."""
        hashed, size = hash_of(), 0
        try:
            self._root.mkdir(parents=True, exist_ok=True)
            descriptor, draft = tempfile.mkstemp(prefix=".", dir=self._root)
            try:
                with os.fdopen(descriptor, "wb") as file:
                    for chunk in chunks:
                        hashed.update(chunk)
                        size += len(chunk)
                        file.write(chunk)
                    file.flush()
                    os.fsync(file.fileno())
                path = self.path_of(hashed.hexdigest())
                path.parent.mkdir(exist_ok=True)
                os.replace(draft, path)
            except BaseException:
                Path(draft).unlink(missing_ok=True)
                raise
            # A rename is durable only once its folder is on disk, and so is the folder itself.
            _sync_folder(path.parent)
            _sync_folder(self._root)
        except OSError as error:
            if error.errno in _FULL:
                raise StorageFull(
                    f"no room for {size:,} bytes in {self._root}: free some space"
                ) from error
            raise
        return hashed.hexdigest()

    def _read(self, sha256: str) -> bytes:
        try:
            data = self.path_of(sha256).read_bytes()
        except FileNotFoundError as error:
            raise ArtifactMissing(f"no file with SHA-256 {sha256} is stored") from error
        if hash_of(data).hexdigest() != sha256:
            raise ArtifactCorrupt(f"the file stored as {sha256} has changed; restore it")
        return data


def _batched(paths: list[Path]) -> Iterator[list[Path]]:
    """So many at a time as one query may ask for."""
    for start in range(0, len(paths), _ASKED_AT_ONCE):
        yield paths[start : start + _ASKED_AT_ONCE]


def _written(path: Path) -> float:
    """When a file was last written; now, when it has just been deleted."""
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return time.time()


def _settle(path: Path, place: Path, before: float, needed: bool) -> int | None:
    """Delete a file that was set aside and return its size, or put it back."""
    found = place.stat()
    if needed or found.st_mtime >= before:
        place.replace(path)
        return None
    place.unlink()
    return found.st_size


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
