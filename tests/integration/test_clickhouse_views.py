"""The views on a real engine: against hand-computed scores and against streams/statistics.py."""

import random
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from schemas.buckets import BOUNDS, bucket_of
from schemas.dimensions import DIMENSIONS, NO_SEGMENT
from schemas.gaps import Gap, pair_of
from schemas.metrics import load_registry
from schemas.rows import Row
from schemas.scales import SCALES
from sinks.clickhouse.migrate import migrate
from sinks.clickhouse.store import ClickHouseStore, RowBatch
from streams.statistics import distributions, estimates, gaps
from tests.clickhouse_engine import ClickHouseEngine

DATABASE = "views"
PANE = 28_000_000 * 60
REGISTRY = load_registry()

Query = Callable[[str], Any]


@pytest.fixture(scope="module")
def query(clickhouse: ClickHouseEngine) -> Iterator[Query]:
    """Rows of a statement, on a fresh schema that the tests of this module fill, each its own panes."""
    client = clickhouse.client()
    client.command(f"DROP DATABASE IF EXISTS {DATABASE}")
    migrate(client, REGISTRY, DATABASE)
    yield lambda sql: client.query(sql.replace("cx.", f"{DATABASE}.").replace(" cx", f" {DATABASE}")).result_rows
    client.command(f"DROP DATABASE {DATABASE}")
    client.close()


@pytest.fixture(autouse=True)
def _empty(query: Query) -> None:
    query("TRUNCATE TABLE cx.cells")


@pytest.fixture
async def store(clickhouse: ClickHouseEngine, query: Query) -> Any:
    store = ClickHouseStore(clickhouse.url, "default", "", DATABASE)
    yield store
    store.close()


def answers(metric: str, histogram: dict[int, int], scale: str | None = None, pane: int = PANE, team: str = "") -> Row:
    registered = REGISTRY.metrics[metric]
    definition = registered.definition(scale or registered.scales[0])
    valid = {code: count for code, count in histogram.items() if code != -1}
    total = sum(code * count for code, count in valid.items())
    segment = (*NO_SEGMENT[:5], team, *NO_SEGMENT[6:])
    return Row(metric, definition, pane, segment, "t", 0, 0, 0, sum(valid.values()), total, histogram, {})


def durations(metric: str, values: list[int], pane: int = PANE) -> Row:
    buckets: dict[int, int] = {}
    for value in values:
        buckets[bucket_of(value)] = buckets.get(bucket_of(value), 0) + 1
    registered = REGISTRY.find(metric)
    assert registered is not None
    within = {t: hits for t in registered.targets_ms if (hits := sum(value <= t for value in values))}
    return Row(
        metric, registered.definition(), pane, NO_SEGMENT, "t", 0, 0, 0, len(values), sum(values), buckets, within
    )


def test_each_dimension_is_a_column_of_every_view(query: Query) -> None:
    for view in ("panes", "answers", "nps", "csat", "ces", "rating", "durations", "ratios", "counts", "gaps", "kpi"):
        columns = [name for name, *_ in query(f"DESCRIBE TABLE cx.{view}")]
        assert columns[:3] == ["metric", "definition", "pane"]
        assert tuple(columns[3 : 3 + len(DIMENSIONS)]) == DIMENSIONS


@pytest.mark.parametrize(
    ("promoters", "passives", "detractors", "value", "low", "high"),
    [
        (50, 30, 20, 30, 14.051, 44.201),
        (9, 1, 0, 90, 38.079, 100),
        (1, 0, 0, 100, -48.499, 98.499),
        (7, 2, 1, 60, 7.039, 85.268),
        (3, 4, 3, 0, -41.289, 41.289),
        (450, 300, 250, 20, 14.914, 24.967),
    ],
)
async def test_nps_golden_vectors(
    store: ClickHouseStore,
    query: Query,
    promoters: int,
    passives: int,
    detractors: int,
    value: float,
    low: float,
    high: float,
) -> None:
    histogram = {code: n for code, n in ((9, promoters), (8, passives), (3, detractors), (-1, 4)) if n}
    await store.store(RowBatch.of([answers("nps", histogram)]))
    [row] = query("SELECT promoters, passives, detractors, not_applicable, n, value, ci_low, ci_high FROM cx.nps")
    assert row[:5] == (promoters, passives, detractors, 4, promoters + passives + detractors)
    assert row[5:] == pytest.approx((value, low, high), abs=5e-4)


