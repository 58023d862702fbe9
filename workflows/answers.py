"""Answers that a workflow carries from run to run: a repeated request gets the first one."""

from typing import TypeVar

Answer = TypeVar("Answer")

ANSWERS_KEPT = 256
"""Of each kind, at a continue-as-new: 40 kB at most, and more requests than months bring."""


def newest(answers: dict[str, Answer]) -> dict[str, Answer]:
    """The newest answers by request id; a repeat of an older request would be a new one."""
    return dict(list(answers.items())[-ANSWERS_KEPT:])
