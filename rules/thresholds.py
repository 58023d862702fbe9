"""Dollar thresholds as dated facts, and the questions that are answered by a threshold alone.

Values are USD; ``effective_from`` and ``effective_to`` are inclusive. Where a source gives no
earlier date, a row starts on the day the DoD class deviation that carries the text became
operative (1 February 2026; 16 March 2026 for Part 15 and 16 texts); rows of the older, codified
text start on 1 October 2020, the earliest date this table answers for.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum


class ThresholdId(StrEnum):
    MPT = "MPT"
    SAT = "SAT"
    COMM_SAP = "COMM_SAP"
    SYNOPSIS = "SYNOPSIS"
    SYNOPSIS_15_DAYS = "SYNOPSIS_15_DAYS"
    JA_CO = "JA_CO"
    JA_CA = "JA_CA"
    JA_HPA = "JA_HPA"
    JA_HPA_CIVILIAN = "JA_HPA_CIVILIAN"
    JA_SPE = "JA_SPE"
    JA_SPE_CIVILIAN = "JA_SPE_CIVILIAN"
    JA_8A = "JA_8A"
    TINA = "TINA"
    AP_DEV = "AP_DEV"
    AP_SVC_TOTAL = "AP_SVC_TOTAL"
    AP_SVC_YEAR = "AP_SVC_YEAR"
    SUBK = "SUBK"
    SUBK_CONSTRUCTION = "SUBK_CONSTRUCTION"
    CONSOLIDATION = "CONSOLIDATION"
    BUNDLE = "BUNDLE"
    PP_EVAL_IT = "PP_EVAL_IT"
    PP_EVAL_SERVICES = "PP_EVAL_SERVICES"
    PP_EVAL_SYSTEMS = "PP_EVAL_SYSTEMS"
    PP_EVAL_SHIP_REPAIR = "PP_EVAL_SHIP_REPAIR"
    MKT_CLAUSE = "MKT_CLAUSE"
    ANNOUNCE = "ANNOUNCE"
    COOP = "COOP"
    DEBRIEF_REQ = "DEBRIEF_REQ"
    SSDD_DISC_ALL = "SSDD_DISC_ALL"
    SSDD_DISC_SMALL = "SSDD_DISC_SMALL"
    NEGOT = "NEGOT"
    SSA_NOT_CO = "SSA_NOT_CO"
    SSAC = "SSAC"
    SSPROC = "SSPROC"
    PEER = "PEER"
    NONPBA_SPE = "NONPBA_SPE"
    TM_DF = "TM_DF"
    CBAR = "CBAR"
    TO_PROTEST = "TO_PROTEST"
    NMCARS_AP = "NMCARS_AP"
    SCLS = "SCLS"


GOVERNED_BY_AWARD = frozenset(
    {
        ThresholdId.TINA,
        ThresholdId.ANNOUNCE,
        ThresholdId.DEBRIEF_REQ,
        ThresholdId.SSDD_DISC_ALL,
        ThresholdId.SSDD_DISC_SMALL,
        ThresholdId.CBAR,
    }
)
"""Thresholds that are looked up on the date of award; the others on that of the solicitation."""


class Comparison(StrEnum):
    """How an amount has to compare with the value for the rule to apply."""

    OVER = ">"
    AT_LEAST = ">="
    UP_TO = "<="


class UnknownThreshold(LookupError):
    """The rule book has no threshold of that id."""


class NoThresholdOnDate(LookupError):
    """The rule book has no value of that threshold on the date asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Threshold:
    """One value of one threshold over one span of dates. ``note`` says what a person must check."""

    id: ThresholdId
    meaning: str
    value: Decimal
    comparison: Comparison
    effective_from: date
    effective_to: date | None
    source: str
    note: str = ""

    def applies_on(self, day: date) -> bool:
        return self.effective_from <= day and (
            self.effective_to is None or day <= self.effective_to
        )

    def met_by(self, amount: Decimal) -> bool:
        """Whether ``amount`` (USD) lies on the side of the value where the rule applies."""
        match self.comparison:
            case Comparison.OVER:
                return amount > self.value
            case Comparison.AT_LEAST:
                return amount >= self.value
            case Comparison.UP_TO:
                return amount <= self.value

    @property
    def text(self) -> str:
        """The value as it is printed, for example ``$900,000`` or ``$7.5 million``."""
        million = Decimal(1_000_000)
        if self.value < million:
            return f"${self.value:,.0f}"
        scaled, unit = (
            (self.value / (1000 * million), "billion")
            if self.value >= 1000 * million
            else (self.value / million, "million")
        )
        return f"${scaled.normalize():f} {unit}"


