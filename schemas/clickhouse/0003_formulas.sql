-- Scores and 95 % intervals from merged contents, as streams/statistics.py computes them; a test holds both equal.
-- 1.959963984540054 is the normal quantile of the level, 3.841458820694124 its square.
-- Function names are global on a server, so they carry the database's name. They take contents, never scores, so a
-- longer period sums its contents first:
--   SELECT day, cxNps(p, d, answers), cxNpsLow(p, d, answers), cxNpsHigh(p, d, answers)
--   FROM (SELECT toStartOfDay(pane) AS day, sum(promoters) AS p, sum(detractors) AS d, sum(n) AS answers
--         FROM cx.nps GROUP BY day)

-- NPS, -100 to 100; NULL without answers.
CREATE OR REPLACE FUNCTION ${database}Nps ${on_cluster} AS (promoters, detractors, n) ->
    if(n > 0, 100 * (promoters - detractors) / n, NULL);

-- Adjusted-Wald bound (Rocks 2016): 3/4 of an answer more on both sides, 3/2 in the middle. side is -1 or 1.
CREATE OR REPLACE FUNCTION ${database}NpsBound ${on_cluster} AS (promoters, detractors, n, side) ->
    if(
        n > 0,
        100 * greatest(-1., least(1.,
            (promoters - detractors) / (n + 3)
            + side * 1.959963984540054 * sqrt(
                ((promoters + detractors + 1.5) / (n + 3) - pow((promoters - detractors) / (n + 3), 2)) / (n + 3)))),
        NULL);

CREATE OR REPLACE FUNCTION ${database}NpsLow ${on_cluster} AS (promoters, detractors, n) ->
    ${database}NpsBound(promoters, detractors, n, -1);

CREATE OR REPLACE FUNCTION ${database}NpsHigh ${on_cluster} AS (promoters, detractors, n) ->
    ${database}NpsBound(promoters, detractors, n, 1);

-- Share k of n, 0 to 1; NULL of nothing.
CREATE OR REPLACE FUNCTION ${database}Share ${on_cluster} AS (k, n) -> if(n > 0, k / n, NULL);

-- Wilson bounds. At k = 0 and k = n they are exactly 0 and 1; only rounding would make them miss.
CREATE OR REPLACE FUNCTION ${database}ShareLow ${on_cluster} AS (k, n) ->
    multiIf(
        n <= 0, NULL,
        k = 0, 0.,
        (k + 3.841458820694124 / 2 - 1.959963984540054 * sqrt(k * (n - k) / n + 3.841458820694124 / 4))
        / (n + 3.841458820694124));

CREATE OR REPLACE FUNCTION ${database}ShareHigh ${on_cluster} AS (k, n) ->
    multiIf(
        n <= 0, NULL,
        k = n, 1.,
        (k + 3.841458820694124 / 2 + 1.959963984540054 * sqrt(k * (n - k) / n + 3.841458820694124 / 4))
        / (n + 3.841458820694124));

-- Student's t quantile for df >= 1: a table up to 30 degrees, above it the asymptotic expansion (Abramowitz and Stegun
-- 26.7.5), whose relative error is below 2e-8 there.
CREATE OR REPLACE FUNCTION ${database}StudentT ${on_cluster} AS (df) ->
    if(
        df <= 30,
        [12.706204736, 4.302652730, 3.182446305, 2.776445105, 2.570581836, 2.446911851, 2.364624252, 2.306004135,
         2.262157163, 2.228138852, 2.200985160, 2.178812830, 2.160368656, 2.144786688, 2.131449546, 2.119905299,
         2.109815578, 2.100922040, 2.093024054, 2.085963447, 2.079613845, 2.073873068, 2.068657610, 2.063898562,
         2.059538553, 2.055529439, 2.051830516, 2.048407142, 2.045229642, 2.042272456][toUInt64(df)],
        1.959963984540054 + 2.3722712302985607 / df + 2.8224986157396086 / pow(df, 2)
        + 2.555849679507719 / pow(df, 3) + 1.5895340533938196 / pow(df, 4));

-- Sample standard deviation of values seen counts times, around their mean centre.
CREATE OR REPLACE FUNCTION ${database}Deviation ${on_cluster} AS (values, counts, centre) ->
    sqrt(arraySum((value, seen) -> seen * pow(value - centre, 2), values, counts) / (arraySum(counts) - 1));

-- Half width of the t interval of a mean; NULL for fewer than two facts.
CREATE OR REPLACE FUNCTION ${database}MeanMargin ${on_cluster} AS (deviation, n) ->
    if(n > 1, ${database}StudentT(n - 1) * deviation / sqrt(n), NULL);

-- Middles of the duration buckets in ms; bucket b is element b + 1.
CREATE OR REPLACE FUNCTION ${database}BucketMiddles ${on_cluster} AS () ->
    (SELECT groupArray(middle) FROM (SELECT middle FROM ${database}.buckets FINAL ORDER BY bucket));

-- q-quantile in ms of n durations: the middle of the bucket in which the rank ceil(q * n) falls, within 2 % of it.
CREATE OR REPLACE FUNCTION ${database}DurationQuantile ${on_cluster} AS (buckets, n, q) ->
    if(
        n > 0,
        ${database}BucketMiddles()[1 + arrayFirst(
            (bucket, seen) -> seen >= greatest(1., ceil(q * n)),
            arraySort(mapKeys(buckets)),
            arrayCumSum(arrayMap(bucket -> buckets[bucket], arraySort(mapKeys(buckets)))))],
        NULL);
