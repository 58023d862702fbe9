"""An acquisition as open data: releases and compiled record, Open Contracting Data Standard 1.1.

Only what the public may know: released documents, the terms of the solicitation and, once the award
is signed, its winner and price. The Government's estimate, the offers, their number and names and
everything marked as source selection information never enter (FAR 3.104-4, 5.401).
"""

from collections.abc import Iterable, Mapping
from copy import deepcopy
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any, cast

from documents.catalog import BY_CODE
from documents.computed import Computed
from documents.negotiated import awardee
from documents.office_time import CLOSE_OF_BUSINESS, START_OF_BUSINESS, office_moment
from documents.vocabulary import Sensitivity
from rules.estimate import LineItem
from rules.evaluation import Offer, total_price

VERSION = "1.1"
EXAMPLE_PREFIX = "ocds-213czf"
"""The prefix that the standard's documentation uses; a publisher registers one of its own."""

NOTICES = ("SSN", "RFI", "PSN", "DRFP")
"""Public by themselves, before the solicitation is released."""

SOLICITATION, AMENDMENT, AWARD, AWARD_NOTICE = "RFP", "AMD", "SF26", "CAS"
"""Documents whose approval passes the gates of release, amendment, award and posting."""

_AFTER_AWARD = ("CAS", "JAP")
_DOCUMENT_TYPES = {
    "SSN": "plannedProcurementNotice",
    "RFI": "plannedProcurementNotice",
    "PSN": "tenderNotice",
    "PWS": "technicalSpecifications",
    "SOW": "technicalSpecifications",
    "SOO": "technicalSpecifications",
    "SEC-M": "evaluationCriteria",
    "QNA": "clarifications",
    "CAS": "awardNotice",
}
_METHODS = {
    "full_and_open": ("open", "Full and open competition"),
    "set_aside": ("selective", "Full and open competition after exclusion of sources"),
    "sole_source": ("direct", "Other than full and open competition"),
}


class NothingPublished(LookupError):
    """No gate has been passed that makes anything public."""


@dataclass(frozen=True, slots=True)
class Released:
    """A document that has been approved, and when (with a time zone)."""

    code: str
    title: str
    at: datetime


def record_package(
    computed: Computed,
    approved: Iterable[Released],
    *,
    uri: str,
    publisher: str,
    prefix: str = EXAMPLE_PREFIX,
) -> dict[str, Any]:
    """The record of one acquisition: its releases, oldest first, and what they add up to.

    ``approved`` are the approved documents, public or not; ``uri`` is where the package can be had,
    ``prefix`` the one registered for the publisher. Raises ``NothingPublished`` before the first
    notice.
    """
    made = releases(computed, approved, prefix)
    return {
        "uri": uri,
        "version": VERSION,
        "publishedDate": made[-1]["date"],
        "publisher": {"name": publisher},
        "records": [{"ocid": made[0]["ocid"], "releases": made, "compiledRelease": compiled(made)}],
    }


def releases(
    computed: Computed, approved: Iterable[Released], prefix: str = EXAMPLE_PREFIX
) -> list[dict[str, Any]]:
    """One release for each gate that has been passed: planning, tender, award, contract.

    Each states its part of the process anew and in full. Raises ``NothingPublished``.
    """
    by_code = {document.code: document for document in approved}
    piid = computed.facts.project.solicitation_piid
    made = [
        _release(computed, by_code, tag, moment, f"{prefix}-{piid}")
        for tag, moment in _moments(by_code)
        if tag != "award" or awardee(computed.records) is not None
    ]
    if not made:
        raise NothingPublished("Nothing is public yet: the first notice has not been approved")
    return made


