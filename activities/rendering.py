"""Turn drafted text into files: DOCX is the record, PDF is converted from it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING
from uuid import UUID

from pydantic import BaseModel, ConfigDict
from temporalio import activity

from activities.heartbeat import heartbeats
from documents.plan import Assignee

if TYPE_CHECKING:
    from activities.progress import ProgressReporter
    from db.artifacts import ArtifactStore
    from db.contract_file import ContractFiles
    from documents.publication import Publisher
    from documents.rendering import Rendered


class RenderRequest(BaseModel):
    model_config = ConfigDict(frozen=True)

    project_id: UUID
    workflow_id: str
    code: str
    version: int
    content_sha256: str
    signers: tuple[Assignee, ...]
    calendar_version: str = ""
    """That of the draft, so that the cover counts days as the text does; empty: today's."""


class ConvertRequest(BaseModel):
    """A DOCX that a person made, to be published as this version."""

    model_config = ConfigDict(frozen=True)

    project_id: UUID
    workflow_id: str
    code: str
    version: int
    docx_sha256: str


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


class ConvertedFiles(BaseModel):
    """The files of a submitted DOCX, which is kept byte for byte, and its text."""

    model_config = ConfigDict(frozen=True)

    content_sha256: str
    files: RenderedFiles


class RenderingActivities:
    """Renders stored Markdown into DOCX and PDF, and submitted DOCX files into PDF."""

    def __init__(
        self,
        contract_files: ContractFiles,
        artifacts: ArtifactStore,
        publisher: Publisher,
        progress: ProgressReporter,
    ) -> None:
        self._contract_files = contract_files
        self._artifacts = artifacts
        self._publisher = publisher
        self._progress = progress

    @activity.defn
    async def render(self, request: RenderRequest) -> RenderedFiles:
        """Render one version. The same text and facts give the same DOCX bytes.

        Raises:
            RenderingError: a subclass says what is wrong with the text or the template.
        """
        file = await self._contract_files.read(request.project_id, request.calendar_version)
        content = (await self._artifacts.read(request.content_sha256)).decode()
        async with heartbeats():
            rendered = await asyncio.to_thread(
                self._publisher.render,
                file,
                request.code,
                request.version,
                request.signers,
                content,
            )
        return await self._store(request, rendered, file.row(request.code).title)

    @activity.defn
    async def convert(self, request: ConvertRequest) -> ConvertedFiles:
        """Convert a stored DOCX to PDF and read its text.

        Raises:
            UnsafeDocument: the bytes are no DOCX within the limits.
            ConversionFailed: the engine cannot show it.
        """
        file = await self._contract_files.read(request.project_id)
        docx = await self._artifacts.read(request.docx_sha256)
        async with heartbeats():
            rendered, text = await asyncio.to_thread(self._publisher.convert, docx)
        return ConvertedFiles(
            content_sha256=await self._artifacts.write(text.encode()),
            files=await self._store(request, rendered, file.row(request.code).title),
        )

    async def _store(
        self, request: RenderRequest | ConvertRequest, rendered: Rendered, title: str
    ) -> RenderedFiles:
        docx = await self._artifacts.write(rendered.docx)
        pdf = await self._artifacts.write(rendered.pdf)
        await self._progress.report(request, 90, f"Rendered {title}: {rendered.pages} pages")
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
