"""The sample people of ``samples/people.yaml``, who share a published password.

The sample project is not inserted here: it is a running workflow, so `make up` and the demo create
it through the API, as anybody would. Seeding twice changes nothing.
"""

import asyncio
from pathlib import Path
from uuid import NAMESPACE_DNS, uuid5

import yaml
from pydantic import BaseModel, ConfigDict, TypeAdapter
from sqlalchemy.dialects.postgresql import insert

from db.models import User
from db.passwords import hash_password
from db.session import Sessions, transaction
from documents.vocabulary import Role

PEOPLE = Path(__file__).resolve().parent.parent / "samples" / "people.yaml"
SAMPLE_PASSWORD = "password123"


class SeedingRefused(RuntimeError):
    """Sample people have a published password, so they have no place in production."""


class SamplePerson(BaseModel):
    """One line of the file; what else it says is for readers."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    email: str
    name: str
    role: Role
    department: str | None = None


def sample_people(path: Path = PEOPLE) -> tuple[SamplePerson, ...]:
    document = yaml.safe_load(path.read_text(encoding="utf-8"))
    return TypeAdapter(tuple[SamplePerson, ...]).validate_python(document)


async def seed(sessions: Sessions, *, production: bool, path: Path = PEOPLE) -> int:
    """Add the sample people who are missing and return how many; existing ones stay as they are.

    Raises:
        SeedingRefused: this is a production installation.
    """
    if production:
        raise SeedingRefused("sample people have a published password: not in production")
    people = await asyncio.to_thread(sample_people, path)
    # One hash serves them all: the password is no secret.
    hashed = await asyncio.to_thread(hash_password, SAMPLE_PASSWORD)
    rows = [
        {
            "id": uuid5(NAMESPACE_DNS, person.email),
            "email": person.email,
            "name": person.name,
            "hashed_password": hashed,
            "role": person.role,
            "department": person.department,
        }
        for person in people
    ]
    async with transaction(sessions) as session:
        added = await session.scalars(
            insert(User).values(rows).on_conflict_do_nothing().returning(User.id)
        )
        return len(added.all())
