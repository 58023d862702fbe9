"""What a fuzz run did, counted from its report."""

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

STATEFUL = "stateful"


@dataclass(slots=True)
class Figures:
    """Requests by operation, by phase and by the class of their answer."""

    by_operation: Counter[str] = field(default_factory=Counter[str])
    by_phase: Counter[str] = field(default_factory=Counter[str])
    by_answer: Counter[str] = field(default_factory=Counter[str])
    sequences: int = 0

    @classmethod
    def read(cls, report: Path) -> Self:
        """Read a report in schemathesis' NDJSON format."""
        figures = cls()
        with report.open(encoding="utf-8") as lines:
            for line in lines:
                scenario = json.loads(line).get("ScenarioFinished")
                if scenario is not None:
                    figures._add(scenario)
        return figures

    def _add(self, scenario: dict[str, Any]) -> None:
        phase: str = scenario["phase"]
        recorder: dict[str, Any] = scenario["recorder"]
        self.sequences += phase == STATEFUL
        answers: dict[str, Any] = recorder.get("interactions", {})
        for name, case in recorder.get("cases", {}).items():
            value = case["value"]
            label: str = recorder["label"]
            if phase == STATEFUL:
                label = f"{value['method']} {value['path']}"
            self.by_operation[label] += 1
            self.by_phase[phase] += 1
            response: dict[str, Any] = answers.get(name, {}).get("response") or {}
            status: int = response.get("status_code", 0)
            self.by_answer[f"{status // 100}xx" if status else "none"] += 1

    def lines(self) -> Iterator[str]:
        counted = sorted(self.by_operation.items(), key=lambda pair: (pair[1], pair[0]))
        yield f"Requests: {self.by_operation.total()} {_listed(self.by_phase)}"
        yield f"Answers: {_listed(self.by_answer)}"
        yield f"Sequences of calls: {self.sequences}"
        if counted:
            (fewest, least), (most, largest) = counted[0], counted[-1]
            yield f"Operations: {len(counted)}, from {least} ({fewest}) to {largest} ({most})"


def _listed(counts: Counter[str]) -> str:
    return ", ".join(f"{name} {count}" for name, count in sorted(counts.items()))
