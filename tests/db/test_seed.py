import pytest
from sqlalchemy import func, select

from db.accounts import Accounts
from db.intake import Intake
from db.models import User
from db.passwords import verify_password
from db.seed import SAMPLE_PASSWORD, SeedingRefused, sample_people, seed, seed_project
from db.session import Sessions
from tests.db.people import OFFICER


async def test_seeding_again_adds_nobody_and_changes_nothing(sessions: Sessions) -> None:
    before = await Accounts(sessions).by_email(OFFICER.email)
    assert await seed(sessions, production=False) == 0
    assert before is not None
    after = await Accounts(sessions).by_email(OFFICER.email)
    assert after is not None
    assert after.hashed_password == before.hashed_password
    assert verify_password(SAMPLE_PASSWORD, after.hashed_password) == (True, None)


async def test_production_is_never_seeded(sessions: Sessions) -> None:
    query = select(func.count()).select_from(User)
    async with sessions() as session:
        before = await session.scalar(query)
    with pytest.raises(SeedingRefused):
        await seed(sessions, production=True)
    async with sessions() as session:
        assert await session.scalar(query) == before


def test_every_sample_person_has_an_address_of_their_own() -> None:
    emails = [person.email for person in sample_people()]
    assert len(emails) == len(set(emails)) > 10


async def test_a_sample_project_is_stored_once_and_waits_for_its_workflow(
    sessions: Sessions,
) -> None:
    assert await seed_project(sessions, "alms", production=False)
    assert not await seed_project(sessions, "alms", production=False)
    waiting = await Intake(sessions).unstarted()
    assert len(waiting) == len(set(waiting)) >= 1


async def test_an_unknown_sample_is_refused_by_name(sessions: Sessions) -> None:
    with pytest.raises(SeedingRefused, match="no sample 'atlantis'"):
        await seed_project(sessions, "atlantis", production=False)
