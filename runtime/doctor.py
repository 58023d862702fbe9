"""What this machine offers, for a person who wonders why something does not work."""

import importlib.metadata
import importlib.util
import platform
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from runtime import postgres, temporal_dev
from runtime.processes import StackError, port_is_free
from runtime.settings import Settings

PACKAGES = ("temporalio", "fastapi", "sqlalchemy", "asyncpg", "pydantic")
APPLICATIONS = Path("/Applications")


def find_converters() -> list[str]:
    """Return the PDF converters on this machine, the best first."""
    found: list[str] = []
    word = APPLICATIONS / "Microsoft Word.app"
    if importlib.util.find_spec("docx2pdf") and (sys.platform == "win32" or word.exists()):
        found.append("word")
    office = APPLICATIONS / "LibreOffice.app"
    if shutil.which("soffice") or shutil.which("libreoffice") or office.exists():
        found.append("libreoffice")
    if importlib.util.find_spec("rdocx"):
        found.append("embedded")
    return found


def examine(settings: Settings) -> Iterator[tuple[str, str]]:
    """Yield what there is to know, as pairs of a name and a finding."""
    yield "Python", f"{platform.python_version()} on {platform.platform()}"
    for package in PACKAGES:
        yield package, importlib.metadata.version(package)
    if settings.database_url is None:
        yield "PostgreSQL", _first_line(lambda: str(postgres.binaries() / "postgres"))
    else:
        yield "PostgreSQL", "given by DATABASE_URL"
    if settings.temporal_address is None:
        yield "Temporal", _first_line(temporal_dev.binary)
    else:
        yield "Temporal", f"given by TEMPORAL_ADDRESS: {settings.temporal_address}"
    yield "PDF converters", ", ".join(find_converters()) or "none found"
    yield "PDF converter set", settings.pdf_converter.value
    for what, port in (("API", settings.api_port), ("Temporal UI", settings.temporal_ui_port)):
        yield f"{what} port", f"{port} is {'free' if port_is_free(port) else 'taken'}"
    data = settings.data_dir.resolve()
    yield "Data folder", f"{data}{'' if data.exists() else ' (not made yet)'}"
    yield "Artifacts folder", str(settings.artifacts_dir.resolve())
    existing = next(folder for folder in (data, *data.parents) if folder.exists())
    yield "Free disk space", f"{shutil.disk_usage(existing).free / 1e9:.1f} GB"


def _first_line(program: Callable[[], str]) -> str:
    try:
        answer = subprocess.run(
            [program(), "--version"], capture_output=True, text=True, check=False
        )
    except (StackError, OSError) as error:
        return str(error)
    return (answer.stdout or answer.stderr).partition("\n")[0]
