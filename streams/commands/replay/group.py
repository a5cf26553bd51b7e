"""What the commands of ``cxstream replay`` share: their group, the plan's file, and how failures are told."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from aiokafka.errors import KafkaError
from clickhouse_connect.driver.exceptions import ClickHouseError

from schemas.metrics import RegistryError
from sinks.clickhouse.address import AddressError
from sinks.clickhouse.client import connect, describe, is_refused_user, is_unreachable
from sinks.clickhouse.migrate import MigrationError
from sinks.tls import TlsError
from streams.commands.exits import Exit, fail
from streams.connections import clickhouse_access
from streams.kafka_access import KafkaRefused, KafkaUnreachable, refusal
from streams.replay.log import LogError
from streams.replay.plan import Plan, PlanError, load_plan
from streams.replay.promotion import Refused
from streams.settings import Settings
from streams.shell.admin import TopicError

_WRONG: Final = (RegistryError, TlsError, AddressError, MigrationError, TopicError, KafkaRefused, LogError, Refused)
"""Each says in one line what to change."""

PlanFile = Annotated[Path, typer.Argument(metavar="PLAN", help="File that `plan` has written", show_default=False)]
NewPlanFile = Annotated[Path, typer.Argument(metavar="PLAN", help="File to write", show_default=False)]
Reason = Annotated[str, typer.Option(metavar="TEXT", help="Why, for the audit in the table replays")]
Workers = Annotated[int, typer.Option(min=1, metavar="N", help="Processes, each with partitions of its own")]
AsJson = Annotated[bool, typer.Option("--json", help="A JSON object; progress as lines of JSON on standard error")]
AllowLoss = Annotated[
    bool, typer.Option("--allow-loss", help="Also where retention has deleted the beginning of a log")
]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask")]

group = typer.Typer(no_args_is_help=True)


@group.callback()
def replay() -> None:
    """Run history again: `plan` freezes what is read, `run` makes its rows in a database of their own, `diff` compares
    them with the live ones, `promote` puts them in their place, `rollback` takes that back, `drop` cleans up. `rebuild`
    is all of it in one after ClickHouse was lost; `publish` sends a plan's records to another topic.

    The live worker may run meanwhile. Its offsets, metrics and dead letters are never touched, its rows by `promote`
    and `rollback` alone.

    Exit codes: 0 done, of `diff` and `rebuild`: equal; 3 wrong use, or the log does not have the plan's records any
    more; 4 Kafka or ClickHouse cannot be reached; 5 live and replayed rows differ.
    """


def loaded(file: Path) -> Plan:
    try:
        return load_plan(file)
    except PlanError as error:
        fail(Exit.WRONG_USE, str(error))
    except OSError as error:
        fail(Exit.WRONG_USE, f"{file}: {error.strerror}; make one with: cxstream replay plan {file}")


def directory(file: Path) -> Path:
    """Where a run saves what it knows."""
    return file.with_name(f"{file.name}.run")


@contextmanager
def clickhouse(settings: Settings) -> Iterator[Any]:
    client = connect(**clickhouse_access(settings))
    try:
        yield client
    finally:
        client.close()


@contextmanager
def failures() -> Iterator[None]:
    """Leaves with one line and the exit code of whatever goes wrong with Kafka or ClickHouse."""
    try:
        yield
    except (*_WRONG, OSError) as error:
        fail(Exit.WRONG_USE, str(error))
    except KafkaUnreachable as error:
        fail(Exit.UNREACHABLE, str(error))
    except KafkaError as error:
        if refused := refusal(error):
            fail(Exit.WRONG_USE, str(refused))
        fail(Exit.UNREACHABLE, f"Kafka: {error}")
    except ClickHouseError as error:
        if is_unreachable(error):
            fail(Exit.UNREACHABLE, f"{describe(error)}; see CX_CLICKHOUSE_URL")
        fail(Exit.WRONG_USE if is_refused_user(error) else Exit.UNEXPECTED, describe(error))
