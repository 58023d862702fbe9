"""A migrated database with the sample people, and small projects of each test's own."""

from collections.abc import AsyncIterator, Awaitable, Callable
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
import pytest_asyncio
import yaml

from activities.records import OpenProject
from db.deadlines import DeadlineStore
from db.intake import Intake, NewProject
from db.projection import Projection
from db.reminders import Reminders
from db.seed import seed
from db.session import Sessions, create_engine, create_sessions
from documents.facts import Facts, parse_facts
from documents.identity import project_workflow_id
from documents.plan import Assignee, Plan, PlannedDocument
from documents.vocabulary import Phase, ProjectType, Sensitivity
from tests.db.office import Keeper
from tests.db.people import COMPTROLLER, MANAGER, OFFICER, SPECIALIST, user_id

SAMPLE = Path(__file__).resolve().parents[2] / "samples" / "alms.yaml"

ProjectMaker = Callable[..., Awaitable[UUID]]


@pytest_asyncio.fixture(scope="session")
async def sessions(database_url: str) -> AsyncIterator[Sessions]:
    engine = create_engine(database_url)
    made = create_sessions(engine)
    await seed(made, production=False)
    yield made
    await engine.dispose()


@pytest.fixture
def projection(sessions: Sessions) -> Projection:
    return Projection(sessions)


@pytest.fixture(scope="session")
def sample() -> dict[str, Any]:
    return yaml.safe_load(SAMPLE.read_text(encoding="utf-8"))


@pytest.fixture(scope="session")
def facts(sample: dict[str, Any]) -> Facts:
    return parse_facts(sample["facts"])


@pytest.fixture
def plan() -> Plan:
    """Two documents: PR with two signatures, then SSN with one."""

    def planned(
        code: str, order: int, drafter: Assignee, approvers: tuple[Assignee, ...], *requires: str
    ) -> PlannedDocument:
        return PlannedDocument(
            code=code,
            title=f"Document {code}",
            category="Requirements",
            phase=Phase.PRE_SOLICITATION,
            order=order,
            sensitivity=Sensitivity.INTERNAL,
            requires=requires,
            drafter=drafter,
            approvers=approvers,
        )

    return Plan(
        title="Test acquisition",
        gatekeeper=OFFICER,
        value_with_options=Decimal("1000000.00"),
        documents=(
            planned("PR", 1, MANAGER, (COMPTROLLER, OFFICER)),
            planned("SSN", 2, SPECIALIST, (OFFICER,), "PR"),
        ),
    )


@pytest.fixture
def new_project(sessions: Sessions, facts: Facts) -> ProjectMaker:
    """Creates a project with accepted facts, not opened yet."""

    async def create(*, auto_draft: bool = False) -> UUID:
        intake = Intake(sessions)
        new = NewProject(name=f"Project {uuid4()}", project_type=ProjectType.RFP)
        project = await intake.create_project(new, user_id(OFFICER))
        await intake.record_facts(project.id, facts, user_id(OFFICER), auto_draft=auto_draft)
        return project.id

    return create


@pytest_asyncio.fixture
async def project(new_project: ProjectMaker, projection: Projection, plan: Plan) -> UUID:
    """A project that is open: team, phases and checklist are there."""
    project_id = await new_project()
    await projection.open_project(
        OpenProject(
            project_id=project_id,
            workflow_id=project_workflow_id(project_id),
            seq=1,
            plan=plan,
            actor=OFFICER.email,
        )
    )
    return project_id


@pytest.fixture
def keeper(sessions: Sessions, project: UUID) -> Keeper:
    return Keeper(DeadlineStore(sessions), project)


@pytest.fixture
def reminders(sessions: Sessions) -> Reminders:
    return Reminders(sessions)
