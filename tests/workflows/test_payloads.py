"""What was recorded earlier decodes today: stored histories, and messages in their oldest form.

A failure means that workflows which run now could not be read after the release: give a new field a
default, and keep a field as long as a run may have it. Replay shows less: it decodes what workflows
read, and not what activities, parents and clients do.
"""

import importlib
import inspect
import json
import pkgutil
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, cast, get_type_hints

import pytest
from pydantic import BaseModel
from temporalio.api.common.v1 import Payload, Payloads
from temporalio.client import WorkflowHistory
from temporalio.contrib.pydantic import pydantic_data_converter

import activities
from activities.notices import NoticeActivities
from tests.fakes import FakeHouse
from tests.workflows.conftest import HISTORIES
from worker.registration import WORKFLOWS
from workflows import messages

CONVERTER = pydantic_data_converter.payload_converter
OLDEST: Mapping[str, Any] = json.loads(
    (Path(__file__).parent / "oldest_messages.json").read_text(encoding="utf-8")
)
"""By class: the message with the fields that it had to have when it was new, and no others."""
MODULES = [
    messages,
    *(
        importlib.import_module(f"activities.{module.name}")
        for module in pkgutil.iter_modules(activities.__path__)
    ),
]
MODELS: Mapping[str, type[BaseModel]] = {
    name: model
    for module in MODULES
    for name, model in inspect.getmembers(module, inspect.isclass)
    if issubclass(model, BaseModel) and model.__module__ == module.__name__
}
BY_NAME: Mapping[str, Callable[..., Any]] = {
    it.__name__: it
    for it in (
        *FakeHouse().record_activities(),
        *FakeHouse().agent_activities(),
        NoticeActivities.send_mail,
    )
}
TYPES: Mapping[str, Any] = {it.__name__: it for it in WORKFLOWS}


@pytest.mark.parametrize("name", sorted(MODELS.keys() | OLDEST.keys()))
def test_a_message_in_its_oldest_form_is_read(name: str) -> None:
    assert name in OLDEST, "keep the new message with the fields that it must have"
    assert name in MODELS, "there is no such message any more"
    MODELS[name].model_validate_json(json.dumps(OLDEST[name]))


@pytest.mark.parametrize("path", sorted(HISTORIES.glob("*.json")), ids=lambda path: path.stem)
def test_what_a_recorded_history_carries_is_read_whole(path: Path) -> None:
    history = WorkflowHistory.from_json("recorded", path.read_text(encoding="utf-8"))
    read = 0
    for number, hint, payloads in carried(history):
        for payload in payloads.payloads:
            (value,) = CONVERTER.from_payloads([payload], [hint])
            (again,) = CONVERTER.to_payloads([value])
            lost = fields(payload) - fields(again)
            assert not lost, f"event {number}, {hint}: nobody reads {sorted(lost)} any more"
            read += 1
    assert read


def carried(history: WorkflowHistory) -> Iterator[tuple[int, Any, Payloads]]:
    """Number of the event, type by today's code, and payloads; for every argument and result."""
    workflow: Any = None
    asked: dict[int, Callable[..., Any]] = {}
    for event in history.events:
        match event.WhichOneof("attributes"):
            case "workflow_execution_started_event_attributes":
                started = event.workflow_execution_started_event_attributes
                workflow = TYPES[started.workflow_type.name]
                yield event.event_id, argument(workflow.run), started.input
            case "workflow_execution_completed_event_attributes":
                completed = event.workflow_execution_completed_event_attributes
                yield event.event_id, result(workflow.run), completed.result
            case "workflow_execution_continued_as_new_event_attributes":
                continued = event.workflow_execution_continued_as_new_event_attributes
                yield event.event_id, argument(workflow.run), continued.input
            case "workflow_execution_signaled_event_attributes":
                told = event.workflow_execution_signaled_event_attributes
                yield event.event_id, argument(getattr(workflow, told.signal_name)), told.input
            case "workflow_execution_update_accepted_event_attributes":
                update = event.workflow_execution_update_accepted_event_attributes
                request = update.accepted_request.input
                asked[event.event_id] = getattr(workflow, request.name)
                yield event.event_id, argument(asked[event.event_id]), request.args
            case "workflow_execution_update_completed_event_attributes":
                answer = event.workflow_execution_update_completed_event_attributes
                hint = result(asked[answer.accepted_event_id])
                yield event.event_id, hint, answer.outcome.success
            case "activity_task_scheduled_event_attributes":
                activity = event.activity_task_scheduled_event_attributes
                name = activity.activity_type.name
                assert name in BY_NAME, f"event {event.event_id}: no worker has {name} any more"
                asked[event.event_id] = BY_NAME[name]
                yield event.event_id, argument(asked[event.event_id]), activity.input
            case "activity_task_completed_event_attributes":
                done = event.activity_task_completed_event_attributes
                yield event.event_id, result(asked[done.scheduled_event_id]), done.result
            case _:
                pass


def argument(function: Callable[..., Any]) -> Any:
    hints = get_type_hints(function)
    return next((hint for name, hint in hints.items() if name != "return"), None)


def result(function: Callable[..., Any]) -> Any:
    return get_type_hints(function)["return"]


def fields(payload: Payload) -> set[str]:
    """Where in a message something stands; nothing in a payload that is ``None``."""
    return places(json.loads(payload.data)) if payload.data else set()


def places(value: Any, place: str = "") -> set[str]:
    match value:
        case dict():
            named = cast(dict[str, Any], value).items()
        case list():
            named = enumerate(cast(list[Any], value))
        case _:
            return {place}
    return {place}.union(*(places(part, f"{place}.{name}") for name, part in named))