_CODIFIED = date(2020, 10, 1)
_LAST_CODIFIED_DAY = date(2025, 9, 30)
_ADJUSTED = date(2025, 10, 1)
_DEVIATION = date(2026, 2, 1)
_PART_15_DEVIATION = date(2026, 3, 16)
_OVER = Comparison.OVER
_AT_LEAST = Comparison.AT_LEAST
_UP_TO = Comparison.UP_TO


def _row(
    id: ThresholdId,
    value: int,
    comparison: Comparison,
    effective_from: date,
    meaning: str,
    source: str,
    *,
    until: date | None = None,
    note: str = "",
) -> Threshold:
    return Threshold(
        id=id,
        meaning=meaning,
        value=Decimal(value),
        comparison=comparison,
        effective_from=effective_from,
        effective_to=until,
        source=source,
        note=note,
    )


def _adjusted(
    id: ThresholdId, before: int, after: int, comparison: Comparison, meaning: str, source: str
) -> tuple[Threshold, Threshold]:
    """A threshold that the inflation adjustment of 1 October 2025 changed."""
    return (
        _row(id, before, comparison, _CODIFIED, meaning, source, until=_LAST_CODIFIED_DAY),
        _row(id, after, comparison, _ADJUSTED, meaning, source),
    )


_T = ThresholdId

