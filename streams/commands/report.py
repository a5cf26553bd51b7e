"""``cxstream report``: a metric or KPIs over time from ClickHouse, and the digest of everything stored."""

from pathlib import Path
from typing import Annotated

import typer

from streams.commands.exits import Exit, fail, settings_in_force
from streams.commands.kpis import IndustryOption, LanguageOption, language_of
from streams.commands.report_options import (
    baseline_of,
    by_of,
    dimension_of,
    every_of,
    range_of,
    where_of,
    zone_of,
)
from streams.commands.reports.answers import ANSWERS, report_answers
from streams.commands.reports.digest import report_digest
from streams.commands.reports.dispersion import DISPERSION, report_dispersion
from streams.commands.reports.importance import IMPORTANCE, report_importance
from streams.commands.reports.index import INDEX, report_indices
from streams.commands.reports.initiative import report_initiative
from streams.commands.reports.kpi import KPI, report_kpis
from streams.commands.reports.metric import metric_of, report_metric, report_weighted
from streams.commands.reports.request import Request, form_of, refuse
from streams.commands.reports.waiting import report_waiting
from streams.reporting.comparison import STEPS
from streams.reporting.periods import EVERY


def report(
    metric: Annotated[
        str | None,
        typer.Argument(
            metavar="METRIC",
            help="Metric id, such as nps or measured.delivery; kpi or index for all KPIs or indices, kpi.ID for one; "
            "dispersion.METRIC for how evenly customers are served, answers.METRIC for how many gave which answer",
            show_default=False,
        ),
    ] = None,
    start: Annotated[
        str | None,
        typer.Option(
            "--from", metavar="T", help="First moment, such as 2026-03-01T10:00+01:00, or how long ago, such as 6h"
        ),
    ] = None,
    end: Annotated[str | None, typer.Option("--to", metavar="T", help="Moment after the last one")] = None,
    every: Annotated[
        str, typer.Option(metavar="|".join(EVERY), help="Length of a period (m minute, w week from Monday, mo month)")
    ] = "1d",
    by: Annotated[str, typer.Option(metavar="DIM,...", help="Dimensions to split by")] = "",
    where: Annotated[
        list[str] | None,
        typer.Option(metavar="DIM=VALUE", help="Only this value; again for further dimensions or values"),
    ] = None,
    compare: Annotated[
        str | None,
        typer.Option(metavar="|".join((*STEPS, "DATE..DATE")), help="Set each period beside an earlier one"),
    ] = None,
    top: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Only the N largest segments of a period, with their shares")
    ] = None,
    population: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Weight the score by the customer base: YAML, value of --by to its customers or share",
        ),
    ] = None,
    waiting: Annotated[
        list[str] | None,
        typer.Option(metavar="URL", help="Count those who wait now, too: a worker's address, again for each worker"),
    ] = None,
    initiative: Annotated[
        str | None, typer.Option(metavar="ID", help="Compare its time with as much before; METRIC: its KPI's, if none")
    ] = None,
    performance: Annotated[
        str, typer.Option(metavar="METRIC", help="Survey metric that importance is set beside, question by question")
    ] = "csat",
    between: Annotated[
        str | None,
        typer.Option(metavar="DIM", help="Of dispersion: the share of it that is one value of DIM unlike another"),
    ] = None,
    least: Annotated[
        int | None,
        typer.Option(min=1, metavar="N", help="Leave out segments with fewer facts; answers by --by: 5 if not said"),
    ] = None,
    industry: IndustryOption = None,
    lang: LanguageOption = "en",
    tz: Annotated[str, typer.Option(metavar="ZONE", help="IANA zone that periods and times are read in")] = "UTC",
    as_json: Annotated[bool, typer.Option("--json", help="A JSON list of objects")] = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="CSV with a header")] = False,
    digest: Annotated[
        bool, typer.Option("--digest", help="SHA-256 over all logical cells (of METRIC) instead of a report")
    ] = False,
    data_dir: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Ask the local stack of DIR, running or stopped")
    ] = None,
) -> None:
    """Show a metric per period with n, value and 95 % interval. An empty period has n = 0 and no value.

    Values: NPS -100 to 100, shares 0 to 1, means in scale codes, durations in ms (the table: in units people
    use). Answers on different scales are separate lines. Without --from and --to the report covers all there
    is. A time ago, such as --from 6h, begins where the period it falls into begins.

    With --compare each line also has the earlier value, the difference with its 95 % interval, p, the difference that
    could have been detected, and a verdict: higher, lower, not distinguishable, too few, no data, other definition,
    overlapping.

    With --top lines are in the order of their n, with their share of the period and that of all larger ones together.

    With --by stage --where journey=ID the stages come in the order of that journey, each with its difference from the
    stage before it, p, and whether it is clearly lower or higher: where customers are lost.

    With --population each line has the score as answered and, beside it, as if every group of --by had answered in
    proportion, with the effective n; p says whether the answers could be a sample in proportion. It is refused where a
    group of more than 5 % of the base has fewer than 5 answers.

    With --waiting each segment has one line: the durations that ended in the last hour (since --from), and by the
    estimate of Kaplan and Meier those of everybody, whoever still waits included. Where fewer than half or nine of ten
    were answered so far, p50 or p90 of everybody is not known. It supposes that those who wait are no others than those
    who were answered.

    With --initiative the KPI that it is to improve, or METRIC, is shown in its segment from its start until its end, or
    until now, beside as much time before: the difference, its 95 % interval, p, a verdict as of --compare, and the
    change that was expected.

    With kpi each line has the KPI's floor and goal and how the score stands to each: met, missed, not distinguishable,
    too few, no data. Targets are those in force when the period begins, as `cxstream targets` has published them. It is
    provisional while late answers may still change it.

    With index each line is several questions or stages as one number from 0 to 100. An item without answers is named,
    and the index has no value then. The interval takes the items as independent; answers of one customer tend to go
    together, and then the true one is wider.

    With importance each line is a question: how important it is, how well it is done, and its quadrant at the grand
    means: keep up, concentrate here, possible overkill, low priority. It is clear where neither interval holds its
    grand mean.

    With dispersion each line says how far apart the facts are: the standard deviation of answers, in codes, or p90 /
    p50 of durations; --between agent adds which share of all variance is one agent unlike another, and p of agents who
    are alike. --compare tells by Brown and Forsythe's test whether the spread has changed; its difference is that of
    the mean absolute deviations from the median: in codes, or of the logarithms of durations.

    With answers each line is one answer of the scale: its code, what customers read for it, how often it was given, and
    its share of all.

    Of what customers answered nothing is shown of segments with fewer than 5 facts, of anything else all, unless
    --least says otherwise; nor where the time they are compared with has as few. Where a single one could be had from
    the total of all that agree in some dimensions, the next smallest goes, too. --population leaves nothing out,
    and the share of --between may rest on small groups.

    Exit codes: 0 done; 3 wrong use; 4 ClickHouse, or a worker of --waiting, cannot be reached.
    """
    settings, form = settings_in_force(), form_of(as_json, as_csv)
    kind, _, name = (metric or "").partition(".")
    if digest and kind not in (KPI, INDEX, DISPERSION, ANSWERS):
        report_digest(metric_of(metric, settings).id if metric else None, settings, data_dir, form)
        return
    zone, length = zone_of(tz), every_of(every)
    request = Request(
        settings,
        data_dir,
        form,
        language_of(lang),
        length,
        zone,
        *range_of(start, end, zone, length),
        by_of(by),
        where_of(where or []),
        least,
    )
    of_metrics = {
        "--digest": digest,
        "--compare": compare,
        "--top": top,
        "--population": population,
        "--waiting": waiting,
    }
    if between is not None and kind != DISPERSION:
        fail(Exit.WRONG_USE, f"--between is for {DISPERSION}.METRIC: a score has no groups")
    if initiative is not None:
        refuse(of_metrics | {"--from": start, "--to": end}, "--initiative has", "its times are those of the initiative")
        report_initiative(initiative, metric, request)
    elif kind == KPI:
        refuse(of_metrics, "KPIs have", "ask for their metric, see `cxstream kpis`")
        report_kpis(name, industry, request)
    elif kind == INDEX:
        refuse(of_metrics, "indices have", "ask for their metric, see schemas/indices.yaml")
        report_indices(name, request)
    elif metric == IMPORTANCE:
        refuse(of_metrics, f"{IMPORTANCE} has", "it is a matrix of questions")
        report_importance(performance, request)
    elif kind == ANSWERS:
        refuse(of_metrics, f"{ANSWERS} has", "ask for the metric itself")
        report_answers(name, request)
    elif kind == DISPERSION:
        others = {name: value for name, value in of_metrics.items() if name != "--compare"}
        refuse(others, f"{DISPERSION} has", "it is about how far apart facts are")
        between_of = None if between is None else dimension_of(between)
        report_dispersion(name, between_of, request, baseline_of(compare, zone))
    elif metric is None:
        fail(Exit.WRONG_USE, "name a metric, such as nps, or ask for the --digest of all")
    elif population is not None:
        refuse(
            {"--compare": compare, "--top": top, "--waiting": waiting},
            "--population has",
            "each period is weighted by itself",
        )
        report_weighted(metric_of(metric, settings), request, population)
    elif waiting:
        others = {"--compare": compare, "--top": top, "--least": least}
        refuse(others, "--waiting has", "it is about now")
        report_waiting(metric_of(metric, settings), request, waiting)
    else:
        report_metric(metric_of(metric, settings), request, baseline_of(compare, zone), top)
