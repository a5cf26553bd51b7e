"""``cxstream replay plan``: what is read again is frozen."""

import asyncio
import json
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from streams.commands.exits import Exit, fail, settings_in_force
from streams.commands.replay.group import AllowLoss, AsJson, NewPlanFile, failures, group
from streams.commands.report_options import range_of, where_of, zone_of
from streams.connections import kafka_client
from streams.core.records import Source
from streams.kafka_access import check_access
from streams.replay.log import survey
from streams.replay.output import planned, print_plan
from streams.replay.plan import Plan, Stretch
from streams.settings import Settings
from streams.shell.admin import connected_admin
from streams.shell.topic_ids import TopicIds

Range = tuple[int | None, int | None]


@group.command()
def plan(
    file: NewPlanFile,
    start: Annotated[
        str | None, typer.Option("--from", metavar="T", help="Rows of this minute of event time and later")
    ] = None,
    end: Annotated[str | None, typer.Option("--to", metavar="T", help="Rows of minutes before this one")] = None,
    tz: Annotated[str, typer.Option(metavar="ZONE", help="IANA zone that times are read in")] = "UTC",
    topic: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="Only this topic's records; again for another one")
    ] = None,
    partition: Annotated[
        list[int] | None, typer.Option(metavar="N", help="Only partitions of this number; again for further ones")
    ] = None,
    offsets: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help='Records before these offsets, JSON such as {"cx.surveys": {"0": 1200}}; others to now'
        ),
    ] = None,
    where: Annotated[
        list[str] | None, typer.Option(metavar="DIM=VALUE", help="Only rows with this value; again for further ones")
    ] = None,
    allow_loss: AllowLoss = False,
    as_json: AsJson = False,
) -> None:
    """Freeze which records are run again, up to the log's present end, and under which settings and registry.

    Every partition is read from its log's start, whatever minutes are asked for: event time is not ordered by offset,
    and open cases, revisions and duplicates are known only to who has read what was before.
    """
    settings, range_ = settings_in_force(), range_of(start, end, zone_of(tz))
    with failures():
        stretches = surveyed(settings, topic or (), partition or (), _offsets(offsets))
        made = new_plan(file, settings, stretches, range_, where_of(where or []), allow_loss)
    if as_json:
        typer.echo(json.dumps(planned(made)))
    else:
        print_plan(made)
        typer.echo(f"plan {made.id} is in {file}; run it with: cxstream replay run {file}")


def new_plan(
    file: Path,
    settings: Settings,
    stretches: Sequence[Stretch],
    range_: Range = (None, None),
    where: dict[str, list[str]] | None = None,
    allow_loss: bool = False,
) -> Plan:
    """A plan of these stretches, in ``file``: rows of a range of minutes (s since 1970) with certain values."""
    if file.exists():
        fail(Exit.WRONG_USE, f"{file} exists: a plan is never changed, choose another name")
    made = Plan(
        made_at=datetime.now(UTC).isoformat(timespec="seconds"),
        code=version("cxstream"),
        database=settings.clickhouse_database,
        first=range_[0],
        last=range_[1],
        configuration=settings.configuration(),
        where=where or {},
        erased=settings.erased_contributions,
        stretches=tuple(stretches),
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
    return made


def surveyed(
    settings: Settings,
    topics: Collection[str] = (),
    partitions: Collection[int] = (),
    offsets: Mapping[str, Mapping[int, int]] | None = None,
) -> list[Stretch]:
    """What the topics have now. ``topics`` and ``partitions``: only those, none means all; ``offsets``: only records
    before these."""
    client = kafka_client(settings)
    check_access(client)
    known = (settings.touchpoints_topic, settings.surveys_topic)
    if unknown := set(topics).difference(known):
        fail(Exit.WRONG_USE, f"--topic {', '.join(sorted(unknown))}: workers read {' and '.join(known)}")
    wanted = [topic for topic in known if topic in topics or not topics]
    ids = topic_ids(settings, wanted)
    with connected_admin(settings) as admin:
        count = {each["name"]: len(each["partitions"]) for each in admin.describe_topics(wanted)}
    numbers = [(topic, number) for topic in wanted for number in range(count[topic])]
    if missing := set(partitions).difference(number for _, number in numbers):
        fail(Exit.WRONG_USE, f"--partition {', '.join(map(str, sorted(missing)))}: no topic has as many")
    ends = {(topic, number): end for topic, of in (offsets or {}).items() for number, end in of.items()}
    if unknown_ends := ends.keys() - set(numbers):
        fail(
            Exit.WRONG_USE,
            f"--offsets names what is not read: {', '.join(f'{t}/{n}' for t, n in sorted(unknown_ends))}",
        )
    sources = {
        Source(topic, ids[topic], number): ends.get((topic, number))
        for topic, number in numbers
        if number in partitions or not partitions
    }
    return asyncio.run(survey(client, sources))


def _offsets(file: Path | None) -> dict[str, dict[int, int]]:
    try:
        return msgspec.json.decode(file.read_bytes(), type=dict[str, dict[int, int]]) if file else {}
    except OSError as error:
        fail(Exit.WRONG_USE, f"--offsets {file}: {error.strerror}")
    except msgspec.DecodeError as error:
        fail(Exit.WRONG_USE, f'--offsets {file}: {error}; write {{"cx.surveys": {{"0": 1200}}}}')


def topic_ids(settings: Settings, topics: Collection[str]) -> dict[str, str]:
    """The ids that topics have now."""
    ids = TopicIds(settings)
    try:
        return ids(topics)
    finally:
        ids.close()
