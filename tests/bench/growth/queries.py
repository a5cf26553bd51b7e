"""How long questions take against the days that are stored."""

import re
from collections.abc import Callable, Iterator, Mapping
from statistics import median
from time import perf_counter
from typing import Any, Final
from zoneinfo import ZoneInfo

from schemas.metrics import load_registry
from sinks.clickhouse.client import connect
from sinks.clickhouse.migrate import migrate
from streams.reporting.contents import Contents
from streams.reporting.periods import Every
from streams.reporting.report import Question, report
from tests.bench.growth.curves import Point
from tests.bench.servers import Servers
from tests.deploy.grafana.queries import boards, panels

SEGMENTS: Final = 1_000
ROWS_PER_DAY: Final = 144
"""Per segment and metric: one cell every ten minutes, with 5 facts."""

DATABASE: Final = "growth_queries"
DAY: Final = 86_400
END: Final = 1_767_571_200
"""The last stored day ends here, 2026-01-05 00:00 UTC; more days reach further back."""

SHOWN: Final = 7 * DAY
"""What dashboards show at first, at most."""

DASHBOARD: Final = "dashboard "
"""Begins the names of questions that dashboards ask."""

REPEATS: Final = 3
ONCE_SECONDS: Final = 5.0
PATIENCE_SECONDS: Final = 60.0

MOST_DAYS: Final = 20
"""Per insert: three million rows of each metric."""

TIMEOUT_SECONDS: Final = 600

INSERT: Final = """
INSERT INTO {database}.cells (metric, definition, pane, channel, region, team, topic_id, version, n, total, buckets,
                              within)
SELECT
    '{metric}', '{definition}', toDateTime({start} + intDiv(number, {segments}) * {step}, 'UTC'),
    concat('channel-', toString(number % 5)),
    concat('region-', toString(intDiv(number, 5) % 10)),
    concat('team-', toString(intDiv(number, 50) % {teams})),
    '00000000-0000-4000-8000-000000000000', number, 5, {total}, {buckets}, {within}
FROM numbers({rows})
"""

NPS_BUCKETS: Final = (
    "map(toInt32(6), toInt64(1), toInt32(8), toInt64(1), toInt32(9), toInt64(2), toInt32(10), toInt64(1))"
)
DURATION_BUCKETS: Final = (
    "mapFromArrays(arrayMap(i -> toInt32(200 + (number + i * 37) % 180), range(5)), arrayResize([1], 5, toInt64(1)))"
)
WITHIN: Final = "map(toUInt64(300000), toInt64(4), toUInt64(3600000), toInt64(5))"


def store(client: Any, first_day: int, last_day: int) -> None:
    """Cells of the days from ``first_day`` to before ``last_day``, counted back from the end."""
    names = {
        "database": DATABASE,
        "start": END - last_day * DAY,
        "step": DAY // ROWS_PER_DAY,
        "segments": SEGMENTS,
        "teams": SEGMENTS // 50,
        "rows": (last_day - first_day) * ROWS_PER_DAY * SEGMENTS,
    }
    client.command(
        INSERT.format(metric="nps", definition="nps.v1", total=42, buckets=NPS_BUCKETS, within="map()", **names)
    )
    client.command(
        INSERT.format(
            metric="first_response",
            definition="duration.v1",
            total=600_000,
            buckets=DURATION_BUCKETS,
            within=WITHIN,
            **names,
        )
    )


def questions(client: Any) -> Mapping[str, Callable[[], object]]:
    """What a user asks, by name. The last day is always stored; "all" grows with the days."""
    metrics = load_registry().metrics
    contents = Contents(client, DATABASE)

    def ask(metric: str, every: Every, start: int | None, by: tuple[str, ...] = ()) -> Callable[[], object]:
        question = Question(metrics[metric], every, ZoneInfo("UTC"), start, END, by)
        return lambda: list(report(question, contents))

    def read(view: str, where: str) -> Callable[[], object]:
        columns = "sum(n)" if view == "panes" else "sum(n), avg(value)"
        return lambda: client.query(f"SELECT {columns} FROM {DATABASE}.{view} WHERE {where}")

    def fill(statements: list[str]) -> Callable[[], object]:
        return lambda: [client.query(statement) for statement in statements]

    hour = f"pane >= toDateTime({END} - 3600, 'UTC')"
    return {
        "report nps, last day by hour": ask("nps", "1h", END - DAY),
        "report first_response, last day by hour and team": ask("first_response", "1h", END - DAY, ("team",)),
        "report nps, all by month": ask("nps", "1mo", None),
        "report first_response, all by month": ask("first_response", "1mo", None),
        "view nps, last hour": read("nps", hour),
        "view durations, last hour": read("durations", hour),
        "view kpi, last hour": read("kpi", hour),
        "view panes, all of nps": read("panes", "metric = 'nps'"),
        **{f"{DASHBOARD}{name}": fill(statements) for name, statements in dashboards()},
    }


def dashboards() -> Iterator[tuple[str, list[str]]]:
    """Name of each dashboard and the SQL of its panels, over the last `SHOWN` seconds that are stored."""
    for path, board in boards("en").items():
        sql = [target["rawSql"] for panel in panels(board) for target in panel["targets"] if "rawSql" in target]
        if sql:
            yield path.stem, [_here(each) for each in sql]


def _here(sql: str) -> str:
    """In our database, and with the times that Grafana would put in."""
    start, end = (f"toDateTime({at}, 'UTC')" for at in (END - SHOWN, END))
    sql = re.sub(r"\$__timeFilter\((\w+)\)", rf"\1 >= {start} AND \1 < {end}", sql)
    sql = re.sub(r"\$__timeInterval\((\w+)\)", r"toStartOfInterval(toDateTime(\1), INTERVAL 3600 second)", sql)
    sql = sql.replace("$team", ".*").replace("$channel", ".*").replace("$window", "1h")
    return re.sub(r"\bcx(?=[A-Z.])", DATABASE, sql)


def queries(servers: Servers, days: list[int]) -> list[Point]:
    """Seconds of each question after so many days are stored.

    A question that took longer than `PATIENCE_SECONDS` at one size is not asked at larger ones: it has no value there.
    """
    client = connect(servers.clickhouse.url, "default", "", TIMEOUT_SECONDS)
    try:
        migrate(client, load_registry(), DATABASE)
        points: list[Point] = []
        for before, after in zip([0, *days], days, strict=False):
            slow = {name for point in points for name, took in point.values.items() if took > PATIENCE_SECONDS}
            points.append(_point(client, before, after, slow))
        return points
    finally:
        client.command(f"DROP DATABASE IF EXISTS {DATABASE}")
        client.close()


def _point(client: Any, before: int, after: int, left_out: set[str]) -> Point:
    for first in range(before, after, MOST_DAYS):
        store(client, first, min(after, first + MOST_DAYS))
    values: dict[str, float] = {}
    for name, ask in questions(client).items():
        if name in left_out:
            continue
        took = _seconds(ask)
        # The first asks a cold cache; a slow one is not repeated for it.
        values[name] = took if took > ONCE_SECONDS else median([_seconds(ask) for _ in range(REPEATS)])
        print(f"{after} days, {name}: {values[name]:.3f} s", flush=True)
    return Point(after, values)


def _seconds(ask: Callable[[], object]) -> float:
    began = perf_counter()
    ask()
    return perf_counter() - began
