"""Waiting for something that another process does."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

Answer = TypeVar("Answer")


async def until(
    ask: Callable[[], Awaitable[Answer]], met: Callable[[Answer], bool], seconds: float = 120
) -> Answer:
    """Ask until the answer is the one waited for; fail with the last answer.

    The limit is for what never happens: a busy machine needs its time.
    """
    answers: list[Answer] = []
    try:
        async with asyncio.timeout(seconds):
            while True:
                answers = [await ask()]
                if met(answers[0]):
                    return answers[0]
                await asyncio.sleep(0.02)
    except TimeoutError:
        raise AssertionError(f"waited {seconds} s; the last answer was {answers!r}") from None
