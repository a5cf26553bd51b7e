"""Rows that were made under other rules than those of the replay: a mistake that was mended, and a new definition."""

from pathlib import Path

import pytest

from streams.replay.rows import IDENTITY
from tests.integration.replay.replaying import RANGE, compared, digest_of, fill, planned_and_run, promoted, replay
from tests.integration.worker.deployment import Deployment

FIRST_RESPONSE = "first_response: {kind: duration, basis: activity, better: lower, minimum_n: 30, targets: [%s]}\n"
"""Its objective, the first target, is 5 min in the registry."""

CONFUSED = "1m, 5m, 15m, 1h, 4h, 24h"


@pytest.fixture
def registry(tmp_path: Path) -> Path:
    """One in which somebody has confused two targets."""
    file = tmp_path / "metrics.yaml"
    file.write_text(FIRST_RESPONSE % CONFUSED)
    return file


def wrong_rows(live: Deployment, shadow: str) -> dict[str, int]:
    """Rows by metric whose numbers differ, asked of ClickHouse itself."""
    keys = ", ".join(("metric", "definition", *IDENTITY))
    sides = " UNION ALL ".join(
        f"SELECT {keys}, '{side}' AS side, n, total, toString(mapSort(buckets)) AS b FROM {database}.cells FINAL "
        "WHERE pane < '2026-03-01 09:45:00' AND (n != 0 OR notEmpty(buckets))"
        for side, database in (("live", live.settings.clickhouse_database), ("replayed", shadow))
    )
    rows = live._client.query(
        f"SELECT metric, count() FROM (SELECT metric FROM ({sides}) GROUP BY {keys} "
        "HAVING uniqExact(n, total, b) > 1 OR uniqExact(side) < 2) GROUP BY metric"
    ).result_rows
    return dict(rows)


def test_a_wrong_rule_is_found_in_exactly_the_rows_it_made_and_repaired_and_can_be_taken_back(
    prompt: Deployment, plan: Path, registry: Path
) -> None:
    fill(prompt, registry_file=registry)
    wrong = digest_of(prompt)
    shadow = planned_and_run(prompt, plan, *RANGE)["database"]
    found = {each["metric"]: each["changed"] for each in compared(prompt, plan)["unequal"]}
    assert found == wrong_rows(prompt, shadow)
    assert found.keys() == {"first_response_attainment"}
    promoted(prompt, plan)
    assert compared(prompt, plan)["equal"]
    assert wrong_rows(prompt, shadow) == {}
    promoted(prompt, plan, "rollback")
    assert digest_of(prompt) == wrong


def test_a_new_version_of_a_definition_stands_beside_the_old_one_after_a_promotion(
    prompt: Deployment, plan: Path, registry: Path
) -> None:
    def counted() -> dict[str, int]:
        rows = prompt._client.query(
            f"SELECT definition, sum(n) FROM {prompt.settings.clickhouse_database}.panes "
            "WHERE metric = 'first_response' AND pane < '2026-03-01 09:45:00' GROUP BY definition"
        ).result_rows
        return dict(rows)

    fill(prompt)
    before = counted()
    assert before.keys() == {"duration.v1"}
    registry.write_text(
        FIRST_RESPONSE.replace("kind", "version: 2, kind") % CONFUSED
        + "first_response_attainment: {version: 2, kind: ratio, basis: cohort, better: higher, minimum_n: 20}\n"
    )
    assert replay(prompt, "plan", plan, *RANGE, registry_file=registry)[0] == 0
    code, _, err = replay(prompt, "run", plan)
    assert code == 0, err
    found = {(each["metric"], each["definition"]): each["only_replayed"] for each in compared(prompt, plan)["unequal"]}
    assert found.keys() == {("first_response", "duration.v2"), ("first_response_attainment", "ratio.v2")}
    promoted(prompt, plan)
    assert counted() == before | {"duration.v2": before["duration.v1"]}
    promoted(prompt, plan, "rollback")
    assert counted() == before
