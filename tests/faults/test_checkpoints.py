"""Whatever lies in the checkpoint topic, the rows are those of an undisturbed run."""

from collections.abc import Iterator

import msgspec
import pytest

from streams.core.records import Source
from streams.shell.manifest import (
    Manifest,
    block_hash,
    block_key,
    checkpoint_partition,
    compressed,
    is_manifest,
    manifest_key,
    new_manifest,
    session_of,
    source_prefix,
)
from tests.faults.conftest import Survives
from tests.faults.signs import said
from tests.faults.system import System

FAR_AHEAD = 10**9
"""An offset that would win over every checkpoint there is."""

_block = b"a block of nothing"


@pytest.mark.fault(
    "unfinished checkpoints left behind",
    does="takes the newest checkpoint of which manifest, checksum and every block are whole",
    sees="a warning: `checkpoint is torn and ignored`",
)
def test_pieces_of_checkpoints_left_behind_change_no_row(survives: Survives) -> None:
    def leave_pieces(system: System) -> None:
        kill_all(system)
        for source in system.deployment.sources():
            for key, value in pieces(source):
                put(system, source, key, value)
        system.add_workers(2)

    system = survives(leave_pieces)
    assert said(system, "checkpoint is torn and ignored", "warning")
    assert not said(system, "the log is read again from its start")


@pytest.mark.fault(
    "newest checkpoint damaged",
    does="reads the log again from its start; where that is gone, `CX_ON_LOST_RECORDS` decides",
    sees="a warning, lag while it reads",
)
def test_a_damaged_block_in_every_checkpoint_changes_no_row(survives: Survives) -> None:
    def damage(system: System) -> None:
        kill_all(system)
        records = dict(each for each in kept(system) if each[1] is not None)
        for source in system.deployment.sources():
            prefix = source_prefix(source).encode()
            for key in [each for each in records if each.startswith(prefix) and is_manifest(each)]:
                manifest = msgspec.msgpack.decode(records[key] or b"", type=Manifest)
                put(system, source, block_key(source, session_of(key), manifest.blocks[-1]), compressed(_block))
        system.add_workers(2)

    system = survives(damage)
    assert said(system, "the log is read again from its start", "warning")


@pytest.mark.fault(
    "checkpoint topic given more partitions",
    does="finds checkpoints where they were written",
    sees="nothing",
)
def test_more_partitions_of_the_checkpoint_topic_change_no_row(survives: Survives) -> None:
    def grow(system: System) -> None:
        topic = system.deployment.settings.checkpoints_topic
        with system.cluster.admin() as admin:
            admin.create_partitions({topic: 2 * len(system.deployment.records(topic)) + 1})
        for worker in list(system.workers):
            system.pause(0, 2)
            system.kill(worker)
            system.add_worker()

    system = survives(grow)
    assert not said(system, "the log is read again from its start")


def pieces(source: Source) -> Iterator[tuple[bytes, bytes]]:
    """What workers leave that die while they write, and what was damaged: each in a session of its own."""
    block = block_hash(_block)
    whole = msgspec.msgpack.encode(new_manifest(FAR_AHEAD, 9, [block]))
    no_checksum = msgspec.structs.replace(new_manifest(1, 9, [block]), offset=FAR_AHEAD)
    yield block_key(source, "block-without-manifest", block), compressed(_block)
    yield manifest_key(source, "manifest-without-block"), whole
    yield manifest_key(source, "block-is-another"), whole
    yield block_key(source, "block-is-another", block), compressed(b"another one")
    yield manifest_key(source, "wrong-checksum"), msgspec.msgpack.encode(no_checksum)
    yield block_key(source, "wrong-checksum", block), compressed(_block)
    yield manifest_key(source, "manifest-cut-off"), whole[:-5]
    yield block_key(source, "manifest-cut-off", block), compressed(_block)


def put(system: System, source: Source, key: bytes, value: bytes) -> None:
    topic = system.deployment.settings.checkpoints_topic
    place = checkpoint_partition(source, len(system.deployment.records(topic)))
    system.deployment.publish_to(topic, place, key, value)


def kept(system: System) -> list[tuple[bytes, bytes | None]]:
    """Keys and values in the checkpoint topic, a partition after the other."""
    partitions = system.deployment.records(system.deployment.settings.checkpoints_topic)
    return [(record.key, record.value) for records in partitions for record in records]


def kill_all(system: System) -> None:
    for worker in list(system.workers):
        system.kill(worker)
