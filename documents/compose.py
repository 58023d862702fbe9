"""Put the facts into a draft: keys become values, named tables become Markdown tables.

A draft holds prose and keys. Everything a reader could check against another document (numbers,
dates, citations, names, tables) enters here, from one context, so that two documents cannot differ.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, time
from decimal import Decimal
from functools import lru_cache
from typing import Any

from jinja2 import StrictUndefined, Template, TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from documents.open_items import Unstated

_SPECIAL = re.compile(r"([\\`*_\[\]<>|~])")


class UnknownKey(ValueError):
    """A draft names a fact that does not exist, or uses one in a way that cannot be filled."""


class Markdown(str):
    """Text that is Markdown already (a computed table) and is injected as it is."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class DraftSection:
    """One section as drafted: a title and Markdown in which facts stand as ``{{ keys }}``."""

    title: str
    markdown: str


def compose(sections: Iterable[DraftSection], context: Mapping[str, Any]) -> str:
    """Fill every key and join the sections to one Markdown text.

    Raises:
        UnknownKey: names the section and the key that cannot be filled.
    """
    parts: list[str] = []
    for section in sections:
        try:
            body = _template(section.markdown).render(context)
            title = _template(section.title).render(context)
        except TemplateError as error:
            raise UnknownKey(f"section {section.title!r}: {error.message}") from error
        parts.append(f"# {title}\n\n{_blank_lines(body)}")
    return "\n\n".join(parts) + "\n"


@lru_cache(maxsize=2048)
def _template(text: str) -> Template:
    """Standard texts are filled again and again; compiling them is most of the work."""
    return _ENVIRONMENT.from_string(text)


def long_date(day: date) -> str:
    """``1 March 2027``: the way dates are written in every document."""
    return f"{day.day} {day:%B %Y}"


def money(amount: Decimal) -> str:
    """``$58,294,575.84``: USD with cents."""
    return f"-${-amount:,.2f}" if amount < 0 else f"${amount:,.2f}"


def escape(text: object) -> str:
    """Plain text as Markdown that shows exactly that text, on one line."""
    return " ".join(_SPECIAL.sub(r"\\\1", str(text)).split())


def table(
    headings: Iterable[object], rows: Iterable[Iterable[object]], *, right: Iterable[int] = ()
) -> Markdown:
    """A Markdown table; ``right`` names the columns that are aligned to the right."""
    titles = [escape(heading) for heading in headings]
    numeric = set(right)
    marks = ["---:" if index in numeric else ":---" for index in range(len(titles))]
    lines = [titles, marks, *([_cell(value) for value in row] for row in rows)]
    return Markdown("\n".join(f"| {' | '.join(line)} |" for line in lines))


def _cell(value: object) -> str:
    return str(_finalize(value)) or "-"


def _finalize(value: object) -> object:
    match value:
        case Markdown():
            return value
        case Decimal():
            return money(value)
        case date():
            return long_date(value)
        case time():
            return f"{value:%H:%M}"
        case str():
            return escape(value)
        case None:
            raise UnknownKey("a fact that is not recorded was used")
        case _:
            return value


def _blank_lines(text: str) -> str:
    return re.sub(r"\n{3,}", "\n\n", text).strip()


def _environment() -> ImmutableSandboxedEnvironment:
    environment = ImmutableSandboxedEnvironment(
        undefined=StrictUndefined,
        finalize=_finalize,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["count"] = lambda number: f"{number:,}"
    environment.filters["names"] = _names
    environment.tests["open"] = lambda value: isinstance(value, Unstated)
    return environment


def _names(items: Iterable[object]) -> str:
    """``A, B and C`` from a list; ``Norfolk, VA; San Diego, CA; and C`` if items hold commas."""
    words = [str(item) for item in items]
    if not words:
        return "none"
    comma, last = ("; ", "; and ") if any(", " in word for word in words) else (", ", " and ")
    if len(words) < 3:
        return " and ".join(words)
    return f"{comma.join(words[:-1])}{last}{words[-1]}"


_ENVIRONMENT = _environment()
