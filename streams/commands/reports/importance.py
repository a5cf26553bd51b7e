"""Importance beside performance, question by question."""

import sys
from typing import Final

from streams.commands.exits import Exit, fail
from streams.commands.reports.metric import metric_of
from streams.commands.reports.request import Request
from streams.reporting import importance_output
from streams.reporting.importance import QUESTION, importance_lines

IMPORTANCE: Final = "importance"
"""The metric whose report is that of what to improve first."""


def report_importance(performance: str, request: Request) -> None:
    """Each question's importance beside the answers of the metric ``performance`` to it."""
    importance, done = metric_of(IMPORTANCE, request.settings), metric_of(performance, request.settings)
    if done.kind != "answers":
        fail(Exit.WRONG_USE, f"--performance names a survey metric, and {done.id} is none")
    if QUESTION in request.by:
        fail(Exit.WRONG_USE, f"{IMPORTANCE} is by {QUESTION} already: leave it out of --by")
    shown = request.suppression(importance, done)
    with request.contents() as contents:
        lines = shown(
            importance_lines(importance, done, request.asked, contents),
            lambda line: (*line.segment.values(), line.question),
        )
        if request.form == "json":
            importance_output.write_json(lines, request.zone, sys.stdout)
        elif request.form == "csv":
            importance_output.write_csv(lines, request.zone, sys.stdout)
        else:
            importance_output.write_table(lines, request.asked, request.language, sys.stdout)
    request.tell(shown)
