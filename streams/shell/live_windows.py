"""What a worker shows live, over the partitions it owns: looked at anew again and again."""

import asyncio
from collections.abc import Mapping, Sequence
from time import monotonic, time
from typing import Final, Literal

from schemas.live import LiveView
from streams.core.live import Look, view_of
from streams.shell.ownership import TopicPartition
from streams.shell.partition import OwnedPartition

_AGES_SECONDS: Final = 10.0
"""Ages of those who wait are shown anew so often, and when partitions move: of a hundred thousand it takes 0.1 s."""


class LiveWindows:
    """The newest view, replaced as a whole."""

    def __init__(self, clock: Literal["wall", "event"]) -> None:
        """``clock``: when windows end, now or at the newest event."""
        self.view = LiveView(0, (), ())
        self.looks: Sequence[Look] = ()
        """What the view was made of, one of each partition, without their windows: they are large, and in the view."""
        self._clock = clock
        self._aged_at, self._aged_of = -_AGES_SECONDS, frozenset[TopicPartition]()
        """When and of which partitions the view last had new ages."""

    async def look(self, partitions: Mapping[TopicPartition, OwnedPartition]) -> LiveView:
        """Look at the partitions, others running in between; the new view."""
        owned, owned_now = list(partitions.values()), frozenset(partitions)
        as_of = int(time() * 1000)
        if self._clock == "event":
            as_of = max((partition.processor.watermark for partition in owned), default=as_of)
        looks = []
        for partition in owned:
            looks.append(partition.processor.look(as_of))
            await asyncio.sleep(0)
        with_ages = monotonic() - self._aged_at >= _AGES_SECONDS or owned_now != self._aged_of
        # Names in place of numbers: with 10 000 segments a second's work, and nothing waits for it.
        view = await asyncio.to_thread(lambda: view_of(looks, with_ages))
        if with_ages:
            self._aged_at, self._aged_of = monotonic(), owned_now
        else:
            view = view._replace(ages=self.view.ages)
        self.view, self.looks = view._replace(as_of=as_of), [look._replace(windows={}) for look in looks]
        return self.view
