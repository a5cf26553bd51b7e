"""Which stage of the corridor a sampled stack belongs to."""

from collections import Counter
from collections.abc import Iterable
from typing import Final, Literal, get_args

Stage = Literal["fetch", "decode", "facts", "cells", "windows", "flush", "checkpoint", "loop", "other"]
"""fetch: records from sockets to the core; decode: bytes to events; facts: cases, responses, duplicates, segments;
cells: folding facts; windows: live windows and /metrics; flush: rows to ClickHouse; checkpoint: what is kept for a
restart; loop: the event loop and what waits in it; other: starting, logs, what no rule names."""

STAGES: Final[tuple[Stage, ...]] = get_args(Stage)

_FUNCTIONS: Final[dict[tuple[str, str], Stage]] = {
    ("core/part_store.py", "take_rows"): "flush",
    ("core/part_store.py", "_row"): "flush",
    ("core/part_store.py", "confirm"): "flush",
    ("core/part_store.py", "evict"): "flush",
    ("core/part_store.py", "freeze"): "checkpoint",
    ("core/cells.py", "read"): "flush",
    ("core/parts.py", "freeze"): "checkpoint",
    ("core/duplicates.py", "blocks"): "checkpoint",
    ("core/processor.py", "checkpoint"): "checkpoint",
    ("core/processor.py", "look"): "windows",
    ("core/processor.py", "take_rows"): "flush",
    ("core/processor.py", "confirm"): "flush",
}
"""Functions that do not belong to the stage of their file."""

_FILES: Final[tuple[tuple[str, Stage], ...]] = (
    ("schemas/decoder", "decode"),
    ("core/admission", "decode"),
    ("core/part", "cells"),
    ("core/cells", "cells"),
    ("core/live", "windows"),
    ("core/windows", "windows"),
    ("core/rollups", "windows"),
    ("core/checkpoint", "checkpoint"),
    ("core/frozen_cells", "checkpoint"),
    ("streams/core/", "facts"),
    ("shell/checkpoint", "checkpoint"),
    ("shell/manifest", "checkpoint"),
    ("shell/flushing", "flush"),
    ("sinks/clickhouse", "flush"),
    ("clickhouse_connect/", "flush"),
    ("sinks/prometheus", "windows"),
    ("prometheus_client/", "windows"),
    ("shell/web", "windows"),
    ("aiokafka/", "fetch"),
    ("faust/", "fetch"),
    ("streams/decompression", "fetch"),
    ("shell/careful_records", "fetch"),
    ("shell/fetched_batches", "fetch"),
    ("shell/consumer", "fetch"),
    ("shell/transport", "fetch"),
    ("shell/buffer", "fetch"),
    ("shell/chunk", "fetch"),
    ("asyncio/", "loop"),
    ("selectors.py", "loop"),
    ("mode/", "loop"),
)
"""Parts of paths, the first that matches decides."""


def stage_of(frames: Iterable[str]) -> Stage:
    """Of a stack, innermost frame first, each as ``function (path:line)``: the stage of the first that a rule names."""
    for frame in frames:
        function, _, place = frame.partition(" (")
        path = place.rpartition(":")[0]
        for (file, name), stage in _FUNCTIONS.items():
            if function == name and path.endswith(file):
                return stage
        for part, stage in _FILES:
            if part in path:
                return stage
    return "other"


def shares(folded: Iterable[str]) -> dict[Stage, float]:
    """Share of the samples per stage, of lines ``outermost;...;innermost COUNT``. Raises ValueError without samples.

    The profiler does not stop the worker, so now and then it reads names where there are none: such a line counts for
    nothing.
    """
    counts: Counter[Stage] = Counter()
    for line in folded:
        stack, _, count = line.rpartition(" ")
        if count.isascii() and count.isdigit():
            counts[stage_of(reversed(stack.split(";")))] += int(count)
    if not counts:
        raise ValueError("there is no sample")
    return {stage: counts[stage] / counts.total() for stage in STAGES}
