"""What a process and its descendants have used so far, from /proc. Standard library only, see `peers`."""

import os
from pathlib import Path
from typing import Final, NamedTuple

_TICKS: Final = os.sysconf("SC_CLK_TCK")


class Usage(NamedTuple):
    """Since the processes began."""

    cpu_seconds: float
    """User and system time, that of descendants that have ended included."""
    peak_bytes: int
    """Largest resident memory of each process, added up."""


def usage(*roots: int) -> Usage:
    """Of the processes ``roots`` and everything they started."""
    parents = _parents()
    family = set(roots)
    while grown := {pid for pid, parent in parents.items() if parent in family} - family:
        family |= grown
    cpu = peak = 0
    for pid in family:
        try:
            # utime, stime, and those of children that were waited for: fields 14 to 17 of the line.
            cpu += sum(map(int, _fields(pid)[11:15]))
            peak += _peak_kib(pid) * 1024
        except (FileNotFoundError, ProcessLookupError):
            continue  # it has just ended
    return Usage(cpu / _TICKS, peak)


def resident_bytes(pid: int) -> int:
    """Memory of one process now; 0 once it has ended."""
    return _status_kib(pid, "VmRSS:") * 1024


def _parents() -> dict[int, int]:
    parents = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            try:
                parents[int(entry.name)] = int(_fields(int(entry.name))[1])
            except (FileNotFoundError, ProcessLookupError):
                continue
    return parents


def _fields(pid: int) -> list[str]:
    """The fields of /proc/PID/stat behind the name, which may hold spaces and brackets itself."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()


def _peak_kib(pid: int) -> int:
    return _status_kib(pid, "VmHWM:")


def _status_kib(pid: int, name: str) -> int:
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith(name)), 0)
