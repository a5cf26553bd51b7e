"""How and where a soak runs, for its report."""

import os
import platform
import re
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Final

from deploy.local.kafka.jars import POM
from streams.settings import Settings
from tests.soak.results import Setup

_NAMES: Final = frozenset(
    {
        *("brokers", "group", "touchpoints_topic", "surveys_topic", "dead_letters_topic", "checkpoints_topic"),
        *("clickhouse_url", "clickhouse_database", "metrics_port"),
    }
)
"""Settings that only say where things are."""


def setup(minutes: float, seed: int, rate: float, settings: Settings) -> Setup:
    """Of a soak that begins now, whose workers have these settings."""
    return Setup(
        command=f"make soak MINUTES={minutes:g} SEED={seed}",
        date=datetime.now(UTC).isoformat(timespec="minutes"),
        machine=f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores",
        versions={
            "cxstream": version("cxstream"),
            "Python": platform.python_version(),
            "Apache Kafka": _kafka_version(),
            "ClickHouse (chdb)": version("chdb"),
        },
        settings=_changed(settings),
        minutes=minutes,
        seed=seed,
        rate=rate,
    )


def _changed(settings: Settings) -> dict[str, str]:
    """What is not as by default."""
    changed = {}
    for name, field in Settings.model_fields.items():
        value = getattr(settings, name)
        if name not in _NAMES and value != field.default:
            changed[f"CX_{name.upper()}"] = ",".join(value) if isinstance(value, tuple) else f"{value}"
    return changed


def _kafka_version() -> str:
    found = re.search(r"<version>(4[^<]*)</version>", POM.read_text())
    return found[1] if found else "?"
