"""Storing rows in a real engine, through failures."""

import asyncio
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import structlog
from aiohttp import ClientSession, web

from deploy.local.ports import LOOPBACK, Ports
from schemas.dimensions import NO_SEGMENT
from schemas.metrics import load_registry
from schemas.rows import Row
from sinks.clickhouse import store as store_module
from sinks.clickhouse.migrate import migrate
from sinks.clickhouse.store import ClickHouseStore, RowBatch
from tests.clickhouse_engine import ClickHouseEngine

MINUTE = 60
ROW = Row("nps", "nps.v1", 28_000_000 * MINUTE, NO_SEGMENT, "topic", 0, 0, 7, 2, 19, {9: 1, 10: 1}, {})


@pytest.fixture
def database(clickhouse: ClickHouseEngine) -> Iterator[str]:
    """An empty schema of its own."""
    name = f"store_{uuid4().hex}"
    client = clickhouse.client()
    migrate(client, load_registry(), name)
    yield name
    client.command(f"DROP DATABASE {name}")
    client.close()


@pytest.fixture
def query(clickhouse: ClickHouseEngine, database: str) -> Iterator[Callable[[str], Any]]:
    """Rows of a statement in which {db} is the database."""
    client = clickhouse.client()
    yield lambda sql: client.query(sql.replace("{db}", database)).result_rows
    client.close()


@pytest.fixture
def store(clickhouse: ClickHouseEngine, database: str) -> Iterator[ClickHouseStore]:
    store = ClickHouseStore(clickhouse.url, "default", "", database)
    yield store
    store.close()


async def test_a_row_comes_back_as_it_was_stored(store: ClickHouseStore, query: Callable[[str], Any]) -> None:
    segment = ("web", "", "", "", "north", *NO_SEGMENT[5:])
    row = ROW._replace(segment=segment, within={300_000: 2}, part=1 + (2**40 >> 16), version=2**40, total=-5)
    await store.store(RowBatch.of([row]))
    fields = "metric, definition, toUnixTimestamp(pane), [channel, journey, stage, touchpoint, region], "
    rest = "topic_id, partition, part, version, n, total, buckets, within"
    assert query(f"SELECT {fields}{rest} FROM {{db}}.cells") == [
        (*row[:3], list(segment[:5]), *row[4:]),
    ]
    assert (store.rows, store.failures, store.last_error, store.unstored_since) == (1, 0, None, None)


async def test_columns_are_those_of_the_table(query: Callable[[str], Any]) -> None:
    table = {name: type_ for name, type_, *_ in query("DESCRIBE TABLE {db}.cells")}
    # The engine leaves the zone out of the types it reports.
    table["pane"] = "DateTime('UTC')"
    assert table == store_module.COLUMNS
    assert list(table) == list(store_module.COLUMNS)


async def test_the_same_batch_twice_is_stored_once(store: ClickHouseStore, query: Callable[[str], Any]) -> None:
    batch = RowBatch.of([ROW, ROW._replace(partition=1)])
    await store.store(batch)
    await store.store(batch)
    assert query("SELECT count() FROM {db}.cells") == [(2,)]  # not even a second version to merge


async def test_absolute_rows_in_other_batches_change_nothing(
    store: ClickHouseStore, query: Callable[[str], Any]
) -> None:
    await store.store(RowBatch.of([ROW]))
    await store.store(RowBatch.of([ROW._replace(partition=1), ROW]))
    assert query("SELECT n, total, buckets FROM {db}.panes") == [(4, 38, {9: 2, 10: 2})]


async def test_a_row_is_never_older_than_the_stored_one(store: ClickHouseStore, query: Callable[[str], Any]) -> None:
    await store.store(RowBatch.of([ROW._replace(version=9, n=3, total=27, buckets={9: 3})]))
    await store.store(RowBatch.of([ROW._replace(version=8)]))  # a zombie, a replay
    assert query("SELECT n, total, buckets FROM {db}.panes") == [(3, 27, {9: 3})]


