-- The stored cells and the record of applied migrations.
-- Placeholders are filled in by sinks/clickhouse/migration_files.py; every statement may run again without harm.

CREATE DATABASE IF NOT EXISTS ${database} ${on_cluster};

CREATE TABLE IF NOT EXISTS ${database}.migrations ${on_cluster}
(
    number UInt32,
    name String,
    checksum String COMMENT 'SHA-256 of the file',
    applied_at DateTime('UTC') DEFAULT now()
)
ENGINE = ${reference_engine}(${reference_replica}applied_at)
ORDER BY number;

CREATE TABLE IF NOT EXISTS ${database}.${cells_storage} ${on_cluster}
(
    metric LowCardinality(String) COMMENT 'Metric id of the registry',
    definition LowCardinality(String) COMMENT 'Scale or kind and version, such as csat5.v1; never merge two',
    pane DateTime('UTC') COMMENT 'Start of the one-minute pane' CODEC(DoubleDelta, ZSTD(1)),
    channel LowCardinality(String) CODEC(ZSTD(1)),
    journey LowCardinality(String) CODEC(ZSTD(1)),
    stage LowCardinality(String) CODEC(ZSTD(1)),
    touchpoint LowCardinality(String) CODEC(ZSTD(1)),
    region LowCardinality(String) CODEC(ZSTD(1)),
    team LowCardinality(String) CODEC(ZSTD(1)),
    agent LowCardinality(String) CODEC(ZSTD(1)),
    product LowCardinality(String) CODEC(ZSTD(1)),
    customer_class LowCardinality(String) CODEC(ZSTD(1)),
    queue LowCardinality(String) CODEC(ZSTD(1)),
    kind LowCardinality(String) CODEC(ZSTD(1)),
    priority LowCardinality(String) CODEC(ZSTD(1)),
    severity LowCardinality(String) CODEC(ZSTD(1)),
    reason LowCardinality(String) CODEC(ZSTD(1)),
    question LowCardinality(String) CODEC(ZSTD(1)),
    topic_id LowCardinality(String) COMMENT 'Kafka topic id: a re-created topic starts new offsets, hence new rows',
    partition UInt32,
    part UInt64 COMMENT '0 on time, 1 + (offset >> 16) late; parts of a pane are summed',
    version UInt64 COMMENT 'Offset of the last event applied; the highest is true' CODEC(Delta, ZSTD(1)),
    n Int64 COMMENT 'Facts' CODEC(T64, ZSTD(1)),
    total Int64 COMMENT 'Sum of scale codes, of milliseconds, or of 0/1' CODEC(T64, ZSTD(1)),
    buckets Map(Int32, Int64) COMMENT 'Facts per scale code, per 0/1 or per duration bucket' CODEC(ZSTD(1)),
    within Map(UInt64, Int64) COMMENT 'Durations: target in ms -> facts at or below it' CODEC(ZSTD(1))
)
ENGINE = ${cells_engine}
PARTITION BY toYYYYMM(pane)
-- The identity of a row. The index keeps its first three columns only: the others never narrow a query further.
PRIMARY KEY (metric, definition, pane)
ORDER BY (
    metric, definition, pane,
    channel, journey, stage, touchpoint, region, team, agent, product, customer_class, queue, kind, priority, severity,
    reason, question,
    topic_id, partition, part
)
-- By the pane, so that all versions and parts of a cell leave together and no stale one outlives the true one.
-- 20 years, because imported history must not vanish on arrival; shorten with ALTER TABLE ... MODIFY TTL.
TTL pane + INTERVAL 20 YEAR
-- Without a window a plain MergeTree ignores insert_deduplication_token. 1000 blocks outlast every retry of a flush.
-- fsync, because a confirmed row leaves the worker's memory and must outlast a power cut: 3 ms an insert, one in 2 s.
SETTINGS
    non_replicated_deduplication_window = 1000,
    ttl_only_drop_parts = 1,
    fsync_after_insert = 1,
    fsync_part_directory = 1;

-- on a cluster:
-- All rows of one identity must meet on one shard, because FINAL works shard by shard.
CREATE TABLE IF NOT EXISTS ${database}.cells ${on_cluster} AS ${database}.${cells_storage}
ENGINE = Distributed(${cluster}, ${database}, ${cells_storage}, cityHash64(metric, definition, pane));
