"""The local engine's HTTP interface, spoken to as curl, Grafana and clickhouse-connect do."""

import json
import socket
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import cramjam
import pytest
import urllib3

from deploy.local.ports import Ports
from tests.clickhouse_engine import ClickHouseEngine
from tests.small_disk import SmallDisk

HTTP = urllib3.PoolManager()

FORM = {"Content-Type": "multipart/form-data; boundary=b"}
BOMB = bytes(cramjam.zstd.compress(bytes((1 << 28) + 1)))
"""More than an endpoint takes, in some kilobytes."""


def ask(
    engine: ClickHouseEngine,
    body: bytes | str = b"",
    method: str = "POST",
    headers: dict[str, str] | None = None,
    **query: str,
) -> urllib3.BaseHTTPResponse:
    return HTTP.request(method, f"{engine.url}/?{urlencode(query)}", body=body or None, headers=headers)


@pytest.fixture(scope="module")
def engine(clickhouse: ClickHouseEngine) -> ClickHouseEngine:
    for statement in (
        "CREATE DATABASE IF NOT EXISTS endpoint",
        "CREATE OR REPLACE TABLE endpoint.numbers (n UInt64, t String) ENGINE = MergeTree ORDER BY n",
    ):
        assert ask(clickhouse, statement).status == 200
    return clickhouse


def test_it_answers_the_health_checks_of_a_server(engine: ClickHouseEngine) -> None:
    for path in ("/ping", "/replicas_status", "/"):
        answer = HTTP.request("GET", engine.url + path)
        assert (answer.status, answer.data) == (200, b"Ok.\n")


def test_a_statement_comes_in_the_query_or_in_the_body(engine: ClickHouseEngine) -> None:
    assert ask(engine, method="GET", query="SELECT 1").data == b"1\n"
    assert ask(engine, "SELECT 1").data == b"1\n"
    # curl -d labels its body as a form.
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    assert ask(engine, "SELECT 1", headers=form).data == b"1\n"


def test_a_multipart_form_carries_the_statement_and_its_parameters(engine: ClickHouseEngine) -> None:
    fields = {"query": "SELECT {x:UInt32} + 1", "param_x": "41"}
    assert HTTP.request("POST", engine.url, fields=fields).data == b"42\n"


def test_rows_follow_an_insert_statement_wherever_it_stands(engine: ClickHouseEngine) -> None:
    before = int(ask(engine, "SELECT count() FROM endpoint.numbers").data)
    rows = '{"n": 1, "t": "a;b"}\n{"n": 2, "t": "it\'s"}\n'
    assert ask(engine, "INSERT INTO endpoint.numbers FORMAT JSONEachRow\n" + rows).status == 200
    assert ask(engine, rows, query="INSERT INTO endpoint.numbers (n, t) FORMAT JSONEachRow").status == 200
    assert ask(engine, "INSERT INTO endpoint.numbers VALUES (3, 'c')").status == 200
    assert int(ask(engine, "SELECT count() FROM endpoint.numbers").data) == before + 5


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "lz4", "zstd", "br"])
def test_a_body_may_be_compressed(engine: ClickHouseEngine, encoding: str) -> None:
    codec: Any = {"deflate": cramjam.zlib, "br": cramjam.brotli}.get(encoding) or getattr(cramjam, encoding)
    body = bytes(codec.compress(b"SELECT 'from a packed body'"))
    assert ask(engine, body, headers={"Content-Encoding": encoding}).data == b"from a packed body\n"


def test_an_answer_is_compressed_only_when_both_sides_agree(engine: ClickHouseEngine) -> None:
    accepts = {"Accept-Encoding": "gzip"}
    plain = ask(engine, "SELECT 1", headers=accepts)
    assert "Content-Encoding" not in plain.headers
    packed = ask(engine, "SELECT 1", enable_http_compression="1", headers=accepts)
    assert packed.headers["Content-Encoding"] == "gzip"
    assert packed.data == b"1\n"


def test_a_get_cannot_write(engine: ClickHouseEngine) -> None:
    refused = ask(engine, method="GET", query="CREATE DATABASE sneaked_in")
    assert (refused.status, refused.headers["X-ClickHouse-Exception-Code"]) == (500, "164")
    assert ask(engine, "EXISTS DATABASE sneaked_in").data == b"0\n"


