"""Rules about the tree itself: who owns which import name, and what files may hold."""

import subprocess
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PACKAGES: list[str] = PROJECT["tool"]["uv"]["build-backend"]["module-name"]


def test_every_package_of_the_tree_is_built_and_checked() -> None:
    found = sorted(
        path.parent.name
        for path in ROOT.glob("*/__init__.py")
        if path.parent.name not in ("tests", ".venv")
    )
    assert sorted(PACKAGES) == found, "add the package to [tool.uv.build-backend] module-name"
    assert sorted(PROJECT["tool"]["importlinter"]["root_packages"]) == found
    assert {*PROJECT["tool"]["pyright"]["include"]} == {*found, "tests"}


def test_no_other_distribution_claims_our_import_names() -> None:
    owners = packages_distributions()
    clashes = {
        name: claimed
        for name in PACKAGES
        if (claimed := [owner for owner in owners.get(name, []) if owner != "procureflow"])
    }
    assert not clashes, "a clashing plug-in needs an environment and a worker of its own"


def test_the_passlib_import_is_the_living_distribution() -> None:
    assert packages_distributions()["passlib"] == ["libpass"], "never install passlib beside it"


def test_locks_hold_no_addresses() -> None:
    lines = (ROOT / "requirements.lock").read_text(encoding="utf-8").splitlines()
    assert not [line for line in lines if "://" in line], "run `python3 dev.py lock` again"


def test_no_tracked_file_names_this_checkout() -> None:
    answer = subprocess.run(
        ["git", "grep", "--fixed-strings", "--name-only", "-I", str(ROOT)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.stdout == "", "a path of one machine does not belong into the tree"


def test_every_test_folder_is_a_package() -> None:
    bare = [
        str(folder.relative_to(ROOT))
        for folder in (ROOT / "tests").rglob("*")
        if folder.is_dir()
        and any(folder.glob("test_*.py"))
        and not (folder / "__init__.py").exists()
    ]
    assert not bare, "without __init__.py, tests/api would shadow api"
