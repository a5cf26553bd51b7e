"""The command line ``cxstream``, also ``python -m streams``."""

import sys
from collections.abc import Callable
from importlib import import_module
from typing import Any, Final, cast

import typer

from streams.commands.exits import Exit

COMMANDS: Final = ("local", "worker", "migrate", "settings", "publish", "import", "report", "kpis")
"""Each is the function of the same name in ``streams.commands`` (``import`` is a Python keyword: ``import_events``)."""

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
    function = "import_events" if name == "import" else name
    return cast(Callable[..., None], getattr(import_module(f"streams.commands.{function}"), function))


def main() -> None:
    """Run the command named on the command line; only that command's module and its libraries are loaded."""
    app.callback()(lambda: None)  # or Typer would drop the name of a command that is the only one
    wanted = {word for word in sys.argv[1:2] if word in COMMANDS} or COMMANDS
    for name in COMMANDS:
        if name in wanted:
            app.command(name)(command(name))
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
