"""``cxstream erase``: customers who asked to be forgotten."""

import json
import sys
from datetime import UTC, datetime
from typing import Annotated

import msgspec
import typer

from schemas.events import Customer
from sinks.tls import TlsError
from streams.commands.exits import Exit, fail, settings_in_force
from streams.commands.report_options import time_of, zone_of
from streams.connections import kafka_client
from streams.customers import customer_key
from streams.kafka_access import KafkaRefused, KafkaUnreachable
from streams.publishing.erasing import erase as publish_erasures
from streams.publishing.event_files import Topics


def erase(
    customers: Annotated[
        list[str],
        typer.Argument(
            metavar="CUSTOMER", help="References as events have them; - reads one per line", show_default=False
        ),
    ],
    until: Annotated[
        str | None, typer.Option(metavar="T", help="Forget what happened up to then; without it up to now")
    ] = None,
    tz: Annotated[str, typer.Option(metavar="ZONE", help="IANA zone that --until is read in")] = "UTC",
    as_json: Annotated[bool, typer.Option("--json", help="Print the summary as JSON")] = False,
) -> None:
    """Tell every worker and replay that customers are erased: what they did until then is left out from now on.

    Late and repeated events of theirs, redriven dead letters and imports count nowhere. What was counted before stays
    counted, for rows name nobody; with CX_ERASED_CONTRIBUTIONS=withdraw the next replay makes rows without it. Kafka
    keeps the events themselves until its retention ends. With CX_CUSTOMER_KEY references become pseudonyms first.

    Exit codes: 0 done; 3 wrong use, or Kafka refuses us; 4 Kafka cannot be reached, the same command may be repeated.
    """
    settings = settings_in_force()
    now, wanted = datetime.now(UTC), time_of(until, zone_of(tz))
    moment = now if wanted is None else datetime.fromtimestamp(wanted, UTC)
    if moment > now:
        fail(Exit.WRONG_USE, f"--until {until} is yet to come")
    names = [line.strip() for line in sys.stdin] if customers == ["-"] else customers
    references = list(dict.fromkeys(name for name in names if name))
    if not references:
        fail(Exit.WRONG_USE, "no customer is named")
    if key := customer_key(settings):
        references = [key.pseudonym(reference) for reference in references]
    try:
        msgspec.convert(references, list[Customer])
    except msgspec.ValidationError as error:
        fail(Exit.WRONG_USE, f"no event has such a reference: {error}")
    topics = Topics(settings.touchpoints_topic, settings.surveys_topic)
    try:
        partitions = publish_erasures(references, moment, kafka_client(settings), topics)
    except KafkaUnreachable as error:
        fail(Exit.UNREACHABLE, str(error))
    except (KafkaRefused, TlsError, OSError) as error:
        fail(Exit.WRONG_USE, str(error))
    at = moment.isoformat(timespec="milliseconds")
    if as_json:
        typer.echo(json.dumps({"customers": len(references), "until": at, "partitions": partitions}))
    else:
        typer.echo(f"erased {len(references):,} customers up to {at}; {partitions:,} partitions know it")