@pytest.mark.parametrize(
    ("k", "n", "low", "high"),
    [
        (8, 10, 0.4902, 0.9433),
        (80, 100, 0.7112, 0.8666),
        (95, 100, 0.8882, 0.9785),
        (0, 5, 0, 0.4345),
        (5, 5, 0.5655, 1),
    ],
)
async def test_share_golden_vectors(
    store: ClickHouseStore, query: Query, k: int, n: int, low: float, high: float
) -> None:
    buckets = {code: count for code, count in ((0, n - k), (1, k)) if count}
    ratio = answers("csat", buckets, "yesno")._replace(metric="response_rate", definition="ratio.v1")
    await store.store(RowBatch.of([answers("csat", buckets, "yesno"), ratio]))
    for view in ("csat", "ratios"):
        [row] = query(f"SELECT n, value, ci_low, ci_high FROM cx.{view}")
        assert row == pytest.approx((n, k / n, low, high), abs=5e-5)


async def test_rating_golden_vector(store: ClickHouseStore, query: Query) -> None:
    histogram = {1: 2, 2: 3, 3: 5, 4: 25, 5: 45}
    await store.store(RowBatch.of([answers("rating", histogram), answers("csat", histogram)]))
    [row] = query("SELECT n, value, ci_low, ci_high FROM cx.rating")
    assert row == pytest.approx((80, 4.35, 4.1402, 4.5598), abs=5e-5)
    assert query("SELECT value FROM cx.csat") == [(0.875,)]


async def test_one_answer_has_a_mean_but_no_interval(store: ClickHouseStore, query: Query) -> None:
    await store.store(RowBatch.of([answers("rating", {4: 1})]))
    assert query("SELECT n, value, ci_low, ci_high FROM cx.rating") == [(1, 4.0, None, None)]


async def test_no_answer_is_no_row(store: ClickHouseStore, query: Query) -> None:
    await store.store(RowBatch.of([answers("nps", {-1: 3})]))
    assert query("SELECT n, buckets FROM cx.panes") == [(0, {-1: 3})]
    assert query("SELECT * FROM cx.nps") == []
    assert query("SELECT * FROM cx.kpi") == []


async def test_scales_are_never_pooled(store: ClickHouseStore, query: Query) -> None:
    await store.store(RowBatch.of([answers("csat", {5: 1}), answers("csat", {3: 1}, "csat3")]))
    assert query("SELECT definition, n, value FROM cx.csat ORDER BY definition") == [
        ("csat3.v1", 1, 1.0),
        ("csat5.v1", 1, 1.0),
    ]


async def test_a_day_is_rolled_up_by_summing_contents_and_scoring_them(store: ClickHouseStore, query: Query) -> None:
    rows = [answers("nps", {9: 1}, pane=PANE + 60 * n) for n in range(7)]
    await store.store(RowBatch.of([*rows, answers("nps", {7: 2, 0: 1}, team="north")]))
    [row] = query(
        "SELECT cxNps(p, d, answers), cxNpsLow(p, d, answers), cxNpsHigh(p, d, answers) FROM "
        "(SELECT sum(promoters) AS p, sum(detractors) AS d, sum(n) AS answers FROM cx.nps)"
    )
    assert row == pytest.approx((60, 7.039, 85.268), abs=5e-4)


