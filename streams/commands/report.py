"""``cxstream report``: a metric or KPIs over time from ClickHouse, and the digest of everything stored."""

import json
import sys
from itertools import chain, groupby
from pathlib import Path
from typing import Annotated, Final
from zoneinfo import ZoneInfo

import typer

from schemas.metrics import MEASURED, Metric, RegistryError, duration_ms, load_registry
from streams.commands.exits import Exit, fail, settings_in_force
from streams.commands.kpis import IndustryOption, LanguageOption, language_of, wanted_kpis
from streams.commands.report_options import by_of, every_of, opened, range_of, time_of, where_of, zone_of
from streams.digest import digest as digest_of
from streams.reporting import kpi_output
from streams.reporting.comparison import STEPS, Baseline
from streams.reporting.contents import Contents
from streams.reporting.kpis import Asked, kpi_lines
from streams.reporting.output import write_csv, write_json, write_table
from streams.reporting.periods import EVERY, Period
from streams.reporting.ranking import ranked
from streams.reporting.report import Question
from streams.reporting.report import report as lines_of
from streams.reporting.suppression import Suppression
from streams.settings import Settings

KPI: Final = "kpi"
"""Stands in the place of a metric for all KPIs; ``kpi.<id>`` for one."""


def report(
    metric: Annotated[
        str | None,
        typer.Argument(
            metavar="METRIC",
            help="Metric id, such as nps or measured.delivery; kpi for all KPIs, kpi.ID for one of them",
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
    least: Annotated[
        int, typer.Option(min=1, metavar="N", help="Leave out segments with fewer facts, as privacy may ask for (5)")
    ] = 1,
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

    With kpi each line has the KPI's floor and goal and how the score stands to each: met, missed, not distinguishable,
    too few, no data. It is provisional while late answers may still change it.

    With --least nothing is shown of segments with fewer facts; where a single one could be had from a total, the next
    smallest goes, too.

    Exit codes: 0 done; 3 wrong use; 4 ClickHouse cannot be reached.
    """
    settings = settings_in_force()
    if as_json and as_csv:
        fail(Exit.WRONG_USE, "--json and --csv exclude each other")
    shown = Suppression(least)
    if metric is not None and metric.partition(".")[0] == KPI:
        if digest or compare is not None or top is not None:
            fail(Exit.WRONG_USE, "KPIs have no --digest, --compare or --top: ask for their metric, see `cxstream kpis`")
        zone, language = zone_of(tz), language_of(lang)
        kpis = wanted_kpis(settings, metric.partition(".")[2], industry)
        length = every_of(every)
        among = Asked(length, zone, *range_of(start, end, zone, length), by_of(by), where_of(where or []))
        with opened(settings, data_dir) as client:
            contents, lateness = Contents(client, settings.clickhouse_database), duration_ms(settings.lateness)
            judged = chain.from_iterable(
                shown(of_one)
                for _, of_one in groupby(kpi_lines(kpis, among, contents, lateness), key=lambda line: line.kpi)
            )
            if as_json:
                kpi_output.write_json(judged, zone, language, sys.stdout)
            elif as_csv:
                kpi_output.write_csv(judged, among, language, sys.stdout)
            else:
                kpi_output.write_table(judged, among, language, sys.stdout)
        _tell(shown, least)
        return
    asked = _metric(metric, settings) if metric is not None else None
    if digest:
        with opened(settings, data_dir) as client:
            result = digest_of(client, settings.clickhouse_database, asked.id if asked else None)
        typer.echo(json.dumps(result._asdict()) if as_json else f"sha256:{result.sha256} over {result.cells:,} cells")
        return
    if asked is None:
        fail(Exit.WRONG_USE, "name a metric, such as nps, or ask for the --digest of all")
    zone, length = zone_of(tz), every_of(every)
    question = Question(
        asked,
        length,
        zone,
        *range_of(start, end, zone, length),
        by_of(by),
        where_of(where or []),
        _baseline(compare, zone),
        top=top,
    )
    if top is not None and not question.by:
        fail(Exit.WRONG_USE, "--top needs --by: segments are ranked by how many facts they have")
    with opened(settings, data_dir) as client:
        lines = shown(lines_of(question, Contents(client, settings.clickhouse_database)))
        if top is not None:
            lines = ranked(lines, top)
        if as_json:
            write_json(lines, zone, sys.stdout)
        elif as_csv:
            write_csv(lines, question, sys.stdout)
        else:
            write_table(lines, question, sys.stdout)
    _tell(shown, least)


def _tell(suppression: Suppression, least: int) -> None:
    if suppression.left_out:
        typer.echo(f"{suppression.left_out:,} lines are left out: segments with fewer than {least} facts", err=True)


def _metric(name: str, settings: Settings) -> Metric:
    try:
        registry = load_registry(settings.registry_file)
    except (RegistryError, OSError) as error:
        fail(Exit.WRONG_USE, f"CX_REGISTRY_FILE: {error}")
    metric = registry.find(name)
    if metric is None or name == MEASURED:
        known = ", ".join(f"{MEASURED}.NAME" if each == MEASURED else each for each in registry.metrics)
        fail(Exit.WRONG_USE, f"unknown metric {name!r}; known are {known}")
    return metric


def _baseline(text: str | None, zone: ZoneInfo) -> Baseline | None:
    if text is None:
        return None
    for step in STEPS:
        if step == text:
            return step
    first, separator, last = text.partition("..")
    start, end = time_of(first, zone) if separator else None, time_of(last, zone) if separator else None
    if start is None or end is None or start >= end:
        fail(
            Exit.WRONG_USE,
            f"--compare {text!r} is no earlier time; write {', '.join(STEPS)}, or two moments such as "
            "2026-02-01..2026-03-01, of which the second is no part of it",
        )
    return Period(start, end)
