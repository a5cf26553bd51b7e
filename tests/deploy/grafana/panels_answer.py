"""Every query of every panel, asked of a real Prometheus and a real engine beside a running stack.

Run by `make test-ops` alone: beside other tests, on two cores, scrapes are missed and panels have no data.
"""

import re
from collections.abc import Iterator
from typing import Final

import pytest

from tests.deploy.grafana.observation import Observation, observation
from tests.deploy.grafana.queries import Query, boards, expanded, queries
from tests.integration.worker.deployment import eventually

pytestmark = [pytest.mark.prometheus, pytest.mark.xdist_group("panels"), pytest.mark.timeout(600)]

QUERIES: Final = list(queries())

QUIET: Final = {
    "Rejected records per second": "the simulator sends none that is rejected",
    "Rows wait": "ClickHouse takes all rows",
    "Firing": "nothing fires yet",
}
"""Panels that may have no data in the minute that is looked at, and why. Their queries are run all the same."""


@pytest.fixture(scope="module")
def observed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Observation]:
    with observation(tmp_path_factory.mktemp("observed")) as found:
        found.rows(
            "INSERT INTO cx.replays (plan, generation, step, who, reason, unequal) "
            "VALUES ('0123456789ab', 1, 'promoted', 'ann', 'a wrong scale', 7)"
        )
        yield found


@pytest.mark.parametrize("query", [each for each in QUERIES if each.kind == "prometheus"], ids=lambda each: each.name)
def test_prometheus_answers_a_panel(query: Query, observed: Observation) -> None:
    if query.panel in QUIET:
        observed.now(query.text)
    else:  # on a busy machine a scrape may be missed, and then there is nothing until the next one
        eventually(lambda: bool(observed.now(query.text)), 30, query.text)


@pytest.mark.parametrize("query", [each for each in QUERIES if each.kind == "clickhouse"], ids=lambda each: each.name)
def test_clickhouse_answers_a_panel(query: Query, observed: Observation) -> None:
    columns, rows = observed.rows(query.text)
    assert rows or query.panel in QUIET
    assert columns[0] == "time" or "toStartOfInterval" not in query.text


def test_the_marks_of_replays_can_be_asked_for(observed: Observation) -> None:
    for board in boards("en").values():
        for annotation in board["annotations"]["list"]:
            columns, _ = observed.rows(expanded(annotation["target"]["rawSql"]))
            assert columns == ["time", "title", "text", "tags"]


def test_every_series_that_a_panel_names_is_there(observed: Observation) -> None:
    named = {
        name
        for query in QUERIES
        if query.kind == "prometheus" and query.panel not in QUIET
        for name in re.findall(r"\b(?:(?:segment|team|kpi):)?cx_\w+(?::\w+)?", query.text)
    }
    assert named

    def known() -> set[str]:
        return {each["metric"]["__name__"] for each in observed.now('count by (__name__) ({__name__=~".+"})')}

    eventually(lambda: not named - known(), 30, "all series are there")
