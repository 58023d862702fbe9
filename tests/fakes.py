"""Stand-ins for the collaborators of activities: the engine and the activities stay real."""

import asyncio
import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast
from uuid import UUID

import yaml

from activities.agent_calls import AgentCalls
from activities.checking import CheckActivities
from activities.deadlines import DeadlineActivities
from activities.drafting import DraftingActivities, DraftMade
from activities.lineage import LineageActivities
from activities.records import Entry, RecordActivities
from activities.rendering import RenderingActivities
from ai_agents.agent import Brief, Call, CallLog, Draft
from ai_agents.reviewer import Review, review
from documents.compose import DraftSection
from documents.facts import Facts, InvalidFacts, Records, parse_facts
from documents.guidance import guidance_for
from documents.vocabulary import Sensitivity
from rules.calendar import FederalCalendar

SAMPLES = Path(__file__).parent.parent / "samples"


def sample_facts(name: str = "alms") -> Facts:
    return parse_facts(
        yaml.safe_load((SAMPLES / f"{name}.yaml").read_text(encoding="utf-8"))["facts"]
    )


@dataclass(slots=True)
class RecordingProjection:
    """Keeps what workflows write, once per (workflow id, seq) as the real one does."""

    entries: dict[tuple[str, int], Entry] = field(default_factory=dict[tuple[str, int], Entry])
    attempts: int = 0
    refused: dict[type[Entry], Exception] = field(default_factory=dict[type[Entry], Exception])
    """What is raised instead of writing entries of a kind."""
    held: type[Entry] | None = None
    """Entries of this kind are written only after ``released`` is set."""
    reached: asyncio.Event = field(default_factory=asyncio.Event)
    released: asyncio.Event = field(default_factory=asyncio.Event)

    def __getattr__(self, _: str) -> Callable[..., Any]:
        return self._write

    async def superior(self, entry: Entry) -> str:
        return "H. Head, Head of the Procuring Activity"

    async def _write(self, entry: Entry, *_due: datetime | None) -> None:
        self.attempts += 1
        if problem := self.refused.get(type(entry)):
            raise problem
        if self.held is not None and isinstance(entry, self.held):
            self.reached.set()
            await self.released.wait()
        self.entries.setdefault((entry.workflow_id, entry.seq), entry)

    def of(self, kind: type[Entry], workflow_id: str | None = None) -> list[Any]:
        return [
            entry
            for (writer, _), entry in self.entries.items()
            if isinstance(entry, kind) and workflow_id in (None, writer)
        ]


@dataclass(slots=True)
class MemoryArtifacts:
    """Files by content hash, in memory."""

    files: dict[str, bytes] = field(default_factory=dict[str, bytes])

    async def write(self, content: bytes) -> str:
        sha256 = hashlib.sha256(content).hexdigest()
        self.files[sha256] = content
        return sha256

    async def read(self, sha256: str) -> bytes:
        return self.files[sha256]


class SilentProgress:
    async def report(self, task: object, percentage: int, message: str) -> None:
        return None


@dataclass(slots=True)
class SampleFiles:
    """The contract file of a sample, whatever project asks."""

    facts: Facts

    records: Records = field(default_factory=Records)

    calendar: FederalCalendar = field(default_factory=FederalCalendar)

    quotations: tuple[str, ...] = ()

    def quoted(self) -> tuple[Any, ...]:
        return ()

    async def read(self, project_id: UUID, calendar_version: str = "") -> Any:
        return self

    def row(self, code: str) -> SimpleNamespace:
        return SimpleNamespace(code=code, title=code, sensitivity=Sensitivity.INTERNAL)

    def context(self, code: str, version: int) -> dict[str, Any]:
        return {"title": self.facts.project.title}

    facts_id: UUID | None = None

    def quoted_sha256(self, code: str) -> str:
        return hashlib.sha256(code.encode()).hexdigest()

    async def approved_versions(self, project_id: UUID) -> tuple[Any, ...]:
        return ()

    async def stale(self, project_id: UUID, phase: object) -> tuple[str, ...]:
        return ()


