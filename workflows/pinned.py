"""What a versioned worker registers instead: a version of a document ends on its first build."""

from temporalio import workflow
from temporalio.common import VersioningBehavior

with workflow.unsafe.imports_passed_through():
    from documents.vocabulary import DocumentStatus
    from workflows.document import DocumentWorkflow
    from workflows.messages import StartDocument


@workflow.defn(name=DocumentWorkflow.__name__, versioning_behavior=VersioningBehavior.PINNED)
class PinnedDocumentWorkflow(DocumentWorkflow):
    """The same workflow under the same name.

    A class of its own, because Temporal refuses every task of a worker that is not versioned when
    the workflow states how it is versioned.
    """

    @workflow.init
    def __init__(self, start: StartDocument) -> None:
        super().__init__(start)

    @workflow.run
    async def run(self, start: StartDocument) -> DocumentStatus:
        return await super().run(start)
