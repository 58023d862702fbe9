"""The table of plans in the README is the one that the rules make."""

import re
from pathlib import Path

import pytest
import yaml

from documents.catalog import BY_CODE
from documents.facts import Records, parse_facts
from documents.planning import plan_for

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
SECTION = README.split("## What the rules ask for")[1].split("\n## ")[0]
ROWS = [
    [cell.strip(" `") for cell in line.strip("|").split("|")]
    for line in SECTION.splitlines()
    if line.startswith("|") and "---" not in line
]
NAMES = ROWS[0][1:-1]


def _planned(name: str) -> set[str]:
    raw = yaml.safe_load((ROOT / "samples" / f"{name}.yaml").read_text(encoding="utf-8"))
    plan = plan_for(parse_facts(raw["facts"]), records=Records.model_validate(raw["records"]))
    return {document.code for document in plan.documents}


@pytest.mark.parametrize("name", NAMES)
def test_the_readme_shows_the_plan_of_each_sample(name: str) -> None:
    column = NAMES.index(name) + 1
    shown = {code: row[column] == "yes" for row in ROWS[1:] for code in row[0].split()}
    planned = _planned(name)
    wrong = {code for code, yes in shown.items() if yes != (code in planned)}
    assert not wrong, f"README.md is wrong about {sorted(wrong)} in {name}"


def test_the_readme_leaves_out_only_what_every_plan_has_or_none() -> None:
    listed = {code for row in ROWS[1:] for code in row[0].split()}
    plans = [_planned(name) for name in NAMES]
    somewhere = {code for plan in plans for code in plan}
    everywhere = {code for code in somewhere if all(code in plan for plan in plans)}
    assert listed == somewhere - everywhere
    nowhere = SECTION.split("In none of them:")[1]
    for code in set(BY_CODE) - somewhere:
        assert re.search(rf"\b{code}\b", nowhere), f"README.md does not say where {code} is"
    assert f"has {len(BY_CODE)} rows; {len(everywhere)} of them" in SECTION
