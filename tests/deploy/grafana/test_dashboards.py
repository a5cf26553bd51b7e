"""What every dashboard and panel has to have."""

import re
import subprocess
import sys
from itertools import combinations
from typing import Any, Final

import pytest
import yaml
from grafana_foundation_sdk.cog.plugins import register_default_plugins
from grafana_foundation_sdk.models.dashboard import Dashboard

from deploy.grafana.__main__ import DIRECTORY, files
from tests.deploy.grafana.queries import boards, expanded, panels, queries
from tests.deploy.program import ROOT
from tests.deploy.prometheus.known_series import EXPORTED, recorded

BOARDS: Final = boards()

PANELS: Final = [
    pytest.param(path.stem, panel, id=f"{path.parent.name}-{path.stem}-{panel['title']}")
    for path, board in BOARDS.items()
    for panel in panels(board)
]

UNITS: Final = {"short", "s", "none", "percentunit", "eps"}


def test_the_committed_files_are_those_that_the_generator_writes() -> None:
    assert {path: path.read_text() for path in DIRECTORY.glob("*/*.json")} == dict(files())


def test_the_generator_says_when_they_are_not() -> None:
    done = subprocess.run([sys.executable, "-m", "deploy.grafana", "--check"], cwd=ROOT, check=False)
    assert done.returncode == 0


