"""Topics that are created anew under a running worker.

Records are fetched by topic name, and a new topic of the same name begins again at offset 0: its records must not meet
the rows and the position of the old one. Whoever reads a record of the new topic does so after the id has changed, so
asking for the id between taking rows and storing them is enough: no row that knows such a record is ever stored.
"""

import asyncio
from collections.abc import Callable, Collection, Iterable
from typing import Final

import structlog

from streams.core.records import Source
from streams.shell.admin import KafkaUnreachable, TopicError

TopicIds = Callable[[Collection[str]], dict[str, str]]
"""`streams.shell.admin.topic_ids` of some settings. It may block."""

_RETRY_SECONDS: Final = 1.0

log = structlog.get_logger()


class TopicRecreated(Exception):
    """A topic is another one than the one we have read; only a new start reads it from its beginning."""


async def confirm_topics(topic_ids: TopicIds, sources: Iterable[Source]) -> None:
    """Returns once Kafka has said that these are still the topics of that name, however long it does not answer.

    Raises:
        TopicRecreated: one of them is not.
    """
    known = {source.topic: source.topic_id for source in sources}
    said = ""
    while True:
        try:
            present = await asyncio.to_thread(topic_ids, known.keys())
            break
        except (KafkaUnreachable, TopicError) as error:  # a topic can be missing for a moment while brokers start
            if str(error) != said:
                said = str(error)
                log.warning("rows wait until their topics are confirmed", error=said)
            await asyncio.sleep(_RETRY_SECONDS)
    for topic, topic_id in known.items():
        if present[topic] != topic_id:
            raise TopicRecreated(
                f"topic {topic} was created anew: its id is {present[topic]}, we have read {topic_id}; "
                "a restarted worker reads the new topic from its start, the rows of the old one stay"
            )
