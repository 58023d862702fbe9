#!/usr/bin/env python3
"""Build the product's own Python environment, then run one of its commands in it.

    python3 dev.py demo     show the product at work, start to end
    python3 dev.py up       run the product until Ctrl-C
    python3 dev.py test     run every check, then the tests (further arguments go to pytest)
    python3 dev.py fuzz     send generated requests to the running product (--examples 100)
    python3 dev.py chaos    kill what runs while acquisitions proceed, then look for losses
                            (--seed N --acquisitions N --kills N --targets worker api ...)
    python3 dev.py check    run the linters, the type checker and the migration check
    python3 dev.py doctor   say what this machine offers
    python3 dev.py lock     write requirements.lock anew from pyproject.toml
    python3 dev.py clean    remove the environment and everything the product wrote here

Needs Python 3.11 to 3.13 and nothing else. The first run downloads the packages that
requirements.lock names, each checked against its hash; later runs need no network.
"""

from __future__ import annotations  # An older Python must get far enough to be told so.

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
LOCK = ROOT / "requirements.lock"
STAMP = VENV / "stamp"
OLDEST, TOO_NEW = (3, 11), (3, 14)
CANDIDATES = ("python3.13", "python3.12", "python3.11", "python3")
CACHES = (".pytest_cache", ".ruff_cache", ".hypothesis", ".import_linter_cache")
NO_VENV = """Python's venv module cannot make an environment here.
On Debian or Ubuntu: sudo apt install python3-venv"""

MIGRATIONS = ("-m", "runtime", "with-database", "--", str(PYTHON), "-m", "db", "check")
CHECKS = (
    ("lint", (PYTHON, "-m", "ruff", "check", ".")),
    ("format", (PYTHON, "-m", "ruff", "format", "--check", ".")),
    ("types", (PYTHON, "-m", "pyright")),
    ("imports", (VENV / "bin" / "lint-imports",)),
    ("migrations", (PYTHON, *MIGRATIONS)),
)


def say(text: str) -> None:
    """Tell the user what happens, in one line."""
    sys.stderr.write(f"dev.py: {text}\n")
    sys.stderr.flush()


