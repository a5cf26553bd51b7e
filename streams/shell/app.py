"""The Faust app: worker life, group membership and one agent. Everything it would keep or serve itself is off."""

from typing import Any, Final

import faust
from faust.app.base import BootStrategy

from streams.settings import Settings
from streams.shell.chunk import ChunkSchema
from streams.shell.ownership import Owner, TransportOptions

_REQUEST_SECONDS: Final = 40.0
"""Of a Kafka request; Faust wants it longer than the session."""

_POLL_SECONDS: Final = 300.0
"""A worker whose main loop has not asked for records this long leaves the group: it hangs, others have to go on."""

_HEARTBEATS_PER_SESSION: Final = 5

_REBALANCE_MARGIN_SECONDS: Final = 30.0
"""Beyond ``shutdown_seconds``, in which every worker writes its checkpoints before it joins anew."""

_QUEUE_MESSAGES: Final = 2**20
"""Never reached: `ChunkBuffer` stops fetching before a queue of chunks is as long as this."""


class _Boot(BootStrategy):  # type: ignore[misc]
    enable_kafka_producer = False
    enable_web = False


class StreamApp(faust.App):  # type: ignore[misc]
    """An app whose transport is `streams.shell.transport` and that touches no disk."""

    BootStrategy = _Boot
    transport_options: TransportOptions
    owner: Owner
    """Set before the app starts."""

    async def on_first_start(self) -> None:
        """Nothing: Faust would make a data directory for tables we do not have."""


def build_app(settings: Settings, options: TransportOptions) -> StreamApp:
    """The app with one agent that hands every chunk to ``app.owner``, in order of delivery."""
    app = StreamApp(
        settings.group,
        broker=[f"cxstream://{broker}" for broker in settings.brokers],
        broker_client_id="cxstream",
        broker_session_timeout=settings.session_timeout_seconds,
        broker_heartbeat_interval=settings.session_timeout_seconds / _HEARTBEATS_PER_SESSION,
        broker_request_timeout=max(_REQUEST_SECONDS, 2 * settings.session_timeout_seconds),
        broker_rebalance_timeout=settings.shutdown_seconds + _REBALANCE_MARGIN_SECONDS,
        broker_max_poll_interval=_POLL_SECONDS,
        stream_buffer_maxsize=_QUEUE_MESSAGES,
        stream_wait_empty=False,
        topic_allow_declare=False,
        topic_disable_leader=True,
        web_enabled=False,
        autodiscover=False,
    )
    app.transport_options = options
    topic = app.topic(
        settings.touchpoints_topic,
        settings.surveys_topic,
        schema=ChunkSchema(),
        acks=False,  # offsets are committed after checkpoints, never because a message was seen
    )

    async def chunks(stream: Any) -> None:
        async for chunk in stream:
            await app.owner.take(chunk)

    app.agent(topic, name="cxstream.chunks")(chunks)
    return app
