"""The command fingerprint of a workflow: what a run orders from the engine, in order.

A worker that takes up a running workflow orders everything again and has to order the same: where a
fingerprint changes, running workflows break unless the change is behind ``workflow.patched``.
"""

import json
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import zip_longest
from pathlib import Path

from temporalio.api.enums.v1 import EventType
from temporalio.api.history.v1 import HistoryEvent
from temporalio.client import Client, WorkflowHistory

from tests.waiting import until

Fingerprints = Mapping[str, Mapping[str, Sequence[str]]]
"""By test and run: the commands. A run goes by its workflow id without the project's."""

FILE = Path(__file__).parent / "fingerprints.json"
RECORD = "python -m pytest tests/workflows --record-histories"
TEACHING = """{run} of this test orders something else than it did. Running workflows would break.

  command {number} was: {was}
  command {number} is:  {now}

Keep the old order for runs that have taken it already:

    if workflow.patched("{change}"):
        ...  # {now}
    else:
        ...  # {was}, until no such run is left; then workflow.deprecate_patch

test_replay.py shows that the stored histories still replay. Record what new runs order with
{record} -k {test}
and keep the histories of before (git restore tests/workflows/histories) while the patch is there.
Without a patch, record anew only if nothing that is running can have this history.
"""
CONTINUED = ", continued"
PROJECT_ID = re.compile(r"[/-][0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
ORDERED = re.compile(r"(WORKFLOW|ACTIVITY)_TASK_SCHEDULED|.*_INITIATED|.*_UPDATE_ACCEPTED")
ANSWERED = re.compile(
    r"(WORKFLOW|ACTIVITY)_TASK_(COMPLETED|FAILED|TIMED_OUT|CANCELED)"
    r"|CHILD_WORKFLOW_EXECUTION_STARTED|EXTERNAL_WORKFLOW_EXECUTION_(SIGNALED|CANCEL_REQUESTED)"
    r"|(START_CHILD|SIGNAL_EXTERNAL|REQUEST_CANCEL_EXTERNAL)_WORKFLOW_EXECUTION_FAILED"
    r"|.*_UPDATE_COMPLETED"
)
ENDED = re.compile(r"WORKFLOW_EXECUTION_(COMPLETED|FAILED|CANCELED|TERMINATED|CONTINUED_AS_NEW)")


async def histories_at_rest(client: Client, begun: datetime) -> Mapping[str, WorkflowHistory]:
    """Histories of the runs that have started since, by name, once nothing happens any more.

    A test ends while its workflows go on: how far they came by then would be left to chance.
    """
    seen: list[dict[str, WorkflowHistory]] = [{}]

    async def settled() -> bool:
        histories = await _histories(client, begun)
        seen.append(histories)
        before, now = ({name: len(it.events) for name, it in one.items()} for one in seen[-2:])
        # Twice the same: nothing was on its way from one run to another in between.
        still = now == before and all(map(_is_at_rest, histories.values()))
        # A run is listed some time after it has started.
        awaited = {name for run, it in histories.items() for name in _followers(run, it)}
        return bool(now) and still and awaited <= now.keys()

    await until(settled, bool)
    return seen[-1]


def commands(history: WorkflowHistory) -> list[tuple[int, str]]:
    """What a run has ordered, by number of its event."""
    return [(event.event_id, order) for event in history.events if (order := _command(event))]


def fingerprint(history: WorkflowHistory) -> list[str]:
    """What a run has ordered; of timers those that fired, and no cancellation.

    When a guard of a wait is set, and taken back, depends on when people act.
    """
    fired = {event.timer_fired_event_attributes.started_event_id for event in history.events}
    return [order for number, order in commands(history) if number in fired or order != "timer"]


def ends_where_it_may(history: WorkflowHistory) -> bool:
    """Whether a run continues another or is continued: after how many commands is left to chance.

    The server counts events, of which a busy machine makes fewer: its tasks bring several answers.
    """
    started = history.events[0].workflow_execution_started_event_attributes
    continued = EventType.EVENT_TYPE_WORKFLOW_EXECUTION_CONTINUED_AS_NEW
    return bool(started.continued_execution_run_id) or history.events[-1].event_type == continued


def difference(test: str, kept: Fingerprints, now: Mapping[str, Sequence[str]]) -> str:
    """What to do about the first command that differs from the kept ones; empty if none does."""
    if test not in kept:
        return f"Nothing is kept to compare this test with: {RECORD} -k {test}"
    before = kept[test]
    for run in sorted(before.keys() | now.keys()):
        pairs = zip_longest(before.get(run, ()), now.get(run, ()), fillvalue="nothing")
        for number, (was, is_now) in enumerate(pairs, 1):
            if was != is_now:
                change = f"{_word(is_now)}-instead-of-{_word(was)}"
                return TEACHING.format(
                    run=run,
                    number=number,
                    was=was,
                    now=is_now,
                    change=change,
                    record=RECORD,
                    test=test,
                )
    return ""


def read() -> Fingerprints:
    return json.loads(FILE.read_text(encoding="utf-8"))


def keep(test: str, now: Mapping[str, Sequence[str]]) -> None:
    """Replace the fingerprints of a test."""
    kept = {**read(), test: now}
    FILE.write_text(json.dumps(kept, indent=1, sort_keys=True) + "\n", encoding="utf-8")


async def _histories(client: Client, begun: datetime) -> dict[str, WorkflowHistory]:
    # What a schedule that others left on the server starts is not of this test.
    query = f'StartTime >= "{begun.isoformat()}" AND TemporalScheduledById IS NULL'
    runs = [run async for run in client.list_workflows(query)]
    found: dict[str, WorkflowHistory] = {}
    for run in sorted(runs, key=lambda run: run.start_time):
        name = _name(run.id)
        while name in found:
            name += CONTINUED
        handle = client.get_workflow_handle(run.id, run_id=run.run_id)
        found[name] = await handle.fetch_history()
    return found


def _is_at_rest(history: WorkflowHistory) -> bool:
    kinds = [
        EventType.Name(event.event_type).removeprefix("EVENT_TYPE_") for event in history.events
    ]
    ordered = sum(ORDERED.fullmatch(kind) is not None for kind in kinds)
    answered = sum(ANSWERED.fullmatch(kind) is not None for kind in kinds)
    return ordered == answered or ENDED.fullmatch(kinds[-1]) is not None


def _followers(run: str, history: WorkflowHistory) -> list[str]:
    """Names of the runs that a run has started: its children, and the one that continues it."""
    orders = [order for _, order in commands(history)]
    children = [order.split()[2] for order in orders if order.startswith("child ")]
    return children + [f"{run}{CONTINUED}" for order in orders if order == "continue as new"]


def _command(event: HistoryEvent) -> str:
    match event.WhichOneof("attributes"):
        case "activity_task_scheduled_event_attributes":
            activity = event.activity_task_scheduled_event_attributes
            return f"activity {activity.activity_type.name} on {activity.task_queue.name}"
        case "timer_started_event_attributes":
            return "timer"
        case "start_child_workflow_execution_initiated_event_attributes":
            child = event.start_child_workflow_execution_initiated_event_attributes
            return f"child {child.workflow_type.name} {_name(child.workflow_id)}"
        case "signal_external_workflow_execution_initiated_event_attributes":
            told = event.signal_external_workflow_execution_initiated_event_attributes
            return f"signal {told.signal_name} to {_name(told.workflow_execution.workflow_id)}"
        case "request_cancel_external_workflow_execution_initiated_event_attributes":
            ended = event.request_cancel_external_workflow_execution_initiated_event_attributes
            return f"cancel {_name(ended.workflow_execution.workflow_id)}"
        case "upsert_workflow_search_attributes_event_attributes":
            shown = event.upsert_workflow_search_attributes_event_attributes
            names = sorted(shown.search_attributes.indexed_fields)
            return f"search attributes {' '.join(names)}"
        case "marker_recorded_event_attributes":
            return f"marker {event.marker_recorded_event_attributes.marker_name}"
        case "workflow_execution_continued_as_new_event_attributes":
            return "continue as new"
        case "workflow_execution_completed_event_attributes":
            return "complete"
        case "workflow_execution_failed_event_attributes":
            return "fail"
        case "workflow_execution_canceled_event_attributes":
            return "end cancelled"
        case _:
            return ""


def _name(workflow_id: str) -> str:
    return PROJECT_ID.sub("", workflow_id)


def _word(command: str) -> str:
    return " ".join(command.split()[:2]).replace("activity ", "").replace(" ", "-")
