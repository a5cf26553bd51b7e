"""No score, share, mean or quantile stands without the n that it rests on.

A query that only counts, or tells an age or a moment, is told by what it does. Whatever else a query does makes a
score: a new kind of panel needs its n until somebody says here that it only counts.
"""

import copy
import re
from typing import Any, Final

import pytest

from tests.deploy.grafana.queries import boards, panels

PANELS: Final = {
    f"{path.parent.name}-{path.stem}-{panel['type']}-{panel['title']}": panel
    for path, board in boards().items()
    for panel in panels(board)
}

COUNTING: Final = {
    "expr": {"sum", "max", "min", "rate", "changes", "time", "sort_desc"},
    "rawSql": {"sum", "sumIf", "min", "max", "count", "countIf"},
}
"""Functions that make a count, an age or a moment of such."""

COUNTS: Final = re.compile(r"cx_\w+|segment:cx_\w+:(sum|max)|ALERTS")
"""Series that are counts or ages: what workers export, and what rules add up of it or take the largest of."""


def is_score(target: dict[str, Any]) -> bool:
    """Whether a query does more than to count."""
    if "rawSql" in target:
        shown = _columns(target["rawSql"])
        return "/" in shown or not set(re.findall(r"(\w+)\(", shown)) <= COUNTING["rawSql"]
    bare = re.sub(r"\bby \([^)]*\)|\{[^}]*\}|\[[^]]*\]", "", target["expr"])
    words = set(re.findall(r"[A-Za-z][\w:]*", bare)) - {"and"} - COUNTING["expr"]
    return bool(re.search(r"[*/^%]", bare)) or not all(map(COUNTS.fullmatch, words))


def lacks_n(panel: dict[str, Any]) -> bool:
    """Whether it shows a score, and no n."""
    return any(map(is_score, panel["targets"])) and not any(_is_n(panel, target) for target in panel["targets"])


def without_n(panel: dict[str, Any]) -> dict[str, Any]:
    """The same, with n left out."""
    left = copy.deepcopy(panel)
    left["targets"] = [target for target in left["targets"] if "rawSql" in target or not _is_n(panel, target)]
    for target in left["targets"]:
        if "rawSql" in target:
            target["rawSql"] = re.sub(r"sum\w*\([^()]*\) AS n, |, sum\w*\([^()]*\) AS n\b", "", target["rawSql"])
    return left


def _is_n(panel: dict[str, Any], target: dict[str, Any]) -> bool:
    """Whether n is the name of a line, of a column that is joined, or of one that is stored."""
    if "rawSql" in target:
        return re.search(r"\bAS n\b", _columns(target["rawSql"])) is not None
    if panel["type"] != "table":
        return bool(target["legendFormat"] == "n")
    names = {key: name for each in panel["transformations"] for key, name in _renamed(each).items()}
    return names.get(f"Value #{target['refId']}") == "n"


def _renamed(transformation: dict[str, Any]) -> dict[str, str]:
    found: dict[str, str] = transformation["options"].get("renameByName", {})
    return found


def _columns(sql: str) -> str:
    """What is shown, without what it is made of."""
    return sql.partition(" FROM ")[0]


SCORES: Final = {name: panel for name, panel in PANELS.items() if any(map(is_score, panel["targets"]))}


@pytest.mark.parametrize("panel", PANELS.values(), ids=PANELS)
def test_a_score_never_stands_without_its_n(panel: dict[str, Any]) -> None:
    assert not lacks_n(panel)


@pytest.mark.parametrize("panel", SCORES.values(), ids=SCORES)
def test_a_score_whose_n_is_taken_away_is_seen(panel: dict[str, Any]) -> None:
    assert lacks_n(without_n(panel))


@pytest.mark.parametrize("panel", PANELS.values(), ids=PANELS)
def test_a_share_and_whatever_has_an_interval_is_a_score(panel: dict[str, Any]) -> None:
    units = {panel["fieldConfig"]["defaults"]["unit"]} | {
        each["value"]
        for override in panel["fieldConfig"]["overrides"]
        for each in override["properties"]
        if each["id"] == "unit"
    }
    if "percentunit" in units or re.search("95 ?%", str(panel["targets"])):
        assert any(map(is_score, panel["targets"]))


def test_no_panel_escapes_for_being_called_as_another() -> None:
    assert len(PANELS) == sum(len(panels(board)) for board in boards().values())