def environment() -> dict[str, str]:
    """Return the environment for every command that is run."""
    env = {**os.environ, "UV_PYTHON_DOWNLOADS": "never", "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    # Without bytecode on disk, every start would compile all packages again: several seconds.
    env.pop("PYTHONDONTWRITEBYTECODE", None)
    return env


def run(*command: str | Path) -> int:
    """Run a program in the project's folder and return its exit code."""
    return subprocess.run(command, cwd=ROOT, env=environment(), check=False).returncode


def use_supported_python() -> None:
    """Continue under a Python that the product supports, or say which are supported."""
    if OLDEST <= sys.version_info[:2] < TOO_NEW:
        return
    test = f"import sys; sys.exit(not {OLDEST} <= sys.version_info[:2] < {TOO_NEW})"
    for name in CANDIDATES:
        found = shutil.which(name)
        if found and subprocess.run([found, "-c", test], check=False).returncode == 0:
            os.execv(found, [found, str(Path(__file__).resolve()), *sys.argv[1:]])
    sys.exit("Python 3.11, 3.12 or 3.13 is needed; none was found on PATH.")


def uv_requirement() -> str:
    """Return the lock's lines about uv, hashes included, or an empty string."""
    lines = LOCK.read_text(encoding="utf-8").splitlines()
    for number, line in enumerate(lines):
        if line.startswith("uv=="):
            block = [line]
            while block[-1].endswith("\\"):
                block.append(lines[number + len(block)])
            return "\n".join(block) + "\n"
    return ""


def install() -> None:
    """Install the locked packages into the new environment: quickly with uv, else with pip."""
    pip = (PYTHON, "-m", "pip", "install", "--quiet", "--no-input", "--require-hashes")
    requirement = uv_requirement()
    if requirement:
        alone = VENV / "uv-requirement.txt"
        alone.write_text(requirement, encoding="utf-8")
        if run(*pip, "-r", alone) == 0:
            uv = (VENV / "bin" / "uv", "pip", "install", "--quiet", "--python", PYTHON)
            if run(*uv, "--require-hashes", "--compile-bytecode", "-r", LOCK) == 0:
                return
        say("uv could not install the packages; trying pip")
    if run(*pip, "-r", LOCK) != 0:
        sys.exit("The packages could not be installed. Check the network and run it again.")


def ensure_environment() -> None:
    """Make ``.venv`` what the lock says. Two runs at once: one builds, the other waits."""
    import fcntl

    wanted = hashlib.sha256(LOCK.read_bytes() + sys.version.encode()).hexdigest()
    with (ROOT / ".bootstrap.lock").open("w", encoding="ascii") as guard:
        fcntl.flock(guard, fcntl.LOCK_EX)
        if STAMP.exists() and STAMP.read_text(encoding="ascii") == wanted and PYTHON.exists():
            return
        say("building .venv from requirements.lock (once; a minute or so)")
        try:
            import venv

            venv.create(VENV, with_pip=True, clear=True, symlinks=True)
        except (ImportError, subprocess.CalledProcessError):
            sys.exit(NO_VENV)
        install()
        # Written last: an interrupted build has no stamp, so the next run builds again.
        STAMP.write_text(wanted, encoding="ascii")


def check() -> int:
    """Run every check, even after one fails, and return 1 if any did."""
    failed: list[str] = []
    for name, command in CHECKS:
        say(f"check {name}")
        if run(*command) != 0:
            failed.append(name)
    if failed:
        say(f"failed: {', '.join(failed)}")
    return 1 if failed else 0


def lock() -> int:
    """Write the lock for every supported platform, with hashes and without addresses."""
    uv = VENV / "bin" / "uv"
    program = str(uv) if uv.exists() else shutil.which("uv")
    if program is None:
        sys.exit("uv is needed to write the lock: `.venv/bin/python -m pip install uv`")
    # Relative names and no index option: uv writes its command line into the lock's first lines.
    options = ("--universal", "--generate-hashes", "--python-version", "3.11", "--quiet")
    return run(
        *(program, "pip", "compile", "pyproject.toml", "--group", "dev", *options),
        *("-o", "requirements.lock"),
    )


def clean() -> int:
    """Remove what this program and the product made; sources and documents stay."""
    for name in (".venv", ".data", *CACHES):
        folder = ROOT / name
        if folder.exists():
            say(f"removing {name}")
            shutil.rmtree(folder)
    return 0


def main() -> int:
    """Read the command line and run the command; returns its exit code."""
    parser = argparse.ArgumentParser(
        prog="dev.py", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    actions = ("demo", "up", "test", "fuzz", "chaos", "check", "doctor", "lock", "clean")
    parser.add_argument("action", choices=actions, metavar="COMMAND")
    parser.add_argument("rest", nargs=argparse.REMAINDER, metavar="...")
    chosen = parser.parse_args()
    os.chdir(ROOT)
    if chosen.action == "clean":
        return clean()
    if sys.platform == "win32":
        sys.exit("The local servers need Linux or macOS: use the Windows Subsystem for Linux.")
    use_supported_python()
    ensure_environment()
    if chosen.action == "lock":
        return lock()
    if chosen.action == "check":
        return check()
    if chosen.action == "test":
        failed = check()
        say("tests")
        return run(PYTHON, "-m", "pytest", *chosen.rest) or failed
    own = {"chaos": ("chaos",), "demo": ("demo",), "fuzz": ("tests.fuzz",)}
    module = own.get(chosen.action, ("runtime", chosen.action))
    # Replaced rather than started: Ctrl-C and signals then reach the product itself.
    os.execve(PYTHON, [str(PYTHON), "-m", *module, *chosen.rest], environment())


if __name__ == "__main__":
    sys.exit(main())
