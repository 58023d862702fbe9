"""The count of entries that one workflow has written to the record."""

from typing import TypedDict
from uuid import UUID

from temporalio import workflow


class EntryKey(TypedDict):
    """The key of one entry, unpacked into the message that writes it."""

    project_id: UUID
    workflow_id: str
    seq: int


class Ledger:
    """Numbers the entries of a workflow, so that a repeated write is recognized."""

    def __init__(self, project_id: UUID, seq: int = 0) -> None:
        self._project_id = project_id
        self.seq = seq

    def next(self) -> EntryKey:
        self.seq += 1
        return EntryKey(
            project_id=self._project_id, workflow_id=workflow.info().workflow_id, seq=self.seq
        )
