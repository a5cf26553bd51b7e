-- Survey answers per pane and segment. A pane in which nobody answered has no row.

CREATE OR REPLACE VIEW ${database}.answers ${on_cluster} AS
SELECT
    * EXCEPT (centre, deviation, low, high),
    centre AS mean,
    -- Asked for n, because greatest and least pass over NULL: one answer would seem to have an interval.
    if(n > 1, greatest(centre - ${database}MeanMargin(deviation, n), low), NULL) AS mean_low,
    if(n > 1, least(centre + ${database}MeanMargin(deviation, n), high), NULL) AS mean_high
FROM
(
    SELECT
        panes.* EXCEPT (within),
        panes.buckets[-1] AS not_applicable,
        arraySum(arrayMap(code -> panes.buckets[code], scales.top_box)) AS satisfied,
        arraySum(arrayMap(code -> panes.buckets[code], scales.bottom_box)) AS dissatisfied,
        scales.low AS low,
        scales.high AS high,
        panes.total / panes.n AS centre,
        mapFilter((code, seen) -> code != -1, panes.buckets) AS answered,
        ${database}Deviation(mapKeys(answered), mapValues(answered), centre) AS deviation
    FROM ${database}.panes AS panes
    INNER JOIN (SELECT * FROM ${database}.scales FINAL) AS scales
        ON scales.scale = splitByChar('.', panes.definition)[1]
    WHERE panes.n > 0
);

CREATE OR REPLACE VIEW ${database}.nps ${on_cluster} AS
SELECT
    * EXCEPT (satisfied, dissatisfied, answered, mean, mean_low, mean_high),
    satisfied AS promoters,
    n - satisfied - dissatisfied AS passives,
    dissatisfied AS detractors,
    ${database}Nps(satisfied, dissatisfied, n) AS value,
    ${database}NpsLow(satisfied, dissatisfied, n) AS ci_low,
    ${database}NpsHigh(satisfied, dissatisfied, n) AS ci_high
FROM ${database}.answers
WHERE metric = 'nps';

CREATE OR REPLACE VIEW ${database}.csat ${on_cluster} AS
SELECT
    * EXCEPT (answered, mean, mean_low, mean_high),
    ${database}Share(satisfied, n) AS value,
    ${database}ShareLow(satisfied, n) AS ci_low,
    ${database}ShareHigh(satisfied, n) AS ci_high
FROM ${database}.answers
WHERE metric = 'csat';

CREATE OR REPLACE VIEW ${database}.ces ${on_cluster} AS
SELECT * EXCEPT (answered, mean, mean_low, mean_high), mean AS value, mean_low AS ci_low, mean_high AS ci_high
FROM ${database}.answers
WHERE metric = 'ces';

CREATE OR REPLACE VIEW ${database}.rating ${on_cluster} AS
SELECT * EXCEPT (answered, mean, mean_low, mean_high), mean AS value, mean_low AS ci_low, mean_high AS ci_high
FROM ${database}.answers
WHERE metric = 'rating';