@pytest.mark.parametrize(
    ("statement", "status", "code"),
    [
        ("SELEC", 404, "47"),
        ("SELECT FROM WHERE", 400, "62"),
        ("SELECT * FROM endpoint.missing", 404, "60"),
        ("SELECT throwIf(1)", 500, "395"),
        ("INSERT INTO endpoint.numbers FORMAT JSONEachRow\n{broken", 500, "26"),
    ],
)
def test_an_error_has_clickhouses_code_and_text(
    engine: ClickHouseEngine, statement: str, status: int, code: str
) -> None:
    answer = ask(engine, statement)
    assert (answer.status, answer.headers["X-ClickHouse-Exception-Code"]) == (status, code)
    assert answer.data.startswith(f"Code: {code}. DB::Exception: ".encode())


@pytest.mark.parametrize(
    ("body", "query", "headers", "code"),
    [
        (b"SELECT '\xff'", {}, {}, "36"),
        (b"INSERT INTO endpoint.`\xff` VALUES (1)", {}, {}, "36"),
        (b"INSERT INTO endpoint.numbers (n) FORMAT TabSeparated\n1\n\xff\n", {}, {}, "27"),
        (b"SELECT 1 FORMAT Native", {"client_protocol_version": "new"}, {}, "36"),
        (b"--b\r\nContent-Disposition: form-data\r\n\r\nSELECT 1\r\n--b--\r\n", {}, FORM, "36"),
        (BOMB, {}, {"Content-Encoding": "zstd"}, "117"),
        (BOMB[:-9], {}, {"Content-Encoding": "zstd"}, "117"),
    ],
    ids=["statement", "insert", "data", "revision", "form", "bomb", "cut"],
)
def test_what_cannot_be_read_is_refused_with_a_code_and_the_next_statement_answered(
    engine: ClickHouseEngine, body: bytes, query: dict[str, str], headers: dict[str, str], code: str
) -> None:
    refused = ask(engine, body, headers=headers, **query)
    assert (refused.status >= 400, refused.headers.get("X-ClickHouse-Exception-Code")) == (True, code), refused.data
    assert ask(engine, "SELECT 1").data == b"1\n"


def test_an_expectation_that_is_no_text_is_refused_and_the_next_statement_answered(engine: ClickHouseEngine) -> None:
    address = urlsplit(engine.url)
    with socket.create_connection((address.hostname, address.port), timeout=30) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: c\r\nExpect: 10\xff\xff\r\nConnection: close\r\n\r\n")
        assert connection.makefile("rb").readline().startswith(b"HTTP/1.1 417 ")
    assert ask(engine, "SELECT 1").data == b"1\n"


def test_an_id_that_no_header_may_hold_is_not_given_back(engine: ClickHouseEngine) -> None:
    answer = ask(engine, "SELECT 1", query_id="a\r\nInjected: b")
    assert answer.data == b"1\n"
    assert "Injected" not in answer.headers
    assert ask(engine, "SELECT 1", query_id="mine").headers["X-ClickHouse-Query-Id"] == "mine"


def test_a_refused_insert_stores_nothing_and_leaves_the_engine_usable(engine: ClickHouseEngine) -> None:
    before = ask(engine, "SELECT count() FROM endpoint.numbers").data
    assert ask(engine, 'INSERT INTO endpoint.numbers FORMAT JSONEachRow\n{"n":7}\n{"n":"seven"}').status == 500
    assert ask(engine, "SELECT count() FROM endpoint.numbers").data == before


def test_rows_of_many_blocks_are_stored_as_they_are(engine: ClickHouseEngine) -> None:
    rows = "SELECT number + 1000 AS n, unhex('00ff3b270a80') || toString(number) AS t FROM numbers(200_000)"
    body = ask(engine, f"{rows} FORMAT Native").data
    said = ask(engine, body, query="INSERT INTO endpoint.numbers SETTINGS async_insert = 0 FORMAT Native")
    assert json.loads(said.headers["X-ClickHouse-Summary"])["written_rows"] == "200000"
    same = "SELECT count(), sum(n), groupBitXor(cityHash64(t)) FROM"
    assert ask(engine, f"{same} endpoint.numbers WHERE n >= 1000").data == ask(engine, f"{same} ({rows})").data
    assert ask(engine, "DELETE FROM endpoint.numbers WHERE n >= 1000").status == 200


