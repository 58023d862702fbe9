"""What the documentation names exists: tests that show a claim, pages, pictures."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
FEWEST_TESTS = {"security.md": 30, "operations.md": 15}
"""Named by pages whose claims each need one."""


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_test_that_a_page_names_exists(page: Path) -> None:
    named = re.findall(r"\b(tests/[\w/]+\.py)(?:::(\w+))?", page.read_text(encoding="utf-8"))
    assert len(named) >= FEWEST_TESTS.get(page.name, 0), "a claim without a test is a hope"
    for path, name in named:
        assert (ROOT / path).is_file(), f"{page.name} names {path}, which does not exist"
        tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
        defined = {
            node.name
            for node in ast.walk(tree)
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        }
        assert not name or name in defined, f"{page.name} names {path}::{name}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_page_and_picture_that_a_page_links_to_exists(page: Path) -> None:
    linked = re.findall(r"\]\((?!https?://|#)([^)#\s]+)", page.read_text(encoding="utf-8"))
    missing = [target for target in linked if not (page.parent / target).exists()]
    assert not missing, f"{page.name} links to {missing}"
