"""``cxstream settings``: the settings in force, and the table of all of them."""

import json
from typing import Annotated, Any

import typer
from pydantic import SecretStr
from rich.console import Console
from rich.table import Table

from streams.commands.exits import settings_in_force
from streams.setting_sources import PREFIX
from streams.settings import Settings

MASK = "********"


def settings(
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object of names and values")] = False,
    table: Annotated[
        bool, typer.Option("--table", help="Print all settings with default and meaning as a Markdown table")
    ] = False,
) -> None:
    """Show every setting with the value in force; secrets are masked.

    A setting is an environment variable, a line of the YAML file that CX_SETTINGS_FILE names (`flush_seconds: 2`), or,
    for a secret, the content of the file that CX_<NAME>_FILE names.

    Exit codes: 0 done; 3 a setting is wrong.
    """
    if table:
        typer.echo(reference())
        return
    values = {PREFIX + name.upper(): _shown(value) for name, value in settings_in_force()}
    if as_json:
        typer.echo(json.dumps(values, indent=2))
        return
    listing = Table("setting", "value", box=None)
    for name, value in values.items():
        listing.add_row(name, str(value))
    Console(soft_wrap=True).print(listing)


def reference() -> str:
    """All settings as a Markdown table with their defaults, for the README."""
    lines = ["| setting | default | meaning |", "| --- | --- | --- |"]
    for name, field in Settings.model_fields.items():
        default = _shown(field.default)
        shown = f"`{default}`" if default not in (None, "") else "-"
        lines.append(f"| `{PREFIX}{name.upper()}` | {shown} | {field.description} |")
    return "\n".join(lines)


def _shown(value: Any) -> Any:
    """The value as people write it in the environment; a secret that is set only as a mask."""
    if isinstance(value, SecretStr):
        return MASK if value.get_secret_value() else ""
    if isinstance(value, tuple):
        return ",".join(value)
    if isinstance(value, bool):
        return str(value).lower()
    return value if value is None or isinstance(value, int | float | str) else str(value)
