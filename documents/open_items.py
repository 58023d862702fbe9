"""Facts that nobody has stated yet: who states them by when, and how a draft says so.

A draft never holds an invented value. Where it would print a fact that is open, it prints the
item's text instead; ``drafted_from`` gives drafts a view of the facts in which that is so.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any, Self, TypeVar, cast

from pydantic import BaseModel, ConfigDict

from documents.vocabulary import Position

if TYPE_CHECKING:
    from documents.computed import Computed

_TEXT = re.compile(r"open item \d+: ")


class OpenItem(BaseModel):
    """One fact that has to be stated. ``due`` is a date of the contracting office."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    number: int
    path: str
    """Of the fact in the requirements package, such as ``project.need``."""
    ask: str
    """What its owner has to state."""
    owner: Position
    due: date

    @property
    def text(self) -> str:
        """What stands in a draft where the fact would stand."""
        day = f"{self.due.day} {self.due:%B %Y}"
        return f"open item {self.number}: to be stated by the {self.owner.label} by {day}"

    @property
    def sentence(self) -> str:
        """The item as a gate lists it."""
        day = f"{self.due.day} {self.due:%B %Y}"
        return (
            f"Open item {self.number} ({self.path}): {self.ask}. "
            f"The {self.owner.label} states it by {day}."
        )


def or_open(pattern: str) -> str:
    """A pattern for what fits ``pattern`` or is the text of an open item."""
    return rf"^(?:{pattern}|open item \d+: .+)$"


def unregistered(facts: Mapping[str, Any], registered: set[str]) -> list[str]:
    """A problem for each text that calls itself an open item and is none."""
    return [
        f"{path} is {text!r}: register it in open_items, or state the fact"
        for path, text in _texts(facts, "")
        if _TEXT.match(text) and text not in registered
    ]


def _texts(value: Any, path: str) -> Iterator[tuple[str, str]]:
    match value:
        case str():
            yield path, value
        case Mapping():
            for name, part in cast(Mapping[Any, Any], value).items():
                yield from _texts(part, f"{path}.{name}".lstrip("."))
        case list() | tuple():
            for index, part in enumerate(cast(list[Any], value)):
                yield from _texts(part, f"{path}.{index}")
        case _:
            return


class Unstated:
    """Stands for an open fact in a draft: whatever is made of it reads as its open item.

    Like a number that is not known, it absorbs arithmetic; a loop over it runs once.
    """

    __slots__ = ("_text",)
    # The sandbox of the template engine asks; __getattr__ would answer yes.
    unsafe_callable = False
    alters_data = False

    def __init__(self, text: str) -> None:
        self._text = text

    def __str__(self) -> str:
        return self._text

    def __format__(self, _: str) -> str:
        return self._text

    def __getattr__(self, name: str) -> Self:
        if name.startswith("__"):
            raise AttributeError(name)
        return self

    def __getitem__(self, _: object) -> Self:
        return self

    def __call__(self, *_: object, **__: object) -> Self:
        return self

    def __iter__(self) -> Iterator[Self]:
        yield self

    def __len__(self) -> int:
        return 1

    def __lt__(self, _: object) -> bool:
        return False

    __gt__ = __le__ = __ge__ = __lt__

    def __add__(self, _: object) -> Self:
        return self

    __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __truediv__ = __rtruediv__ = __add__


Fact = TypeVar("Fact")
Made = TypeVar("Made")


def unless_open(fact: Fact, make: Callable[[Fact], Made]) -> Made | Unstated:
    """What ``make`` makes of a fact; an open one stays open."""
    return fact if isinstance(fact, Unstated) else make(fact)


class _View:
    """A model seen with its open facts unstated."""

    def __init__(self, model: BaseModel, open_: Mapping[str, str]) -> None:
        self._model = model
        self._open = open_

    def __getattr__(self, name: str) -> Any:
        if name in self._open:
            return Unstated(self._open[name])
        value = getattr(self._model, name)
        return _seen(value, _below(self._open, name))


def _below(open_: Mapping[str, str], name: str) -> dict[str, str]:
    start = f"{name}."
    return {
        path.removeprefix(start): text for path, text in open_.items() if path.startswith(start)
    }


def _seen(value: Any, open_: Mapping[str, str]) -> Any:
    return _View(value, open_) if open_ and isinstance(value, BaseModel) else value


def drafted_from(computed: "Computed") -> "Computed":
    """What a draft is made from: the same, with everything unstated that is open."""
    items = computed.facts.open_items
    if not items:
        return computed
    texts = {item.path: item.text for item in items}
    seen = replace(computed, facts=_seen(computed.facts, texts))
    if "estimate" in texts:
        seen = replace(seen, estimate=cast(Any, Unstated(texts["estimate"])))
    return seen
