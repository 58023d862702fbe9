"""Functions that a user might write, and what can go wrong in them."""

import asyncio
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any


def markdown(requirements: list[dict[str, Any]]) -> str:
    sys.stdout.write(f"drafting {len(requirements)} requirements\n")
    return "# Performance Work Statement\n\n## 1. Scope\n\nThe scope.\n\n## Extra part\n\nMore."


async def slow_but_fine(everything: dict[str, Any]) -> dict[str, Any]:
    await asyncio.sleep(0.05)
    title = everything["document"]["title"]
    return {"sections": [{"title": "Scope", "content": f"Written for {title}."}]}


def template_code(facts: dict[str, str]) -> str:
    return "Keys: {{ project.title }} {% for x in offers %}{% endfor %}" + " ".join(facts)[:0]


def code_in_a_title() -> dict[str, str]:
    title = "Offers\nof {% for o in offers.offers %}{{ o.name }} {% endfor %}at {{ project.title }}"
    return {"Scope": "The scope.", title: "As known."}


def code_in_a_heading() -> str:
    heading = "Offers of {{ offers.offers[0].name }} at {{ project.title }}"
    return f"# Scope\n\nThe scope.\n\n# {heading}\n\nAs known."


def half_a_character() -> dict[str, str]:
    return {"Scope": "a\ud800b"}


def raises_half_a_character() -> str:
    raise RuntimeError("a\ud800b\0c")


def writes_its_own_outcome() -> str:
    os.write(int(sys.argv[1]), b"garbage")
    os._exit(0)


def writes_another_outcome() -> str:
    os.write(int(sys.argv[1]), b'{"found": 7}')
    os._exit(0)


def raises() -> str:
    sys.stdout.write("about to fail\n")
    raise RuntimeError("the requirements are missing")


def returns_a_number() -> int:
    return 7


def returns_nothing() -> None:
    return None


def returns_too_much() -> str:
    return "word " * 200_000


def takes_all_memory() -> str:
    return str(len(bytearray(8 << 30)))


def exits() -> str:
    os._exit(3)


def hangs_with_a_child(project: dict[str, Any]) -> str:
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    Path(os.environ["NOTE"]).write_text(str(child.pid))
    time.sleep(600)
    return project["title"]


def environment() -> str:
    return "# Scope\n\n" + " ".join(sorted(os.environ))


def quotes(sources: list[dict[str, str]]) -> dict[str, str]:
    return {"Scope": f"As the survey says:\n\n{sources[0]['markdown']}"}
