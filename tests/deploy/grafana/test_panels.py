"""Every query of every panel, asked of a real Prometheus and a real engine beside a worker.

The simulator's story of ten minutes is published as a file: the worker has it all within seconds, its windows end with
the newest event, and nobody has to wait until a story has been told.
"""

import re
import time
from collections.abc import Iterator
from importlib.metadata import version
from itertools import takewhile
from typing import Any, Final

import pytest

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
    "Age of the newest checkpoint": "the story is told at once: no event may have come since the first scrape",
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
        for minutes_ago, what in ((60, "satisfaction.started"), (30, "ended")):
            found.rows(
                "INSERT INTO cx.cells (metric, definition, pane, topic_id, version, n) "
                f"SELECT 'reference.initiative', 'reference.v1.chatbot.{what}', "
                f"toStartOfMinute(now() - INTERVAL {minutes_ago} MINUTE), 'marks', 1, 1"
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


def test_a_promoted_replay_and_the_start_and_end_of_an_initiative_are_marked(observed: Observation) -> None:
    found = []
    for query in marks("target"):
        columns, rows = observed.rows(expanded(query["rawSql"]))
        assert columns == ["time", "title", "text", "tags"]
        found += [row[1:] for row in rows]
    assert found == [
        ("promoted 0123456789ab", "ann: a wrong scale", "replay"),
        ("started chatbot", "to improve satisfaction", "initiative"),
        ("ended chatbot", "to improve satisfaction", "initiative"),
    ]


def test_a_version_that_begins_to_run_is_marked(observed: Observation) -> None:
    for query in marks("expr"):
        found = observed.lately(query, observed.began - 120, time.time(), 5)
        assert [each["metric"] for each in found] == [{"version": version("cxstream")}]


def marks(kind: str) -> list[Any]:
    """Queries of one kind that any dashboard marks moments by, each once."""
    found = []
    for board in boards("en").values():
        for annotation in board["annotations"]["list"]:
            if annotation.get(kind) and annotation[kind] not in found:
                found.append(annotation[kind])
    assert found
    return found


def test_every_series_that_a_panel_names_is_there(observed: Observation) -> None:
    named = {
        name
        for query in QUERIES
        if query.kind == "prometheus" and query.panel not in QUIET
        for name in re.findall(r"\b(?:[a-z]+:)?cx_\w+(?::\w+)?", query.text)
    }
    assert named

    def known() -> set[str]:
        # Of those alone: all that a busy Prometheus has took longer than anybody waits.
        found = observed.now(f'count by (__name__) ({{__name__=~"{"|".join(sorted(named))}"}})')
        return {each["metric"]["__name__"] for each in found}

    eventually(lambda: not named - known(), 30, f"{named} are there")
