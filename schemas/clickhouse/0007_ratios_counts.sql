-- Ratios (bucket 1 of n) and plain counts per pane and segment.

CREATE OR REPLACE VIEW ${database}.ratios ${on_cluster} AS
SELECT
    * EXCEPT (total, buckets, within),
    buckets[1] AS yes,
    ${database}Share(yes, n) AS value,
    ${database}ShareLow(yes, n) AS ci_low,
    ${database}ShareHigh(yes, n) AS ci_high
FROM ${database}.panes
WHERE startsWith(definition, 'ratio.') AND n > 0;

CREATE OR REPLACE VIEW ${database}.counts ${on_cluster} AS
SELECT * EXCEPT (total, buckets, within)
FROM ${database}.panes
WHERE startsWith(definition, 'count.');
