"""How many gave which answer."""

import sys
from typing import Final

from streams.commands.exits import Exit, fail
from streams.commands.reports.metric import metric_of, question_of
from streams.commands.reports.request import Request
from streams.reporting import answers_output
from streams.reporting.answers import answer_lines
from streams.reporting.report import report as lines_of

ANSWERS: Final = "answers"
"""Before the id of a survey metric: how many gave which answer, ``answers.csat``."""


def report_answers(name: str, request: Request) -> None:
    """The answers to the metric of this name, code by code."""
    metric = metric_of(name, request.settings)
    if metric.kind != "answers":
        fail(Exit.WRONG_USE, f"{ANSWERS} is of survey metrics, and {metric.id} is none")
    question = question_of(metric, request)
    shown = request.suppression(metric)
    with request.contents() as contents:
        lines = answer_lines(shown(lines_of(question, contents)))
        if request.form == "json":
            answers_output.write_json(lines, request.zone, request.language, sys.stdout)
        elif request.form == "csv":
            answers_output.write_csv(lines, request.zone, request.language, sys.stdout)
        else:
            answers_output.write_table(lines, question, request.language, sys.stdout)
    request.tell(shown)
