"""Prometheus' own rule engine, run by promtool over what workers export."""

import json
import subprocess
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import Any, Final

import yaml

from schemas.live import LiveView
from tests.live_views import scrape

RULES: Final = Path(__file__).parents[3] / "deploy" / "prometheus" / "rules"

FILES: Final = ("pipeline.yml", "kpis.yml", "survival.yml", "scores.yml", "targets.yml")
"""Prometheus promises no order of groups. This one is the worst: each reads what the groups after it have recorded an
evaluation ago. Left to itself, promtool takes another with every run."""

ROUNDING: Final = 1e-9
"""All by which a formula of PromQL may differ from the same one in Python."""

_MINUTES: Final = 5
"""How long the exported samples last; rules that read other groups' results have settled by then."""


def exported(worker: str, view: LiveView) -> list[dict[str, str]]:
    """All that one worker exports of this, as input of a rule test: the same at every scrape."""
    return [
        series(sample.name, sample.labels | {"instance": worker, "job": "cxstream"}, f"{sample.value!r}x{_MINUTES}")
        for sample in scrape(view)
    ]


def series(name: str, labels: Mapping[str, str], values: str) -> dict[str, str]:
    """One series; ``values`` a minute apart, in promtool's notation."""
    return {"series": name + _braces(labels), "values": values}


def is_about(expression: str, value: float, tolerance: float = ROUNDING) -> dict[str, Any]:
    """A case: there is exactly one series, and it has this value."""
    close = f"sum(abs(({expression}) - {value!r}) <= bool {tolerance!r})"
    return {"expr": close, "eval_time": f"{_MINUTES}m", "exp_samples": [{"labels": "{}", "value": 1}]}


def is_empty(expression: str) -> dict[str, Any]:
    """A case: there is no series."""
    return {"expr": expression, "eval_time": f"{_MINUTES}m", "exp_samples": []}


def alerts_are(alert: str, minute: int, firing: bool) -> dict[str, Any]:
    """A case: at this minute the alert is firing, once, or it is not."""
    samples = [{"labels": "{}", "value": 1}] if firing else []
    count = f'count(ALERTS{{alertname="{alert}",alertstate="firing"}})'
    return {"expr": count, "eval_time": f"{minute}m", "exp_samples": samples}


def rules_of(file: str) -> list[dict[str, Any]]:
    """All rules of one file, in order."""
    return [rule for group in _groups(file) for rule in group["rules"]]


def verify(
    directory: Path,
    inputs: Iterable[Mapping[str, str]],
    every: int = 1,
    files: Collection[str] = FILES,
    **cases: list[dict[str, Any]],
) -> None:
    """Fails with promtool's words unless the rules hold in these cases.

    ``every``: minutes between two samples and between two evaluations; ``files``: of the rules that are evaluated, all
    that those of the cases read; ``cases`` as promtool calls their kinds.
    """
    file = directory / "test.json"  # which is YAML, too
    test = {"interval": f"{every}m", "input_series": list(inputs), **cases}
    assert {path.name for path in RULES.glob("*.yml")} == set(FILES)
    read = [name for name in FILES if name in files]
    given = {
        "rule_files": [str(RULES / name) for name in read],
        "group_eval_order": [group["name"] for name in read for group in reversed(_groups(name))],
        "evaluation_interval": f"{every}m",
        "tests": [test],
    }
    file.write_text(json.dumps(given))
    done = subprocess.run(["promtool", "test", "rules", str(file)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def _groups(file: str) -> list[dict[str, Any]]:
    groups: list[dict[str, Any]] = yaml.safe_load((RULES / file).read_text())["groups"]
    return groups


def _braces(labels: Mapping[str, str]) -> str:
    # JSON's escapes are those of PromQL.
    return "{" + ",".join(f"{name}={json.dumps(value)}" for name, value in labels.items()) + "}"
