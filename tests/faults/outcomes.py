"""What became of each fault: a line per test at the end of the run, and a file for programs."""

from collections.abc import Sequence
from typing import NamedTuple

import msgspec


class Outcome(NamedTuple):
    """Of one test."""

    fault: str
    equal: bool
    """Whether the rows equal those of the undisturbed run."""
    events: int
    """Records published."""
    recovered: float
    """Seconds from the end of the fault until all that was published by then was applied and stored."""
    worst_lag: int
    """The most records that were published and not applied at one moment."""


def table(outcomes: Sequence[Outcome]) -> list[str]:
    """Aligned lines with a header."""
    width = max(len(each.fault) for each in outcomes)
    header = f"{'fault':<{width}}  digest   events  recovered s  lag at worst"
    return [header, *(_line(each, width) for each in outcomes)]


def _line(outcome: Outcome, width: int) -> str:
    digest = "equal" if outcome.equal else "NOT EQUAL"
    fault, _, events, recovered, worst_lag = outcome
    return f"{fault:<{width}}  {digest:<9}{events:>6,}{recovered:>13.1f}{worst_lag:>14,}"


def as_json(seed: int, outcomes: Sequence[Outcome]) -> bytes:
    document = {"seed": seed, "outcomes": [each._asdict() for each in outcomes]}
    return msgspec.json.format(msgspec.json.encode(document), indent=2) + b"\n"
