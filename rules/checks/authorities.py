"""Checks of citations and thresholds against the tables of the rule book (X17, X18)."""

import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from functools import cache

from rules.checks.clauses import NUMBER, clause_number_is_known
from rules.checks.figures import AMOUNT_PATTERN, Amount, figures_in
from rules.checks.package import DocumentText, Package, PackageFacts, PackageSchedule, Problem
from rules.citations import Regime, cite, rule_ids
from rules.thresholds import (
    GOVERNED_BY_AWARD,
    THRESHOLDS,
    NoThresholdOnDate,
    ThresholdId,
    threshold,
)
from rules.writing import plain

_CODES = {
    "USC": r"(?i:USC|U\. ?S\. ?C\.|United States Code)",
    "CFR": r"(?i:CFR|C\. ?F\. ?R\.|Code of Federal Regulations)",
}
_REGULATIONS = {
    "DFARS": r"(?i:DFARS|Defense Federal Acquisition Regulation Supplement)",
    # In any case "far" is an ordinary word.
    "FAR": r"(?:FAR|F\.A\.R\.)",
    "RFO": r"(?i:RFO|Revolutionary FAR Overhaul)",
    "PGI": r"(?i:PGI)",
    "NMCARS": r"(?i:NMCARS)",
    "AFARS": r"(?i:AFARS)",
    "": r"(?i:Federal Acquisition Regulations?)",
}
"""By what they are called; without an abbreviation it is the one of the project's regime."""
_SOURCES = {
    **_CODES,
    **_REGULATIONS,
    "EO": r"(?:Executive Order|E\. ?O\.|EO)",
    "Pub. L.": r"(?i:Public Law|Pub\. ?L\.|P\. ?L\.)",
}
_CODE, _REGULATION = "|".join(_CODES.values()), "|".join(_REGULATIONS.values())
_SECTION = r"(?i:(?:sub)?parts?|sections?|secs?\.|clauses?|provisions?|\u00a7+)"
_REF = r"(?P<ref>\d[\w.-]*\w(?:\(\w+\))*)"
_TO_REF = rf"\)?[ /-]?(?:,? ?{_SECTION} ?)?{_REF}"
_TITLE = r"(?i:title) (?P<title>\d+)"
_OF_CODE = rf",? (?:of )?(?:the )?(?P<source>{_CODE})"
_CITATIONS = tuple(
    map(
        re.compile,
        (
            rf"\b(?P<source>{_REGULATION}){_TO_REF}",
            rf"\b(?P<title>\d+) ?(?P<source>{_CODE}){_TO_REF}",
            rf"\b{_TITLE}{_OF_CODE}{_TO_REF}",
            rf"{_SECTION} ?{_REF} of (?:the )?(?P<source>{_REGULATION})",
            rf"{_SECTION} ?{_REF} of {_TITLE}(?:{_OF_CODE})?",
            rf"\b(?P<source>{_SOURCES['EO']})s? ?(?:Nos?\. ?|Number )?(?P<ref>\d{{4,5}})\b",
            rf"\b(?P<source>{_SOURCES['Pub. L.']}) ?(?:Nos?\. ?)?(?P<ref>\d{{2,3}}-\d+)\b",
        ),
    )
)
_GLUED = re.compile(r"(?<=[A-Za-z)])(?=(?:252|52)\.2\d\d-)")
"""Where a clause number follows its source without a blank."""
_MARKING = frozenset({"2.101", "3.104", "3.104-4"})
"""The sections that the marking of source selection information names in every regime."""

