"""What an initiative has changed: its time beside as much time before."""

import sys
from collections.abc import Mapping, Sequence
from typing import Final

from schemas.metrics import Metric
from streams.commands.exits import Exit, fail
from streams.commands.kpis import wanted_kpis
from streams.commands.reports.metric import metric_of
from streams.commands.reports.request import Request
from streams.reporting import initiative_output
from streams.reporting.initiative_output import Effect
from streams.reporting.initiatives import Initiative, initiatives
from streams.reporting.report import Question
from streams.reporting.report import report as lines_of

_NOTHING: Final = (0, 0)
"""Panes of a database that has none."""


def report_initiative(name: str, metric: str | None, request: Request) -> None:
    """The metric, or without one the KPI that the initiative is to improve, in the initiative's own segment."""
    with request.contents() as contents:
        known = initiatives(contents)
        if name not in known:
            fail(Exit.WRONG_USE, f"unknown initiative {name!r}; known are {', '.join(known) or 'none'}")
        _, newest = contents.span() or _NOTHING
        of = _effect(known[name], metric, request, newest)
        shown = request.suppression(of.question.metric)
        lines = shown(lines_of(of.question, contents))
        if request.form == "json":
            initiative_output.write_json(lines, of, sys.stdout)
        elif request.form == "csv":
            initiative_output.write_csv(lines, of, sys.stdout)
        else:
            initiative_output.write_table(lines, of, request.language, sys.stdout)
    request.tell(shown)


def _effect(initiative: Initiative, metric: str | None, request: Request, newest: int) -> Effect:
    own = {**initiative.where, **request.where}
    if metric is not None:
        return Effect(
            initiative, _question(metric_of(metric, request.settings), initiative, own, request, newest), None
        )
    (kpi,) = wanted_kpis(request.settings, initiative.kpi, None)
    entry = kpi.entry
    if entry.statistic != "value":
        fail(Exit.WRONG_USE, f"{entry.id} is the {entry.statistic} of {entry.metric}: name a metric to compare")
    question = _question(kpi.metric, initiative, {**own, **entry.where}, request, newest)
    return Effect(initiative, question._replace(scale=entry.scale), initiative.expected)


def _question(
    metric: Metric, initiative: Initiative, where: Mapping[str, Sequence[str]], request: Request, newest: int
) -> Question:
    """All of the initiative's time as one period; the one before it is as long."""
    return Question(
        metric, "all", request.zone, *initiative.period(newest), by=request.by, where=where, baseline="previous"
    )
