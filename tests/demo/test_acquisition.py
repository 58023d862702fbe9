"""The whole product as a user runs it: real processes, killed while an acquisition runs."""

import asyncio
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from db.session import create_engine
from demo.acquisition import Acquisition, Sample
from demo.client import Person
from demo.package import Package, download_package
from demo.verification import verify
from runtime.product import ROOT, ProductStack
from runtime.settings import Settings

PASSWORD = "password123"
KILLS = {
    ("generation_started", 6): "worker-agents",
    ("approval_update", 12): "worker-workflows",
    ("generation_started", 25): "worker-agents",
    ("approval_update", 30): "api",
    ("generation_complete", 35): "worker-workflows",
}
"""Process to kill -9 when the n-th message of a type arrives."""


@pytest.fixture
def product(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ProductStack]:
    for name in ("DATABASE_URL", "TEMPORAL_ADDRESS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)  # no .env of the developer
    settings = Settings(data_dir=tmp_path / "data")
    with ProductStack(settings, tmp_path / "stack") as stack:
        yield stack


def test_an_acquisition_is_complete_and_consistent_although_its_processes_are_killed(
    product: ProductStack, tmp_path: Path
) -> None:
    sample = Sample.load(ROOT / "samples" / "depot-maintenance.yaml")
    killed: list[str] = []
    package = asyncio.run(_acquire(product, sample, tmp_path / "out", killed))
    assert Counter(killed) == Counter(KILLS.values()), "the run ended before every kill"
    assert verify(package, sample) == []
    rows = asyncio.run(_written(product.addresses.database_url))
    planned = sample.plan().documents
    assert rows["versions"] == {document.code: 1 for document in planned}
    assert rows["approvals"] == {document.code: len(document.approvers) for document in planned}, (
        "each signer signs once, whatever was killed in between"
    )
    assert rows["repeated notifications"] == {}
    assert rows["repeated decisions"] == {}
    assert rows["open workflows"] == {}


async def _acquire(
    product: ProductStack, sample: Sample, folder: Path, killed: list[str]
) -> Package:
    seen: Counter[str] = Counter()

    def listen(event: Mapping[str, Any]) -> None:
        kind = event["type"]
        seen[kind] += 1
        if target := KILLS.get((kind, seen[kind])):
            product.kill(target)
            killed.append(target)

    async def tend() -> None:
        while True:
            product.tend()
            await asyncio.sleep(0.2)

    tending = asyncio.create_task(tend())
    try:
        acquisition = Acquisition(product.addresses.api_url, sample, PASSWORD, listen)
        project_id = await acquisition.run()
        reader = Person.sign_in(product.addresses.api_url, sample.email("sseb_chair"), PASSWORD)
        async with reader as person:
            return await download_package(person, project_id, folder)
    finally:
        tending.cancel()


async def _written(database_url: str) -> dict[str, dict[str, int]]:
    """What the one project of the database left behind, counted by document or key."""
    queries = {
        "versions": "select d.code, count(*) from document_uploads u "
        "join project_documents d on d.id = u.project_document_id group by d.code",
        "approvals": "select d.code, count(*) from document_approvals a "
        "join project_documents d on d.id = a.project_document_id "
        "where a.approval_status = 'approved' group by d.code",
        "repeated notifications": "select user_id || key, count(*) from notifications "
        "group by user_id, key having count(*) > 1",
        "repeated decisions": "select approval_id::text, count(*) from approval_audit_logs "
        "where action = 'approved' group by approval_id having count(*) > 1",
        "open workflows": "select code, 1 from project_documents where status <> 'approved'",
    }
    engine = create_engine(database_url)
    try:
        async with engine.connect() as connection:
            return {
                name: {key: count for key, count in (await connection.execute(text(query))).all()}
                for name, query in queries.items()
            }
    finally:
        await engine.dispose()
