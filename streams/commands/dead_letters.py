"""``cxstream dead-letters``: what was rejected, why, the records themselves, and what is decided about them."""

import json
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import nullcontext
from datetime import UTC, datetime
from heapq import heappush, heappushpop
from typing import Annotated, Final, NamedTuple, get_args

import typer

from schemas.rejects import Reason
from sinks.tls import TlsError
from streams.commands.asking import confirmed, user
from streams.commands.exits import Exit, fail, settings_in_force
from streams.connections import kafka_client
from streams.dead_letters.decisions import Action, handle
from streams.dead_letters.log import Decision, Letter, NoSuchTopic, Place, read_letters
from streams.dead_letters.output import contents, named, print_table, summary
from streams.kafka_access import KafkaRefused, KafkaUnreachable
from streams.progress import Progress
from streams.settings import Settings

_REASONS: Final = get_args(Reason)

group = typer.Typer(no_args_is_help=True)


ReasonOption = Annotated[str | None, typer.Option(metavar="REASON", help=f"Only this reason: {', '.join(_REASONS)}")]
TopicOption = Annotated[str | None, typer.Option(metavar="TOPIC", help="Only records of this topic")]
SinceOption = Annotated[str | None, typer.Option(metavar="T", help="Only those rejected at this time or later, UTC")]
UntilOption = Annotated[str | None, typer.Option(metavar="T", help="Only those rejected before this time, UTC")]
RecordOption = Annotated[
    str | None, typer.Option("--record", metavar="TOPIC/PARTITION/OFFSET", help="Only this one, as `list` names it")
]
WhyOption = Annotated[str, typer.Option("--why", metavar="TEXT", help="Recorded with the decision")]
YesOption = Annotated[bool, typer.Option("--yes", help="Do not ask")]


class Wanted(NamedTuple):
    """Which letters a command is about."""

    reason: str | None = None
    topic: str | None = None
    since_ms: int | None = None
    until_ms: int | None = None
    place: Place | None = None

    def has(self, letter: Letter) -> bool:
        return (
            self.reason in (None, letter.reason)
            and self.topic in (None, letter.place.topic)
            and self.place in (None, letter.place)
            and (self.since_ms is None or letter.written_ms >= self.since_ms)
            and (self.until_ms is None or letter.written_ms < self.until_ms)
        )


@group.callback()
def dead_letters() -> None:
    """Look at dead letters (`list`, `show`), publish them again once they are good (`redrive`), or `discard` them.

    Exit codes: 0 done; 2 done, but the topic holds records that are no dead letters, or letters that cannot be
    published again; 3 wrong use, no such letter or topic, or Kafka refuses us; 4 Kafka cannot be reached.
    """


@group.command("list")
def list_letters(
    reason: ReasonOption = None,
    topic: TopicOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    decided: Annotated[bool, typer.Option("--decided", help="Also those that were redriven or discarded")] = False,
    last: Annotated[int, typer.Option(min=1, metavar="N", help="At most so many, the newest")] = 100,
    as_json: Annotated[bool, typer.Option("--json", help="A JSON object per line")] = False,
) -> None:
    """Name dead letters: where the record stands, when it was rejected, and why. Never its contents."""
    wanted = _wanted(reason, topic, since, until, None)
    settings = settings_in_force()
    log = _Log(settings)
    decisions = {} if decided else log.decisions()
    newest: list[tuple[int, int, Letter]] = []
    """A heap: when it was written and how many were before it, so that no two letters are ever compared."""
    counts: Counter[str] = Counter()
    for letter in log.letters():
        if wanted.has(letter) and (letter.place, letter.reason) not in decisions:
            # Without its contents, or the largest would fill the memory.
            entry = (letter.written_ms, counts.total(), letter._replace(key=None, value=b"", headers=()))
            (heappush if len(newest) < last else heappushpop)(newest, entry)
            counts[letter.reason] += 1
    kept = [letter for _, _, letter in sorted(newest)]
    if as_json:
        for letter in kept:
            typer.echo(json.dumps(named(letter)))
    else:
        if kept:
            print_table(kept)
        typer.echo(summary(counts, len(kept)))
    raise typer.Exit(log.exit())


@group.command()
def show(
    record: Annotated[
        str, typer.Argument(metavar="TOPIC/PARTITION/OFFSET", help="As `list` names it", show_default=False)
    ],
    as_json: Annotated[bool, typer.Option("--json", help="A JSON object with key, value and headers")] = False,
) -> None:
    """Print a rejected record byte for byte; on standard error, why it was rejected and what was decided about it."""
    wanted = _wanted(None, None, None, None, record)
    log = _Log(settings_in_force())
    found = [letter for letter in log.letters() if wanted.has(letter)]
    if not found:
        fail(Exit.WRONG_USE, f"there is no dead letter of {record}, or not any more")
    for letter in found:
        if as_json:
            typer.echo(json.dumps(named(letter) | contents(letter)))
        else:
            typer.echo(f"{letter.reason}: {letter.detail}", err=True)
            if decision := log.seen.get((letter.place, letter.reason)):
                typer.echo(f"{decision.action} by {decision.who}: {decision.why}", err=True)
            sys.stdout.buffer.write(letter.value + b"\n")
    raise typer.Exit(log.exit())


