"""The digest of everything stored: two databases with one digest hold the same."""

import json
from pathlib import Path

import typer

from streams.commands.report_options import opened
from streams.commands.reports.request import Form
from streams.digest import digest
from streams.settings import Settings


def report_digest(metric: str | None, settings: Settings, data_dir: Path | None, form: Form) -> None:
    """Of all cells, or of those of one metric."""
    with opened(settings, data_dir) as client:
        result = digest(client, settings.clickhouse_database, metric)
    typer.echo(
        json.dumps(result._asdict()) if form == "json" else f"sha256:{result.sha256} over {result.cells:,} cells"
    )
