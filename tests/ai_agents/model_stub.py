"""A model endpoint on this machine that speaks the OpenAI protocol and answers without any model.

``python -m tests.ai_agents.model_stub --port 8100`` serves it by hand; then
``MODEL_PROVIDER=openai MODEL_NAME=stub MODEL_BASE_URL=http://127.0.0.1:8100/v1 make demo``.
It keeps what is binding and writes one plain paragraph into every other section.
"""

import argparse
import asyncio
import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import uvicorn
from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse, StreamingResponse

from tests.waiting import until

PARAGRAPH = (
    "This section was written for {{ project.title }}. The {{ office.name }} relies on it in the "
    "further course of the acquisition."
)
_ASKED = re.compile(
    r"^Section (?P<number>\d+): (?P<title>.*)$\n^It has to establish: .*$\n"
    r"^Its standard text(?P<binding> \(binding\))?:$",
    re.MULTILINE,
)
Sections = list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Asked:
    """One section that a prompt asks for."""

    number: int
    title: str
    binding: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What the endpoint does with one request. By default it answers as it should."""

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict[str, str])
    sections: Callable[[list[Asked]], Sections] | None = None
    raw: str | None = None
    """Arguments of the tool call as they are sent, for answers that are not even JSON."""
    cut_after: int | None = None
    """Bytes of the stream after which the connection breaks."""
    delay_seconds: float = 0.0
    """Before the first byte."""
    pause_seconds: float = 0.0
    """Between two pieces of the stream."""
    finish: str = "tool_calls"


def written(asked: list[Asked]) -> Sections:
    """Every section that is asked for, in the form that the product wants."""
    return [
        {
            "number": section.number,
            "blocks": [
                {"kind": "standard"}
                if section.binding
                else {"kind": "paragraph", "text": PARAGRAPH}
            ],
        }
        for section in asked
    ]


class ModelStub:
    """Answers chat completions, streamed or whole; keeps the prompts that it was sent."""

    def __init__(self) -> None:
        self.prompts: list[str] = []
        self.replies: list[Reply] = []
        """Used up in order; afterwards every answer is as it should be."""
        self.url = ""
        """Where it is served."""
        self.app = FastAPI()
        self.app.post("/v1/chat/completions")(self._complete)

    async def _complete(self, request: Request) -> Response:
        body: dict[str, Any] = await request.json()
        prompt = _text(body["messages"][-1]["content"])
        self.prompts.append(prompt)
        reply = self.replies.pop(0) if self.replies else Reply()
        await asyncio.sleep(reply.delay_seconds)
        if reply.status != 200:
            message = {"error": {"message": f"the stub answers {reply.status}", "type": "stub"}}
            return JSONResponse(message, reply.status, headers=reply.headers)
        asked = [
            Asked(int(found["number"]), found["title"], bool(found["binding"]))
            for found in _ASKED.finditer(prompt)
        ]
        sections = (reply.sections or written)(asked)
        arguments = json.dumps({"sections": sections}) if reply.raw is None else reply.raw
        tool = body["tools"][0]["function"]["name"]
        if not body.get("stream"):
            return JSONResponse(_whole(body["model"], tool, arguments, reply.finish))
        return StreamingResponse(
            _stream(body["model"], tool, arguments, reply), media_type="text/event-stream"
        )


def _text(content: Any) -> str:
    if isinstance(content, str):
        return content
    return "\n".join(part.get("text", "") for part in content)


_USAGE = {"prompt_tokens": 1200, "completion_tokens": 300, "total_tokens": 1500}


def _whole(model: str, tool: str, arguments: str, finish: str) -> dict[str, Any]:
    call = {"id": "call", "type": "function", "function": {"name": tool, "arguments": arguments}}
    message = {"role": "assistant", "content": None, "tool_calls": [call]}
    return {
        "id": "answer",
        "object": "chat.completion",
        "created": 0,
        "model": model,
        "choices": [{"index": 0, "message": message, "finish_reason": finish}],
        "usage": _USAGE,
    }


async def _stream(model: str, tool: str, arguments: str, reply: Reply) -> AsyncIterator[bytes]:
    def event(delta: dict[str, Any], finish: str | None = None) -> bytes:
        chunk = {
            "id": "answer",
            "object": "chat.completion.chunk",
            "created": 0,
            "model": model,
            "choices": [{"index": 0, "delta": delta, "finish_reason": finish}],
        }
        return f"data: {json.dumps(chunk)}\n\n".encode()

    def part(arguments: str, **first: str) -> dict[str, Any]:
        function = {"arguments": arguments, **({"name": first["name"]} if first else {})}
        call = {"index": 0, "function": function}
        return {"tool_calls": [call | ({"id": "call", "type": "function"} if first else {})]}

    sent = 0
    pieces = [event({"role": "assistant", **part("", name=tool)})]
    pieces += [event(part(arguments[i : i + 200])) for i in range(0, len(arguments), 200)]
    usage = {"id": "answer", "object": "chat.completion.chunk", "created": 0, "model": model}
    pieces += [
        event({}, reply.finish),
        f"data: {json.dumps(usage | {'choices': [], 'usage': _USAGE})}\n\n".encode(),
        b"data: [DONE]\n\n",
    ]
    for piece in pieces:
        if reply.cut_after is not None and sent + len(piece) > reply.cut_after:
            raise ConnectionResetError("the stub breaks the stream off")
        yield piece
        sent += len(piece)
        await asyncio.sleep(reply.pause_seconds)


async def serve(stub: ModelStub, port: int = 0) -> tuple[str, Callable[[], Awaitable[None]]]:
    """Serve on 127.0.0.1; returns the base URL and what stops it."""
    config = uvicorn.Config(stub.app, host="127.0.0.1", port=port, log_level="critical")
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve())

    async def started() -> bool:
        return server.started

    await until(started, bool)
    bound = server.servers[0].sockets[0].getsockname()[1]

    async def stop() -> None:
        server.should_exit = True
        await serving

    return f"http://127.0.0.1:{bound}/v1", stop


def main() -> None:
    parser = argparse.ArgumentParser(description="A model endpoint that needs no model")
    parser.add_argument("--port", type=int, default=8100)
    uvicorn.run(ModelStub().app, host="127.0.0.1", port=parser.parse_args().port)


if __name__ == "__main__":
    main()
