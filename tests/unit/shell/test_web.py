"""The worker's HTTP endpoint among clients that mean no good."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from time import sleep

import msgspec
import pytest
from prometheus_client import CollectorRegistry
from prometheus_client.core import GaugeMetricFamily

from schemas.status import WorkerStatus
from streams.shell.bounded_runner import MOST_CONNECTIONS
from streams.shell.web import Listening, serve
from tests.unit.shell.workers import Surroundings

SECONDS = 30
"""Far above what an answer takes on a busy machine."""


class Slow:
    """A collector that takes its time and knows how often it was asked."""

    def __init__(self) -> None:
        self.asked = 0

    def collect(self) -> list[GaugeMetricFamily]:
        self.asked += 1
        sleep(0.2)
        return [GaugeMetricFamily("cx_large", "x" * 1_000_000)]


@asynccontextmanager
async def serving(*collectors: Slow) -> AsyncIterator[Listening]:
    registry = CollectorRegistry()
    for collector in collectors:
        registry.register(collector)
    around = Surroundings()
    worker = around.worker
    listening = await serve(worker, around.watchdog, registry, "127.0.0.1", 0, None, None)
    for collector in collectors:
        collector.asked = 0  # registering asked
    try:
        yield listening
    finally:
        await listening.runner.cleanup()
        await worker.stop()


Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def connect(listening: Listening, sent: bytes = b"") -> Streams:
    reader, writer = await asyncio.open_connection(listening.host, listening.port)
    writer.write(sent)
    return reader, writer


async def ask(listening: Listening, sent: bytes) -> tuple[int, bytes]:
    """Status and body of the answer to raw bytes; 0 if the connection ends without one."""
    async with asyncio.timeout(SECONDS):
        reader, writer = await connect(listening, sent)
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            length = next((int(line[15:]) for line in head.split(b"\r\n") if line.startswith(b"Content-Length:")), 0)
            return int(head.split()[1]), await reader.readexactly(length)
        except (asyncio.IncompleteReadError, ConnectionError):
            return 0, b""
        finally:
            writer.close()


def get(path: str, *headers: str, method: str = "GET") -> bytes:
    return "\r\n".join([f"{method} {path} HTTP/1.1", "Host: w", *headers, "", ""]).encode()


async def is_alive(listening: Listening) -> bool:
    return await ask(listening, get("/livez")) == (200, b"ok\n")


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (get("/"), 404),
        (get("/../../etc/passwd"), 404),
        (get("/metrics/more"), 404),
        (get("/livez", method="POST"), 405),
        (get("/status", method="DELETE"), 405),
        (get("/livez", method="NONSENSE"), 400),
        (get("/" + "x" * 100_000), 400),
        (get("/livez", "X-Large: " + "x" * 100_000), 400),
        (get("/livez", *(f"X-{number}: y" for number in range(10_000))), 400),
        (get("/livez", "no colon"), 400),
        (get("/livez", "Content-Length: -1"), 400),
        (get("/livez", "Content-Length: 3", "Transfer-Encoding: chunked"), 400),
        (b"GET /livez HTTP/1.1\r\nHost: w\r\nExpect: wonders\r\nConnection: close\r\n\r\n", 417),
        (b"GET /../status HTTP/1.1\r\nHost: w\r\nExpect: 10\xff\xff\r\nConnection: close\r\n\r\n", 417),
        (b"GET /livez HTTP/1.1\r\nHost: w\r\nExpect: 100-Continue\r\nConnection: close\r\n\r\n", 100),
        (b"\0\1\2\3\r\n\r\n", 400),
        (b"GET /livez HTTP/9.9\r\n\r\n", 400),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", 400),
    ],
)
async def test_what_is_no_question_is_refused_without_a_word_in_the_log(
    request_: bytes, status: int, caplog: pytest.LogCaptureFixture
) -> None:
    async with serving() as listening:
        assert (await ask(listening, request_))[0] == status
        assert await is_alive(listening)
    assert [record for record in caplog.records if record.name.startswith("aiohttp")] == []


async def test_however_many_connections_are_silent_a_probe_is_answered_and_few_stay_open() -> None:
    async with serving() as listening:
        parts = [b"", b"GET /metrics HTT", get("/livez")[:-2], get("/livez")]
        silent = [await connect(listening, parts[number % len(parts)]) for number in range(4 * MOST_CONNECTIONS)]
        assert await is_alive(listening)
        server = listening.runner._server
        assert server is not None
        assert len(server.connections) <= MOST_CONNECTIONS
        for number, (_, writer) in enumerate(silent):  # slowly, one byte after the other
            if not writer.is_closing() and number % len(parts) == 1:
                writer.write(b"P")
        assert await is_alive(listening)
        for _, writer in silent:
            writer.close()


async def test_a_client_that_reads_nothing_of_its_answer_blocks_nobody() -> None:
    slow = Slow()
    async with serving(slow) as listening:
        deaf = [await connect(listening, get("/metrics") * 20) for _ in range(10)]
        async with asyncio.timeout(SECONDS):
            while slow.asked < 1:  # noqa: ASYNC110
                await asyncio.sleep(0.02)
        assert await is_alive(listening)
        status, body = await ask(listening, get("/status"))
        assert (status, len(body) < 2_000) == (200, True)
        assert msgspec.json.decode(body, type=WorkerStatus).state == "starting"
        for _, writer in deaf:
            writer.transport.abort()


async def test_a_crowd_that_asks_for_metrics_at_once_costs_one_exposition() -> None:
    slow = Slow()
    async with serving(slow) as listening:
        answers = await asyncio.gather(*(ask(listening, get("/metrics")) for _ in range(40)))
        assert {(status, len(body) > 1_000_000) for status, body in answers} == {(200, True)}
        assert slow.asked < 10
        assert (await ask(listening, get("/live")))[0] == 200


async def test_a_body_that_never_ends_is_not_kept() -> None:
    async with serving() as listening:
        endless = get("/livez", "Content-Length: 100000000000", method="POST")
        reader, writer = await connect(listening, endless)
        async with asyncio.timeout(SECONDS):
            assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 405")
            with suppress(ConnectionError):
                while True:
                    writer.write(b"x" * 65_536)
                    await writer.drain()
        assert await is_alive(listening)
        writer.close()


async def test_who_waits_is_listed_and_a_wrong_question_is_told_what_there_is() -> None:
    async with serving() as listening:
        assert await ask(listening, get("/waiting?team=blue&limit=5")) == (200, b"[]")
        status, text = await ask(listening, get("/waiting?who=ann"))
        assert (status, b"customer_class" in text) == (400, True)
