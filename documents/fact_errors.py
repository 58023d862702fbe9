"""What is wrong with facts that do not fit the schema: where, why, and what to do about it."""

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from enum import Enum
from typing import Any, get_args

from pydantic import BaseModel

_REMEDIES = {
    "missing": "missing: add it",
    "date_from_datetime_parsing": "write a date as 2027-03-16",
    "date_parsing": "write a date as 2027-03-16",
    "date_type": "write a date as 2027-03-16",
    "time_parsing": 'write a local time in quotes, as "14:00"',
    "time_type": 'write a local time in quotes, as "14:00"',
    "decimal_parsing": "write a number without currency sign or commas",
    "decimal_type": "write a number without currency sign or commas",
    "int_parsing": "write a whole number",
    "int_type": "write a whole number",
    "int_from_float": "write a whole number",
    "string_type": "write text; put numbers and dates that are text in quotes",
    "bool_parsing": "write true or false",
    "bool_type": "write true or false",
    "tuple_type": "write a list, each entry on a line that begins with a hyphen",
    "dict_type": "write keys and values",
    "model_type": "write keys and values",
    "too_short": "add at least one entry",
}


def explained(model: type[BaseModel], problems: Iterable[Mapping[str, Any]]) -> tuple[str, ...]:
    """Each problem of a pydantic error as ``path: what to do``, in the order in which it was found.

    An unknown key is answered with the known one that looks most like it.
    """
    return tuple(sentence for problem in problems for sentence in _sentences(model, problem))


def _sentences(model: type[BaseModel], problem: Mapping[str, Any]) -> Iterable[str]:
    if problem["type"] == "value_error" and not problem["loc"]:
        # Facts that contradict each other: one line for each, which names its path itself.
        return str(problem["ctx"]["error"]).splitlines()
    return (_sentence(model, problem),)


def _sentence(model: type[BaseModel], problem: Mapping[str, Any]) -> str:
    location: tuple[int | str, ...] = problem["loc"]
    kind: str = problem["type"]
    if location[-1:] == ("[key]",):
        location, kind = location[:-1], "extra_forbidden"
    path = ".".join(str(part) for part in location) or "facts"
    if kind == "extra_forbidden":
        return f"{path}: {_unknown(model, location)}"
    if kind == "string_pattern_mismatch":
        return f"{path}: {problem['input']!r} does not fit {problem['ctx']['pattern']}"
    if kind in ("enum", "literal_error"):
        return f"{path}: use one of {problem['ctx']['expected']}"
    if kind in _REMEDIES:
        return f"{path}: {_REMEDIES[kind]}"
    return f"{path}: {problem['msg']}"


def _unknown(model: type[BaseModel], location: tuple[int | str, ...]) -> str:
    known = _keys_at(model, location[:-1])
    close = get_close_matches(str(location[-1]), known, n=1)
    if close:
        return f"unknown key: did you mean {close[0]}?"
    return "unknown key: remove it" + (f"; known are {', '.join(known)}" if known else "")


def _keys_at(model: Any, path: tuple[int | str, ...]) -> list[str]:
    """The keys that may stand at a path; empty when it leads out of the schema."""
    found: Any = model
    for part in path:
        fields = _fields(found)
        if isinstance(part, str) and part in fields:
            found = fields[part]
        elif not (isinstance(part, int) or _names(found)):
            return []
    return _names(found) or list(_fields(found))


def _fields(annotation: Any) -> dict[str, Any]:
    """Fields of the model in an annotation, through optional values, lists and mappings."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return {name: field.annotation for name, field in annotation.model_fields.items()}
    for inner in reversed(get_args(annotation)):
        if fields := _fields(inner):
            return fields
    return {}


def _names(annotation: Any) -> list[str]:
    """The keys of a mapping whose keys are an enumeration."""
    for inner in get_args(annotation):
        if isinstance(inner, type) and issubclass(inner, Enum):
            return [str(member.value) for member in inner]
    return []
