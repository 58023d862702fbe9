"""The second reader: remarks cost points, block nothing, and are missed when it is away."""

import json
from dataclasses import dataclass
from typing import Any

import pytest

from ai_agents.llm_reviewer import LONGEST_REMARK, MOST_REMARKS, ModelReader
from ai_agents.provider import ModelConnection
from ai_agents.reviewer import BEST, Reviewer, Rule
from documents.catalog import BY_CODE, DocumentType
from documents.computed import Computed, Package
from documents.facts import Facts, Records
from tests.ai_agents.kept import Kept
from tests.ai_agents.model_stub import ModelStub, Reply
from tests.documents.acquisitions import alms, text_of


@dataclass(frozen=True)
class Stated:
    facts: Facts
    records: Records
    package: Package

    def computed(self) -> Computed:
        return alms()


@pytest.fixture
def reviewer(connection: ModelConnection) -> Reviewer:
    return Reviewer(ModelReader(connection))


def file() -> Stated:
    return Stated(alms().facts, alms().records, {})


def row(code: str) -> DocumentType:
    return BY_CODE[code]


def remarks(*found: tuple[str, int]) -> Reply:
    listed: list[dict[str, Any]] = [
        {"section": "Need", "remark": remark, "weight": weight} for remark, weight in found
    ]
    return Reply(raw=json.dumps({"remarks": listed}))


async def test_remarks_lower_the_score_and_never_block(stub: ModelStub, reviewer: Reviewer) -> None:
    text = text_of("PR", alms())
    alone = await Reviewer().review(file(), row("PR"), text)
    stub.replies = [remarks(("Nobody can measure the second duty.", 5), ("Too long.", 1))]
    both = await reviewer.review(file(), row("PR"), text)
    assert both.score == alone.score - 6
    assert not both.blocks
    opinions = [finding for finding in both.findings if finding.rule is Rule.OPINION]
    assert [finding.message for finding in opinions] == [
        "Need: Nobody can measure the second duty.",
        "Need: Too long.",
    ]
    assert text in stub.prompts[0]


async def test_the_gravest_opinion_leaves_a_sound_draft_usable(
    stub: ModelStub, reviewer: Reviewer
) -> None:
    many = [(f"Remark {number} " + "x" * 900, 5) for number in range(40)]
    stub.replies = [remarks(*many)]
    found = await reviewer.review(file(), row("PR"), text_of("PR", alms()))
    opinions = [finding for finding in found.findings if finding.rule is Rule.OPINION]
    assert len(opinions) == MOST_REMARKS
    assert all(len(finding.message) <= LONGEST_REMARK + len("Need: ") for finding in opinions)
    assert (found.blocks, found.score) == (False, BEST // 2)


@pytest.mark.parametrize(
    "reply",
    [
        Reply(status=429),
        Reply(status=500),
        Reply(status=401),
        Reply(raw="Certainly! It reads well."),
        Reply(raw='{"remarks": [{"section": "Need", "remark": "x", "weight": 99}]}'),
        Reply(delay_seconds=6),
    ],
    ids=["429", "500", "401", "chatter", "wrong weight", "slow"],
)
async def test_a_reader_who_is_away_or_cannot_be_understood_is_told_of_and_costs_nothing(
    stub: ModelStub, reviewer: Reviewer, reply: Reply
) -> None:
    text, kept = text_of("PR", alms()), Kept()
    stub.replies = [reply]
    found = await reviewer.review(file(), row("PR"), text, calls=kept)
    alone = await Reviewer().review(file(), row("PR"), text)
    *others, away = found.findings
    assert tuple(others) == alone.findings
    assert away.message.startswith("the second reader has not read it: ")
    assert (found.score, found.blocks) == (alone.score, alone.blocks)
    assert found.sentences == alone.sentences, "no writer can do anything about it"
    assert len(stub.prompts) == 1
    assert [call.prompt for call in kept.calls.values()] == stub.prompts
    assert [call.answer for call in kept.calls.values()] == [reply.raw or ""]


async def test_what_a_reader_was_asked_is_kept_and_not_asked_again(
    stub: ModelStub, reviewer: Reviewer
) -> None:
    text, kept = text_of("PR", alms()), Kept()
    stub.replies = [remarks(("Nobody can measure it \0.", 5))]
    first, again = [await reviewer.review(file(), row("PR"), text, calls=kept) for _ in range(2)]
    assert first == again
    assert first.findings[-1].message == "Need: Nobody can measure it \N{REPLACEMENT CHARACTER}."
    assert len(stub.prompts) == 1
    (call,) = kept.calls.values()
    assert (call.input_tokens, call.output_tokens) == (1200, 300)


@pytest.mark.parametrize("code", ["SSP", "SSEB", "SSDD", "UNS", "SF26"])
async def test_what_is_source_selection_or_comes_from_an_offer_is_not_shown(
    stub: ModelStub, reviewer: Reviewer, code: str
) -> None:
    await reviewer.review(file(), row(code), text_of(code, alms()))
    assert stub.prompts == [], f"{code} was shown to a model"


async def test_a_draft_that_blocks_anyway_is_not_paid_for(
    stub: ModelStub, reviewer: Reviewer
) -> None:
    broken = text_of("PR", alms()) + "\nThe name is TBD.\n"
    assert (await reviewer.review(file(), row("PR"), broken)).blocks
    assert stub.prompts == []
