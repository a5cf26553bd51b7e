"""The dimensions an event may carry and the segment they form."""

from typing import Final

DIMENSIONS: Final = (
    "channel",
    "journey",
    "stage",
    "touchpoint",
    "region",
    "team",
    "agent",
    "product",
    "customer_class",
    "queue",
    "kind",
    "priority",
    "severity",
    "reason",
    "question",
)
"""Every dimension by name. Each is a column of ``cx.cells`` and a label of live metrics."""

Segment = tuple[str, ...]
"""One value per entry of `DIMENSIONS`, in that order; ``""`` where it is not kept or the event did not say."""

NO_SEGMENT: Final[Segment] = ("",) * len(DIMENSIONS)
"""The segment of an event that names no kept dimension."""

OTHER: Final = "__other__"
"""Stands for every value of a dimension past its cap of distinct values."""
