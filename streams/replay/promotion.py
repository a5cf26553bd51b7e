"""Promotion: the replayed rows of a plan take the place of the live ones, and can be taken back.

Of two rows with one identity ClickHouse takes the higher version, which is the offset of the last event in it. A
promoted row has 2^48 more for each generation of promotions, so it wins over whatever the live worker has stored of the
same events, or stores again. It would win over later events as well: therefore only closed rows are promoted, those
that no later event can change. Rows that live has lost are no exception when they are still open: they come back under
their own versions, and later events go on from there.

What is replaced is first copied into a database of its own, from which a rollback promotes it in the same way. A row
that the new side does not have is emptied: a cell without content is none. A rollback empties open rows that came back,
too: of two rows with one version ClickHouse takes the one that was stored last.

The slices that differ are written one after the other, each as one block: readers see a metric's month before or after,
never halfway.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final, Literal, NamedTuple

from schemas.rows import OFFSET_BITS
from sinks.clickhouse.migration_files import Target, load_migrations
from streams.replay.difference import Difference, unequal_rows
from streams.replay.plan import Plan
from streams.replay.rows import IDENTITY, IN_SLICE, OFFSET, Rows, Slice, of_partition
from streams.replay.run import Done

Step = Literal["keeping", "promoting", "promoted", "rolling back", "rolled back"]

_CLOSED: Final = f"if(part = 0, toUnixTimestamp(pane) < {of_partition('closed')}, part < {of_partition('late_parts')})"
"""SQL: whether no later event can change a row."""

_LIFTED: Final = f"{OFFSET} + bitShiftLeft(toUInt64(%(generation)s), {OFFSET_BITS}) AS version"

_EMPTIED: Final = (
    "0 AS n, 0 AS total, CAST(map(), 'Map(Int32, Int64)') AS buckets, CAST(map(), 'Map(UInt64, Int64)') AS within"
)

_ONE_BLOCK: Final = {
    "max_threads": 1,
    "max_insert_threads": 1,
    "min_insert_block_size_rows": 2**40,
    "min_insert_block_size_bytes": 2**40,
    # A block that was written before a rollback may come again after it.
    "insert_deduplicate": 0,
}
"""All rows of a statement become one part, which readers see whole or not at all."""


class Refused(Exception):
    """It cannot be done, or not yet; the message says why and what to do. No live row was changed."""


class Record(NamedTuple):
    """The newest line about a plan in the audit."""

    generation: int
    step: Step


class Promotion:
    """Promotes one plan, and takes it back."""

    def __init__(
        self, client: Any, plan: Plan, done: Sequence[Done], who: str, reason: str, cluster: str | None = None
    ) -> None:
        """``done``: what its run has said, by stretch; ``who`` and ``reason``: for the audit."""
        self._client = client
        self._plan = plan
        self._who = who
        self._reason = reason
        self._cluster = cluster
        self._closed = {
            (stretch.topic_id, stretch.partition): (60 * each.closed, each.late_part)
            for stretch, each in zip(plan.stretches, done, strict=True)
        }
        self._live = Rows(client, plan, plan.database)
        self._replayed = Rows(client, plan, plan.shadow)
        self._kept = Rows(client, plan, plan.kept)

    def record(self) -> Record | None:
        """Where the plan stands; None when nothing was ever promoted of it."""
        rows = self._client.query(
            f"SELECT generation, step FROM {self._plan.database}.replays FINAL WHERE plan = %(plan)s "
            "ORDER BY at DESC LIMIT 1",
            {"plan": self._plan.id},
        ).result_rows
        return Record(*rows[0]) if rows else None

    def promote(self, found: Difference) -> int:
        """Puts replayed rows in the place of live ones; how many slices it wrote.

        1. Refuse what may still change. 2. Keep the live rows of the slices that differ. 3. Say that they are kept.
        4. Write. 5. Say that it is done. Killed anywhere, `promote` again goes on: before 3 live rows are untouched,
        and are kept anew; after it nothing is kept again, or replayed rows would be.

        Raises:
            Refused.
        """
        record = self.record()
        if record is not None and record.step == "rolling back":
            raise Refused("a rollback of this plan has begun and not ended: end it first, with `rollback`")
        slices = list(dict.fromkeys(each.slice for each in found.unequal))
        if record is not None and record.step == "promoting":
            generation = record.generation
        else:
            if not slices:
                raise Refused("live and replayed rows are equal: there is nothing to promote")
            self._refuse_open(slices, found)  # 1
            generation = self._newest_generation() + 1
            self._say(generation, "keeping", found)
            self._keep(slices)  # 2
            self._say(generation, "promoting", found)  # 3
        lost = _rows(self._replayed, f"NOT {_CLOSED}", _not_in(self._live))
        for each in slices:
            self._write(self._replayed, each, generation, lost)  # 4
        self._say(generation, "promoted", found)  # 5
        return len(slices)

    def rollback(self, found: Difference) -> int:
        """Puts back what a promotion has replaced; how many slices it wrote. Killed anywhere, it goes on the next time.

        Raises:
            Refused.
        """
        record = self.record()
        if record is None or record.step not in ("promoting", "promoted", "rolling back"):
            raise Refused("nothing of this plan is promoted")
        newest = self._newest_generation()
        if newest > record.generation:
            raise Refused("another plan was promoted since; roll that one back first")
        promoted = record.generation - (record.step == "rolling back")
        self._say(promoted + 1, "rolling back", found)
        slices = self._slices_of(promoted)
        kept = self._kept
        came_back = f"(SELECT * FROM {kept.table} FINAL WHERE {kept.of_plan} AND {IN_SLICE} AND NOT {_CLOSED})"
        for each in slices:
            self._write(kept, each, promoted + 1, came_back)
        self._say(promoted + 1, "rolled back", found)
        return len(slices)

    def _refuse_open(self, slices: Sequence[Slice], found: Difference) -> None:
        panes = sorted(
            pair.identity[0]
            for each in slices
            for pair in unequal_rows(self._live, self._replayed, each)
            if pair.live is not None and not self._is_closed(pair.identity)
        )
        if panes:
            first, last = (datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M") for at in (panes[0], panes[-1]))
            raise Refused(
                f"{len(panes):,} rows that differ, of minutes {first} to {last} UTC, can still be changed by events: "
                f"plan again with --to {first}+00:00, or when more events have come"
            )
        if moved := sum(found.moved_on.get(each, 0) for each in slices):
            raise Refused(
                f"{moved:,} live rows beside those that differ have changed since the plan was made, so that nobody "
                "knows whether they are right: plan again, with a --to before them"
            )

    def _is_closed(self, identity: tuple[Any, ...]) -> bool:
        pane, *_, topic_id, partition, part = identity
        closed, late_part = self._closed[topic_id, partition]
        return bool(pane < closed if part == 0 else part < late_part)

    def _keep(self, slices: Sequence[Slice]) -> None:
        kept = self._plan.kept
        self._client.command(f"DROP DATABASE IF EXISTS {kept}{_on(self._cluster)} SYNC")
        tables, *_ = load_migrations()
        for statement in tables.statements(Target(kept, self._cluster)):
            self._client.command(statement)
        for each in slices:
            self._insert(
                f"INSERT INTO {self._kept.table} SELECT * REPLACE ({OFFSET} AS version) "
                f"FROM {_rows(self._live, _CLOSED)} "
                f"UNION ALL SELECT * REPLACE ({OFFSET} AS version, {_EMPTIED}) "
                f"FROM {_rows(self._replayed, f'NOT {_CLOSED}', _not_in(self._live))}",
                each,
                0,
            )

    def _write(self, source: Rows, of: Slice, generation: int, open_rows: str) -> None:
        """The closed rows of ``source`` go live, empty ones where it has none, and ``open_rows``, SQL, as they are."""
        live = self._live
        self._insert(
            f"INSERT INTO {live.table} "
            f"SELECT * REPLACE ({_LIFTED}) FROM {_rows(source, _CLOSED)} "
            f"UNION ALL SELECT * REPLACE ({_LIFTED}, {_EMPTIED}) FROM {_rows(live, _CLOSED, _not_in(source))} "
            f"UNION ALL SELECT * FROM {open_rows}",
            of,
            generation,
        )

    def _insert(self, statement: str, of: Slice, generation: int) -> None:
        parameters = self._live.parameters | of._asdict() | {"generation": generation}
        closed = list(self._closed.values())
        parameters |= {"closed": [each[0] for each in closed], "late_parts": [each[1] for each in closed]}
        settings = _ONE_BLOCK | ({"distributed_foreground_insert": 1} if self._cluster else {})
        self._client.command(statement, parameters, settings=settings)

    def _slices_of(self, generation: int) -> list[Slice]:
        """What a promotion has written so far, or was to write."""
        slices = "SELECT DISTINCT metric, definition, toYYYYMM(pane) AS month"
        rows = self._client.query(
            f"SELECT DISTINCT * FROM ({slices} FROM {self._live.table} "
            f"WHERE {self._live.of_plan} AND bitShiftRight(version, {OFFSET_BITS}) = %(generation)s "
            f"UNION ALL {slices} FROM {self._kept.table} WHERE {self._kept.of_plan}) ORDER BY ALL",
            self._live.parameters | {"generation": generation},
        ).result_rows
        return [Slice(*row) for row in rows]

    def _newest_generation(self) -> int:
        """Of all plans."""
        ((newest,),) = self._client.query(f"SELECT max(generation) FROM {self._plan.database}.replays").result_rows
        return int(newest)

    def _say(self, generation: int, step: Step, found: Difference) -> None:
        plan = self._plan
        line = {
            "plan": plan.id,
            "generation": generation,
            "step": step,
            "who": self._who,
            "reason": self._reason,
            "code": plan.code,
            "records": plan.records,
            "first": plan.first,
            "last": plan.last,
            "unequal": found.rows_unequal,
            "database": plan.shadow,
        }
        columns = list(line)
        self._client.insert("replays", [list(line.values())], column_names=columns, database=plan.database)


def _rows(of: Rows, *conditions: str) -> str:
    """SQL: rows of a slice, as a subquery: ClickHouse takes aliases of a SELECT for columns that its WHERE names."""
    return f"(SELECT * FROM {of.table} FINAL WHERE {' AND '.join((of.condition, IN_SLICE, *conditions))})"


def _not_in(other: Rows) -> str:
    """SQL: whether the other side has no row of the same identity."""
    identity = ", ".join(IDENTITY)
    return f"({identity}) NOT IN (SELECT {identity} FROM {_rows(other)})"


def _on(cluster: str | None) -> str:
    return f" ON CLUSTER {cluster}" if cluster else ""