_OWN_RULES = {
    "RFI": ("request_for_information",),
    "IND": ("industry_day",),
    "MRR": ("market_research", "market_research_report"),
    "PRS": ("performance_requirements_summary", "performance_based"),
    "QASP": ("qasp",),
    "DD254": ("dd254", "security_clause"),
    "IGF": ("inherently_governmental", "nonpersonal_services"),
    "IGCE": ("government_estimate",),
    "SBCR": ("small_business_coordination",),
    "CTD": ("contract_type", "time_and_materials"),
    "OPT": ("option_determination", "options"),
    "AP": ("acquisition_planning",),
    "SSP": ("source_selection_plan",),
    "PSN": ("presolicitation_notice",),
    "JA": ("justification", "justification_content"),
    "SEC-I": ("contract_clauses",),
    "SEC-K": ("representations",),
    "SEC-M": ("evaluation_factors", "factors_for_award"),
    "QNA": ("questions",),
    "AMD": ("amendments",),
    "RCPT": ("receipt",),
    "NDA": ("procurement_integrity",),
    "CMP": ("evaluation",),
    "SCORE": ("evaluation",),
    "PPE": ("past_performance_evaluation",),
    "PCA": ("price_analysis",),
    "SSEB": ("evaluation", "source_selection_procedures"),
    "SSDD": ("source_selection_decision",),
    "RESP": ("responsibility",),
    "ANN": ("award_announcement",),
    "SF26": ("award", "award_form"),
    "UNS": ("postaward_notice",),
    "CAR": ("fpds",),
    "CORL": ("cor",),
    "DBR": ("postaward_debrief",),
}
"""Rules of which a document has to cite one, because it is made under them."""


def citations_are_known(package: Package) -> Iterator[Problem]:
    """X17: every citation is in the table, of the project's regime, and the document's own."""
    regime = package.facts.regime
    if regime is None:
        return
    for document in package.documents:
        words = _GLUED.sub(" ", plain(document.words))
        for number in sorted({match[0] for match in NUMBER.finditer(words)}):
            if not clause_number_is_known(number):
                yield document.problem(
                    f"cites clause {number}, which the clause table does not have: correct it."
                )
        left = _known_texts(regime).sub(" ", words)
        found = dict(_cited(left, regime))
        for (source, ref), printed in sorted(found.items()):
            stated = (source, ref) in package.facts.stated_citations
            if not stated and not _is_known(source, ref, regime):
                yield document.problem(f"cites {printed}, {_remedy(source, ref, regime)}")
        yield from _own_rule(document, regime)


def _is_known(source: str, ref: str, regime: Regime) -> bool:
    if NUMBER.match(ref) or (source == "FAR" and ref in _MARKING):
        return True
    return (source, ref) in _known_refs(regime)


def _remedy(source: str, ref: str, regime: Regime) -> str:
    other = Regime.FAR if regime is Regime.RFO else Regime.RFO
    for rule in rule_ids():
        if (source, ref) in _refs(cite(rule, other).text):
            own = cite(rule, regime).text
            return f"a number of the {other} text: this acquisition cites {own}."
    return "which the citation table does not have: take the citation from the table."


def _own_rule(document: DocumentText, regime: Regime) -> Iterator[Problem]:
    rules = _OWN_RULES.get(document.code, ())
    texts = [cite(rule, regime).text for rule in rules]
    parts = {part for text in texts for part in text.split("; ")}
    if rules and not any(part in document.words for part in parts):
        yield document.problem(
            f"does not cite the rule under which it is made, {texts[0]}: cite it."
        )


@cache
def _known_texts(regime: Regime) -> re.Pattern[str]:
    """Whole citations as documents print them, longest first, so that parts do not hide them."""
    texts = sorted({cite(rule, regime).text for rule in rule_ids()}, key=len, reverse=True)
    return re.compile("|".join(rf"\b{re.escape(text)}(?![\w(-]|[.]\d)" for text in texts))


@cache
def _known_refs(regime: Regime) -> frozenset[tuple[str, str]]:
    return frozenset(ref for rule in rule_ids() for ref in _refs(cite(rule, regime).text))


def _refs(text: str) -> frozenset[tuple[str, str]]:
    """Source and number of each part of a citation, for example ``("RFO", "15.107")``."""
    refs: set[tuple[str, str]] = set()
    for part in text.split("; "):
        for (source, ref), _ in _cited(part):
            refs.add((source, ref))
            for further in re.split(r", | through ", part)[1:]:
                if further[0].isdigit():
                    refs.add((source, further))
    return frozenset(refs)


def statutes_in(text: str) -> frozenset[tuple[str, str]]:
    """Source and number of what a text cites besides the acquisition regulations."""
    cited = {key for key, _ in _cited(plain(text))}
    return frozenset(key for key in cited if key[0] not in {*_REGULATIONS, "48 CFR"})


