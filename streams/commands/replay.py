"""``cxstream replay``: run the log's history again beside the live rows, and prove that the two are equal."""

import asyncio
import json
import shutil
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from aiokafka.errors import KafkaError
from clickhouse_connect.driver.exceptions import ClickHouseError

from schemas.metrics import RegistryError
from sinks.clickhouse.address import AddressError
from sinks.clickhouse.client import connect, describe, is_refused_user, is_unreachable
from sinks.clickhouse.migrate import MigrationError, migrate
from sinks.tls import TlsError
from streams.commands.asking import confirmed, user
from streams.commands.exits import Exit, fail, settings_in_force
from streams.commands.report_options import range_of, zone_of
from streams.connections import clickhouse_access, kafka_client
from streams.core.records import Source
from streams.kafka_access import KafkaRefused, KafkaUnreachable, check_access, refusal
from streams.progress import Progress
from streams.replay.difference import Difference, compare
from streams.replay.live import await_live
from streams.replay.log import LogError, survey
from streams.replay.output import compared, planned, print_difference, print_plan
from streams.replay.plan import Plan, PlanError, Stretch, load_plan
from streams.replay.processes import replay_plan
from streams.replay.promotion import Promotion, Refused
from streams.replay.rows import Rows
from streams.replay.run import Done, finish, result_of
from streams.settings import Settings
from streams.shell.admin import TopicError, connected_admin
from streams.shell.topic_ids import TopicIds

_WRONG: Final = (RegistryError, TlsError, AddressError, MigrationError, TopicError, KafkaRefused, LogError, Refused)
"""Each says in one line what to change."""

group = typer.Typer(no_args_is_help=True)

PlanFile = Annotated[Path, typer.Argument(metavar="PLAN", help="File that `plan` has written", show_default=False)]
AsJson = Annotated[bool, typer.Option("--json", help="A JSON object")]


Yes = Annotated[bool, typer.Option("--yes", help="Do not ask")]


@group.callback()
def replay() -> None:
    """Run history again: `plan` freezes what is read, `run` makes its rows in a database of their own, `diff` compares
    them with the live ones, `promote` puts them in their place, `rollback` takes that back, `drop` cleans up.

    The live worker may run meanwhile. Its offsets, metrics and dead letters are never touched, its rows by `promote`
    and `rollback` alone.

    Exit codes: 0 done, of `diff`: equal; 3 wrong use, or the log does not have the plan's records any more; 4 Kafka or
    ClickHouse cannot be reached; 5 live and replayed rows differ.
    """


