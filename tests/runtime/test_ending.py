"""A process that ends at once ends with its own code, and what it has said is read."""

import subprocess
import sys

PROGRAM = """
import atexit, os
from runtime.ending import end
atexit.register(os.abort)
print("said", end="")
end(3)
"""


def test_nothing_of_the_interpreter_is_left_to_fail_when_a_process_ends() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, check=False)
    assert (done.returncode, done.stdout) == (3, b"said")
