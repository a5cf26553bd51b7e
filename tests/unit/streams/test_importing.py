"""From rows to events."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from schemas.metrics import load_registry
from streams.core.configuration import Configuration
from streams.importing.conversion import Failure, Imported, import_files
from streams.importing.mapping import EventMapping

Run = Callable[..., list[Any]]

MAPPING: dict[str, Any] = {
    "source": "/shop",
    "csv": {"missing": ["", "?"]},
    "events": [{"type": "cx.case.opened.v1", "id": "{id}-opened", "subject": "{id}", "time": "at"}],
}


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Import rows under a mapping: events as dictionaries, failures as (line, event, reason)."""

    def run(text: str, **changes: Any) -> list[Any]:
        file = tmp_path / "rows.csv"
        file.write_text(text, encoding="utf-8")
        mapping = EventMapping.model_validate(yaml.safe_load(yaml.safe_dump({**MAPPING, **changes})))
        configuration = Configuration(registry=load_registry(), dimensions=("region",))
        result: list[Any] = []
        for item in import_files(mapping, [str(file)], configuration):
            if isinstance(item, Imported):
                result.append(json.loads(item.event))
            else:
                assert isinstance(item, Failure)
                result.append((item.line, item.event, item.reason))
        return result

    return run


def event(**fields: Any) -> list[dict[str, Any]]:
    return [{**MAPPING["events"][0], **fields}]


def test_a_row_becomes_a_cloud_event(run: Run) -> None:
    assert run("id,at\n7,2024-03-01T12:00:00.25+02:00\n") == [
        {
            "specversion": "1.0",
            "id": "7-opened",
            "source": "/shop",
            "type": "cx.case.opened.v1",
            "time": "2024-03-01T10:00:00.250000Z",
            "subject": "7",
            "data": {},
        }
    ]


def test_data_comes_from_columns_constants_templates_maps_casts_and_times(run: Run) -> None:
    fields = {
        "region": "state",
        "kind": {"const": "complaint"},
        "reason": {"template": "{state}/{id:4}"},
        "priority": {"column": "level", "map": {"1": "high"}},
        "level": {"column": "level", "cast": "integer"},
        "due_at": {"time": "at"},
    }
    [opened] = run("id,at,state,level\n7,2024-03-01T12:00Z,RJ,1\n", events=event(data=fields))
    assert opened["data"] == {
        "region": "RJ",
        "kind": "complaint",
        "reason": "RJ/0007",
        "priority": "high",
        "level": 1,
        "due_at": "2024-03-01T12:00:00Z",
    }


def test_a_field_is_left_out_where_its_column_has_no_value(run: Run) -> None:
    [opened] = run("id,at,state\n7,2024-03-01T12:00Z,?\n", data={"region": "state"})
    assert opened["data"] == {}


def test_an_event_may_say_a_shared_field_differently(run: Run) -> None:
    [opened] = run(
        "id,at,state\n7,2024-03-01T12:00Z,RJ\n", data={"region": "state"}, events=event(data={"region": {"const": "X"}})
    )
    assert opened["data"] == {"region": "X"}


def test_the_customer_is_part_of_the_data(run: Run) -> None:
    [opened] = run("id,at\n7,2024-03-01T12:00Z\n", events=event(customer="c{id}"))
    assert opened["data"] == {"customer": "c7"}


def test_a_rule_gives_events_only_where_its_condition_holds(run: Run) -> None:
    result = run(
        "id,at,state\n1,2024-03-01T12:00Z,New\n2,2024-03-01T12:00Z,Old\n",
        events=event(when={"equals": {"state": "Old"}}),
    )
    assert [each["subject"] for each in result] == ["2"]


def test_a_hash_is_stable_and_keeps_its_columns_apart(run: Run) -> None:
    result = run(
        "id,at,x,y\n1,2024-03-01T12:00Z,ab,c\n2,2024-03-01T12:00Z,a,bc\n3,2024-03-01T12:00Z,ab,c\n",
        derived={"ref": {"hash": ["x", "y"]}},
        events=event(subject="{ref}"),
    )
    first, second, third = (each["subject"] for each in result)
    assert first == third != second
    assert len(first) == 32


