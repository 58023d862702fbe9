"""Engines that are programs of their own: LibreOffice and Microsoft Word."""

import importlib.metadata
import importlib.util
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from documents.rendering.cleaning import safe_copy
from documents.rendering.engines import Pdf
from documents.rendering.errors import ConversionFailed

_PDF_MAGIC = b"%PDF-"
_WORD_PROGRAM = "import sys, docx2pdf; docx2pdf.convert(sys.argv[1], sys.argv[2])"
_PDF_OPTIONS = {
    "PDFUACompliance": {"type": "boolean", "value": "true"},
    "SelectPdfVersion": {"type": "long", "value": "2"},
    "ExportBookmarks": {"type": "boolean", "value": "true"},
}
_SECURE_SETTINGS = (
    ("Common/Security/Scripting", "BlockUntrustedRefererLinks", "true"),
    ("Common/Security/Scripting", "MacroSecurityLevel", "3"),
    ("Common/Security/Scripting", "DisableMacrosExecution", "true"),
    ("Writer/Content/Update", "Link", "0"),
)


class LibreOfficeConverter:
    """`soffice` with a fresh profile per document that follows no links and runs no macros."""

    def __init__(self, program: Path, *, timeout: float = 180) -> None:
        """`timeout` is seconds per document."""
        self._program = program
        self._timeout = timeout
        self._version = ""
        self._asking = threading.Lock()

    def convert(self, docx: bytes, *, draft: bool = False) -> Pdf:
        del draft
        with tempfile.TemporaryDirectory(prefix="soffice-") as folder:
            work = Path(folder)
            source = work / "document.docx"
            source.write_bytes(safe_copy(docx))
            profile = work / "profile"
            _write_profile(profile / "user" / "registrymodifications.xcu")
            command = (
                str(self._program),
                f"-env:UserInstallation={profile.as_uri()}",
                "--headless",
                "--norestore",
                "--convert-to",
                f"pdf:writer_pdf_Export:{json.dumps(_PDF_OPTIONS)}",
                "--outdir",
                str(work),
                str(source),
            )
            _run_to_end("libreoffice", command, self._timeout)
            data = _read_pdf("libreoffice", work / "document.pdf")
        return Pdf(data, "libreoffice", self._program_version())

    def close(self) -> None:
        """Nothing is kept between documents."""

    def _program_version(self) -> str:
        with self._asking:
            if not self._version:
                answer = _run_to_end("libreoffice", (str(self._program), "--version"), 30)
                words = answer.split()
                self._version = words[1] if len(words) > 1 else "unknown"
            return self._version


def _write_profile(path: Path) -> None:
    items = "".join(
        f'<item oor:path="/org.openoffice.Office.{where}"><prop oor:name="{name}" oor:op="fuse">'
        f"<value>{value}</value></prop></item>"
        for where, name, value in _SECURE_SETTINGS
    )
    path.parent.mkdir(parents=True)
    path.write_text(
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<oor:items xmlns:oor="http://openoffice.org/2001/registry"'
        ' xmlns:xs="http://www.w3.org/2001/XMLSchema"'
        f' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">{items}</oor:items>',
        encoding="utf-8",
    )


class WordConverter:
    """Microsoft Word through docx2pdf, in a process of its own: it may hang or exit on error."""

    def __init__(self, *, timeout: float = 300) -> None:
        """`timeout` is seconds per document."""
        self._timeout = timeout

    def convert(self, docx: bytes, *, draft: bool = False) -> Pdf:
        del draft
        with tempfile.TemporaryDirectory(prefix="word-") as folder:
            source, target = Path(folder, "document.docx"), Path(folder, "document.pdf")
            source.write_bytes(safe_copy(docx))
            command = (sys.executable, "-c", _WORD_PROGRAM, str(source), str(target))
            _run_to_end("word", command, self._timeout)
            data = _read_pdf("word", target)
        return Pdf(data, "word", f"docx2pdf {importlib.metadata.version('docx2pdf')}")

    def close(self) -> None:
        """Nothing is kept between documents."""


def word_is_installed() -> bool:
    """Whether Microsoft Word and docx2pdf are both on this machine."""
    if importlib.util.find_spec("docx2pdf") is None:
        return False
    if sys.platform == "win32":
        import winreg

        with suppress(OSError), winreg.OpenKey(winreg.HKEY_CLASSES_ROOT, "Word.Application"):
            return True
        return False
    return sys.platform == "darwin" and Path("/Applications/Microsoft Word.app").is_dir()


def _run_to_end(engine: str, command: Sequence[str], timeout: float) -> str:
    """Run a program in a process group of its own and return what it printed.

    Raises ConversionFailed when it fails or outlives `timeout` seconds; nothing is left running.
    """
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            code = process.wait(timeout)
        except subprocess.TimeoutExpired:
            raise ConversionFailed(engine, f"it took more than {timeout:g} s") from None
        finally:
            _end_group(process)
        output.seek(0)
        printed = output.read(4096).decode(errors="replace").strip()
    if code:
        raise ConversionFailed(engine, f"exit code {code}: {printed[-500:]}")
    return printed


def _end_group(process: subprocess.Popen[bytes]) -> None:
    if sys.platform == "win32":
        process.kill()
    else:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _read_pdf(engine: str, path: Path) -> bytes:
    """The file an engine was asked for; its exit code alone proves nothing."""
    data = path.read_bytes() if path.is_file() else b""
    if not data.startswith(_PDF_MAGIC):
        raise ConversionFailed(engine, "it ended without writing a PDF")
    return data
