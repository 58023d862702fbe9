"""Passwords and access tokens."""

import asyncio
import secrets
import string
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from importlib import import_module
from uuid import UUID, uuid4

import jwt

from api.errors import Invalid, InvalidToken
from db.passwords import hash_password, verify_password

ISSUER = "procureflow"
AUDIENCE = "procureflow-api"
ALGORITHM = "HS256"
TOKEN_TYPE = "at+jwt"
LEEWAY = timedelta(seconds=5)
HASHES_AT_ONCE = 4
"""Each takes 19 MiB and one processor."""
SHORTEST_PASSWORD = 12
LONGEST_PASSWORD = 128
READABLE = "abcdefghjkmnpqrstuvwxyz23456789"
"""Without the letters and digits that are taken for one another."""
ONE_TIME_CHARACTERS = 20
FEWEST_CHARACTERS = 5
"""Different characters in a password."""


COMMON = frozenset(
    (
        "admin",
        "administrator",
        "baseball",
        "changeme",
        "contracting",
        "dragon",
        "football",
        "iloveyou",
        "letmein",
        "master",
        "monkey",
        "navy",
        "pass",
        "password",
        "passwort",
        "princess",
        "procurement",
        "procureflow",
        "qwerty",
        "qwertyuiop",
        "qwertyuiopasdfghjkl",
        "secret",
        "starwars",
        "sunshine",
        "superman",
        "trustno",
        "welcome",
    )
)
"""Nobody's secret, whatever digits and signs stand around it; words of this product too."""


WALKS = (
    "0123456789012",
    "abcdefghijklmnopqrstuvwxyz",
    "qwertyuiop[]",
    "asdfghjkl;'",
    "zxcvbnm,./",
    "!@#$%^&*()",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik,9ol.0p;/",
    "zaq1xsw2cde3vfr4bgt5nhy6mju7",
    "1q2w3e4r5t6y7u8i9o0p",
    "q1w2e3r4t5y6u7i8o9p0",
)
"""Counting, the alphabet, and ways over a keyboard are no secrets either."""
SHORTEST_WALK = 3
NOT_LETTERS = string.digits + string.punctuation + string.whitespace
LOOKALIKES = str.maketrans("@4301!5$7", "aaeoiisst")


def check_new_password(password: str, email: str, field: str = "password") -> None:
    """Refuse a weak password; any characters are fine, length counts. Raises Invalid."""
    problem = ""
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        problem = f"Use {SHORTEST_PASSWORD} to {LONGEST_PASSWORD} characters"
    elif len(set(password)) < FEWEST_CHARACTERS:
        problem = f"Use at least {FEWEST_CHARACTERS} different characters"
    elif _is_common(password) or _is_walk(password.lower()):
        problem = "Use something that is not a common password"
    elif password.lower() in (email.lower(), email.partition("@")[0].lower()):
        problem = "Use something other than the e-mail address"
    if problem:
        raise Invalid.at("body", field, message=problem)


def new_one_time_password() -> str:
    """Random (100 bits), easy to read out, and within the rules for passwords."""
    while True:
        word = "".join(secrets.choice(READABLE) for _ in range(ONE_TIME_CHARACTERS))
        if len(set(word)) >= FEWEST_CHARACTERS:
            return "-".join(word[start : start + 5] for start in range(0, len(word), 5))


def _is_common(password: str) -> bool:
    found = _words(password)
    return not found.isdisjoint(COMMON) or not (found | {password.lower()}).isdisjoint(_leaked())


@cache
def _leaked() -> frozenset[str]:
    """The 30,000 passwords that are found most often in leaks; read when one is first needed."""
    # The library carries no types.
    lists: dict[str, list[str]] = import_module("zxcvbn.frequency_lists").FREQUENCY_LISTS
    return frozenset(lists["passwords"])


def _words(password: str) -> set[str]:
    """The word in a password, without what is put around or in it, as it is meant to be read."""
    text = password.lower()
    inner = text.strip(NOT_LETTERS)
    return {_once(word) for word in (text, text.translate(LOOKALIKES), inner.translate(LOOKALIKES))}


def _once(text: str) -> str:
    """The letters of a text; of a word several times over, one."""
    word = "".join(letter for letter in text if letter.isalpha())
    for size in range(1, len(word) // 2 + 1):
        if word == word[:size] * (len(word) // size):
            return word[:size]
    return word


def _is_walk(password: str) -> bool:
    """Whether it is made of nothing but pieces of walks, forwards or backwards, and repetitions."""
    reached = {0}
    for end in range(SHORTEST_WALK, len(password) + 1):
        starts = (start for start in reached if end - start >= SHORTEST_WALK)
        if any(_is_piece(password[start:end]) for start in starts):
            reached.add(end)
    return len(password) in reached


def _is_piece(text: str) -> bool:
    return len(set(text)) == 1 or any(text in walk or text[::-1] in walk for walk in WALKS)


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a password is right, and what to store instead of an outdated hash."""

    right: bool
    replacement: str | None = None


class Passwords:
    """Hashes and compares passwords on threads, a few at a time, so that no request waits."""

    def __init__(self) -> None:
        self._slots = asyncio.Semaphore(HASHES_AT_ONCE)

    async def hash(self, password: str) -> str:
        async with self._slots:
            return await asyncio.to_thread(hash_password, password)

    async def verify(self, password: str, stored: str | None) -> Verdict:
        """Compare; ``None`` (no such user) takes as long as a wrong password."""
        async with self._slots:
            return Verdict(*await asyncio.to_thread(verify_password, password, stored))


@dataclass(frozen=True, slots=True)
class Claims:
    """Who sent a request, as the token states it; the session's row has the last word."""

    user_id: UUID
    session_id: UUID


class AccessTokens:
    """Issues and reads the short-lived tokens of the API."""

    def __init__(self, key: str, minutes: int) -> None:
        self._key = key
        self._life = timedelta(minutes=minutes)
        self._jwt = jwt.PyJWT(options={"enforce_minimum_key_length": True})

    @property
    def seconds(self) -> int:
        """Life of a token."""
        return int(self._life.total_seconds())

    def issue(self, user_id: UUID, session_id: UUID) -> str:
        now = datetime.now(UTC)
        claims = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": str(user_id),
            "sid": str(session_id),
            "jti": str(uuid4()),
            "iat": now,
            "exp": now + self._life,
        }
        return self._jwt.encode(claims, self._key, ALGORITHM, headers={"typ": TOKEN_TYPE})

    def read(self, token: str) -> Claims:
        """Check a token; raises InvalidToken."""
        try:
            decoded = self._jwt.decode_complete(
                token,
                self._key,
                algorithms=[ALGORITHM],
                issuer=ISSUER,
                audience=AUDIENCE,
                leeway=LEEWAY,
                options={"require": ["iss", "aud", "sub", "sid", "jti", "iat", "exp"]},
            )
            if decoded["header"].get("typ") != TOKEN_TYPE:
                raise InvalidToken
            claims = decoded["payload"]
            return Claims(UUID(claims["sub"]), UUID(claims["sid"]))
        except (jwt.PyJWTError, ValueError, TypeError, AttributeError) as error:
            raise InvalidToken from error
