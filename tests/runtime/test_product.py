"""The product's processes: started in order, restarted after a crash, stopped together.

The real packages have their own tests; here small stand-ins take their names.
"""

import shutil
import socket
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from pydantic import SecretStr

from runtime import product
from runtime.processes import StackError
from runtime.product import ProductStack
from runtime.settings import Settings

STAND_INS = {
    "db/__main__.py": "import pathlib, sys; pathlib.Path('did').open('a').write(sys.argv[1] + ' ')",
    "worker/__main__.py": "import time; time.sleep(300)",
    "api/main.py": """
import os
def create_app():
    async def app(scope, receive, send):
        if scope["type"] == "http":
            body = os.environ["DATABASE_URL"].encode()
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": body})
    return app
""",
}


@pytest.fixture
def folder(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    path = Path(tempfile.mkdtemp(prefix="procureflow-product-"))
    for name, source in STAND_INS.items():
        file = path / name
        file.parent.mkdir()
        (file.parent / "__init__.py").touch()
        file.write_text(source, encoding="utf-8")
    monkeypatch.setattr(product, "ROOT", path)
    yield path
    shutil.rmtree(path)


def settings(folder: Path) -> Settings:
    return Settings(
        data_dir=folder / "data",
        database_url="postgresql://me:word@127.0.0.1/office",
        temporal_address="127.0.0.1:1",
    )


def test_everything_starts_with_the_same_addresses_even_on_a_taken_port(folder: Path) -> None:
    lines: list[str] = []
    with socket.socket() as rival:
        rival.bind(("127.0.0.1", 0))
        rival.listen()
        taken = int(rival.getsockname()[1])
        stack = ProductStack(settings(folder), folder / "up", api_port=taken, say=lines.append)
        with stack:
            assert list(stack.processes) == ["worker-workflows", "worker-agents", "api"]
            assert (folder / "did").read_text(encoding="ascii") == "upgrade seed "
            with urllib.request.urlopen(stack.addresses.api_url, timeout=60) as answer:
                seen = answer.read().decode()
            assert seen == stack.addresses.database_url
            pids = list(stack.processes.values())
    assert any(f"Port {taken} is taken" in line for line in lines), lines
    assert [pid for pid in pids if psutil.pid_exists(pid)] == []


def test_the_web_ui_is_told_of_the_codec_while_there_are_keys(folder: Path) -> None:
    keys = {"payload_keys": SecretStr("old:an-old-secret-of-enough-characters")}
    stack = ProductStack(settings(folder).model_copy(update=keys), folder / "up")
    with stack:
        assert stack.local.codec_url == f"{stack.addresses.api_url}/api/codec", (
            "with encryption off, histories from before are still encrypted"
        )


def test_a_crashed_worker_is_reported_once_and_restarted(folder: Path) -> None:
    with ProductStack(settings(folder), folder / "up") as stack:
        first = stack.processes["worker-agents"]
        stack.kill("worker-agents")
        reports = [crash.name for crash in stack.tend()]
        deadline = time.monotonic() + 60
        while stack.processes["worker-agents"] == first and time.monotonic() < deadline:
            reports += [crash.name for crash in stack.tend()]
            time.sleep(0.05)
        assert reports == ["worker-agents"]
        assert psutil.pid_exists(stack.processes["worker-agents"])


def test_a_failing_migration_stops_the_start_and_shows_why(folder: Path) -> None:
    (folder / "db" / "__main__.py").write_text("raise SystemExit('no such revision')")
    stack = ProductStack(settings(folder), folder / "up")
    with pytest.raises(StackError, match=r"db upgrade(.|\n)*no such revision"):
        stack.start()
    assert stack.processes == {}


def test_an_api_that_dies_at_the_start_shows_its_log_and_leaves_nothing_running(
    folder: Path,
) -> None:
    (folder / "api" / "main.py").write_text("raise RuntimeError('a missing setting')")
    stack = ProductStack(settings(folder), folder / "up")
    with pytest.raises(StackError, match="a missing setting"):
        stack.start()
    assert stack.processes == {}
