"""The terminal while an acquisition runs: phases, documents, signatures, what happens now."""

import time
from collections.abc import Mapping
from typing import Any

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn
from rich.text import Text

PHASES = {
    "pre_solicitation": "Pre-solicitation",
    "solicitation": "Solicitation",
    "post_solicitation": "Post-solicitation",
}
RECENT = 8


class Screen:
    """Shows progress as it is reported: live on a terminal, line by line elsewhere."""

    def __init__(self, console: Console, documents_by_phase: Mapping[str, int]) -> None:
        self._console = console
        self._started = time.monotonic()
        self._recent: list[Text] = []
        self._progress = Progress(
            TextColumn("{task.description:<18}"),
            BarColumn(bar_width=30),
            MofNCompleteColumn(),
            TextColumn("documents approved"),
            console=console,
        )
        self._tasks: dict[str, TaskID] = {
            phase: self._progress.add_task(title, total=documents_by_phase.get(phase, 0))
            for phase, title in PHASES.items()
        }
        self._live = Live(
            get_renderable=self._render, console=console, refresh_per_second=8, transient=True
        )

    def __enter__(self) -> "Screen":
        if self._console.is_terminal:
            self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._live.stop()

    def show(self, event: Mapping[str, Any]) -> None:
        """Show one message of the project's socket."""
        if event["type"] == "progress":
            return  # a line for every percentage would hide the rest
        if event["type"] == "approval_update" and event.get("document_status") == "approved":
            self._progress.advance(self._tasks[event["phase"]])
        line = Text.assemble(
            (f"{time.monotonic() - self._started:6.1f} s  ", "dim"),
            (f"{_LABELS.get(event['type'], event['type']):<10}", _STYLES.get(event["type"], "")),
            str(event.get("message", "")),
        )
        if self._console.is_terminal:
            self._recent = [*self._recent, line][-RECENT:]
        else:
            self._console.print(line, soft_wrap=True)

    def _render(self) -> RenderableType:
        return Group(self._progress, Text(), *self._recent)


_LABELS = {
    "generation_started": "drafting",
    "generation_complete": "ready",
    "approval_update": "signed",
    "phase_update": "phase",
    "record_noted": "recorded",
    "deadlines_update": "deadlines",
    "event_recorded": "recorded",
    "warning_waived": "reason",
    "reminder": "reminder",
    "error": "error",
}
_STYLES = {
    "generation_complete": "cyan",
    "approval_update": "green",
    "phase_update": "bold blue",
    "record_noted": "magenta",
    "error": "bold red",
}
