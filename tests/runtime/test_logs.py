"""Logs: one format for every logger, and no secrets."""

import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from runtime.logs import configure_logs


@pytest.fixture(autouse=True)
def _logging_as_before() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


def test_both_kinds_of_logger_write_the_same_json(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs(as_json=True)
    structlog.stdlib.get_logger("product").info("approved", document="PWS")
    logging.getLogger("library").warning("slow %s", "query")
    ours, theirs = (json.loads(line) for line in capsys.readouterr().err.splitlines())
    assert (ours["event"], ours["document"], ours["logger"]) == ("approved", "PWS", "product")
    assert (theirs["event"], theirs["level"], theirs["logger"]) == (
        "slow query",
        "warning",
        "library",
    )
    assert ours["timestamp"].endswith("Z"), "times without a zone cannot be compared"


def test_values_with_a_secret_name_never_reach_the_log(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs(as_json=True)
    log = structlog.stdlib.get_logger("product")
    log.warning("sign-in", password="hunter2", headers={"Authorization": "Bearer hunter2"})
    logging.getLogger("library").warning("call", extra={"api_key": "hunter2"})
    written = capsys.readouterr().err
    assert written.count("[redacted]") == 3, written
    assert "hunter2" not in written
