"""Every series that a query may read: what workers and replays export, and what rules record."""

from typing import Final, get_args

from sinks.prometheus.names import CounterName, GaugeName
from sinks.prometheus.replay import ReplayName
from tests.deploy.prometheus.promtool import RULES, rules_of

EXPORTED: Final = frozenset(
    {
        *get_args(CounterName),
        *get_args(GaugeName),
        *get_args(ReplayName),
        *(
            f"cx_{name}_duration_seconds_{part}"
            for name in ("window", "waiting")
            for part in ("bucket", "gcount", "gsum")
        ),
    }
)


def recorded() -> frozenset[str]:
    return frozenset(rule["record"] for file in RULES.glob("*.yml") for rule in rules_of(file.name) if "record" in rule)
