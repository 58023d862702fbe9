"""Who drafts what, as settings and installed packages say; the recipe of the README included."""

import re
import shutil
import sys
from collections.abc import Mapping
from functools import cache
from importlib import invalidate_caches
from pathlib import Path
from typing import Any

import pytest

from ai_agents.agent import AgentRefused, Brief
from ai_agents.registry import AgentRegistry, UnknownAgent
from documents.catalog import BY_CODE
from documents.compose import compose
from documents.context import context
from documents.guidance import guidance_for
from runtime.settings import ModelProvider, Settings
from tests.documents.acquisitions import alms
from worker.agents import Agents

ROOT = Path(__file__).parents[2]
MODULE = """
from ai_agents.agent import Draft
from documents.compose import DraftSection


def write(requirements):
    return {"Scope": f"A function wrote this about {len(requirements)} requirements."}


class Writer:
    name = "writer"
    refines = False

    async def draft(self, brief):
        sections = [DraftSection(s.title, "A class wrote this.") for s in brief.guidance.sections]
        return Draft(sections=tuple(sections), agent=self.name)
"""
POINTS = """[procureflow.agents]
by-function = outside_agents:write
by-class = outside_agents:Writer
"""


@cache
def facts() -> Mapping[str, Any]:
    return context(alms(), BY_CODE["PWS"], {}, 1)


def brief() -> Brief:
    return Brief(document=BY_CODE["PWS"], guidance=guidance_for("PWS"), context=facts())


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A distribution that offers two agents."""
    (tmp_path / "outside_agents.py").write_text(MODULE, encoding="utf-8")
    about = tmp_path / "outside_agents-1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: outside-agents\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text(POINTS)
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    invalidate_caches()
    # The process in which a function runs has to find the package where this one does.
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.delitem(sys.modules, "outside_agents", raising=False)
    return tmp_path


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to work in, without settings from outside."""
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("agent", "words"),
    [("by-function", "A function wrote this about"), ("by-class", "A class wrote this.")],
)
async def test_an_installed_package_offers_functions_and_classes(
    installed: Path, elsewhere: Path, agent: str, words: str
) -> None:
    settings = Settings(document_agents={"PWS": agent}, agent_scripts_environment=("PYTHONPATH",))
    registry = Agents.build(settings).registry
    draft = await registry.for_document(BY_CODE["PWS"]).draft(brief())
    assert words in compose(draft.sections, facts())
    assert registry.for_document(BY_CODE["PR"]) is registry.standard


def test_a_name_that_nobody_provides_is_answered_with_those_that_are_known(installed: Path) -> None:
    with pytest.raises(UnknownAgent, match="by-class, by-function, facts"):
        AgentRegistry(assignments={"PWS": "poet"})


async def test_the_recipe_of_the_readme_drafts_the_work_statement(elsewhere: Path) -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    recipe = re.search(r"## Agents\n.*?```sh\n(.*?)```", readme, re.DOTALL)
    assert recipe is not None, "README has a section on agents with a recipe"
    lines = recipe[1].strip().splitlines()
    assert len(lines) == 5
    assert lines[-1] == "python3 dev.py demo"
    for line in lines[:-1]:
        _act(line, elsewhere)
    agents = Agents.build(Settings())
    draft = await agents.registry.for_document(BY_CODE["PWS"]).draft(brief())
    assert draft.agent == "script pws_agent:generate_pws"
    assert "serves these areas of work" in compose(draft.sections, facts())


def _act(line: str, folder: Path) -> None:
    """What a shell does with one line of the recipe."""
    if made := re.fullmatch(r"mkdir (\w+)", line):
        (folder / made[1]).mkdir()
    elif copied := re.fullmatch(r"cp (\S+) (\S+)/", line):
        shutil.copy(ROOT / copied[1], folder / copied[2])
    elif said := re.fullmatch(r'echo "(.+)" >> (\S+)', line):
        with (folder / said[2]).open("a", encoding="utf-8") as file:
            file.write(f"{said[1]}\n")
    else:
        raise AssertionError(f"the recipe has a line that this test does not know: {line}")


def test_the_settings_of_the_guide_are_settings() -> None:
    guide = (ROOT / "docs" / "agents.md").read_text(encoding="utf-8")
    named = set(re.findall(r"\b(?:AGENT|MODEL|DOCUMENT)_[A-Z_]+\b", guide))
    assert named == {
        name.upper()
        for name in Settings.model_fields
        if name.startswith(("agent_", "model_", "document_agents"))
    } - {"MODEL_MAX_OUTPUT_TOKENS"}


def test_a_script_that_names_no_function_stops_the_worker_with_a_reason(elsewhere: Path) -> None:
    with pytest.raises(AgentRefused, match=r"write package\.module:function"):
        Agents.build(Settings(agent_scripts={"PWS": "scripts/pws_agent.py"}))


async def test_a_model_of_each_provider_can_be_chosen_without_asking_it(elsewhere: Path) -> None:
    for provider in (ModelProvider.ANTHROPIC, ModelProvider.OPENAI):
        agents = Agents.build(
            Settings(
                model_provider=provider,
                model_name="a-model",
                model_base_url="http://127.0.0.1:9/v1",
                document_agents={"MRR": "facts", "SSEB": "model"},
            )
        )
        chosen = {
            code: agents.registry.for_document(BY_CODE[code]).name
            for code in ("PWS", "MRR", "SSDD", "SSEB")
        }
        assert chosen == {"PWS": "model", "MRR": "facts", "SSDD": "facts", "SSEB": "model"}
        await agents.close()


def test_the_example_of_settings_names_every_one() -> None:
    example = (ROOT / ".env.example").read_text(encoding="utf-8")
    named = set(re.findall(r"^([A-Z_]+)=", example, re.MULTILINE))
    known = {name.upper() for name in Settings.model_fields}
    assert known - named == set(), "add them to .env.example with a sentence"
    assert named - known == set(), "nothing reads them: take them out of .env.example"
