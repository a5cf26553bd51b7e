"""A soak of seconds: everything that a long one does, and what it has to show at any length."""

from pathlib import Path

import pytest
from rich.console import Console

from tests.soak.report import as_markdown
from tests.soak.run import Plan, soak

# Never beside the suite of faults, which has three brokers of its own.
pytestmark = [pytest.mark.kafka, pytest.mark.timeout(900), pytest.mark.xdist_group("faults")]


def test_a_soak_of_seconds_loses_nothing_and_writes_its_report(tmp_path: Path) -> None:
    results = soak(Plan(minutes=0.6, seed=1, rate=200, directory=tmp_path / "soak"), Console(quiet=True))
    assert results.events.sent > 3_000
    assert results.events.balanced, results.events
    assert results.rows.equal, results.rows
    assert results.faults
    assert [each.failure for each in results.faults if each.failure] == []
    assert results.deaths == ()
    assert results.row_freshness.all.n > 50
    assert results.row_freshness.all.p50 is not None
    assert results.gauge_freshness.all.p50 is not None
    assert results.row_freshness.all.longest != float("inf"), "every probe was seen"
    assert results.gauge_freshness.all.longest != float("inf"), "every probe was seen"
    report = as_markdown(results)
    assert "| rows | as of one undisturbed worker | equal | met |" in report
    assert f"| {results.faults[0].name} |" in report
