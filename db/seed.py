"""The sample people of ``samples/people.yaml``, who share a published password, and their project.

A sample project is stored as an accepted requirements package; the API hands it to its workflow as
it does with every package whose start was interrupted. Seeding twice changes nothing.
"""

import asyncio
from pathlib import Path
from uuid import NAMESPACE_DNS, uuid5

import yaml
from pydantic import BaseModel, ConfigDict, TypeAdapter
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from db.intake import Intake, NewProject
from db.models import Project, User
from db.passwords import hash_password
from db.session import Sessions, transaction
from documents.facts import parse_facts
from documents.vocabulary import Position, Role

SAMPLES = Path(__file__).resolve().parent.parent / "samples"
PEOPLE = SAMPLES / "people.yaml"
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
    positions: tuple[Position, ...] = ()


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
            "positions": list(person.positions),
        }
        for person in people
    ]
    async with transaction(sessions) as session:
        added = await session.scalars(
            insert(User).values(rows).on_conflict_do_nothing().returning(User.id)
        )
        return len(added.all())


async def seed_project(sessions: Sessions, name: str, *, production: bool) -> bool:
    """Store ``samples/<name>.yaml`` as an accepted package; False when it is there already.

    Its people have to be seeded before.

    Raises:
        SeedingRefused: this is a production installation, or there is no such sample.
        InvalidFacts: the sample does not fit the schema.
    """
    if production:
        raise SeedingRefused("sample projects are for trying things out: not in production")
    path = SAMPLES / f"{name}.yaml"
    if not path.is_file():
        raise SeedingRefused(f"there is no sample {name!r} in samples/")
    facts = parse_facts(yaml.safe_load(path.read_text(encoding="utf-8"))["facts"])
    project_id = uuid5(NAMESPACE_DNS, f"{name}.sample")
    async with sessions() as session:
        if await session.get(Project, project_id) is not None:
            return False
        people = {user.email: user.id for user in await session.scalars(select(User))}
    officer = people[facts.people[Position.CONTRACTING_OFFICER].email]
    intake = Intake(sessions)
    new = NewProject(
        name=facts.project.title,
        description=facts.project.need,
        project_type=facts.project.project_type,
        contracting_officer_id=officer,
        program_manager_id=people.get(facts.people[Position.PROGRAM_MANAGER].email),
    )
    await intake.create_project(new, officer, project_id)
    await intake.record_facts(project_id, facts, officer, auto_draft=True)
    return True
