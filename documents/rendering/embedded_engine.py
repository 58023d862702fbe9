"""The child process of the embedded engine: rdocx, with what comes before and after it.

It ends when its input closes, hence also when its parent dies.
"""

import os
import sys

import rdocx

from documents.rendering.cleaning import plain_copy
from documents.rendering.embedded import DRAFT, FAILED, PDF, UNSAFE, receive, send
from documents.rendering.errors import UnsafeDocument
from documents.rendering.keeping import Keeper
from documents.rendering.tagging import tag_pdf

_MEMORY_LIMIT = 4 * 1024**3


def convert(docx: bytes, keeper: Keeper, *, draft: bool) -> bytes:
    """Clean, convert with bundled fonts only, and tag. Equal input gives equal bytes."""
    plain = plain_copy(docx)
    document = rdocx.Document.from_bytes(plain)
    keeper.keep_together(document, plain)
    pdf = document.to_pdfa_deterministic("pdfa-2b")
    return pdf if draft else tag_pdf(pdf, plain)


def main() -> None:
    """Answer requests until the input closes."""
    _limit_memory()
    keeper = Keeper()
    # Nothing else may write between the frames.
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    while (request := receive(sys.stdin.buffer)) is not None:
        kind, docx = request
        try:
            send(answers, PDF, convert(docx, keeper, draft=kind == DRAFT))
        except UnsafeDocument as error:
            send(answers, UNSAFE, str(error).encode())
        except Exception as error:  # the engine raises many kinds; the parent names them all
            send(answers, FAILED, f"{type(error).__name__}: {error}".encode())


def _limit_memory() -> None:
    if sys.platform != "win32":
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_LIMIT, _MEMORY_LIMIT))
