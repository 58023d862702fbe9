"""How an activity tells people how far it is."""

from typing import Protocol
from uuid import UUID


class Task(Protocol):
    """The document version that progress is about; every generation request is one."""

    @property
    def project_id(self) -> UUID: ...
    @property
    def workflow_id(self) -> str: ...
    @property
    def code(self) -> str: ...


class ProgressReporter(Protocol):
    async def report(self, task: Task, percentage: int, message: str) -> None:
        """Publish one step; repeating the same percentage of a task publishes nothing new."""
        ...
