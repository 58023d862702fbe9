"""Checks of dates, notices, set-aside and justification (X19, X20, X24, X25)."""

import re
from collections.abc import Iterator
from datetime import date, time, timedelta

from rules.checks.figures import PrintedDate, dates_in
from rules.checks.package import (
    DocumentText,
    Package,
    PackageClosing,
    PackageFacts,
    PackageSchedule,
    Problem,
)
from rules.thresholds import ApprovalLevel, ThresholdId, ja_approval_level, threshold

_NOTICE_DAYS = 15
"""RFO 5.101(d): least calendar days between the notice and the solicitation."""
_RESPONSE_DAYS = 30
"""RFO 5.201(d): least calendar days between the solicitation and its closing."""

_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_BEFORE = re.compile(rf"\b({'|'.join(_DAYS)}),? $", re.I)
_AFTER = re.compile(
    r",? (?:at )?(?P<hour>\d{1,2}):(?P<minute>\d{2}) (?P<half>[ap])\.m\."
    r"(?P<zone>[^.;]{0,40}\([\w/ ]+\))?",
    re.I,
)
_SCHEDULE_ROWS = (
    (re.compile(r"questions (?:are )?due", re.I), "questions_due"),
    (re.compile(r"answers (?:are )?posted", re.I), "answers_posted"),
    (re.compile(r"notice published", re.I), "notice"),
    (
        re.compile(
            r"solicitation issued|planned issue of the solicitation|date (?:issued|of issuance)",
            re.I,
        ),
        "issue",
    ),
)
_OFFERS_DUE = re.compile(r"\b(?:offers|proposals) (?:are )?(?:due|received until)\b", re.I)
_CLOSING_ROW = re.compile(
    rf"{_OFFERS_DUE.pattern}|(?:planned |solicitation )?closing(?: date)?(?: and time)?"
    r"|solicitation number and due date",
    re.I,
)
_STATE_CLOSING = ("PSN", "SEC-A", "SEC-L", "RFP", "AMD", "DD254")


def dates_are_in_order(package: Package) -> Iterator[Problem]:
    """X19: notice, response and question times are kept; weekdays, hours and zones are true."""
    schedule = package.facts.schedule
    if schedule is None:
        return
    yield from (Problem(document="", message=text) for text in _periods(package.facts, schedule))
    for document in package.documents:
        for found, weekday in _weekdays(document):
            if found.day is not None and _DAYS[found.day.weekday()] != weekday:
                yield document.problem(
                    f"calls {found.printed} a {weekday}; it is a {_DAYS[found.day.weekday()]}."
                )
        yield from _closings(document, schedule)
        yield from _dates_for_offerors(document, schedule)


def _periods(facts: PackageFacts, schedule: PackageSchedule) -> Iterator[str]:
    closing, stated = schedule.closings[0].day, facts.clause_facts
    if not schedule.issue < schedule.questions_due < schedule.answers_posted < closing:
        yield (
            f"issue {schedule.issue}, questions {schedule.questions_due}, answers "
            f"{schedule.answers_posted} and closing {closing} are out of order: move the dates."
        )
    if stated is None or stated.commercial:
        return
    if stated.over(ThresholdId.SYNOPSIS_15_DAYS):
        earliest = schedule.notice + timedelta(days=_NOTICE_DAYS)
        if schedule.issue < earliest:
            yield (
                f"the solicitation is issued on {schedule.issue}, less than {_NOTICE_DAYS} days "
                f"after the notice of {schedule.notice}: issue it on {earliest} or later."
            )
    if stated.over(ThresholdId.SAT):
        earliest = schedule.issue + timedelta(days=_RESPONSE_DAYS)
        if closing < earliest:
            yield (
                f"offers are due on {closing}, less than {_RESPONSE_DAYS} days after "
                f"{schedule.issue}: close on {earliest} or later."
            )


def _weekdays(document: DocumentText) -> Iterator[tuple[PrintedDate, str]]:
    """Every date with the day of the week before it; empty when there is none."""
    words = document.words
    for found in dates_in(words):
        if named := _BEFORE.search(words, max(0, found.start - 12), found.start):
            yield found, named[1].capitalize()


def _closings(document: DocumentText, schedule: PackageSchedule) -> Iterator[Problem]:
    """Every moment on a closing day is the closing, and Sections A and L say it in full."""
    if document.code in _RECEIPTS:
        return
    words, full = document.words, False
    yield from _due_dates(document, schedule)
    days = {closing.day for closing in schedule.closings}
    named = {found.start for found, _ in _weekdays(document)}
    for found in dates_in(words):
        moment = _AFTER.match(words, found.end)
        if found.day is None or found.day not in days or moment is None:
            continue
        if PackageClosing(day=found.day, at=_clock(moment)) not in schedule.closings:
            yield document.problem(
                f"states {found.printed}{moment[0]}; offers are due at "
                f"{' or '.join(f'{row.at:%H:%M} on {row.day}' for row in schedule.closings)}."
            )
        zoned = schedule.time_zone in (moment["zone"] or "")
        full = full or (zoned and found.start in named)
    if document.code in ("SEC-A", "SEC-L") and not full:
        yield document.problem(
            f"does not state the closing with weekday, hour and time zone ({schedule.time_zone})."
        )


