"""The stretches of a plan, shared by several processes: partitions are independent, and Python uses one core."""

import asyncio
import os
from collections.abc import Callable
from concurrent.futures import FIRST_EXCEPTION, Future, ProcessPoolExecutor, wait
from multiprocessing import get_context
from pathlib import Path
from typing import Any, Final

from sinks.clickhouse.store import ClickHouseStore
from streams.connections import clickhouse_access, kafka_client
from streams.logs import configure_logs
from streams.publishing.pace import Pace
from streams.replay.plan import Plan, Stretch, load_plan
from streams.replay.run import Done, replay_stretch
from streams.settings import Settings

_LOOK_SECONDS: Final = 0.5
"""Between two looks at how far the processes are."""


def replay_plan(
    plan: Plan, file: Path, directory: Path, workers: int, rate: float | None, show: Callable[[int], None]
) -> list[Done]:
    """Replays every stretch of the plan in ``file``; what became of each, in their order.

    ``directory``: where runs save what they know; ``workers``: processes; ``rate``: records per second of all together;
    ``show`` is told how many records were read.

    Raises what `replay_stretch` does.
    """
    context = get_context("spawn")
    reached = context.Array("q", max(1, len(plan.stretches)), lock=False)
    share = None if rate is None else rate / workers
    pool = ProcessPoolExecutor(workers, context, _begin, (os.getpid(), reached, file, directory, share))
    try:
        futures: list[Future[Done]] = [pool.submit(_replay, index) for index in range(len(plan.stretches))]
        left = set(futures)
        while left:
            done, left = wait(left, _LOOK_SECONDS, FIRST_EXCEPTION)
            for each in done:
                each.result()  # raises at once what has ended it
            show(sum(reached))
        return [each.result() for each in futures]
    finally:
        pool.shutdown(cancel_futures=True)


class _Process:
    """What a process is given once."""

    parent: int
    reached: Any
    plan: Plan
    directory: Path
    settings: Settings
    rate: float | None


def _begin(parent: int, reached: Any, file: Path, directory: Path, rate: float | None) -> None:
    configure_logs("console", "warning")
    _Process.parent, _Process.reached, _Process.directory, _Process.rate = parent, reached, directory, rate
    _Process.plan, _Process.settings = load_plan(file), Settings()


def _replay(index: int) -> Done:
    return asyncio.run(_replay_stretch(index))


async def _replay_stretch(index: int) -> Done:
    plan, settings = _Process.plan, _Process.settings

    def reached(stretch: Stretch, position: int) -> None:
        _Process.reached[index] = position - stretch.start
        if os.getppid() != _Process.parent:
            os._exit(1)  # it was killed; a new run must not meet us at the same files

    store = ClickHouseStore(**clickhouse_access(settings), database=plan.shadow, cluster=settings.clickhouse_cluster)
    try:
        client, pace = kafka_client(settings), Pace(_Process.rate)
        return await replay_stretch(plan, plan.stretches[index], client, store, _Process.directory, pace, reached)
    finally:
        store.close()
