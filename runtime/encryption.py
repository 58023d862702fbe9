"""Encryption of what Temporal stores: AES-256-GCM with named keys, so that keys can be changed.

The first key encrypts; every key of the ring decrypts. Rotate by putting a new key first and keep
the old one as long as Temporal keeps histories that were written with it. What was stored in clear
text before is still read. Ids, search attributes and workflow details are not payloads: they never
hold anything sensitive.
"""

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from temporalio.api.common.v1 import Payload
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.converter import (
    DataConverter,
    DefaultFailureConverterWithEncodedAttributes,
    PayloadCodec,
)

ENCODING = b"binary/encrypted"
"""What the Temporal Web UI takes as encrypted: it then asks its codec endpoint."""
KEY_ID = "encryption-key-id"
SHORTEST_KEY = 32
_NONCE_BYTES = 12
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,30}")


class UnreadablePayload(RuntimeError):
    """A payload was encrypted with a key that the ring lacks, or it was changed."""


class InvalidKeyRing(ValueError):
    """The setting does not name keys as ``name:secret``."""


class KeyRing:
    """Keys by name, the newest first."""

    def __init__(self, secrets: Mapping[str, str], *, encrypts: bool = True) -> None:
        """Without ``encrypts`` it only reads what was encrypted before. Raises InvalidKeyRing."""
        if not secrets:
            raise InvalidKeyRing("it is empty: write name:secret, the newest first")
        for name, secret in secrets.items():
            if not _NAME.fullmatch(name):
                raise InvalidKeyRing(
                    f"{name!r} names no key: use lower-case letters, digits and hyphens"
                )
            if len(secret) < SHORTEST_KEY:
                raise InvalidKeyRing(f"key {name} needs at least {SHORTEST_KEY} characters")
        self.encrypts = encrypts
        self.newest = next(iter(secrets))
        self._ciphers = {name: AESGCM(_derived(secret)) for name, secret in secrets.items()}

    @classmethod
    def parse(cls, text: str, *, encrypts: bool = True) -> Self:
        """Read ``2026-11:secret,2026-05:older secret``; raises InvalidKeyRing."""
        secrets: dict[str, str] = {}
        for part in filter(None, map(str.strip, text.split(","))):
            name, colon, secret = part.partition(":")
            if not colon:
                raise InvalidKeyRing(
                    "a key is written as name:secret, keys are separated by commas"
                )
            if name in secrets:
                raise InvalidKeyRing(f"two keys are named {name}")
            secrets[name] = secret
        return cls(secrets, encrypts=encrypts)

    def cipher(self, name: str) -> AESGCM:
        """Raises UnreadablePayload for a key that is not on the ring."""
        try:
            return self._ciphers[name]
        except KeyError:
            known = ", ".join(self._ciphers)
            raise UnreadablePayload(
                f"it was encrypted with key {name!r}, and the ring holds {known}: "
                "add the key to PAYLOAD_KEYS"
            ) from None


class EncryptionCodec(PayloadCodec):
    """Encrypts every payload if the ring does; reads encrypted ones and those in clear text."""

    def __init__(self, keys: KeyRing) -> None:
        self._keys = keys

    async def encode(self, payloads: Sequence[Payload]) -> list[Payload]:
        return [self._encrypted(one) for one in payloads] if self._keys.encrypts else [*payloads]

    async def decode(self, payloads: Sequence[Payload]) -> list[Payload]:
        """Raises UnreadablePayload."""
        return [self._decrypted(payload) for payload in payloads]

    def _encrypted(self, payload: Payload) -> Payload:
        name = self._keys.newest
        nonce = os.urandom(_NONCE_BYTES)
        text = self._keys.cipher(name).encrypt(nonce, payload.SerializeToString(), name.encode())
        return Payload(metadata={"encoding": ENCODING, KEY_ID: name.encode()}, data=nonce + text)

    def _decrypted(self, payload: Payload) -> Payload:
        if payload.metadata.get("encoding") != ENCODING:
            return payload
        name = payload.metadata.get(KEY_ID, b"").decode(errors="replace")
        nonce, text = payload.data[:_NONCE_BYTES], payload.data[_NONCE_BYTES:]
        try:
            clear = self._keys.cipher(name).decrypt(nonce, text, name.encode())
        except (InvalidTag, ValueError) as error:
            raise UnreadablePayload(f"it does not fit key {name!r}: it was changed") from error
        return Payload.FromString(clear)


def data_converter(keys: KeyRing | None) -> DataConverter:
    """How messages become payloads; with keys also encrypted, the texts of failures included."""
    if keys is None:
        return pydantic_data_converter
    converter = replace(pydantic_data_converter, payload_codec=EncryptionCodec(keys))
    if not keys.encrypts:
        return converter
    return replace(converter, failure_converter_class=DefaultFailureConverterWithEncodedAttributes)


def _derived(secret: str) -> bytes:
    return HKDF(SHA256(), 32, salt=None, info=b"procureflow payloads").derive(secret.encode())
