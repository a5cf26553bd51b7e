"""Kaplan-Meier of the live windows as recording rules: ``python -m deploy.prometheus.survival`` writes them anew.

The estimate is a product along the bounds of a histogram, and PromQL cannot multiply along a label. So there is one
rule for each bound, which takes the share of the bound before it; rules of a group are evaluated in their order. The
formula is that of streams/statistics/survival.py, on the bounds of the live histograms, a factor of two apart.
"""

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from textwrap import indent
from typing import Final, get_args

from schemas.buckets import BOUNDS
from schemas.live import AgedMetric
from sinks.prometheus.windows import LADDER

RULES: Final = Path(__file__).parent / "rules" / "survival.yml"

LONGER: Final = "group:cx_window_waits:longer"
"""Share of all customers who wait longer than the bound, by bound in seconds."""

QUANTILES: Final = {"p50": 0.5, "p90": 0.9}

_LONGEST_SECONDS: Final = 86_400
"""A day, as long as the longest live window."""

_HEAD: Final = """\
# Those who wait count, too: Kaplan-Meier over the answers of a window and the ages of whoever waits now (domain.md
# 4.5). `longer` is the share of all that waits longer than `bound` seconds; p50 and p90 are the first bounds within
# which half and nine of ten are answered, and missing while fewer are: then it is longer than anybody was seen to wait.
# It supposes that those who wait still are no others than those who were answered.
# Written by `python -m deploy.prometheus.survival`.

groups:
  - name: cx_window_survival
    rules:
      - record: segment:cx_waiting_duration_seconds_bucket:sum
        expr: sum without (instance, pod) (cx_waiting_duration_seconds_bucket)
      # Products do not merge, so it is told for each team and for all together (`level`).
"""

_ENDED: Final = "cx_window_duration_seconds_bucket:sum"
_OPEN: Final = "cx_waiting_duration_seconds_bucket:sum"


def written() -> str:
    """The file of rules."""
    return _HEAD + "".join(_rules())


def _rules() -> Iterator[str]:
    metrics = "|".join(get_args(AgedMetric))
    yield _rule(
        f"group:{_ENDED}", _by_level(f'segment:{_ENDED}{{metric=~"{metrics}"}}', "metric, definition, window, le")
    )
    yield _rule(f"group:{_OPEN}", _by_level(f"segment:{_OPEN}", "metric, le"))
    bounds = _bounds()
    before = ""
    for (_, earlier), (seconds, here) in pairwise([(0, ""), *bounds]):
        ended = _answered(here) + (f" - {_answered(earlier)}" if earlier else "")
        asked = _answered("[+]Inf") + (f" - {_answered(earlier)}" if earlier else "")
        waiting = _waiting("[+]Inf") + (f" - {_waiting(earlier)}" if earlier else "")
        at_risk = f"({asked})\n    + ignoring (definition, window) group_left () ({waiting})"
        share = f"{before} * " if before else ""
        # Once everybody is answered nobody is at risk, and it stays so.
        nobody = f"\nor {before} == 0" if before else ""
        yield _rule(LONGER, f"{share}(\n  1 - ({ended})\n  / (\n    {at_risk}\n    > 0\n  )\n){nobody}", seconds)
        before = f'sum without (bound) ({LONGER}{{bound="{seconds}"}})'
    for name, share_of_all in QUANTILES.items():
        reached = (f'({LONGER}{{bound="{seconds}"}} <= {1 - share_of_all:g}) * 0 + {seconds}' for seconds, _ in bounds)
        either = "\n  or ".join(reached)
        yield _rule(f"group:cx_window_waits:{name}", f"min without (bound) (\n  {either}\n)")


def _bounds() -> list[tuple[int, str]]:
    """Seconds of each step, and its bound as ``le``: of a registered target exactly, else that of a bucket."""
    steps = (
        (seconds, (float(seconds), BOUNDS[last] / 1000)) for seconds, last in LADDER if seconds <= _LONGEST_SECONDS
    )
    return [(seconds, "|".join(repr(bound).replace(".", "[.]") for bound in bounds)) for seconds, bounds in steps]


def _by_level(series: str, labels: str) -> str:
    levels = (("team", f"job, {labels}, team"), ("all", f"job, {labels}"))
    return "\nor ".join(f'label_replace(sum by ({by}) ({series}), "level", "{level}", "", "")' for level, by in levels)


def _answered(bounds: str) -> str:
    return f'sum without (le) (group:{_ENDED}{{le=~"{bounds}"}})'


def _waiting(bounds: str) -> str:
    return f'sum without (le) (group:{_OPEN}{{le=~"{bounds}"}})'


def _rule(record: str, expression: str, bound: int | None = None) -> str:
    labels = f'        labels: {{bound: "{bound}"}}\n' if bound is not None else ""
    return f"      - record: {record}\n        expr: |\n{indent(expression, ' ' * 10)}\n{labels}"


if __name__ == "__main__":
    RULES.write_text(written())
