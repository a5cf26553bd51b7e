-- Merged contents: true versions only, summed over topics, partitions and late parts. The base of every other view, and
-- what to roll up from: sum(n), sum(total), sumMap(buckets), sumMap(within) over panes and segments of one definition.
-- Cells that retractions have emptied are gone.

CREATE OR REPLACE VIEW ${database}.panes ${on_cluster} AS
SELECT
    * EXCEPT (topic_id, partition, part, version, n, total, buckets, within),
    sum(n) AS n,
    sum(total) AS total,
    mapFilter((key, seen) -> seen != 0, sumMap(buckets)) AS buckets,
    mapFilter((key, seen) -> seen != 0, sumMap(within)) AS within
FROM ${database}.cells FINAL
GROUP BY ALL
HAVING n != 0 OR notEmpty(buckets);
