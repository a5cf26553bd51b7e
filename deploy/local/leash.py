"""Starts a program that dies with its parent: `python leash.py PARENT_PID PROGRAM [ARGUMENT...]`.

Runs between fork and exec of every child of the local stack: the kernel's "kill me when my parent dies" must
be set by the child itself, and `preexec_fn` is unsafe in a process with threads. The setting survives exec
and costs about 15 ms a start. Only Linux has it; elsewhere a child of a parent that was killed stays.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1  # <linux/prctl.h>


def main() -> None:
    parent, program = int(sys.argv[1]), sys.argv[2:]
    if sys.platform == "linux":
        # SIGKILL, not SIGTERM: no part of the stack needs a farewell, and one that hangs must not survive.
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:  # the parent died before the setting took hold
            sys.exit(1)
    os.execvp(program[0], program)


if __name__ == "__main__":
    main()
