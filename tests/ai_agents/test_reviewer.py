"""The review of a draft: what blocks, what costs points, and that standard text passes."""

from dataclasses import dataclass
from functools import cache

import pytest

from ai_agents.reviewer import BEST, Finding, Review, Rule, review
from documents.catalog import CATALOG
from documents.computed import Computed, Package
from documents.facts import Facts, Records
from documents.guidance import guidance_for, parse_guidance
from documents.package_facts import package_facts
from documents.quotations import Quotation
from rules.checks import PackageFacts
from tests.documents.acquisitions import alms, text_of

GUIDANCE = parse_guidance("PWS", "# Scope\n<!-- What. -->\n\nText.\n\n# Tasks\n<!-- How. -->\n\nX.")
CLEAN = "# Scope\n\nThe work serves the fleet.\n\n# Tasks\n\nThe Contractor shall keep records.\n"


@dataclass(frozen=True)
class Stated:
    """The sample as it is stated, without approved documents."""

    facts: Facts
    records: Records
    package: Package

    def computed(self) -> Computed:
        return alms()


@cache
def facts() -> PackageFacts:
    return package_facts(Stated(alms().facts, alms().records, {}))


def reviewed(tasks: str) -> Review:
    content = CLEAN.replace("The Contractor shall keep records.", tasks)
    return review(GUIDANCE, content, facts(), "internal")


def test_a_clean_draft_gets_the_best_score() -> None:
    found = review(GUIDANCE, CLEAN, facts(), "internal")
    assert (found.score, found.blocks, found.findings) == (BEST, False, ())


@pytest.mark.parametrize("code", [row.code for row in CATALOG if row.required(alms())])
def test_the_standard_text_of_every_document_passes(code: str) -> None:
    text = text_of(code, alms())
    found = review(guidance_for(code), text, facts(), "internal", standard=text)
    assert not found.blocks, found.sentences
    assert found.score >= 90, found.sentences


@pytest.mark.parametrize(
    ("tasks", "words"),
    [
        ("The estimate is $58,294,575.85.", "$58,294,575.85 is not an amount"),
        ("Award follows on 3 May 2031.", "2031-05-03 is not a date"),
        ("It is 73.4% done.", "73.4 % is not a percentage"),
        ("See contract N0010427C9999.", "N0010427C9999"),
        ("See contract W56KGU-25-R-0042.", "W56KGU-25-R-0042"),
        ("This follows FAR 15.999-9.", "15.999-9"),
        ("The name is TBD.", "'TBD' stands in the text"),
        ("[insert the name]", "stands in the text"),
        ("| a | |\n|---|---|\n| b | |", "a table has an empty cell"),
    ],
)
def test_what_no_fact_supports_blocks_a_draft(tasks: str, words: str) -> None:
    found = reviewed(tasks)
    assert found.blocks
    assert any(words in sentence for sentence in found.sentences), found.sentences


def test_missing_and_empty_sections_block() -> None:
    assert review(GUIDANCE, "# Scope\n\nText.\n").blocks
    empty = review(GUIDANCE, "# Scope\n\nText.\n\n# Tasks\n\n")
    assert empty.sentences == ("section 'Tasks' is empty: write it",)


def test_vague_duties_and_heavy_sentences_cost_points_and_do_not_block() -> None:
    vague = reviewed("The Contractor shall provide support as needed.")
    assert {finding.rule for finding in vague.findings} == {Rule.WORDING}
    heavy = reviewed(f"The Contractor {'shall keep records and ' * 20} stop.")
    assert {finding.rule for finding in heavy.findings} == {Rule.READING}
    for found in (vague, heavy):
        assert not found.blocks
        assert 50 <= found.score < BEST


def test_a_draft_that_blocks_never_scores_above_one_that_does_not() -> None:
    blocked = Review((Finding(Rule.TRACE, "x", blocks=True, weight=0),))
    poor = Review(tuple(Finding(Rule.READING, str(number)) for number in range(200)))
    assert blocked.score <= poor.score
    assert poor.score == BEST // 2


def test_the_gravest_findings_come_first() -> None:
    found = Review(
        (
            Finding(Rule.READING, "light", weight=1),
            Finding(Rule.WORDING, "graver"),
            Finding(Rule.TRACE, "gravest", blocks=True),
        )
    )
    assert found.sentences == ("gravest", "graver", "light")


def test_a_passage_of_a_source_answers_for_its_own_figures_word_for_word() -> None:
    passage = Quotation("survey.pdf", "page 2", "It costs $41,234.56, or 17.3 % more [insert].")
    found = review(
        GUIDANCE,
        CLEAN.replace("The Contractor shall keep records.", passage.markdown),
        facts(),
        "internal",
        (passage,),
    )
    assert not found.blocks, found.sentences
    changed = passage.markdown.replace("41,234.56", "41,234.57")
    for other in (changed, f"{passage.markdown}\n\nIt costs $41,234.56."):
        content = CLEAN.replace("The Contractor shall keep records.", other)
        blocked = review(GUIDANCE, content, facts(), "internal", (passage,))
        assert blocked.blocks, "only the passage itself, and nothing like it"