@pytest.mark.parametrize(
    ("local", "utc"),
    [
        ("2024-03-31 02:30", "2024-03-31T01:30:00Z"),  # skipped: read with the offset before the change, +01:00
        ("2024-10-27 02:30", "2024-10-27T00:30:00Z"),  # happens twice: the first, +02:00
        ("2024-07-01 12:00", "2024-07-01T10:00:00Z"),
        ("2024-07-01 12:00Z", "2024-07-01T12:00:00Z"),  # an offset of its own counts more than the zone
    ],
)
def test_local_time_follows_its_zone_over_clock_changes(run: Run, local: str, utc: str) -> None:
    [opened] = run(f"id,at\n7,{local}\n", time={"zone": "Europe/Berlin"})
    assert opened["time"] == utc


def test_times_may_follow_a_pattern_of_the_mapping_or_of_the_column(run: Run) -> None:
    [opened] = run(
        "id,at,due\n7,31.12.2023 23:05,01/02/2024\n",
        time={"format": "%d.%m.%Y %H:%M", "zone": "UTC"},
        events=event(data={"due_at": {"time": {"column": "due", "format": "%d/%m/%Y"}}}),
    )
    assert (opened["time"], opened["data"]["due_at"]) == ("2023-12-31T23:05:00Z", "2024-02-01T00:00:00Z")


def test_a_duration_is_whole_milliseconds_between_two_instants(run: Run) -> None:
    rule = event(
        type="cx.touchpoint.measured.v1",
        data={"measure": {"const": "delivery"}, "duration_ms": {"from": "at", "to": "end"}},
    )
    text = "id,at,end\n1,2024-10-27 02:00:00,2024-10-27 04:00:00.0019\n2,2024-01-02 00:00,2024-01-01 00:00\n"
    measured, negative = run(text, time={"zone": "Europe/Berlin"}, events=rule)
    assert measured["data"]["duration_ms"] == 3 * 3_600_000 + 1
    assert negative == (
        3,
        "cx.touchpoint.measured.v1",
        "data.duration_ms: end is before at",
    )


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (",2024-03-01T12:00Z,1", "column 'id' has no value"),
        ("7,?,1", "column 'at' has no value"),
        ("7,yesterday,1", "column 'at' holds no time of the form iso"),
        ("7,2024-03-01T12:00,1", "column 'at' holds a time without offset, and the mapping gives no zone"),
        ("7,0001-01-01T00:00+14:00,1", "column 'at' holds a time out of range"),
        ("7,1969-12-31T00:00Z,1", "time_out_of_range: time is before 1970 or after 2105"),
        ("7,2024-03-01T12:00Z,five", "data.score: column 'score' holds no integer"),
        ("7,2024-03-01T12:00Z,6", "off_scale: score is not on csat5 - at `$.data.score`"),
        ("7,2024-03-01T12:00Z,?", "invalid_event: Object missing required field `score` - at `$.data`"),
        ("7,2024-03-01T12:00Z", "the row has 2 columns, the header 3"),
    ],
)
def test_a_row_that_fails_is_named_with_its_line_and_reason_and_the_others_go_on(
    run: Run, row: str, reason: str
) -> None:
    rule = event(
        type="cx.survey.answered.v1",
        data={"metric": {"const": "csat"}, "score": {"column": "score", "cast": "integer"}},
    )
    good, failed = run(f"id,at,score\n1,2024-03-01T12:00Z,5\n{row}\n", events=rule)
    assert good["data"]["score"] == 5
    assert failed == (3, "row" if reason.startswith("the row") else "cx.survey.answered.v1", reason)


def test_a_value_that_a_map_does_not_name_is_a_failure(run: Run) -> None:
    [(_, _, reason)] = run(
        "id,at,level\n7,2024-03-01T12:00Z,9\n", data={"priority": {"column": "level", "map": {"1": "high"}}}
    )
    assert reason == "data.priority: column 'level' holds what its map does not name"


def test_one_failing_event_of_a_row_does_not_take_the_others_with_it(run: Run) -> None:
    rules = [*event(time="missing"), *event(type="cx.case.closed.v1", id="{id}-closed")]
    failed, closed = run("id,at,missing\n7,2024-03-01T12:00Z,\n", events=rules)
    assert failed == (2, "cx.case.opened.v1", "column 'missing' has no value")
    assert closed["type"] == "cx.case.closed.v1"
