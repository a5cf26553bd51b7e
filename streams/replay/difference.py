"""Live rows beside replayed rows: which are equal, and what those that are not add up to.

A row's version is the offset of the last event in it, so a live row whose version is below a plan's end is exactly what
the live worker made of the plan's records; one with a higher version has moved on since, and says nothing about the
plan. Thus rows are compared while the live worker writes.

First both sides are hashed by metric, definition and month inside ClickHouse. Only where hashes differ are rows read.
"""

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import groupby
from typing import Any, Final, NamedTuple

from streams.replay.rows import Rows, Slice, Sum

_DAY_SECONDS: Final = 86_400


class Unequal(NamedTuple):
    """How the rows of one metric, definition and day (UTC) differ."""

    metric: str
    definition: str
    day: int
    """Its start, s since 1970."""
    changed: int
    """Rows that both sides have, with other contents."""
    only_live: int
    only_replayed: int
    n_live: int
    """Facts in all of those rows."""
    n_replayed: int

    @property
    def rows(self) -> int:
        return self.changed + self.only_live + self.only_replayed

    @property
    def slice(self) -> Slice:
        """That they are in."""
        return Slice(self.metric, self.definition, int(datetime.fromtimestamp(self.day, UTC).strftime("%Y%m")))


class Difference(NamedTuple):
    """What comparing the rows of a plan has shown."""

    rows_live: int
    """Compared."""
    rows_replayed: int
    moved_on: dict[Slice, int]
    """Live rows that have changed since the plan was made, and are not compared."""
    digest_live: str
    """SHA-256 over the slices' hashes."""
    digest_replayed: str
    unequal: tuple[Unequal, ...]

    @property
    def equal(self) -> bool:
        return not self.unequal

    @property
    def rows_unequal(self) -> int:
        return sum(each.rows for each in self.unequal)


def compare(live: Rows, replayed: Rows) -> Difference:
    """The rows of a plan on both sides."""
    live_sums, moved = live.sums()
    replayed_sums, _ = replayed.sums()
    unequal: list[Unequal] = []
    for each in sorted(live_sums.keys() | replayed_sums.keys()):
        # Where rows have moved on, the hashes differ without a difference: only reading tells.
        if each in moved or live_sums.get(each) != replayed_sums.get(each):
            unequal += _compare_slice(each, live, replayed)
    return Difference(
        sum(each.rows for each in live_sums.values()),
        sum(each.rows for each in replayed_sums.values()),
        moved,
        _digest(live_sums),
        _digest(replayed_sums),
        tuple(unequal),
    )


def _compare_slice(of: Slice, live: Rows, replayed: Rows) -> Iterator[Unequal]:
    for day, pairs in groupby(unequal_rows(live, replayed, of), key=lambda pair: _day(pair.identity)):
        found = list(pairs)
        yield Unequal(
            of.metric,
            of.definition,
            day,
            sum(each.live is not None and each.replayed is not None for each in found),
            sum(each.replayed is None for each in found),
            sum(each.live is None for each in found),
            sum(each.live[1] for each in found if each.live is not None),
            sum(each.replayed[1] for each in found if each.replayed is not None),
        )


class Pair(NamedTuple):
    """A row that the two sides do not have alike."""

    identity: tuple[Any, ...]
    live: tuple[Any, ...] | None
    """See `Row.contents`; None where there is no such row."""
    replayed: tuple[Any, ...] | None


def unequal_rows(live: Rows, replayed: Rows, of: Slice) -> Iterator[Pair]:
    """The rows of a slice that differ, in the order of their identities; those that have moved on are passed over."""
    lives, others = live.read(of), replayed.read(of)
    here, there = next(lives, None), next(others, None)
    while here is not None or there is not None:
        if there is None or (here is not None and here.identity < there.identity):
            assert here is not None  # one of the two is there
            if here.inside:
                yield Pair(here.identity, here.contents, None)
            here = next(lives, None)
        elif here is None or there.identity < here.identity:
            yield Pair(there.identity, None, there.contents)
            there = next(others, None)
        else:
            if here.inside and here.contents != there.contents:
                yield Pair(here.identity, here.contents, there.contents)
            here, there = next(lives, None), next(others, None)


def _day(identity: tuple[Any, ...]) -> int:
    at: int = identity[0]
    return at - at % _DAY_SECONDS


def _digest(sums: dict[Slice, Sum]) -> str:
    hasher = hashlib.sha256()
    for each in sorted(sums):
        hasher.update(repr((tuple(each), tuple(sums[each]))).encode())
    return hasher.hexdigest()
