"""``make fuzz``: generated requests against the running product.

Starts a product of its own in a temporary folder, signs in, lets schemathesis send every operation
valid and invalid input (all checks, and sequences of calls that follow one another's answers),
prints the figures and stops. Exits 0 only without a finding.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2

from db.seed import SAMPLE_PASSWORD
from runtime.processes import StackError, choose_port
from runtime.product import ROOT, ProductStack
from runtime.settings import Environment, Settings
from tests.fuzz.figures import Figures
from tests.fuzz.hooks import KEPT, TOKENS

PEOPLE = {
    "officer": "j.okafor@navy.mil",
    "signer": "approver@navy.mil",
    "admin": "admin@navy.mil",
    "leaver": "viewer@navy.mil",
}
SAMPLE = "alms"
SCHEMATHESIS = Path(sys.executable).parent / "schemathesis"
SHARE_OF_KNOWN_IDS = 0.6
"""How often a generated request is about something that exists."""
LONGEST_WAIT_SECONDS = 60


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--examples", type=int, default=100, help="per operation (%(default)s)")
    parser.add_argument("--only", help="regular expression of paths; default: every path")
    parser.add_argument("--seed", type=int, help="repeat a run")
    parser.add_argument(
        "--keep", type=Path, default=Path("out/fuzz"), help="folder of the report (%(default)s)"
    )
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="procureflow-fuzz-") as name:
        folder = Path(name)
        # Whatever this machine's settings name, generated requests go to servers of their own.
        settings = Settings(
            environment=Environment.LOCAL,
            seed_sample_data=True,
            database_url=None,
            temporal_address=None,
            data_dir=folder,
            artifacts_dir=folder / "artifacts",
            access_token_minutes=24 * 60,
            api_port=choose_port(18_000),
            log_level="WARNING",
        )
        try:
            stack = ProductStack(settings, folder / "stack", sample_project=SAMPLE, say=say)
            with stack:
                return fuzz(stack, folder, arguments)
        except StackError as error:
            say(f"The run stopped: {error}")
            return 1


def fuzz(stack: ProductStack, folder: Path, arguments: argparse.Namespace) -> int:
    """Run schemathesis on the started product; returns 0 when it found nothing."""
    base = stack.addresses.api_url
    tokens = {who: sign_in(base, email) for who, email in PEOPLE.items()}
    kept = [person_id(base, token) for token in tokens.values()]
    ids = known_ids(base, tokens["officer"])
    say("Known ids: " + ", ".join(f"{len(found)} {name}" for name, found in ids.items()))
    config = folder / "schemathesis.toml"
    config.write_text(configuration(ids), encoding="utf-8")
    keep: Path = arguments.keep
    keep.mkdir(parents=True, exist_ok=True)
    report = keep / "report.ndjson"
    command = [
        *(str(SCHEMATHESIS), "--config-file", str(config), "run", f"{base}/openapi.json"),
        *("--max-examples", str(arguments.examples), "--checks", "all", "--no-color"),
        *("--report", "ndjson", "--report-ndjson-path", str(report)),
    ]
    if arguments.only:
        command += ["--include-path-regex", arguments.only]
    if arguments.seed is not None:
        command += ["--seed", str(arguments.seed)]
    started = time.monotonic()
    output = keep / "output.txt"
    with output.open("w", encoding="utf-8") as stream:
        code = subprocess.run(
            command,
            cwd=ROOT,
            env={
                **os.environ,
                TOKENS: json.dumps(tokens),
                KEPT: json.dumps([*kept, *ids["project_id"]]),
                "PYTHONPATH": str(ROOT),
            },
            stdout=stream,
            stderr=subprocess.STDOUT,
            check=False,
        ).returncode
    say(output.read_text(encoding="utf-8"))
    for line in Figures.read(report).lines():
        say(line)
    say(f"{time.monotonic() - started:.0f} s; the report is {report}")
    return code


def say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def sign_in(base: str, email: str) -> str:
    credentials = {"email": email, "password": SAMPLE_PASSWORD}
    answer = httpx2.post(f"{base}/api/auth/login", json=credentials, timeout=60, trust_env=False)
    answer.raise_for_status()
    return str(answer.json()["access_token"])


def person_id(base: str, token: str) -> str:
    headers = {"Authorization": f"Bearer {token}"}
    answer = httpx2.get(f"{base}/api/auth/me", headers=headers, timeout=60, trust_env=False)
    answer.raise_for_status()
    return str(answer.json()["id"])


def known_ids(base: str, token: str) -> dict[str, list[str]]:
    """Ids of the sample project by the name of the path parameter, once its work has begun."""
    headers = {"Authorization": f"Bearer {token}"}
    with httpx2.Client(base_url=base, headers=headers, timeout=60, trust_env=False) as client:

        def get(path: str) -> Any:
            return client.get(path).raise_for_status().json()

        project = get("/api/projects")["projects"][0]["id"]
        deadline = time.monotonic() + LONGEST_WAIT_SECONDS
        documents: list[dict[str, Any]] = []
        # The first document is drafted, rendered and waits for its signer.
        while not any(document["pending_approvals"] for document in documents):
            if time.monotonic() > deadline:
                break
            time.sleep(0.5)
            documents = get(f"/api/projects/{project}/documents")["documents"]
        drafted = [document for document in documents if document["latest_upload"]]
        found = {
            "project_id": [project],
            "phase_id": [row["id"] for row in get(f"/api/projects/{project}/phases")["phases"]],
            "step_id": [row["id"] for row in get(f"/api/projects/{project}/steps")["steps"]],
            "document_id": [document["id"] for document in documents],
            "upload_id": [document["latest_upload"]["id"] for document in drafted],
            "approval_id": [
                approval["id"] for document in drafted for approval in document["pending_approvals"]
            ],
            "task_id": [document["generation_task_id"] for document in drafted],
            "notification_id": [
                row["id"] for row in get("/api/notifications").get("notifications", [])
            ],
        }
    return {name: values for name, values in found.items() if values}


def configuration(ids: dict[str, list[str]]) -> str:
    """The project's configuration, with values for path parameters that lead somewhere."""
    return "\n".join((ROOT.joinpath("schemathesis.toml").read_text("utf-8"), *_dictionaries(ids)))


def _dictionaries(ids: dict[str, list[str]]) -> Iterator[str]:
    for name, values in ids.items():
        yield f"[dictionaries.{name}]\nvalues = {json.dumps(values)}\n"
    yield "[parameters]"
    for name in ids:
        yield f'"path.{name}" = {{dictionary = "{name}", probability = {SHARE_OF_KNOWN_IDS}}}'


if __name__ == "__main__":
    sys.exit(main())