def compiled(made: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """The releases of one process merged into its latest state, as the standard merges.

    Later values replace earlier ones; lists of objects with an id are merged by it.
    """
    ordered = sorted(made, key=lambda release: release["date"])
    merged: dict[str, Any] = {}
    for release in ordered:
        _merge(merged, release)
    last = ordered[-1]["date"]
    return merged | {"id": f"{merged['ocid']}-{last}", "tag": ["compiled"], "date": last}


def _merge(into: dict[str, Any], new: Mapping[str, Any]) -> None:
    for key, value in new.items():
        current: Any = into.get(key)
        if isinstance(value, dict) and isinstance(current, dict):
            _merge(cast(dict[str, Any], current), cast(dict[str, Any], value))
        elif rows := _rows(value):
            known = {row["id"]: row for row in _rows(current)}
            for row in rows:
                _merge(known.setdefault(row["id"], {}), row)
            into[key] = list(known.values())
        else:
            into[key] = deepcopy(cast(Any, value))


def _rows(value: Any) -> list[dict[str, Any]]:
    """The objects of a list in which each has an id; empty for anything else."""
    rows: list[Any] = cast(list[Any], value) if isinstance(value, list) else []
    return rows if all(isinstance(row, dict) and "id" in row for row in rows) else []


def _moments(by_code: Mapping[str, Released]) -> Iterable[tuple[str, datetime]]:
    """What each release is about and when it was made."""
    if notices := [by_code[code].at for code in NOTICES if code in by_code]:
        yield "planning", max(notices)
    if SOLICITATION not in by_code:
        return
    issued = by_code[SOLICITATION].at
    yield "tender", issued
    if AMENDMENT in by_code:
        yield "tenderAmendment", max(issued, by_code[AMENDMENT].at)
    if AWARD not in by_code:
        return
    signed = max(issued, by_code[AWARD].at)
    yield "award", signed
    if AWARD_NOTICE in by_code:
        yield "contract", max(signed, by_code[AWARD_NOTICE].at)


def _release(
    computed: Computed, by_code: Mapping[str, Released], tag: str, moment: datetime, ocid: str
) -> dict[str, Any]:
    project = computed.facts.project
    winner = awardee(computed.records) if tag in ("award", "contract") else None
    release: dict[str, Any] = {
        "ocid": ocid,
        "id": f"{ocid}-{tag}-{_stamp(moment)}",
        "date": _stamp(moment),
        "tag": [tag],
        "initiationType": "tender",
        "language": "en",
        "parties": _parties(computed, winner),
        "buyer": {"id": _agency_id(computed), "name": project.agency},
    }
    if tag == "planning":
        planning: dict[str, Any] = {"documents": _documents(by_code, moment, NOTICES)}
        if {"SSN", "RFI"} & by_code.keys():  # the notices that state the need
            planning["rationale"] = " ".join(project.need.split())
        release["planning"] = planning
    release["tender"] = _tender(computed, by_code, tag, moment)
    if winner is not None:
        release["awards"] = [_award(computed, by_code, winner, moment)]
    if tag == "contract" and winner is not None:
        release["contracts"] = [_contract(computed, by_code, winner)]
    return release


def _parties(computed: Computed, winner: Offer | None) -> list[dict[str, Any]]:
    project = computed.facts.project
    office = project.office
    parties: list[dict[str, Any]] = [
        {"id": _agency_id(computed), "name": project.agency, "roles": ["buyer"]},
        {
            "id": _office_id(computed),
            "name": office.name,
            "identifier": {"id": office.aac, "legalName": office.name},
            "address": {"streetAddress": office.address, "countryName": "United States"},
            "contactPoint": {"email": office.email, "telephone": office.phone},
            "roles": ["procuringEntity"],
        },
    ]
    if winner is not None:
        parties.append(
            {
                "id": f"UEI-{winner.uei}",
                "name": winner.name,
                "identifier": {"id": winner.uei, "legalName": winner.name},
                "address": {"streetAddress": winner.address},
                "roles": ["supplier"],
            }
        )
    return parties


def _tender(
    computed: Computed, by_code: Mapping[str, Released], tag: str, moment: datetime
) -> dict[str, Any]:
    """The terms that the solicitation states; before its release only what the notice says."""
    facts, project = computed.facts, computed.facts.project
    method, details = _METHODS[project.competition]
    tender: dict[str, Any] = {
        "id": project.solicitation_piid,
        "title": project.title,
        "description": " ".join(project.scope.split()),
        "status": "planned",
        "procuringEntity": {"id": _office_id(computed), "name": project.office.name},
        "procurementMethod": method,
        "procurementMethodDetails": details,
        "mainProcurementCategory": "services" if project.service_contract else "goods",
    }
    if tag == "planning":
        return tender
    zone, milestones = project.office.time_zone, facts.milestones
    closing = _moment(milestones.closing.day, milestones.closing.at, zone)
    tender |= {
        "status": "complete" if tag in ("award", "contract") else "active",
        "items": [_item(computed, line) for line in computed.estimate.line_items],
        "submissionMethod": ["electronicSubmission"],
        "submissionMethodDetails": f"{project.submission_method}: {project.submission_address}",
        "tenderPeriod": {
            "startDate": _moment(milestones.rfp_issue, START_OF_BUSINESS, zone),
            "endDate": closing,
        },
        "contractPeriod": _period(computed, computed.facts.periods[-1].end),
        "documents": _documents(by_code, moment, _solicitation_codes(by_code)),
    }
    if questions := computed.dates.get("questions_due"):
        tender["enquiryPeriod"] = {
            "startDate": tender["tenderPeriod"]["startDate"],
            "endDate": _moment(questions, CLOSE_OF_BUSINESS, zone),
        }
    if facts.evaluation.approach == "lpta":
        tender["awardCriteria"] = "priceOnly"
    elif facts.evaluation.approach == "tradeoff":
        tender["awardCriteria"] = "ratedCriteria"
        tender["awardCriteriaDetails"] = facts.evaluation.relative_importance
    if tag != "tender" and computed.records.amendments is not None:
        tender["amendments"] = [
            {
                "id": amendment.number,
                "date": _moment(amendment.issued, START_OF_BUSINESS, zone),
                "rationale": amendment.reason,
                "description": "; ".join(
                    f"Section {change.section}: {change.change}" for change in amendment.changes
                ),
            }
            for amendment in computed.records.amendments.amendments
        ]
    return tender


def _item(computed: Computed, line: LineItem) -> dict[str, Any]:
    project = computed.facts.project
    return {
        "id": line.number,
        "description": f"{line.title} ({computed.facts.periods[line.period].title})",
        "classification": {
            "scheme": "US-PSC",
            "id": project.psc.code,
            "description": project.psc.title,
        },
        "additionalClassifications": [
            {
                "scheme": "US-NAICS",
                "id": project.naics.code,
                "description": project.naics.title,
            }
        ],
        "quantity": line.quantity,
        "unit": {"name": line.unit},
    }


def _award(
    computed: Computed, by_code: Mapping[str, Released], winner: Offer, moment: datetime
) -> dict[str, Any]:
    """The announced award: its value includes every option."""
    zone = computed.facts.project.office.time_zone
    return {
        "id": f"{computed.facts.project.contract_piid}-award",
        "title": computed.facts.project.title,
        "description": "Value with all options",
        "status": "active",
        "date": _moment(computed.dates["award"], CLOSE_OF_BUSINESS, zone),
        "value": _usd(float(total_price(winner))),
        "suppliers": [{"id": f"UEI-{winner.uei}", "name": winner.name}],
        "contractPeriod": _period(computed, computed.facts.periods[-1].end),
        "documents": _documents(by_code, moment, _AFTER_AWARD),
    }


def _contract(computed: Computed, by_code: Mapping[str, Released], winner: Offer) -> dict[str, Any]:
    """The signed contract: its value is the base period, without unexercised options."""
    project = computed.facts.project
    return {
        "id": project.contract_piid,
        "awardID": f"{project.contract_piid}-award",
        "title": project.title,
        "description": f"{computed.facts.periods[0].title}; options are not exercised yet",
        "status": "active",
        "dateSigned": _stamp(by_code[AWARD].at),
        "period": _period(computed, computed.facts.periods[0].end),
        "value": _usd(float(winner.prices[0])),
    }


def _solicitation_codes(by_code: Mapping[str, Released]) -> tuple[str, ...]:
    return tuple(code for code in by_code if code not in (*NOTICES, *_AFTER_AWARD))


def _documents(
    by_code: Mapping[str, Released], moment: datetime, codes: Iterable[str]
) -> list[dict[str, Any]]:
    """The public documents among ``codes`` that were approved by then.

    A part of the solicitation is approved before it is released; it is published with the release.
    """
    issued = by_code[SOLICITATION].at if SOLICITATION in by_code else None
    found: list[dict[str, Any]] = []
    for code in codes:
        document = by_code.get(code)
        row = BY_CODE.get(code)
        if document is None or row is None or row.sensitivity is not Sensitivity.PUBLIC:
            continue
        if document.at > moment:
            continue
        held_back = code not in NOTICES and issued is not None
        published = max(document.at, issued) if held_back and issued else document.at
        entry = {
            "id": code,
            "title": document.title,
            "datePublished": _stamp(published),
            "format": "application/pdf",
            "language": "en",
        }
        if kind := _DOCUMENT_TYPES.get(code):
            entry["documentType"] = kind
        found.append(entry)
    return found


def _period(computed: Computed, end: date) -> dict[str, str]:
    zone = computed.facts.project.office.time_zone
    return {
        "startDate": _moment(computed.facts.periods[0].start, time(0, 0), zone),
        "endDate": _moment(end, time(23, 59, 59), zone),
    }


def _usd(amount: float) -> dict[str, Any]:
    return {"amount": amount, "currency": "USD"}


def _agency_id(computed: Computed) -> str:
    return f"US-{computed.facts.project.agency.replace(' ', '-')}"


def _office_id(computed: Computed) -> str:
    return f"AAC-{computed.facts.project.office.aac}"


def _moment(day: date, at: time, time_zone: str) -> str:
    return _stamp(office_moment(day, at, time_zone))


def _stamp(moment: datetime) -> str:
    """A date and time of RFC 3339 in UTC, to the second."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
