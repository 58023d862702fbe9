"""Source selection information reaches nobody outside the team, on no path (FAR 3.104-4)."""

import asyncio
import io
import json
import zipfile
from collections.abc import Mapping
from typing import Any
from uuid import UUID

import pytest_asyncio
from sqlalchemy import ColumnElement, or_, select

from activities.records import TransitionDecided
from api.checks import HIDDEN, SECRET_GATES, Disclosure
from api.main import ROUTES
from api.policy import policies
from db.gates import GateStore
from db.models import Notification, OutboxMessage, ProjectMember, User
from db.projection import Event, Projection, Writing
from db.session import transaction
from documents.catalog import BY_CODE
from documents.identity import transition_id
from documents.vocabulary import Phase
from rules.checks import Finding, Severity
from rules.gates import GATES, Unmet
from runtime.settings import Settings
from tests.api.acquisition import create, facts, project_with_deadlines, socket
from tests.api.conftest import ADMIN, OFFICER, SPECIALIST, VIEWER, Client, SignIn
from tests.api.team import (
    INTERNAL,
    OPEN_FINDING,
    SECRET,
    SECRET_FINDINGS,
    SECRET_NAME,
    Sample,
    database,
    gate_requested,
    sample_project,
)
from tests.api.test_matrix import ids_of, url
from tests.db import people
from tests.db.entries import DUE, decided
from tests.waiting import until

LAST_WORDS = "That is all"
FOUND = ("Meridian", "8,123,456.00", "7,654,321.00", "7,700,000.00")
"""What the secret findings of the gate say."""
EVERYTHING, ALLOWED = [OPEN_FINDING, *SECRET_FINDINGS], [OPEN_FINDING, HIDDEN]
"""What the team and what outsiders read of the gate."""
OUTSIDERS = (VIEWER, ADMIN, SPECIALIST)
"""A viewer, an administrator and the officer who created the project; none is on its team."""


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def sample(settings: Settings, anybody: Client) -> Sample:
    return await sample_project(settings)


def secrets_of(sample: Sample) -> tuple[str, ...]:
    """Words that only somebody who sees the document can know."""
    document = str(sample.documents[SECRET])
    return (SECRET_NAME, document, f"{SECRET} 1 text", f"document/{SECRET}/", *FOUND)


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


async def test_an_outsider_reads_what_a_gate_has_found_in_visible_documents(
    sample: Sample, sign_in: SignIn
) -> None:
    history = f"/api/projects/{sample.project}/transition-history"
    ask = f"/api/phases/{sample.phase}/request-transition"
    for email, found in ((OFFICER, EVERYTHING), *((email, ALLOWED) for email in OUTSIDERS)):
        client = await sign_in(email)
        (request,) = (await client.get(history)).json()["transitions"]
        results = {"can_transition": False, "blocking_issues": found, "warnings": found}
        assert request["validation_results"] == results, email
        if email != VIEWER:
            asked = (await client.post(ask)).json()["transition_request"]
            assert asked["validation_results"] == results, email
        if email in (OFFICER, ADMIN):
            pending = (await client.get("/api/phase-transitions/pending")).json()
            (mine,) = (it for it in pending["pending_transitions"] if it["id"] == request["id"])
            assert mine["validation_results"] == results, email


async def test_an_outsider_reads_no_more_once_documents_are_approved_and_the_gate_is_decided(
    settings: Settings, anybody: Client, sign_in: SignIn
) -> None:
    sample = await sample_project(settings)
    officer, viewer = await sign_in(OFFICER), await sign_in(VIEWER)
    comments = "Meridian offers less than what the estimate says."
    async with database(settings) as sessions:
        projection = Projection(sessions)
        for code, signer in ((INTERNAL, people.COMPTROLLER), (SECRET, people.OFFICER)):
            decision = decided(sample.project, 1, signer.email, code=code)
            await projection.record_decision(decision, DUE)
        path = f"/api/phases/{sample.phase}/validate-transition"
        anew = [issue for issue in EVERYTHING if not issue.startswith("G9.1 ")]
        assert (await officer.get(path)).json()["blocking_issues"] == anew
        assert (await viewer.get(path)).json()["blocking_issues"] == ALLOWED
        asked = gate_requested(sample.project)
        refused = TransitionDecided(
            **asked.model_dump(include={"project_id", "workflow_id", "phase", "round"}),
            seq=2,
            actor=people.OFFICER.email,
            approved=False,
            comments=comments,
        )
        await projection.decide_transition(refused)
    path = f"/api/projects/{sample.project}/transition-history"
    for client, said in ((officer, comments), (viewer, HIDDEN)):
        (request,) = (await client.get(path)).json()["transitions"]
        assert request["gatekeeper_comments"] == said, "an answer may quote what was found"


async def test_a_gatekeeper_who_has_left_the_team_is_refused_without_the_findings(
    settings: Settings, anybody: Client, sign_in: SignIn
) -> None:
    sample = await sample_project(settings)
    async with database(settings) as sessions:
        entry = gate_requested(sample.project, 2, people.SPECIALIST)
        await Projection(sessions).request_transition(entry)
    gate = transition_id(sample.project, Phase.PRE_SOLICITATION, 2)
    client = await sign_in(SPECIALIST)
    answer = await client.post(f"/api/phase-transitions/{gate}/approve")
    assert (answer.status_code, answer.json()["code"]) == (403, "NotTheGatekeeper")
    assert not [word for word in FOUND if word in answer.text]


async def test_a_reason_for_secret_warnings_is_for_the_team(
    workers: None, settings: Settings, sign_in: SignIn
) -> None:
    project = await project_with_deadlines(sign_in)
    async with database(settings) as sessions:
        store = GateStore(sessions)
        async with sessions() as session:
            by = await session.get_one(User, people.user_id(people.OFFICER))
        for warning in EVERYTHING:
            await store.waive(
                UUID(project), "G12", warning.split()[0], [warning], "It may stay", by
            )
    path = f"/api/projects/{project}/gates"
    for email, number in ((OFFICER, len(EVERYTHING)), (VIEWER, 1)):
        answer = await (await sign_in(email)).get(path)
        assert len(answer.json()["waivers"]) == number, email
    assert answer.json()["waivers"][0]["warnings"] == [OPEN_FINDING]


def test_a_finding_is_for_who_sees_its_document() -> None:
    for code in BY_CODE:
        finding = Finding(check="X30", severity=Severity.BLOCKS, document=code, message="is wrong.")
        assert Disclosure(frozenset({code})).allows(finding.sentence), code
        assert not Disclosure(frozenset(BY_CODE) - {code}).allows(finding.sentence), code


def test_a_condition_is_for_everybody_unless_its_gate_is_secret() -> None:
    for gate in GATES:
        unmet = Unmet(id=f"{gate.id}.1", severity=Severity.WARNS, text="Not approved.", remedy="")
        assert Disclosure().allows(unmet.sentence) is (gate.id not in SECRET_GATES), gate.id


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
    for secret in secrets_of(sample):
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


def quotes_it(text: ColumnElement[str]) -> ColumnElement[bool]:
    return or_(*(text.contains(words) for words in (SECRET_NAME, *FOUND)))


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
                    quotes_it(Notification.title + Notification.message),
                )
            )
        )
        mailed = set(
            await session.scalars(
                select(User.id)
                .join(OutboxMessage, OutboxMessage.recipient == User.email)
                .where(quotes_it(OutboxMessage.subject + OutboxMessage.message))
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
