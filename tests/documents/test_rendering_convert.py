"""Engines fail by name: they hang, crash, lie about success, and never take the caller along."""

import sys
import threading
from pathlib import Path

import psutil
import pytest

from documents.rendering import (
    ConversionFailed,
    EmbeddedConverter,
    Layout,
    UnsafeDocument,
    choose_converter,
    render_docx,
)
from documents.rendering.programs import LibreOfficeConverter, word_is_installed
from tests.documents.rendering_samples import cover_of

DOCX = render_docx("Some text.", cover_of(Layout.NOTICE))


def children() -> list[psutil.Process]:
    return psutil.Process().children()


def test_an_engine_that_hangs_is_ended() -> None:
    before = set(children())
    converter = EmbeddedConverter(timeout=0.001)
    with pytest.raises(ConversionFailed, match=r"took more than 0\.001 s"):
        converter.convert(DOCX)
    assert set(children()) == before, "a hanging engine must not be left running"


def test_an_engine_that_crashes_costs_one_conversion_only() -> None:
    before = set(children())
    converter = EmbeddedConverter()
    try:
        first = converter.convert(DOCX)
        (engine,) = set(children()) - before
        engine.suspend()
        failures: list[ConversionFailed] = []

        def attempt() -> None:
            try:
                converter.convert(DOCX)
            except ConversionFailed as error:
                failures.append(error)

        caller = threading.Thread(target=attempt)
        caller.start()
        engine.kill()
        caller.join(30)
        assert converter.convert(DOCX).data == first.data, "a new engine process must take over"
        assert all("process ended" in failure.reason for failure in failures)
    finally:
        converter.close()
    assert set(children()) == before, "closing must leave no process behind"


def test_a_refused_document_leaves_the_engine_running() -> None:
    converter = EmbeddedConverter()
    try:
        with pytest.raises(UnsafeDocument, match="not a readable DOCX"):
            converter.convert(b"not a zip")
        assert converter.convert(DOCX).engine == "rdocx"
    finally:
        converter.close()


def test_several_threads_may_share_one_converter() -> None:
    converter = EmbeddedConverter(processes=2)
    results: list[bytes] = []
    callers = [
        threading.Thread(target=lambda: results.append(converter.convert(DOCX).data))
        for _ in range(4)
    ]
    try:
        for caller in callers:
            caller.start()
        for caller in callers:
            caller.join(60)
    finally:
        converter.close()
    assert len(results) == 4
    assert len(set(results)) == 1


def test_asking_for_an_engine_that_is_not_there_is_an_error(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(ConversionFailed, match="libreoffice"):
        choose_converter("libreoffice")
    if not word_is_installed():
        with pytest.raises(ConversionFailed, match="word"):
            choose_converter("word")
        assert isinstance(choose_converter("auto"), EmbeddedConverter)
    assert isinstance(choose_converter("embedded"), EmbeddedConverter)


def fake_office(folder: Path, program: str, timeout: float = 60) -> LibreOfficeConverter:
    """A stand-in for soffice, so that its known failures can be provoked."""
    script = folder / "soffice"
    script.write_text(f"#!{sys.executable}\nimport pathlib, sys, time\n{program}\n")
    script.chmod(0o755)
    return LibreOfficeConverter(script, timeout=timeout)


WRITES_PDF = """
if '--version' in sys.argv:
    print('LibreOffice 99.1 abc')
    sys.exit()
profile = [a for a in sys.argv if a.startswith('-env:')][0].split('file://')[1]
settings = pathlib.Path(profile, 'user', 'registrymodifications.xcu').read_text()
assert 'BlockUntrustedRefererLinks' in settings
pathlib.Path(sys.argv[-1]).with_suffix('.pdf').write_bytes(b'%PDF-1.7 fake')
"""

posix = pytest.mark.skipif(sys.platform == "win32", reason="scripts need a POSIX shebang")


@posix
def test_libreoffice_runs_with_a_profile_that_follows_no_links(tmp_path: Path) -> None:
    pdf = fake_office(tmp_path, WRITES_PDF).convert(DOCX)
    assert (pdf.engine, pdf.version) == ("libreoffice", "99.1")
    assert pdf.data == b"%PDF-1.7 fake"


@posix
@pytest.mark.parametrize(
    ("program", "timeout", "reason"),
    [
        ("sys.exit(0)", 60, "without writing a PDF"),
        ("print('boom'); sys.exit(3)", 60, "exit code 3: boom"),
        ("time.sleep(60)", 0.5, r"more than 0\.5 s"),
    ],
)
def test_libreoffice_failures_are_named(
    tmp_path: Path, program: str, timeout: float, reason: str
) -> None:
    with pytest.raises(ConversionFailed, match=reason):
        fake_office(tmp_path, program, timeout).convert(DOCX)


@posix
def test_libreoffice_never_sees_a_file_that_is_no_docx(tmp_path: Path) -> None:
    with pytest.raises(UnsafeDocument):
        fake_office(tmp_path, WRITES_PDF).convert(b"random bytes")
