"""Deterministic review of a draft: what a reader would send back at first sight."""

import re

from documents.guidance import Guidance

_PLACEHOLDER = re.compile(
    r"\b(TBD|TODO|TBC|lorem ipsum|XXX+)\b|\[(insert|enter|to be)[^\]]*\]|\{\{|\}\}|\{%",
    re.IGNORECASE,
)
_EMPTY_CELL = re.compile(r"\|[ \t]*\|")


def review(guidance: Guidance, content: str) -> tuple[str, ...]:
    """What is wrong with a composed document, as sentences that say what to do.

    ``content`` is Markdown with one first-level heading per section, in the order of the guidance.
    """
    titles = [line[2:].strip() for line in content.splitlines() if line.startswith("# ")]
    findings: list[str] = []
    if len(titles) != len(guidance.sections):
        findings.append(
            f"{guidance.code} has {len(titles)} sections and its guidance "
            f"{len(guidance.sections)}: write exactly the sections of the guidance"
        )
    bodies = re.split(r"^# .*$", content, flags=re.MULTILINE)[1:]
    findings += [
        f"section {title!r} is empty: write it"
        for title, body in zip(titles, bodies, strict=True)
        if not body.strip()
    ]
    findings += [
        f"{found.group(0)!r} stands in the text: replace the placeholder"
        for found in _PLACEHOLDER.finditer(content)
    ]
    if _EMPTY_CELL.search(content):
        findings.append("a table has an empty cell: fill it")
    return tuple(findings)
