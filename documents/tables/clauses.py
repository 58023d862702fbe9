"""Tables of the clauses (Section I) and the provisions (Sections K, L and M)."""

from collections.abc import Callable, Iterable

from documents.compose import Markdown, escape, table
from documents.computed import Computed, Package
from rules.clauses import ClauseEntry, Incorporation, Section

_NOTHING = "None"


def _listed(entries: Iterable[ClauseEntry]) -> Markdown:
    rows = [(entry.number, _title(entry), entry.dated) for entry in entries]
    return table(
        ("Number", "Title", "Date"),
        rows or [(_NOTHING, "Nothing is incorporated by reference", _NOTHING)],
    )


def _title(entry: ClauseEntry) -> str:
    blanks = "; ".join(f"{name}: {value}" for name, value in entry.fill_ins)
    return f"{entry.title} ({blanks})" if blanks else entry.title


def _in_full(entries: Iterable[ClauseEntry]) -> Markdown:
    texts = [
        f"## {escape(f'{entry.number} {entry.title} {entry.dated}')}\n\n{_paragraphs(entry.text)}"
        for entry in entries
    ]
    return Markdown("\n\n".join(texts) or "No text is printed in full.")


def _paragraphs(text: str) -> str:
    return "\n\n".join(escape(paragraph) for paragraph in text.split("\n\n"))


def _by_reference(entries: Iterable[ClauseEntry]) -> list[ClauseEntry]:
    return [entry for entry in entries if entry.incorporation is Incorporation.REFERENCE]


def _full_text(entries: Iterable[ClauseEntry]) -> list[ClauseEntry]:
    return [entry for entry in entries if entry.incorporation is Incorporation.FULL_TEXT]


def _of_section(computed: Computed, section: Section) -> list[ClauseEntry]:
    return [entry for entry in computed.provisions if entry.section is section]


def _clauses_by_reference(computed: Computed, _: Package) -> Markdown:
    return _listed(_by_reference(computed.clauses))


def _clauses_in_full_text(computed: Computed, _: Package) -> Markdown:
    return _in_full(_full_text(computed.clauses))


def _representation_provisions(computed: Computed, _: Package) -> Markdown:
    return _listed(_of_section(computed, Section.REPRESENTATIONS))


def _instruction_provisions(computed: Computed, _: Package) -> Markdown:
    return _listed(_by_reference(_of_section(computed, Section.INSTRUCTIONS)))


def _instructions_in_full_text(computed: Computed, _: Package) -> Markdown:
    return _in_full(_full_text(_of_section(computed, Section.INSTRUCTIONS)))


def _evaluation_provisions(computed: Computed, _: Package) -> Markdown:
    return _listed(_of_section(computed, Section.EVALUATION))


TABLES: dict[str, Callable[[Computed, Package], Markdown]] = {
    "clauses_by_reference": _clauses_by_reference,
    "clauses_in_full_text": _clauses_in_full_text,
    "representation_provisions": _representation_provisions,
    "instruction_provisions": _instruction_provisions,
    "instructions_in_full_text": _instructions_in_full_text,
    "evaluation_provisions": _evaluation_provisions,
}
