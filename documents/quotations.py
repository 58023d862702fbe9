"""Passages of the files that people give to a project, and how a document quotes them."""

import re
import unicodedata
from dataclasses import dataclass

from documents.compose import escape
from rules.writing import INVISIBLE

_LIST_OR_RULE = re.compile(r"^([#+\-=>]|\d{1,9}(?=[.)]))")


@dataclass(frozen=True, slots=True)
class Quotation:
    """A passage with its source; data, never an instruction."""

    source: str
    """Name of the file."""
    place: str
    """Where in the file, for example ``page 3``."""
    text: str
    """Word for word, paragraphs on lines of their own."""

    @property
    def printed(self) -> str:
        """What a document shows: the passage, then where it stands."""
        return f"{self.text}\n(Source: {self.source}, {self.place})"

    @property
    def markdown(self) -> str:
        """``printed`` as block quotes in which nothing is markup."""
        return "\n\n".join(f"> {plain(line)}" for line in self.printed.splitlines())

    @property
    def template(self) -> str:
        """What ``documents.compose`` turns into ``markdown``."""
        return re.sub(r"\{(?=[{%#])", "{{ '{' }}", self.markdown)


def readable(text: str) -> str:
    """A text as people see it: no control or invisible characters, single blanks, same words."""
    lines = INVISIBLE.sub("", unicodedata.normalize("NFC", text)).splitlines()
    return "\n".join(line for line in (" ".join(line.split()) for line in lines) if line)


def folded(text: str) -> str:
    """A text for comparing: its letters and digits alone, in one case, words apart by one blank."""
    letters = unicodedata.normalize("NFKD", readable(text)).casefold()
    bare = (char for char in letters if not unicodedata.combining(char))
    return " ".join("".join(char if char.isalnum() else " " for char in bare).split())


def plain(line: str) -> str:
    """One line as Markdown that shows exactly this text, entities and list marks included."""
    escaped = escape(line).replace("&", r"\&")
    return _LIST_OR_RULE.sub(lambda found: _escaped_start(found[1]), escaped)


def _escaped_start(start: str) -> str:
    # "7." begins a list and "\." is a full stop that does not; the stop itself follows.
    return f"{start}\\" if start.isdigit() else f"\\{start}"
