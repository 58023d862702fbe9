"""Codes of an authenticator (RFC 6238), recovery codes, and how their secret is stored."""

import base64
import os
import secrets
import time
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from pyotp.exceptions import OTPVerificationError
from pyotp.totp import TOTP

ISSUER = "Procureflow"
DIGITS = 6
PERIOD_SECONDS = 30
DRIFT_STEPS = 1
"""Steps before and after the present one whose code is taken: clocks differ (RFC 6238, 5.2)."""
RECOVERY_CODES = 10
RECOVERY_BYTES = 15
"""120 bits: as many as a plain hash can keep safe, and 24 letters and digits without padding."""
GROUP = 4

_VERSION = b"\x01"
_NONCE_BYTES = 12


class Unreadable(RuntimeError):
    """What was sealed was sealed with another key or for somebody else, or was changed."""


class Seal:
    """Encrypts secrets for the database with AES-256-GCM; each is readable for one person only."""

    def __init__(self, key: str) -> None:
        derived = HKDF(SHA256(), 32, salt=None, info=b"procureflow second factor")
        self._cipher = AESGCM(derived.derive(key.encode()))

    def close(self, secret: str, owner: UUID) -> bytes:
        nonce = os.urandom(_NONCE_BYTES)
        return _VERSION + nonce + self._cipher.encrypt(nonce, secret.encode(), owner.bytes)

    def open(self, sealed: bytes, owner: UUID) -> str:
        """Raises Unreadable."""
        version, nonce, text = sealed[:1], sealed[1 : 1 + _NONCE_BYTES], sealed[1 + _NONCE_BYTES :]
        if version != _VERSION:
            raise Unreadable("sealed in an unknown way")
        try:
            return self._cipher.decrypt(nonce, text, owner.bytes).decode()
        except (InvalidTag, ValueError) as error:
            raise Unreadable("sealed with another key") from error


def new_secret() -> str:
    """160 random bits, in base32 as authenticators take it."""
    return base64.b32encode(secrets.token_bytes(20)).decode()


def address_of_secret(secret: str, email: str) -> str:
    """The ``otpauth://`` address that an authenticator reads from a QR code."""
    return _authenticator(secret).provisioning_uri(name=email, issuer_name=ISSUER)


def step_of(secret: str, code: str, at: float | None = None) -> int | None:
    """The time step whose code this is, by the server's clock; ``None`` when it is wrong.

    ``at``: seconds since 1970, instead of now.
    """
    moment = time.time() if at is None else at
    try:
        return _authenticator(secret).verify_and_get_timecode(
            code, for_time=moment, valid_window=DRIFT_STEPS
        )
    except OTPVerificationError:
        return None


def is_time_code(code: str) -> bool:
    """Whether it looks like a code of an authenticator rather than a recovery code."""
    return len(code) == DIGITS and code.isascii() and code.isdigit()


def new_recovery_codes() -> tuple[str, ...]:
    """Codes as people read them, such as ``ABCD-EFGH-...``."""
    return tuple(_grouped(_random_word()) for _ in range(RECOVERY_CODES))


def plain(code: str) -> str:
    """A code without what people put between its characters, in capitals."""
    return "".join(code.split()).replace("-", "").upper()


def _random_word() -> str:
    return base64.b32encode(secrets.token_bytes(RECOVERY_BYTES)).decode()


def _grouped(word: str) -> str:
    return "-".join(word[start : start + GROUP] for start in range(0, len(word), GROUP))


def _authenticator(secret: str) -> TOTP:
    return TOTP(secret, digits=DIGITS, interval=PERIOD_SECONDS)
