"""Dead letters that somebody has decided about: published again, or discarded, with a record of it.

The decision is a record of the dead-letter topic itself, so that whoever reads the topic knows it, and it lasts as long
as the letter. A letter is published again first and its decision recorded then: after a crash between the two it may be
published once more, which the worker counts as a duplicate.
"""

import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, Literal, NamedTuple

from kafka.errors import KafkaError

from streams.dead_letters.log import DECISION_HEADERS, Decision, Letter
from streams.kafka_access import KafkaRefused, KafkaUnreachable, refusal
from streams.publishing.pace import Pace
from streams.publishing.producing import new_producer

Action = Literal["redriven", "discarded"]

NOT_THE_RECORD: Final = frozenset({"empty", "unreadable_batch"})
"""Reasons of letters without a record that could be published again: a tombstone, the bytes of a whole batch."""

_CUT: Final = "cx-cut-from"
"""Header of a letter that holds only the beginning of its record."""

_OWN: Final = "cx-"
"""Begins the names of headers that are ours, which a published record is not to have."""

_MOST_UNACKNOWLEDGED: Final = 200
"""Letters on their way: enough to keep a broker busy, few enough that a crash repeats little."""


class Handled(NamedTuple):
    """What became of the letters asked for."""

    done: int
    kept: int
    """That cannot be published again, because they do not hold their whole record."""


def can_be_redriven(letter: Letter) -> bool:
    """Whether the letter holds the whole record."""
    return letter.reason not in NOT_THE_RECORD and all(name != _CUT for name, _ in letter.headers)


def handle(
    letters: Iterable[Letter],
    action: Action,
    client: Mapping[str, Any],
    dead_letters_topic: str,
    *,
    who: str,
    why: str,
    rate: float | None = None,
    progress: Callable[[int], None] = lambda _: None,
) -> Handled:
    """Does it to every letter, in their order, and returns when all of it is acknowledged.

    A letter goes back into its own partition, so the records of a key stay in order among themselves, or into that of
    its key where the topic was made anew with fewer. It has its key, its bytes and its own headers, and a timestamp of
    now. ``rate``: letters per second at most.

    Raises:
        KafkaUnreachable: no broker takes them.
        KafkaRefused: we may not write to one of the topics.
    """
    done = kept = 0
    pace = Pace(rate)
    waiting: list[tuple[Letter, Any]] = []
    try:
        producer = new_producer(client)
        try:
            for letter in letters:
                if action == "redriven" and not can_be_redriven(letter):
                    kept += 1
                    continue
                waiting.append((letter, _publish(producer, letter) if action == "redriven" else None))
                if len(waiting) >= _MOST_UNACKNOWLEDGED:
                    done += _decide(producer, waiting, dead_letters_topic, action, who, why)
                    progress(done)
                time.sleep(pace.ahead())
            done += _decide(producer, waiting, dead_letters_topic, action, who, why)
        finally:
            producer.close(timeout=5)
    except KafkaError as error:
        if refused := refusal(error):
            raise KafkaRefused(str(refused)) from error
        raise KafkaUnreachable(f"dead letters are not taken: {error}") from error
    return Handled(done, kept)


def _publish(producer: Any, letter: Letter) -> Any:
    own = [(name, value) for name, value in letter.headers if not name.startswith(_OWN)]
    place = letter.place
    still_there = place.partition in (producer.partitions_for(place.topic) or ())
    partition = place.partition if still_there else None
    return producer.send(place.topic, letter.value, key=letter.key, headers=own, partition=partition)


def _decide(producer: Any, waiting: list[tuple[Letter, Any]], topic: str, action: Action, who: str, why: str) -> int:
    """Records the decision about letters whose publication is acknowledged; how many."""
    recorded = []
    for letter, published in waiting:
        if published is not None:
            published.get()
        decision = Decision(letter.place, letter.reason, action, who, why)
        headers = list(zip(DECISION_HEADERS, decision.values(), strict=True))
        recorded.append(producer.send(topic, b"", key=letter.key, headers=headers))
    for each in recorded:
        each.get()
    waiting.clear()
    return len(recorded)
