"""Runs one target in a process of its own, with bounds on time and memory for each input and for the whole run."""

import faulthandler
import gc
import logging
import resource
import signal
import sys
import warnings
from collections.abc import Callable
from random import Random
from time import perf_counter
from typing import Any, Final, Protocol

import msgspec
import structlog

SECONDS_PER_CASE: Final = 10.0
"""Hundreds of times what the slowest takes: a hang shows, a busy machine does not."""

_HANG_SECONDS: Final = 60
"""After so long in one input the process writes its stacks and dies, also where C code hangs: by a timer of the kernel,
which costs nothing to set for each input, and a handler that needs no Python."""

_KILOBYTE: Final = 1 if sys.platform == "darwin" else 1024
_MEGABYTE: Final = 2**20
_GROWTH_BYTES: Final = 64 * _MEGABYTE
"""What may be added to the peak between the first tenth of a run and its end, beyond what single inputs may take."""


class Target(Protocol):
    """What is fuzzed."""

    def make(self, choose: Random) -> Any:
        """One input."""

    def allowance(self, case: Any) -> int:
        """Bytes that this input may add to the peak of the process."""

    def check(self, case: Any) -> None:
        """Raises when the outcome is none that is documented, or the next good input fails."""

    def close(self) -> None: ...


class Result(msgspec.Struct, frozen=True):
    """What a run of one target has shown."""

    target: str
    cases: int
    seconds: float
    slowest_ms: float
    peak_mb: float
    """Of the process, Python and libraries included."""
    growth_mb: float
    """Of the resident memory, from the first tenth of the run to its end."""


class Finding(AssertionError):
    """An input with an outcome that must not be; the text says how to make it again."""


def fuzz(
    name: str,
    new: Callable[[], Target],
    seed: int,
    numbers: range,
    progress: Callable[[int], None] = lambda done: None,
) -> Result:
    """Checks the inputs with these numbers. Raises Finding at the first bad outcome."""
    warnings.simplefilter("ignore")
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    target = new()
    faulthandler.register(signal.SIGALRM, chain=True)  # and then what the signal does by itself: it ends the process
    began, slowest = perf_counter(), 0.0
    warm, resident = max(1, len(numbers) // 10), 0
    try:
        for done, number in enumerate(numbers):
            signal.setitimer(signal.ITIMER_REAL, _HANG_SECONDS)
            if done % 100 == 0:
                progress(done)
            if done == warm:
                resident = _resident()
            case = target.make(Random(f"{name}/{seed}/{number}"))
            slowest = max(slowest, _checked(target, case, f"python -m tests.fuzz {name} --seed {seed} --only {number}"))
        gc.collect()
        growth = max(0, _resident() - resident) if len(numbers) > 1 else 0
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        target.close()
    if growth > _GROWTH_BYTES:
        raise Finding(f"{name}: memory has grown by {growth / _MEGABYTE:.0f} MB over {len(numbers)} inputs")
    return Result(
        target=name,
        cases=len(numbers),
        seconds=perf_counter() - began,
        slowest_ms=slowest * 1000,
        peak_mb=_peak() / _MEGABYTE,
        growth_mb=growth / _MEGABYTE,
    )


def _checked(target: Target, case: Any, again: str) -> float:
    """Seconds that the input took."""
    before, began = _peak(), perf_counter()
    try:
        target.check(case)
    except BaseException as error:
        raise Finding(f"{type(error).__name__}: {error}\n  input: {repr(case)[:2_000]}\n  again: {again}") from error
    seconds, grown = perf_counter() - began, _peak() - before
    if seconds > SECONDS_PER_CASE:
        raise Finding(f"took {seconds:.1f} s\n  again: {again}")
    if grown > target.allowance(case):
        raise Finding(f"took {grown / _MEGABYTE:.0f} MB of memory\n  again: {again}")
    return seconds


def _peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * _KILOBYTE


def _resident() -> int:
    """Bytes in memory now; the peak where the system does not tell."""
    try:
        with open("/proc/self/statm") as statm:
            return int(statm.read().split()[1]) * resource.getpagesize()
    except OSError:
        return _peak()