async def test_parts_partitions_and_topics_of_a_pane_are_summed(
    store: ClickHouseStore, query: Callable[[str], Any]
) -> None:
    others = [ROW._replace(part=3), ROW._replace(partition=5), ROW._replace(topic_id="another")]
    await store.store(RowBatch.of([ROW, *others]))
    assert query("SELECT n, total, buckets FROM {db}.panes") == [(8, 76, {9: 4, 10: 4})]


async def test_a_cell_that_retractions_empty_is_gone(store: ClickHouseStore, query: Callable[[str], Any]) -> None:
    retraction = ROW._replace(part=1, n=-2, total=-19, buckets={9: -1, 10: -1})
    await store.store(RowBatch.of([ROW, retraction]))
    assert query("SELECT * FROM {db}.panes") == []


async def test_a_bucket_that_retractions_empty_is_gone(store: ClickHouseStore, query: Callable[[str], Any]) -> None:
    revision = ROW._replace(part=1, n=0, total=-4, buckets={9: -1, 5: 1})
    await store.store(RowBatch.of([ROW, revision]))
    assert query("SELECT n, total, buckets FROM {db}.panes") == [(2, 15, {5: 1, 10: 1})]


async def test_one_batch_may_touch_every_month_of_ten_years(
    store: ClickHouseStore, query: Callable[[str], Any]
) -> None:
    month = 31 * 86_400
    await store.store(RowBatch.of([ROW._replace(pane=ROW.pane - back * month) for back in range(120)]))
    assert query("SELECT count(), uniqExact(toYYYYMM(pane)) > 110 FROM {db}.cells") == [(120, True)]
    assert store.failures == 0


async def test_an_empty_batch_needs_no_server() -> None:
    store = ClickHouseStore("http://127.0.0.1:1", "default", "")
    await asyncio.wait_for(store.store(RowBatch.of([])), 5)
    assert store.failures == 0


async def test_a_batch_is_sent_again_only_while_it_may_be_stored(ports: Ports) -> None:
    asked = 0

    async def permit() -> None:
        nonlocal asked
        asked += 1
        if asked == 2:
            raise PermissionError

    store = ClickHouseStore(f"http://127.0.0.1:{ports.any()}", "default", "")
    with pytest.raises(PermissionError):
        await asyncio.wait_for(store.store(RowBatch.of([ROW]), permit), 30)
    assert (store.failures, store.unstored_since) == (2, None)
    store.close()


async def test_rows_wait_for_an_endpoint_that_is_down_and_arrive_once(tmp_path: Path, ports: Ports) -> None:
    engine = ClickHouseEngine(ports.any(), tmp_path)
    engine.start()
    try:
        client = engine.client()
        migrate(client, load_registry())
        store = ClickHouseStore(engine.url, "default", "hunter2")
        await store.store(RowBatch.of([ROW]))
        engine.process.kill()
        with structlog.testing.capture_logs() as logs:
            storing = asyncio.create_task(store.store(RowBatch.of([ROW._replace(version=8, n=3)])))
            await _until(lambda: store.failures >= 3)
            assert store.last_error is not None
            assert "no ClickHouse answers" in store.last_error
            assert not store.permanent
            assert store.unstored_since is not None
            await asyncio.to_thread(engine.start)
            await asyncio.wait_for(storing, 60)
        assert client.query("SELECT n FROM cx.panes").result_rows == [(3,)]
        assert store.last_error is None
        # Once down, once up again, however many attempts there were; a start may pass through "reset" and "refused".
        assert [entry["event"] for entry in logs].count("clickhouse_stores_again") == 1
        assert len(logs) < store.failures + 1
        assert "hunter2" not in str(logs)
        store.close()
    finally:
        engine.stop()