@dataclass(slots=True)
class ScriptedAgent:
    """Drafts the sections of the guidance with one sentence each, or misbehaves as told."""

    name: str = "scripted"
    failures: list[Exception] = field(default_factory=list[Exception])
    bodies: list[str] = field(default_factory=list[str])
    """Text of the next drafts, one after the other; afterwards an impeccable sentence."""
    briefs: list[Brief] = field(default_factory=list[Brief])
    started: asyncio.Event = field(default_factory=asyncio.Event)
    hold: bool = False
    """Wait until cancelled instead of drafting."""

    refines: bool = True
    fallback: "ScriptedAgent | None" = None
    """Drafts the standard text; nobody else does unless it is given."""

    def for_document(self, document: object) -> "ScriptedAgent":
        return self

    @property
    def standard(self) -> "ScriptedAgent":
        return self.fallback or self

    async def draft(self, brief: Brief) -> Draft:
        self.briefs.append(brief)
        self.started.set()
        if self.hold:
            await asyncio.sleep(3600)
        if self.failures:
            raise self.failures.pop(0)
        body = self.bodies.pop(0) if self.bodies else "The text of {{ title }}."
        return Draft(
            sections=tuple(
                DraftSection(title=section.title, markdown=body)
                for section in brief.guidance.sections
            ),
            agent=self.name,
        )


@dataclass(slots=True)
class FactlessReviewer:
    """Reviews the text alone, without the facts of its contract file."""

    asked: list[Call] = field(default_factory=list[Call])
    """What a second reader is asked about the next drafts."""

    async def review(
        self,
        file: object,
        document: Any,
        content: str,
        quotations: object = (),
        calls: CallLog | None = None,
    ) -> Review:
        if self.asked and calls is not None:
            await calls.keep(self.asked.pop(0))
        return review(guidance_for(document.code), content)


class NoSources:
    """Nobody has given the project a file."""

    async def grounding(self, *_: object) -> tuple[Any, ...]:
        return ()


@dataclass(slots=True)
class RecordedDrafts:
    """Keeps the records of drafts; knows no earlier calls."""

    records: list[DraftMade] = field(default_factory=list[DraftMade])

    async def record(self, draft: DraftMade) -> None:
        self.records.append(draft)

    async def find_call(self, workflow_id: str, key: str) -> None:
        return None

    async def keep_call(self, workflow_id: str, call: object) -> None:
        return None


@dataclass(slots=True)
class InstantPublisher:
    """Renders to the bytes of the text itself; reports the findings it is given at gates."""

    findings: list[Sequence[str]] = field(default_factory=list[Sequence[str]])
    """What the next gate checks find, one after the other; afterwards nothing."""
    failures: Sequence[Exception] = ()
    """What the next gate checks raise before they find anything."""

    def render(
        self, file: Any, code: str, version: int, signers: object, content: str
    ) -> SimpleNamespace:
        return SimpleNamespace(
            docx=f"{code} {version} {content}".encode(),
            pdf=f"%PDF {code} {version}".encode(),
            pages=1,
            engine="instant",
            engine_version="1",
            degraded=(),
        )

    def convert(self, docx: bytes) -> tuple[SimpleNamespace, str]:
        return SimpleNamespace(
            docx=docx,
            pdf=b"%PDF of " + docx,
            pages=1,
            engine="instant",
            engine_version="1",
            degraded=(),
        ), docx.decode()

    def check(
        self,
        file: Any,
        versions: object,
        blobs: Mapping[str, bytes],
        quoted: object = (),
        quotations: object = (),
    ) -> tuple[Any, ...]:
        if self.failures:
            failure, *self.failures = self.failures
            raise failure
        found = self.findings.pop(0) if self.findings else ()
        return tuple(SimpleNamespace(sentence=sentence, blocks=True) for sentence in found)


class NoLineage:
    """Every document was made from the package that counts."""

    async def of_project(self, project_id: UUID) -> SimpleNamespace:
        return SimpleNamespace(facts_id=project_id, outdated={}, stale={})