def _due_dates(document: DocumentText, schedule: PackageSchedule) -> Iterator[Problem]:
    """The day in every row on the closing, and after ``offers are due``, is a closing."""
    if document.code not in _STATE_CLOSING:
        return
    stated = [entry for label, entry in document.entries() if _CLOSING_ROW.fullmatch(label)]
    stated += [
        sentence[match.end() :]
        for sentence in document.sentences
        for match in _OFFERS_DUE.finditer(sentence)
    ]
    days = {closing.day for closing in schedule.closings}
    for found in dict.fromkeys(day for words in stated for day in dates_in(words)[:1]):
        if found.day not in days:
            yield document.problem(
                f"states {found.printed} as the day on which offers are due; it is "
                f"{' or '.join(map(str, sorted(days)))}."
            )


_RECEIPTS = frozenset({"RCPT", "CMP", "SSDD", "SSEB", "SSAC", "UNS", "SF26", "XCL"})
"""Documents that also state when each offer was received."""


def _clock(match: re.Match[str]) -> time:
    hour = int(match["hour"]) % 12 + (12 if match["half"].lower() == "p" else 0)
    return time(hour, min(int(match["minute"]), 59))


def _dates_for_offerors(document: DocumentText, schedule: PackageSchedule) -> Iterator[Problem]:
    if document.code not in ("PSN", "SEC-A", "SEC-L", "RFP"):
        return
    for label, entry in dict.fromkeys(document.entries()):
        for pattern, name in _SCHEDULE_ROWS:
            expected: date = getattr(schedule, name)
            if pattern.fullmatch(label) and expected not in {row.day for row in dates_in(entry)}:
                yield document.problem(
                    f"gives {entry} for {label!r}; the facts say {expected.isoformat()}."
                )


_NO_AWARD = re.compile(
    r"\bno (?:contract )?award\b|\bnot (?:intend to |be )?award|\bno contract will", re.I
)
_NO_PAYMENT = re.compile(r"\b(?:not|nor|no)\b[^.]{0,40}\b(?:pay|payment|reimburse)", re.I)
_INFORMATION_ONLY = re.compile(
    r"\binformation only\b|\bfor (?:information|informational|planning)(?: and planning)? purposes",
    re.I,
)
_CONTACT = re.compile(r"[\w.+-]+@[\w-]+\.\w+|\(\d{3}\) \d{3}-\d{4}")
_ALL_SOURCES = re.compile(r"\ball responsible sources\b[^.]{0,120}\bmay submit\b", re.I)


def notices_are_complete(package: Package) -> Iterator[Problem]:
    """X20: the RFI has both mandatory statements; the notice has contact, codes and statement."""
    facts = package.facts
    for document in package.get("RFI"):
        words = document.words
        if not (_NO_AWARD.search(words) and _NO_PAYMENT.search(words)):
            yield document.problem(
                "does not say that no award is made on its basis and that nothing is paid: add "
                "the statement."
            )
        if not _INFORMATION_ONLY.search(words):
            yield document.problem(
                "does not say that responses are treated as information only: add the statement."
            )
    for document in package.get("PSN"):
        for code, what in ((facts.naics, "NAICS code"), (facts.psc, "product or service code")):
            if code not in document.words:
                yield document.problem(f"does not state the {what} {code}: add it.")
        if not _CONTACT.search(document.words):
            yield document.problem("names no point of contact with address or telephone: add one.")
        if not _ALL_SOURCES.search(document.words):
            yield document.problem(
                "does not say that all responsible sources may submit an offer, which is "
                "considered: add the statement."
            )
        if facts.intended_source and not document.says(facts.intended_source):
            yield document.problem(
                f"does not name {facts.intended_source}, with whom the office negotiates."
            )


_SET_ASIDE = re.compile(
    r"\b(?:is|are) (?:totally |partially )?set aside\b"
    r"|\b(?:total|partial) small[- ]business set[- ]aside\b"
    r"|\bset[- ]aside(?::| \(|, ) ?(?:a )?(?:total|partial|8\(a\)|hubzone|service-disabled|women)",
    re.I,
)
_SET_ASIDE_ROW = re.compile(r"(?:type of )?set[- ]aside|(?:recommended )?competition", re.I)
_SOME_SET_ASIDE = re.compile(
    r"(?<!no )\bset[- ]aside\b|\bsmall business|\b8\(a\)|hubzone|service-disabled|\bwomen", re.I
)
_OPEN = re.compile(r"(?<!other than )(?<!without )\bfull and open competition\b(?! after)", re.I)


