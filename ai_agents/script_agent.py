"""The user's own Python functions as agents: any function that returns text drafts a document.

The function runs in a process of its own with limits of time and memory, and with none of the
worker's environment except what is named. It is called with arguments by the names of its
parameters (``requirements``, ``facts``, ``project``, ``document``, ``sections``, ``feedback``,
``sources``); one parameter of another name gets all of them as one dictionary. It may be sync or
async and returns Markdown, a dictionary of sections (``{"Scope": "..."}``), or
``{"sections": [{"title": ..., "content": ...}]}``. A key of ``facts`` in double braces is filled;
the values it prints are checked against the facts when the draft is reviewed, as in any draft.
"""

import asyncio
import json
import os
import re
import signal
import sys
import tempfile
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import Any, cast

from ai_agents.agent import AgentFailed, AgentRefused, Brief, Call, Draft
from ai_agents.boundary import shown
from ai_agents.prompt import Subject, is_binding
from documents.compose import DraftSection
from documents.guidance import Section

_ALWAYS_VISIBLE = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "TZ", "SYSTEMROOT")
LONGEST_LOG = 64_000
LONGEST_RESULT = 500_000
"""Bytes of a result that are read."""
_HEADING = re.compile(r"^(#{1,6})\s+(?:\d+(?:\.\d+)*\.?\s+)?(?P<title>.+?)\s*#*$", re.MULTILINE)
_SYNTAX = re.compile(r"\{\{\s*(?P<key>[^{}]+?)\s*\}\}|\{\{|\{%|\{#")


class ScriptFailed(AgentFailed):
    """The function raised, ran out of time or memory, or returned something that is no text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScriptLimits:
    """What one call may use."""

    seconds: float = 300.0
    memory_mb: int = 2048
    """Address space of the process; libraries that map much memory need more."""
    environment: tuple[str, ...] = ()
    """Names of environment variables that the function may read."""


@dataclass(frozen=True, slots=True)
class _Ended:
    """The end of one call."""

    outcome: str
    """As ``ai_agents.script_host`` wrote it."""
    log: str
    returncode: int | None
    """``None``: its time was up."""
    seconds: float


class ScriptAgent:
    """Drafts by calling one function, ``package.module:function``."""

    refines = True

    def __init__(
        self,
        target: str,
        path: Sequence[Path] = (),
        limits: ScriptLimits | None = None,
    ) -> None:
        """``path`` holds the folders from which the function's module is imported."""
        if not re.fullmatch(r"[\w.]+:[\w.]+", target):
            raise AgentRefused(
                f"{target!r} names no function: write package.module:function, "
                "for example scripts.agents.pws_agent:generate_pws"
            )
        self.name = f"script {target}"
        self._target = target
        self._path = [str(folder.resolve()) for folder in path]
        self._limits = limits or ScriptLimits()

    async def draft(self, brief: Brief) -> Draft:
        """Call the function and sort what it returns into the sections of the guidance.

        Raises:
            ScriptFailed: named after what the function raised, with the end of its log.
        """
        told = _told(brief)
        await brief.progress(0.1, f"{self._target} drafts {brief.document.title}")
        ended = await self._run(told)
        prompt = json.dumps(told, ensure_ascii=False, sort_keys=True)
        call = Call(
            key=sha256(f"{self._target}\0{prompt}".encode()).hexdigest(),
            provider="script",
            model=self._target,
            prompt=prompt,
            answer=ended.log,
            seconds=round(ended.seconds, 3),
        )
        try:
            texts = dict(_texts(self._result(ended), self._target))
        except ScriptFailed as error:
            if brief.calls is not None:
                await brief.calls.keep(call.failed(str(error)))
            raise
        sections, kept = _sorted(texts, brief.guidance.sections, told["facts"])
        answer = json.dumps(texts, ensure_ascii=False)
        call = replace(call, answer=f"{answer}\n\n{ended.log}" if ended.log else answer)
        note = f"Standard text stands in {', '.join(map(repr, kept))}" if kept else ""
        return Draft(sections=sections, agent=self.name, note=note, calls=(call,))

    async def _run(self, told: Mapping[str, Any]) -> _Ended:
        request = {
            "target": self._target,
            "told": told,
            "path": self._path,
            "memory_mb": self._limits.memory_mb,
        }
        loop = asyncio.get_running_loop()
        started = loop.time()
        with tempfile.TemporaryFile() as outcome, tempfile.TemporaryFile() as log:
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "ai_agents.script_host",
                str(outcome.fileno()),
                stdin=asyncio.subprocess.PIPE,
                stdout=log.fileno(),
                stderr=log.fileno(),
                pass_fds=(outcome.fileno(),),
                cwd=Path(__file__).parent.parent,
                env={name: os.environ[name] for name in self._visible() if name in os.environ},
                # Whatever the function starts ends with it.
                start_new_session=True,
            )
            returncode = None
            try:
                with suppress(TimeoutError):
                    async with asyncio.timeout(self._limits.seconds):
                        await process.communicate(json.dumps(request).encode())
                        returncode = process.returncode
            finally:
                # Also on cancellation: nobody waits for its text any more.
                await _end(process)
            written, said = _read(outcome, LONGEST_RESULT + 1), _read(log, LONGEST_LOG)
        return _Ended(written, said, returncode, loop.time() - started)

    def _visible(self) -> tuple[str, ...]:
        return (*_ALWAYS_VISIBLE, *self._limits.environment)

    def _result(self, ended: _Ended) -> Any:
        """What the function returned. Raises ScriptFailed when that is no text."""
        target, last_words = self._target, _tail(ended.log)
        if ended.returncode is None:
            raise ScriptFailed(
                f"{target} took longer than {self._limits.seconds:g} s and was ended{last_words}"
            )
        if len(ended.outcome) > LONGEST_RESULT:
            raise ScriptFailed(
                f"{target} returned more than {LONGEST_RESULT:,} bytes: return the text only"
            )
        if not ended.outcome:
            raise ScriptFailed(
                f"{target} ended with code {ended.returncode} and no result{last_words}"
            )
        try:
            match json.loads(ended.outcome):
                case {"error": str(kind), "message": str(message), "trace": str(trace)}:
                    if kind == "MemoryError":
                        message = f"it needs more than {self._limits.memory_mb} MB"
                    raise ScriptFailed(f"{target} raised {kind}: {message}{_tail(trace)}")
                case {"result": result}:
                    # Half of a surrogate pair is no character, and cannot be stored.
                    json.dumps(result, ensure_ascii=False).encode()
                    return result
                case _:
                    raise ValueError("it is no outcome of a function")
        except (ValueError, RecursionError) as error:
            raise ScriptFailed(
                f"{target} returned something that cannot be read as text: {error}{last_words}"
            ) from error


