"""Whether every published event was applied, stored and checkpointed, and what became of each."""

from collections import Counter
from collections.abc import Iterable, Mapping

import msgspec

from schemas.status import PartitionStatus


class TopicBalance(msgspec.Struct, frozen=True, kw_only=True):
    """What went into one topic against what came out of it."""

    topic: str
    published: int
    """By this run."""
    earlier: int
    """Already in the log when this run began."""
    applied: int
    """Records that the workers have gone through."""
    accepted: int
    duplicates: int
    late: int
    """Of the accepted ones, those that came later than the allowed lateness; counted all the same."""
    dead_letters: int
    reasons: dict[str, int]
    """Dead letters by reason."""
    erased: int
    """Left out, since they tell of customers who were erased."""
    durable: bool
    """Everything applied is stored in ClickHouse and checkpointed."""

    @property
    def settled(self) -> bool:
        """Nothing more is to come."""
        return self.durable and self.applied >= self.published + self.earlier

    @property
    def adds_up(self) -> bool:
        """published (and earlier) = accepted + duplicates + dead letters (+ erased)."""
        return self.published + self.earlier == self.accepted + self.duplicates + self.dead_letters + self.erased


class Reconciliation(msgspec.Struct, frozen=True, kw_only=True):
    """The balance of a run."""

    settled: bool
    adds_up: bool
    bad_lines: int
    """Lines of input files that were no events and were not published; each was named."""
    seconds: float
    topics: tuple[TopicBalance, ...]

    @property
    def dead_letters(self) -> int:
        return sum(topic.dead_letters for topic in self.topics)


def reconcile(
    published: Mapping[str, int],
    earlier: Mapping[str, int],
    partitions: Iterable[PartitionStatus],
    bad_lines: int,
    seconds: float,
) -> Reconciliation:
    """The balance per topic of ``earlier``, which holds every topic that is read."""
    known = tuple(partitions)
    topics = tuple(
        _balance(topic, published.get(topic, 0), before, [each for each in known if each.topic == topic])
        for topic, before in earlier.items()
    )
    return Reconciliation(
        settled=all(topic.settled for topic in topics),
        adds_up=all(topic.adds_up for topic in topics),
        bad_lines=bad_lines,
        seconds=round(seconds, 1),
        topics=topics,
    )


def _balance(topic: str, published: int, earlier: int, partitions: list[PartitionStatus]) -> TopicBalance:
    reasons: Counter[str] = Counter()
    for each in partitions:
        reasons.update(each.counts.rejected)
    return TopicBalance(
        topic=topic,
        published=published,
        earlier=earlier,
        applied=sum(each.applied + 1 for each in partitions),
        accepted=sum(each.counts.accepted for each in partitions),
        duplicates=sum(each.counts.duplicates for each in partitions),
        late=sum(each.counts.late for each in partitions),
        dead_letters=reasons.total(),
        reasons=dict(sorted(reasons.items())),
        erased=sum(each.counts.erased for each in partitions),
        durable=all(each.restored and each.checkpointed == each.applied and each.unstored == 0 for each in partitions),
    )
