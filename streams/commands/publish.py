"""``cxstream publish``: event files to Kafka."""

import json
from typing import Annotated

import typer

from sinks.tls import TlsError
from streams.commands.exits import Exit, fail, require_files, settings_in_force
from streams.connections import kafka_client
from streams.customers import customer_key
from streams.kafka_access import KafkaRefused, KafkaUnreachable
from streams.progress import Progress
from streams.publishing.event_files import BadLine, PublishResult, Topics, publish_lines, read_lines


def publish(
    files: Annotated[
        list[str],
        typer.Argument(
            metavar="FILE",
            help="JSON Lines of CloudEvents, plain, gzip or zstd; - is standard input",
            show_default=False,
        ),
    ],
    rate: Annotated[float | None, typer.Option(min=0.001, help="Events per second at most")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the summary as JSON")] = False,
) -> None:
    """Publish event files to the topics of their types, under the keys of their customers, byte for byte.

    Surveys go to one topic, all other events to another (CX_SURVEYS_TOPIC, CX_TOUCHPOINTS_TOPIC). The record key is the
    event's customer, or its subject without one. With CX_CUSTOMER_KEY the customer becomes a pseudonym; everything else
    stays as written. A line that is no event is named and the others still go.

    Exit codes: 0 all published; 2 some lines were bad; 3 wrong use, or Kafka refuses us; 4 Kafka cannot be reached.
    """
    settings = settings_in_force()
    require_files(files)
    topics = Topics(settings.touchpoints_topic, settings.surveys_topic)
    try:
        with Progress("published") as progress:
            result = publish_lines(
                read_lines(files),
                kafka_client(settings),
                topics,
                customers=customer_key(settings),
                rate=rate,
                report=report_bad_line,
                progress=progress.show,
            )
    except KafkaUnreachable as error:
        fail(Exit.UNREACHABLE, str(error))
    except (KafkaRefused, TlsError, OSError) as error:
        fail(Exit.WRONG_USE, str(error))
    typer.echo(json.dumps(result._asdict()) if as_json else summary(result))
    raise typer.Exit(Exit.PARTLY_BAD if result.bad_lines else Exit.DONE)


def report_bad_line(bad: BadLine) -> None:
    """Name a line that was not published."""
    typer.echo(f"{bad.file}:{bad.number}: {bad.reason}", err=True)


def summary(result: PublishResult) -> str:
    """One line on what was published."""
    per_topic = ", ".join(f"{count:,} to {topic}" for topic, count in result.published.items())
    return f"published {sum(result.published.values()):,} events ({per_topic}), {result.bad_lines:,} bad lines"
