"""The Temporal development server, as the product runs it on one machine."""

import json
import os
import shutil
import signal
import sys
import urllib.error
import urllib.request
from pathlib import Path

import yaml

from runtime.postgres import Durability
from runtime.processes import Command, StackError

ROOT = Path(__file__).resolve().parent.parent
DYNAMIC_CONFIG = ROOT / "temporal-dev" / "dynamic-config.yaml"
NAMESPACE = "default"


def binary() -> str:
    """Return the path of the ``temporal`` program; raises StackError when not installed."""
    beside_python = Path(sys.executable).with_name("temporal")
    found = str(beside_python) if beside_python.exists() else shutil.which("temporal")
    if found is None:
        raise StackError(
            "The temporal program is not installed. Run through dev.py, or set TEMPORAL_ADDRESS "
            "to a Temporal server that you run yourself."
        )
    return found


def dynamic_config() -> dict[str, object]:
    """Return the server's tuning, each key with its one unconditional value."""
    document: dict[str, list[dict[str, object]]] = yaml.safe_load(
        DYNAMIC_CONFIG.read_text(encoding="utf-8")
    )
    return {key: entries[0]["value"] for key, entries in document.items()}


def command(
    folder: Path,
    *,
    port: int,
    http_port: int,
    ui_port: int | None,
    durability: Durability,
    time_skipping: bool,
    codec_url: str | None = None,
) -> Command:
    """Return how to run the server with its history in ``folder``; no UI when its port is None.

    ``codec_url`` is where the UI has encrypted payloads decoded.
    """
    argv = [binary(), "server", "start-dev", "--ip", "127.0.0.1", "--port", str(port)]
    argv += ["--http-port", str(http_port), "--namespace", NAMESPACE, "--log-level", "warn"]
    argv += ["--db-filename", str(folder / "temporal.db"), "--sqlite-pragma", "journal_mode=wal"]
    if durability is Durability.TEST:
        argv += ["--sqlite-pragma", "synchronous=normal"]
    if ui_port is None:
        argv.append("--headless")
    else:
        argv += ["--ui-port", str(ui_port), "--ui-disable-news-fetch"]
        if codec_url is not None:
            argv += ["--ui-codec-endpoint", codec_url]
    values = dynamic_config()
    if time_skipping:
        values["frontend.WorkflowTimeSkippingEnabled"] = True
    for key, value in values.items():
        argv += ["--dynamic-config-value", f"{key}={json.dumps(value)}"]
    return Command(
        name="temporal",
        argv=tuple(argv),
        env={
            "PATH": os.environ.get("PATH", os.defpath),
            "HOME": str(folder),
            "TZ": "UTC",
            "TEMPORAL_VERSION_CHECK_DISABLED": "true",
        },
        log=folder / "logs" / "temporal.log",
        cwd=folder,
        stop_signal=signal.SIGINT,
        grace_seconds=10,
    )


def is_ready(http_port: int) -> bool:
    """Say whether the server answers for its namespace."""
    address = f"http://127.0.0.1:{http_port}/api/v1/namespaces/{NAMESPACE}"
    # An empty proxy table: a proxy in the environment must not see loopback calls.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(address, timeout=2) as answer:
            return answer.status == 200
    except (urllib.error.URLError, OSError):
        return False
