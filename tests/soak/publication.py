"""Publishes the traffic of a soak at its time, and keeps what Kafka has acknowledged."""

import threading
import time
from collections import Counter
from functools import partial
from typing import Any, Final, NamedTuple

from kafka import KafkaProducer

from tests.soak.traffic import Outgoing, Traffic, probe_team

_DELIVERY_MS: Final = 15 * 60 * 1_000
"""Longer than any broker is away: a record that is given up would break the order of its key."""
_LAST_DELIVERY_SECONDS: Final = 60.0
_NAP_SECONDS: Final = 0.01


class Probe(NamedTuple):
    """One probe in the log."""

    team: str
    event_ms: int
    """Since when its question waits."""
    offset: int
    """Of the event that opened it."""
    sent: float
    """Its Kafka timestamp, seconds since the soak began."""


class Publication(threading.Thread):
    """Runs from `start` until the traffic ends or it is stopped, and then until all is acknowledged."""

    def __init__(self, bootstrap: str, traffic: Traffic, began: float) -> None:
        """``began``: when the soak did, seconds since 1970."""
        super().__init__(name="publication", daemon=True)
        self.sent = 0
        self.acknowledged = 0
        self.probes: list[Probe] = []
        self.ends: Counter[tuple[str, int]] = Counter()
        """Records in each log, as far as acknowledged."""
        self._error: BaseException | None = None
        self._stopped = threading.Event()
        self._traffic = traffic
        self._began = began
        self._producer = KafkaProducer(
            bootstrap_servers=bootstrap,
            enable_idempotence=True,
            acks="all",
            compression_type="lz4",
            linger_ms=20,
            delivery_timeout_ms=_DELIVERY_MS,
            metrics_enabled=False,
        )

    def finish(self) -> None:
        """Waits until all is acknowledged; raises what kept a record from it."""
        self.join()
        if self._error is not None:
            raise self._error

    def stop(self) -> None:
        """Ends it before its time."""
        self._stopped.set()
        self.join()

    def run(self) -> None:
        try:
            for each in self._traffic:
                if not self._await(each.at):
                    break
                self._send(each)
            self._producer.flush(_LAST_DELIVERY_SECONDS)
            self._producer.close(_LAST_DELIVERY_SECONDS)
        except Exception as error:
            self._error = error

    def _await(self, at: float) -> bool:
        """False when it is stopped."""
        while (ahead := at - (time.time() - self._began)) > 0:
            if self._stopped.wait(max(ahead, _NAP_SECONDS)):
                return False
        return not self._stopped.is_set()

    def _send(self, record: Outgoing) -> None:
        future = self._producer.send(record.topic, record.value, record.key, partition=record.partition)
        self.sent += 1
        future.add_callback(partial(self._acknowledge, record))
        future.add_errback(self._fail)

    def _acknowledge(self, record: Outgoing, metadata: Any) -> None:
        self.acknowledged += 1
        self.ends[metadata.topic, metadata.partition] = metadata.offset + 1
        if record.probe is not None:
            team = probe_team(metadata.topic, metadata.partition)
            sent = metadata.timestamp / 1_000 - self._began
            self.probes.append(Probe(team, record.probe, metadata.offset, sent))

    def _fail(self, error: BaseException) -> None:
        self._error = error