async def test_durations_of_a_pane(store: ClickHouseStore, query: Query) -> None:
    minutes = [60_000 * minute for minute in range(1, 101)]
    await store.store(RowBatch.of([durations("first_response", minutes)]))
    fields = "n, total, value, p50, p90, p95, p99, smallest, largest, share_within"
    [(n, total, value, p50, p90, p95, p99, smallest, largest, within)] = query(f"SELECT {fields} FROM cx.durations")
    assert (n, total, value) == (100, sum(minutes), sum(minutes) / 100)
    for found, exact in ((p50, 50), (p90, 90), (p95, 95), (p99, 99)):
        assert found == pytest.approx(exact * 60_000, rel=0.02)
    assert smallest <= 60_000 < 1.05 * smallest
    assert largest >= 6_000_000 > largest / 1.05
    # A target that nobody met is a share of 0, not a gap.
    minute = 60_000
    assert within == {
        minute: 0.01,
        5 * minute: 0.05,
        15 * minute: 0.15,
        60 * minute: 0.6,
        240 * minute: 1,
        1440 * minute: 1,
    }


async def test_a_measured_duration_has_the_targets_of_the_general_entry(store: ClickHouseStore, query: Query) -> None:
    await store.store(RowBatch.of([durations("measured.delivery", [7_200_000])]))
    [(within,)] = query("SELECT share_within FROM cx.durations WHERE metric = 'measured.delivery'")
    assert within == {300_000: 0, 3_600_000: 0, 86_400_000: 1, 604_800_000: 1}


async def test_zero_and_endless_durations_are_kept(store: ClickHouseStore, query: Query) -> None:
    await store.store(RowBatch.of([durations("resolution", [0, 0, 10**12])]))
    [row] = query("SELECT n, p50, smallest, largest FROM cx.durations")
    assert row == (3, 0.0, 0, BOUNDS[-1])


async def test_views_agree_with_the_statistics_of_the_report(store: ClickHouseStore, query: Query) -> None:
    chance = random.Random(7)
    rows, expected = [], {}
    for number in range(300):
        pane = PANE + 60 * number
        metric = chance.choice(["nps", "csat", "ces", "rating", "first_response"])
        size = chance.choice([1, 2, 3, 5, 31, 32, 40, 500])
        if metric == "first_response":
            row = durations(metric, [int(chance.lognormvariate(12, 2)) for _ in range(size)], pane)
            expected[pane] = estimates.duration_mean(row.total, row.buckets)
        else:
            scale = SCALES[chance.choice(REGISTRY.metrics[metric].scales)]
            histogram: dict[int, int] = {}
            for code in chance.choices(range(scale.low, scale.high + 1), k=size):
                histogram[code] = histogram.get(code, 0) + 1
            row = answers(metric, histogram, scale.id, pane)
            score = REGISTRY.metrics[metric].score
            assert score is not None
            expected[pane] = estimates.answers_score(score, histogram, scale)
        rows.append(row)
    await store.store(RowBatch.of(rows))
    found = query("SELECT toUnixTimestamp(pane), n, value, ci_low, ci_high FROM cx.kpi")
    assert len(found) == len(expected)
    for pane, *numbers in found:
        wanted = expected[pane]
        assert [number is None for number in numbers] == [number is None for number in wanted]
        for number, right in zip(numbers, wanted, strict=True):
            width = (wanted.high or 0) - (wanted.low or 0)  # a bound is as exact as the interval is wide
            assert number is None or number == pytest.approx(right, rel=1e-9, abs=max(1e-9, 1e-7 * width))


async def test_quantiles_agree_with_the_statistics_of_the_report(store: ClickHouseStore, query: Query) -> None:
    chance = random.Random(8)
    rows = [
        durations(
            "next_reply", [int(chance.lognormvariate(10, 3)) for _ in range(chance.randint(1, 60))], PANE + 60 * n
        )
        for n in range(200)
    ]
    await store.store(RowBatch.of(rows))
    for row, found in zip(rows, query("SELECT p50, p90, p95, p99 FROM cx.durations ORDER BY pane"), strict=True):
        assert found == tuple(estimates.quantile(row.buckets, q) for q in (0.5, 0.9, 0.95, 0.99))


