"""Tables of the release checklist, the questions log and the amendments."""

from collections.abc import Callable, Iterable
from datetime import date

from documents.compose import Markdown, UnknownKey, long_date, table
from documents.computed import Computed, Package
from documents.facts import Change, Question
from documents.milestones import NOTICE_DAYS, RESPONSE_DAYS
from documents.tables.schedule import bare_title, part_of, sections
from documents.vocabulary import Position
from rules.citations import cite
from rules.clause_facts import Section


def _release_sections(_: Computed, package: Package) -> Markdown:
    entries = sections(package)
    if "SEC-A" in package:
        entries = [("A", package["SEC-A"]), *entries]
    rows: list[tuple[object, ...]] = [
        (letter, bare_title(entry), part_of(letter), entry.version, entry.date, entry.pages)
        for letter, entry in entries
    ]
    if entries:
        pages = sum(entry.pages for _, entry in entries)
        latest = max(entry.date for _, entry in entries)
        rows.append(("All", f"{len(entries)} sections", "Parts I to IV", "-", latest, pages))
    else:
        rows.append(("-", "No section is approved yet", "-", "-", "-", "-"))
    return table(("Section", "Title", "Part", "Version", "Date", "Pages"), rows, right=(3, 5))


def _release_clocks(computed: Computed, _: Package) -> Markdown:
    dates, calendar = computed.dates, computed.calendar
    notice, issue = dates["presolicitation_published"], dates["rfp_issue"]
    closing = dates["closing"]
    rows: list[tuple[object, ...]] = [
        (
            f"Notice to release, at least {NOTICE_DAYS} days",
            notice,
            calendar.earliest_after(notice, NOTICE_DAYS),
            issue,
            _margin(calendar.earliest_after(notice, NOTICE_DAYS), issue),
            _cited(computed, "notice_period"),
        ),
        (
            f"Release to closing, at least {RESPONSE_DAYS} days",
            issue,
            calendar.earliest_after(issue, RESPONSE_DAYS),
            closing,
            _margin(calendar.earliest_after(issue, RESPONSE_DAYS), closing),
            _cited(computed, "response_time"),
        ),
    ]
    rows += [
        (
            name,
            dates[start],
            "Set by the office",
            closing,
            f"{calendar.business_days_between(dates[start], closing)} business days",
            _cited(computed, "questions"),
        )
        for name, start in (
            ("Questions cut-off to closing", "questions_due"),
            ("Answers posted to closing", "answers_posted"),
        )
    ]
    headings = ("Clock", "Starts", "Earliest end", "Planned end", "Margin", "Citation")
    return table(headings, rows)


def _margin(earliest: date, planned: date) -> str:
    return _counted((planned - earliest).days, "day")


def _cited(computed: Computed, rule: str) -> str:
    return cite(rule, computed.facts.project.regime).text


def _release_requirements(computed: Computed, package: Package) -> Markdown:
    rows = [
        (what, where, _cited(computed, rule))
        for what, where, rule in _requirements(computed, package)
    ]
    return table(("Requirement", "Where it is met", "Citation"), rows)


def _requirements(computed: Computed, package: Package) -> Iterable[tuple[str, str, str]]:
    facts = computed.facts
    if computed.applies("synopsis"):
        yield "Notice of the proposed action", _approved(package, "PSN"), "presolicitation_notice"
    if computed.applies("small_business_coordination"):
        yield (
            "Coordination with the small business professional",
            _approved(package, "SBCR"),
            "small_business_coordination",
        )
    if computed.applies("justification"):
        yield (
            "Justification approved before release",
            _approved(package, "JA"),
            "justification_approval",
        )
    if computed.applies("wage_determination"):
        yield "Current wage determination attached", _approved(package, "WD"), "wage_determination"
    if computed.applies("government_property"):
        yield "Government property listed", _approved(package, "GFP"), "government_property"
    if computed.applies("source_selection_plan"):
        yield (
            "Source selection plan approved before release",
            _approved(package, "SSP"),
            "source_selection_plan",
        )
    yield (
        f"Uniform contract format, Sections A through {'M' if computed.competitive else 'K'}",
        _count(package),
        "uniform_contract_format",
    )
    yield "Line items established for all work", _lines(computed), "line_items"
    yield "Clauses and provisions selected", _clause_counts(computed), "contract_clauses"
    yield (
        "Attachments listed with title, date and number of pages",
        _approved(package, "SEC-J"),
        "list_of_attachments",
    )
    if computed.competitive:
        yield (
            "All factors and their relative importance stated",
            f"Section M: {len(facts.evaluation.factors)} factors; non-price factors combined are "
            f"{facts.evaluation.price_importance} price",
            "evaluation_factors",
        )
        yield (
            "Instructions agree with the factors",
            "Section L: one volume for each factor; crosswalk in Section L",
            "instructions",
        )
    if facts.security is not None:
        yield "Security classification specification", _approved(package, "DD254"), "dd254"
    yield "Electronic solicitation module", facts.project.submission_method, "solicitation_module"


def _approved(package: Package, code: str) -> str:
    entry = package.get(code)
    if entry is None:
        return "Approved before the release is signed"
    return f"{entry.title}, version {entry.version}"


def _count(package: Package) -> str:
    return f"{len(sections(package)) + ('SEC-A' in package)} sections approved; see Contents"


