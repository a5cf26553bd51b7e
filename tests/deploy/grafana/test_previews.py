"""The committed pictures are those of the committed dashboards."""

from pathlib import Path

import pytest

from tests.deploy.grafana.preview.answers import OVER_TIME, Answers, NotRecorded
from tests.deploy.grafana.preview.contents import contents
from tests.deploy.grafana.preview.pictures import COMMITTED, all_contents, differing, draw
from tests.deploy.grafana.queries import boards, panels

pytestmark = pytest.mark.xdist_group("previews")


def test_previews_are_regenerated_without_difference(tmp_path: Path) -> None:
    draw(all_contents(), tmp_path)
    assert differing(tmp_path, COMMITTED) == []


def test_one_other_digit_is_a_difference(tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    board = all_contents()["live"]
    for directory, digit in ((one, "1"), (other, "7")):
        directory.mkdir()
        draw({"live": board | {"title": board["title"] + digit}}, directory)
    assert differing(one, other) == ["live.png"]
    assert differing(one, one) == []


def test_a_picture_too_many_is_a_difference(tmp_path: Path) -> None:
    (tmp_path / "new.png").touch()
    assert "new.png" in differing(tmp_path, COMMITTED)


def test_what_was_recorded_is_what_the_panels_ask() -> None:
    asked: dict[bool, set[str]] = {False: set(), True: set()}
    stored: set[str] = set()
    for board in boards("en").values():
        for panel in panels(board):
            for target in panel["targets"]:
                if "rawSql" in target:
                    stored.add(target["rawSql"])
                else:
                    asked[panel["type"] in OVER_TIME].add(target["expr"])
    answers = Answers.recorded()
    assert (set(answers.series), set(answers.latest), set(answers.rows)) == (asked[True], asked[False], stored)


def test_a_question_that_was_not_recorded_is_named() -> None:
    board = next(iter(boards("en").values()))
    panel = next(panel for panel in panels(board) if "expr" in panel["targets"][0])
    panel["targets"][0]["expr"] = "up + 1"
    with pytest.raises(NotRecorded, match=r"up \+ 1"):
        contents(board, Answers.recorded())
