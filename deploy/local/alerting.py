"""A real Prometheus and Alertmanager beside the local stack, with the rules and routes of production.

The story of the simulator is shorter than life: an outage of three minutes stands for one of half an hour. The rules
about customers are quickened by as much, those about the pipeline are not, since the pipeline is no story. Nobody is
called.
"""

import re
import shutil
from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from pathlib import Path
from typing import Any, Final

import yaml

import deploy
from deploy.local.ports import LOOPBACK, Ports, accepts
from deploy.local.process import ChildProcess, StartError
from schemas.metrics import duration_ms

QUICKENED: Final = 9
"""The 15 minutes after which a wait pages are 100 s of the story: longer than any reply in calm, half of its outage."""

EVERY_SECONDS: Final = 5
"""Between scrapes, and between evaluations: soon enough for who watches, and longer than a scrape of all segments
takes on a busy machine (3.0 s were measured): one that takes longer fails, and after each gap an alert begins to wait
anew."""

_PROMETHEUS_PORT: Final = 9090
_ALERTMANAGER_PORT: Final = 9094
"""Its usual 9093 is the controller of Kafka."""

_START_SECONDS: Final = 30

_PROGRAMS: Final = {
    "Prometheus": ("prometheus",),
    "Alertmanager": ("alertmanager", "prometheus-alertmanager"),
}
"""Names of the programs: upstream's, and Debian's."""

_WAITS: Final = ("segment:cx_oldest_wait_seconds:max", "segment:cx_deadlines_oldest_age_seconds:max")
_WINDOWS: Final = {"1h": "5m", "24h": "1h"}
"""Which alerts look at: in the story's time an hour is less than seven minutes."""

Rules = dict[str, Any]


class Alerting:
    """Both programs, their configuration in ``directory``; `start` and `stop` as the stack does."""

    def __init__(self, directory: Path, log: Callable[[str], Path], ports: Ports) -> None:
        self._directory = directory
        self._log = log
        self._prometheus_port = ports.near(_PROMETHEUS_PORT)
        self._alertmanager_port = ports.near(_ALERTMANAGER_PORT)
        self.processes: list[ChildProcess] = []

    @property
    def prometheus(self) -> str:
        return f"http://{LOOPBACK}:{self._prometheus_port}"

    @property
    def alertmanager(self) -> str:
        return f"http://{LOOPBACK}:{self._alertmanager_port}"

    def start(self, workers: Sequence[str], story: bool) -> None:
        """Scrapes the ``workers`` (URLs); ``story``: quickens the rules about customers.

        Raises:
            StartError: a program is not installed or does not answer.
        """
        programs = {name: _found(name) for name in _PROGRAMS}
        shutil.rmtree(self._directory, ignore_errors=True)  # what was scraped of another run is no past of this one
        (self._directory / "rules").mkdir(parents=True)
        for file in sorted(_shipped("prometheus", "rules").glob("*.yml")):
            rules = yaml.safe_load(file.read_text())
            if story and file.name != "pipeline.yml":
                rules = quickened(rules)
            self._write(f"rules/{file.name}", rules)
        self._write("prometheus.yml", self._scraping(workers))
        self._write(
            "alertmanager.yml", silent(yaml.safe_load(_shipped("alertmanager", "alertmanager.yml").read_text()))
        )
        directory = self._directory
        self._run(
            "alertmanager",
            [
                programs["Alertmanager"],
                f"--config.file={directory / 'alertmanager.yml'}",
                f"--storage.path={directory / 'alertmanager'}",
                f"--web.listen-address={LOOPBACK}:{self._alertmanager_port}",
                "--cluster.listen-address=",
            ],
            self._alertmanager_port,
        )
        self._run(
            "prometheus",
            [
                programs["Prometheus"],
                f"--config.file={directory / 'prometheus.yml'}",
                f"--storage.tsdb.path={directory / 'prometheus'}",
                f"--web.listen-address={LOOPBACK}:{self._prometheus_port}",
            ],
            self._prometheus_port,
        )

    def stop(self) -> None:
        for process in reversed(self.processes):
            process.stop(_START_SECONDS)

    def _scraping(self, workers: Sequence[str]) -> Rules:
        return {
            "global": dict.fromkeys(("scrape_interval", "evaluation_interval"), f"{EVERY_SECONDS}s"),
            "rule_files": ["rules/*.yml"],
            "alerting": {
                "alertmanagers": [{"static_configs": [{"targets": [f"{LOOPBACK}:{self._alertmanager_port}"]}]}]
            },
            "scrape_configs": [
                {
                    "job_name": "cxstream",
                    "static_configs": [{"targets": [worker.removeprefix("http://") for worker in workers]}],
                }
            ],
        }

    def _write(self, name: str, contents: object) -> None:
        (self._directory / name).write_text(yaml.safe_dump(contents, sort_keys=False))

    def _run(self, name: str, command: Sequence[str], port: int) -> None:
        process = ChildProcess(name, command, self._log(name), port=port)
        process.start()
        self.processes.append(process)
        process.await_ready(lambda: accepts(port), _START_SECONDS)


def quickened(rules: Mapping[str, Any]) -> Rules:
    """A rule file in the time of the story: what has to last lasts a ninth, and a wait counts ninefold."""
    quick: Rules = deepcopy(dict(rules))
    for rule in (rule for group in quick["groups"] for rule in group["rules"]):
        for name in ("for", "keep_firing_for"):
            if name in rule:
                rule[name] = f"{duration_ms(rule[name]) // QUICKENED}ms"
        if rule.get("record") in _WAITS:
            rule["expr"] = f"{QUICKENED} * ({rule['expr']})"
        rule["expr"] = re.sub('(?<=window=")(1h|24h)(?=")', lambda named: _WINDOWS[named[0]], rule["expr"])
        labels = rule.get("labels", {})
        if "window" in labels:
            labels["window"] = _WINDOWS[labels["window"]]
    return quick


def silent(routes: Mapping[str, Any]) -> Rules:
    """Alertmanager's configuration with receivers that call nobody."""
    return {**routes, "receivers": [{"name": receiver["name"]} for receiver in routes["receivers"]]}


def _found(name: str) -> str:
    for program in _PROGRAMS[name]:
        if path := shutil.which(program):
            return path
    raise StartError(
        f"{name} is not installed, which --watch needs: apt install prometheus prometheus-alertmanager, or put "
        f"`{_PROGRAMS[name][0]}` on the PATH"
    )


def _shipped(*parts: str) -> Path:
    return Path(deploy.__path__[0]).joinpath(*parts)
