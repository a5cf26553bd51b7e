-- What was published about KPIs: their targets over time, and initiatives to improve them. Stored as cells whose definition
-- says what the number is, reference.v1.<kpi>.v<version>.<unit>.<floor or goal>, see schemas/aims.py. Every partition has it:
-- the number is the total divided by the facts and by 10 000.

-- The targets of a KPI from an instant on, until its next row. NULL where there is no floor, or no goal.
CREATE OR REPLACE VIEW ${database}.targets ${on_cluster} AS
SELECT
    parts[3] AS kpi,
    pane AS since,
    toUInt32(substring(parts[4], 2)) AS version,
    parts[5] AS unit,
    maxOrNullIf(number, parts[6] = 'floor') AS floor,
    maxOrNullIf(number, parts[6] = 'goal') AS goal
FROM
(
    SELECT pane, splitByChar('.', toString(definition)) AS parts, total / n / 10000 AS number
    FROM ${database}.panes
    WHERE metric = 'reference.target' AND n > 0
)
GROUP BY kpi, since, version, unit;

-- An initiative, for whom it is (the dimensions), what it is expected to change, and when it ended, if it has.
CREATE OR REPLACE VIEW ${database}.initiatives ${on_cluster} AS
SELECT
    begun.initiative AS initiative,
    begun.kpi AS kpi,
    begun.started AS started,
    if(over.ended > begun.started, over.ended, NULL) AS ended,
    begun.expected AS expected,
    begun.* EXCEPT (initiative, kpi, started, expected)
FROM
(
    SELECT
        splitByChar('.', toString(definition))[3] AS initiative,
        splitByChar('.', toString(definition))[4] AS kpi,
        pane AS started,
        maxOrNullIf(total / n / 10000, endsWith(definition, '.expected')) AS expected,
        * EXCEPT (metric, definition, pane, n, total, buckets, within)
    FROM ${database}.panes
    WHERE metric = 'reference.initiative' AND NOT endsWith(definition, '.ended') AND n > 0
    GROUP BY ALL
) AS begun
LEFT JOIN
(
    SELECT splitByChar('.', toString(definition))[3] AS initiative, toNullable(pane) AS ended
    FROM ${database}.panes
    WHERE metric = 'reference.initiative' AND endsWith(definition, '.ended') AND n > 0
) AS over USING (initiative);
