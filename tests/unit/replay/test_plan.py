from pathlib import Path

import msgspec
import pytest

from schemas.dimensions import DIMENSIONS
from schemas.metrics import load_registry
from schemas.rows import Row
from streams.core.configuration import Configuration
from streams.replay.plan import LAYOUT, Plan, PlanError, Stretch, load_plan


def plan(**changes: object) -> Plan:
    made = Plan(
        made_at="2026-03-01T09:00:00+00:00",
        code="1.0",
        database="cx",
        first=None,
        last=None,
        configuration=Configuration(registry=load_registry(), dimensions=("channel", "team")),
        erased="keep",
        stretches=(
            Stretch("cx.surveys", "id", 0, 5, 25, 1_000, 9_000, 4_000),
            Stretch("cx.surveys", "id", 1, 0, 0, None, None, 0),
        ),
    )
    return msgspec.structs.replace(made, **changes)


def row(pane: int, **values: str) -> Row:
    segment = tuple(values.get(name, "") for name in DIMENSIONS)
    return Row("nps", "nps.v1", pane, segment, "id", 0, 0, 1, 1, 9, {9: 1}, {})


def test_a_plan_is_the_same_after_it_was_written_and_read(tmp_path: Path) -> None:
    file = tmp_path / "plan.json"
    file.write_bytes(plan().encode())
    assert load_plan(file) == plan()
    assert load_plan(file).id == plan().id


def test_another_plan_has_another_id_and_another_database() -> None:
    others = [
        plan(last=60),
        plan(stretches=plan().stretches[:1]),
        plan(configuration=msgspec.structs.replace(plan().configuration, lateness_ms=1)),
    ]
    assert len({each.id for each in (plan(), *others)}) == 4
    assert len({each.shadow for each in (plan(), *others)}) == 4


def test_a_plan_of_another_layout_is_refused_with_what_to_do(tmp_path: Path) -> None:
    file = tmp_path / "plan.json"
    file.write_bytes(plan(layout=LAYOUT + 1).encode())
    with pytest.raises(PlanError, match="make the plan anew"):
        load_plan(file)


def test_the_records_of_a_plan_are_those_between_its_offsets() -> None:
    assert plan().records == 20


@pytest.mark.parametrize(
    ("first", "last", "covered"),
    [(None, None, [0, 60, 120]), (60, None, [60, 120]), (None, 60, [0]), (60, 120, [60])],
)
def test_a_range_has_its_first_minute_and_not_its_last(first: int | None, last: int | None, covered: list[int]) -> None:
    assert [pane for pane in (0, 60, 120) if plan(first=first, last=last).covers(row(pane))] == covered


def test_a_condition_has_the_rows_with_one_of_its_values_in_each_dimension() -> None:
    wanted = plan(where={"team": ["blue", "red"], "channel": ["chat"]})
    assert wanted.covers(row(0, team="red", channel="chat"))
    assert not wanted.covers(row(0, team="green", channel="chat"))
    assert not wanted.covers(row(0, team="blue"))
