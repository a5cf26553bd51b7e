"""One worker process from its first connection to its exit."""

import asyncio
import gc
import signal
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from functools import partial
from typing import Final

import structlog

from sinks.clickhouse.store import ClickHouseStore
from sinks.dead_letters import DeadLetters
from sinks.prometheus import PrometheusSink
from streams.connections import clickhouse_access, endpoints_tls, kafka_client
from streams.kafka_access import check_access
from streams.settings import Settings
from streams.shell.admin import prepare
from streams.shell.app import StreamApp, build_app
from streams.shell.brokers import Brokers
from streams.shell.checkpoint_log import CheckpointLog
from streams.shell.checkpointing import Checkpointing
from streams.shell.fence import Fence
from streams.shell.flushing import Flushing
from streams.shell.memory import share_one_arena
from streams.shell.ownership import TransportOptions
from streams.shell.restoring import Restoring
from streams.shell.topic_ids import TopicIds
from streams.shell.watchdog import Watchdog
from streams.shell.web import serve
from streams.shell.worker import QUESTIONS_PER_STALL, Worker

_FETCH_BYTES: Final = 1_048_576
"""Per partition and fetch, as Kafka's own default: some thousand events."""

_LEAVE_SECONDS: Final = 10.0
"""For leaving the group and closing connections, after everything that matters is done."""

_CLOSE_SECONDS: Final = 5.0
"""For giving back the connections to Kafka where it answers no more: the end of the process gives them back as well."""

_OBJECTS_PER_COLLECTION: Final = 50_000
"""New objects between two looks for garbage. Records of a chunk are some ten thousand that reference counts free alone;
with Python's default of 700 they would be searched a dozen times on their way."""

Close = Callable[[], Awaitable[None]]
Received = asyncio.Future[signal.Signals]

log = structlog.get_logger()


async def run(settings: Settings) -> signal.Signals | BaseException:
    """Works until SIGTERM or SIGINT, and returns the signal, or what kept the worker from going on; the log has it.

    Raises:
        KafkaUnreachable, aiokafka.errors.KafkaConnectionError: no broker answers.
        KafkaRefused: Kafka does not let us in, or does not allow what a worker has to do.
        TlsError: a certificate or key cannot be used.
        TopicError: a topic is missing or unusable.
        OSError: nothing can listen on ``metrics_host``.
    """
    gc.set_threshold(_OBJECTS_PER_COLLECTION)
    share_one_arena()
    await asyncio.to_thread(check_access, kafka_client(settings))
    await asyncio.to_thread(prepare, settings)
    async with AsyncExitStack() as open_ones:
        topic_ids = TopicIds(settings)
        connections: list[Close] = [partial(asyncio.to_thread, topic_ids.close)]
        open_ones.push_async_callback(_close, connections)
        await asyncio.to_thread(topic_ids, (settings.touchpoints_topic, settings.surveys_topic))
        stopped = _signals()
        app, worker = await _assemble(settings, topic_ids, connections, open_ones)
        # Faust does not come back from here before it has partitions, which may take as long as others keep them.
        starting = asyncio.ensure_future(app.start())
        open_ones.callback(starting.cancel)
        ended = await _first(stopped, worker, app, starting)
        log.info("stopping", signal=ended.name if isinstance(ended, signal.Signals) else None)
        await worker.stop()
    return ended


async def _assemble(
    settings: Settings, topic_ids: TopicIds, connections: list[Close], open_ones: AsyncExitStack
) -> tuple[StreamApp, Worker]:
    """Builds and starts everything but the app; what is started is closed by ``open_ones``, last one first, and at the
    very end its ``connections`` to Kafka."""
    configuration = settings.configuration()
    client = kafka_client(settings)
    store = ClickHouseStore(
        **clickhouse_access(settings), database=settings.clickhouse_database, cluster=settings.clickhouse_cluster
    )
    open_ones.callback(store.close)
    checkpoints = CheckpointLog(client, settings.checkpoints_topic)
    connections.append(checkpoints.stop)
    await checkpoints.start()
    dead_letters = DeadLetters(client, settings.dead_letters_topic)
    connections.append(dead_letters.stop)
    await dead_letters.start()
    exposition = PrometheusSink(metrics=configuration.registry, segments_shown=settings.live_segments)

    app = build_app(settings, TransportOptions(client, settings.fetch_buffer_bytes, _FETCH_BYTES))
    fetching = app.consumer
    places = [(settings.checkpoints_topic, number) for number in range(checkpoints.partitions)]
    brokers = Brokers(client, settings.group, places, settings.stall_seconds / QUESTIONS_PER_STALL)
    connections.append(brokers.close)
    fence = Fence(fetching, topic_ids)
    restoring = Restoring(checkpoints, configuration, topic_ids, fetching, settings.on_lost_records)
    flushing = Flushing(store, fence)
    checkpointing = Checkpointing(dead_letters, configuration, fetching, fence)
    app.owner = worker = Worker(
        settings, fetching, restoring, flushing, checkpointing, dead_letters, brokers, exposition
    )
    watchdog = Watchdog(
        worker, fetching, restoring, checkpoints, flushing, checkpointing, dead_letters, brokers, settings
    )
    worker.duties.start("watchdog", watchdog.run())
    listening = await serve(
        worker,
        watchdog,
        exposition.registry,
        settings.metrics_host,
        settings.metrics_port,
        endpoints_tls(settings),
        settings.endpoints_file,
    )
    open_ones.push_async_callback(listening.runner.cleanup)
    open_ones.push_async_callback(_leave, app)
    return app, worker


def _signals() -> Received:
    """Done with the first SIGTERM or SIGINT; later ones change nothing, since stopping is bounded in time."""
    loop = asyncio.get_running_loop()
    received: Received = loop.create_future()

    def receive(number: signal.Signals) -> None:
        if not received.done():
            received.set_result(number)

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, receive, number)
    return received


async def _first(
    stopped: Received, worker: Worker, app: StreamApp, starting: asyncio.Future[None]
) -> signal.Signals | BaseException:
    """The signal, or why the worker or Faust ended first. Raises what keeps Faust from starting."""
    ends = [asyncio.ensure_future(worker.ended.wait()), asyncio.ensure_future(app._crashed.wait())]
    await asyncio.wait([stopped, starting, *ends], return_when=asyncio.FIRST_COMPLETED)
    if starting.done():
        starting.result()
        await asyncio.wait([stopped, *ends], return_when=asyncio.FIRST_COMPLETED)
    for end in ends:
        end.cancel()
    if app.crashed:
        worker.failed(app.crash_reason or RuntimeError("Faust ended by itself"))
    return worker.failure or stopped.result()


async def _close(connections: list[Close]) -> None:
    """All at once, since one may wait for an answer that will not come."""
    closing = asyncio.gather(*(close() for close in connections), return_exceptions=True)
    try:
        await asyncio.wait_for(closing, _CLOSE_SECONDS)
    except TimeoutError:
        log.warning("connections were not closed in time", seconds=_CLOSE_SECONDS)


async def _leave(app: StreamApp) -> None:
    try:
        await asyncio.wait_for(app.stop(), _LEAVE_SECONDS)
    except TimeoutError:
        log.warning("the group was not left in time, it will notice", seconds=_LEAVE_SECONDS)
