"""A run: the rows of a plan's log, into the plan's own database.

Each partition is read by itself, from its start to its end, by the processor of the live worker. What it knows is saved
beside the plan from time to time, so that a run that was killed goes on from there; rows are absolute, so storing some
of them again changes nothing. Nothing else is written: no offsets, no checkpoints of the worker, no dead letters.
"""

import asyncio
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from time import monotonic
from typing import Any, Final, Protocol

import msgspec

from sinks.clickhouse.store import RowBatch
from streams.core import part_store
from streams.core.checkpoint import Checkpoint
from streams.core.erasures import Erased
from streams.core.processor import PartitionProcessor
from streams.publishing.pace import Pace
from streams.replay.log import read
from streams.replay.plan import Plan, Stretch

_UNSTORED: Final = 200_000
"""Changed cells after which rows are stored: a cell that changes again until then is stored once, in some 300 MiB."""

_RESULT: Final = "result.json"

_ERASED: Final = "erased.json"

_SAVE_SECONDS: Final = 30.0
"""Work that a kill may cost."""


class Store(Protocol):
    """The ClickHouse sink as a run sees it."""

    async def store(self, batch: RowBatch) -> None: ...


class Done(msgspec.Struct, frozen=True):
    """What a run has made of one partition."""

    accepted: int
    rejected: int
    duplicates: int
    erased: int
    """Events left out, since they tell of customers who were erased."""
    closed: int
    """Panes before this minute since 1970 are closed: later events go to late parts."""
    late_part: int
    """Late parts before this number are closed, too."""


class Saved(msgspec.Struct):
    """What a partition knows, in a file."""

    plan: str
    """Id of it."""
    position: int
    blocks: list[bytes]


class LeftOut(msgspec.Struct):
    """Customers of whom a plan leaves out everything up to their erasure, in a file."""

    plan: str
    customers: tuple[Erased, ...]


class Result(msgspec.Struct):
    """That a plan is done, in a file."""

    plan: str
    done: tuple[Done, ...]


async def replay_stretch(
    plan: Plan,
    stretch: Stretch,
    client: Mapping[str, Any],
    store: Store,
    directory: Path,
    pace: Pace,
    reached: Callable[[Stretch, int], None],
) -> Done:
    """Replays one stretch of the plan, from where an earlier run of it has got to.

    ``directory``: where it is saved; ``reached`` is told each new position.

    1. Apply what is read. 2. Store changed rows. 3. Save what is known. Killed anywhere, the next run repeats what came
    after the last save: rows stored twice are the same rows.

    Raises:
        LogError: see `streams.replay.log`.
    """
    file = directory / f"{stretch.place}.saved"
    processor, position = _resumed(plan, stretch, file, known_erased(plan, directory) or ())
    saved_at = monotonic()
    async for next_position, records in read(client, stretch, position):
        processor.apply(records)  # 1
        position = next_position
        reached(stretch, position)
        if processor.unstored >= _UNSTORED:
            await _flush(plan, processor, store)  # 2
        if monotonic() - saved_at >= _SAVE_SECONDS:
            _save(plan, processor, position, file)  # 3
            saved_at = monotonic()
        await asyncio.sleep(pace.ahead(len(records)))
    await _flush(plan, processor, store)
    _save(plan, processor, max(position, stretch.end), file)
    counts = processor.counts
    late_part = 1 + (stretch.end >> processor.configuration.late_part_shift)
    rejected = sum(counts.rejected.values())
    return Done(counts.accepted, rejected, counts.duplicates, counts.erased, processor.closed, late_part)


def finish(plan: Plan, done: Sequence[Done], directory: Path) -> None:
    """Says that the whole plan is done."""
    _write(msgspec.json.encode(Result(plan.id, tuple(done))), directory / _RESULT)


def result_of(plan: Plan, directory: Path) -> tuple[Done, ...] | None:
    """What `finish` has said, by stretch; None of a plan that was not run to its end."""
    file = directory / _RESULT
    if not file.exists():
        return None
    result = msgspec.json.decode(file.read_bytes(), type=Result)
    return result.done if result.plan == plan.id else None


def save_erased(plan: Plan, customers: Sequence[Erased], directory: Path) -> None:
    """These customers are left out from the start of the log, in every run of the plan."""
    _write(msgspec.json.encode(LeftOut(plan.id, tuple(customers))), directory / _ERASED)


def known_erased(plan: Plan, directory: Path) -> tuple[Erased, ...] | None:
    """What `save_erased` has saved; None before that."""
    file = directory / _ERASED
    if not file.exists():
        return None
    saved = msgspec.json.decode(file.read_bytes(), type=LeftOut)
    return saved.customers if saved.plan == plan.id else None


def _resumed(plan: Plan, stretch: Stretch, file: Path, erased: Sequence[Erased]) -> tuple[PartitionProcessor, int]:
    if file.exists():
        saved = msgspec.msgpack.decode(file.read_bytes(), type=Saved)
        if saved.plan == plan.id:
            return PartitionProcessor.restore(stretch.source, Checkpoint.decode(saved.blocks)), saved.position
    new = PartitionProcessor(stretch.source, plan.configuration, log_start=stretch.start, erased=erased)
    return new, stretch.start


def _save(plan: Plan, processor: PartitionProcessor, position: int, file: Path) -> None:
    _write(msgspec.msgpack.encode(Saved(plan.id, position, processor.checkpoint().encode())), file)


def _write(contents: bytes, file: Path) -> None:
    """Whole or not at all."""
    beside = file.with_suffix(".part")
    with beside.open("wb") as out:
        out.write(contents)
        out.flush()
        os.fsync(out.fileno())
    beside.replace(file)


async def _flush(plan: Plan, processor: PartitionProcessor, store: Store) -> None:
    """Stores the changed rows that the plan covers."""
    full = True
    while full:
        taken = processor.take_rows()
        full = len(taken) == part_store.MOST_ROWS
        rows = [row for row in taken if plan.covers(row)]
        await store.store(RowBatch.of(rows))
        processor.confirm()