@pytest.mark.parametrize("path", BOARDS, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_a_dashboard_is_one_by_the_model_of_grafana_and_comes_back_the_same(path: Any) -> None:
    register_default_plugins()
    board = Dashboard.from_json(BOARDS[path])
    assert board.uid == f"cx-{path.stem}-{path.parent.name}"
    assert board.panels is not None
    assert len(board.panels) == len(BOARDS[path]["panels"])


def test_no_two_dashboards_have_one_uid_and_each_is_short_enough() -> None:
    uids = [board["uid"] for board in BOARDS.values()]
    assert len(set(uids)) == len(uids)
    assert max(map(len, uids)) <= 40


def test_both_languages_have_the_same_dashboards_and_ask_the_same() -> None:
    assert [each._replace(panel="") for each in queries("en")] == [each._replace(panel="") for each in queries("zh")]


@pytest.mark.parametrize(("board", "panel"), PANELS)
def test_a_panel_says_what_it_is_how_to_read_it_and_what_no_data_means(board: str, panel: dict[str, Any]) -> None:
    assert panel["title"]
    assert len(panel["description"]) >= 6
    assert panel["fieldConfig"]["defaults"]["noValue"]
    assert panel["fieldConfig"]["defaults"]["unit"] in UNITS


@pytest.mark.parametrize(("board", "panel"), PANELS)
def test_a_panel_asks_a_source_that_a_variable_names(board: str, panel: dict[str, Any]) -> None:
    assert panel["targets"]
    for target in panel["targets"]:
        assert target["datasource"]["uid"] in ("${metrics}", "${store}")
        assert ("expr" in target) == (target["datasource"]["uid"] == "${metrics}")
    references = [target["refId"] for target in panel["targets"]]
    assert len(set(references)) == len(references)


@pytest.mark.parametrize("path", BOARDS, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_panels_lie_on_the_grid_and_on_no_other(path: Any) -> None:
    places = [panel["gridPos"] for panel in BOARDS[path]["panels"]]
    for place in places:
        assert 0 <= place["x"] < place["x"] + place["w"] <= 24
    for one, other in combinations(places, 2):
        beside = one["x"] + one["w"] <= other["x"] or other["x"] + other["w"] <= one["x"]
        above = one["y"] + one["h"] <= other["y"] or other["y"] + other["h"] <= one["y"]
        assert beside or above, (one, other)


def test_a_rate_is_over_an_interval_that_holds_enough_samples() -> None:
    for path, board in BOARDS.items():
        for panel in panels(board):
            for target in panel["targets"]:
                for interval in re.findall(r"rate\([^[]*\[([^]]*)\]", target.get("expr", "")):
                    assert interval == "$__rate_interval", path


def test_every_variable_that_is_used_is_there_and_none_is_idle() -> None:
    for path, board in BOARDS.items():
        known = {each["name"] for each in board["templating"]["list"]}
        asked = " ".join(
            [
                target.get("expr", "") + target.get("rawSql", "")
                for panel in panels(board)
                for target in panel["targets"]
            ]
        )
        used = set(re.findall(r"\$\{?(?!_)(\w+)", asked))
        assert used | {"metrics", "store"} == known, path


def test_every_series_that_a_dashboard_names_is_exported_or_recorded() -> None:
    """Also where a panel is quiet, so that a name which is not there does not look like nothing to report."""
    for path, board in BOARDS.items():
        asked = [target["expr"] for panel in panels(board) for target in panel["targets"] if "expr" in target]
        asked += [mark["expr"] for mark in board["annotations"]["list"] if "expr" in mark]
        asked += [str(each["query"]) for each in board["templating"]["list"] if each["type"] == "query"]
        named = set(re.findall(r"(?:\b[a-z]+:)?\bcx_[\w:]+", " ".join(asked)))
        assert named <= EXPORTED | recorded(), path


def test_what_is_stored_is_shown_of_the_team_and_channel_that_are_chosen() -> None:
    for path, board in BOARDS.items():
        stored = [target["rawSql"] for panel in panels(board) for target in panel["targets"] if "rawSql" in target]
        for name in {each["name"] for each in board["templating"]["list"]} & {"team", "channel"}:
            assert all(f"match({name}, '^(${{{name}:pipe}})$')" in sql for sql in stored), path


def test_a_dashboard_leads_to_a_runbook_that_compose_mounts_where_grafana_serves_it() -> None:
    services = yaml.safe_load((ROOT / "deploy" / "compose" / "compose.yaml").read_text())["services"]
    mounts = dict(reversed(mount.split(":")[:2]) for mount in services["grafana"]["volumes"])
    for path, board in BOARDS.items():
        (url,) = (link["url"] for link in board["links"] if link["type"] == "link")
        public, name = url.rsplit("/", 1)
        assert (ROOT / "deploy" / "compose" / mounts[f"/usr/share/grafana{public}"] / name).is_file(), path


def test_a_click_on_a_team_leads_to_a_dashboard_of_the_same_language_that_takes_the_team() -> None:
    uids = {board["uid"]: {each["name"] for each in board["templating"]["list"]} for board in BOARDS.values()}
    leading = set()
    for path, board in BOARDS.items():
        for panel in panels(board):
            for link in panel["fieldConfig"]["defaults"].get("links", []):
                uid, _, query = link["url"].removeprefix("/d/").partition("?")
                assert uid.endswith(f"-{path.parent.name}")
                for name, label in re.findall(r"var-(\w+)=\${__field\.labels\.(\w+)}", query):
                    assert name in uids[uid]
                    assert all(f"{{{{{label}}}}}" in target["legendFormat"] for target in panel["targets"])
                    leading.add((path.parent.name, panel["title"]))
    assert len(leading) == 4, "two rankings of teams on each live wall"


def test_every_macro_of_the_plugin_is_one_that_these_tests_know() -> None:
    assert not [each for each in queries() if "$__" in each.text]
    assert expanded("$__timeFilter(pane)") != "$__timeFilter(pane)"


def test_every_dashboard_has_a_picture_and_no_picture_is_of_another() -> None:
    pictures = {path.stem for path in (DIRECTORY.parent / "preview").glob("*.png")}
    assert pictures == {path.stem for path in BOARDS}, "make dashboards-preview"


def test_grafana_is_provided_with_the_sources_and_the_directory_that_compose_mounts() -> None:
    provisioning = ROOT / "deploy" / "grafana" / "provisioning"
    sources = yaml.safe_load((provisioning / "datasources" / "cxstream.yaml").read_text())["datasources"]
    assert {source["type"] for source in sources} == {"prometheus", "grafana-clickhouse-datasource"}
    scraping = yaml.safe_load((ROOT / "deploy" / "prometheus" / "prometheus.yml").read_text())["global"]
    (prometheus,) = (source for source in sources if source["type"] == "prometheus")
    assert prometheus["jsonData"]["timeInterval"] == scraping["scrape_interval"]
    services = yaml.safe_load((ROOT / "deploy" / "compose" / "compose.yaml").read_text())["services"]
    mounts = dict(mount.split(":")[:2] for mount in services["grafana"]["volumes"])
    (provider,) = yaml.safe_load((provisioning / "dashboards" / "cxstream.yaml").read_text())["providers"]
    assert mounts["../grafana/dashboards"] == provider["options"]["path"]
    assert mounts["../grafana/provisioning"] == "/etc/grafana/provisioning"
    (store,) = (source for source in sources if source["type"] != "prometheus")
    (secret,) = re.findall(r"/run/secrets/(\w+)", store["secureJsonData"]["password"])
    assert store["jsonData"]["username"] == f"cx_{secret}"
    assert secret in services["grafana"]["secrets"]
