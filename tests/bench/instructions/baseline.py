"""What the core needed when it was last looked at: ``baseline.json``."""

from pathlib import Path
from typing import Final

import msgspec

from tests.bench.instructions.count import per_event
from tests.bench.load.plan import Mix

FILE: Final = Path(__file__).with_name("baseline.json")

YARDSTICK: Final[tuple[str, Mix]] = ("yardstick", "cases")
"""The others are compared with this one, so that another version of Python has little effect."""

WORKLOADS: Final[dict[str, tuple[str, Mix]]] = {
    "decode": ("decode", "cases"),
    "measured": ("apply", "measured"),
    "surveys": ("apply", "surveys"),
    "cases": ("apply", "cases"),
}

MOST_GROWTH: Final = 0.10
"""Of the instructions per event: above what another build of Python or of a library makes of the same code."""


class Needed(msgspec.Struct, frozen=True):
    """Instructions of one workload."""

    instructions: int
    """For each event."""
    yardsticks: float
    """The same in multiples of what the yardstick takes for an event."""


def measure() -> dict[str, Needed]:
    """All workloads."""
    yardstick, *counts = per_event(YARDSTICK, *WORKLOADS.values())
    return {
        name: Needed(round(count), round(count / yardstick, 3)) for name, count in zip(WORKLOADS, counts, strict=True)
    }


def read() -> dict[str, Needed]:
    """The committed ones."""
    return msgspec.json.decode(FILE.read_bytes(), type=dict[str, Needed])


def write(needed: dict[str, Needed]) -> None:
    """Commit these from here on."""
    FILE.write_bytes(msgspec.json.format(msgspec.json.encode(needed), indent=1) + b"\n")


def grown(before: dict[str, Needed], now: dict[str, Needed]) -> dict[str, float]:
    """Workloads that need more than they may, with their growth; one without a baseline has grown without end."""
    growth = {
        name: each.yardsticks / before[name].yardsticks - 1 if name in before else float("inf")
        for name, each in now.items()
    }
    return {name: share for name, share in growth.items() if share > MOST_GROWTH}