THRESHOLDS: tuple[Threshold, ...] = (
    *_adjusted(_T.MPT, 10_000, 15_000, _OVER, "above the micro-purchase threshold", "FAR 2.101"),
    *_adjusted(
        _T.SAT, 250_000, 350_000, _OVER, "above the simplified acquisition threshold", "FAR 2.101"
    ),
    *_adjusted(
        _T.COMM_SAP,
        7_500_000,
        9_000_000,
        _UP_TO,
        "simplified procedures allowed for commercial products and services",
        "RFO 12.201-1",
    ),
    _row(
        _T.SYNOPSIS,
        25_000,
        _OVER,
        _CODIFIED,
        "notice of proposed contract action",
        "FAR 5.101, 5.203",
        until=date(2026, 1, 31),
    ),
    _row(
        _T.SYNOPSIS,
        20_000,
        _OVER,
        _DEVIATION,
        "notice of proposed contract action",
        "RFO 5.101",
        note="An earlier copy of RFO 5.101(a) reads $15,000; check the copy in force.",
    ),
    _row(
        _T.SYNOPSIS_15_DAYS,
        25_000,
        _OVER,
        _CODIFIED,
        "notice published 15 days before the solicitation",
        "FAR 5.203; RFO 5.101 Table 5-2",
    ),
    *_adjusted(
        _T.JA_CO,
        750_000,
        900_000,
        _UP_TO,
        "justification: the contracting officer's certification is the approval",
        "FAR 6.304(a)(1); RFO 6.104-2",
    ),
    _row(
        _T.JA_CA,
        20_000_000,
        _UP_TO,
        _ADJUSTED,
        "justification: advocate for competition approves, not delegable",
        "FAR 6.304(a)(2); RFO 6.104-2",
    ),
    _row(
        _T.JA_HPA,
        150_000_000,
        _UP_TO,
        _ADJUSTED,
        "justification: head of the procuring activity approves (DoD, NASA, Coast Guard)",
        "FAR 6.304(a)(3); RFO 6.104-2",
    ),
    _row(
        _T.JA_HPA_CIVILIAN,
        90_000_000,
        _UP_TO,
        _ADJUSTED,
        "justification: head of the procuring activity approves (other agencies)",
        "FAR 6.304(a)(3); RFO 6.104-2",
    ),
    _row(
        _T.JA_SPE,
        150_000_000,
        _OVER,
        _ADJUSTED,
        "justification: senior procurement executive approves (DoD, NASA, Coast Guard)",
        "FAR 6.304(a)(4); RFO 6.104-2",
    ),
    _row(
        _T.JA_SPE_CIVILIAN,
        90_000_000,
        _OVER,
        _ADJUSTED,
        "justification: senior procurement executive approves (other agencies)",
        "FAR 6.304(a)(4); RFO 6.104-2",
    ),
    _row(
        _T.JA_8A,
        100_000_000,
        _OVER,
        _DEVIATION,
        "DoD sole-source 8(a): justification needed",
        "DFARS 206.104-70",
    ),
    _row(
        _T.TINA,
        2_000_000,
        _OVER,
        _CODIFIED,
        "certified cost or pricing data, non-competitive",
        "DFARS 215.403-3(a); 10 USC 3702",
        until=_LAST_CODIFIED_DAY,
    ),
    _row(
        _T.TINA,
        2_500_000,
        _OVER,
        _ADJUSTED,
        "certified cost or pricing data, non-competitive",
        "DFARS 215.403-3(a); 10 USC 3702",
        until=date(2026, 6, 30),
    ),
    _row(
        _T.TINA,
        10_000_000,
        _OVER,
        date(2026, 7, 1),
        "certified cost or pricing data, non-competitive DoD prime contracts",
        "DFARS 215.403-3(a); 10 USC 3702",
    ),
    _row(
        _T.AP_DEV,
        10_000_000,
        _AT_LEAST,
        _DEVIATION,
        "written acquisition plan, development, total cost",
        "DFARS 207.103-70(a)(1)",
    ),
    _row(
        _T.AP_SVC_TOTAL,
        50_000_000,
        _AT_LEAST,
        _DEVIATION,
        "written acquisition plan, production or services, all years",
        "DFARS 207.103-70(a)(2)",
    ),
    _row(
        _T.AP_SVC_YEAR,
        25_000_000,
        _AT_LEAST,
        _DEVIATION,
        "written acquisition plan, production or services, any fiscal year",
        "DFARS 207.103-70(a)(2)",
    ),
    *_adjusted(
        _T.SUBK,
        750_000,
        900_000,
        _OVER,
        "small business subcontracting plan from an other-than-small awardee",
        "FAR 19.702; RFO 19.109(a)",
    ),
    *_adjusted(
        _T.SUBK_CONSTRUCTION,
        1_500_000,
        2_000_000,
        _OVER,
        "small business subcontracting plan, construction",
        "FAR 19.702; RFO 19.109(a)",
    ),
    _row(
        _T.CONSOLIDATION,
        2_000_000,
        _OVER,
        _DEVIATION,
        "consolidation determination",
        "RFO 7.107-1(b)",
    ),
    _row(
        _T.BUNDLE,
        8_000_000,
        _AT_LEAST,
        _DEVIATION,
        "substantial bundling in DoD",
        "RFO 7.107-1(b)",
    ),
    _row(
        _T.PP_EVAL_IT,
        1_000_000,
        _OVER,
        _PART_15_DEVIATION,
        "past performance must be evaluated: information technology",
        "DFARS 215.104-70(g)",
    ),
    _row(
        _T.PP_EVAL_SERVICES,
        1_000_000,
        _OVER,
        _PART_15_DEVIATION,
        "past performance must be evaluated: services",
        "DFARS 215.104-70(g)",
    ),
    _row(
        _T.PP_EVAL_SYSTEMS,
        5_000_000,
        _OVER,
        _PART_15_DEVIATION,
        "past performance must be evaluated: systems and operations support",
        "DFARS 215.104-70(g)",
    ),
    _row(
        _T.PP_EVAL_SHIP_REPAIR,
        500_000,
        _OVER,
        _PART_15_DEVIATION,
        "past performance must be evaluated: ship repair and overhaul",
        "DFARS 215.104-70(g)",
    ),
    _row(
        _T.MKT_CLAUSE,
        7_500_000,
        _OVER,
        _DEVIATION,
        "52.210-1 Market Research in noncommercial contracts",
        "RFO 10.002",
    ),
    *_adjusted(
        _T.ANNOUNCE,
        7_500_000,
        9_000_000,
        _OVER,
        "DoD award announcement, face value without unexercised options",
        "DFARS 205.303; DFARS 205.302",
    ),
    _row(
        _T.COOP,
        1_500_000,
        _OVER,
        _DEVIATION,
        "252.205-7000 Provision of Information to Cooperative Agreement Holders",
        "DFARS 205.701",
    ),
    *_adjusted(
        _T.DEBRIEF_REQ,
        10_000_000,
        15_000_000,
        _AT_LEAST,
        "DoD debriefing required when asked for",
        "DFARS 215.506-70; DFARS 215.301-170(a)",
    ),
    _row(
        _T.SSDD_DISC_ALL,
        150_000_000,
        _OVER,
        _PART_15_DEVIATION,
        "redacted source selection decision disclosed in every debriefing",
        "DFARS 215.301-170(b)",
    ),
    _row(
        _T.SSDD_DISC_SMALL,
        15_000_000,
        _OVER,
        _PART_15_DEVIATION,
        "redacted source selection decision disclosed when a small business or nontraditional "
        "defense contractor asks",
        "DFARS 215.301-170(b)",
        note="Check the reading of the condition with counsel.",
    ),
    _row(
        _T.NEGOT,
        100_000_000,
        _AT_LEAST,
        _PART_15_DEVIATION,
        "negotiations expected",
        "DFARS 215.204-2",
    ),
    _row(
        _T.SSA_NOT_CO,
        100_000_000,
        _AT_LEAST,
        date(2022, 8, 20),
        "source selection authority other than the contracting officer",
        "DoD Source Selection Procedures",
    ),
    _row(
        _T.SSAC,
        100_000_000,
        _AT_LEAST,
        date(2022, 8, 20),
        "source selection advisory council mandatory",
        "DoD Source Selection Procedures",
    ),
    _row(
        _T.SSPROC,
        10_000_000,
        _OVER,
        date(2022, 8, 20),
        "DoD Source Selection Procedures apply to competitive FAR Part 15 buys",
        "DoD Source Selection Procedures",
    ),
    _row(
        _T.PEER,
        1_000_000_000,
        _AT_LEAST,
        _DEVIATION,
        "peer review led by Defense Pricing, Contracting and Acquisition Policy",
        "PGI 201.170",
    ),
    _row(
        _T.NONPBA_SPE,
        100_000_000,
        _OVER,
        _DEVIATION,
        "services not performance-based: senior procurement executive approves",
        "DFARS 237.870-2",
    ),
    _row(
        _T.TM_DF,
        1_000_000,
        _OVER,
        _PART_15_DEVIATION,
        "time-and-materials determination: senior contracting official signs",
        "DFARS 216.601-370",
    ),
    _row(
        _T.CBAR,
        25_000_000,
        _OVER,
        _PART_15_DEVIATION,
        "upload of noncompetitive clearance documents",
        "PGI 215.408-2(a)(3)",
    ),
    _row(
        _T.TO_PROTEST,
        35_000_000,
        _OVER,
        date(2024, 12, 23),
        "GAO jurisdiction over protests of DoD task orders",
        "10 USC 3406(f)",
        note="Conflict: the text of DFARS 233.105-370(b) still says $25 million.",
    ),
    _row(
        _T.NMCARS_AP,
        100_000_000,
        _AT_LEAST,
        _DEVIATION,
        "Navy acquisition plan approved by the Deputy Assistant Secretary (Procurement)",
        "NMCARS 5207.103",
        note="Read in an older edition; check the current one.",
    ),
    _row(
        _T.SCLS,
        2_500,
        _OVER,
        _CODIFIED,
        "service contract labor standards and wage determination",
        "FAR 22.10",
    ),
)


