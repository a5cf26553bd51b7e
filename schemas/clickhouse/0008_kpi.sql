-- Every metric in one shape: n, value and its 95 % interval per pane and segment. Units of value: NPS points, shares
-- of 1, mean scale code, milliseconds, or a plain count (which has no interval). No data is no row.

CREATE OR REPLACE VIEW ${database}.kpi ${on_cluster} AS
SELECT
    * EXCEPT (total, buckets, answered, not_applicable, satisfied, dissatisfied, mean, mean_low, mean_high, score),
    multiIf(
        score = 'nps', ${database}Nps(satisfied, dissatisfied, n),
        score = 'top_box', ${database}Share(satisfied, n),
        score = 'mean', mean,
        NULL) AS value,
    multiIf(
        score = 'nps', ${database}NpsLow(satisfied, dissatisfied, n),
        score = 'top_box', ${database}ShareLow(satisfied, n),
        score = 'mean', mean_low,
        NULL) AS ci_low,
    multiIf(
        score = 'nps', ${database}NpsHigh(satisfied, dissatisfied, n),
        score = 'top_box', ${database}ShareHigh(satisfied, n),
        score = 'mean', mean_high,
        NULL) AS ci_high
FROM ${database}.answers AS answers
LEFT JOIN (SELECT metric, definition, score FROM ${database}.metrics FINAL) AS metrics USING (metric, definition)
UNION ALL
SELECT
    * EXCEPT (total, buckets, within, p50, p90, p95, p99, smallest, largest, share_within)
FROM ${database}.durations
UNION ALL
SELECT * EXCEPT (yes)
FROM ${database}.ratios
UNION ALL
SELECT *, toFloat64(n) AS value, NULL AS ci_low, NULL AS ci_high
FROM ${database}.counts;
