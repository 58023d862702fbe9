"""The process in which one call of a user's function runs; see ``ai_agents.script_agent``.

Reads a request as JSON from standard input and writes the outcome as JSON to the file descriptor
that it is given. Whatever the function prints goes to the captured log.
"""

import asyncio
import importlib
import inspect
import json
import os
import sys
import traceback
from collections.abc import Mapping
from typing import Any


def limit_memory(megabytes: int) -> None:
    """Bound the address space, where the operating system can."""
    try:
        import resource
    except ImportError:  # Windows
        return
    size = megabytes * 1024 * 1024
    resource.setrlimit(resource.RLIMIT_AS, (size, size))


def call(target: str, told: Mapping[str, Any]) -> Any:
    """Call ``module:function`` with what its parameters are named after."""
    module, _, name = target.partition(":")
    function: Any = importlib.import_module(module)
    for part in name.split("."):
        function = getattr(function, part)
    arguments: list[Any] = []
    named: dict[str, Any] = {}
    for parameter in inspect.signature(function).parameters.values():
        if parameter.kind is parameter.VAR_KEYWORD:
            named |= {key: value for key, value in told.items() if key not in named}
        elif parameter.kind is parameter.VAR_POSITIONAL:
            continue
        elif parameter.name in told:
            named[parameter.name] = told[parameter.name]
        elif parameter.default is parameter.empty:
            # A function of one argument with a name of its own is told everything.
            arguments.append(told)
    result = function(*arguments, **named) if arguments or named else function()
    return asyncio.run(_awaited(result)) if inspect.isawaitable(result) else result


async def _awaited(result: Any) -> Any:
    return await result


def main() -> None:
    outcome_fd = int(sys.argv[1])
    request = json.load(sys.stdin)
    sys.path[:0] = request["path"]
    outcome: dict[str, Any]
    try:
        limit_memory(request["memory_mb"])
        outcome = {"result": call(request["target"], request["told"])}
        encoded = json.dumps(outcome)
    except BaseException as error:
        encoded = json.dumps(
            {
                "error": type(error).__name__,
                "message": str(error)[:2000],
                "trace": traceback.format_exc()[-8000:],
            }
        )
    sys.stdout.flush()
    with os.fdopen(outcome_fd, "w", encoding="utf-8") as out:
        out.write(encoded)


if __name__ == "__main__":
    main()
