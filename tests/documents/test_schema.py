"""The schema for editors: current, complete, and of one mind with the product."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
import yaml

from documents.facts import InvalidFacts, parse_facts
from documents.schema import fact_file_schema
from tests.documents.acquisitions import raw_facts

ROOT = Path(__file__).parents[2]
SAMPLES = [path for path in sorted((ROOT / "samples").glob("*.yaml")) if path.stem != "people"]
CHECKED_IN = ROOT / "samples" / "facts.schema.json"


class _PlainDates(yaml.SafeLoader):
    """Reads dates as text, the way editors hand them to a schema."""


_PlainDates.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if not tag.endswith(":timestamp")]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def _plain(path: Path) -> Any:
    return yaml.load(path.read_text("utf-8"), Loader=_PlainDates)


def _complaints(content: Any) -> list[str]:
    validator = jsonschema_rs.Draft202012Validator(fact_file_schema(), validate_formats=True)
    return [
        ".".join(str(part) for part in error.instance_path)
        for error in validator.iter_errors(content)
    ]


def test_the_schema_in_the_repository_is_the_one_that_the_command_prints() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "documents", "schema"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert CHECKED_IN.read_text("utf-8") == done.stdout, (
        "write it anew: python -m documents schema > samples/facts.schema.json"
    )


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_each_sample_names_the_schema_and_fits_it(path: Path) -> None:
    first = path.read_text("utf-8").partition("\n")[0]
    assert first == f"# yaml-language-server: $schema={CHECKED_IN.name}"
    assert _complaints(_plain(path)) == []


@pytest.mark.parametrize(
    ("at", "key", "value"),
    [
        (("project",), "titel", "A misspelled key"),
        (("requirements", 0), "standart", "A misspelled key"),
        (("project", "naics"), "code", "54151"),
        (("project",), "competition", "open"),
        (("milestones",), "award", "soon"),
        (("estimate", "labour", 0), "base_rate", -1),
        (("people",), "chief", {"name": "N", "email": "n@navy.mil"}),
    ],
    ids=str,
)
def test_the_schema_and_the_product_refuse_the_same(
    at: tuple[str | int, ...], key: str, value: object
) -> None:
    raw: Any = raw_facts()
    part = raw
    for step in at:
        part = part[step]
    part[key] = value
    with pytest.raises(InvalidFacts) as caught:
        parse_facts(raw)
    path = ".".join(map(str, at))
    assert any(problem.startswith(path) for problem in caught.value.problems)
    found = _complaints({"facts": json.loads(json.dumps(raw, default=str))})
    assert any(place.startswith(f"facts.{path}") for place in found), found


def test_fields_are_described_where_their_meaning_is_not_plain() -> None:
    definitions = fact_file_schema()["$defs"]
    requirement = definitions["Requirement"]["properties"]
    assert "Who looks" in requirement["who"]["description"]
    assert "phrase without a final period" in requirement["context"]["description"]
    assert "13 CFR" not in json.dumps(definitions["Period"])
    assert {"outcome", "threshold", "aql", "method", "remedy"} <= set(
        definitions["Requirement"]["required"]
    )


@pytest.mark.parametrize(
    ("at", "key", "value", "remedy"),
    [
        (("project",), "titel", "ALMS", "project.titel: unknown key: did you mean title?"),
        (
            ("people",),
            "program_manger",
            {"name": "N", "email": "n@navy.mil"},
            "did you mean program_manager?",
        ),
        (("milestones",), "award", "soon", "milestones.award: write a date as 2027-03-16"),
        (("milestones", "closing"), "at", "2 pm", 'write a local time in quotes, as "14:00"'),
        (("estimate", "labour", 0), "base_rate", "$168.42", "without currency sign"),
        (("project",), "competition", "open", "project.competition: use one of 'full_and_open'"),
        (("project", "naics"), "code", 541512, "put numbers and dates that are text in quotes"),
        (("project",), "solicitation_piid", "N0018927C0042", "use the letter R, Q or B"),
        (("project",), "contract_piid", "N0018927I0042", "position 9 is I"),
        (("milestones",), "rfp_issue", "2026-01-30", "is issued under FAR"),
    ],
    ids=str,
)
def test_every_problem_names_its_path_and_a_remedy(
    at: tuple[str | int, ...], key: str, value: object, remedy: str
) -> None:
    raw: Any = raw_facts()
    part = raw
    for step in at:
        part = part[step]
    part[key] = value
    with pytest.raises(InvalidFacts) as caught:
        parse_facts(raw)
    assert any(remedy in problem for problem in caught.value.problems), caught.value.problems


def test_a_missing_key_is_named_with_its_path() -> None:
    raw = raw_facts()
    del raw["funding"]["fiscal_year"]
    with pytest.raises(InvalidFacts, match=r"funding\.fiscal_year: missing: add it"):
        parse_facts(raw)
