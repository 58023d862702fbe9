"""How a process ends that has talked to Temporal."""

import logging
import os
import sys
from typing import NoReturn


def end(code: int) -> NoReturn:
    """End this process, whose work is done, without taking the interpreter apart.

    Threads of the Temporal client outlive the event loop; one that wakes up just then aborts the
    process with SIGABRT (temporalio/sdk-python issue 300), as if its work had failed.
    """
    logging.shutdown()
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    os._exit(code)
