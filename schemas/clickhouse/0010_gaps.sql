-- Experience less expectation per pane and segment. Buckets are pairs of scale codes, expected * 100 + experienced. value is
-- the mean gap in codes with its paired t interval, positive where it was better than expected: where a low code is the good
-- answer the sign is turned. above, equal and below count the customers; ratio is that of the sums, experienced to expected.

CREATE OR REPLACE VIEW ${database}.gaps ${on_cluster} AS
SELECT
    * EXCEPT (total, buckets, within, polarity, reach, widths, counts, deviation),
    total * polarity / n AS value,
    -- Asked for n, because greatest and least pass over NULL: one answer would seem to have an interval.
    if(n > 1, greatest(value - ${database}MeanMargin(deviation, n), -reach), NULL) AS ci_low,
    if(n > 1, least(value + ${database}MeanMargin(deviation, n), reach), NULL) AS ci_high,
    arraySum((width, seen) -> if(width > 0, seen, 0), widths, counts) AS above,
    arraySum((width, seen) -> if(width = 0, seen, 0), widths, counts) AS equal,
    arraySum((width, seen) -> if(width < 0, seen, 0), widths, counts) AS below,
    arraySum((pair, seen) -> intDiv(pair, 100) * seen, mapKeys(buckets), counts) AS expected,
    if(expected > 0, (expected + total) / expected, NULL) AS ratio
FROM
(
    SELECT
        panes.*,
        if(scales.higher_is_better, 1, -1) AS polarity,
        toFloat64(scales.high - scales.low) AS reach,
        arrayMap(pair -> polarity * (pair % 100 - intDiv(pair, 100)), mapKeys(panes.buckets)) AS widths,
        mapValues(panes.buckets) AS counts,
        ${database}Deviation(widths, counts, panes.total * polarity / panes.n) AS deviation
    FROM ${database}.panes AS panes
    INNER JOIN (SELECT * FROM ${database}.scales FINAL) AS scales
        ON scales.scale = splitByChar('.', panes.definition)[-2]
    WHERE startsWith(panes.definition, 'gap.') AND panes.n > 0
);

-- As before, with the gaps.
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
SELECT * EXCEPT (above, equal, below, expected, ratio)
FROM ${database}.gaps
UNION ALL
SELECT *, toFloat64(n) AS value, NULL AS ci_low, NULL AS ci_high
FROM ${database}.counts;
