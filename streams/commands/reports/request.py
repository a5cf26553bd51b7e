"""What every kind of report is asked with."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final, Literal, NamedTuple
from zoneinfo import ZoneInfo

import typer

from schemas.languages import Language
from schemas.metrics import Metric
from streams.commands.exits import Exit, fail
from streams.commands.report_options import opened
from streams.reporting.asked import Asked
from streams.reporting.contents import Contents
from streams.reporting.periods import Every
from streams.reporting.suppression import Suppression
from streams.settings import Settings

PRIVATE: Final = 5
"""Answers from which on a segment tells of no single customer (domain.md 4.8)."""

Form = Literal["table", "json", "csv"]


class Request(NamedTuple):
    """The options that all reports share, read."""

    settings: Settings
    data_dir: Path | None
    """Of a local stack; None: the ClickHouse of the settings."""
    form: Form
    language: Language
    every: Every
    zone: ZoneInfo
    start: int | None
    end: int | None
    by: tuple[str, ...]
    where: Mapping[str, Sequence[str]]
    least: int | None
    """Segments with fewer facts are left out; None: as privacy asks for."""

    @property
    def asked(self) -> Asked:
        """The periods and segments."""
        return Asked(self.every, self.zone, self.start, self.end, self.by, self.where)

    @contextmanager
    def contents(self) -> Iterator[Contents]:
        """What is stored; a failure leaves with the exit code that says why."""
        with opened(self.settings, self.data_dir) as client:
            yield Contents(client, self.settings.clickhouse_database)

    def suppression(self, *metrics: Metric) -> Suppression:
        """What leaves out the small segments of a report on these metrics: unless --least says otherwise those with
        fewer than `PRIVATE` of what customers said of themselves. How work went tells of nobody's opinion."""
        said = any(metric.kind in ("answers", "gap") for metric in metrics)
        return Suppression(self.least or (PRIVATE if said and self.by else 1))

    def tell(self, *suppressions: Suppression) -> None:
        """Say on standard error how many lines were left out, if any."""
        left_out: Counter[int] = Counter()
        for each in suppressions:
            left_out[each.least] += each.left_out
        for least, lines in left_out.items():
            if lines:
                what = f"{lines:,} lines are left out: segments with fewer than {least} facts"
                typer.echo(f"{what}, and those from which they would follow (--least)", err=True)


def form_of(as_json: bool, as_csv: bool) -> Form:
    """How the lines are written."""
    if as_json and as_csv:
        fail(Exit.WRONG_USE, "--json and --csv exclude each other")
    return "json" if as_json else "csv" if as_csv else "table"


def refuse(options: Mapping[str, object], what: str, hint: str) -> None:
    """Leave with `Exit.WRONG_USE` where an option is given that ``what`` does not have."""
    given = [name for name, value in options.items() if value]
    if given:
        fail(Exit.WRONG_USE, f"{what} no {' or '.join(given)}: {hint}")
