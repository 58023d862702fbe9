"""What the tests of uploads and exports share: workers, a project under review, its files."""

from pathlib import Path
from typing import Any

from runtime.settings import Settings
from tests.api.acquisition import create, document_of, event, facts, socket
from tests.api.conftest import MANAGER, OFFICER, Client, SignIn


async def project_under_review(sign_in: SignIn) -> dict[str, Any]:
    """An accepted acquisition whose requirements package (PR) awaits its first signature."""
    officer, manager = await sign_in(OFFICER), await sign_in(MANAGER)
    created = await create(officer, facts=facts())
    async with socket(manager, created["id"]) as opened:
        await event(opened, "phase_update")
        answer = await manager.post(
            f"/api/projects/{created['id']}/generate-document", json={"document_type": "pr"}
        )
        assert answer.status_code == 200, answer.text
        await event(opened, "generation_complete")
    return created


async def requirements_of(client: Client, project: dict[str, Any]) -> dict[str, Any]:
    return await document_of(client, project["id"], "PR")


def stored(settings: Settings) -> set[Path]:
    """Every file of the artifact store, drafts included."""
    return {path for path in settings.artifacts_dir.rglob("*") if path.is_file()}
