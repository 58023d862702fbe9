"""Drafts of a model in real worker processes, one of which is killed while it drafts."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from demo.acquisition import Sample
from demo.client import Person
from runtime.product import ROOT, ProductStack
from runtime.settings import ModelProvider, Settings
from tests.ai_agents.model_stub import Asked, ModelStub, Reply, Sections, serve, written
from tests.waiting import until

PASSWORD = "password123"
SAMPLE = Sample.load(ROOT / "samples" / "alms.yaml")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("DATABASE_URL", "TEMPORAL_ADDRESS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)  # no .env of the developer
    return tmp_path


def one_bad(asked: list[Asked]) -> Sections:
    sections = written(asked)
    sections[0]["blocks"] = [{"kind": "paragraph", "text": "The total is $1."}]
    return sections


def test_a_worker_that_is_killed_costs_its_draft_alone_and_no_call_is_paid_for_twice(
    folder: Path,
) -> None:
    asyncio.run(_killed(folder))


async def _killed(folder: Path) -> None:
    stub = ModelStub()
    url, stop = await serve(stub)
    settings = Settings(
        data_dir=folder / "data",
        model_provider=ModelProvider.OPENAI,
        model_name="stub",
        model_base_url=url,
        model_api_key=SecretStr("sk-0123456789"),
    )
    # Its first answer has a fault; while the second request waits the worker is killed.
    stub.replies = [Reply(sections=one_bad), Reply(delay_seconds=30)]
    product = ProductStack(settings, folder / "stack")
    await asyncio.to_thread(product.start)
    tending = asyncio.create_task(_tend(product))
    try:
        manager = Person.sign_in(
            product.addresses.api_url, SAMPLE.email("program_manager"), PASSWORD
        )
        officer = Person.sign_in(
            product.addresses.api_url, SAMPLE.email("contracting_officer"), PASSWORD
        )
        async with manager as drafter, officer as creator:
            await _draft_and_kill(drafter, creator, product, stub)
    finally:
        tending.cancel()
        await asyncio.to_thread(product.stop)
        await stop()


async def _draft_and_kill(
    drafter: Person, creator: Person, product: ProductStack, stub: ModelStub
) -> None:
    form = {"name": "ALMS", "project_type": "rfp", "auto_draft": False, "facts": SAMPLE.facts}
    project = (await creator.post("/api/projects", form))["project"]
    path = f"/api/projects/{project['id']}"

    async def checklist() -> list[Any]:
        return (await drafter.get(f"{path}/documents"))["documents"]

    listed = await until(checklist, bool)
    asked = await drafter.post(f"{path}/generate-document", {"document_type": "PR"})

    async def requests() -> int:
        return len(stub.prompts)

    await until(requests, lambda count: count == 2)
    product.kill("worker-agents")

    async def task() -> dict[str, Any]:
        return await drafter.get(f"/api/generation-tasks/{asked['task_id']}")

    done = await until(task, lambda found: found["status"] in ("completed", "failed"))
    assert done["status"] == "completed", done
    assert "This section was written for" in done["result"]["content"]
    first, second, third = stub.prompts[:3]
    assert third == second != first, "the answered request was asked for again"
    assert stub.prompts.count(first) == 1, "a paid answer is kept"
    document = next(row for row in listed if row["code"] == "PR")
    drafts = (await drafter.get(f"/api/documents/{document['id']}/drafts"))["drafts"]
    assert len({draft["attempt"] for draft in drafts}) == len(drafts), "recorded once each"
    assert drafts[-1]["input_tokens"] == 2400, "both answers of the first draft are on record"


async def _tend(product: ProductStack) -> None:
    while True:
        product.tend()
        await asyncio.sleep(0.2)