def _lines(computed: Computed) -> str:
    return (
        f"Section B: {len(computed.estimate.line_items)} line items in "
        f"{_counted(len(computed.facts.periods), 'period')}"
    )


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _clause_counts(computed: Computed) -> str:
    printed = [
        entry
        for entry in computed.provisions
        if computed.competitive or entry.section is Section.REPRESENTATIONS
    ]
    return (
        f"Section I: {len(computed.clauses)} clauses; "
        f"{'Sections K and L' if computed.competitive else 'Section K'}: "
        f"{len(printed)} provisions"
    )


_REVIEWS = (
    (Position.PROGRAM_MANAGER, "Requirement", ("PWS", "SOW", "SOO")),
    (Position.CONTRACTING_OFFICERS_REPRESENTATIVE, "Surveillance and data", ("PRS", "CDRL")),
    (Position.SMALL_BUSINESS_PROFESSIONAL, "Small-business participation", ("SBCR",)),
    (Position.PROPERTY_ADMINISTRATOR, "Government-furnished property", ("GFP",)),
    (Position.SECURITY_MANAGER, "Security classification", ("DD254",)),
    (Position.SOURCE_SELECTION_AUTHORITY, "Evaluation factors", ("SSP",)),
    (Position.LEGAL_COUNSEL, "Legal sufficiency of the complete package", ()),
    (Position.CONTRACTING_OFFICER, "Release", ()),
)


def _release_reviews(computed: Computed, package: Package) -> Markdown:
    people = computed.facts.people
    rows = [
        (
            subject,
            people[position].name,
            position.label,
            ", ".join(f"{package[code].title}, version {package[code].version}" for code in held)
            or "Signature on this document",
        )
        for position, subject, codes in _REVIEWS
        if position in people
        and ((held := [code for code in codes if code in package]) or not codes)
    ]
    return table(("Review", "Person", "Position", "Evidence"), rows)


def _release_consistency(computed: Computed, package: Package) -> Markdown:
    facts = computed.facts
    project = facts.project
    start, end = facts.periods[0].start, facts.periods[-1].end
    also = ", L" if computed.competitive else ""
    rows = [
        ("Solicitation number", project.solicitation_piid, f"A{also} and every page"),
        ("NAICS code", f"{project.naics.code}, {project.naics.title}", f"A, K{also}"),
        ("Competition", project.competition.replace("_", " ").capitalize(), f"A{also}"),
        (
            "Period of performance",
            f"{long_date(start)} to {long_date(end)}",
            "B, F, I, work statement",
        ),
        ("Line items", str(len(computed.estimate.line_items)), "B, E, F, G"),
        ("Requirements", str(len(facts.requirements)), "C, E, work statement"),
        ("Data items", str(len(facts.data_items)), "D, E, F, Exhibit A"),
    ]
    if computed.competitive:
        rows.append(("Factors", str(len(facts.evaluation.factors)), "L, M"))
    rows.append(("Attachments and exhibits", str(_attached(package)), "C, J"))
    return table(("Value", "In the facts", "Printed in Sections"), rows)


def _attached(package: Package) -> int:
    return len(package.keys() & {"PWS", "SOW", "SOO", "PRS", "DD254", "GFP", "WD", "PPQF", "CDRL"})


def _questions_of(computed: Computed) -> tuple[Question, ...]:
    if computed.records.questions is None:
        raise UnknownKey("the questions are not recorded: record them, or record that none came")
    return computed.records.questions.questions


def _questions_summary(computed: Computed, _: Package) -> Markdown:
    by_section: dict[str, list[Question]] = {}
    for question in _questions_of(computed):
        by_section.setdefault(question.section.partition(",")[0], []).append(question)
    rows: list[tuple[object, ...]] = [
        (
            section,
            len(asked),
            ", ".join(str(question.number) for question in asked),
            ", ".join(sorted({item.amendment for item in asked if item.amendment})) or "None",
        )
        for section, asked in sorted(by_section.items())
    ]
    total = len(_questions_of(computed))
    changed = sum(question.amendment is not None for question in _questions_of(computed))
    rows.append(("All sections", total, f"{total} answered", f"{changed} answers changed terms"))
    return table(("Section", "Questions", "Numbers", "Amendment"), rows, right=(1,))


def _amendment_changes(computed: Computed, _: Package) -> Markdown:
    if computed.records.amendments is None:
        raise UnknownKey("the amendments are not recorded: record them, or record that none came")
    asked = computed.records.questions.questions if computed.records.questions else ()
    rows = [
        (amendment.number, change.section, change.change, _origin(asked, amendment.number, change))
        for amendment in computed.records.amendments.amendments
        for change in amendment.changes
    ]
    headings = ("Amendment", "Section", "Change", "Question")
    return table(headings, rows or [("None", "None", "No section is changed", "None")])


def _origin(asked: Iterable[Question], number: str, change: Change) -> str:
    found = [
        str(question.number)
        for question in asked
        if question.amendment == number and question.section.startswith(change.section)
    ]
    return ", ".join(found) or "Government"


TABLES: dict[str, Callable[[Computed, Package], Markdown]] = {
    "release_sections": _release_sections,
    "release_clocks": _release_clocks,
    "release_requirements": _release_requirements,
    "release_reviews": _release_reviews,
    "release_consistency": _release_consistency,
    "questions_summary": _questions_summary,
    "amendment_changes": _amendment_changes,
}