@group.command()
def plan(
    file: Annotated[Path, typer.Argument(metavar="PLAN", help="File to write", show_default=False)],
    start: Annotated[
        str | None, typer.Option("--from", metavar="T", help="Rows of this minute of event time and later")
    ] = None,
    end: Annotated[str | None, typer.Option("--to", metavar="T", help="Rows of minutes before this one")] = None,
    tz: Annotated[str, typer.Option(metavar="ZONE", help="IANA zone that times are read in")] = "UTC",
    allow_loss: Annotated[
        bool, typer.Option("--allow-loss", help="Also where retention has deleted the beginning of a log")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Freeze which records are run again, up to the log's present end, and under which settings and registry.

    Every partition is read from its log's start, whatever minutes are asked for: event time is not ordered by offset,
    and open cases, revisions and duplicates are known only to who has read what was before.
    """
    settings = settings_in_force()
    first, last = range_of(start, end, zone_of(tz))
    if file.exists():
        fail(Exit.WRONG_USE, f"{file} exists: a plan is never changed, choose another name")
    with _failures():
        made = Plan(
            made_at=datetime.now(UTC).isoformat(timespec="seconds"),
            code=version("cxstream"),
            database=settings.clickhouse_database,
            first=first,
            last=last,
            configuration=settings.configuration(),
            stretches=tuple(_surveyed(settings)),
        )
    lost = [stretch for stretch in made.stretches if stretch.start > 0]
    if lost and not allow_loss:
        fail(
            Exit.WRONG_USE,
            "records are gone that rows were made of: "
            + "; ".join(f"{each.place} begins at offset {each.start:,}" for each in lost)
            + ". With --allow-loss rows are made of what is left, and differ where it begins",
        )
    file.write_bytes(made.encode())
    if as_json:
        typer.echo(json.dumps(planned(made)))
    else:
        print_plan(made)
        typer.echo(f"plan {made.id} is in {file}; run it with: cxstream replay run {file}")


@group.command()
def run(
    file: PlanFile,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be done, and do nothing")] = False,
    workers: Annotated[int, typer.Option(min=1, metavar="N", help="Processes, each with partitions of its own")] = 1,
    rate: Annotated[
        float | None, typer.Option(min=1, metavar="N", help="At most so many records per second; none is full speed")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Make the rows of a plan in a database of their own, which `diff` reads and CX_CLICKHOUSE_DATABASE may name.

    Killed or ended, the same command goes on where it was, from what it has saved beside the plan.
    """
    made, settings = _loaded(file), settings_in_force()
    if dry_run:
        print_plan(made)
        typer.echo(f"would read {made.records:,} records into database {made.shadow}")
        return
    with _failures(), Progress("replay", made.records) as progress:
        done = _run(made, settings, file, workers, rate, progress)
    accepted, rejected, duplicates = (
        sum(getattr(each, name) for each in done) for name in ("accepted", "rejected", "duplicates")
    )
    result = {
        "plan": made.id,
        "database": made.shadow,
        "accepted": accepted,
        "rejected": rejected,
        "duplicates": duplicates,
    }
    if as_json:
        typer.echo(json.dumps(result))
    else:
        typer.echo(
            f"replayed {accepted:,} events ({duplicates:,} more were duplicates, {rejected:,} rejected) into database "
            f"{made.shadow}; compare with: cxstream replay diff {file}"
        )


@group.command()
def diff(file: PlanFile, as_json: AsJson = False) -> None:
    """Compare live and replayed rows one by one. Live rows that later events have changed are left out and counted."""
    made, settings = _loaded(file), settings_in_force()
    _finished(made, file)
    with _failures(), _clickhouse(settings) as client:
        found = _compare(client, made, settings)
    if as_json:
        typer.echo(json.dumps(compared(made, found)))
    else:
        print_difference(found)
    raise typer.Exit(Exit.DONE if found.equal else Exit.DIFFERENT)


@group.command()
def promote(
    file: PlanFile,
    reason: Annotated[str, typer.Option(metavar="TEXT", help="Why, for the audit in the table replays")],
    yes: Yes = False,
) -> None:
    """Put replayed rows in the place of live ones, while the live worker goes on; `rollback` takes it back.

    Only minutes that no later event can change are taken; where others differ nothing is done. Killed, the same command
    goes on.
    """
    made, settings = _loaded(file), settings_in_force()
    with _failures(), _clickhouse(settings) as client:
        promotion = Promotion(client, made, _finished(made, file), user(), reason, settings.clickhouse_cluster)
        found = _compare(client, made, settings)
        print_difference(found)
        confirmed(yes, f"replace the live rows of database {made.database}")
        written = promotion.promote(found)
    typer.echo(
        f"promoted: {written} metrics' months are written, and what was there is kept in database {made.kept} until "
        f"`drop`; take it back with: cxstream replay rollback {file} --reason TEXT"
    )


@group.command()
def rollback(
    file: PlanFile,
    reason: Annotated[str, typer.Option(metavar="TEXT", help="Why, for the audit in the table replays")],
    yes: Yes = False,
) -> None:
    """Put back the rows that `promote` has replaced. Killed, the same command goes on."""
    made, settings = _loaded(file), settings_in_force()
    with _failures(), _clickhouse(settings) as client:
        promotion = Promotion(client, made, _finished(made, file), user(), reason, settings.clickhouse_cluster)
        confirmed(yes, f"put back the rows of database {made.database} that plan {made.id} has replaced")
        written = promotion.rollback(_compare(client, made, settings))
    typer.echo(f"rolled back: {written} metrics' months are as they were")


@group.command()
def drop(file: PlanFile, yes: Yes = False) -> None:
    """Delete a plan's replayed rows, those that `promote` has replaced, and what the run has saved. The plan stays."""
    made, settings = _loaded(file), settings_in_force()
    confirmed(yes, f"delete databases {made.shadow} and {made.kept}")
    on_cluster = f"ON CLUSTER {settings.clickhouse_cluster}" if settings.clickhouse_cluster else ""
    with _failures(), _clickhouse(settings) as client:
        for database in (made.shadow, made.kept):
            client.command(f"DROP DATABASE IF EXISTS {database} {on_cluster} SYNC")
    shutil.rmtree(_directory(file), ignore_errors=True)
    typer.echo(f"databases {made.shadow} and {made.kept} are deleted")


def _compare(client: Any, made: Plan, settings: Settings) -> Difference:
    for line in await_live(made, settings):
        typer.echo(f"warning: {line}; live rows of what comes after may be missing", err=True)
    return compare(Rows(client, made, made.database), Rows(client, made, made.shadow))


def _finished(made: Plan, file: Path) -> tuple[Done, ...]:
    done = result_of(made, _directory(file))
    if done is None:
        fail(Exit.WRONG_USE, f"the plan is not run to its end yet: cxstream replay run {file}")
    return done


def _surveyed(settings: Settings) -> list[Stretch]:
    client = kafka_client(settings)
    check_access(client)
    topics = (settings.touchpoints_topic, settings.surveys_topic)
    ids = _topic_ids(settings, topics)
    with connected_admin(settings) as admin:
        partitions = {each["name"]: len(each["partitions"]) for each in admin.describe_topics(list(topics))}
    sources = [Source(topic, ids[topic], number) for topic in topics for number in range(partitions[topic])]
    return asyncio.run(survey(client, sources))


def _topic_ids(settings: Settings, topics: Collection[str]) -> dict[str, str]:
    ids = TopicIds(settings)
    try:
        return ids(topics)
    finally:
        ids.close()


def _run(
    made: Plan, settings: Settings, file: Path, workers: int, rate: float | None, progress: Progress
) -> list[Done]:
    check_access(kafka_client(settings))
    _check_topics(made, settings)
    with _clickhouse(settings) as schema:
        migrate(schema, made.configuration.registry, made.shadow, settings.clickhouse_cluster)
    directory = _directory(file)
    directory.mkdir(exist_ok=True)
    done = replay_plan(made, file, directory, workers, rate, progress.show)
    finish(made, done, directory)
    return done


def _check_topics(made: Plan, settings: Settings) -> None:
    now = _topic_ids(settings, {stretch.topic for stretch in made.stretches})
    for stretch in made.stretches:
        if now[stretch.topic] != stretch.topic_id:
            raise LogError(f"topic {stretch.topic} was created anew since the plan was made: make a new one")


def _loaded(file: Path) -> Plan:
    try:
        return load_plan(file)
    except PlanError as error:
        fail(Exit.WRONG_USE, str(error))
    except OSError as error:
        fail(Exit.WRONG_USE, f"{file}: {error.strerror}; make one with: cxstream replay plan {file}")


def _directory(file: Path) -> Path:
    """Where a run saves what it knows."""
    return file.with_name(f"{file.name}.run")


@contextmanager
def _clickhouse(settings: Settings) -> Iterator[Any]:
    client = connect(**clickhouse_access(settings))
    try:
        yield client
    finally:
        client.close()


@contextmanager
def _failures() -> Iterator[None]:
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
