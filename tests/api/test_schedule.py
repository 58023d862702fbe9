"""The schedule of a project as data and picture, and its public part as open data."""

from datetime import UTC, datetime
from xml.etree import ElementTree

import jsonschema_rs
import pytest_asyncio
from sqlalchemy import update

from db.intake import Intake
from db.models import DocumentUpload, ProjectDocument, RecordedKind
from documents.facts import parse_facts
from runtime.settings import Settings
from tests.api.acquisition import facts
from tests.api.conftest import OFFICER, VIEWER, Client, SignIn
from tests.api.team import INTERNAL, SECRET_NAME, Sample, database, sample_project
from tests.db.people import SPECIALIST, user_id
from tests.documents.ocds_schema import RECORD_PACKAGE


async def _with_facts(settings: Settings) -> Sample:
    sample = await sample_project(settings)
    async with database(settings) as sessions:
        await Intake(sessions).record(
            sample.project,
            RecordedKind.FACTS,
            parse_facts(facts()).model_dump(mode="json"),
            user_id(SPECIALIST),
            statement="accepted",
        )
    return sample


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def sample(settings: Settings, anybody: Client) -> Sample:
    return await _with_facts(settings)


async def test_the_schedule_says_what_each_gate_has_to_spare(
    sample: Sample, sign_in: SignIn
) -> None:
    answer = await (await sign_in(VIEWER)).get(f"/api/projects/{sample.project}/schedule")
    assert answer.status_code == 200, answer.text
    laid_out = answer.json()
    assert (laid_out["palt"], laid_out["margin"], laid_out["problems"]) == (170, 162, [])
    response = next(step for step in laid_out["steps"] if step["rule"] == "D03")
    assert (response["calendar_days"], response["least"], response["slack"]) == (45, 30, 15)
    closing = next(row for row in laid_out["milestones"] if row["name"] == "closing")
    assert (closing["gate"], closing["planned"], closing["latest"]) == (
        "G6",
        "2027-04-30",
        "2027-08-31",
    )


async def test_a_recorded_day_takes_the_place_of_the_planned_one(
    settings: Settings, sign_in: SignIn
) -> None:
    sample = await _with_facts(settings)
    officer = await sign_in(OFFICER)
    path = f"/api/projects/{sample.project}"
    answer = await officer.post(
        f"{path}/milestones", json={"event": "presolicitation_published", "day": "2026-11-02"}
    )
    assert answer.status_code == 200, answer.text
    laid_out = (await officer.get(f"{path}/schedule")).json()
    notice = next(
        row for row in laid_out["milestones"] if row["name"] == "presolicitation_published"
    )
    assert (notice["planned"], notice["recorded"]) == ("2026-11-02", True)
    assert [row["name"] for row in laid_out["milestones"] if row["recorded"]] == [notice["name"]]


async def test_the_picture_is_an_svg_that_no_cache_shares(sample: Sample, sign_in: SignIn) -> None:
    answer = await (await sign_in(VIEWER)).get(f"/api/projects/{sample.project}/schedule.svg")
    assert answer.status_code == 200, answer.text
    assert answer.headers["Content-Type"] == "image/svg+xml"
    assert "private" in answer.headers["Cache-Control"]
    assert ElementTree.fromstring(answer.text).get("role") == "img"


async def test_without_a_package_there_is_no_schedule(settings: Settings, sign_in: SignIn) -> None:
    bare = await sample_project(settings)
    officer = await sign_in(OFFICER)
    for path in ("schedule", "schedule.svg", "ocds"):
        answer = await officer.get(f"/api/projects/{bare.project}/{path}")
        assert (answer.status_code, answer.json()["code"]) == (409, "PackageNotAccepted"), path


async def test_open_data_begin_with_the_first_notice_and_never_name_a_secret(
    settings: Settings, sign_in: SignIn
) -> None:
    sample = await _with_facts(settings)
    officer = await sign_in(OFFICER)
    path = f"/api/projects/{sample.project}/ocds"
    before = await officer.get(path)
    assert (before.status_code, before.json()["code"]) == (409, "NothingPublished")
    async with database(settings) as sessions, sessions.begin() as session:
        await session.execute(
            update(ProjectDocument)
            .where(ProjectDocument.id == sample.documents[INTERNAL])
            .values(code="PSN", document_name="Pre-Solicitation Notice")
        )
        for upload in sample.uploads.values():
            await session.execute(
                update(DocumentUpload)
                .where(DocumentUpload.id == upload)
                .values(approved_at=datetime(2027, 3, 1, 12, tzinfo=UTC))
            )
    answer = await officer.get(path)
    assert answer.status_code == 200, answer.text
    package = answer.json()
    assert jsonschema_rs.is_valid(RECORD_PACKAGE, package), package
    (record,) = package["records"]
    assert [release["tag"] for release in record["releases"]] == [["planning"]]
    assert [row["id"] for row in record["releases"][0]["planning"]["documents"]] == ["PSN"]
    assert package["uri"].endswith(path)
    assert SECRET_NAME not in answer.text, "it is approved as well, and the officer may see it"
