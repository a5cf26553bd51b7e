"""Who takes part."""

from typing import Final, NamedTuple


class Program(NamedTuple):
    """One participant."""

    name: str
    title: str
    module: str | None
    """Under `tests.bench.peers`; None for cxstream's own worker."""
    environment: str | None = None
    """Name of its environment; None for the project's own."""
    takes_slice: bool = False
    """Too slow for the whole topic: it gets a shorter one of the same kind."""
    stores: bool = True
    """Whether it has a result; the limits have none."""
    runs_in_engine: bool = False
    """Whether the ClickHouse engine does its work, so that its CPU time and memory count too."""


CXSTREAM: Final = Program("cxstream", "cxstream, one worker", None)
FETCH: Final = Program("fetch", "limit: fetch", "limit_fetch", stores=False)
DECODE: Final = Program("decode", "limit: fetch and decode", "limit_decode", stores=False)

PEERS: Final = (
    Program("faust-dict", "stock Faust, a dict per agent", "faust_dict", "faust", takes_slice=True),
    Program("faust-table", "stock Faust, tumbling table", "faust_table", "faust", takes_slice=True),
    Program("quix", "Quix Streams, tumbling window", "quix", "quix", takes_slice=True),
    Program("bytewax", "Bytewax, fold_window", "bytewax_flow", "bytewax", takes_slice=True),
    Program("flink", "Flink SQL, TUMBLE", "flink_sql", "flink"),
    Program("clickhouse", "ClickHouse, INSERT and view", "clickhouse_view", runs_in_engine=True),
)

EVERYBODY: Final = (CXSTREAM, *PEERS, FETCH, DECODE)
"""In the order of a round."""
