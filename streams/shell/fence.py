"""Whether what a worker has computed may still be stored: Kafka is asked before each attempt to store rows.

Two things can have happened since records were fetched, and both are told by an answer that comes after (of a broker
that knows what its controller knows; one that was cut off from it leads no partition for long):

* **The topic was created anew.** Records are fetched by topic name, and a new topic begins again at offset 0; its
  records must not meet the rows and positions of the old one. Whoever reads a record of the new topic does so after the
  id has changed.
* **The partition is somebody else's.** A worker that was stopped for a while does not know that the group has replaced
  it. The same rows again would do no harm, but by now its successor may work under other settings, whose rows have
  other identities. The group refuses a commit from a generation that is over.
"""

import asyncio
from collections.abc import Collection, Iterable
from typing import Final

import structlog

from streams.core.records import Source
from streams.kafka_access import KafkaUnreachable
from streams.shell.admin import TopicError
from streams.shell.ownership import Fetching
from streams.shell.partition import OwnedPartition
from streams.shell.topic_ids import IdsOfTopics

_RETRY_SECONDS: Final = 1.0

log = structlog.get_logger()


class TopicRecreated(Exception):
    """A topic is another one than the one we have read; only a new start reads it from its beginning."""


class Fence:
    """Asks for all partitions of a worker together: one metadata request and one commit."""

    def __init__(self, fetching: Fetching, topic_ids: IdsOfTopics) -> None:
        self._fetching = fetching
        self._topic_ids = topic_ids
        self._one_commit = asyncio.Lock()
        self.questions = 0
        """Asked since the start, whatever the answer was."""

    async def pass_through(self, partitions: Collection[OwnedPartition]) -> None:
        """Returns once Kafka has confirmed topics and ownership, however long it does not answer.

        A worker that was replaced is held here until its partitions are revoked, which cancels the caller.

        Raises:
            TopicRecreated: one of the topics is another one now.
        """
        said = ""
        while (obstacle := await self.obstacle(partitions)) is not None:
            if obstacle != said:
                said = obstacle
                log.warning("rows wait for Kafka's word", obstacle=said)
            await asyncio.sleep(_RETRY_SECONDS)

    async def obstacle(self, partitions: Collection[OwnedPartition]) -> str | None:
        """Why nothing may be stored now; None when it may.

        Raises:
            TopicRecreated: one of the topics is another one now.
        """
        self.questions += 1
        try:
            await self._same_topics(partition.source for partition in partitions)
        except (KafkaUnreachable, TopicError) as error:  # a topic can be missing for a moment while brokers start
            return str(error)
        return None if await self.commit(partitions) else "the group does not confirm that the partitions are ours"

    async def commit(self, partitions: Iterable[OwnedPartition]) -> bool:
        """Moves the group's offsets behind the newest durable checkpoints; whether the group takes that from us.

        One after the other, so that no older offset comes behind a newer one. A partition that is blocked is left out:
        its offset tells the next owner what it has lost.
        """
        async with self._one_commit:
            read = [partition for partition in partitions if partition.blocked is None]
            positions = {partition.key: partition.checkpointed + 1 for partition in read}
            taken = await self._fetching.commit_positions(positions)
            for partition in read:
                # One that was not acknowledged may still arrive, whenever: then it is made again.
                partition.committed = positions[partition.key] - 1 if taken else -1
            return taken

    async def _same_topics(self, sources: Iterable[Source]) -> None:
        known = {source.topic: source.topic_id for source in sources}
        present = await asyncio.to_thread(self._topic_ids, known.keys())
        for topic, topic_id in known.items():
            if present[topic] != topic_id:
                raise TopicRecreated(
                    f"topic {topic} was created anew: its id is {present[topic]}, we have read {topic_id}; "
                    "a restarted worker reads the new topic from its start, the rows of the old one stay"
                )
