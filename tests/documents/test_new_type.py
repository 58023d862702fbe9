"""A new document type is one row, one template and one guidance file; nothing else is written."""

from contextlib import closing
from pathlib import Path
from shutil import copytree

import pytest

from documents import guidance
from documents.catalog import CATALOG, DocumentType
from documents.compose import DraftSection, compose
from documents.context import context
from documents.guidance import guidance_for
from documents.planning import plan_for
from documents.publication import cover_for
from documents.rendering import EmbeddedConverter, extract_pdf_text, extract_text, layout, render
from documents.rendering.archive import read_archive, write_archive
from documents.rendering.house import build_template
from documents.vocabulary import Layout, Phase, Position, Sensitivity
from tests.documents.acquisitions import alms, alms_facts
from tests.documents.test_publication import File

ROW = DocumentType(
    code="CYB",
    title="Cybersecurity Strategy",
    category="Strategy",
    phase=Phase.PRE_SOLICITATION,
    drafter=Position.SECURITY_MANAGER,
    approvers=(Position.PROGRAM_MANAGER,),
    routing=lambda computed: (
        (Position.CONTRACTING_OFFICER,) if computed.applies("announcement") else ()
    ),
    requires=("PWS",),
    citations=("acquisition_planning",),
    layout=Layout.NOTICE,
    sensitivity=Sensitivity.INTERNAL,
    dated="strategy_approved",
    required=lambda computed: computed.facts.project.information_technology,
)
GUIDANCE = """\
# Boundary
<!-- What is protected. -->

{{ project.title }} is protected from {{ pop.start }} on, at a value of {{ igce.total }}.

{{ table.key_people }}

Table: Key people
"""


class Added(File):
    """The sample's contract file with one more type of document."""

    def row(self, code: str) -> DocumentType:
        return ROW if code == ROW.code else super().row(code)


@pytest.fixture
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Copies of the folders of templates and guidance, to which a test may add files."""
    for module, name, folder in (
        (layout, "TEMPLATES", layout.TEMPLATES),
        (guidance, "FOLDER", Path(str(guidance.FOLDER))),
    ):
        copy = tmp_path / folder.name
        copytree(folder, copy)
        monkeypatch.setattr(module, name, copy)
    guidance_for.cache_clear()
    return tmp_path


def _add_own_template(folder: Path) -> None:
    """The house template of the layout with one more line of its own."""
    parts = read_archive(build_template(Layout.NOTICE))
    text = parts["word/document.xml"].decode()
    line = "<w:p><w:r><w:t>Office of the Cybersecurity Advisor</w:t></w:r></w:p>"
    parts["word/document.xml"] = text.replace("<w:body>", f"<w:body>{line}", 1).encode()
    (folder / f"{ROW.code}.docx").write_bytes(write_archive(parts))


def _rendered() -> tuple[str, str]:
    """Text of the DOCX and of the PDF of the new document, as the product makes them."""
    file = Added(alms(), {})
    planned = next(
        document
        for document in plan_for(alms_facts(), (*CATALOG, ROW)).documents
        if document.code == ROW.code
    )
    sections = [DraftSection(s.title, s.standard_text) for s in guidance_for(ROW.code).sections]
    content = compose(sections, context(file.state, ROW, {}, 1))
    with closing(EmbeddedConverter()) as converter:
        files = render(content, cover_for(file, ROW.code, 1, planned.approvers), converter)
    return extract_text(files.docx), extract_pdf_text(files.pdf)


def test_a_row_and_guidance_make_a_document_in_the_template_of_its_layout(folders: Path) -> None:
    (folders / "guidance" / f"{ROW.code}.md").write_text(GUIDANCE, encoding="utf-8")
    for text in _rendered():
        words = " ".join(text.split())
        for phrase in (ROW.title, "1 October 2027", "$58,294,575.84", "Cybersecurity Lead"):
            assert phrase in words, f"the new document does not say {phrase!r}"
        assert "Contracting Officer" in words, "the signer that the rule adds is not asked"
        assert "Advisor" not in words


def test_a_file_of_its_own_takes_the_place_of_the_template_of_the_layout(folders: Path) -> None:
    (folders / "guidance" / f"{ROW.code}.md").write_text(GUIDANCE, encoding="utf-8")
    _add_own_template(folders / "templates")
    for text in _rendered():
        assert "Office of the Cybersecurity Advisor" in " ".join(text.split()), (
            "documents/templates/CYB.docx is not used for the document CYB"
        )


def test_the_rule_of_the_row_decides_whether_it_is_planned() -> None:
    raw = alms_facts()
    other = raw.model_copy(
        update={"project": raw.project.model_copy(update={"information_technology": False})}
    )
    catalog = (*CATALOG, ROW)
    assert ROW.code in {document.code for document in plan_for(raw, catalog).documents}
    assert ROW.code not in {document.code for document in plan_for(other, catalog).documents}