@dataclass(slots=True)
class StatedGates:
    """Every condition is met, except those that a test states."""

    warnings: list[Sequence[str]] = field(default_factory=list[Sequence[str]])
    """What the next gate checks warn of, one after the other; afterwards nothing."""

    async def unmet(self, *_: object) -> tuple[Any, ...]:
        found = self.warnings.pop(0) if self.warnings else ()
        return tuple(SimpleNamespace(sentence=sentence, blocks=False) for sentence in found)


@dataclass(slots=True)
class QueuedDeadlines:
    """The queue of outdated projects; computing settles each, or fails as told."""

    queue: dict[UUID, datetime] = field(default_factory=dict[UUID, datetime])
    broken: set[UUID] = field(default_factory=set[UUID])
    computed: list[UUID] = field(default_factory=list[UUID])
    hold: asyncio.Event | None = None
    """Computing waits for it."""

    async def replace(self, project_id: UUID, *_: object, **__: object) -> tuple[str, ...]:
        if self.hold is not None:
            await self.hold.wait()
        if project_id in self.broken:
            raise InvalidFacts(("milestones: out of order",))
        if self.queue.pop(project_id, None) is not None:
            self.computed.append(project_id)
        return ("D23",)

    async def outdated(self, limit: int, after: datetime | None = None) -> tuple[Any, ...]:
        waiting = sorted((since, project) for project, since in self.queue.items())
        return tuple(
            SimpleNamespace(project_id=project, since=since, cause="Snow", closed=False)
            for since, project in waiting
            if after is None or since > after
        )[:limit]

    async def send_due(self) -> int:
        return 0


@dataclass(slots=True)
class FakeHouse:
    """Real activities on fake collaborators; a test reads what happened from the attributes."""

    facts: Facts = field(default_factory=sample_facts)
    projection: RecordingProjection = field(default_factory=RecordingProjection)
    artifacts: MemoryArtifacts = field(default_factory=MemoryArtifacts)
    agent: ScriptedAgent = field(default_factory=ScriptedAgent)
    reviewer: FactlessReviewer = field(default_factory=FactlessReviewer)
    publisher: InstantPublisher = field(default_factory=InstantPublisher)
    gates: StatedGates = field(default_factory=StatedGates)
    deadlines: QueuedDeadlines = field(default_factory=QueuedDeadlines)
    drafts: RecordedDrafts = field(default_factory=RecordedDrafts)

    def record_activities(self) -> list[Callable[..., Any]]:
        records = RecordActivities(cast(Any, self.projection), self._files())
        deadlines = DeadlineActivities(
            self._files(), cast(Any, self.deadlines), cast(Any, self.deadlines)
        )
        return [*_methods(records), *_methods(deadlines)]

    def agent_activities(self) -> list[Callable[..., Any]]:
        files, artifacts, publisher = self._files(), cast(Any, self.artifacts), self.publisher
        drafts = cast(Any, self.drafts)
        drafting = DraftingActivities(
            files,
            artifacts,
            cast(Any, self.agent),
            cast(Any, self.reviewer),
            drafts,
            AgentCalls(drafts, artifacts),
            SilentProgress(),
            cast(Any, NoSources()),
        )
        rendering = RenderingActivities(files, artifacts, cast(Any, publisher), SilentProgress())
        checking = CheckActivities(files, cast(Any, self.gates), artifacts, cast(Any, publisher))
        lineage = LineageActivities(files, cast(Any, NoLineage()), cast(Any, self.projection))
        return [*_methods(drafting), *_methods(rendering), *_methods(checking), *_methods(lineage)]

    def _files(self) -> Any:
        return SampleFiles(self.facts)


def _methods(activities: object) -> list[Callable[..., Any]]:
    return [
        getattr(activities, name)
        for name in dir(type(activities))
        if hasattr(getattr(type(activities), name), "__temporal_activity_definition")
    ]


def utc(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}+00:00")
