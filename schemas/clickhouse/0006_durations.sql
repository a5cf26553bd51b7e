-- Durations in ms per pane and segment. value is the mean, exact; its interval takes the variance of the bucket
-- middles, because a sum of squared milliseconds does not fit 64 bits.

CREATE OR REPLACE VIEW ${database}.durations ${on_cluster} AS
WITH
    (SELECT groupArray(low) FROM (SELECT low FROM ${database}.buckets FINAL ORDER BY bucket)) AS lows,
    (SELECT groupArray(high) FROM (SELECT high FROM ${database}.buckets FINAL ORDER BY bucket)) AS highs,
    (
        SELECT mapFromArrays(groupArray(concat(metric, '/', definition)), groupArray(targets_ms))
        FROM ${database}.metrics FINAL
        WHERE kind = 'duration'
    ) AS targets
SELECT
    * EXCEPT (middles, counts, centre, margin, registered),
    total / n AS value,
    -- Asked for n, because greatest passes over NULL: one duration would seem to have an interval.
    if(n > 1, greatest(value - margin, 0.), NULL) AS ci_low,
    value + margin AS ci_high,
    ${database}DurationQuantile(buckets, n, 0.5) AS p50,
    ${database}DurationQuantile(buckets, n, 0.9) AS p90,
    ${database}DurationQuantile(buckets, n, 0.95) AS p95,
    ${database}DurationQuantile(buckets, n, 0.99) AS p99,
    lows[1 + arrayMin(mapKeys(buckets))] AS smallest,
    highs[1 + arrayMax(mapKeys(buckets))] AS largest,
    mapFromArrays(registered, arrayMap(target -> within[target] / n, registered)) AS share_within
FROM
(
    SELECT
        *,
        arrayMap(bucket -> ${database}BucketMiddles()[1 + bucket], mapKeys(buckets)) AS middles,
        mapValues(buckets) AS counts,
        arraySum((middle, seen) -> middle * seen, middles, counts) / n AS centre,
        ${database}MeanMargin(${database}Deviation(middles, counts, centre), n) AS margin,
        -- A measured duration without an entry of its own has the targets of the general one.
        if(
            mapContains(targets, concat(metric, '/', definition)),
            targets[concat(metric, '/', definition)],
            targets[concat(splitByChar('.', metric)[1], '/', definition)]) AS registered
    FROM ${database}.panes
    WHERE startsWith(definition, 'duration.') AND n > 0
);
