"""Records in which a person judges offers: each judgment comes with that person's reason.

Ratings, the range and the award are decided by people in the positions that ``api`` names; nothing
that a model or a computation wrote stands in for their reasons (FAR 15.303(b), 15.305, 15.308).
"""

import re
from collections.abc import Iterator

from pydantic import BaseModel

from documents.facts import Consensus, Decision, InvalidFacts
from documents.placeholders import PLACEHOLDER
from documents.proceedings import Advice, CompetitiveRange, FinalConsensus

SHORTEST_REASON = 20
"""Characters; "best value" is no reason."""

_PLACEHOLDER = re.compile(rf"{PLACEHOLDER}|\{{\{{", re.IGNORECASE)


def require_reasons(record: BaseModel) -> None:
    """Raises InvalidFacts with the path of every judgment whose reason is missing."""
    missing = [path for path, reason in _reasons(record) if not _is_reason(reason)]
    if missing:
        raise InvalidFacts(tuple(f"{path}: state the reason in your own words" for path in missing))


def _is_reason(text: str) -> bool:
    words = " ".join(text.split())
    return len(words) >= SHORTEST_REASON and not _PLACEHOLDER.search(words)


def _reasons(record: BaseModel) -> Iterator[tuple[str, str]]:
    """Every place that has to hold a reason, with what stands there."""
    match record:
        case Consensus() | FinalConsensus():
            yield "method", record.method
            yield "price_reasonableness", record.price_reasonableness
            for index, rating in enumerate(record.ratings):
                yield f"ratings.{index}.narrative", rating.narrative
        case CompetitiveRange():
            yield "basis", " ".join(record.basis)
            for index, member in enumerate(record.included):
                yield f"included.{index}.reason", member.reason
            for index, left_out in enumerate(record.excluded):
                yield f"excluded.{index}.reason", left_out.reason
                yield f"excluded.{index}.notice", left_out.notice
        case Advice():
            yield "comparison", " ".join(record.comparison)
            yield "reasons", " ".join(record.reasons)
        case Decision():
            yield "rationale", " ".join(record.rationale)
            yield "responsibility", record.responsibility
            for offer, reason in record.reasons.items():
                yield f"reasons.{offer}", reason
        case _:
            return
