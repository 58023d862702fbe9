"""Passwords as they are stored: Argon2id, and older hashes until their owner signs in."""

from importlib import import_module
from typing import Any, Protocol, cast


class _Context(Protocol):
    def hash(self, secret: str) -> str: ...
    def verify_and_update(self, secret: str, hash: str) -> tuple[bool, str | None]: ...
    def dummy_verify(self) -> object: ...


def _context() -> _Context:
    # The library carries no types, so it is taken by name and described above.
    module: Any = import_module("passlib.context")
    return cast(
        _Context,
        module.CryptContext(
            schemes=["argon2", "bcrypt", "pbkdf2_sha256"],
            deprecated=["bcrypt", "pbkdf2_sha256"],
            argon2__type="ID",
            argon2__memory_cost=19_456,
            argon2__time_cost=2,
            argon2__parallelism=1,
        ),
    )


_CONTEXT = _context()


def hash_password(password: str) -> str:
    """Return a salted hash. Takes some 30 ms and 19 MiB: call it on a thread."""
    return _CONTEXT.hash(password)


def verify_password(password: str, stored: str | None) -> tuple[bool, str | None]:
    """Say whether the password fits, and give a hash to store instead when the old one is weak.

    Takes as long for ``None`` (no such user) as for a wrong password. Call it on a thread.
    """
    if stored is None:
        _CONTEXT.dummy_verify()
        return False, None
    try:
        return _CONTEXT.verify_and_update(password, stored)
    except ValueError:  # what is stored is not a hash, or the password is too long for its scheme
        return False, None
