"""What is read back from a finished DOCX besides its words."""

import pytest

from documents.rendering import UnsafeDocument, extract_tables, extract_text, render_docx
from documents.vocabulary import Layout
from tests.documents.outside_files import docx
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


def test_a_text_box_is_read_once() -> None:
    box = "<w:txbxContent><w:p><w:r><w:t>Inside.</w:t></w:r></w:p></w:txbxContent>"
    body = (
        "<w:p><w:r><w:t>Outside.</w:t></w:r><w:r>"
        '<mc:AlternateContent xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006">'
        f'<mc:Choice Requires="wps">{box}</mc:Choice><mc:Fallback>{box}</mc:Fallback>'
        "</mc:AlternateContent></w:r></w:p>"
    )
    assert extract_text(docx(body)) == "Outside.\nInside."


def test_bytes_that_are_no_docx_are_refused() -> None:
    with pytest.raises(UnsafeDocument):
        extract_tables(b"not a document")