def _told(brief: Brief) -> dict[str, Any]:
    """What the function may know: facts as plain JSON, without offers and decisions."""
    context = brief.context
    return {
        "document": {"code": brief.document.code, "title": brief.document.title},
        "project": _plain(context["project"]),
        "requirements": _plain(context["requirements"]),
        "facts": dict(Subject.of(brief).values),
        "sections": [
            {"title": section.title, "instruction": section.instruction}
            for section in brief.guidance.sections
        ],
        "feedback": list(shown(brief.feedback, brief.withheld)),
        "sources": [
            {
                "file": quote.source,
                "place": quote.place,
                "text": quote.text,
                "markdown": quote.markdown,
            }
            for quote in brief.sources
        ],
    }


def _plain(value: Any) -> Any:
    if hasattr(value, "model_dump"):
        return value.model_dump(mode="json")
    return [_plain(item) for item in value]


def _texts(result: Any, target: str) -> Iterator[tuple[str, str]]:
    """Section titles and Markdown; text before the first heading has the title ``""``."""
    match result:
        case str() if result.strip():
            yield from _by_heading(result)
        case {"sections": [*items]} if all(isinstance(item, dict) for item in items):
            for item in cast(list[dict[str, Any]], items):
                yield str(item.get("title", "")), str(item.get("content", item.get("text", "")))
        case {"content": str(text)} | {"markdown": str(text)} if text.strip():
            yield from _by_heading(text)
        case dict() if _all_text(cast(dict[str, Any], result)):
            yield from cast(dict[str, str], result).items()
        case _:
            raise ScriptFailed(
                f"{target} returned {type(result).__name__}: return Markdown, or a dictionary from "
                "section titles to Markdown"
            )


def _all_text(texts: Mapping[str, Any]) -> bool:
    return bool(texts) and all(isinstance(text, str) for text in texts.values())


def _by_heading(text: str) -> Iterator[tuple[str, str]]:
    headings = list(_HEADING.finditer(text))
    levels = sorted(len(heading[1]) for heading in headings)
    if not levels:
        yield "", text
        return
    if len(levels) > 1 and levels[0] < levels[1]:
        # A lone heading above all others is the document's own title, which the product prints.
        text = _HEADING.sub("", text, count=1)
        yield from _by_heading(text)
        return
    parts = [heading for heading in headings if len(heading[1]) == levels[0]]
    if lead := text[: parts[0].start()].strip():
        yield "", lead
    ends = (*(part.start() for part in parts[1:]), len(text))
    for part, end in zip(parts, ends, strict=True):
        yield part["title"], text[part.end() : end].strip()


def _sorted(
    texts: Mapping[str, str], sections: Sequence[Section], keys: Collection[str]
) -> tuple[tuple[DraftSection, ...], list[str]]:
    """What was written by section, and the titles of sections that keep their standard text.

    A text whose title no section has follows, below its own heading, the text before it.
    """
    titles = {_folded(section.title): section.title for section in sections}
    found: dict[str, list[str]] = {}
    current = sections[0].title
    for title, text in texts.items():
        text = text.strip()
        if known := titles.get(_folded(title)):
            current = known
        elif title and text:
            text = f"## {' '.join(title.split())}\n\n{text}"
        if text:
            safe = _SYNTAX.sub(lambda found: _key_or_text(found, keys), text)
            found.setdefault(current, []).append(safe)
    drafted: list[DraftSection] = []
    for section in sections:
        own = found.get(section.title, [])
        if is_binding(section) or not own:
            own = [*own, section.standard_text]
        drafted.append(DraftSection(section.title, "\n\n".join(own)))
    return tuple(drafted), [section.title for section in sections if section.title not in found]


def _key_or_text(found: re.Match[str], keys: Collection[str]) -> str:
    key = " ".join((found["key"] or "").split())
    if key in keys:
        return f"{{{{ {key} }}}}"
    return re.sub(r"\{\{|\{%|\{#", lambda syntax: f"{{{{ '{syntax[0]}' }}}}", found[0])


def _folded(title: str) -> str:
    return " ".join(re.sub(r"[^\w\s]", " ", title).casefold().split())


async def _end(process: asyncio.subprocess.Process) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    await process.wait()


def _read(file: Any, most: int) -> str:
    """The end of a file, which the other process has written."""
    size = file.seek(0, os.SEEK_END)
    file.seek(max(0, size - most))
    return cast(bytes, file.read(most)).decode("utf-8", errors="replace")


def _tail(log: str) -> str:
    words = log.strip()[-600:]
    return f"; its last words: {words}" if words else ""
