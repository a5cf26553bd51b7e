"""A history on its way into the topics, in the background, squeezed into seconds."""

import threading
from collections.abc import Sequence
from time import monotonic
from typing import Any, Final

from kafka import KafkaProducer

from tests.faults.history import Published

_DELIVERY_MS: Final = 180_000
"""A broker that is killed, or a partition without leader, delays records and loses none."""

_LINGER_MS: Final = 10


class Publication(threading.Thread):
    """Publishes records in their order, each in its time, as a producer does that keeps order and repeats nothing."""

    def __init__(self, bootstrap: str, records: Sequence[Published], seconds: float) -> None:
        """``seconds``: how long the hour takes."""
        super().__init__(name="publication", daemon=True)
        self.records = records
        self.ends: dict[tuple[str, int], int] = {}
        """Offset after the last record that is acknowledged, of each partition."""
        self.sent = 0
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
            for record in self.records:
                if self._stopped.wait(max(0.0, began + record.after * self._seconds - monotonic())):
                    break
                self._send(record)
            self._producer.flush(timeout=_DELIVERY_MS / 1_000)
        except BaseException as error:
            self._error = error
        finally:
            self._producer.close()

    @property
    def progress(self) -> float:
        """Share of the records that are sent, 0 to 1."""
        return self.sent / len(self.records)

    def finish(self) -> None:
        """Waits until all is acknowledged; raises what kept a record from it."""
        self.join()
        if self._error is not None:
            raise self._error

    def stop(self) -> None:
        """Ends it before its time."""
        self._stopped.set()
        self.join()

    def _send(self, record: Published) -> None:
        future = self._producer.send(record.topic, record.value, key=record.key, timestamp_ms=record.timestamp_ms)
        future.add_callback(self._acknowledged)
        future.add_errback(self._failed)
        self.sent += 1

    def _acknowledged(self, where: Any) -> None:
        partition = (where.topic, where.partition)
        self.ends[partition] = max(self.ends.get(partition, 0), where.offset + 1)

    def _failed(self, error: BaseException) -> None:
        self._error = error
