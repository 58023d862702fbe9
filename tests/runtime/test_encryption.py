"""Payloads are unreadable without their key, and keys can be changed without losing anything."""

import pytest
from temporalio.api.common.v1 import Payload
from temporalio.api.failure.v1 import Failure
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.exceptions import ApplicationError

from runtime.encryption import (
    ENCODING,
    EncryptionCodec,
    InvalidKeyRing,
    KeyRing,
    UnreadablePayload,
    data_converter,
)

OLD, NEW = "an-old-secret-of-enough-characters", "a-new-secret-of-enough-characters-"
SECRET = "58,294,575.84"


async def test_a_payload_hides_its_content_and_comes_back_the_same() -> None:
    converter = data_converter(KeyRing({"new": NEW}))
    [stored] = await converter.encode([{"total": SECRET}])
    assert SECRET.encode() not in stored.SerializeToString()
    assert stored.metadata["encoding"] == ENCODING
    assert await converter.decode([stored]) == [{"total": SECRET}]


async def test_the_same_content_never_looks_the_same_twice() -> None:
    converter = data_converter(KeyRing({"new": NEW}))
    first, second = await converter.encode([SECRET, SECRET])
    assert first.data != second.data


async def test_after_a_change_of_keys_old_payloads_are_still_read() -> None:
    [stored] = await data_converter(KeyRing({"old": OLD})).encode([SECRET])
    both = data_converter(KeyRing({"new": NEW, "old": OLD}))
    assert await both.decode([stored]) == [SECRET]
    [fresh] = await both.encode([SECRET])
    assert fresh.metadata["encryption-key-id"] == b"new"


async def test_after_encryption_is_switched_off_old_payloads_are_still_read() -> None:
    [stored] = await data_converter(KeyRing({"old": OLD})).encode([SECRET])
    off = data_converter(KeyRing({"old": OLD}, encrypts=False))
    assert await off.decode([stored]) == [SECRET]
    assert await off.encode([SECRET]) == await pydantic_data_converter.encode([SECRET])
    failure = Failure()
    await off.encode_failure(ApplicationError(f"the total is {SECRET}"), failure)
    assert SECRET in failure.message, "failures are in clear, too"


async def test_what_was_stored_in_clear_text_is_still_read() -> None:
    stored = await pydantic_data_converter.encode([SECRET])
    assert await data_converter(KeyRing({"new": NEW})).decode(stored) == [SECRET]


async def test_a_missing_key_is_named() -> None:
    [stored] = await data_converter(KeyRing({"old": OLD})).encode([SECRET])
    with pytest.raises(UnreadablePayload, match=r"key 'old', and the ring holds new"):
        await EncryptionCodec(KeyRing({"new": NEW})).decode([stored])


@pytest.mark.parametrize("place", [0, 12, -1])
async def test_a_changed_payload_is_refused(place: int) -> None:
    codec = EncryptionCodec(KeyRing({"new": NEW}))
    [stored] = await codec.encode([Payload(data=b"content")])
    changed = bytearray(stored.data)
    changed[place] ^= 1
    stored.data = bytes(changed)
    with pytest.raises(UnreadablePayload, match="it was changed"):
        await codec.decode([stored])


async def test_a_payload_cannot_be_passed_off_as_one_of_another_key() -> None:
    codec = EncryptionCodec(KeyRing({"new": NEW, "twin": NEW}))
    [stored] = await codec.encode([Payload(data=b"content")])
    stored.metadata["encryption-key-id"] = b"twin"
    with pytest.raises(UnreadablePayload):
        await codec.decode([stored])


async def test_the_text_of_a_failure_is_encrypted_too() -> None:
    converter = data_converter(KeyRing({"new": NEW}))
    failure = Failure()
    await converter.encode_failure(ApplicationError(f"the total is {SECRET}"), failure)
    assert SECRET.encode() not in failure.SerializeToString()
    assert SECRET in str(await converter.decode_failure(failure))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "it is empty"),
        ("no-colon", "name:secret"),
        ("a:short", "at least 32 characters"),
        (f"A B:{NEW}", "names no key"),
        (f"a:{NEW},a:{OLD}", "two keys are named a"),
    ],
)
def test_a_ring_that_cannot_work_is_refused_with_the_remedy(text: str, words: str) -> None:
    with pytest.raises(InvalidKeyRing, match=words):
        KeyRing.parse(text)


def test_a_ring_is_read_newest_first() -> None:
    assert KeyRing.parse(f"2026-11:{NEW}, 2026-05:{OLD}").newest == "2026-11"