def _cited(words: str, regime: Regime = Regime.FAR) -> Iterator[tuple[tuple[str, str], str]]:
    """Source and number of each citation, and how it is printed."""
    for pattern in _CITATIONS:
        for match in pattern.finditer(words):
            named = match.groupdict()
            source = _source(named["source"] or "USC") or str(regime)
            title = f"{named['title']} " if named.get("title") else ""
            yield (f"{title}{source}", match["ref"]), match[0]


@cache
def _source(printed: str) -> str:
    return next(name for name, words in _SOURCES.items() if re.fullmatch(words, printed))


_COMPARED = re.compile(
    r"\b(?:over|above|below|under|exceed(?:s|ing)?|(?:more|less|greater|higher|lower) than"
    r"|at (?:least|most)|up to|threshold (?:of|is)|not exceed|or below|at or above)\s+"
    rf"(?P<amount>{AMOUNT_PATTERN})",
    re.I,
)
_SUBJECTS: tuple[tuple[re.Pattern[str], frozenset[ThresholdId]], ...] = tuple(
    (re.compile(words, re.I), frozenset(ids))
    for words, ids in (
        (r"micro-purchase", (ThresholdId.MPT,)),
        (r"simplified acquisition threshold", (ThresholdId.SAT,)),
        (r"subcontracting plan", (ThresholdId.SUBK, ThresholdId.SUBK_CONSTRUCTION)),
        (r"certified cost or pricing data", (ThresholdId.TINA,)),
        (r"\bannounce(?:d|ment)\b", (ThresholdId.ANNOUNCE,)),
        (r"consolidat|bundl", (ThresholdId.CONSOLIDATION, ThresholdId.BUNDLE)),
        (r"advisory council", (ThresholdId.SSAC,)),
        (r"\bnegotiations are expected", (ThresholdId.NEGOT,)),
        (r"\bpeer review", (ThresholdId.PEER,)),
        (
            r"past performance is",
            (
                ThresholdId.PP_EVAL_IT,
                ThresholdId.PP_EVAL_SERVICES,
                ThresholdId.PP_EVAL_SYSTEMS,
                ThresholdId.PP_EVAL_SHIP_REPAIR,
            ),
        ),
    )
)


def thresholds_are_current(package: Package) -> Iterator[Problem]:
    """X18: a threshold is quoted with its value on the date that governs it."""
    facts = package.facts
    if facts.schedule is None:
        return
    current = _values_on(facts.schedule)
    own = _own_amounts(facts)
    for document in package.documents:
        for sentence in document.sentences:
            for match in _COMPARED.finditer(sentence):
                amount = figures_in(match["amount"]).amounts[0]
                if not any(amount.stands_for(value) for value in own):
                    yield from map(document.problem, _outdated(amount, sentence, current))


def _outdated(amount: Amount, sentence: str, current: dict[ThresholdId, Decimal]) -> Iterator[str]:
    for words, ids in _SUBJECTS:
        values = sorted({current[id] for id in ids if id in current})
        if words.search(sentence) and values and amount.value not in values:
            yield (
                f"quotes {amount.printed} in {sentence[:90]!r}; the threshold is "
                f"{' or '.join(f'${value:,.0f}' for value in values)} on the governing date."
            )
            return
    if amount.value in current.values():
        return
    for row in THRESHOLDS:
        if row.value == amount.value and row.id in current:
            yield (
                f"quotes {amount.printed} in {sentence[:90]!r}, which was the threshold for "
                f"{row.meaning}; on the governing date it is ${current[row.id]:,.0f}."
            )
            return


def _values_on(schedule: PackageSchedule) -> dict[ThresholdId, Decimal]:
    values: dict[ThresholdId, Decimal] = {}
    for id in ThresholdId:
        try:
            values[id] = threshold(id, _governing(id, schedule)).value
        except NoThresholdOnDate:
            continue
    return values


def _governing(id: ThresholdId, schedule: PackageSchedule) -> date:
    return schedule.award if id in GOVERNED_BY_AWARD else schedule.issue


def _own_amounts(facts: PackageFacts) -> frozenset[Decimal]:
    """Amounts of the acquisition itself, which are compared with thresholds but are none."""
    stated = {facts.igce_total, *facts.confidential_amounts, facts.size_standard}
    stated |= {line.amount for line in facts.lines if line.amount is not None}
    stated |= {amount for amount in (facts.award_total, facts.award_base) if amount is not None}
    return frozenset(stated)
