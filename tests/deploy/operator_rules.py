"""The Prometheus rules as a resource of the Prometheus operator: ``python -m tests.deploy.operator_rules``."""

from typing import Final

from tests.deploy.program import ROOT
from tests.deploy.prometheus.promtool import RULES

RESOURCE: Final = ROOT / "deploy" / "kubernetes" / "overlays" / "prometheus-operator" / "rules.yaml"

_HEAD: Final = """\
# Written by `python -m tests.deploy.operator_rules` from deploy/prometheus/rules.

apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata:
  name: cxstream
spec:
  groups:
"""


def resource() -> str:
    """The groups of all rule files, in the order of the files' names, letter for letter."""
    groups = (file.read_text().partition("\ngroups:\n")[2] for file in sorted(RULES.glob("*.yml")))
    lines = "\n".join(groups).splitlines()
    return _HEAD + "\n".join(f"  {line}" if line else "" for line in lines) + "\n"


if __name__ == "__main__":
    RESOURCE.write_text(resource())
