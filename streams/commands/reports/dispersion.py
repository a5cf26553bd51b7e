"""How evenly customers are served."""

import sys
from typing import Final

from streams.commands.exits import Exit, fail
from streams.commands.reports.metric import metric_of, question_of
from streams.commands.reports.request import Request
from streams.reporting import dispersion_output
from streams.reporting.comparison import Baseline
from streams.reporting.dispersion import dispersion_lines

DISPERSION: Final = "dispersion"
"""Before the id of a metric: how far apart its facts are, ``dispersion.csat``."""


def report_dispersion(name: str, between: str | None, request: Request, baseline: Baseline | None) -> None:
    """The spread of the metric of this name, and the share of it that lies between the values of a dimension."""
    metric = metric_of(name, request.settings)
    if metric.kind not in ("answers", "duration"):
        fail(Exit.WRONG_USE, f"{DISPERSION} is of answers and durations, and {metric.id} has neither")
    if between in request.by:
        fail(Exit.WRONG_USE, f"--by {between} leaves nothing between: each line has one {between}")
    if between is not None and request.least is not None:
        fail(Exit.WRONG_USE, "--between has no --least: of two groups one follows from the other and the share")
    question = question_of(metric, request)._replace(baseline=baseline)
    shown = request.suppression(metric)
    with request.contents() as contents:
        lines = shown(dispersion_lines(question, between, contents))
        if request.form == "json":
            dispersion_output.write_json(lines, question, sys.stdout)
        elif request.form == "csv":
            dispersion_output.write_csv(lines, question, sys.stdout)
        else:
            dispersion_output.write_table(lines, question, between, request.language, sys.stdout)
    request.tell(shown)
