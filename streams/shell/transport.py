"""The Faust transport ``cxstream://``: the aiokafka driver, but one message per fetched chunk of records.

Stock Faust spends 60-100 µs on each record before an agent sees it; per chunk of thousands that no longer matters. What
differs from the driver is in `consumer.Consumer` (the loop from fetch to agent, back-pressure by an event, no
acknowledgements), `consumer_thread.ConsumerThread` (chunks with positions and log ends, commits that cannot crash the
worker) and `chunk.ChunkSchema` (no codecs). Every private part of Faust and aiokafka that they use is listed in
tests/unit/shell/test_transport_contract.py.
"""

from faust.transport.drivers import aiokafka as driver

from streams.shell.consumer import Consumer


class Transport(driver.Transport):  # type: ignore[misc]
    """Entry point ``cxstream`` of the group ``faust.transports``."""

    Consumer = Consumer
    driver_version = f"cxstream over {driver.Transport.driver_version}"
