"""``cxstream story``: an industry's made-up events, and the KPIs that they have to give."""

import json
import sys
from typing import Annotated, Final

import typer
from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table

from deploy.local.simulator.industries import STORIES, Industry
from deploy.local.simulator.industries.story import Story
from deploy.local.simulator.industries.telling import tell
from deploy.local.simulator.industries.truth import Truth, truth_of
from schemas.kpis import load_kpis
from schemas.metrics import load_registry
from streams.commands.exits import Exit, fail
from streams.reporting.encoding import PIPE_WIDTH
from streams.reporting.units import in_unit, step

_ALL: Final = "all"
"""Stands in the table for all segments together."""


def story(
    industry: Annotated[Industry, typer.Argument(help="Whose story", show_default=False)],
    seed: Annotated[int, typer.Option(min=0, help="Another seed tells the same story by other events")] = 1,
    truth: Annotated[bool, typer.Option("--truth", help="Print the KPIs that the report has to show")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="With --truth: a JSON list of objects")] = False,
) -> None:
    """Tell an industry's story as events, JSON Lines for `cxstream publish`, or its KPIs as they are known beforehand.

    A story is made from a plan of exact numbers, such as 41 of 50 callbacks in time; chance only decides when and to
    whom. Events come out of order, late and twice, as they do in life, and `cxstream report kpi` has to show what
    --truth says all the same: each KPI for all together, then by the dimension that tells the bad from the good. The
    worker has to keep the dimensions that --truth names (CX_DIMENSIONS). The same arguments give the same bytes.

    Exit codes: 0 done; 3 wrong use.
    """
    if as_json and not truth:
        fail(Exit.WRONG_USE, "--json needs --truth: events are JSON as they are")
    told = STORIES[industry]
    if not truth:
        sys.stdout.buffer.writelines(event + b"\n" for event in tell(industry, told, seed))
    elif as_json:
        typer.echo(json.dumps([_object(line, told) for line in truth_of(told)], indent=2))
    else:
        _print(told)


def _object(line: Truth, told: Story) -> dict[str, object]:
    """Under the names of `cxstream report kpi --json`."""
    return {
        "start": line.begins.isoformat(),
        "end": line.ends.isoformat(),
        "segment": {} if line.of is None else {told.by: line.of},
        "kpi": line.kpi,
        "n": line.n,
        "value": line.value,
        "floor_status": line.floor_status,
        "goal_status": line.goal_status,
    }


def _print(told: Story) -> None:
    """The lines of each chapter under the question that the report has to be asked."""
    console = Console(width=None if sys.stdout.isatty() else PIPE_WIDTH)
    console.print(f"{told.summary}\nCX_DIMENSIONS={','.join(told.dimensions)}")
    lines, kpis = truth_of(told), load_kpis(load_registry())
    asked = f"--industry {told.industry} --by {told.by}" if told.industry else f"--by {told.by}"
    for chapter in told.chapters:
        question = f"report kpi --every all --from {chapter.begins} --to {chapter.ends} {asked}"
        table = Table(title=question, title_justify="left", box=SIMPLE, padding=(0, 1, 0, 0))
        for name in (told.by, "KPI"):
            table.add_column(name, no_wrap=True)
        for name in ("n", "value", "floor", "goal"):
            table.add_column(name, justify="right", no_wrap=True)
        for line in lines:
            if line.begins == chapter.begins:
                kpi = kpis[line.kpi]
                shown = step if kpi.entry.change_from else in_unit
                statuses = (status or "" for status in (line.floor_status, line.goal_status))
                table.add_row(line.of or _ALL, line.kpi, f"{line.n:,}", shown(line.value, kpi.unit), *statuses)
        console.print(table)