def _set_aside_rows(document: DocumentText, facts: PackageFacts) -> Iterator[Problem]:
    """A form states the set-aside of the facts in its row, or none when there is none."""
    wanted = facts.competition == "set_aside"
    for label, entry in dict.fromkeys(document.entries()):
        if _SET_ASIDE_ROW.fullmatch(label) and bool(_SOME_SET_ASIDE.search(entry)) != wanted:
            yield document.problem(
                f"gives {entry!r} for {label!r}; the acquisition is "
                f"{f'set aside ({facts.set_aside})' if wanted else 'not set aside'}."
            )


def set_aside_is_the_same(package: Package) -> Iterator[Problem]:
    """X24: coordination record, notices, Sections A, K and L state the same set-aside."""
    facts = package.facts
    if not facts.competition:
        return
    for document in package.get("SBCR", "PSN", "RFP", "SEC-A", "SSP", "CAS", "CAR", "ANN"):
        yield from _set_aside_rows(document, facts)
    for document in package.get("SBCR", "PSN", "SEC-A", "SEC-K", "SEC-L"):
        if facts.competition == "set_aside":
            if not document.says(facts.set_aside):
                yield document.problem(f"does not state the set-aside, {facts.set_aside!r}: add it")
            if document.code != "SEC-K" and _OPEN.search(document.words):
                yield document.problem(
                    "states full and open competition; the acquisition is set aside "
                    f"({facts.set_aside})."
                )
        elif stated := _SET_ASIDE.search(document.words):
            yield document.problem(
                f"states a set-aside ({stated[0]!r}); the acquisition is not set aside."
            )
        if facts.competition == "sole_source" and _OPEN.search(document.words):
            yield document.problem(
                "states full and open competition; the contract is negotiated with one source."
            )


_ITEMS = (
    ("1, agency and contracting activity", r"other than full and open competition"),
    (
        "2, nature of the action",
        r"nature of the action|approval is asked for|action being approved",
    ),
    ("3, supplies or services with value", r"(?:estimated|total) value"),
    ("4, statutory authority", r"\b10 U\.?S\.?C\.?|statutory authority"),
    ("5, why the authority applies", r"unique qualification|why the authority applies"),
    ("6, efforts to obtain offers", r"efforts to (?:obtain|solicit)|sources sought|was solicited"),
    ("7, fair and reasonable price", r"fair and reasonable"),
    ("8, market research", r"market research"),
    ("9, other facts", r"other facts|other supporting facts|on no others"),
    ("10, sources that expressed interest", r"expressed (?:an )?interest"),
    ("11, removal of barriers", r"remove (?:any )?barriers|barriers to competition"),
    ("12, certification", r"certif(?:y|ies|ication)[^.]{0,200}accurate and complete"),
)
_JUSTIFICATION_ITEMS = tuple((name, re.compile(words, re.I)) for name, words in _ITEMS)
"""The twelve items of RFO 6.104-1(a) and the words by which each is recognized."""
_RESULTS = re.compile(
    r"results?[^.]{0,80}attached|attachment: results|attached[^.]{0,80}results", re.I
)
_APPROVERS = {
    ApprovalLevel.CONTRACTING_OFFICER: "Contracting Officer",
    ApprovalLevel.COMPETITION_ADVOCATE: "Advocate for Competition",
    ApprovalLevel.HEAD_OF_PROCURING_ACTIVITY: "Head of the Procuring Activity",
    ApprovalLevel.SENIOR_PROCUREMENT_EXECUTIVE: "Senior Procurement Executive",
}


def justification_is_complete(package: Package) -> Iterator[Problem]:
    """X25: the justification has its twelve items and attachments, and the right approver."""
    facts = package.facts
    for document in package.get("JA"):
        for name, words in _JUSTIFICATION_ITEMS:
            if not words.search(document.words):
                yield document.problem(f"does not have item {name}: add it (RFO 6.104-1(a)).")
        if not _RESULTS.search(document.words):
            yield document.problem("does not attach the results of the sources sought notice.")
        if facts.follow_on and not re.search(
            r"attach[^.]{0,60}(?:earlier|previous) justification", document.words, re.I
        ):
            yield document.problem("does not attach the justification of the contract it follows.")
        yield from _approver(document, facts)


def _approver(document: DocumentText, facts: PackageFacts) -> Iterator[Problem]:
    stated = facts.clause_facts
    if stated is None or not document.approvals:
        return
    level = ja_approval_level(stated.value, stated.issue)
    label = _APPROVERS[level]
    if label not in {approval.position for approval in document.approvals}:
        limit = threshold(ThresholdId.JA_CO, stated.issue).text
        yield document.problem(
            f"is not approved by the {label}, whose approval a value of ${stated.value:,.2f} with "
            f"options needs (the Contracting Officer approves up to {limit}): ask for it."
        )
