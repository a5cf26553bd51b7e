"""Records on their way into the topics, in the background, squeezed into seconds."""

import threading
from collections.abc import Iterable
from functools import partial
from time import monotonic
from typing import Any, Final

from kafka import KafkaProducer

from tests.faults.history import Published

_DELIVERY_MS: Final = 180_000
"""A broker that is killed, or a partition without leader, delays records and loses none."""

_LINGER_MS: Final = 10


class Publication(threading.Thread):
    """Publishes records in their order, each in its time, as a producer does that keeps order and repeats nothing."""

    def __init__(self, bootstrap: str, records: Iterable[Published], seconds: float) -> None:
        """``seconds``: how long the hour takes."""
        super().__init__(name="publication", daemon=True)
        self.ends: dict[tuple[str, int], int] = {}
        """Offset after the last record that is acknowledged, of each partition."""
        self.sent = 0
        self.progress = 0.0
        """Share of the hour that is sent, 0 to 1."""
        self._records = records
        self._seconds = seconds
        self._error: BaseException | None = None
        self._stopped = threading.Event()
        self._producer = KafkaProducer(
            bootstrap_servers=bootstrap,
            enable_idempotence=True,
            acks="all",
            linger_ms=_LINGER_MS,
            delivery_timeout_ms=_DELIVERY_MS,
            max_block_ms=_DELIVERY_MS,
            metrics_enabled=False,
        )

    def run(self) -> None:
        began = monotonic()
        try:
            for record in self._records:
                if self._stopped.wait(max(0.0, began + record.after * self._seconds - monotonic())):
                    break
                self._send(record)
            self._producer.flush(timeout=_DELIVERY_MS / 1_000)
        except BaseException as error:
            self._error = error
        finally:
            self._producer.close()

    def finish(self) -> None:
        """Waits until all is acknowledged; raises what kept a record from it."""
        self.join()
        if self._error is not None:
            raise self._error

    def stop(self) -> None:
        """Ends it before its time."""
        self._stopped.set()
        self.join()

    def acknowledged(self, record: Published, where: Any) -> None:
        """Kafka has the record; ``where`` says its topic, partition, offset and timestamp. Called in its order."""
        partition = (where.topic, where.partition)
        self.ends[partition] = max(self.ends.get(partition, 0), where.offset + 1)

    def _send(self, record: Published) -> None:
        after, topic, key, value, timestamp_ms, partition = record
        future = self._producer.send(topic, value, key=key, partition=partition, timestamp_ms=timestamp_ms)
        future.add_callback(partial(self.acknowledged, record))
        future.add_errback(self._failed)
        self.sent += 1
        self.progress = after

    def _failed(self, error: BaseException) -> None:
        self._error = error
