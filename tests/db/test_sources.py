"""Sources: passages are found by words, in their own project alone, and never in a proposal."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import insert, select, text
from sqlalchemy.exc import IntegrityError

from db.audit import verify
from db.models import AuditLog, ProjectSource, SourcePassage
from db.session import Sessions, transaction
from db.sources import AlreadyASource, GroundsNothing, NewSource, Sources
from documents.passages import Passage
from documents.vocabulary import Sensitivity, SourceKind
from tests.db.conftest import ProjectMaker
from tests.db.people import MANAGER, user_id

SURVEY = (
    Passage("page 1", "Seven firms answered the survey on handheld inventory software."),
    Passage("page 2", "Maintenance of the software costs about $40,000 in a year."),
    Passage("page 3", "The weather in Norfolk was fine."),
)
EVERY = tuple(SourceKind)


def source(project_id: UUID, **changes: Any) -> NewSource:
    stated: dict[str, Any] = {
        "id": uuid4(),
        "project_id": project_id,
        "kind": SourceKind.MARKET_RESEARCH,
        "sensitivity": Sensitivity.INTERNAL,
        "file_name": "survey.pdf",
        "media_type": "application/pdf",
        "sha256": uuid4().hex * 2,
        "size": 10,
        "notes": None,
        "uploaded_by": user_id(MANAGER),
    }
    return NewSource(**(stated | changes))


async def places(found: Sequence[Any]) -> list[str]:
    return [row.passage.place for row in found]


async def test_passages_are_found_by_their_words_whatever_their_ending(
    sessions: Sessions, new_project: ProjectMaker
) -> None:
    stored, project = Sources(sessions), await new_project()
    view = await stored.add(source(project), SURVEY)
    assert (view.source.passages, view.uploader.email) == (3, MANAGER.email)
    assert await places(await stored.search(project, "firm answering", 10)) == ["page 1"]
    assert await places(await stored.search(project, "software -survey", 10)) == ["page 2"]
    assert await places(await stored.search(project, '"fine weather"', 10)) == []
    both = await places(await stored.search(project, "weather or maintenance", 1))
    assert len(both) == 1, "the limit holds"
    for odd in ("", "\0", "-", "'); DROP TABLE users; --", "& | !", "the of and"):
        assert await stored.search(project, odd, 10) == ()


async def test_a_draft_is_given_what_has_to_do_with_its_sections(
    sessions: Sessions, new_project: ProjectMaker
) -> None:
    stored, project = Sources(sessions), await new_project()
    await stored.add(source(project), SURVEY)
    about = ("Survey of the market: firms", "Software maintenance and upkeep or others")
    found = await stored.grounding(project, about, EVERY, 8)
    assert {row.place for row in found} == {"page 1", "page 2"}
    assert found[0].source == "survey.pdf"
    assert await stored.grounding(project, about, (SourceKind.REFERENCE,), 8) == ()
    assert await stored.grounding(project, ("7", "!"), EVERY, 8) == ()


async def test_a_passage_is_found_in_its_own_project_only(
    sessions: Sessions, new_project: ProjectMaker
) -> None:
    stored, mine, theirs = Sources(sessions), await new_project(), await new_project()
    added = await stored.add(source(theirs), SURVEY)
    assert await stored.search(mine, "software", 10) == ()
    assert await stored.grounding(mine, ("software",), EVERY, 8) == ()
    assert await stored.of_project(mine) == ()
    assert await stored.get(mine, added.source.id) is None
    assert not await stored.remove(mine, added.source.id, user_id(MANAGER))
    assert len(await stored.search(theirs, "software", 10)) == 2


@pytest.mark.parametrize(
    "secret",
    [
        {"kind": SourceKind.PROPOSAL, "sensitivity": Sensitivity.SOURCE_SELECTION},
        {"sensitivity": Sensitivity.SOURCE_SELECTION},
    ],
    ids=["proposal", "source selection"],
)
async def test_a_proposal_has_no_passages_and_is_never_found(
    sessions: Sessions, new_project: ProjectMaker, secret: dict[str, Any]
) -> None:
    stored, project = Sources(sessions), await new_project()
    new = source(project, **secret)
    with pytest.raises(GroundsNothing):
        await stored.add(new, SURVEY)
    assert await stored.of_project(project) == ()
    await stored.add(new, ())
    # Even if somebody writes a passage past the code, no search shows it.
    async with transaction(sessions) as session:
        await session.execute(
            insert(SourcePassage).values(
                source_id=new.id, number=1, place="page 1", text="Our software costs $1."
            )
        )
    assert await stored.search(project, "software", 10) == ()
    assert await stored.grounding(project, ("software",), EVERY, 8) == ()


async def test_the_database_takes_no_proposal_that_everybody_could_see(
    sessions: Sessions, new_project: ProjectMaker
) -> None:
    project = await new_project()
    with pytest.raises(IntegrityError, match="proposals_are_secret"):
        await Sources(sessions).add(source(project, kind=SourceKind.PROPOSAL), ())


async def test_adding_twice_is_once_and_the_same_bytes_are_one_source(
    sessions: Sessions, new_project: ProjectMaker
) -> None:
    stored, project, other = Sources(sessions), await new_project(), await new_project()
    new = source(project)
    first, again = await stored.add(new, SURVEY), await stored.add(new, SURVEY)
    assert first.source.id == again.source.id
    assert len(await stored.of_project(project)) == 1
    with pytest.raises(AlreadyASource):
        await stored.add(source(project, sha256=new.sha256), SURVEY)
    await stored.add(source(other, sha256=new.sha256), SURVEY)
    assert len(await stored.search(project, "software", 10)) == 2


async def test_a_removed_source_is_found_no_more_and_the_log_knows_both(
    sessions: Sessions, new_project: ProjectMaker
) -> None:
    stored, project = Sources(sessions), await new_project()
    added = await stored.add(source(project), SURVEY)
    assert await stored.remove(project, added.source.id, user_id(MANAGER))
    assert not await stored.remove(project, added.source.id, user_id(MANAGER))
    assert await stored.search(project, "software", 10) == ()
    async with sessions() as session:
        left = await session.scalar(
            select(ProjectSource.id).where(ProjectSource.id == added.source.id)
        )
        logged = await session.scalars(
            select(AuditLog.action).where(
                AuditLog.project_id == project, AuditLog.action.startswith("source_")
            )
        )
        assert left is None
        assert sorted(logged) == ["source_added", "source_removed"]
    assert not (await verify(sessions)).breaks


async def test_the_search_uses_the_index(sessions: Sessions) -> None:
    async with sessions() as session:
        await session.execute(text("SET LOCAL enable_seqscan = off"))
        rows = await session.scalars(
            text(
                "EXPLAIN SELECT 1 FROM source_passages "
                "WHERE words @@ websearch_to_tsquery('english', 'software')"
            )
        )
        assert "ix_source_passages_words" in "\n".join(rows)
