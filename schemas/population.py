"""The customer base by segment, as a file that whoever asks for a weighted report brings along."""

from math import isclose
from pathlib import Path
from typing import Final

import msgspec

_ROUNDED: Final = 0.005
"""Shares written with two or three digits add up to 1 within this."""


class PopulationError(ValueError):
    """A file that is no customer base; the text says what to change."""


def load_population(path: Path) -> dict[str, float]:
    """Share of the customer base of each segment; they add up to 1.

    The file is a YAML mapping of segment to customers, or to a share of 1 where no number is above 1.

    Raises:
        PopulationError: it is no such mapping, or its shares do not add up to 1.
    """
    try:
        sizes = msgspec.yaml.decode(path.read_bytes(), type=dict[str, float])
    except msgspec.DecodeError as error:
        raise PopulationError(f"{path}: not a YAML mapping of segment to number of customers: {error}") from error
    if len(sizes) < 2:
        raise PopulationError(f"{path}: it needs at least two segments, or there is nothing to weight")
    for segment, size in sizes.items():
        if not 0 < size < float("inf"):
            raise PopulationError(f"{path}: {segment} has {size:g} customers; write a number above 0")
    whole = sum(sizes.values())
    if max(sizes.values()) <= 1 and not isclose(whole, 1, abs_tol=_ROUNDED):
        raise PopulationError(f"{path}: its shares add up to {whole:g}, not to 1")
    return {segment: size / whole for segment, size in sizes.items()}
