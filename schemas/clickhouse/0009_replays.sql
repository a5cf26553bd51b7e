-- What was promoted and taken back, by whom and why: the audit of `cxstream replay`, and a source of annotations.
-- Every step is a line of its own, written before the step begins or, where the name says so, when it has ended.

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

ALTER TABLE ${database}.${cells_storage} ${on_cluster}
    COMMENT COLUMN version 'Offset of the last event applied, plus 2^48 for each generation of replays; the highest is true';
