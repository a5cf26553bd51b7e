"""Every query of every panel, asked of a real Prometheus and a real engine beside a worker.

The simulator's story of ten minutes is published as a file: the worker has it all within seconds, its windows end with
the newest event, and nobody has to wait until a story has been told.
"""

import re
import time
from collections.abc import Iterator
from itertools import takewhile
from typing import Final

import pytest

from deploy.grafana.board import INITIATIVES_SQL
from deploy.local.simulator import simulate
from tests.deploy.grafana.observation import Observation, observation
from tests.deploy.grafana.queries import Query, boards, expanded, queries
from tests.integration.worker.deployment import eventually

pytestmark = [pytest.mark.prometheus, pytest.mark.xdist_group("panels"), pytest.mark.timeout(600)]

STORY_SECONDS: Final = 600
RATE: Final = 40
"""Events per second."""

QUERIES: Final = list(queries())

QUIET: Final = {
    "Rejected records per second": "the simulator sends none that is rejected",
    "Rows wait": "ClickHouse takes all rows",
    "Firing": "nothing fires yet",
}
"""Panels that may have no data in the minute that is looked at, and why. Their queries are run all the same."""


@pytest.fixture(scope="module")
def observed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Observation]:
    directory = tmp_path_factory.mktemp("observed")
    now_ms = time.time_ns() // 1_000_000
    story = takewhile(lambda each: each.at_ms <= now_ms, simulate(1, now_ms - STORY_SECONDS * 1_000, RATE))
    events = directory / "events.jsonl"
    events.write_bytes(b"".join(each.value + b"\n" for each in story))
    with observation(directory, "--input", str(events)) as found:
        found.rows(
            "INSERT INTO cx.replays (plan, generation, step, who, reason, unequal) "
            "VALUES ('0123456789ab', 1, 'promoted', 'ann', 'a wrong scale', 7)"
        )
        yield found


@pytest.mark.parametrize("query", [each for each in QUERIES if each.kind == "prometheus"], ids=lambda each: each.name)
def test_prometheus_answers_a_panel_with_the_labels_that_it_shows(query: Query, observed: Observation) -> None:
    found = observed.now(query.text)
    if query.panel not in QUIET and not found:  # on a busy machine a scrape may be missed: then nothing until the next
        eventually(lambda: bool(observed.now(query.text)), 60, query.text)
        found = observed.now(query.text)
    labels = {name for series in found for name in series["metric"]}
    assert query.needs <= labels or query.panel in QUIET


@pytest.mark.parametrize("query", [each for each in QUERIES if each.kind == "clickhouse"], ids=lambda each: each.name)
def test_clickhouse_answers_a_panel_with_the_columns_that_it_shows(query: Query, observed: Observation) -> None:
    columns, rows = observed.rows(query.text)
    assert rows or query.panel in QUIET
    assert query.needs <= set(columns)
    assert columns[0] == "time" or "toStartOfInterval" not in query.text


def test_the_marks_of_replays_and_initiatives_can_be_asked_for(observed: Observation) -> None:
    for board in boards("en").values():
        for annotation in board["annotations"]["list"]:
            columns, _ = observed.rows(expanded(annotation["target"]["rawSql"]))
            assert columns == ["time", "title", "text", "tags"]


def test_an_initiative_is_marked_where_it_starts_and_where_it_ends(observed: Observation) -> None:
    at = int(time.time()) // 60 * 60 - 3600
    for what, pane in (("satisfaction.started", at), ("ended", at + 600)):
        observed.rows(
            "INSERT INTO cx.cells (metric, definition, pane, topic_id, version, n) VALUES "
            f"('reference.initiative', 'reference.v1.chatbot.{what}', {pane}, 'marks', 1, 1)"
        )
    _, rows = observed.rows(expanded(INITIATIVES_SQL))
    assert [tuple(row)[1:] for row in rows] == [
        ("started chatbot", "to improve satisfaction", "initiative"),
        ("ended chatbot", "to improve satisfaction", "initiative"),
    ]


def test_every_series_that_a_panel_names_is_there(observed: Observation) -> None:
    named = {
        name
        for query in QUERIES
        if query.kind == "prometheus" and query.panel not in QUIET
        for name in re.findall(r"\b(?:[a-z]+:)?cx_\w+(?::\w+)?", query.text)
    }
    assert named

    def known() -> set[str]:
        return {each["metric"]["__name__"] for each in observed.now('count by (__name__) ({__name__=~".+"})')}

    eventually(lambda: not named - known(), 30, f"{named} are there")
