"""Which dates people record as they happen, and what makes such a statement impossible.

A statement is refused only where it cannot be true: a day that has not come, or an order in which
things cannot happen. What is merely unlawful did happen; the gates say so.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType

from rules.deadline_rules import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedEvent:
    """One event that people record, and what has to have happened before it."""

    event: Event
    after: tuple[Event, ...] = ()
    """None of these, where recorded, is later."""
    needs: tuple[Event, ...] = ()
    """One of these has to be recorded first."""
    ahead: bool = False
    """The date may lie in the future: it is set, not observed."""
    repeats: bool = False
    """Happens once for every offeror or protest: the newest statement counts."""


_E = Event

RECORDED_EVENTS: Mapping[Event, RecordedEvent] = MappingProxyType(
    {
        row.event: row
        for row in (
            RecordedEvent(event=_E.ACQUISITION_PLAN_APPROVED, repeats=True),
            RecordedEvent(event=_E.PRESOLICITATION_PUBLISHED),
            RecordedEvent(event=_E.RFP_ISSUED, after=(_E.PRESOLICITATION_PUBLISHED,)),
            RecordedEvent(
                event=_E.QUALIFYING_COUNTRY_REQUESTED,
                after=(_E.PRESOLICITATION_PUBLISHED,),
                repeats=True,
            ),
            RecordedEvent(event=_E.ANSWERS_POSTED, after=(_E.RFP_ISSUED,), repeats=True),
            RecordedEvent(event=_E.CLOSING, after=(_E.RFP_ISSUED, _E.ANSWERS_POSTED), ahead=True),
            RecordedEvent(event=_E.RESOLICITED, after=(_E.RFP_ISSUED,), repeats=True),
            RecordedEvent(event=_E.EXCLUSION_DECIDED, after=(_E.RFP_ISSUED,), repeats=True),
            RecordedEvent(
                event=_E.EXCLUSION_NOTICE_RECEIVED,
                after=(_E.EXCLUSION_DECIDED,),
                needs=(_E.EXCLUSION_DECIDED,),
                repeats=True,
            ),
            RecordedEvent(event=_E.SMALL_BUSINESS_NOTICE_SENT, after=(_E.RFP_ISSUED,)),
            RecordedEvent(event=_E.SIZE_PROTEST_RECEIVED, after=(_E.RFP_ISSUED,), repeats=True),
            RecordedEvent(event=_E.AWARD, after=(_E.PRESOLICITATION_PUBLISHED, _E.RFP_ISSUED)),
            RecordedEvent(
                event=_E.NOTICE_RECEIVED, after=(_E.AWARD,), needs=(_E.AWARD,), repeats=True
            ),
            RecordedEvent(
                event=_E.DEBRIEF_REQUESTED,
                needs=(_E.NOTICE_RECEIVED, _E.EXCLUSION_NOTICE_RECEIVED),
                repeats=True,
            ),
            RecordedEvent(
                event=_E.DEBRIEF_OFFERED,
                after=(_E.DEBRIEF_REQUESTED,),
                needs=(_E.DEBRIEF_REQUESTED,),
                ahead=True,
                repeats=True,
            ),
            RecordedEvent(
                event=_E.DEBRIEF_HELD,
                after=(_E.DEBRIEF_REQUESTED,),
                needs=(_E.DEBRIEF_REQUESTED,),
                repeats=True,
            ),
            RecordedEvent(
                event=_E.DEBRIEF_QUESTIONS_RECEIVED,
                after=(_E.DEBRIEF_HELD,),
                needs=(_E.DEBRIEF_HELD,),
                repeats=True,
            ),
            RecordedEvent(
                event=_E.DEBRIEF_CONCLUDED,
                after=(_E.DEBRIEF_HELD, _E.DEBRIEF_QUESTIONS_RECEIVED),
                needs=(_E.DEBRIEF_HELD,),
                repeats=True,
            ),
            RecordedEvent(event=_E.PROTEST_BASIS_KNOWN, repeats=True),
            RecordedEvent(event=_E.PROTEST_FILED, after=(_E.PROTEST_BASIS_KNOWN,), repeats=True),
            RecordedEvent(
                event=_E.PROTEST_NOTICE_RECEIVED,
                after=(_E.PROTEST_FILED,),
                needs=(_E.PROTEST_FILED,),
                repeats=True,
            ),
            RecordedEvent(
                event=_E.PROTEST_DOCUMENTS_REQUESTED,
                after=(_E.PROTEST_NOTICE_RECEIVED,),
                needs=(_E.PROTEST_NOTICE_RECEIVED,),
                repeats=True,
            ),
            RecordedEvent(
                event=_E.PROTEST_REPORT_FILED,
                after=(_E.PROTEST_NOTICE_RECEIVED,),
                needs=(_E.PROTEST_NOTICE_RECEIVED,),
                repeats=True,
            ),
            RecordedEvent(
                event=_E.PROTEST_RULED,
                after=(_E.PROTEST_FILED, _E.AGENCY_PROTEST_FILED),
                needs=(_E.PROTEST_FILED, _E.AGENCY_PROTEST_FILED),
                repeats=True,
            ),
            RecordedEvent(event=_E.AGENCY_PROTEST_FILED, repeats=True),
            RecordedEvent(event=_E.SUBCONTRACTING_PERIOD_END, after=(_E.AWARD,), repeats=True),
        )
    }
)
"""By event. The others are planned, derived, or facts of the package."""


def objection(event: Event, day: date, recorded: Mapping[Event, date], today: date) -> str | None:
    """Why ``event`` cannot have happened on ``day``; ``None`` if it can.

    ``recorded`` are the statements so far, ``today`` is the day by the office's clock.
    """
    row = RECORDED_EVENTS.get(event)
    if row is None:
        return f"{_first(event.text)} is not recorded by hand: it follows from the package"
    if day > today and not row.ahead:
        return (
            f"{_first(event.text)} on {day} has not happened yet (today is {today}): record it on "
            "the day; planned dates belong into the milestones of the package"
        )
    if row.needs and not any(needed in recorded for needed in row.needs):
        texts = " or ".join(needed.text for needed in row.needs)
        return f"Record {texts} first: {event.text} follows it"
    for earlier in row.after:
        if earlier in recorded and day < recorded[earlier]:
            return (
                f"{_first(event.text)} on {day} would be before {earlier.text}, recorded for "
                f"{recorded[earlier]}: correct whichever is wrong"
            )
    if row.repeats:
        return None
    for later in RECORDED_EVENTS.values():
        if event in later.after and later.event in recorded and recorded[later.event] < day:
            return (
                f"{_first(event.text)} on {day} would be after {later.event.text}, recorded for "
                f"{recorded[later.event]}: correct whichever is wrong"
            )
    return None


def _first(text: str) -> str:
    return text[0].upper() + text[1:]
