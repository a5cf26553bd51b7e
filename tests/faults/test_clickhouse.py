"""Whatever ClickHouse does, the rows are those of an undisturbed run."""

import pytest

from tests.faults import strikes
from tests.faults.conftest import Survives

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(900)]


def test_a_killed_clickhouse_changes_no_row(survives: Survives) -> None:
    survives("ClickHouse killed, restarted", strikes.kill_clickhouse)


def test_refused_connections_change_no_row(survives: Survives) -> None:
    survives("ClickHouse refuses connections", strikes.refuse_connections)


def test_a_hanging_clickhouse_changes_no_row(survives: Survives) -> None:
    survives("ClickHouse hangs", strikes.hang)


def test_errors_after_batches_were_stored_change_no_row(survives: Survives) -> None:
    survives("ClickHouse stores and answers 500", strikes.fail_after_storing)


def test_answers_cut_off_after_batches_were_stored_change_no_row(survives: Survives) -> None:
    survives("ClickHouse stores, answer cut off", strikes.cut_answers)


def test_batches_that_arrive_behind_newer_ones_change_no_row(survives: Survives) -> None:
    survives("ClickHouse slower than its timeout", strikes.slow_down)
