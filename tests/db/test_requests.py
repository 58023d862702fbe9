"""Counting attempts and remembering answers, with many callers at once."""

import asyncio
from datetime import timedelta
from hashlib import sha256
from uuid import uuid4

import pytest
from sqlalchemy import text

from db.requests import (
    ABANDONED,
    FREE_FAILURES,
    RENEWED,
    Answer,
    Attempts,
    KeyedRequests,
    KeyReused,
    StillWorking,
)
from db.session import Sessions, transaction
from tests.db.people import OFFICER, user_id

WORK = sha256(b"work").hexdigest()
OTHER = sha256(b"other").hexdigest()


async def age(sessions: Sessions, key: str) -> None:
    """As if the request had been claimed two minutes ago."""
    async with transaction(sessions) as session:
        await session.execute(
            text(
                "UPDATE idempotent_requests SET claimed_at = now() - interval '2 min' "
                "WHERE key = :key"
            ),
            {"key": key},
        )


async def test_of_many_sign_ins_at_once_only_the_free_ones_reach_the_password(
    sessions: Sessions,
) -> None:
    attempts, email = Attempts(sessions), f"a{uuid4().hex}@navy.mil"
    begun = asyncio.get_running_loop().time()
    waits = await asyncio.gather(*(attempts.at_account(email) for _ in range(40)))
    elapsed = asyncio.get_running_loop().time() - begun
    more = waits.count(None) - FREE_FAILURES
    assert more >= 0
    assert 2**more - 1 <= elapsed, "each further one has waited 1, 2, 4 ... seconds"
    await attempts.succeeded(email)
    assert await attempts.at_account(email.upper()) is None, "the right person gets in later"


async def test_the_wait_of_an_account_doubles(sessions: Sessions) -> None:
    attempts, email = Attempts(sessions), f"b{uuid4().hex}@navy.mil"
    seconds: list[float] = []
    for _ in range(FREE_FAILURES + 2):
        await attempts.at_account(email)
        await attempts.failed(email)
        wait = await attempts.at_account(email)
        seconds.append(wait.total_seconds() if wait else 0)
        async with transaction(sessions) as session:
            await session.execute(
                text("UPDATE attempt_counts SET blocked_until = now() WHERE key = :key"),
                {"key": f"login/account/{email}"},
            )
    assert max(seconds) <= 15 * 60
    assert sorted(seconds) == seconds, "it never gets shorter"
    assert seconds[0] == 0
    assert seconds[-1] > 4


async def test_more_attempts_than_an_address_has_wait_for_the_minute_to_end(
    sessions: Sessions,
) -> None:
    attempts, address = Attempts(sessions), f"192.0.2.{uuid4().hex}"
    waits = await asyncio.gather(*(attempts.by_source("login", address, 3) for _ in range(10)))
    assert waits.count(None) == 3
    assert all(0 < wait.total_seconds() <= 60 for wait in waits if wait is not None)
    assert await attempts.by_source("login", f"{address}0", 3) is None, "others are not affected"
    async with transaction(sessions) as session:
        await session.execute(
            text("UPDATE attempt_counts SET since = since - interval '61 s' WHERE key = :key"),
            {"key": f"login/source/{address}"},
        )
    assert await attempts.by_source("login", address, 3) is None, "the next minute is new"


async def test_one_of_many_requests_with_a_key_is_carried_out(sessions: Sessions) -> None:
    requests, key, officer = KeyedRequests(sessions), str(uuid4()), user_id(OFFICER)
    claims = await asyncio.gather(
        *(requests.claim(officer, key, WORK) for _ in range(10)), return_exceptions=True
    )
    assert claims.count(None) == 1
    assert sum(isinstance(claim, StillWorking) for claim in claims) == 9
    answer = Answer(200, "application/json", b"{}")
    await requests.answer(officer, key, answer)
    assert await requests.claim(officer, key, WORK) == answer
    with pytest.raises(KeyReused):
        await requests.claim(officer, key, OTHER)


async def test_a_request_that_did_nothing_gives_its_key_back(sessions: Sessions) -> None:
    requests, key, officer = KeyedRequests(sessions), str(uuid4()), user_id(OFFICER)
    assert await requests.claim(officer, key, WORK) is None
    await requests.release(officer, key)
    assert await requests.claim(officer, key, OTHER) is None


async def test_a_request_whose_process_died_may_be_repeated(sessions: Sessions) -> None:
    requests, key, officer = KeyedRequests(sessions), str(uuid4()), user_id(OFFICER)
    assert await requests.claim(officer, key, WORK) is None
    await age(sessions, key)
    with pytest.raises(KeyReused):
        await requests.claim(officer, key, OTHER)
    assert await requests.claim(officer, key, WORK) is None


async def test_a_request_that_is_worked_on_for_long_stays_claimed(sessions: Sessions) -> None:
    requests, key, officer = KeyedRequests(sessions), str(uuid4()), user_id(OFFICER)
    assert await requests.claim(officer, key, WORK) is None
    await age(sessions, key)
    await requests.renew(officer, key)
    with pytest.raises(StillWorking):
        await requests.claim(officer, key, WORK)


def test_a_request_is_renewed_several_times_before_it_counts_as_abandoned() -> None:
    assert ABANDONED >= 3 * RENEWED, "one slow renewal must not hand a live request to another"
    assert timedelta(seconds=15) >= ABANDONED, "a person waits so long when the API has died"
