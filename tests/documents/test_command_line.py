"""``python -m rules``: what it prints, what it refuses, and with which exit code."""

import hashlib
import io
import json
import re
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import yaml
from rich.console import Console

from documents.catalog import BY_CODE
from documents.compose import DraftSection, compose
from documents.context import context
from documents.guidance import guidance_for
from documents.plan import PlannedDocument
from documents.planning import plan_for
from documents.publication import cover_for
from documents.rendering import EmbeddedConverter, render
from rules.__main__ import CLEAN, FOUND, USAGE, main
from tests.documents.acquisitions import alms, raw_facts
from tests.documents.test_publication import File

ROOT = Path(__file__).parents[2]
SAMPLES = ROOT / "samples"
ALMS = str(SAMPLES / "alms.yaml")


def _run(*arguments: str) -> tuple[int, str]:
    printed = io.StringIO()
    code = main(list(arguments), Console(file=printed, width=160))
    return code, printed.getvalue()


def _data(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, dict[str, Any]]:
    code = main([*arguments, "--json"])
    return code, json.loads(capsys.readouterr().out)


def _facts_file(folder: Path, raw: dict[str, Any]) -> str:
    path = folder / "facts.json"
    path.write_text(json.dumps(raw, default=str), encoding="utf-8")
    return str(path)


def test_the_plan_lists_every_document_and_every_rule_with_its_reason() -> None:
    code, printed = _run("plan", "--facts", ALMS)
    assert code == CLEAN
    for document in plan_for(alms().facts).documents:
        assert re.search(rf"│ {document.code} +│ {re.escape(document.title[:12])}", printed)
    assert "Adequate price competition is expected" in printed
    assert "RFO 15.403-3; DFARS 215.403-3" in printed


def test_the_estimate_ends_in_the_golden_totals() -> None:
    code, printed = _run("estimate", "--facts", ALMS)
    assert code == CLEAN
    for figure in ("58,294,575.84", "63,096,791.52", "4,802,215.68", "9,068,976.00", "47.0000"):
        assert figure in printed


def test_deadlines_say_how_they_were_counted() -> None:
    code, printed = _run("deadlines", "--facts", ALMS)
    assert code == CLEAN
    assert re.search(r"│ D23 .*Tue 2027-09-07.*RFO 15.207-2", printed)
    assert "times in America/New_York" in printed


def test_the_schedule_shows_slack_and_draws_the_picture(tmp_path: Path) -> None:
    picture = tmp_path / "alms.svg"
    code, printed = _run("schedule", "--facts", ALMS, "--svg", str(picture))
    assert code == CLEAN
    assert re.search(
        r"Solicitation issued to proposals close +│ 30 calendar days +│ +45 .*\+15", printed
    )
    assert re.search(r"PALT\) +│ +170 ", printed)
    assert picture.read_text("utf-8").startswith("<svg")


