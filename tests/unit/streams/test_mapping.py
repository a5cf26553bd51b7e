"""What a mapping file may say, and what it is told when it says something else."""

from pathlib import Path

import pytest

from streams.importing.mapping import Condition, EventMapping, MappingError, Values, load_mapping

MINIMAL = """
source: /shop
events:
  - type: cx.case.opened.v1
    id: "{number}"
    subject: "{number}"
    time: opened_at
"""


def load(tmp_path: Path, text: str) -> EventMapping:
    file = tmp_path / "mapping.yaml"
    file.write_text(text, encoding="utf-8")
    return load_mapping(file)


def complaint(tmp_path: Path, text: str) -> str:
    with pytest.raises(MappingError) as error:
        load(tmp_path, text)
    return str(error.value)


def holds(condition: dict[str, object], row: Values) -> bool:
    return Condition.model_validate(condition).holds(row)


def test_a_minimal_mapping_is_comma_separated_utf_8_with_iso_times(tmp_path: Path) -> None:
    mapping = load(tmp_path, MINIMAL)
    assert (mapping.csv.delimiter, mapping.csv.encoding, mapping.csv.missing) == (",", "utf-8", ("",))
    assert (mapping.time.format, mapping.time.zone) == ("iso", None)


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ("colour: red", "colour: unknown key"),
        ("csv: {delimiter: ab}", "csv.delimiter: "),
        ("csv: {encoding: klingon}", "csv.encoding: unknown encoding 'klingon'"),
        ("time: {zone: Mars/Olympus}", "time.zone: unknown time zone 'Mars/Olympus'"),
        ("data: {region: {column: a, const: b}}", "data.region: a field has exactly one of"),
        ("data: {region: {from: a}}", "data.region: a duration needs both from and to"),
        ("data: {region: {const: a, cast: integer}}", "data.region: cast and map need a column"),
        ("derived: {order: {hash: []}}", "derived.order.hash: "),
    ],
)
def test_a_wrong_key_is_named_by_its_place(tmp_path: Path, change: str, place: str) -> None:
    assert f"mapping.yaml: {place}" in complaint(tmp_path, MINIMAL + change)


def test_every_mistake_is_named_at_once_with_the_number_of_its_event(tmp_path: Path) -> None:
    text = complaint(
        tmp_path,
        """
source: /shop
events:
  - {type: cx.case.opened.v1, id: "{number", subject: s, time: t}
  - {type: cx.case.exploded.v1, id: i, time: t}
""",
    )
    lines = [line.split("mapping.yaml: ")[1] for line in text.splitlines()]
    assert lines[0].startswith("events[0].id: '{number' has a brace")
    assert lines[1].startswith("events[1].type: unknown event type 'cx.case.exploded.v1'; known are cx.case.opened.v1,")
    assert lines[2] == "events[1].subject: is required"
    assert len(lines) == 3


def test_a_mapping_without_events_is_refused(tmp_path: Path) -> None:
    assert "events: a mapping needs at least one event" in complaint(tmp_path, "source: /shop\nevents: []")


@pytest.mark.parametrize("text", ["a: [", "", "just text", "- a list"])
def test_a_file_that_is_no_mapping_is_refused(tmp_path: Path, text: str) -> None:
    assert "mapping.yaml: " in complaint(tmp_path, text)


def test_a_file_must_have_every_column_that_the_mapping_names(tmp_path: Path) -> None:
    mapping = load(
        tmp_path, MINIMAL + "derived: {order: {hash: [zip]}}\ndata: {region: state, reason: {template: '{order}'}}"
    )
    mapping.check_columns("f.csv", ["number", "opened_at", "zip", "state"])
    with pytest.raises(MappingError) as error:
        mapping.check_columns("f.csv", ["number", "zap"])
    assert str(error.value).splitlines() == [
        "derived.order: f.csv has no column 'zip'",
        "data.region: f.csv has no column 'state'",
        "events[0]: f.csv has no column 'opened_at'",
        "its columns are: number, zap",
    ]


def test_conditions_look_at_presence_and_values() -> None:
    row = {"state": "New", "group": None, "count": "0"}
    assert holds({"present": "state"}, row)
    assert not holds({"present": "group"}, row)
    assert holds({"missing": "group"}, row)
    assert holds({"equals": {"state": "New", "count": "0"}}, row)
    assert not holds({"equals": {"state": "New", "count": "1"}}, row)
    assert holds({"in": {"state": ["Old", "New"]}}, row)
    assert not holds({"in": {"state": ["Old"]}}, row)


def test_conditions_combine() -> None:
    row = {"state": "New", "group": None}
    new, grouped = {"equals": {"state": "New"}}, {"present": "group"}
    assert not holds({"all": [new, grouped]}, row)
    assert holds({"any": [new, grouped]}, row)
    assert holds({"all": [new, {"not": grouped}]}, row)


def test_a_missing_value_equals_nothing() -> None:
    row: Values = {"group": None}
    assert not holds({"equals": {"group": ""}}, row)
    assert not holds({"in": {"group": ["", "None"]}}, row)
    assert holds({"not": {"equals": {"group": "A"}}}, row)


@pytest.mark.parametrize("condition", [{}, {"present": "a", "missing": "b"}, {"equals": {"count": 0}}, {"like": "x"}])
def test_a_condition_has_exactly_one_known_key_and_compares_text(condition: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"condition|valid string|not permitted"):
        Condition.model_validate(condition)


@pytest.mark.parametrize("key", ["present", "missing", "not"])
def test_a_key_without_a_value_is_no_condition(key: str) -> None:
    with pytest.raises(ValueError, match="a condition's key needs a value"):
        Condition.model_validate({key: None})


def test_every_shipped_mapping_loads() -> None:
    shipped = sorted((Path(__file__).parents[2] / "mappings").glob("*.yaml"))
    assert [load_mapping(file).source for file in shipped] == ["/itsm/incidents", "/olist/orders"]
