"""Markdown becomes house styles; what the house does not know is refused by name."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from documents.rendering import NEW_PAGE, UnsupportedMarkdown
from documents.rendering.markdown import to_body
from documents.rendering.tables import fit_table, text_width

WIDTH = 9360


def styles(markdown: str) -> list[str]:
    return re.findall(r'<w:pStyle w:val="(\w+)"', to_body(markdown, WIDTH).xml)


def test_each_numbered_list_counts_for_itself() -> None:
    body = to_body("1. a\n2. b\n\nText.\n\n1. c\n\nText.\n\n5. d", WIDTH)
    assert [entry.number for entry in body.numbered_lists] == [100, 101, 102]
    assert [entry.start for entry in body.numbered_lists] == [1, 1, 5]


def test_heading_levels_never_skip_and_end_at_three() -> None:
    body = to_body("# A\n\n### B\n\n#### C\n\n##### D\n\n# E", WIDTH)
    assert [heading.level for heading in body.headings] == [1, 2, 3, 3, 1], (
        "a skipped level fails Section 508 checks"
    )
    assert len({heading.bookmark for heading in body.headings}) == 5


def test_a_caption_moves_above_its_table() -> None:
    assert styles("| A |\n|---|\n| b |\n\nTable: Prices\n")[:2] == ["Caption", "TableHeading"]
    assert "Table 1. Prices" in to_body("| A |\n|---|\n| b |\n\nTable: Prices\n", WIDTH).xml


def test_a_new_page_marks_the_next_block() -> None:
    assert "<w:pageBreakBefore/>" in to_body(f"a\n\n{NEW_PAGE}\n\n# b", WIDTH).xml
    before_table = to_body(f"a\n\n{NEW_PAGE}\n\n| A |\n|---|\n| b |", WIDTH).xml
    assert before_table.index("<w:pageBreakBefore/>") < before_table.index("<w:tbl>")


def test_adjacent_tables_stay_apart() -> None:
    table = "| A |\n|---|\n| b |\n"
    xml = to_body(f"{table}\n{table}", WIDTH).xml
    assert "</w:tbl><w:tbl>" not in xml, "Word would join the two tables"


def test_an_empty_cell_is_filled() -> None:
    assert "\u2014" in to_body("| A | B |\n|---|---|\n| x | |", WIDTH).xml


def test_alignment_comes_from_the_markdown() -> None:
    xml = to_body("| A | B |\n|:--|--:|\n| x | 5 |", WIDTH).xml
    assert xml.count('<w:jc w:val="right"/>') == 2


def test_a_link_shows_where_it_leads() -> None:
    assert "(https://www.acquisition.gov)" in to_body("[FAR](https://www.acquisition.gov)", 1).xml


def test_html_stays_text() -> None:
    assert "&lt;script&gt;" in to_body("a <script> b\n\n<div>block</div>", WIDTH).xml


def test_control_characters_are_dropped() -> None:
    assert "\x0b" not in to_body("a\x0bb\x00c", WIDTH).xml


def test_a_picture_is_refused_by_name() -> None:
    with pytest.raises(UnsupportedMarkdown, match="image"):
        to_body("Text.\n\n![seal](https://example.invalid/seal.png)", WIDTH)


def test_nested_blocks_keep_their_text() -> None:
    xml = to_body("> quoted\n\n---\n\n- item\n\n  more\n\n```\ncode\n```\n", WIDTH).xml
    assert {"quoted", "item", "more", "code"} <= set(re.findall(r">(\w+)</w:t>", xml))
    assert {"Quote", "HorizontalRule", "ListBullet", "ListContinue", "Preformatted"} <= set(
        re.findall(r'pStyle w:val="(\w+)"', xml)
    )


cells = st.text(alphabet="abc 0123,.$-", max_size=60)


@settings(max_examples=60, deadline=None)
@given(
    st.integers(1, 12).flatmap(
        lambda n: st.lists(st.lists(cells, min_size=n, max_size=n), min_size=1, max_size=6)
    ),
    st.sampled_from([9360, 10080, 13680]),
)
def test_column_widths_are_positive_and_fill_the_text_width(
    rows: list[list[str]], available: int
) -> None:
    form = fit_table(rows, available)
    assert sum(form.widths) == available
    assert min(form.widths) > 0


def test_figures_get_what_they_need_and_prose_gets_the_rest() -> None:
    prose = "The contractor shall provide all personnel and equipment. " * 4
    form = fit_table([["CLIN", "Description", "Amount"], ["0001", prose, "$1,406,037.84"]], WIDTH)
    clin, description, amount = form.widths
    assert description > clin + amount
    assert amount > text_width("$1,406,037.84", 9.5), "an amount must not break over two lines"


def test_a_crowded_wide_table_is_set_smaller() -> None:
    row = ["$1,406,037.84"] * 9
    assert fit_table([row, row], WIDTH).small
    assert not fit_table([["A"] * 9, ["1"] * 9], WIDTH).small
