"""Memory of the process: what a worker has let go of goes back to the system.

A rebalance frees all state and builds it anew, in whichever thread is free. By default each thread allocates from an
arena of its own and the C library keeps what is freed there: after some rebalances a worker would hold a multiple of
its state, and its limit would have to allow for that.
"""

import ctypes
import gc
from typing import Any, Final

_ARENA_MAX: Final = -8
"""M_ARENA_MAX of mallopt(3)."""


def share_one_arena() -> None:
    """All threads allocate from one arena from here on; to be called before there are threads.

    They wait for each other at most as long as an allocation takes, and mostly they wait for the interpreter anyway.
    """
    if mallopt := _libc("mallopt"):
        mallopt(_ARENA_MAX, 1)


def give_back() -> None:
    """Frees unreachable objects, which may hold much, and returns free memory to the system: some 0.1 s."""
    gc.collect()
    if trim := _libc("malloc_trim"):
        trim(0)


def _libc(function: str) -> Any | None:
    """A function of glibc; None where the C library is another one, which has no such habits."""
    return getattr(ctypes.CDLL(None), function, None)
