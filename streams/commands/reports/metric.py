"""One metric over time, as it is or weighted to the customer base."""

import sys
from pathlib import Path

from schemas.indices import load_indices
from schemas.journeys import JOURNEY, STAGE, Journey, load_journeys
from schemas.metrics import MEASURED, Metric, RegistryError, load_registry
from schemas.population import PopulationError, load_population
from streams.commands.exits import Exit, fail
from streams.commands.reports.request import Request
from streams.reporting import weighting_output
from streams.reporting.comparison import Baseline
from streams.reporting.journeys import in_order
from streams.reporting.output import write_csv, write_json, write_table
from streams.reporting.ranking import ranked
from streams.reporting.report import Question
from streams.reporting.report import report as lines_of
from streams.reporting.weighting import weighted_lines
from streams.settings import Settings


def report_metric(metric: Metric, request: Request, baseline: Baseline | None, top: int | None) -> None:
    """The metric per period and segment."""
    if top is not None and not request.by:
        fail(Exit.WRONG_USE, "--top needs --by: segments are ranked by how many facts they have")
    journey = None if top else _journey(request)
    question = question_of(metric, request)._replace(baseline=baseline, top=top, journey=journey)
    shown = request.suppression(metric)
    with request.contents() as contents:
        lines = shown(lines_of(question, contents))
        if top is not None:
            lines = ranked(lines, top)
        if journey is not None:
            lines = in_order(lines, metric, journey, request.language)
        if request.form == "json":
            write_json(lines, request.zone, sys.stdout)
        elif request.form == "csv":
            write_csv(lines, question, sys.stdout)
        else:
            write_table(lines, question, request.language, sys.stdout)
    request.tell(shown)


def report_weighted(metric: Metric, request: Request, population_file: Path) -> None:
    """The survey score per period beside what it is by the shares of the customer base."""
    if metric.kind != "answers":
        fail(Exit.WRONG_USE, f"--population weights answers, and {metric.id} has none")
    if len(request.by) != 1:
        fail(Exit.WRONG_USE, "--population needs --by with one dimension, whose values the file counts")
    if request.least is not None:
        fail(Exit.WRONG_USE, "--population has no --least: a small group would follow from the weighted score")
    try:
        population = load_population(population_file)
    except (PopulationError, OSError) as error:
        fail(Exit.WRONG_USE, f"--population: {error}")
    question = question_of(metric, request)
    with request.contents() as contents:
        lines = weighted_lines(question, population, contents)
        if request.form == "json":
            weighting_output.write_json(lines, request.zone, sys.stdout)
        elif request.form == "csv":
            weighting_output.write_csv(lines, request.zone, sys.stdout)
        else:
            weighting_output.write_tables(lines, question, request.language, sys.stdout)


def _journey(request: Request) -> Journey | None:
    """The one whose stages are asked for; None where none is, or several, or one that nobody has written down."""
    named = request.where.get(JOURNEY, ())
    if STAGE not in request.by or len(named) != 1:
        return None
    settings = request.settings
    try:
        indices = load_indices(load_registry(settings.registry_file), settings.indices_file)
        return load_journeys(indices, settings.journeys_file).get(named[0])
    except (RegistryError, OSError) as error:
        fail(Exit.WRONG_USE, f"CX_REGISTRY_FILE, CX_INDICES_FILE or CX_JOURNEYS_FILE: {error}")


def question_of(metric: Metric, request: Request) -> Question:
    """The metric over the periods, segments and values asked for."""
    return Question(metric, request.every, request.zone, request.start, request.end, request.by, request.where)


def metric_of(name: str, settings: Settings) -> Metric:
    """The registered metric of this name; leaves with `Exit.WRONG_USE` and the names there are when there is none."""
    try:
        registry = load_registry(settings.registry_file)
    except (RegistryError, OSError) as error:
        fail(Exit.WRONG_USE, f"CX_REGISTRY_FILE: {error}")
    metric = registry.find(name)
    if metric is None or name == MEASURED:
        known = ", ".join(f"{MEASURED}.NAME" if each == MEASURED else each for each in registry.metrics)
        fail(Exit.WRONG_USE, f"unknown metric {name!r}; known are {known}")
    return metric
