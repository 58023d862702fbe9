import pytest

from rules.estimate import estimate
from rules.numbering import (
    Instrument,
    InvalidNumber,
    amendment_number,
    check_modification,
    next_subline,
    numbering_problems,
    parse_piid,
    sublines,
)
from tests.rules.alms import ESTIMATE_INPUT, PERIODS


def test_an_identifier_is_read_by_its_positions() -> None:
    piid = parse_piid("N0018927R0042")
    assert (piid.office, piid.fiscal_year) == ("N00189", 2027)
    assert (piid.instrument, piid.serial) == (Instrument.REQUEST_FOR_PROPOSALS, "0042")
    assert str(piid) == "N0018927R0042"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("W56KGU-25-R-0042", "position 7 is '-'"),
        ("N0018927r0042", "position 9 is a lower-case letter"),
        ("N00189 27R0042", "position 7 is ' '"),
        ("N0018927R004", "12 characters"),
        ("N0018927R004200001", "18 characters"),
        ("N001892XR0042", "positions 7 and 8 are 2X"),
        ("N0018927I0042", "position 9 is I"),
        ("N0018927O0042", "position 9 is O"),
        ("N001892710042", "position 9 is 1"),
        ("", "0 characters"),
    ],
)
def test_what_is_no_identifier_is_refused_with_the_position(text: str, reason: str) -> None:
    with pytest.raises(InvalidNumber) as caught:
        parse_piid(text)
    assert reason in str(caught.value)


@pytest.mark.parametrize("text", ["N0018927R00000042", "W912AB27C0042", "N0018927F00A2"])
def test_serial_numbers_have_four_to_eight_positions(text: str) -> None:
    assert str(parse_piid(text)) == text


def test_amendments_count_from_0001_and_modifications_name_their_office() -> None:
    assert amendment_number("0001") == 1
    for text in ("0000", "1", "00001", "A001"):
        with pytest.raises(InvalidNumber):
            amendment_number(text)
    check_modification("P00001")
    check_modification("A0000C")
    for text in ("P00000", "X00001", "P0001", "P0000I"):
        with pytest.raises(InvalidNumber):
            check_modification(text)


def test_the_lines_of_the_sample_are_legal() -> None:
    numbers = [line.number for line in estimate(ESTIMATE_INPUT, PERIODS).line_items]
    exhibits = [f"A{number:03d}" for number in range(1, 14)]
    assert numbering_problems([*numbers, *exhibits]) == ()


@pytest.mark.parametrize(
    ("numbers", "deleted", "problem"),
    [
        (["0001", "0001"], (), "0001 is used 2 times"),
        (["0001", "0002"], ("0002",), "0002 was deleted"),
        (["0001", "000201"], (), "belongs to line 0002"),
        (["0001", "0001AI"], (), "0001AI is no line"),
        (["0001", "0001AO"], (), "0001AO is no line"),
        (["0001", "000100"], (), "000100 is no line"),
        (["0000"], (), "0000 is no line"),
        (["I001"], (), "I001 is no line"),
        (["1"], (), "1 is no line"),
    ],
)
def test_illegal_numbers_are_reported(
    numbers: list[str], deleted: tuple[str, ...], problem: str
) -> None:
    assert any(problem in found for found in numbering_problems(numbers, deleted)), problem


def test_sublines_are_assigned_in_order_and_deleted_numbers_never_return() -> None:
    assert next_subline("0001", deliverable=False, used=()) == "000101"
    assert next_subline("0001", deliverable=False, used=("000101", "000102")) == "000103"
    assert next_subline("0001", deliverable=True, used=("0001AA",)) == "0001AB"
    assert next_subline("0001", deliverable=True, used=[f"0001A{x}" for x in "ABCDEFGH"]) == (
        "0001AJ"
    ), "I is left out because it looks like 1"
    with pytest.raises(InvalidNumber, match="every subline number is used"):
        next_subline("0001", deliverable=False, used=sublines("0001", deliverable=False))
    with pytest.raises(InvalidNumber, match="four digits"):
        next_subline("1", deliverable=True, used=())


def test_a_line_has_99_information_and_576_deliverable_sublines() -> None:
    assert len(sublines("0001", deliverable=False)) == 99
    assert len(sublines("0001", deliverable=True)) == 24 * 24
    assert numbering_problems(["0001", *sublines("0001", deliverable=True)]) == ()