def threshold(id: ThresholdId | str, on: date) -> Threshold:
    """The value of a threshold on the date its rule names (award date, solicitation date ...).

    Raises ``UnknownThreshold`` or ``NoThresholdOnDate``.
    """
    rows = [row for row in THRESHOLDS if row.id == id]
    if not rows:
        raise UnknownThreshold(f"No threshold is called {id!r}.")
    for row in rows:
        if row.applies_on(on):
            return row
    spans = ", ".join(f"{row.effective_from} to {row.effective_to or 'now'}" for row in rows)
    raise NoThresholdOnDate(f"{id} has no value on {on}; the rule book knows {spans}.")


class ApprovalLevel(StrEnum):
    """Who approves a justification, a determination or the form of a service contract."""

    CONTRACTING_OFFICER = "contracting_officer"
    ONE_LEVEL_ABOVE_CONTRACTING_OFFICER = "one_level_above_contracting_officer"
    SENIOR_CONTRACTING_OFFICIAL = "senior_contracting_official"
    HEAD_OF_CONTRACTING_ACTIVITY = "head_of_contracting_activity"
    DEPUTY_ASSISTANT_SECRETARY = "deputy_assistant_secretary"
    SERVICES_OFFICIAL = "services_official"
    COMPETITION_ADVOCATE = "competition_advocate"
    HEAD_OF_PROCURING_ACTIVITY = "head_of_procuring_activity"
    SENIOR_PROCUREMENT_EXECUTIVE = "senior_procurement_executive"


