"""Records that real brokers take and that stop a strict reader for ever: through a whole worker and out again."""

import asyncio
import gzip
from collections.abc import Iterator, Sequence
from time import time
from typing import NamedTuple

import pytest
from aiokafka import codec as stock

from deploy.local.tansu import Tansu
from schemas.rejects import Reason
from streams.shell.fetched_batches import LARGEST_BATCH, read_all_consumers_so
from tests.integration.worker.deployment import DEADLINE_SECONDS, Deployment, RunningWorker, eventually
from tests.kafka_batches import RawHeader, batch, produce, record
from tests.unit.shell.chunks import answer

LATIN: RawHeader = (b"caf\xe9", b"\xff\0")
PARTITION = 0


class Hostile(NamedTuple):
    """A batch, how many of its records are events, and what is refused of it: number within the batch and reason."""

    batch: bytes
    accepted: int
    refused: Sequence[tuple[int, Reason]] = ()


def everything_kafka_takes() -> Iterator[Hostile]:
    """Each with events of its own before and behind, so that a lost or repeated neighbour shows."""
    numbers = iter(range(10**6))
    now = int(time() * 1000)

    def event() -> bytes:
        return answer(next(numbers))

    def between(bad: bytes) -> list[bytes]:
        return [record(0, event()), bad, record(2, event())]

    yield Hostile(batch(between(record(1, event())), now), 3)
    headers_refused: list[tuple[int, Reason]] = [(1, "unreadable_headers")]
    yield Hostile(batch(between(record(1, event(), headers=[LATIN])), now), 2, headers_refused)
    lz4 = batch(between(record(1, event(), headers=[LATIN])), now, codec=3, compress=stock.lz4_encode)
    yield Hostile(lz4, 2, headers_refused)
    yield Hostile(batch(between(record(2**31 - 1, event())), now), 1, [(2, "unreadable_batch")])
    yield Hostile(batch([record(1, event()), record(0, event())], now), 0, [(1, "unreadable_batch")])
    garbage = batch(
        between(record(1, event())), now, codec=1, compress=lambda data: gzip.compress(data) + b"bytes behind the end"
    )
    yield Hostile(garbage, 0, [(2, "unreadable_batch")])
    bomb = batch([record(0, b"\0" * LARGEST_BATCH)], now, codec=4, compress=stock.zstd_encode)
    yield Hostile(bomb, 0, [(0, "unreadable_batch")])
    yield Hostile(batch(between(record(1, None, None)), now), 2, [(1, "empty")])
    yield Hostile(batch(between(record(1, None, None, [LATIN])), now), 2, [(1, "empty")])
    many = [(b"h%d" % number, None) for number in range(10_000)]
    yield Hostile(batch(between(record(1, event(), headers=[*many, (b"h0", b"again"), (b"", b"")])), now), 3)
    yield Hostile(
        batch(between(record(1, b"{broken", headers=[(b"large", b"x" * 15_000_000)])), now), 2, [(1, "not_json")]
    )
    yield Hostile(batch(between(record(1, event(), attributes=b"\x81")), now), 3)
    for timestamp in (-1, -5, now):
        yield Hostile(batch(between(record(1, event())), timestamp), 3)


def everything_only_tansu_takes() -> Iterator[Hostile]:
    now = int(time() * 1000)
    yield Hostile(batch([record(0)], now, codec=4, compress=lambda _: b"garbage"), 0, [(0, "unreadable_batch")])
    short = batch([record(0, answer(10**6))], now, count=3)
    yield Hostile(short, 1, [(2, "unreadable_batch")])
    yield Hostile(batch([record(0, answer(10**6 + 1))], 2**62), 1)


def send(deployment: Deployment, batches: Sequence[Hostile]) -> None:
    codes = asyncio.run(
        produce(deployment.broker.bootstrap, deployment.settings.surveys_topic, [each.batch for each in batches])
    )
    assert codes == [0] * len(batches), "the broker takes all of them"


