"""What the brokers say when they are asked, on connections that fetching does not use.

Fetch responses tell where a log ends, but no longer when fetching hangs; and a fetch without an answer does not tell a
dead broker from a dead fetcher. So the leader of each partition is asked for its log's end, and the coordinator for the
group, now and then.
"""

import asyncio
from collections.abc import Collection, Mapping
from typing import Any, Final, NamedTuple

import structlog
from aiokafka import AIOKafkaConsumer
from aiokafka import TopicPartition as KafkaPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.coordinator.protocol import ConsumerProtocolMemberAssignment
from aiokafka.errors import KafkaError, for_code

from streams.shell.ownership import TopicPartition

_RETRY_SECONDS: Final = 1.0

_SETTLED: Final = frozenset({"Stable", "Empty", "Dead"})
"""States of a group in which no rebalance is going on. A group that nobody has joined is dead."""

log = structlog.get_logger()


class Group(NamedTuple):
    """A consumer group as its coordinator describes it."""

    settled: bool
    """No rebalance is going on."""
    members: Mapping[str, frozenset[TopicPartition] | None]
    """Partitions by member id; None where the coordinator does not tell them (Tansu)."""


class Answers(NamedTuple):
    """What was answered when the brokers were asked last."""

    ends: Mapping[TopicPartition, int] = {}
    """Offset after the last record that can be read, of the partitions whose leaders answered. Never too high; Tansu's
    is too low when its last batch has several records."""
    group: Group | None = None
    """None when no coordinator answered."""
    complete: bool = False
    """All that were asked have answered."""
    silent: bool = False
    """Some were asked and none has answered."""


class Brokers:
    """Asks; the newest answers stay in `answers`."""

    def __init__(
        self, client: Mapping[str, Any], group: str, needed: Collection[TopicPartition], seconds: float
    ) -> None:
        """``client``: arguments of an aiokafka client; ``needed``: partitions whose leaders are asked every time;
        ``seconds``: how long to wait for an answer."""
        self._client = client
        self._group = group
        self._needed = frozenset(needed)
        self._seconds = seconds
        self._consumer: AIOKafkaConsumer | None = None
        self._admin: AIOKafkaAdminClient | None = None
        self.answers = Answers()

    async def ask(self, partitions: Collection[TopicPartition]) -> None:
        """Asks the leaders of these partitions and the coordinator, all at once; nothing is raised."""
        asked = self._needed | set(partitions)
        try:
            async with asyncio.timeout(self._seconds):
                consumer, admin = await self._connected()
        except (KafkaError, TimeoutError) as error:
            log.debug("no broker answers", error=str(error))
            self.answers = Answers(silent=True)
        else:
            ends, group = await asyncio.gather(self._ends(consumer, asked), self._describe(admin))
            complete = len(ends) == len(asked) and group is not None
            self.answers = Answers(ends, group, complete, silent=not ends and group is None)
        if not self.answers.complete:
            # Whatever is wrong with these connections must not outlast what is wrong with the brokers.
            await self.close()

    async def close(self) -> None:
        """Gives the connections back; `ask` makes new ones."""
        consumer, admin, self._consumer, self._admin = self._consumer, self._admin, None, None
        if consumer is not None:
            await consumer.stop()
        if admin is not None:
            await admin.close()

    async def _connected(self) -> tuple[AIOKafkaConsumer, AIOKafkaAdminClient]:
        if self._consumer is None or self._admin is None:
            common = {**self._client, "request_timeout_ms": int(self._seconds * 1000)}
            # As the worker's own consumer: what an open transaction hides is not there yet.
            self._consumer = AIOKafkaConsumer(**common, isolation_level="read_committed", enable_auto_commit=False)
            self._admin = AIOKafkaAdminClient(**common)
            await self._consumer.start()
            await self._admin.start()
        return self._consumer, self._admin

    async def _ends(
        self, consumer: AIOKafkaConsumer, partitions: Collection[TopicPartition]
    ) -> dict[TopicPartition, int]:
        # One question each, so that a leader that is away does not hide the answers of the others.
        ends = await asyncio.gather(*(self._end(consumer, partition) for partition in partitions))
        return {partition: end for partition, end in zip(partitions, ends, strict=True) if end is not None}

    async def _end(self, consumer: AIOKafkaConsumer, partition: TopicPartition) -> int | None:
        tp = KafkaPartition(*partition)
        try:
            return int((await consumer.end_offsets([tp]))[tp])
        except KafkaError:
            return None

    async def _describe(self, admin: AIOKafkaAdminClient) -> Group | None:
        try:
            async with asyncio.timeout(self._seconds):
                while True:
                    try:
                        (response,) = await admin.describe_consumer_groups([self._group])
                        return _group(response.to_object()["groups"][0])
                    except KafkaError as error:
                        if not error.retriable:
                            # An answer all the same, such as a missing right to describe the group.
                            return Group(settled=False, members={})
                        await asyncio.sleep(_RETRY_SECONDS)
        except TimeoutError:
            return None


def _group(described: Mapping[str, Any]) -> Group:
    """Raises KafkaError when the coordinator has refused."""
    if described["error_code"]:
        raise for_code(described["error_code"])(described["group"])
    members = {member["member_id"]: _assigned(member["member_assignment"]) for member in described["members"]}
    return Group(described["state"] in _SETTLED, members)


def _assigned(encoded: bytes) -> frozenset[TopicPartition] | None:
    if not encoded:
        return None
    assignment = ConsumerProtocolMemberAssignment.decode(encoded)
    return frozenset((tp.topic, tp.partition) for tp in assignment.partitions())
