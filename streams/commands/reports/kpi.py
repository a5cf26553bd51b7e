"""KPIs beside their targets."""

import sys
from itertools import chain, groupby
from operator import attrgetter
from typing import Final

from schemas.metrics import duration_ms
from streams.commands.kpis import wanted_kpis
from streams.commands.reports.request import Request
from streams.reporting import kpi_output
from streams.reporting.kpis import kpi_lines

KPI: Final = "kpi"
"""Stands in the place of a metric for all KPIs; ``kpi.<id>`` for one."""


def report_kpis(name: str, industry: str | None, request: Request) -> None:
    """The KPI of this name, or all that are of no industry or of this one."""
    kpis = wanted_kpis(request.settings, name, industry)
    asked = request.asked
    shown = {kpi.entry.id: request.suppression(kpi.metric) for kpi in kpis}
    with request.contents() as contents:
        lines = kpi_lines(kpis, asked, contents, duration_ms(request.settings.lateness))
        judged = chain.from_iterable(
            shown[kpi.entry.id](of_one) for kpi, of_one in groupby(lines, key=attrgetter("kpi"))
        )
        if request.form == "json":
            kpi_output.write_json(judged, request.zone, request.language, sys.stdout)
        elif request.form == "csv":
            kpi_output.write_csv(judged, asked, request.language, sys.stdout)
        else:
            kpi_output.write_table(judged, asked, request.language, sys.stdout)
    request.tell(*shown.values())
