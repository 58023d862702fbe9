"""Source selection information reaches nobody outside the team, on no path (FAR 3.104-4)."""

import asyncio
import io
import json
import zipfile
from collections.abc import Mapping
from typing import Any

import pytest_asyncio
from sqlalchemy import select

from api.main import ROUTES
from api.policy import policies
from db.models import Notification, OutboxMessage, ProjectMember, User
from db.projection import Event, Writing
from db.session import transaction
from runtime.settings import Settings
from tests.api.acquisition import create, facts, socket
from tests.api.conftest import ADMIN, OFFICER, SPECIALIST, VIEWER, Client, SignIn
from tests.api.team import INTERNAL, SECRET, SECRET_NAME, Sample, database, sample_project
from tests.api.test_matrix import ids_of, url
from tests.waiting import until

LAST_WORDS = "That is all"
OUTSIDERS = (VIEWER, ADMIN, SPECIALIST)
"""A viewer, an administrator and the officer who created the project; none is on its team."""


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def sample(settings: Settings, anybody: Client) -> Sample:
    return await sample_project(settings)


def secrets_of(sample: Sample) -> tuple[str, ...]:
    """Words that only somebody who sees the document can know."""
    return (SECRET_NAME, str(sample.documents[SECRET]), f"{SECRET} 1 text", f"document/{SECRET}/")


async def test_no_answer_to_an_outsider_holds_it(sample: Sample, sign_in: SignIn) -> None:
    reading = [p for p in policies(m.router for m in ROUTES) if p.method == "GET"]
    for email in OUTSIDERS:
        client = await sign_in(email)
        for policy in reading:
            answer = await client.get(url(policy, ids_of(sample, INTERNAL)))
            for secret in secrets_of(sample):
                assert secret not in answer.text, f"{policy.path} as {email} holds {secret!r}"


async def test_the_team_reads_it(sample: Sample, sign_in: SignIn) -> None:
    """Otherwise the test above would prove nothing."""
    officer = await sign_in(OFFICER)
    listed = await officer.get(f"/api/projects/{sample.project}/documents")
    assert SECRET_NAME in listed.text
    assert f"{SECRET} 1 text" in listed.text
    file = await officer.get(f"/api/uploads/{sample.uploads[SECRET]}/pdf")
    assert file.content == f"{SECRET} 1 pdf".encode()


async def test_a_gate_counts_it_without_naming_it(sample: Sample, sign_in: SignIn) -> None:
    path = f"/api/phases/{sample.phase}/validate-transition"
    seen = (await (await sign_in(VIEWER)).get(path)).json()
    assert len(seen["blocking_issues"]) == 2, "both documents are missing"
    assert SECRET_NAME not in json.dumps(seen)


async def test_the_socket_of_an_outsider_stays_silent_about_it(
    sample: Sample, sign_in: SignIn, settings: Settings
) -> None:
    async with database(settings) as sessions, transaction(sessions) as session:
        writing = await Writing.begin(session, sample.project)
        await writing.publish("test", "last", Event("progress", {"message": LAST_WORDS}))

    async def heard_by(email: str) -> list[Mapping[str, Any]]:
        heard: list[Mapping[str, Any]] = []
        async with socket(await sign_in(email), str(sample.project)) as opened:
            while not heard or heard[-1].get("message") != LAST_WORDS:
                heard.append(json.loads(await opened.recv()))
        return heard[:-1]

    viewer, officer = await asyncio.gather(heard_by(VIEWER), heard_by(OFFICER))
    assert SECRET_NAME in json.dumps(officer) or SECRET in json.dumps(officer)
    assert viewer, "what is not secret arrives"
    for secret in (SECRET_NAME, str(sample.documents[SECRET]), f"document/{SECRET}/"):
        assert secret not in json.dumps(viewer)


async def test_an_export_leaves_it_out_or_refuses(sample: Sample, sign_in: SignIn) -> None:
    form = {"document_ids": [str(key) for key in sample.documents.values()], "format": "docx"}
    path = f"/api/projects/{sample.project}/export-generated-batch"

    def parts(content: bytes) -> bytes:
        with zipfile.ZipFile(io.BytesIO(content)) as package:
            names = "\n".join(package.namelist()).encode()
            return names + b"".join(package.read(name) for name in package.namelist())

    team = await (await sign_in(OFFICER)).post(path, json=form)
    assert team.status_code == 200, team.text
    assert f"{SECRET} 1 docx".encode() in parts(team.content)
    for email in OUTSIDERS:
        answer = await (await sign_in(email)).post(path, json=form)
        if answer.status_code == 200:
            assert SECRET.encode() not in parts(answer.content), email
        else:
            assert answer.status_code in (403, 404), f"{email}: {answer.text}"
            assert SECRET_NAME not in answer.text


async def test_messages_and_mail_about_it_go_to_the_team(
    sample: Sample, settings: Settings
) -> None:
    async with database(settings) as sessions, sessions() as session:
        team = set(
            await session.scalars(
                select(ProjectMember.user_id).where(ProjectMember.project_id == sample.project)
            )
        )
        told = set(
            await session.scalars(
                select(Notification.user_id).where(
                    Notification.project_id == sample.project,
                    (Notification.title + Notification.message).contains(SECRET_NAME),
                )
            )
        )
        mailed = set(
            await session.scalars(
                select(User.id)
                .join(OutboxMessage, OutboxMessage.recipient == User.email)
                .where((OutboxMessage.subject + OutboxMessage.message).contains(SECRET_NAME))
            )
        )
    assert told, "the signer is asked"
    assert told <= team
    assert mailed <= team


async def test_the_estimate_of_a_package_is_for_the_team_alone(
    workers: None, sign_in: SignIn
) -> None:
    officer, viewer = await sign_in(OFFICER), await sign_in(VIEWER)
    project = await create(officer, facts=facts())
    for route in ("facts", "records"):
        address = f"/api/projects/{project['id']}/{route}"

        async def for_the_team(address: str = address) -> str:
            return (await officer.get(address)).text

        await until(for_the_team, lambda text: "labour_escalation" in text)
        seen = await viewer.get(address)
        assert seen.status_code == 200, seen.text
        assert "requirements" in seen.text
        assert "labour_escalation" not in seen.text, f"{route} shows how the price was estimated"
