"""Whatever ClickHouse does, the rows are those of an undisturbed run."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.local.ports import Ports
from tests.clickhouse_engine import ClickHouseEngine
from tests.faults import signs, strikes
from tests.faults.conftest import Survives
from tests.faults.system import System
from tests.small_disk import SmallDisk

DISK_MEGABYTES = 256
"""Room for the engine and all rows, at most twice while they are merged."""


@pytest.mark.fault(
    "ClickHouse killed, restarted",
    does="sends the same batch until it is confirmed",
    sees="rows late; live metrics and checkpoints go on",
)
def test_a_killed_clickhouse_changes_no_row(survives: Survives) -> None:
    survives(strikes.kill_clickhouse, sees=signs.only_rows_wait)


@pytest.mark.fault(
    "ClickHouse refuses connections",
    does="sends the same batch until it is confirmed",
    sees="rows late, `flush_error` in `/status`",
)
def test_refused_connections_change_no_row(survives: Survives) -> None:
    survives(strikes.refuse_connections, sees=signs.rows_wait)


@pytest.mark.fault(
    "ClickHouse hangs",
    does="gives an insert up after `CX_CLICKHOUSE_TIMEOUT_SECONDS` and sends it again",
    sees="rows late, `flush_error` in `/status`",
)
def test_a_hanging_clickhouse_changes_no_row(survives: Survives) -> None:
    survives(strikes.hang, sees=signs.rows_wait)


@pytest.mark.fault(
    "ClickHouse stores and answers 500",
    does="sends the batch again; rows are absolute, so the second time changes nothing",
    sees="rows late, `flush_error` in `/status`",
)
def test_errors_after_batches_were_stored_change_no_row(survives: Survives) -> None:
    survives(strikes.fail_after_storing, sees=signs.rows_wait)


@pytest.mark.fault(
    "ClickHouse stores, answer cut off",
    does="sends the batch again; rows are absolute, so the second time changes nothing",
    sees="rows late, `flush_error` in `/status`",
)
def test_answers_cut_off_after_batches_were_stored_change_no_row(survives: Survives) -> None:
    survives(strikes.cut_answers, sees=signs.rows_wait)


@pytest.mark.fault(
    "ClickHouse slower than its timeout",
    does="an old batch that arrives behind a newer one loses by its versions",
    sees="rows late, `flush_error` in `/status`",
)
def test_batches_that_arrive_behind_newer_ones_change_no_row(survives: Survives) -> None:
    survives(strikes.slow_down, sees=signs.rows_wait)


@pytest.fixture
def small_disk(tmp_path: Path) -> SmallDisk:
    return SmallDisk(tmp_path / "clickhouse", DISK_MEGABYTES)


@pytest.fixture
def engine_on_small_disk(small_disk: SmallDisk, tmp_path: Path, ports: Ports) -> Iterator[ClickHouseEngine]:
    engine = ClickHouseEngine(ports.any(), tmp_path, prefix=small_disk.prefix)
    engine.start()
    yield engine
    engine.stop()


@pytest.mark.fault(
    "ClickHouse's disk full",
    does="sends the same batch until there is room",
    sees="rows late, `flush_error` in `/status` says NOT_ENOUGH_SPACE",
)
def test_a_full_disk_changes_no_row(
    small_disk: SmallDisk, engine_on_small_disk: ClickHouseEngine, survives: Survives
) -> None:
    engine = engine_on_small_disk

    def fill_the_disk(system: System) -> None:
        with small_disk.full(engine.process):
            signs.rows_wait(system, "NOT_ENOUGH_SPACE")
            system.pause(2, 4)
            system.acts()

    survives(fill_the_disk, engine=engine, clickhouse_url=engine.url)
