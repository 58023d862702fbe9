"""Dates as people write them.

The validation library also takes a number for a date, as seconds since 1970: a typing error would
become a deadline.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, time
from typing import Any, cast

from pydantic import BaseModel

ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
ADVICE = "Write the date as YYYY-MM-DD"


def is_written_out(value: object) -> bool:
    """Whether a value is a date, or text in the form YYYY-MM-DD."""
    if isinstance(value, str):
        return ISO_DATE.fullmatch(value) is not None
    return isinstance(value, date)


def not_written_out(stated: object, raw: object, path: str = "") -> Iterator[str]:
    """A line, ``path: what to do``, for each date of ``stated`` that ``raw`` gives otherwise.

    ``stated`` is what validation made of ``raw``.
    """
    match stated:
        case BaseModel():
            for name, given in _members(raw):
                yield from not_written_out(getattr(stated, name, None), given, _below(path, name))
        case Mapping():
            values = cast(Mapping[Any, Any], stated).values()
            for value, (name, given) in zip(values, _members(raw), strict=False):
                yield from not_written_out(value, given, _below(path, name))
        case list() | tuple():
            values = cast(Iterable[Any], stated)
            for number, (value, given) in enumerate(zip(values, _items(raw), strict=False)):
                yield from not_written_out(value, given, _below(path, str(number)))
        case datetime() | time():
            if isinstance(raw, int | float):
                yield f"{path}: Write the time as HH:MM"
        case date():
            if not is_written_out(raw):
                yield f"{path}: {ADVICE}"
        case _:
            return


def _members(raw: object) -> Iterable[tuple[str, object]]:
    return cast(Mapping[str, object], raw).items() if isinstance(raw, Mapping) else ()


def _items(raw: object) -> Iterable[object]:
    return cast(Iterable[object], raw) if isinstance(raw, list | tuple) else ()


def _below(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name
