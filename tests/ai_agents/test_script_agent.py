"""Functions of the user as agents: what they return is used, what goes wrong has a name."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import psutil
import pytest

from ai_agents.agent import AgentRefused, Brief
from ai_agents.script_agent import ScriptAgent, ScriptFailed, ScriptLimits
from documents.catalog import BY_CODE
from documents.compose import compose
from documents.context import context
from documents.guidance import guidance_for
from documents.quotations import Quotation
from tests.ai_agents.kept import Kept
from tests.documents.acquisitions import alms
from tests.waiting import until

SCRIPTS = Path(__file__).parent / "scripts"
SAMPLES = Path(__file__).parents[2] / "samples" / "agents"


@cache
def facts() -> Mapping[str, Any]:
    return context(alms(), BY_CODE["PWS"], {}, 1)


def brief(feedback: tuple[str, ...] = ()) -> Brief:
    guidance = guidance_for("PWS")
    return Brief(document=BY_CODE["PWS"], guidance=guidance, context=facts(), feedback=feedback)


def script(name: str, **limits: Any) -> ScriptAgent:
    return ScriptAgent(f"misbehaving:{name}", [SCRIPTS], ScriptLimits(**limits))


async def test_the_example_drafts_a_work_statement() -> None:
    agent = ScriptAgent("pws_agent:generate_pws", [SAMPLES])
    draft = await agent.draft(brief(feedback=("Name the users.",)))
    text = compose(draft.sections, facts())
    assert "Advanced Logistics Management System (ALMS) serves these areas of work" in text
    assert "- Inventory" in text, "the areas of the requirements are listed"
    assert "Reviewers asked: Name the users." in text
    assert "Government-furnished property" in text, "sections it leaves out keep standard text"
    assert [section.title for section in draft.sections] == [
        section.title for section in guidance_for("PWS").sections
    ]
    assert draft.agent == "script pws_agent:generate_pws"
    assert "Standard text stands in 'Applicable documents'" in draft.note


async def test_markdown_is_sorted_by_its_headings_and_what_is_printed_is_kept() -> None:
    draft = await script("markdown").draft(brief())
    scope = draft.sections[0].markdown
    assert scope.startswith("The scope.\n\n## Extra part\n\nMore.")
    assert "drafting 22 requirements" in draft.calls[0].answer


async def test_an_async_function_with_one_parameter_is_told_everything() -> None:
    draft = await script("slow_but_fine").draft(brief())
    assert draft.sections[0].markdown.startswith("Written for Performance Work Statement.")


async def test_template_code_of_a_script_is_printed_and_never_run() -> None:
    draft = await script("template_code").draft(brief())
    text = compose(draft.sections[:1], facts())
    assert "{% for x in offers %}" in text


@pytest.mark.parametrize(
    ("name", "heading"),
    [
        (
            "code_in_a_title",
            "## Offers of {% for o in offers.offers %}{{ o.name }} {% endfor %}at {title}",
        ),
        ("code_in_a_heading", "## Offers of {{ offers.offers[0].name }} at {title}"),
    ],
)
async def test_template_code_in_a_heading_is_printed_and_never_run(name: str, heading: str) -> None:
    draft = await script(name).draft(brief())
    told = {**facts(), "offers": alms().records.offers}
    text = compose(draft.sections[:1], told)
    printed = heading.replace("{title}", "Advanced Logistics Management System (ALMS)")
    assert f"\n{printed}\n\nAs known." in text


async def test_a_function_may_quote_a_passage_word_for_word() -> None:
    passage = Quotation("survey_[1].pdf", "page 2", "1. It costs $40,000 {{ or }} *more*.")
    draft = await script("quotes").draft(replace(brief(), sources=(passage,)))
    assert passage.markdown in compose(draft.sections, facts())


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("raises", "raised RuntimeError: the requirements are missing"),
        ("returns_a_number", "returned int: return Markdown"),
        ("returns_nothing", "returned NoneType"),
        ("returns_too_much", "more than 500,000 bytes"),
        ("takes_all_memory", "it needs more than 1024 MB"),
        ("exits", "ended with code 3 and no result"),
        ("absent", "raised AttributeError"),
        ("half_a_character", "cannot be read as text: .* surrogates not allowed"),
        ("raises_half_a_character", "raised RuntimeError: a\N{REPLACEMENT CHARACTER}b.c"),
        ("writes_its_own_outcome", "cannot be read as text: Expecting value"),
        ("writes_another_outcome", "cannot be read as text: it is no outcome"),
    ],
)
async def test_what_goes_wrong_in_a_function_is_told_in_words(name: str, words: str) -> None:
    with pytest.raises(ScriptFailed, match=words):
        await script(name, memory_mb=1024).draft(brief())


async def test_a_failed_call_is_kept_with_what_the_function_was_told_and_printed() -> None:
    kept = Kept()
    with pytest.raises(ScriptFailed):
        await script("raises").draft(replace(brief(), calls=kept))
    (call,) = kept.calls.values()
    assert (call.model, call.answer) == ("misbehaving:raises", "about to fail\n")
    assert '"code": "PWS"' in call.prompt


async def test_a_module_that_is_not_there_is_named() -> None:
    with pytest.raises(ScriptFailed, match="No module named 'nowhere'"):
        await ScriptAgent("nowhere:draft").draft(brief())


def test_a_target_that_names_no_function_is_refused_at_once() -> None:
    with pytest.raises(AgentRefused, match=r"write package\.module:function"):
        ScriptAgent("scripts/pws_agent.py")


@pytest.mark.parametrize("by", ["timeout", "cancellation"])
async def test_a_function_that_hangs_ends_with_everything_it_started(
    by: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    note = tmp_path / "child"
    monkeypatch.setenv("NOTE", str(note))
    agent = script(
        "hangs_with_a_child", seconds=20 if by == "timeout" else 60, environment=("NOTE",)
    )
    drafting = asyncio.create_task(agent.draft(brief()))

    async def child() -> str:
        return note.read_text() if note.exists() else ""

    pid = int(await until(child, bool))
    if by == "timeout":
        with pytest.raises(ScriptFailed, match=r"took longer than 20 s"):
            await drafting
    else:
        drafting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await drafting

    async def gone() -> bool:
        return not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE

    await until(gone, bool)


async def test_a_function_sees_only_the_environment_that_it_is_given(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SECRET_KEY", "hidden")
    monkeypatch.setenv("MY_TOKEN", "given")
    draft = await script("environment", environment=("MY_TOKEN",)).draft(brief())
    names = draft.sections[0].markdown
    assert "MY_TOKEN" in names
    assert "SECRET_KEY" not in names
