"""Guidance: what each document has to say, section by section, and its standard text.

``guidance/<code>.md`` is Markdown. A first-level heading opens a section; an HTML comment right
below it tells whoever drafts what the section must establish; the rest is the standard text, with
facts by key (``{{ igce.total }}``) and never by value.
"""

import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

FOLDER = files("documents") / "guidance"
_SECTION = re.compile(r"^# (?P<title>.+)$", re.MULTILINE)
_INSTRUCTION = re.compile(r"\A\s*<!--(?P<text>.*?)-->", re.DOTALL)


class InvalidGuidance(ValueError):
    """A guidance file is missing or does not follow the format above."""


@dataclass(frozen=True, slots=True)
class Section:
    """One required section of a document."""

    title: str
    instruction: str
    standard_text: str
    """Markdown with keys; the offline agent's draft."""


@dataclass(frozen=True, slots=True)
class Guidance:
    """Everything an agent is told about one document type."""

    code: str
    sections: tuple[Section, ...]


@cache
def guidance_for(code: str) -> Guidance:
    """Read ``guidance/<code>.md``; raises ``InvalidGuidance`` when it is missing or malformed."""
    path = FOLDER / f"{code}.md"
    if not path.is_file():
        raise InvalidGuidance(f"documents/guidance/{code}.md is missing: write it")
    return parse_guidance(code, path.read_text(encoding="utf-8"))


def parse_guidance(code: str, text: str) -> Guidance:
    """Split a guidance file into sections."""
    headings = list(_SECTION.finditer(text))
    if not headings or text[: headings[0].start()].strip():
        raise InvalidGuidance(f"guidance of {code} must begin with a first-level heading")
    sections: list[Section] = []
    ends = [heading.start() for heading in headings[1:]] + [len(text)]
    for heading, end in zip(headings, ends, strict=True):
        body = text[heading.end() : end]
        instruction = _INSTRUCTION.match(body)
        title = heading["title"].strip()
        if instruction is None:
            raise InvalidGuidance(
                f"section {title!r} of {code} has no <!-- instruction --> below its heading"
            )
        sections.append(
            Section(
                title=title,
                instruction=" ".join(instruction["text"].split()),
                standard_text=body[instruction.end() :].strip(),
            )
        )
    return Guidance(code=code, sections=tuple(sections))