def ja_approval_level(value: Decimal, on: date, dod: bool = True) -> ApprovalLevel:
    """Approver of a justification by its value in USD, options included (RFO 6.104-2).

    ``dod`` covers DoD, NASA and the Coast Guard. Raises ``NoThresholdOnDate``.
    """
    ladder = (
        (_T.JA_CO, ApprovalLevel.CONTRACTING_OFFICER),
        (_T.JA_CA, ApprovalLevel.COMPETITION_ADVOCATE),
        (_T.JA_HPA if dod else _T.JA_HPA_CIVILIAN, ApprovalLevel.HEAD_OF_PROCURING_ACTIVITY),
    )
    for id, level in ladder:
        if threshold(id, on).met_by(value):
            return level
    return ApprovalLevel.SENIOR_PROCUREMENT_EXECUTIVE


def time_and_materials_approval_level(value: Decimal, months: int, on: date) -> ApprovalLevel:
    """Who signs the determination for time-and-materials or labor-hour work (DFARS 216.601-370).

    ``value`` is that part of the contract in USD, ``months`` the length of the contract with all
    options: over three years the head of the contracting activity signs. Raises
    ``NoThresholdOnDate``.
    """
    if months > _THREE_YEARS:
        return ApprovalLevel.HEAD_OF_CONTRACTING_ACTIVITY
    if threshold(_T.TM_DF, on).met_by(value):
        return ApprovalLevel.SENIOR_CONTRACTING_OFFICIAL
    return ApprovalLevel.ONE_LEVEL_ABOVE_CONTRACTING_OFFICER


def navy_plan_approval_level(value: Decimal, on: date) -> ApprovalLevel:
    """Who approves a Navy acquisition plan (NMCARS 5207.103); USD with options.

    Below the threshold the procedures of the head of the contracting activity say who does.
    Raises ``NoThresholdOnDate``.
    """
    if threshold(_T.NMCARS_AP, on).met_by(value):
        return ApprovalLevel.DEPUTY_ASSISTANT_SECRETARY
    return ApprovalLevel.HEAD_OF_CONTRACTING_ACTIVITY


_THREE_YEARS = 36
"""Months."""


def certified_data_required(
    value: Decimal, award: date, *, adequate_competition: bool, commercial: bool = False
) -> bool:
    """Whether a DoD prime must certify cost or pricing data (RFO 15.403-3, DFARS 215.403-3).

    ``value`` is the negotiated price in USD. Adequate price competition and commercial products
    or services are exceptions. Raises ``NoThresholdOnDate``.
    """
    if adequate_competition or commercial:
        return False
    return threshold(_T.TINA, award).met_by(value)


def past_performance_required(value: Decimal, on: date, *, it: bool, service: bool) -> bool:
    """Whether DoD must evaluate past performance in this competition (DFARS 215.104-70(g))."""
    ids = [id for id, asked in ((_T.PP_EVAL_IT, it), (_T.PP_EVAL_SERVICES, service)) if asked]
    return any(threshold(id, on).met_by(value) for id in ids or [_T.PP_EVAL_SYSTEMS])
