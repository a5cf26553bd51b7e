"""The rule files by themselves: promtool accepts them, and they speak of metrics that exist."""

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.deploy.prometheus.known_series import EXPORTED, recorded
from tests.deploy.prometheus.promtool import RULES, rules_of

pytestmark = pytest.mark.prometheus

FILES = sorted(RULES.glob("*.yml"))


def rules() -> list[dict[str, Any]]:
    return [rule for file in FILES for rule in rules_of(file.name)]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_promtool_has_nothing_to_object(file: Path) -> None:
    command = ["promtool", "check", "rules", "--lint=all", "--lint-fatal", str(file)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_rules_read_what_workers_and_replays_export_and_what_rules_record() -> None:
    read = {name for rule in rules() for name in re.findall(r"[a-z]*:?\bcx_[a-z0-9_:]+", rule["expr"])}
    assert {name for name in read if ":" in name} <= recorded()
    assert {name for name in read if ":" not in name} <= EXPORTED


def test_no_two_rules_record_the_same() -> None:
    records = [(rule["record"], str(rule.get("labels"))) for rule in rules() if "record" in rule]
    assert len(records) == len(set(records))