def test_student_t_quantiles_agree_with_the_statistics_of_the_report(query: Query) -> None:
    found = query("SELECT number + 1, cxStudentT(number + 1) FROM numbers(2000)")
    for df, quantile in found:
        assert quantile == pytest.approx(distributions.t_quantile(df), rel=2e-8)


async def test_kpi_shows_every_kind_in_one_shape(store: ClickHouseStore, query: Query) -> None:
    count = answers("nps", {})._replace(metric="cases_opened", definition="count.v1", n=3)
    ratio = answers("nps", {0: 1, 1: 1})._replace(metric="response_rate", definition="ratio.v1", n=2, total=1)
    await store.store(RowBatch.of([count, ratio, answers("nps", {10: 1}), durations("resolution", [0, 0])]))
    assert [name for name, *_ in query("DESCRIBE TABLE cx.kpi")][-4:] == ["n", "value", "ci_low", "ci_high"]
    found = query("SELECT metric, n, value, ci_low IS NULL FROM cx.kpi ORDER BY metric")
    assert found == [
        ("cases_opened", 3, 3.0, True),
        ("nps", 1, 100.0, False),
        ("resolution", 2, 0.0, False),
        ("response_rate", 2, 0.5, False),
    ]


def test_a_query_of_one_metric_and_month_reads_only_its_part_of_the_table(query: Query) -> None:
    query(
        "INSERT INTO cx.cells (metric, definition, pane, n) "
        "SELECT ['nps', 'csat'][1 + number % 2], 'count.v1', toDateTime('2020-01-01', 'UTC') + number * 86400, 1 "
        "FROM numbers(700) SETTINGS max_partitions_per_insert_block = 0"
    )
    where = "metric = 'nps' AND pane >= '2021-03-01' AND pane < '2021-04-01'"
    for view in ("panes", "counts", "kpi"):
        plan = "\n".join(line for (line,) in query(f"EXPLAIN indexes = 1 SELECT * FROM cx.{view} WHERE {where}"))
        assert "Parts: 1/24" in plan or "Parts: 1/23" in plan, plan


def test_cells_older_than_the_retention_leave_with_all_versions(query: Query) -> None:
    query(
        "INSERT INTO cx.cells (metric, definition, pane, n, version) VALUES "
        "('old', 'count.v1', '1999-05-05 00:00:00', 1, 1), ('old', 'count.v1', '1999-05-05 00:00:00', 2, 2), "
        "('kept', 'count.v1', '2016-05-05 00:00:00', 3, 1)"
    )
    query("OPTIMIZE TABLE cx.cells FINAL")
    assert query("SELECT metric, n FROM cx.cells") == [("kept", 3)]


@pytest.mark.parametrize("scale", ["csat5", "effort5", "nps"])
@pytest.mark.parametrize("size", [1, 2, 40])
async def test_gaps_are_those_of_the_report(store: ClickHouseStore, query: Query, scale: str, size: int) -> None:
    low, high = SCALES[scale].low, SCALES[scale].high
    chance = random.Random(size)
    drawn = [Gap(chance.randint(low, high), chance.randint(low, high)) for _ in range(size)]
    pairs = Counter(map(pair_of, drawn))
    definition = f"gap.v1.csat.{scale}.v1"
    total = sum(gap.width for gap in drawn)
    await store.store(
        RowBatch.of([Row("expectation_gap", definition, PANE, NO_SEGMENT, "t", 0, 0, 0, size, total, pairs, {})])
    )
    [row] = query("SELECT n, value, ci_low, ci_high, above, equal, below, ratio FROM cx.gaps")
    found = gaps.mean_gap(pairs, SCALES[scale])
    shares = gaps.classes(pairs, SCALES[scale])
    assert row[0] == size
    assert row[1:4] == pytest.approx((found.value, found.low, found.high))
    assert row[4:7] == tuple(pytest.approx(size * (each.value or 0)) for each in shares)
    assert row[7] == pytest.approx(gaps.ratio(pairs).value)
    assert query("SELECT n, value, ci_low, ci_high FROM cx.kpi") == [row[:4]]