@group.command()
def redrive(
    why: WhyOption,
    reason: ReasonOption = None,
    topic: TopicOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    record: RecordOption = None,
    rate: Annotated[float | None, typer.Option(min=0.1, metavar="N", help="At most so many per second")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say how many there are, and do nothing")] = False,
    yes: YesOption = False,
) -> None:
    """Publish rejected records again, as they were, to the partitions they came from; for after a fix of cxstream.

    For events that are wrong themselves nothing is gained: they are rejected again. Correct those at their source. One
    that was redriven or discarded before is passed over; one that is published twice all the same counts once.
    """
    _handle("redriven", _wanted(reason, topic, since, until, record), why, rate, dry_run, yes)


@group.command()
def discard(
    why: WhyOption,
    reason: ReasonOption = None,
    topic: TopicOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    record: RecordOption = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say how many there are, and do nothing")] = False,
    yes: YesOption = False,
) -> None:
    """Say that rejected records need nothing more. They are listed no longer; their bytes stay as retention says."""
    _handle("discarded", _wanted(reason, topic, since, until, record), why, None, dry_run, yes)


def _handle(action: Action, wanted: Wanted, why: str, rate: float | None, dry_run: bool, yes: bool) -> None:
    settings = settings_in_force()
    log = _Log(settings)
    decisions = log.decisions()

    def undecided(told: bool) -> Iterator[Letter]:
        for letter in log.letters(told):
            if wanted.has(letter) and (letter.place, letter.reason) not in decisions:
                yield letter

    counts = Counter(letter.reason for letter in undecided(told=True))
    if dry_run or not counts:
        typer.echo(summary(counts, counts.total()))
        raise typer.Exit(Exit.DONE)
    confirmed(yes, f"have {summary(counts, counts.total())} {action}")
    try:
        with Progress(action, counts.total()) as progress:
            handled = handle(
                undecided(told=False),
                action,
                kafka_client(settings),
                settings.dead_letters_topic,
                who=user(),
                why=why,
                rate=rate,
                progress=progress.show,
            )
    except KafkaUnreachable as error:
        fail(Exit.UNREACHABLE, str(error))
    except (KafkaRefused, TlsError) as error:
        fail(Exit.WRONG_USE, str(error))
    typer.echo(f"{handled.done:,} {action}")
    if handled.kept:
        typer.echo(f"{handled.kept:,} left: they do not hold their whole record", err=True)
        raise typer.Exit(Exit.PARTLY_BAD)


def _wanted(reason: str | None, topic: str | None, since: str | None, until: str | None, record: str | None) -> Wanted:
    if reason is not None and reason not in _REASONS:
        fail(Exit.WRONG_USE, f"unknown reason {reason!r}; known are {', '.join(_REASONS)}")
    try:
        place = None if record is None else Place.of(record)
    except ValueError:
        fail(Exit.WRONG_USE, f"{record!r} names no record; write it as `cxstream dead-letters list` does")
    return Wanted(reason, topic, _ms_of(since), _ms_of(until), place)


def _ms_of(text: str | None) -> int | None:
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        fail(Exit.WRONG_USE, f"{text!r} is no time; write 2026-03-01, 2026-03-01T10:00 or 2026-03-01T10:00+01:00")
    return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() * 1_000)


class _Log:
    """The dead-letter topic, read once or more; leaves with the exit code of what goes wrong."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._strangers = 0
        self.seen: dict[tuple[Place, str], Decision] = {}
        """Decisions by letter, as far as it was read."""

    def letters(self, told: bool = True) -> Iterator[Letter]:
        """``told``: whether its progress is shown; a terminal has room for one."""
        strangers = 0
        topic = self._settings.dead_letters_topic
        try:
            with Progress("read") if told else nullcontext() as progress:
                for number, found in enumerate(read_letters(kafka_client(self._settings), topic), start=1):
                    if isinstance(found, Decision):
                        self.seen[found.place, found.reason] = found
                    elif found is None:
                        strangers += 1
                    else:
                        yield found
                    if progress is not None:
                        progress.show(number)
        except KafkaUnreachable as error:
            fail(Exit.UNREACHABLE, str(error))
        except (NoSuchTopic, KafkaRefused, TlsError) as error:
            fail(Exit.WRONG_USE, str(error))
        self._strangers = strangers

    def decisions(self) -> dict[tuple[Place, str], Decision]:
        """All of them, after reading the topic to its end."""
        for _ in self.letters():
            pass
        return self.seen

    def exit(self) -> Exit:
        if self._strangers:
            topic = self._settings.dead_letters_topic
            typer.echo(f"{topic}: {self._strangers:,} records that no worker has written", err=True)
        return Exit.PARTLY_BAD if self._strangers else Exit.DONE