def test_an_insert_without_rows_stores_none(engine: ClickHouseEngine) -> None:
    before = ask(engine, "SELECT count() FROM endpoint.numbers").data
    assert ask(engine, "INSERT INTO endpoint.numbers FORMAT JSONEachRow\n").status == 200
    assert ask(engine, "SELECT count() FROM endpoint.numbers").data == before


def test_an_insert_that_finds_no_room_is_refused_and_stores_nothing(tmp_path: Path, ports: Ports) -> None:
    disk = SmallDisk(tmp_path / "clickhouse", megabytes=64)
    engine = ClickHouseEngine(ports.any(), tmp_path, prefix=disk.prefix)
    engine.start()
    try:
        assert ask(engine, "CREATE TABLE numbers (n UInt64) ENGINE = MergeTree ORDER BY n").status == 200
        with disk.full(engine.process):
            refused = ask(engine, 'INSERT INTO numbers FORMAT JSONEachRow\n{"n": 1}')
            assert (refused.status, refused.headers["X-ClickHouse-Exception-Code"]) == (500, "243")
        assert ask(engine, "SELECT count() FROM numbers").data == b"0\n"
        assert ask(engine, 'INSERT INTO numbers FORMAT JSONEachRow\n{"n": 1}').status == 200
        assert ask(engine, "SELECT count() FROM numbers").data == b"1\n"
    finally:
        engine.stop()


def test_settings_hold_for_one_request(engine: ClickHouseEngine) -> None:
    setting = "SELECT getSetting('max_result_rows')"
    assert ask(engine, setting, max_result_rows="12345").data == b"12345\n"
    assert ask(engine, setting).data == b"0\n"
    unknown = ask(engine, "SELECT 1", no_such_setting="1")
    assert unknown.headers["X-ClickHouse-Exception-Code"] == "115"


def test_database_and_default_format_come_from_the_query_string(engine: ClickHouseEngine) -> None:
    assert ask(engine, "SELECT currentDatabase()", database="endpoint").data == b"endpoint\n"
    answer = ask(engine, "SELECT 1 AS x", default_format="JSONEachRow")
    assert json.loads(answer.data) == {"x": 1}
    assert answer.headers["X-ClickHouse-Format"] == "JSONEachRow"
    assert answer.headers["X-ClickHouse-Timezone"] == "UTC"


@pytest.mark.parametrize("compress", [True, False, "gzip", "zstd", "lz4"])
def test_clickhouse_connect_reads_back_what_it_inserted(engine: ClickHouseEngine, compress: bool | str) -> None:
    import clickhouse_connect

    port = int(engine.url.rsplit(":", 1)[1])
    client = clickhouse_connect.get_client(host="127.0.0.1", port=port, compress=compress, database="endpoint")
    client.command(
        "CREATE OR REPLACE TABLE typed (n UInt64, l LowCardinality(String), m Map(Int32, Int64)) ENGINE = Memory"
    )
    rows = [(n, f"v{n % 7}", {n % 11: n}) for n in range(20_000)]
    assert client.insert("typed", rows, ["n", "l", "m"]).written_rows == len(rows)
    assert client.query("SELECT * FROM typed ORDER BY n").result_rows == rows
    assert client.query("SELECT * FROM typed LIMIT 0").column_names == ("n", "l", "m")
    assert client.query("SELECT n FROM typed WHERE n < {top:UInt64}", parameters={"top": 2}).row_count == 2
    long = "x" * 100_000  # too long for a URL: goes as a form
    assert client.query("SELECT {t:String}", parameters={"t": long}).first_row == (long,)
    client.close()


