"""The rule book on the command line: ``python -m rules plan | deadlines | estimate | check ...``.

Works on files alone, without a server. Exit code 0: nothing found; 1: findings, or facts that do
not hold; 2: a command that cannot be understood, or a file that cannot be read.
"""

import argparse
import json
import sys
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, cast

import yaml
from pydantic_core import to_jsonable_python
from rich.console import Console
from rich.table import Table

from documents.computed import Computed, compute
from documents.facts import Facts, InvalidFacts, Records, parse_facts, parse_record
from documents.gantt import gantt
from documents.package_on_disk import PackageOnDisk, PackageReport, PackageUnreadable, examine
from documents.planning import plan_for
from documents.timeline import timeline
from documents.vocabulary import RecordKind
from rules.checks import CHECKS, Severity
from rules.citations import cite

CLEAN, FOUND, USAGE = 0, 1, 2


class Unreadable(Exception):
    """A file that the command names cannot be used; the message says why."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a command has to say: data for programs, tables for people."""

    data: object
    show: Callable[[Console], None]
    code: int = CLEAN


@dataclass(frozen=True, slots=True)
class Stated:
    """Facts and records of a file, and what follows from them."""

    facts: Facts
    records: Records

    @classmethod
    def read(cls, path: Path) -> "Stated":
        """A sample file, or a file that holds nothing but facts; YAML or JSON."""
        try:
            raw = yaml.safe_load(path.read_text(encoding="utf-8"))
        except OSError as error:
            raise Unreadable(f"{path} cannot be read: {error.strerror}") from error
        except (yaml.YAMLError, UnicodeDecodeError) as error:
            raise Unreadable(f"{path} is neither YAML nor JSON: {error}") from error
        if not isinstance(raw, dict):
            raise Unreadable(f"{path} states no facts: it has to hold keys and values")
        content = cast(dict[str, Any], raw)
        facts: Any = content.get("facts", content)
        stated: dict[str, Any] = (content.get("records") or {}) if "facts" in content else {}
        unknown = sorted(set(stated) - {kind.value for kind in RecordKind})
        if unknown:
            kinds = ", ".join(kind.value for kind in RecordKind)
            raise InvalidFacts(tuple(f"records.{kind}: use one of {kinds}" for kind in unknown))
        parsed = {kind: parse_record(RecordKind(kind), body) for kind, body in stated.items()}
        return cls(parse_facts(facts), Records.model_validate(parsed))

    def computed(self) -> Computed:
        return compute(self.facts, self.records)


def plan(stated: Stated) -> Answer:
    """Every document the rules require, and every rule with its answer."""
    computed, planned = stated.computed(), plan_for(stated.facts, records=stated.records)
    regime = stated.facts.project.regime
    answers = computed.answers.values()

    def show(console: Console) -> None:
        documents = Table("Code", "Document", "Phase", "Drafted by", "Signed by", "After")
        for document in planned.documents:
            documents.add_row(
                document.code,
                document.title,
                document.phase.label,
                document.drafter.position.label,
                ", ".join(signer.position.label for signer in document.approvers),
                " ".join(document.requires),
            )
        rules = Table("Rule", "Applies", "Why", "Citation")
        for answer in answers:
            applies = "ask" if answer.applies is None else "yes" if answer.applies else "no"
            level = f" Approver: {_words(answer.approver)}." if answer.approver else ""
            rules.add_row(
                _words(answer.rule),
                applies,
                answer.reason + level,
                cite(answer.citation_rule, regime).text,
            )
        console.print(planned.title, style="bold")
        console.print(f"Value with all options ${planned.value_with_options:,.2f}")
        console.print(documents)
        console.print(rules)
        count = Counter(document.phase.label for document in planned.documents)
        phases = ", ".join(f"{number} {phase.lower()}" for phase, number in count.items())
        console.print(f"{len(planned.documents)} documents: {phases}")

    return Answer({"plan": planned, "rules": list(answers)}, show)


