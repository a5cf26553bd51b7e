"""The command line ``cxstream``, also ``python -m streams``."""

import sys
from importlib import import_module

import typer

COMMANDS = ("local", "worker", "migrate", "settings", "publish", "import", "report")
"""Each is the function of the same name in ``streams.commands`` (``import`` is a Python keyword: ``import_events``)."""

app = typer.Typer(
    name="cxstream",
    help="Live NPS, CSAT and response-time metrics from Kafka to ClickHouse and Prometheus.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


def main() -> None:
    """Run the command named on the command line; only that command's module and its libraries are loaded."""
    wanted = {word for word in sys.argv[1:2] if word in COMMANDS} or COMMANDS
    for name in COMMANDS:
        if name in wanted:
            function = "import_events" if name == "import" else name
            app.command(name)(getattr(import_module(f"streams.commands.{function}"), function))
    app()


if __name__ == "__main__":
    main()
