"""Which documents rest on which facts: what a change of the package makes stale, and why."""

from collections.abc import Iterable, Iterator, Mapping
from hashlib import sha256
from typing import Any, cast

from documents.catalog import DocumentType
from documents.compose import DraftSection, UnknownKey, compose, long_date
from documents.computed import Computed, compute
from documents.context import context
from documents.facts import Facts, InvalidFacts, parse_facts
from documents.guidance import guidance_for
from documents.open_items import drafted_from

MOST_GROUPS = 12
"""A change that touches more groups of facts is not taken apart: every path is named."""
MOST_PATHS = 30
"""How many paths are named for one document."""
_MISSING = object()
_KEYS = ("id", "code", "number", "suffix")
"""What names an entry of a list."""


def changes(before: Any, after: Any) -> dict[str, tuple[Any, Any]]:
    """What differs between two packages as JSON, by path, in the order of the paths.

    ``None`` stands for what is absent. Entries of lists are named by their id or code.
    """
    return dict(sorted(_differences(before, after, "")))


def _differences(before: Any, after: Any, path: str) -> Iterator[tuple[str, tuple[Any, Any]]]:
    parts = _parts(before), _parts(after)
    if parts[0] is None or parts[1] is None:
        if before != after:
            absent = tuple(None if side is _MISSING else side for side in (before, after))
            yield path, cast(tuple[Any, Any], absent)
        return
    for name in parts[0].keys() | parts[1].keys():
        below = f"{path}.{name}".lstrip(".")
        yield from _differences(parts[0].get(name, _MISSING), parts[1].get(name, _MISSING), below)


def _parts(value: Any) -> Mapping[str, Any] | None:
    """The named parts of a value; ``None``: it is compared as a whole."""
    if isinstance(value, Mapping):
        return cast(Mapping[str, Any], value)
    if not isinstance(value, list) or not value:
        return None
    entries = cast(list[Any], value)
    named = {_name(entry): entry for entry in entries}
    return named if None not in named and len(named) == len(entries) else None


def _name(entry: Any) -> Any:
    if not isinstance(entry, Mapping):
        return None
    found = cast(Mapping[str, Any], entry)
    return next((str(found[key]) for key in _KEYS if key in found), None)


def quoted_sha256(computed: Computed, row: DocumentType) -> str:
    """The SHA-256 of everything that a document of this type quotes.

    That is its standard text with every key filled, and what stands on its cover. Versions, page
    counts and approvals of other documents are left out: they are no facts. Where a record is
    missing, what could be quoted from it is left out.
    """
    project = computed.facts.project
    keys = context(drafted_from(computed), row, {}, 1)
    parts = [
        project.title,
        project.agency,
        project.office.name,
        project.solicitation_piid,
        project.contract_piid,
        long_date(computed.dates[row.dated]) if row.dated in computed.dates else "",
    ]
    for section in guidance_for(row.code).sections:
        try:
            parts.append(compose([DraftSection(section.title, section.standard_text)], keys))
        except UnknownKey as missing:
            parts.append(str(missing))
    return sha256("\n\n".join(parts).encode()).hexdigest()


def stale_documents(
    before: Computed, after: Computed, rows: Iterable[DocumentType]
) -> dict[str, tuple[str, ...]]:
    """By code: the documents that quote something else now, and the facts that are the reason."""
    old, new = _dump(before.facts), _dump(after.facts)
    changed = changes(old, new)
    quoted = {
        row: was
        for row in rows
        if changed and (was := quoted_sha256(before, row)) != quoted_sha256(after, row)
    }
    groups = dict[str, list[str]]()
    for path in changed:
        groups.setdefault(".".join(path.split(".")[:2]), []).append(path)
    found: dict[DocumentType, list[str]] = {row: [] for row in quoted}
    if len(groups) <= MOST_GROUPS and quoted:
        for group, paths in groups.items():
            partly = _with_group(old, new, group, before)
            for row, was in quoted.items():
                if partly is None or quoted_sha256(partly, row) != was:
                    found[row] += paths
    return {row.code: tuple((paths or list(changed))[:MOST_PATHS]) for row, paths in found.items()}


def _dump(facts: Facts) -> dict[str, Any]:
    return facts.model_dump(mode="json")


def _with_group(
    old: Mapping[str, Any], new: Mapping[str, Any], group: str, before: Computed
) -> Computed | None:
    """The old package with one group of the new facts; ``None``: it cannot stand alone."""
    name, _, part = group.partition(".")
    mixed = dict(old)
    if part and isinstance(old.get(name), dict) and isinstance(new.get(name), dict):
        mixed[name] = {**old[name], part: new[name].get(part)}
    else:
        mixed[name] = new.get(name)
    try:
        return compute(parse_facts(mixed), before.records, before.calendar)
    except InvalidFacts:
        return None