async def test_an_answer_of_500_after_storing_leaves_one_row(
    clickhouse: ClickHouseEngine, database: str, query: Callable[[str], Any]
) -> None:
    failed: list[str] = []

    async def break_the_first_answer(request: web.Request, status: int, body: bytes) -> web.Response:
        if request.query.get("insert_deduplication_token") and not failed:
            failed.append(request.query["insert_deduplication_token"])
            return web.Response(status=500, text="the answer got lost")
        return web.Response(status=status, body=body)

    async with _proxy(clickhouse.url, break_the_first_answer) as url:
        store = ClickHouseStore(url, "default", "", database)
        batch = RowBatch.of([ROW])
        await asyncio.wait_for(store.store(batch), 30)
        store.close()
    assert failed == [batch.token]
    assert store.failures == 1
    assert query("SELECT count() FROM {db}.cells") == [(1,)]


async def test_an_endpoint_that_never_answers_is_an_error_not_a_pause_for_ever(ports: Ports) -> None:
    with socket.create_server((LOOPBACK, ports.any())) as mute:
        store = ClickHouseStore(f"http://{LOOPBACK}:{mute.getsockname()[1]}", "default", "", timeout_seconds=1)
        storing = asyncio.create_task(store.store(RowBatch.of([ROW])))
        await _until(lambda: store.failures >= 1)
        assert "timed out" in str(store.last_error)
        storing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await storing
        store.close()
    assert store.rows == 0


async def test_a_mistake_is_said_once_and_rows_wait_until_it_is_mended(
    clickhouse: ClickHouseEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store_module, "_PERMANENT_WAIT_SECONDS", 0.1)
    database = f"late_{uuid4().hex}"
    store = ClickHouseStore(clickhouse.url, "default", "", database)
    with structlog.testing.capture_logs() as logs:
        storing = asyncio.create_task(store.store(RowBatch.of([ROW])))
        await _until(lambda: store.failures >= 3)
        assert store.permanent
        assert [entry["event"] for entry in logs] == ["clickhouse_refuses_rows"]
        client = clickhouse.client()
        await asyncio.to_thread(migrate, client, load_registry(), database)
        await asyncio.wait_for(storing, 30)
    assert not store.permanent
    assert client.query(f"SELECT n FROM {database}.panes").result_rows == [(2,)]
    client.command(f"DROP DATABASE {database}")
    store.close()


async def _until(reached: Callable[[], bool], seconds: float = 30) -> None:
    async with asyncio.timeout(seconds):
        while not reached():  # noqa: ASYNC110  a state to poll, without an event
            await asyncio.sleep(0.02)


@asynccontextmanager
async def _proxy(target: str, answer: Callable[[web.Request, int, bytes], Any]) -> AsyncIterator[str]:
    """The engine behind a proxy that may change what the client hears."""

    async def forward(request: web.Request) -> web.StreamResponse:
        headers = {k: v for k, v in request.headers.items() if k.lower() not in ("host", "transfer-encoding")}
        async with session.request(
            request.method, target + request.path_qs, data=await request.read(), headers=headers
        ) as reply:
            return await answer(request, reply.status, await reply.read())  # type: ignore[no-any-return]

    app = web.Application(client_max_size=1 << 30)
    app.router.add_route("*", "/", forward)
    async with ClientSession(auto_decompress=False) as session:
        runner = web.AppRunner(app, auto_decompress=False)
        await runner.setup()
        site = web.TCPSite(runner, LOOPBACK, 0)
        await site.start()
        try:
            yield f"http://{LOOPBACK}:{runner.addresses[0][1]}"
        finally:
            await runner.cleanup()


def test_storing_rows_loads_no_library_for_data_frames(clickhouse: ClickHouseEngine, database: str) -> None:
    """In a process of its own, since whoever asks has loaded them perhaps."""
    program = f"""
import asyncio, sys
from sinks.clickhouse.store import ClickHouseStore, RowBatch
from tests.integration.test_clickhouse_store import ROW
store = ClickHouseStore({clickhouse.url!r}, "default", "", {database!r})
asyncio.run(store.store(RowBatch.of([ROW])))
print(store.rows, "pandas" in sys.modules, "numpy" in sys.modules)
"""
    assert find_spec("pandas") is not None, "chdb brings it along: otherwise this shows nothing"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=120, check=True)
    assert done.stdout.split() == ["1", "False", "False"]
