"""The embedded engine seen from outside: child processes that are asked and answer in frames.

A frame is a kind byte, eight bytes of length, and the payload.
"""

import importlib.metadata
import os
import queue
import struct
import subprocess
import sys
import threading
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from documents.rendering.engines import Pdf
from documents.rendering.errors import ConversionFailed, UnsafeDocument

FINAL, DRAFT = b"F", b"D"
"""Requests: a DOCX to convert, with or without the finishing that only readers need."""

PDF, UNSAFE, FAILED = b"P", b"U", b"X"
"""Answers: a PDF, or the reason why the document is refused, or why converting failed."""

_HEADER = struct.Struct(">cQ")
_ROOT = Path(__file__).resolve().parents[2]
_PROGRAM = "from documents.rendering.embedded_engine import main; main()"


def send(stream: IO[bytes], kind: bytes, payload: bytes) -> None:
    """Write one frame."""
    stream.write(_HEADER.pack(kind, len(payload)))
    stream.write(payload)
    stream.flush()


def receive(stream: IO[bytes]) -> tuple[bytes, bytes] | None:
    """Read one frame; None when the other side is gone."""
    header = stream.read(_HEADER.size)
    if len(header) < _HEADER.size:
        return None
    kind, length = _HEADER.unpack(header)
    payload = stream.read(length)
    return (kind, payload) if len(payload) == length else None


class EmbeddedConverter:
    """rdocx in child processes that stay warm; a hang or crash costs one child, never the caller.

    At most `processes` documents convert at once; further callers wait.
    """

    def __init__(self, *, processes: int = 1, timeout: float = 120) -> None:
        """`timeout` is seconds per document."""
        self._timeout = timeout
        self._version = importlib.metadata.version("rdocx")
        self._idle: queue.LifoQueue[_Child | None] = queue.LifoQueue()
        self._processes = processes
        for _ in range(processes):
            self._idle.put(None)

    def convert(self, docx: bytes, *, draft: bool = False) -> Pdf:
        with self._child() as child:
            kind, payload = child.ask(docx, draft=draft, timeout=self._timeout)
        if kind == UNSAFE:
            raise UnsafeDocument(payload.decode())
        if kind == FAILED:
            raise ConversionFailed("rdocx", payload.decode())
        return Pdf(payload, "rdocx", self._version)

    def close(self) -> None:
        children = [self._idle.get() for _ in range(self._processes)]
        for child in children:
            if child is not None:
                child.end()
            self._idle.put(None)

    @contextmanager
    def _child(self) -> Generator["_Child"]:
        child = self._idle.get()
        try:
            if child is None or not child.alive:
                child = _Child()
            yield child
        finally:
            self._idle.put(child if child is not None and child.alive else None)


class _Child:
    """One running embedded engine."""

    def __init__(self) -> None:
        inherited = os.environ.get("PYTHONPATH", "")
        path = os.pathsep.join(filter(None, (str(_ROOT), inherited)))
        self._process = subprocess.Popen(
            [sys.executable, "-c", _PROGRAM],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "PYTHONPATH": path},
        )

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    def ask(self, docx: bytes, *, draft: bool, timeout: float) -> tuple[bytes, bytes]:
        requests, answers = self._process.stdin, self._process.stdout
        assert requests is not None
        assert answers is not None
        expired = threading.Event()

        def expire() -> None:
            expired.set()
            self._process.kill()

        timer = threading.Timer(timeout, expire)
        timer.start()
        try:
            kind = DRAFT if draft else FINAL
            send(requests, kind, docx)
            answer = receive(answers)
        except OSError:
            answer = None
        finally:
            timer.cancel()
        if answer is not None and not expired.is_set():
            return answer
        self.end()
        reason = f"it took more than {timeout:g} s" if expired.is_set() else "its process ended"
        raise ConversionFailed("rdocx", reason)

    def end(self) -> None:
        self._process.kill()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                with suppress(OSError):
                    stream.close()
