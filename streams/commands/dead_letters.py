"""``cxstream dead-letters``: what was rejected, why, and the records themselves."""

import json
import sys
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from heapq import heappush, heappushpop
from typing import Annotated, Any, Final, get_args

import typer
from rich.console import Console
from rich.table import Table

from schemas.rejects import Reason
from sinks.tls import TlsError
from streams.commands.exits import Exit, fail, settings_in_force
from streams.connections import kafka_client
from streams.dead_letter_log import Letter, NoSuchTopic, Place, read_letters
from streams.kafka_access import KafkaRefused, KafkaUnreachable
from streams.progress import Progress
from streams.reporting.output import PIPE_WIDTH

_REASONS: Final = get_args(Reason)

group = typer.Typer(no_args_is_help=True)


@group.callback()
def dead_letters() -> None:
    """Look at dead letters: `list` names them with their reasons, `show` prints one of the records.

    Exit codes: 0 done; 2 done, but the topic holds records that are no dead letters; 3 wrong use, no such letter or
    topic, or Kafka refuses us; 4 Kafka cannot be reached.
    """


@group.command("list")
def list_letters(
    reason: Annotated[
        str | None, typer.Option(metavar="REASON", help=f"Only this reason: {', '.join(_REASONS)}")
    ] = None,
    topic: Annotated[str | None, typer.Option(metavar="TOPIC", help="Only records of this topic")] = None,
    last: Annotated[int, typer.Option(min=1, metavar="N", help="At most so many, the newest")] = 100,
    as_json: Annotated[bool, typer.Option("--json", help="A JSON object per line")] = False,
) -> None:
    """Name dead letters: where the record stands, when it was rejected, and why. Never its contents."""
    if reason is not None and reason not in _REASONS:
        fail(Exit.WRONG_USE, f"unknown reason {reason!r}; known are {', '.join(_REASONS)}")
    newest: list[tuple[int, int, Letter]] = []
    """A heap: when it was written and how many were before it, so that no two letters are ever compared."""
    counts: Counter[str] = Counter()

    def look(letter: Letter) -> None:
        if reason in (None, letter.reason) and topic in (None, letter.place.topic):
            # Without its contents, or the largest would fill the memory.
            entry = (letter.written_ms, counts.total(), letter._replace(key=None, value=b"", headers=()))
            (heappush if len(newest) < last else heappushpop)(newest, entry)
            counts[letter.reason] += 1

    strangers = _read(look)
    kept = [letter for _, _, letter in sorted(newest)]
    if as_json:
        for letter in kept:
            typer.echo(json.dumps(_named(letter)))
    else:
        if kept:
            _print_table(kept)
        typer.echo(_summary(counts, len(kept)))
    raise typer.Exit(Exit.PARTLY_BAD if strangers else Exit.DONE)


@group.command()
def show(
    record: Annotated[
        str, typer.Argument(metavar="TOPIC/PARTITION/OFFSET", help="As `list` names it", show_default=False)
    ],
    as_json: Annotated[bool, typer.Option("--json", help="A JSON object with key, value and headers")] = False,
) -> None:
    """Print a rejected record byte for byte, and on standard error why it was rejected."""
    try:
        place = Place.of(record)
    except ValueError:
        fail(Exit.WRONG_USE, f"{record!r} names no record; write it as `cxstream dead-letters list` does")
    found: list[Letter] = []
    strangers = _read(lambda letter: found.append(letter) if letter.place == place else None)
    if not found:
        fail(Exit.WRONG_USE, f"there is no dead letter of {place}, or not any more")
    for letter in found:
        if as_json:
            typer.echo(json.dumps(_named(letter) | _contents(letter)))
        else:
            typer.echo(f"{letter.reason}: {letter.detail}", err=True)
            sys.stdout.buffer.write(letter.value + b"\n")
    raise typer.Exit(Exit.PARTLY_BAD if strangers else Exit.DONE)


def _read(look: Callable[[Letter], None]) -> int:
    """Shows every letter to ``look``; how many records of the topic are none."""
    settings = settings_in_force()
    strangers = 0
    try:
        with Progress("read") as progress:
            for number, letter in enumerate(read_letters(kafka_client(settings), settings.dead_letters_topic), start=1):
                if letter is None:
                    strangers += 1
                else:
                    look(letter)
                progress.show(number)
    except KafkaUnreachable as error:
        fail(Exit.UNREACHABLE, str(error))
    except (NoSuchTopic, KafkaRefused, TlsError) as error:
        fail(Exit.WRONG_USE, str(error))
    if strangers:
        typer.echo(f"{settings.dead_letters_topic}: {strangers:,} records that no worker has written", err=True)
    return strangers


def _print_table(letters: Iterable[Letter]) -> None:
    table = Table("record", "rejected", "reason", "detail", box=None, padding=(0, 2, 0, 0))
    for letter in letters:
        named = _named(letter)
        table.add_row(named["record"], named["rejected"], letter.reason, letter.detail)
    # Without markup: a detail may name a place such as [0].
    Console(width=None if sys.stdout.isatty() else PIPE_WIDTH, markup=False, highlight=False).print(table)


def _named(letter: Letter) -> dict[str, Any]:
    rejected = datetime.fromtimestamp(letter.written_ms / 1_000, UTC).isoformat(timespec="seconds")
    return {"record": str(letter.place), "rejected": rejected, "reason": letter.reason, "detail": letter.detail}


def _contents(letter: Letter) -> dict[str, Any]:
    return {
        "key": None if letter.key is None else _text(letter.key),
        "value": _text(letter.value),
        "headers": [[name, None if value is None else _text(value)] for name, value in letter.headers],
    }


def _text(value: bytes) -> str:
    """Bytes that are no UTF-8 as ``\\xe9``: JSON has no bytes."""
    return value.decode(errors="backslashreplace")


def _summary(counts: Counter[str], shown: int) -> str:
    total = counts.total()
    if not total:
        return "no dead letters"
    by_reason = ", ".join(f"{count:,} {reason}" for reason, count in counts.most_common())
    return f"{total:,} dead letters ({by_reason})" + (f", the last {shown:,} of them above" if shown < total else "")
