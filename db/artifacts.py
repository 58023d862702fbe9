"""Files by the hash of their content: written once, never changed, checked on every read."""

import asyncio
import errno
import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from hashlib import sha256 as hash_of
from pathlib import Path
from typing import BinaryIO

_PIECE = 1024 * 1024
_SHA256 = re.compile(r"[0-9a-f]{64}")
_FULL = (errno.ENOSPC, errno.EDQUOT)


class ArtifactMissing(LookupError):
    """No file with that hash is stored."""


class ArtifactCorrupt(RuntimeError):
    """The stored bytes no longer have the hash they are stored under; restore them from a copy."""


class StorageFull(RuntimeError):
    """There is no room for another file; nothing was stored."""


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

    def _write(self, data: bytes) -> str:
        sha256 = hash_of(data).hexdigest()
        with suppress(ArtifactMissing, ArtifactCorrupt):
            self._read(sha256)
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


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
