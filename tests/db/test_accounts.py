import asyncio
from collections.abc import Callable
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
import pytest_asyncio
from sqlalchemy import text

from db.accounts import Accounts, EmailTaken
from db.passwords import hash_password, verify_password
from db.session import Sessions, transaction
from db.sign_ins import RefreshRefused, SignIns
from documents.vocabulary import Role

DAY = timedelta(days=1)


@pytest.fixture
def accounts(sessions: Sessions) -> Accounts:
    return Accounts(sessions)


@pytest.fixture
def sign_ins(sessions: Sessions) -> SignIns:
    return SignIns(sessions)


@pytest_asyncio.fixture
async def user(accounts: Accounts) -> UUID:
    made = await accounts.create(
        email=f"{uuid4()}@Navy.mil", name="Somebody", hashed_password="x", role=Role.VIEWER
    )
    return made.id


@pytest.fixture
def later(sessions: Sessions) -> Callable[[UUID], object]:
    """Moves the tokens of a session beyond the seconds in which two tabs may collide."""

    async def move(session_id: UUID) -> None:
        async with transaction(sessions) as session:
            await session.execute(
                text(
                    "UPDATE refresh_tokens SET used_at = used_at - interval '1 minute' "
                    "WHERE session_id = :id"
                ),
                {"id": session_id},
            )

    return move


async def test_an_address_has_one_account_whatever_its_case(accounts: Accounts) -> None:
    name = f"{uuid4()}"
    await accounts.create(
        email=f"{name}@navy.mil", name="First", hashed_password="x", role=Role.VIEWER
    )
    with pytest.raises(EmailTaken):
        await accounts.create(
            email=f"{name}@NAVY.mil", name="Second", hashed_password="x", role=Role.VIEWER
        )
    found = await accounts.by_email(f"{name.upper()}@navy.mil")
    assert found is not None
    assert found.name == "First"


async def test_refreshing_gives_a_new_token_and_never_a_longer_session(
    sign_ins: SignIns, user: UUID
) -> None:
    first = await sign_ins.open_session(user, DAY)
    second = await sign_ins.refresh(first.token)
    assert second.token != first.token
    assert (second.session_id, second.expires_at) == (first.session_id, first.expires_at)


async def test_a_token_that_comes_back_later_ends_the_whole_session(
    sign_ins: SignIns, user: UUID, later: Callable[[UUID], "asyncio.Future[None]"]
) -> None:
    first = await sign_ins.open_session(user, DAY)
    second = await sign_ins.refresh(first.token)
    await later(first.session_id)
    with pytest.raises(RefreshRefused):
        await sign_ins.refresh(first.token)
    assert await sign_ins.signed_in(first.session_id) is None, "the revocation was rolled back"
    with pytest.raises(RefreshRefused):
        await sign_ins.refresh(second.token)


async def test_two_tabs_that_refresh_together_both_stay_signed_in(
    sign_ins: SignIns, user: UUID
) -> None:
    first = await sign_ins.open_session(user, DAY)
    answers = await asyncio.gather(sign_ins.refresh(first.token), sign_ins.refresh(first.token))
    assert answers[0] == answers[1], "one chain, which a thief's copy cannot leave unnoticed"
    assert await sign_ins.signed_in(first.session_id) is not None


async def test_an_answer_that_was_lost_is_given_again_and_goes_on(
    sign_ins: SignIns, user: UUID, later: Callable[[UUID], "asyncio.Future[None]"]
) -> None:
    first = await sign_ins.open_session(user, DAY)
    lost = await sign_ins.refresh(first.token)
    again = await sign_ins.refresh(first.token)
    assert again == lost
    third = await sign_ins.refresh(again.token)
    assert len({first.token, lost.token, third.token}) == 3
    await later(first.session_id)
    with pytest.raises(RefreshRefused):
        await sign_ins.refresh(lost.token)


async def test_a_stolen_token_is_noticed_at_once_when_its_owner_has_gone_on(
    sign_ins: SignIns, user: UUID
) -> None:
    first = await sign_ins.open_session(user, DAY)
    second = await sign_ins.refresh(first.token)
    await sign_ins.refresh(second.token)
    with pytest.raises(RefreshRefused):
        await sign_ins.refresh(first.token)
    assert await sign_ins.signed_in(first.session_id) is None


async def test_sign_out_deactivation_and_a_new_role_end_sessions_at_once(
    accounts: Accounts, sign_ins: SignIns, user: UUID
) -> None:
    opened = [await sign_ins.open_session(user, DAY) for _ in range(2)]
    await sign_ins.close_session(opened[0].session_id)
    assert await sign_ins.signed_in(opened[0].session_id) is None
    assert await sign_ins.signed_in(opened[1].session_id) is not None
    await accounts.change(user, None, role=Role.APPROVER)
    assert await sign_ins.signed_in(opened[1].session_id) is None


async def test_a_socket_ticket_opens_one_socket(sign_ins: SignIns, user: UUID) -> None:
    opened = await sign_ins.open_session(user, DAY)
    ticket = await sign_ins.issue_ticket(opened.session_id)
    claims = await asyncio.gather(*(sign_ins.claim_ticket(ticket) for _ in range(3)))
    assert sorted(claim is not None for claim in claims) == [False, False, True]


async def test_wrong_passwords_make_an_account_wait_longer_and_longer(
    accounts: Accounts, user: UUID
) -> None:
    waits = [await accounts.note_failure(user) for _ in range(7)]
    assert waits[:4] == [None] * 4, "the first mistakes are free"
    sixth, seventh = waits[5], waits[6]
    assert sixth is not None
    assert seventh is not None
    assert seventh > sixth
    await accounts.note_success(user)
    assert await accounts.note_failure(user) is None


def test_a_stored_value_that_is_no_hash_is_a_wrong_password() -> None:
    assert verify_password("password123", "no hash") == (False, None)
    assert verify_password("password123", None) == (False, None)
    assert verify_password("password123", hash_password("password123")) == (True, None)
