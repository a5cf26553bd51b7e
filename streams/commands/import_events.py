"""``cxstream import``: rows of CSV files to events."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, BinaryIO

import typer

from schemas.metrics import RegistryError
from sinks.tls import TlsError
from streams.commands.exits import Exit, fail, require_files, settings_in_force
from streams.commands.publish import report_bad_line, summary
from streams.connections import kafka_client
from streams.core.configuration import Configuration
from streams.customers import CustomerKey, customer_key
from streams.importing.conversion import Failure, import_files
from streams.importing.mapping import EventMapping, MappingError, load_mapping
from streams.input_files import STANDARD_INPUT
from streams.kafka_access import KafkaRefused, KafkaUnreachable
from streams.progress import Progress
from streams.publishing.event_files import BadLine, Line, Topics, publish_lines
from streams.settings import Settings

_PROGRESS_EVENTS = 2_000
"""About 20 times a second."""


def import_events(
    mapping: Annotated[
        Path, typer.Argument(metavar="MAPPING", help="YAML file that says how rows become events", show_default=False)
    ],
    files: Annotated[
        list[str],
        typer.Argument(metavar="FILE", help="CSV, plain, gzip or zstd; - is standard input", show_default=False),
    ],
    out: Annotated[
        str, typer.Option(metavar="FILE", help="Write the events there as JSON Lines; - is standard output")
    ] = STANDARD_INPUT,
    to_kafka: Annotated[bool, typer.Option("--publish", help="Publish the events instead of writing them")] = False,
    rate: Annotated[float | None, typer.Option(min=0.001, help="With --publish: events per second at most")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the summary as JSON")] = False,
) -> None:
    """Turn the rows of CSV files into events, and write or publish them in the order of the rows.

    The mapping language is explained in streams/importing/mapping.py, with examples in tests/mappings. An event that a
    row should give and does not, or that a worker would refuse, is named with its line and the reason; the others still
    go. With CX_CUSTOMER_KEY customers become pseudonyms. The summary goes to standard output, or to standard error when
    the events themselves go there.

    Exit codes: 0 all imported; 2 some rows failed; 3 wrong use or mapping, or Kafka refuses us; 4 Kafka cannot be
    reached.
    """
    if to_kafka and out != STANDARD_INPUT:
        fail(Exit.WRONG_USE, "--out and --publish exclude each other")
    if rate and not to_kafka:
        fail(Exit.WRONG_USE, "--rate needs --publish")
    settings = settings_in_force()
    require_files([str(mapping), *files])
    try:
        lines = _lines(load_mapping(mapping), files, settings.configuration(), customer_key(settings))
        bad_lines = _publish(lines, settings, rate, as_json) if to_kafka else _write(lines, out, as_json)
    except KafkaUnreachable as error:
        fail(Exit.UNREACHABLE, str(error))
    except BrokenPipeError:
        raise  # whoever read the events has seen enough
    except (KafkaRefused, TlsError, MappingError, RegistryError, OSError) as error:
        fail(Exit.WRONG_USE, str(error))
    raise typer.Exit(Exit.PARTLY_BAD if bad_lines else Exit.DONE)


def _lines(
    mapping: EventMapping, files: list[str], configuration: Configuration, customers: CustomerKey | None
) -> Iterator[Line | BadLine]:
    for item in import_files(mapping, files, configuration, customers):
        if isinstance(item, Failure):
            yield BadLine(item.file, item.line, f"{item.event}: {item.reason}")
        else:
            yield Line(item.file, item.line, item.event)


def _publish(lines: Iterator[Line | BadLine], settings: Settings, rate: float | None, as_json: bool) -> int:
    topics = Topics(settings.touchpoints_topic, settings.surveys_topic)
    with Progress("published") as progress:
        result = publish_lines(
            lines, kafka_client(settings), topics, rate=rate, report=report_bad_line, progress=progress.show
        )
    typer.echo(json.dumps(result._asdict()) if as_json else summary(result))
    return result.bad_lines


def _write(lines: Iterator[Line | BadLine], out: str, as_json: bool) -> int:
    if out == STANDARD_INPUT:
        return _write_to(sys.stdout.buffer, lines, as_json, summary_to_stderr=True)
    with open(out, "wb") as stream:
        return _write_to(stream, lines, as_json, summary_to_stderr=False)


def _write_to(stream: BinaryIO, lines: Iterator[Line | BadLine], as_json: bool, summary_to_stderr: bool) -> int:
    written = bad_lines = 0
    with Progress("imported") as progress:
        for line in lines:
            if isinstance(line, BadLine):
                bad_lines += 1
                report_bad_line(line)
                continue
            stream.write(line.value + b"\n")
            written += 1
            if written % _PROGRESS_EVENTS == 0:
                progress.show(written)
    stream.flush()
    text = f"imported {written:,} events, {bad_lines:,} failures"
    typer.echo(json.dumps({"imported": written, "failures": bad_lines}) if as_json else text, err=summary_to_stderr)
    return bad_lines
