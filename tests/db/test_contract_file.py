from typing import Any
from uuid import UUID, uuid4

import pytest

from db.contract_file import ContractFiles, NoFacts
from db.intake import Intake
from db.models import RecordedKind
from db.projection import Projection
from db.session import Sessions
from documents.facts import InvalidFacts
from documents.plan import Plan
from tests.db.conftest import ProjectMaker
from tests.db.entries import DUE, approvals_requested, changed, decided, docx_hash
from tests.db.people import COMPTROLLER, OFFICER, user_id


async def test_equal_files_are_parsed_and_computed_once(
    sessions: Sessions, new_project: ProjectMaker
) -> None:
    files = ContractFiles(sessions)
    first, second = await files.read(await new_project()), await files.read(await new_project())
    assert first.facts is second.facts
    assert first.computed() is second.computed()


async def test_a_project_without_a_package_has_no_file(sessions: Sessions) -> None:
    with pytest.raises(NoFacts):
        await ContractFiles(sessions).read(uuid4())


async def test_the_newest_record_of_a_kind_counts_even_when_it_was_stated_before(
    sessions: Sessions, project: UUID, sample: dict[str, Any]
) -> None:
    files, intake = ContractFiles(sessions), Intake(sessions)
    first: dict[str, Any] = sample["records"]["questions"]
    second = {"questions": first["questions"][:1]}
    officer = user_id(OFFICER)
    for statement, body in (("1", first), ("2", second), ("2", second), ("3", first)):
        await intake.record(project, RecordedKind.QUESTIONS, body, officer, statement)
        stated = (await files.read(project)).records.questions
        assert stated is not None
        assert len(stated.questions) == len(body["questions"])
    waiting = [row.kind for row in await intake.unannounced() if row.project_id == project]
    assert waiting == [RecordedKind.QUESTIONS, RecordedKind.QUESTIONS]


async def test_a_record_that_contradicts_the_facts_is_refused_when_it_is_used(
    sessions: Sessions, project: UUID
) -> None:
    await Intake(sessions).record(
        project, RecordedKind.QUESTIONS, {"questions": "none"}, user_id(OFFICER), "1"
    )
    with pytest.raises(InvalidFacts, match="questions"):
        await ContractFiles(sessions).read(project)


async def test_only_approved_documents_are_part_of_the_package(
    sessions: Sessions, project: UUID, projection: Projection, plan: Plan
) -> None:
    files = ContractFiles(sessions)
    await projection.request_approvals(approvals_requested(project, plan), DUE)
    await projection.record_decision(decided(project, 1, COMPTROLLER.email), DUE)
    assert dict((await files.read(project)).package) == {}
    await projection.record_decision(decided(project, 2, OFFICER.email), DUE)
    file = await files.read(project)
    assert (file.package["PR"].version, file.package["PR"].pages) == (1, 3)
    assert file.package["PR"].date == file.facts.milestones.package_accepted
    (version,) = await files.approved_versions(project)
    assert version.docx_sha256 == docx_hash("PR", 1)
    assert [(sign.position, sign.person) for sign in version.approvals] == [
        (COMPTROLLER.position, COMPTROLLER.name),
        (OFFICER.position, OFFICER.name),
    ]
    await projection.change_document(changed(project, version=2))
    assert dict((await files.read(project)).package) == {}, "a new version is being drafted"


async def test_a_crash_between_intake_and_start_leaves_the_project_to_be_found(
    sessions: Sessions, new_project: ProjectMaker, project: UUID
) -> None:
    waiting = await new_project()
    found = await Intake(sessions).unstarted()
    assert waiting in found
    assert project not in found