def deadlines(stated: Stated) -> Answer:
    """Every deadline whose event is planned or recorded."""
    computed = stated.computed()

    def show(console: Console) -> None:
        table = Table("Rule", "Deadline", "Due", "Counted in", "Citation", "How it was counted")
        for deadline in computed.deadlines:
            at = f" {deadline.time:%H:%M}" if deadline.time else ""
            first = "not before " if deadline.not_before else ""
            table.add_row(
                deadline.id,
                deadline.title,
                f"{first}{deadline.due:%a %Y-%m-%d}{at}",
                deadline.unit.value,
                deadline.citation,
                deadline.basis,
            )
        console.print(table)
        zone = stated.facts.project.office.time_zone
        console.print(
            f"{len(computed.deadlines)} deadlines; times in {zone}; calendar "
            f"{computed.calendar.version}"
        )

    return Answer({"deadlines": computed.deadlines, "calendar": computed.calendar.version}, show)


def estimate(stated: Stated) -> Answer:
    """The Government estimate by contract line and period."""
    costs, periods = stated.computed().estimate, stated.facts.periods

    def show(console: Console) -> None:
        lines = Table("Line", "Title", "Type")
        for period in periods:
            lines.add_column(period.title, justify="right")
        for line in stated.facts.estimate.lines:
            amounts = {
                item.period: item.amount for item in costs.line_items if item.suffix == line.suffix
            }
            lines.add_row(
                f"x{line.suffix}",
                line.title,
                line.type.value,
                *(_amount(amounts, index) for index in range(len(periods))),
            )
        lines.add_section()
        lines.add_row("", "Hours", "", *(f"{period.hours:,}" for period in costs.periods))
        lines.add_row(
            "", "Full-time equivalents", "", *(str(p.full_time_equivalents) for p in costs.periods)
        )
        lines.add_row("", "Period total", "", *(f"{part.total:,.2f}" for part in costs.periods))
        totals = Table("Total", "USD", show_header=False)
        totals.columns[1].justify = "right"
        for title, amount in (
            ("Labor", costs.labour_total),
            ("Other direct costs", costs.other_direct_costs_total),
            ("Estimate with all options", costs.total),
            ("Six months of 52.217-8", costs.six_month_extension),
            ("Comparison figure", costs.comparison_total),
        ):
            totals.add_row(title, f"{amount:,.2f}")
        console.print(lines)
        console.print(totals)

    return Answer(costs, show)


def show_schedule(stated: Stated, svg: Path | None) -> Answer:
    """Milestones, steps, slack and the critical path; optionally the picture as well."""
    computed = stated.computed()
    found = timeline(computed)
    if svg is not None:
        try:
            svg.write_text(gantt(found, stated.facts.project.title), encoding="utf-8")
        except OSError as error:
            raise Unreadable(f"{svg} cannot be written: {error.strerror}") from error

    def show(console: Console) -> None:
        milestones = Table("Gate", "Milestone", "Planned", "Earliest", "Latest")
        milestones.add_column("Slack, days", justify="right")
        for milestone in found.milestones:
            on_path = milestone.name in found.critical_path
            milestones.add_row(
                milestone.gate,
                milestone.title,
                f"{milestone.planned:%a %Y-%m-%d}",
                str(milestone.earliest or "-"),
                str(milestone.latest or "-"),
                "-" if milestone.slack is None else f"{milestone.slack:+d}",
                style="bold" if on_path else None,
            )
        steps = Table("Step", "At least")
        for heading in ("Calendar", "Business", "Slack"):
            steps.add_column(heading, justify="right")
        steps.add_column("Rule")
        for step in found.steps:
            steps.add_row(
                step.title,
                step.needs or "-",
                str(step.calendar_days),
                str(step.business_days),
                f"{step.slack:+d}",
                f"{step.rule} {step.citation}" if step.rule else "",
            )
        stretches = Table("Stretch")
        for heading in ("Calendar days", "Business days"):
            stretches.add_column(heading, justify="right")
        for stretch in found.stretches:
            stretches.add_row(stretch.title, str(stretch.calendar_days), str(stretch.business_days))
        for table in (milestones, steps, stretches):
            console.print(table)
        console.print("Bold milestones form the critical path.")
        for problem in found.problems:
            console.print(f"problem: {problem}", style="red", markup=False)

    return Answer(found, show, FOUND if found.problems else CLEAN)