@pytest.mark.parametrize("command", ["plan", "deadlines", "estimate", "schedule", "check"])
@pytest.mark.parametrize(
    "sample", sorted(path for path in SAMPLES.glob("*.yaml") if path.stem != "people"), ids=str
)
def test_every_sample_passes_every_command_as_data(
    sample: Path, command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code, data = _data(capsys, command, "--facts", str(sample))
    assert code == CLEAN
    assert data


def test_data_keep_money_exact_and_dates_readable(capsys: pytest.CaptureFixture[str]) -> None:
    _, costs = _data(capsys, "estimate", "--facts", ALMS)
    assert costs["total"] == "58294575.84", "money is text: a float would round it"
    _, laid_out = _data(capsys, "schedule", "--facts", ALMS)
    closing_day = next(row for row in laid_out["milestones"] if row["name"] == "closing")
    assert (closing_day["planned"], closing_day["slack"]) == ("2027-04-30", 123)


def test_facts_without_records_and_as_json_are_read_as_well(tmp_path: Path) -> None:
    path = _facts_file(tmp_path, raw_facts())
    assert _run("estimate", "--facts", path) == _run("estimate", "--facts", ALMS)


def test_facts_that_do_not_hold_are_refused_with_path_and_remedy(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    raw = raw_facts()
    raw["milestones"]["closing"]["day"] = "2027-04-14"
    raw["milestones"] |= {"questions_due": "2027-04-05", "answers_posted": "2027-04-09"}
    assert main(["check", "--facts", _facts_file(tmp_path, raw)]) == FOUND
    problems = capsys.readouterr().err
    assert "milestones.closing is 2027-04-14" in problems
    assert "use 2027-04-15 or later" in problems


def test_an_unknown_key_is_refused_by_its_path_also_as_data(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    raw = raw_facts()
    raw["project"]["naics"]["sizestandard"] = 1
    code, data = _data(capsys, "plan", "--facts", _facts_file(tmp_path, raw))
    assert code == FOUND
    assert any(problem.startswith("project.naics.sizestandard") for problem in data["problems"])


@pytest.mark.parametrize(
    ("content", "words"),
    [(None, "cannot be read"), ("a: [", "neither YAML nor JSON"), ("- a", "states no facts")],
)
def test_a_file_that_cannot_be_used_is_a_usage_error(
    content: str | None, words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "facts.yaml"
    if content is not None:
        path.write_text(content, encoding="utf-8")
    assert main(["plan", "--facts", str(path)]) == USAGE
    assert words in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [[], ["plan"], ["check"], ["bid", "--facts", ALMS]])
def test_a_command_that_cannot_be_understood_exits_with_2(arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(arguments)
    assert stopped.value.code == USAGE


def test_it_runs_as_a_module_without_a_server() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "rules", "check", "--facts", ALMS],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.strip().endswith("0 problems")


CODES = ("PR", "PSN")


@pytest.fixture(scope="module")
def rendered() -> dict[str, tuple[bytes, bytes, int]]:
    """DOCX, PDF and page count of two documents of the sample."""
    file = File(alms(), {})
    found: dict[str, tuple[bytes, bytes, int]] = {}
    with closing(EmbeddedConverter(processes=1)) as converter:
        for planned in _planned():
            sections = [
                DraftSection(part.title, part.standard_text)
                for part in guidance_for(planned.code).sections
            ]
            text = compose(sections, context(alms(), BY_CODE[planned.code], {}, 1))
            done = render(text, cover_for(file, planned.code, 1, planned.approvers), converter)
            found[planned.code] = (done.docx, done.pdf, done.pages)
    return found


def _planned() -> list[PlannedDocument]:
    return [planned for planned in plan_for(alms().facts).documents if planned.code in CODES]


@pytest.fixture
def package(tmp_path: Path, rendered: dict[str, tuple[bytes, bytes, int]]) -> Path:
    """A package on disk with two of the planned documents."""
    raw = yaml.safe_load((SAMPLES / "alms.yaml").read_text("utf-8"))
    entries: list[dict[str, Any]] = []
    for planned in _planned():
        docx, pdf, pages = rendered[planned.code]
        files: dict[str, Any] = {}
        for kind, content in (("docx", docx), ("pdf", pdf)):
            name = f"{planned.code}.{kind}"
            (tmp_path / name).write_bytes(content)
            files[kind] = {"file": name, "sha256": hashlib.sha256(content).hexdigest()}
        entries.append(
            {
                "code": planned.code,
                "title": planned.title,
                "sensitivity": planned.sensitivity.value,
                "drafter": planned.drafter.name,
                "version": 1,
                "status": "approved",
                "files": files,
                "page_count": pages,
                "approvals": [
                    {
                        "position": signer.position.value,
                        "name": signer.name,
                        "sha256": files["docx"]["sha256"],
                    }
                    for signer in planned.approvers
                ],
            }
        )
    for name, content in (
        ("index.json", {"project": "ALMS", "documents": entries}),
        ("facts.json", raw["facts"]),
        ("records.json", raw["records"]),
    ):
        (tmp_path / name).write_text(json.dumps(content, default=str), encoding="utf-8")
    return tmp_path


def test_a_package_is_checked_file_by_file_and_what_is_missing_is_named(package: Path) -> None:
    code, printed = _run("check", "--package", str(package))
    assert code == FOUND
    assert "SSP is missing from the package" in printed
    assert "PSN is missing" not in printed
    assert re.search(r"│ X01 +│ Identity is the same everywhere +│ blocks +│ - ", printed), (
        "the two documents agree about who buys what"
    )
    assert re.search(r"\d+ checks, \d+ blockers", printed)


def _index(package: Path) -> dict[str, Any]:
    return json.loads((package / "index.json").read_text("utf-8"))


def test_a_changed_file_a_foreign_signature_and_a_wrong_page_count_are_found(
    package: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    index = _index(package)
    first, second = index["documents"]
    first["page_count"] += 1
    first["approvals"][0]["sha256"] = "0" * 64
    second["files"]["docx"]["sha256"] = "1" * 64
    second["approvals"] = []
    (package / "index.json").write_text(json.dumps(index), encoding="utf-8")
    code, data = _data(capsys, "check", "--package", str(package))
    assert code == FOUND
    found = "\n".join(data["defects"])
    for words in (
        "PR.pdf does not have",
        "PR: ",
        "signed other content",
        "PSN.docx does not have the hash",
        "PSN is signed by []",
    ):
        assert words in found, f"{words!r} is not in:\n{found}"


def test_a_pdf_of_something_else_is_found_although_the_index_states_its_hash(
    package: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    index = _index(package)
    first, second = (row["files"] for row in index["documents"])
    first["pdf"] = second["pdf"]
    (package / "index.json").write_text(json.dumps(index), encoding="utf-8")
    _, data = _data(capsys, "check", "--package", str(package))
    found = [row["message"] for row in data["findings"] if row["check"] == "X37"]
    assert any("has a PDF without" in message for message in found), found


def test_a_folder_that_holds_no_package_is_a_usage_error(
    package: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["check", "--package", str(package / "nowhere")]) == USAGE
    assert "index.json cannot be read" in capsys.readouterr().err
    (package / "PR.pdf").unlink()
    assert main(["check", "--package", str(package)]) == USAGE
    assert "PR.pdf is named in index.json and cannot be read" in capsys.readouterr().err
    (package / "index.json").write_text('{"project": "x", "documents": [{}]}', encoding="utf-8")
    assert main(["check", "--package", str(package)]) == USAGE
    assert "documents.0.code" in capsys.readouterr().err
