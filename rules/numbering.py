"""Numbers of instruments and of line items: their syntax, and the next one to assign.

Instruments follow FAR 4.1603 (RFO 4.201), line items DFARS 204.71 and PGI 204.202-75.
"""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from enum import StrEnum
from string import ascii_uppercase

PIID_IN_TEXT = re.compile(r"\b[A-Z0-9]{6}\d{2}[A-Z][A-Z0-9]{4}\b")
"""What looks like the number of an instrument; ``parse`` says whether it is one."""


class InvalidNumber(ValueError):
    """The text is not a number of its kind; the message says which position is wrong and why."""


class Instrument(StrEnum):
    """What position 9 of a procurement instrument identifier stands for."""

    BLANKET_PURCHASE_AGREEMENT = "A"
    INVITATION_FOR_BIDS = "B"
    CONTRACT = "C"
    INDEFINITE_DELIVERY_CONTRACT = "D"
    ORDER = "F"
    BASIC_ORDERING_AGREEMENT = "G"
    AGREEMENT = "H"
    LEASE = "L"
    PURCHASE_ORDER = "P"
    REQUEST_FOR_QUOTATIONS = "Q"
    REQUEST_FOR_PROPOSALS = "R"
    SALES_CONTRACT = "S"
    REQUEST_FOR_QUOTATIONS_OVERFLOW = "U"
    PURCHASE_ORDER_OVERFLOW = "V"
    IMPREST_FUND = "Y"


SOLICITATIONS = frozenset(
    {
        Instrument.INVITATION_FOR_BIDS,
        Instrument.REQUEST_FOR_QUOTATIONS,
        Instrument.REQUEST_FOR_PROPOSALS,
        Instrument.REQUEST_FOR_QUOTATIONS_OVERFLOW,
    }
)


@dataclass(frozen=True, slots=True)
class Piid:
    """A procurement instrument identifier by its parts."""

    office: str
    """Activity address code of the office that issues the instrument, positions 1 to 6."""
    fiscal_year: int
    """Positions 7 and 8, as a year of this century."""
    instrument: Instrument
    serial: str

    def __str__(self) -> str:
        return f"{self.office}{self.fiscal_year % 100:02d}{self.instrument}{self.serial}"


def parse_piid(text: str) -> Piid:
    """Read a PIID of 13 to 17 capital letters and digits (FAR 4.1603, RFO 4.201).

    Raises:
        InvalidNumber: names the first position that is wrong.
    """
    wrong = re.search(r"[^A-Z0-9]", text)
    if wrong:
        what = "a lower-case letter" if wrong[0].islower() else repr(wrong[0])
        raise InvalidNumber(
            f"{text}: position {wrong.start() + 1} is {what}; "
            "use capital letters and digits only, without hyphens or spaces"
        )
    if not 13 <= len(text) <= 17:
        raise InvalidNumber(f"{text}: {len(text)} characters; a PIID has 13 to 17")
    if not text[6:8].isdigit():
        raise InvalidNumber(
            f"{text}: positions 7 and 8 are {text[6:8]}; they are the last digits of a fiscal year"
        )
    letter = text[8]
    if letter not in set(Instrument):
        raise InvalidNumber(
            f"{text}: position 9 is {letter}, which stands for no instrument; "
            "use for example R for a request for proposals, C for a contract"
        )
    return Piid(
        office=text[:6],
        fiscal_year=2000 + int(text[6:8]),
        instrument=Instrument(letter),
        serial=text[9:],
    )


def amendment_number(text: str) -> int:
    """The number of a solicitation amendment, ``0001`` upward; raises ``InvalidNumber``."""
    if not re.fullmatch(r"\d{4}", text) or text == "0000":
        raise InvalidNumber(f"{text}: an amendment of a solicitation has a number 0001 to 9999")
    return int(text)


def check_modification(text: str) -> None:
    """Refuse what is no number of a contract modification, such as ``P00001``.

    The first position says whose it is: P the buying office, A the administering office. Raises
    ``InvalidNumber``.
    """
    if not re.fullmatch(r"[AP][A-HJ-NP-Z0-9]{5}", text) or text.endswith("00000"):
        raise InvalidNumber(
            f"{text}: a modification has six positions: P or A, then a serial number of five "
            "positions without the letters I and O, from 00001"
        )


_LETTERS = tuple(letter for letter in ascii_uppercase if letter not in "IO")
_LINE = re.compile(r"(?!0000)\d{4}")
_INFORMATION = re.compile(r"(?P<line>\d{4})(?!00)\d{2}")
_DELIVERABLE = re.compile(r"(?P<line>\d{4})[A-HJ-NP-Z]{2}")
_EXHIBIT_LINE = re.compile(r"[A-HJ-NP-Z][A-HJ-NP-Z0-9]{3}")


def sublines(line: str, *, deliverable: bool) -> tuple[str, ...]:
    """Every number that a subline of a contract line may have, in order of assignment.

    Information sublines end in 01 to 99; deliverable ones in AA to ZZ without I and O. Raises
    ``InvalidNumber`` for a line that is not four digits.
    """
    if not _LINE.fullmatch(line):
        raise InvalidNumber(f"{line}: a contract line has four digits, 0001 to 9999")
    if deliverable:
        return tuple(f"{line}{first}{second}" for first in _LETTERS for second in _LETTERS)
    return tuple(f"{line}{number:02d}" for number in range(1, 100))


def next_subline(line: str, *, deliverable: bool, used: Collection[str]) -> str:
    """The next free subline number; ``used`` includes deleted ones, which never return.

    Raises ``InvalidNumber`` when the line has no number left.
    """
    taken = frozenset(used)
    for number in sublines(line, deliverable=deliverable):
        if number not in taken:
            return number
    raise InvalidNumber(f"{line}: every subline number is used; start another contract line")


def numbering_problems(numbers: Iterable[str], deleted: Collection[str] = ()) -> tuple[str, ...]:
    """Where line, subline and exhibit line numbers break the rules; empty when none does.

    Exhibit lines (``A001``) begin with the letter of their exhibit. A subline needs its line.
    """
    problems: list[str] = []
    given = list(numbers)
    lines = {number for number in given if _LINE.fullmatch(number)}
    for number in dict.fromkeys(given):
        if given.count(number) > 1:
            problems.append(f"{number} is used {given.count(number)} times: numbers are unique")
        if number in deleted:
            problems.append(f"{number} was deleted: a deleted number is never used again")
        subline = _INFORMATION.fullmatch(number) or _DELIVERABLE.fullmatch(number)
        if subline and subline["line"] not in lines:
            problems.append(f"{number} belongs to line {subline['line']}, which does not exist")
        if not (subline or _LINE.fullmatch(number) or _EXHIBIT_LINE.fullmatch(number)):
            problems.append(
                f"{number} is no line (0001 to 9999), subline (01 to 99 or AA to ZZ without I "
                "and O after its line) or exhibit line (the exhibit's letter and three positions)"
            )
    return tuple(problems)