def counted(worker: RunningWorker, deployment: Deployment) -> tuple[int, int]:
    """Events accepted in the partition, and records rejected."""
    for each in worker.partitions():
        if (each.topic, each.partition) == (deployment.settings.surveys_topic, PARTITION):
            assert each.counts.duplicates == 0
            return each.counts.accepted, sum(each.counts.rejected.values())
    return 0, 0


def test_no_record_a_broker_takes_stops_the_worker_or_costs_a_neighbour(deployment: Deployment) -> None:
    read_all_consumers_so()  # for what the test itself reads
    batches = list(everything_kafka_takes())
    if isinstance(deployment.broker, Tansu):
        batches += everything_only_tansu_takes()
    batches.append(Hostile(batch([record(0, answer(10**7))], int(time() * 1000)), 1))
    accepted = sum(each.accepted for each in batches)
    refused = sum(len(each.refused) for each in batches)
    send(deployment, batches)
    worker = deployment.worker()
    eventually(lambda: counted(worker, deployment) == (accepted, refused), seconds=2 * DEADLINE_SECONDS)
    eventually(lambda: all(each.unstored == 0 and each.lag == 0 for each in worker.partitions()))
    assert deployment.stored() == deployment.expected()

    (letters,) = deployment.records(deployment.settings.dead_letters_topic)
    expected: list[tuple[int, str]] = []
    first = 0
    for each in batches:
        expected += [(first + number, reason) for number, reason in each.refused]
        first += int.from_bytes(each.batch[23:27], "big") + 1
    found = {int(dict(each.headers)["cx-offset"]): each for each in letters}
    assert [(offset, dict(each.headers)["cx-reason"].decode()) for offset, each in sorted(found.items())] == expected
    named = [each for each in letters if dict(each.headers)["cx-reason"] == b"unreadable_headers"]
    assert all(tuple(each.headers[-2:]) == (("cx-header-name", LATIN[0]), ("caf\\xe9", LATIN[1])) for each in named)
    assert all(each.value.startswith(b'{"specversion"') and each.key == b"customer" for each in named)
    whole = [each for each in letters if dict(each.headers)["cx-reason"] == b"unreadable_batch"]
    sent = {each.batch[61:] for each in batches}
    assert all(each.value[61:] in sent for each in whole), "with the bytes of the batch, as its producer wrote them"


def test_after_a_crash_a_hostile_record_is_passed_once_more_and_nothing_twice(deployment: Deployment) -> None:
    read_all_consumers_so()
    batches = list(everything_kafka_takes())[1:6]
    accepted = sum(each.accepted for each in batches)
    refused = sum(len(each.refused) for each in batches)
    send(deployment, batches)
    first = deployment.worker()
    eventually(lambda: counted(first, deployment) == (accepted, refused), seconds=2 * DEADLINE_SECONDS)
    first.process.kill()
    again = deployment.worker()
    eventually(lambda: counted(again, deployment) == (accepted, refused), seconds=2 * DEADLINE_SECONDS)
    eventually(lambda: all(each.unstored == 0 for each in again.partitions()))
    assert deployment.stored() == deployment.expected()


@pytest.mark.kafka
@pytest.mark.parametrize("broker", ["kafka"], indirect=True)
def test_what_kafka_itself_refuses_is_known(deployment: Deployment) -> None:
    now = int(time() * 1000)
    refused = {
        "codec": batch([record(0)], now, codec=5),
        "compressed bytes": batch([record(0)], now, codec=4, compress=lambda _: b"garbage"),
        "checksum": batch([record(0)], now, crc=1),
        "count": batch([record(0)], now, count=3),
        "control": batch([record(0)], now, attributes=0x20),
        "offsets of a compressed batch": batch([record(5)], now, codec=3, compress=stock.lz4_encode),
        "far future": batch([record(0)], 2**62),
    }
    codes = asyncio.run(produce(deployment.broker.bootstrap, deployment.settings.surveys_topic, refused.values()))
    assert 0 not in codes, dict(zip(refused, codes, strict=True))
