"""No data is no value, never 0; and every value has its n and its interval."""

from collections.abc import Iterator
from typing import Any

import pytest

from deploy.local.ports import Ports
from tests.acceptance.command_line import report
from tests.acceptance.real_data import Run
from tests.clickhouse_engine import ClickHouseEngine

pytestmark = pytest.mark.timeout(600)

NONE = {"n": 0, "value": None, "ci_low": None, "ci_high": None}
VIEWS = ("nps", "csat", "ces", "rating", "durations", "ratios", "counts", "kpi")
UNASKED = ("nps", "ces")
"""Metrics that the real data have no answer to."""


@pytest.fixture(scope="module")
def engine(real_run: Run, ports: Ports) -> Iterator[ClickHouseEngine]:
    """An endpoint on what the run has left."""
    engine = ClickHouseEngine(ports.any(), real_run.data_dir)
    engine.start()
    yield engine
    engine.stop()


@pytest.fixture(scope="module")
def client(engine: ClickHouseEngine) -> Iterator[Any]:
    """SQL on it."""
    client = engine.client()
    yield client
    client.close()


@pytest.mark.parametrize("metric", ["csat", "nps", "measured.delivery", "response_rate", "cases_opened"])
def test_a_period_without_data_is_reported_without_value(metric: str, engine: ClickHouseEngine) -> None:
    period = ("--from", "2010-01-01", "--to", "2010-04-01", "--every", "1mo")
    lines = report(metric, *period, settings={"CX_CLICKHOUSE_URL": engine.url})
    assert [line["start"][:10] for line in lines] == ["2010-01-01", "2010-02-01", "2010-03-01"]
    for line in lines:
        assert {name: line[name] for name in NONE} == NONE
        assert all(line.get(name) is None for name in ("mean", "p50", "p95", "smallest", "largest"))
        assert all(share["value"] is None for share in line.get("within", {}).values())


@pytest.mark.parametrize("view", VIEWS)
def test_a_view_has_no_row_without_data(view: str, client: Any) -> None:
    rows = client.query(f"SELECT count(), countIf(n = 0) FROM cx.{view}").result_rows
    ((count, empty),) = rows
    assert empty == 0
    assert (count == 0) == (view in UNASKED)


def test_every_value_of_the_view_of_all_metrics_has_its_interval(client: Any) -> None:
    ((values, without_n, outside),) = client.query(
        "SELECT countIf(value IS NOT NULL), countIf(value IS NOT NULL AND n <= 0), "
        "countIf(ci_low > value OR ci_high < value) FROM cx.kpi"
    ).result_rows
    assert values > 0
    assert (without_n, outside) == (0, 0)
    ((scored, bare),) = client.query(
        "SELECT count(), countIf(ci_low IS NULL OR ci_high IS NULL) FROM cx.kpi "
        "WHERE metric IN ('csat', 'response_rate')"
    ).result_rows
    assert scored > 0
    assert bare == 0
