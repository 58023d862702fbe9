"""The model-backed agent: a model writes prose around keys, and what it may not write is refused.

A faulty section is sent back with its faults, at most ``MAX_REPAIRS`` times; what is faulty then
keeps its standard text, and the draft's note says so. Retries after a provider's failure belong to
whoever calls (Temporal), never to the client.
"""

from collections.abc import AsyncIterable, Iterable, Mapping, Sequence

from pydantic import ValidationError
from pydantic_ai import RunContext
from pydantic_ai.exceptions import UnexpectedModelBehavior
from pydantic_ai.messages import (
    AgentStreamEvent,
    PartDeltaEvent,
    PartStartEvent,
    ToolCallPart,
    ToolCallPartDelta,
)

from ai_agents.agent import Brief, Call, Draft
from ai_agents.prompt import INSTRUCTIONS, Subject
from ai_agents.prose import WrittenDocument, WrittenSection, faults, markdown
from ai_agents.provider import LONGEST_ANSWER, ModelConnection
from documents.compose import DraftSection

MAX_REPAIRS = 2

_SECTION_MARK = '"number"'
_UNREADABLE = "the answer did not fit the form of sections with blocks: answer in that form"


class ModelAgent:
    """Drafts with a model. Safe to share between drafts."""

    name = "model"
    refines = True

    def __init__(self, connection: ModelConnection) -> None:
        self._choice = connection.choice
        self._conversation = connection.conversation(WrittenDocument, INSTRUCTIONS)

    async def draft(self, brief: Brief) -> Draft:
        """See ``Agent.draft``; sections that stay faulty keep their standard text."""
        subject = Subject.of(brief)
        numbers = range(1, len(subject.sections) + 1)
        usable: dict[int, WrittenSection] = {}
        refused: dict[int, tuple[str, ...]] = {}
        calls: list[Call] = []
        wanted: Sequence[int] = numbers
        for attempt in range(MAX_REPAIRS + 1):
            progress = _Progress(brief, len(wanted), repairing=attempt > 0)
            prompt = subject.prompt(wanted, refused)
            call = await self._conversation.ask(prompt, brief.calls, progress.follow)
            calls.append(call)
            written = _read(call.answer)
            refused = {
                number: problems
                for number in wanted
                if (problems := _problems(subject, number, written))
            }
            usable |= {number: written[number] for number in wanted if number not in refused}
            wanted = sorted(refused)
            if not wanted:
                break
        return Draft(
            sections=tuple(
                DraftSection(
                    section.title,
                    markdown(usable[number], section.standard_text, brief.sources)
                    if number in usable
                    else section.standard_text,
                )
                for number, section in enumerate(subject.sections, start=1)
            ),
            agent=f"{self.name} ({self._choice.title})",
            note=_note(subject, refused),
            calls=tuple(calls),
        )


class _AnswerTooLong(UnexpectedModelBehavior):
    pass


class _Progress:
    """Counts sections while the answer streams in."""

    def __init__(self, brief: Brief, sections: int, *, repairing: bool) -> None:
        self._report = brief.progress
        self._title = brief.document.title
        self._sections = sections
        self._repairing = repairing

    async def follow(self, _: RunContext[object], events: AsyncIterable[AgentStreamEvent]) -> None:
        """Raises ``_AnswerTooLong`` so that nobody waits for an answer that cannot be used."""
        begun, told, size, rest = 0, 0, 0, ""
        async for event in events:
            match event:
                case PartStartEvent(part=ToolCallPart(args=str(args))):
                    text = args
                case PartDeltaEvent(delta=ToolCallPartDelta(args_delta=str(args))):
                    text = rest + args
                case _:
                    continue
            size += len(text) - len(rest)
            if size > LONGEST_ANSWER:
                raise _AnswerTooLong(f"more than {LONGEST_ANSWER:,} characters")
            begun = min(begun + text.count(_SECTION_MARK), self._sections)
            rest = text[-len(_SECTION_MARK) + 1 :]
            if begun > told:
                told = begun
                verb = "Rewriting" if self._repairing else "Drafting"
                message = f"{verb} {self._title}: section {begun} of {self._sections}"
                await self._report((begun - 1) / self._sections, message)


def _read(answer: str) -> Mapping[int, WrittenSection]:
    try:
        document = WrittenDocument.model_validate_json(answer)
    except ValidationError:
        return {}
    return {section.number: section for section in document.sections}


def _problems(
    subject: Subject, number: int, written: Mapping[int, WrittenSection]
) -> tuple[str, ...]:
    section = written.get(number)
    if section is None:
        return ("it is missing: write it",) if written else (_UNREADABLE,)
    return faults(section, subject.rules(subject.sections[number - 1]))


def _note(subject: Subject, refused: Mapping[int, Iterable[str]]) -> str:
    if not refused:
        return ""
    titles = ", ".join(f"{subject.sections[number - 1].title!r}" for number in sorted(refused))
    reason = next(iter(refused[min(refused)]))
    return f"The model's text could not be used; standard text stands in {titles}. First: {reason}"
