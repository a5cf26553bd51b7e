"""Stories of the simulator on their way through partitions of a worker into a database."""

from collections import defaultdict
from typing import Final
from zlib import crc32

import msgspec

from deploy.local.simulator.industries.story import Story
from schemas.events import SURVEY_PREFIX
from schemas.metrics import load_registry
from streams.core.configuration import Configuration
from streams.core.processor import PartitionProcessor
from streams.core.records import Source
from tests.integration.report.stored_rows import Database
from tests.unit.core.partition_log import LONG_AFTER, Record

_PARTITIONS: Final = 3
"""Of each topic: customers of one story meet in none of them alone."""


def store(story: Story, events: list[bytes], database: Database) -> None:
    """Publish the events in their order, let a worker's partitions read them, and store what they make of them."""
    configuration = Configuration(registry=load_registry(), dimensions=story.dimensions)
    for (topic, partition), values in _logs(events).items():
        processor = PartitionProcessor(Source(topic, topic, partition), configuration)
        rejects = processor.apply([Record(offset, LONG_AFTER, value) for offset, value in enumerate(values)])
        assert rejects == []
        database.store(*processor.take_rows())


def _logs(events: list[bytes]) -> dict[tuple[str, int], list[bytes]]:
    """By topic and partition, as `cxstream publish` divides them: by type, then customer."""
    logs: defaultdict[tuple[str, int], list[bytes]] = defaultdict(list)
    for value in events:
        event = msgspec.json.decode(value)
        topic = "surveys" if event["type"].startswith(SURVEY_PREFIX) else "touchpoints"
        logs[topic, crc32(event["data"]["customer"].encode()) % _PARTITIONS].append(value)
    return logs
