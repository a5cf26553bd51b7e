"""The benchmark's programs that need no environment of their own, on real servers and small topics."""

from pathlib import Path
from uuid import uuid4

import pytest

from deploy.local.kafka import Kafka
from tests.bench.compare.programs import CXSTREAM, DECODE, PEERS, Program
from tests.bench.compare.running import Measurement, run
from tests.bench.load.filling import Topic, fill
from tests.bench.load.plan import Load, Mix
from tests.bench.servers import Servers
from tests.clickhouse_engine import ClickHouseEngine

pytestmark = pytest.mark.kafka

CLICKHOUSE = next(program for program in PEERS if program.name == "clickhouse")


@pytest.fixture
def servers(kafka: Kafka, clickhouse: ClickHouseEngine, tmp_path: Path) -> Servers:
    return Servers(kafka, clickhouse, tmp_path)


def filled(servers: Servers, load: Load) -> Topic:
    return fill(servers.kafka.bootstrap, f"bench-{uuid4().hex[:8]}", load)


def measured(servers: Servers, program: Program, load: Load) -> Measurement:
    return run(servers, program, filled(servers, load), "test", 0)


@pytest.mark.parametrize("mix", ["surveys", "measured", "cases"])
def test_cxstream_is_right_with_late_and_repeated_events(servers: Servers, mix: Mix) -> None:
    load = Load(mix=mix, events=30_000, open_cases=1_000)
    measurement = measured(servers, CXSTREAM, load)
    assert measurement.verdict == "right"
    assert 0 < measurement.events <= load.records
    assert measurement.cpu_seconds > 0


def test_a_peer_is_right_without_repeated_events_and_found_wrong_with_them(servers: Servers) -> None:
    assert measured(servers, CLICKHOUSE, Load(mix="mixed", events=6_000, late=0, twice=0)).right
    wrong = measured(servers, CLICKHOUSE, Load(mix="mixed", events=6_000))
    assert wrong.right is False
    assert "too many" in wrong.verdict


def test_a_limit_has_a_speed_and_no_verdict(servers: Servers) -> None:
    measurement = measured(servers, DECODE, Load(mix="cases", events=6_000, open_cases=100))
    assert measurement.right is None
    assert measurement.events == 6_006


def test_a_program_that_ends_early_did_not_finish(servers: Servers) -> None:
    broken = Program("broken", "broken", "there_is_no_such_module")
    measurement = measured(servers, broken, Load(mix="measured", events=600))
    assert measurement.verdict == "did not finish"
    assert "No module named" in measurement.error
