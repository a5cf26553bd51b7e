"""What the coverage table names is there."""

import re
from pathlib import Path
from typing import Final

import pytest
import yaml

from schemas.kpis import load_kpis
from schemas.metrics import load_registry

ROOT: Final = Path(__file__).parents[2]
TEXT: Final = (ROOT / "schemas" / "COVERAGE.md").read_text()
ROWS: Final = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in TEXT.splitlines()
    if re.match(r"\| [AKVXJ]\d", line)
]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_metrics_kpis_and_tests_of_a_row_exist(row: list[str]) -> None:
    _, _, implemented, proof = row
    known = {*load_registry().metrics, *load_kpis(load_registry())}
    assert set(re.findall(r"`(\w+)`", implemented)) <= known
    assert (ROOT / proof).is_file()


def test_nothing_is_open() -> None:
    assert not [row for row in ROWS if "open*" in row[2]]


def test_every_row_of_the_map_stands_once() -> None:
    named = [
        name
        for text in [*(row[0] for row in ROWS), TEXT.partition("## Could")[2]]
        for name in re.findall(r"\b[AKVXJ]\d{1,2}\b", text)
    ]
    wanted = {
        f"{part}{number}"
        for part, last in zip("AKVXJ", (38, 37, 19, 10, 15), strict=True)
        for number in range(1, last + 1)
    }
    assert set(named) == wanted
    assert len(named) == len(set(named))


def test_alerts_it_names_are_in_the_rules() -> None:
    rules = yaml.safe_load((ROOT / "deploy" / "prometheus" / "rules" / "kpis.yml").read_text())
    alerts = {rule.get("alert") for group in rules["groups"] for rule in group["rules"]}
    assert set(re.findall(r"\bCx\w+", TEXT)) <= alerts
