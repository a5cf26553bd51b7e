-- What was promoted and taken back, by whom and why: the audit of `cxstream replay`, and a source of annotations.
-- Every step is a line of its own, written before it begins or, where its name says so, when it has ended. Rows that a
-- replay has written to cells have versions of 2^48 and more for each generation: see streams/replay/promotion.py.

CREATE TABLE IF NOT EXISTS ${database}.replays ${on_cluster}
(
    plan String COMMENT 'Id: begins the SHA-256 of the plan file',
    generation UInt32 COMMENT 'Of the rows that are written: they replace those of lower generations',
    step LowCardinality(String) COMMENT 'keeping, promoting, promoted, rolling back or rolled back',
    at DateTime64(3, 'UTC') DEFAULT now64(3),
    who String COMMENT 'User of the machine that the command ran on',
    reason String,
    code String COMMENT 'Version of cxstream that made the plan',
    records UInt64 COMMENT 'Offsets that the plan spans',
    first Nullable(DateTime('UTC')) COMMENT 'First pane of the plan; NULL for all',
    last Nullable(DateTime('UTC')) COMMENT 'Pane after the last',
    unequal UInt64 COMMENT 'Rows that differed',
    database String COMMENT 'Where the replayed rows are'
)
ENGINE = ${reference_engine}(${reference_replica}at)
ORDER BY (plan, generation, step);