def test_the_go_client_under_grafana_gets_the_blocks_of_the_revision_it_names(engine: ClickHouseEngine) -> None:
    expressions = (
        "toUInt64(number)",
        "toString(number)",
        "toLowCardinality(toNullable(toString(number)))",
        "nullIf(number, 1)",
        "map('k', [toFloat64(number)])",
        "tuple(number, 'x')",
        "toDateTime64('2026-01-01 00:00:00', 3)",
        "toFixedString('abc', 3)",
        "CAST('a', 'Enum8(\\'a\\' = 1)')",
    )
    rows = 3
    source = f"FROM numbers({rows}) FORMAT Native"
    columns = ", ".join(f"{expression} AS c{number}" for number, expression in enumerate(expressions))
    found = ask(engine, f"SELECT {columns} {source}", client_protocol_version="54460").data
    # By hand: block info, columns, rows, then each column's name, type, one byte more, and the data it has alone.
    wanted = b"\x01\x00\x02\xff\xff\xff\xff\x00" + bytes([len(expressions), rows])
    for number, expression in enumerate(expressions):
        alone = ask(engine, f"SELECT {expression} AS c{number} {source}").data
        type_ = ask(engine, f"SELECT toTypeName({expression}) FROM numbers(1)", default_format="RawBLOB").data
        head = bytes([1, rows, 2]) + f"c{number}".encode() + bytes([len(type_)]) + type_
        assert alone.startswith(head)
        wanted += head[2:] + b"\x00" + alone[len(head) :]
    assert found == wanted


def test_readers_and_writers_work_at_the_same_time(engine: ClickHouseEngine) -> None:
    assert (
        ask(engine, "CREATE OR REPLACE TABLE endpoint.busy (w UInt8, n UInt64) ENGINE = MergeTree ORDER BY n").status
        == 200
    )
    refused: list[bytes] = []

    def write(writer: int) -> None:
        for n in range(50):
            answer = ask(engine, f"INSERT INTO endpoint.busy VALUES ({writer}, {n})")
            refused.extend([answer.data] if answer.status != 200 else [])

    def read() -> None:
        for _ in range(50):
            answer = ask(engine, "SELECT count(), sum(n) FROM endpoint.busy")
            refused.extend([answer.data] if answer.status != 200 else [])

    threads = [threading.Thread(target=write, args=(w,)) for w in range(2)]
    threads += [threading.Thread(target=read) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert refused == []
    assert ask(engine, "SELECT count() FROM endpoint.busy").data == b"100\n"


def test_a_used_data_directory_is_refused_with_advice(engine: ClickHouseEngine) -> None:
    second = _python("-m", "deploy.local.engine", "--data-dir", str(engine.data_dir), "--port", "0")
    assert second.returncode == 3
    assert f"cannot open {engine.data_dir}" in second.stderr
    assert "stop that one first" in second.stderr


def test_a_taken_port_is_named(engine: ClickHouseEngine, tmp_path: Path) -> None:
    port = engine.url.rsplit(":", 1)[1]
    second = _python("-m", "deploy.local.engine", "--data-dir", str(tmp_path), "--port", port)
    assert second.returncode == 3
    assert f"cannot listen on 127.0.0.1:{port}" in second.stderr


def test_after_sigterm_the_data_open_with_a_chdb_dsn(tmp_path: Path, ports: Ports) -> None:
    engine = ClickHouseEngine(ports.any(), tmp_path)
    engine.start()
    _fill(engine, 1)
    engine.stop()
    assert engine.process.exit_code == 0
    reader = (
        "import sys, clickhouse_connect as c;"
        "print(c.get_client(dsn='chdb://' + sys.argv[1]).command('SELECT plusOne(sum(n)) FROM kept.t'))"
    )
    result = _python("-c", reader, str(engine.data_dir))
    assert result.stdout.strip() == "2", result.stderr


def test_confirmed_rows_survive_sigkill(tmp_path: Path, ports: Ports) -> None:
    engine = ClickHouseEngine(ports.any(), tmp_path)
    engine.start()
    for n in range(1, 21):
        _fill(engine, n)
    engine.process.kill()
    engine.start()
    try:
        assert ask(engine, "SELECT sum(n), count() FROM kept.t").data == b"210\t20\n"
    finally:
        engine.stop()


def _fill(engine: ClickHouseEngine, n: int) -> None:
    for statement in (
        "CREATE DATABASE IF NOT EXISTS kept",
        "CREATE TABLE IF NOT EXISTS kept.t (n UInt64) ENGINE = MergeTree ORDER BY n",
        "CREATE FUNCTION IF NOT EXISTS plusOne AS (n) -> n + 1",
        f"INSERT INTO kept.t VALUES ({n})",
    ):
        answer = ask(engine, statement)
        assert answer.status == 200, answer.data


def _python(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, *arguments], capture_output=True, text=True, timeout=60, check=False)
