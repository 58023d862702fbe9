"""Passages of the files that people give to a project, and how a document quotes them."""

import re
import unicodedata
from dataclasses import dataclass

from documents.compose import escape

_INVISIBLE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e"
    "\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\uffff"
    "\ud800-\udfff\U000e0000-\U000e0fff]"
)
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
        return "\n\n".join(f"> {_plain(line)}" for line in self.printed.splitlines())

    @property
    def template(self) -> str:
        """What ``documents.compose`` turns into ``markdown``."""
        return re.sub(r"\{(?=[{%#])", "{{ '{' }}", self.markdown)


def readable(text: str) -> str:
    """A text as people see it: no control or invisible characters, single blanks, same words."""
    lines = _INVISIBLE.sub("", unicodedata.normalize("NFC", text)).splitlines()
    return "\n".join(line for line in (" ".join(line.split()) for line in lines) if line)


def _plain(line: str) -> str:
    escaped = escape(line).replace("&", r"\&")
    return _LIST_OR_RULE.sub(lambda found: _escaped_start(found[1]), escaped)


def _escaped_start(start: str) -> str:
    # "7." begins a list and "\." is a full stop that does not; the stop itself follows.
    return f"{start}\\" if start.isdigit() else f"\\{start}"
