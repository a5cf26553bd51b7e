"""``cxstream replay run`` and ``publish``: what reads a plan's records again."""

import asyncio
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from prometheus_client import start_http_server

from sinks.clickhouse.migrate import migrate
from sinks.prometheus.replay import ReplaySink
from streams.commands.exits import Exit, fail, settings_in_force
from streams.commands.replay.group import (
    AsJson,
    PlanFile,
    Workers,
    clickhouse,
    directory,
    failures,
    group,
    loaded,
)
from streams.commands.replay.planning import surveyed, topic_ids
from streams.commands.report_options import range_of, zone_of
from streams.connections import kafka_client
from streams.kafka_access import check_access
from streams.progress import Progress
from streams.replay.erased import erased_customers
from streams.replay.log import LogError
from streams.replay.output import print_plan
from streams.replay.plan import Plan
from streams.replay.processes import replay_plan
from streams.replay.republishing import Wanted, republish
from streams.replay.run import Done, finish, known_erased, save_erased
from streams.settings import Settings


@group.command()
def run(
    file: PlanFile,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be done, and do nothing")] = False,
    workers: Workers = 1,
    rate: Annotated[
        float | None, typer.Option(min=1, metavar="N", help="At most so many records per second; none is full speed")
    ] = None,
    metrics_port: Annotated[
        int | None,
        typer.Option(min=1, max=65535, metavar="PORT", help="Tell Prometheus there how far it is, on CX_METRICS_HOST"),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Make the rows of a plan in a database of their own, which `diff` reads and CX_CLICKHOUSE_DATABASE may name.

    Killed or ended, the same command goes on where it was, from what it has saved beside the plan. Ctrl-Z makes it
    pause, `fg` go on.
    """
    made, settings = loaded(file), settings_in_force()
    if dry_run:
        print_plan(made)
        typer.echo(f"would read {made.records:,} records into database {made.shadow}")
        return
    with failures(), _shown(made, settings, metrics_port) as sink:
        done = make_rows(made, settings, file, workers, rate, sink, as_json)
    counts = {
        name: sum(getattr(each, name) for each in done) for name in ("accepted", "rejected", "duplicates", "erased")
    }
    if as_json:
        typer.echo(json.dumps({"plan": made.id, "database": made.shadow} | counts))
    else:
        left_out = f", {counts['erased']:,} of erased customers" if counts["erased"] else ""
        typer.echo(
            f"replayed {counts['accepted']:,} events ({counts['duplicates']:,} more were duplicates, "
            f"{counts['rejected']:,} rejected{left_out}) into database {made.shadow}; compare with: "
            f"cxstream replay diff {file}"
        )


@group.command()
def publish(
    file: PlanFile,
    to_topic: Annotated[str, typer.Option(metavar="NAME", help="Topic they go to; none that a worker of ours reads")],
    speed: Annotated[
        str, typer.Option(metavar="1x|10x|max", help="1x keeps the distances in time they had, 10x makes them a tenth")
    ] = "1x",
    topic: Annotated[str | None, typer.Option(metavar="NAME", help="Only records of this topic of the plan")] = None,
    start: Annotated[
        str | None, typer.Option("--from", metavar="T", help="Records that Kafka got then or later")
    ] = None,
    end: Annotated[str | None, typer.Option("--to", metavar="T", help="Records that Kafka got before")] = None,
    tz: Annotated[str, typer.Option(metavar="ZONE", help="IANA zone that times are read in")] = "UTC",
    header: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="Header that records keep; again for further ones")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Publish a plan's records to another topic, with their keys and bytes, for load tests and rehearsals.

    In the order of their Kafka timestamps, and of each partition's log. The source topics and all rows stay the same.
    Customers who are erased by now are left out.
    """
    made, settings = loaded(file), settings_in_force()
    ours = (settings.touchpoints_topic, settings.surveys_topic, settings.dead_letters_topic, settings.checkpoints_topic)
    if to_topic in ours or to_topic in {each.topic for each in made.stretches}:
        fail(Exit.WRONG_USE, f"--to-topic {to_topic} is a topic that workers read or write: take one of its own")
    stretches = [each for each in made.stretches if topic in (None, each.topic)]
    if not stretches:
        fail(Exit.WRONG_USE, f"--topic {topic} is not in the plan, which has {', '.join(_topics(made))}")
    first, last = (None if at is None else at * 1_000 for at in range_of(start, end, zone_of(tz)))
    wanted = Wanted(stretches, to_topic, _factor(speed), frozenset(header or ()), first, last)
    total = sum(each.end - each.start for each in stretches) if first is last is None else None
    with failures(), Progress("published", total, as_json) as progress:
        _check_topics(made, settings)
        client = kafka_client(settings)
        erased = asyncio.run(erased_customers(client, surveyed(settings), made.configuration))
        published = asyncio.run(republish(wanted, erased, client, progress.show))
    if as_json:
        typer.echo(json.dumps({"plan": made.id, "topic": to_topic, "published": published}))
    else:
        typer.echo(f"published {published:,} records to {to_topic}")


def make_rows(
    made: Plan,
    settings: Settings,
    file: Path,
    workers: int,
    rate: float | None = None,
    sink: ReplaySink | None = None,
    as_json: bool = False,
) -> list[Done]:
    """Runs the plan in ``file``, showing how far it is; what became of each of its stretches."""
    _check_topics(made, settings)
    with clickhouse(settings) as schema:
        migrate(schema, made.configuration.registry, made.shadow, settings.clickhouse_cluster)
    directory(file).mkdir(exist_ok=True)
    if made.erased == "withdraw" and known_erased(made, directory(file)) is None:
        erased = erased_customers(kafka_client(settings), made.stretches, made.configuration)
        save_erased(made, asyncio.run(erased), directory(file))
    with Progress("replay", made.records, as_json) as progress:

        def show(records: int) -> None:
            progress.show(records)
            if sink:
                sink.read = records

        done = replay_plan(made, file, directory(file), workers, rate, show)
    finish(made, done, directory(file))
    return done


def _check_topics(made: Plan, settings: Settings) -> None:
    check_access(kafka_client(settings))
    now = topic_ids(settings, _topics(made))
    for stretch in made.stretches:
        if now[stretch.topic] != stretch.topic_id:
            raise LogError(f"topic {stretch.topic} was created anew since the plan was made: make a new one")


def _topics(made: Plan) -> list[str]:
    return list(dict.fromkeys(stretch.topic for stretch in made.stretches))


def _factor(speed: str) -> float | None:
    if speed == "max":
        return None
    try:
        factor = float(speed.removesuffix("x"))
    except ValueError:
        factor = 0.0
    if not speed.endswith("x") or not 0 < factor < float("inf"):
        fail(Exit.WRONG_USE, f"--speed {speed!r} is no speed: write 1x, 10x, 0.5x or max")
    return factor


@contextmanager
def _shown(made: Plan, settings: Settings, port: int | None) -> Iterator[ReplaySink | None]:
    """Serves what Prometheus reads while the run goes on; without a port nothing."""
    if port is None:
        yield None
        return
    sink = ReplaySink(made.id, made.records)
    server, thread = start_http_server(port, settings.metrics_host, sink.registry)
    try:
        yield sink
    finally:
        server.shutdown()
        thread.join()
