"""Stores rows in ClickHouse: a batch is sent until it is stored, always the same batch under the same token.

Rows are absolute contents with a version, so sending one twice changes nothing; the token only spares ClickHouse the
useless second part. Nothing is ever dropped here: what cannot be stored is retried until `store` is cancelled.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from hashlib import blake2b
from ssl import SSLContext
from time import time
from typing import Any, Final, NamedTuple

import msgspec
import structlog
from clickhouse_connect.datatypes.registry import get_from_name
from tenacity import AsyncRetrying, RetryCallState, retry_if_exception_type, wait_exponential_jitter

from schemas.dimensions import DIMENSIONS
from schemas.rows import Row
from sinks.clickhouse.client import connect, describe, is_permanent

_TEXT: Final = "LowCardinality(String)"

COLUMNS: Final = {
    "metric": _TEXT,
    "definition": _TEXT,
    "pane": "DateTime('UTC')",
    **dict.fromkeys(DIMENSIONS, _TEXT),
    "topic_id": _TEXT,
    "partition": "UInt32",
    "part": "UInt64",
    "version": "UInt64",
    "n": "Int64",
    "total": "Int64",
    "buckets": "Map(Int32, Int64)",
    "within": "Map(UInt64, Int64)",
}
"""Columns of ``cells`` in the order of `Row`, the segment spread over its dimensions. They save a DESCRIBE a flush."""

_TYPES: Final = {name: get_from_name(type_) for name, type_ in COLUMNS.items()}

_BACKOFF: Final = wait_exponential_jitter(multiplier=0.2, max=10, jitter=0.5)
"""Doubling seconds: rows come at most 10.5 s after ClickHouse itself is back, and workers do not knock in step."""

_PERMANENT_WAIT_SECONDS: Final = 30.0
"""After a mistake only a person can mend: often enough to go on by itself once mended."""

log = structlog.get_logger(__name__)


class RowBatch(NamedTuple):
    """The rows of one flush."""

    rows: Sequence[Row]
    token: str
    """Equal for equal rows, contents included: a token of less would let corrected contents pass for a retry."""

    @classmethod
    def of(cls, rows: Sequence[Row]) -> "RowBatch":
        """A batch with the token of its rows."""
        return cls(rows, blake2b(msgspec.msgpack.encode(rows), digest_size=16).hexdigest())


Permit = Callable[[], Awaitable[None]]
"""Returns once rows may be stored that were taken a while ago."""


async def _always() -> None: ...


class ClickHouseStore:
    """The table ``cells`` of one database. One `store` runs at a time."""

    def __init__(
        self,
        url: str,
        user: str,
        password: str,
        database: str = "cx",
        cluster: str | None = None,
        timeout_seconds: float = 30,
        tls: SSLContext | None = None,
    ) -> None:
        """Connects with the first batch, so that a worker may start while ClickHouse is down.

        `cluster`: the table is Distributed, and a row counts as stored when its shard has it. `tls`: see `connect`.
        """
        self._address = (url, user, password, timeout_seconds, tls)
        self._database = database
        # async_insert would hand block boundaries and errors to the server; late data may touch any number of months.
        self._settings = {"async_insert": 0, "max_partitions_per_insert_block": 0}
        if cluster:
            self._settings["distributed_foreground_insert"] = 1
        self._thread = ThreadPoolExecutor(1, "clickhouse-store")
        self._client: Any = None
        self.rows = 0
        """Rows stored since the start."""
        self.failures = 0
        """Attempts that failed since the start."""
        self.last_error: str | None = None
        """Why the current batch is not stored; None while all is well. Holds no secret."""
        self.permanent = False
        """Whether `last_error` needs a person."""
        self.unstored_since: float | None = None
        """Unix time since when the current batch waits; None when none does."""

    async def store(self, batch: RowBatch, permit: Permit = _always) -> None:
        """Returns when every row of the batch is stored. Cancel to give up: the rows may or may not be stored then.

        ``permit`` is awaited before each attempt but the first; what it raises is raised here.
        """
        if not batch.rows:
            return
        self.unstored_since = time()

        async def pause(seconds: float) -> None:
            await asyncio.sleep(seconds)
            await permit()

        retrying = AsyncRetrying(
            retry=retry_if_exception_type(Exception), wait=_wait, before_sleep=self._failed, sleep=pause
        )
        try:
            await retrying(self._attempt, batch)
            self._stored(batch)
        finally:
            self.unstored_since = None

    def close(self) -> None:
        """Gives the connection back; an attempt that still runs ends by its own timeout."""
        self._thread.shutdown(wait=False)
        if self._client is not None:
            self._client.close()

    async def _attempt(self, batch: RowBatch) -> None:
        await asyncio.get_running_loop().run_in_executor(self._thread, self._insert, batch)

    def _insert(self, batch: RowBatch) -> None:
        if self._client is None:
            self._client = connect(*self._address)
        columns = _columns(batch.rows)
        self._client.insert(
            "cells",
            list(columns.values()),
            column_names=list(columns),
            database=self._database,
            column_types=[_TYPES[name] for name in columns],
            column_oriented=True,
            settings={**self._settings, "insert_deduplication_token": batch.token},
        )

    def _failed(self, state: RetryCallState) -> None:
        error = _error(state)
        text = describe(error)
        self.failures += 1
        self.permanent = is_permanent(error)
        if text != self.last_error:  # said once, however often it happens again
            if self.permanent:
                log.error("clickhouse_refuses_rows", error=text, todo="mend it; the rows wait and are retried")
            else:
                log.warning("clickhouse_not_storing", error=text)
        self.last_error = text

    def _stored(self, batch: RowBatch) -> None:
        self.rows += len(batch.rows)
        if self.last_error is not None and self.unstored_since is not None:
            log.info("clickhouse_stores_again", rows=len(batch.rows), seconds=round(time() - self.unstored_since, 1))
        self.last_error, self.permanent = None, False


def _wait(state: RetryCallState) -> float:
    return _PERMANENT_WAIT_SECONDS if is_permanent(_error(state)) else _BACKOFF(state)


def _error(state: RetryCallState) -> Exception:
    error = state.outcome.exception() if state.outcome else None
    assert isinstance(error, Exception)  # tenacity asks only after an exception that is to be retried
    return error


def _columns(rows: Iterable[Row]) -> dict[str, Sequence[Any]]:
    """Values by column, without the dimensions no row has: most, as costly as any other, and "" by default."""
    metric, definition, pane, segment, *rest = zip(*rows, strict=True)
    columns = dict(zip(COLUMNS, (metric, definition, pane, *zip(*segment, strict=True), *rest), strict=True))
    return {name: values for name, values in columns.items() if name not in DIMENSIONS or any(values)}