def check_facts(stated: Stated) -> Answer:
    """Whether the facts hold: schema, estimate, order of dates, positions, schedule."""
    problems = timeline(stated.computed()).problems
    planned = plan_for(stated.facts, records=stated.records)

    def show(console: Console) -> None:
        for problem in problems:
            console.print(f"problem: {problem}", style="red", markup=False)
        console.print(f"{len(planned.documents)} documents planned, {len(problems)} problems")

    return Answer({"problems": problems}, show, FOUND if problems else CLEAN)


def check_package(folder: Path) -> Answer:
    """Run every check over the files of a finished package."""
    package = PackageOnDisk.open(folder)
    report = examine(package, *package.stated())
    blockers = [finding for finding in report.findings if finding.blocks]
    found = Counter(finding.check for finding in report.findings)

    def show(console: Console) -> None:
        table = Table("Check", "Title", "Severity", "Findings")
        for check in CHECKS.values():
            severity = "blocks" if check.severity is Severity.BLOCKS else "warns"
            table.add_row(check.id, check.title, severity, str(found[check.id] or "-"))
        console.print(table)
        _show_findings(console, report)
        warnings = len(report.findings) - len(blockers)
        console.print(f"{report.documents} documents in {folder}, {warnings} warnings")
        console.print(f"{len(CHECKS)} checks, {len(blockers) + len(report.defects)} blockers")

    data = {
        "documents": report.documents,
        "checks": {check.id: found[check.id] for check in CHECKS.values()},
        "defects": report.defects,
        "findings": report.findings,
        "blockers": len(blockers) + len(report.defects),
    }
    return Answer(data, show, FOUND if report.problems else CLEAN)


def _show_findings(console: Console, report: PackageReport) -> None:
    for defect in report.defects:
        console.print(f"damaged: {defect}", style="red", markup=False)
    for finding in report.findings:
        style = "red" if finding.blocks else "yellow"
        console.print(finding.sentence, style=style, markup=False)


def _amount(amounts: Mapping[int, Decimal | None], index: int) -> str:
    if index not in amounts:
        return "-"
    amount = amounts[index]
    return "NSP" if amount is None else f"{amount:,.2f}"


def _words(name: str) -> str:
    return name.replace("_", " ")


def _arguments(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m rules", description=__doc__)
    actions = parser.add_subparsers(dest="action", required=True)
    for name, text in (
        ("plan", "which documents the rules require, and why"),
        ("deadlines", "every deadline, and how it was counted"),
        ("estimate", "the Government estimate to the cent"),
        ("schedule", "milestones, slack, critical path"),
        ("check", "whether facts hold, or whether a finished package agrees with itself"),
    ):
        action = actions.add_parser(name, help=text, description=f"Shows {text}.")
        if name == "check":
            which = action.add_mutually_exclusive_group(required=True)
            which.add_argument("--package", type=Path, help="folder of a package, as demo writes")
        else:
            which = action
        which.add_argument(
            "--facts", type=Path, required=name != "check", help="facts as YAML or JSON"
        )
        if name == "schedule":
            action.add_argument("--svg", type=Path, help="also draw the schedule into this file")
        action.add_argument("--json", action="store_true", help="print data instead of tables")
    return parser.parse_args(arguments)


def _answer(chosen: argparse.Namespace) -> Answer:
    if chosen.action == "check" and chosen.package:
        return check_package(chosen.package)
    stated = Stated.read(chosen.facts)
    match chosen.action:
        case "plan":
            return plan(stated)
        case "deadlines":
            return deadlines(stated)
        case "estimate":
            return estimate(stated)
        case "schedule":
            return show_schedule(stated, chosen.svg)
        case _:
            return check_facts(stated)


def main(arguments: list[str], console: Console | None = None) -> int:
    """Run one command and return its exit code."""
    chosen = _arguments(arguments)
    console = console or Console(highlight=False)
    try:
        answer = _answer(chosen)
    except InvalidFacts as error:
        if chosen.json:
            sys.stdout.write(json.dumps({"problems": error.problems}, indent=2) + "\n")
        for problem in error.problems:
            for line in problem.splitlines():
                sys.stderr.write(f"{line}\n")
        return FOUND
    except (Unreadable, PackageUnreadable) as error:
        sys.stderr.write(f"{error}\n")
        return USAGE
    if chosen.json:
        text = json.dumps(to_jsonable_python(answer.data), indent=2, ensure_ascii=False)
        sys.stdout.write(f"{text}\n")
    else:
        answer.show(console)
    return answer.code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
