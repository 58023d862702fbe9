"""Become another program, tied to the life of the one that started it.

Run as a script by path (``python -I -S tether.py PARENT SIGNAL MODE PROGRAM ...``), so it uses
the standard library alone. ``PARENT`` is the pid of the starter and ``SIGNAL`` the number Linux
sends when it dies. ``MODE`` says who to be: ``self``; ``namespace``, a user namespace in which
root appears as an ordinary user; or ``UID:GID``.

A separate program rather than a ``preexec_fn``, because Python code between fork and exec can
deadlock in a process that has threads.
"""

import ctypes
import os
import sys
from typing import NoReturn

CLONE_NEWUSER = 0x10000000
PR_SET_PDEATHSIG = 1
REFUSED = 126
"""Exit code when the identity asked for cannot be taken."""


def _become(mode: str) -> None:
    if mode == "self":
        return
    if mode == "namespace":
        uid, gid = os.geteuid(), os.getegid()
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.unshare(CLONE_NEWUSER) != 0:
            raise OSError(ctypes.get_errno(), "user namespaces are not allowed here")
        for name, text in (
            ("setgroups", "deny"),
            ("uid_map", f"1000 {uid} 1"),
            ("gid_map", f"1000 {gid} 1"),
        ):
            with open(f"/proc/self/{name}", "w", encoding="ascii") as file:
                file.write(text)
        return
    uid_text, gid_text = mode.split(":")
    os.setgroups([])
    os.setgid(int(gid_text))
    os.setuid(int(uid_text))


def main(arguments: list[str]) -> NoReturn:
    """Take the identity, set the tether, then exec; exits 126 when that is impossible."""
    parent, death_signal, mode, *command = arguments
    try:
        # The kernel forgets the death signal when credentials change, so identity comes first.
        _become(mode)
        if sys.platform == "linux":
            ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, int(death_signal))
        if os.getppid() != int(parent):
            sys.exit(REFUSED)  # The starter died before the tether held.
        os.execv(command[0], command)
    except OSError as error:
        sys.stderr.write(f"{command[0]}: {error}\n")
        sys.exit(REFUSED)


if __name__ == "__main__":
    main(sys.argv[1:])
