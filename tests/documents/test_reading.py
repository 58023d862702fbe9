"""What is read back from a finished DOCX besides its words."""

import pytest

from documents.rendering import UnsafeDocument, extract_tables, render_docx
from documents.vocabulary import Layout
from tests.documents.rendering_samples import cover_of

MARKDOWN = """# Requirements

| Paragraph | Standard |
| :--- | ---: |
| 3.1.1 | **98.0%** of records, measured monthly |
| 3.1.2 | Within 15 minutes |

Some words between the tables.

| Only | One row |
| :--- | :--- |
"""


def test_every_table_is_read_as_rows_of_cells_on_one_line() -> None:
    tables = extract_tables(render_docx(MARKDOWN, cover_of(Layout.REPORT)))
    assert (
        ("Paragraph", "Standard"),
        ("3.1.1", "98.0% of records, measured monthly"),
        ("3.1.2", "Within 15 minutes"),
    ) in tables, "bold text and alignment do not change what a cell says"
    assert (("Only", "One row"),) in tables


def test_bytes_that_are_no_docx_are_refused() -> None:
    with pytest.raises(UnsafeDocument):
        extract_tables(b"not a document")
