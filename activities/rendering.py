"""Turn drafted text into files: DOCX is the record, PDF is converted from it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING
from uuid import UUID

from pydantic import BaseModel, ConfigDict
from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.heartbeat import heartbeats
from documents.plan import Assignee

if TYPE_CHECKING:
    from db.artifacts import ArtifactStore
    from db.contract_file import ContractFiles

    from activities.progress import ProgressReporter
    from documents.rendering import Converter


class RenderRequest(BaseModel):
    model_config = ConfigDict(frozen=True)

    project_id: UUID
    workflow_id: str
    code: str
    version: int
    content_sha256: str
    signers: tuple[Assignee, ...]


class RenderedFiles(BaseModel):
    """The stored files of one document version, by content hash."""

    model_config = ConfigDict(frozen=True)

    file_name: str
    """Without extension."""
    docx_sha256: str
    docx_size: int
    pdf_sha256: str
    pdf_size: int
    pages: int
    engine: str
    engine_version: str
    degraded: tuple[str, ...] = ()
    """Words of the DOCX that the PDF does not show; empty when the conversion is complete."""


class RenderingActivities:
    """Renders stored Markdown into DOCX and PDF."""

    def __init__(
        self,
        contract_files: ContractFiles,
        artifacts: ArtifactStore,
        converter: Converter,
        progress: ProgressReporter,
    ) -> None:
        self._contract_files = contract_files
        self._artifacts = artifacts
        self._converter = converter
        self._progress = progress

    @activity.defn
    async def render(self, request: RenderRequest) -> RenderedFiles:
        """Render one version. The same text and facts give the same DOCX bytes."""
        # python-docx and the converter load once per worker, not in the API or in a workflow.
        from documents.publication import cover_for

        from documents.rendering import UnsafeDocument, render

        file = await self._contract_files.read(request.project_id)
        content = (await self._artifacts.read(request.content_sha256)).decode()
        cover = cover_for(file, request.code, request.version, request.signers)
        try:
            async with heartbeats():
                rendered = await asyncio.to_thread(render, content, cover, self._converter)
        except UnsafeDocument as error:
            raise ApplicationError(str(error), type="UnsafeDocument", non_retryable=True) from error
        docx = await self._artifacts.write(rendered.docx)
        pdf = await self._artifacts.write(rendered.pdf)
        await self._progress.report(request, 90, f"Rendered {cover.title}: {rendered.pages} pages")
        return RenderedFiles(
            file_name=f"{request.code}_v{request.version}",
            docx_sha256=docx,
            docx_size=len(rendered.docx),
            pdf_sha256=pdf,
            pdf_size=len(rendered.pdf),
            pages=rendered.pages,
            engine=rendered.engine,
            engine_version=rendered.engine_version,
            degraded=rendered.degraded,
        )
