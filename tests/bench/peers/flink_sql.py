"""Flink SQL: a TUMBLE window over the Kafka table, by PyFlink's local cluster.

As the documentation has it: a Kafka table with a watermark, the TUMBLE table function, one aggregate per column with
FILTER. Tuned: the whole pipeline is SQL, so that no Python runs per event; one task slot, as everybody here has one
process; two-phase window aggregation, as by default; object reuse. Closed windows come to this process by ``collect``
and are inserted by clickhouse-connect: ClickHouse's own Flink connector has no SQL sink yet.
"""

import os
import sys
from pathlib import Path
from threading import Thread
from time import sleep
from typing import Any

from pyflink.common import Configuration
from pyflink.table import EnvironmentSettings, TableEnvironment

from tests.bench.job import ANSWERED, CLASSES, LATENESS_SECONDS, LIMITS_MS, MEASURE, MEASURED, PANE_SECONDS, Segment
from tests.bench.peers.storing import Storage
from tests.bench.task import Task

BATCH_WINDOWS = 5_000
READING = "Adding split(s) to reader"
"""What Flink logs when a source begins to read: compiling the query and starting the cluster are not measured."""

SOURCE = """
CREATE TABLE events (
    `type` STRING,
    `time` TIMESTAMP_LTZ(3),
    data ROW<score INT, measure STRING, duration_ms BIGINT, channel STRING, region STRING, team STRING>,
    WATERMARK FOR `time` AS `time` - INTERVAL '{lateness}' MINUTE
) WITH (
    'connector' = 'kafka',
    'topic' = '{topic}',
    'properties.bootstrap.servers' = '{bootstrap}',
    'properties.group.id' = 'bench-{database}',
    'scan.startup.mode' = 'earliest-offset',
    'scan.bounded.mode' = 'latest-offset',
    'format' = 'json',
    'json.timestamp-format.standard' = 'ISO-8601'
)
"""

OBSERVED = """
CREATE TEMPORARY VIEW observed AS
SELECT `time`, `type`, data.score AS score, data.duration_ms AS duration_ms,
       data.channel AS channel, data.region AS region, data.team AS team
FROM events WHERE `type` = '{answered}' OR data.measure = '{measure}'
"""

WINDOWS = """
SELECT UNIX_TIMESTAMP(CAST(window_start AS STRING)) AS pane, channel, region, team, {columns}
FROM TABLE(TUMBLE(TABLE observed, DESCRIPTOR(`time`), INTERVAL '{pane}' MINUTE))
GROUP BY window_start, window_end, channel, region, team
"""


def columns() -> str:
    """One filtered count for each column of the job."""
    lows = (-1, *LIMITS_MS)
    highs = (*LIMITS_MS, 2**40)
    filters = [
        *(f"`type` = '{ANSWERED}' AND score BETWEEN {low} AND {high}" for low, high in ((9, 10), (7, 8), (0, 6))),
        *(
            f"`type` = '{MEASURED}' AND duration_ms > {low} AND duration_ms <= {high}"
            for low, high in zip(lows, highs, strict=True)
        ),
    ]
    assert len(filters) == len(CLASSES) + len(highs)
    return ", ".join(f"COUNT(*) FILTER (WHERE {each})" for each in filters)


def _connector() -> Path:
    """The Kafka connector, which `tests.bench.environments` puts beside the environment's packages."""
    return next(Path(sys.prefix, "jars").glob("flink-sql-connector-kafka-*.jar"))


def _mark_begin(task: Task) -> None:
    while not any(READING in log.read_text() for log in Path(task.directory).glob("flink-*.log")):
        sleep(0.02)
    task.begin()


def main() -> None:
    task = Task.from_argument()
    os.environ["FLINK_LOG_DIR"] = task.directory
    configuration = Configuration()
    configuration.set_string("pipeline.jars", _connector().as_uri())
    configuration.set_string("parallelism.default", "1")
    configuration.set_string("pipeline.object-reuse", "true")
    configuration.set_string("table.local-time-zone", "UTC")
    settings = EnvironmentSettings.new_instance().in_streaming_mode().with_configuration(configuration).build()
    tables = TableEnvironment.create(settings)
    tables.execute_sql(SOURCE.format(lateness=LATENESS_SECONDS // 60, **task._asdict()))
    storage = Storage(task)
    tables.execute_sql(OBSERVED.format(answered=ANSWERED, measure=MEASURE))
    Thread(target=_mark_begin, args=(task,), daemon=True).start()
    result = tables.execute_sql(WINDOWS.format(columns=columns(), pane=PANE_SECONDS // 60))
    batch: list[tuple[int, Segment, Any]] = []
    with result.collect() as windows:
        for pane, channel, region, team, *counts in windows:
            batch.append((pane, (channel, region, team), counts))
            if len(batch) == BATCH_WINDOWS:
                storage.store(batch)
                batch = []
    storage.store(batch)
    task.end()


if __name__ == "__main__":
    main()
