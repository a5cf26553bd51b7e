"""PromQL over the recorded sums of deploy/prometheus/rules/scores.yml.

Panels show more than one segment at once, and scores do not merge: so each query adds the sums of its segments up and
makes score and interval of them, by the formulas of streams/statistics/estimates.py. Where there are no facts there is no
value.
"""

from typing import Final

BELOW, UNSURE, ABOVE = "▼", "≈", "▲"
"""Verdicts on a value with an interval: on one side of a floor as a whole, or chance may decide."""

FILTER: Final = 'window="$window",team=~"$team",channel=~"$channel"'
"""Segments and window as the dashboard's variables say."""

_SEGMENTS: Final = 'team=~"$team",channel=~"$channel"'

_Z: Final = "1.959963984540054"
"""Normal quantile of a 95 % interval."""
_Z2: Final = "3.841458820694124"


def answers(metric: str, bucket: str = "", by: str = "definition") -> str:
    """Answers of a class (all, without one), by definition: contents of two scales never merge."""
    of_bucket = f',bucket="{bucket}"' if bucket else ""
    return f'sum by ({by}) (segment:cx_window_responses:sum{{metric="{metric}"{of_bucket},{FILTER}}})'


def nps(by: str = "definition") -> str:
    return (
        f"100 * ({answers('nps', 'promoter', by)} - {answers('nps', 'detractor', by)}) / ({answers('nps', by=by)} > 0)"
    )


def nps_bound(sign: str, by: str = "definition") -> str:
    """The lower (``-``) or upper (``+``) end of the adjusted-Wald interval, clamped to [-100, 100]."""
    n = f"(({answers('nps', by=by)} > 0) + 3)"
    promoters = f"(({answers('nps', 'promoter', by)} + 0.75) / {n})"
    detractors = f"(({answers('nps', 'detractor', by)} + 0.75) / {n})"
    spread = f"({promoters} + {detractors} - ({promoters} - {detractors}) ^ 2) / {n}"
    return f"clamp(100 * ({promoters} - {detractors} {sign} {_Z} * sqrt({spread})), -100, 100)"


def satisfied(metric: str, by: str = "definition") -> str:
    return answers(metric, "satisfied", by)


def decided(metric: str, outcome: str = "", by: str = "metric") -> str:
    """Facts of a ratio that are decided so."""
    of_outcome = f',outcome="{outcome}"' if outcome else ""
    return f'sum by ({by}) (segment:cx_window_outcomes:sum{{metric="{metric}"{of_outcome},{FILTER}}})'


def share(part: str, whole: str) -> str:
    return f"{part} / ({whole} > 0)"


def share_bound(sign: str, part: str, whole: str) -> str:
    """An end of Wilson's interval."""
    n = f"({whole} > 0)"
    p = f"({part} / {n})"
    centre = f"({p} + {_Z2} / (2 * {n}))"
    half = f"{_Z} * sqrt({p} * (1 - {p}) / {n} + {_Z2} / (4 * {n} ^ 2))"
    return f"clamp(({centre} {sign} {half}) / (1 + {_Z2} / {n}), 0, 1)"


def judged(value: str, low: str, high: str, floor: float) -> str:
    """A value with a sign as the label ``verdict``: on which side of the floor its whole interval is, if it is."""
    below = _signed(f"({value} and {high} < {floor})", BELOW)
    above = _signed(f"({value} and {low} >= {floor})", ABOVE)
    return f"{below} or on (definition, metric) {above} or on (definition, metric) {_signed(value, UNSURE)}"


def _signed(value: str, sign: str) -> str:
    return f'label_replace({value}, "verdict", "{sign}", "", "")'


def mean_answer(metric: str, by: str = "definition") -> str:
    points = f'sum by ({by}) (segment:cx_window_points:sum{{metric="{metric}",{FILTER}}})'
    return f"{points} / ({answers(metric, by=by)} > 0)"


def durations(metric: str, by: str = "le") -> str:
    return f'sum by ({by}) (segment:cx_window_duration_seconds_bucket:sum{{metric="{metric}",{FILTER}}})'


def duration_n(metric: str, by: str = "metric") -> str:
    return f'sum by ({by}) (segment:cx_window_duration_seconds_bucket:sum{{metric="{metric}",le="+Inf",{FILTER}}})'


def quantile(q: float, metric: str, by: str = "") -> str:
    """Interpolated between bounds a factor of two apart."""
    labels = f"le, {by}" if by else "le"
    return f"histogram_quantile({q}, {durations(metric, labels)})"


def answered_within(seconds: int, metric: str) -> str:
    """Share of all customers answered within a bound of the live histograms, by Kaplan-Meier: those who wait still count.

    Of all teams together: products do not merge.
    """
    return f'1 - group:cx_window_waits:longer{{level="all",bound="{seconds}",metric="{metric}",window="$window"}}'


def waits(quantile: str, metric: str) -> str:
    """A quantile of the waits of all customers (p50 or p90), answered or not, by team."""
    return f'group:cx_window_waits:{quantile}{{level="team",team=~"$team",metric="{metric}",window="$window"}}'


def backlog(name: str, by: str = "", more: str = "") -> str:
    """A gauge of what is pending now: there is no window."""
    level = "max" if name.endswith(":max") else "sum"
    return f"{level} by ({by}) ({name}{{{_SEGMENTS}{more}}})"
