"""The command line ``cxstream``, also ``python -m streams``."""

import sys
from collections.abc import Callable
from importlib import import_module
from types import ModuleType
from typing import Any, Final, cast

import typer

from streams.commands.exits import Exit

COMMANDS: Final = (
    "local",
    "worker",
    "migrate",
    "settings",
    "publish",
    "story",
    "import",
    "erase",
    "calendars",
    "sla",
    "report",
    "kpis",
    "targets",
    "initiatives",
    "dead-letters",
    "replay",
)
"""Each is the function of the same name in ``streams.commands``, with ``_`` for ``-`` (``import`` is a Python keyword:
``import_events``). One that has commands of its own is the callback of ``group`` there."""

UsageError: Final[Any] = typer.BadParameter.__base__
"""Wrong use of the command line; typer carries its own copy of click and gives this class no public name."""

app = typer.Typer(
    name="cxstream",
    help="Live NPS, CSAT and response-time metrics from Kafka to ClickHouse and Prometheus.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
)


def command(name: str) -> Callable[..., None]:
    """The function behind a command of `COMMANDS`."""
    function = _function(name)
    return cast(Callable[..., None], getattr(_module(function), function))


def _function(name: str) -> str:
    return "import_events" if name == "import" else name.replace("-", "_")


def _module(function: str) -> ModuleType:
    return import_module(f"streams.commands.{function}")


def main() -> None:
    """Run the command named on the command line; only that command's module and its libraries are loaded."""
    app.callback()(lambda: None)  # or Typer would drop the name of a command that is the only one
    wanted = {word for word in sys.argv[1:2] if word in COMMANDS} or COMMANDS
    for name in COMMANDS:
        if name in wanted:
            group: typer.Typer | None = getattr(_module(_function(name)), "group", None)
            if group is None:
                app.command(name)(command(name))
            else:
                app.add_typer(group, name=name)
    try:
        code = app(standalone_mode=False)
    except UsageError as error:
        error.show()
        code = Exit.WRONG_USE
    except (typer.Abort, KeyboardInterrupt):
        code = Exit.INTERRUPTED
    sys.exit(code or Exit.DONE)


if __name__ == "__main__":
    main()
