-- What rows mean: registry, scales and duration buckets, loaded by `cxstream migrate` from the installed package.
-- Every node of a cluster holds them whole.

CREATE TABLE IF NOT EXISTS ${database}.metrics ${on_cluster}
(
    metric String,
    definition String COMMENT 'One row per scale of a survey metric',
    scale String COMMENT 'Empty unless kind is answers',
    kind LowCardinality(String) COMMENT 'answers, duration, ratio or count',
    basis LowCardinality(String) COMMENT 'activity or cohort',
    better LowCardinality(String) COMMENT 'higher, lower or empty',
    score LowCardinality(String) COMMENT 'nps, top_box, mean or empty',
    targets_ms Array(UInt64) COMMENT 'Durations: registered targets, ascending',
    minimum_n UInt32 COMMENT 'Fewer facts support no alert and no comparison',
    loaded_at DateTime64(3, 'UTC') DEFAULT now64(3)
)
ENGINE = ${reference_engine}(${reference_replica}loaded_at)
ORDER BY (metric, definition);

CREATE TABLE IF NOT EXISTS ${database}.scales ${on_cluster}
(
    scale String,
    low Int32,
    high Int32,
    neutral Nullable(Int32),
    top_box Array(Int32) COMMENT 'Codes of satisfied answers; NPS: promoters',
    bottom_box Array(Int32) COMMENT 'Codes of dissatisfied answers; NPS: detractors',
    higher_is_better Bool,
    loaded_at DateTime64(3, 'UTC') DEFAULT now64(3)
)
ENGINE = ${reference_engine}(${reference_replica}loaded_at)
ORDER BY scale;

CREATE TABLE IF NOT EXISTS ${database}.buckets ${on_cluster}
(
    bucket Int32,
    low UInt64 COMMENT 'Smallest duration of the bucket, ms',
    high UInt64 COMMENT 'Largest duration of the bucket, ms',
    middle Float64 COMMENT 'Within 2 % of every duration of the bucket, ms',
    loaded_at DateTime64(3, 'UTC') DEFAULT now64(3)
)
ENGINE = ${reference_engine}(${reference_replica}loaded_at)
ORDER BY bucket;
