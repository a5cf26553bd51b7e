"""What the workers of the local stack say about themselves, and Alertmanager about them, asked over HTTP."""

import asyncio
import time
from collections.abc import Sequence
from typing import Final, NamedTuple

import aiohttp
import msgspec

from deploy.local.alerts import PATH, Alert, read_alerts
from schemas.live import LiveView
from schemas.status import PartitionStatus, WorkerStatus
from streams.core.live import merge_live

_ANSWER_SECONDS: Final = 2
"""A worker that needs longer counts as silent this time; it is asked again a second later."""

_read_status: Final = msgspec.json.Decoder(WorkerStatus).decode
_read_live: Final = msgspec.json.Decoder(LiveView).decode


class WorkerSight(NamedTuple):
    """One worker as seen from outside."""

    name: str
    status: WorkerStatus | None
    """None while it does not answer."""


class Observation(NamedTuple):
    """All workers at one moment."""

    at: float
    """Seconds since 1970."""
    workers: tuple[WorkerSight, ...]
    live: LiveView | None
    """Merged over the workers that answered; None when none did."""
    alerts: tuple[Alert, ...] | None = None
    """Those that are up; None where nobody watches."""

    @property
    def partitions(self) -> tuple[PartitionStatus, ...]:
        """Each partition once: while it moves, two workers may name it, and the one that is further is right."""
        newest: dict[tuple[str, int], PartitionStatus] = {}
        for worker in self.workers:
            for each in worker.status.partitions if worker.status else ():
                known = newest.get((each.topic_id, each.partition))
                if known is None or each.applied > known.applied:
                    newest[each.topic_id, each.partition] = each
        return tuple(newest.values())

    @property
    def applied(self) -> int:
        """Records applied since the logs began."""
        return sum(each.applied + 1 for each in self.partitions)

    @property
    def lag(self) -> int | None:
        """Records not yet read; None when no partition can tell."""
        known = [each.lag for each in self.partitions if each.lag is not None]
        return sum(known) if known else None


class Observer:
    """Asks workers at ``urls`` (named by their position); use as an asynchronous context manager."""

    def __init__(self, urls: Sequence[str], alertmanager: str | None = None) -> None:
        """``alertmanager``: its URL; None where there is none."""
        self._urls = tuple(urls)
        self._alertmanager = alertmanager
        self._alerts: tuple[Alert, ...] | None = () if alertmanager else None
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> "Observer":
        self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=_ANSWER_SECONDS))
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._session is not None:
            await self._session.close()

    async def observe(self) -> Observation:
        """Asks all of them at once."""
        answers = await asyncio.gather(*(self._ask(url + path) for url in self._urls for path in ("/status", "/live")))
        statuses, lives = answers[::2], answers[1::2]
        workers = tuple(
            WorkerSight(f"worker {number}", _read_status(answer) if answer else None)
            for number, answer in enumerate(statuses, start=1)
        )
        views = [_read_live(answer) for answer in lives if answer]
        if self._alertmanager and (answer := await self._ask(self._alertmanager + PATH)):
            self._alerts = read_alerts(answer)
        return Observation(time.time(), workers, merge_live(views) if views else None, self._alerts)

    async def _ask(self, url: str) -> bytes | None:
        assert self._session is not None, "used outside its context"
        try:
            async with self._session.get(url) as response:
                return await response.read() if response.status == 200 else None
        except (aiohttp.ClientError, TimeoutError, OSError):
            return None
