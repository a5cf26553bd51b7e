"""Where and with what a figure was measured."""

import os
import platform
import re
import subprocess
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Final

from deploy.local.kafka.jars import POM, find_java
from tests.bench.environments import PEERS, PROJECT

_PACKAGES: Final = ("aiokafka", "chdb", "clickhouse-connect", "faust-streaming", "msgspec")


def description(command: str) -> Mapping[str, str]:
    """Machine, versions, date and command, for the head of a results file."""
    return {
        "command": command,
        "date": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "commit": _commit(),
        "machine": f"{os.cpu_count()} x {_cpu()}, {_memory_gib():.0f} GiB, {platform.system()} {platform.release()}",
        "load before": f"{os.getloadavg()[0]:.1f} (processes that wanted a core, over the last minute)",
        "Python": platform.python_version(),
        "Java": _java(),
        "Kafka": _kafka(),
        "cxstream's libraries": ", ".join(f"{name} {version(name)}" for name in _PACKAGES),
        "peers": ", ".join(sorted(_pins())),
    }


def listed(facts: Mapping[str, str]) -> str:
    """As a list in Markdown."""
    return "\n".join(f"- {name}: {text}" for name, text in facts.items())


def _pins() -> Iterable[str]:
    wanted = ("faust-streaming", "quixstreams", "bytewax", "apache-flink")
    for file in PEERS.glob("*.txt"):
        yield from (line.replace("==", " ") for line in file.read_text().splitlines() if line.startswith(wanted))


def _commit() -> str:
    asked = ["git", "-C", str(PROJECT), "describe", "--always", "--dirty"]
    return subprocess.run(asked, capture_output=True, text=True, check=False).stdout.strip() or "unknown"


def _cpu() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "unknown CPU")


def _memory_gib() -> float:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30


def _kafka() -> str:
    pinned = re.search(r"kafka_2.13</artifactId>\s*<version>(.+?)<", POM.read_text())
    return pinned[1] if pinned else "unknown"


def _java() -> str:
    said = subprocess.run([find_java(), "-version"], capture_output=True, text=True, check=True)
    return (said.stderr + said.stdout).splitlines()[0]
