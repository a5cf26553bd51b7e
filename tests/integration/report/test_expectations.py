"""What was expected and what came: from events through the partition and ClickHouse to ``cxstream report``."""

import csv
import io
import json
from typing import Final

import pytest

from tests.integration.report.commands import report
from tests.integration.report.stored_rows import Database
from tests.unit.core.partition_log import PartitionLog

ANSWERED: Final = "survey.answered"


def answered(database: Database) -> None:
    """Gaps +1, +1, 0 and -2 of csat, one of which was said again, and 3 of nps."""
    log = PartitionLog()
    for number, (expectation, score) in enumerate([(4, 5), (4, 5), (3, 3), (5, 4)]):
        response = f"r{number}"
        log.add(ANSWERED, response, "2026-03-02T10:00:00Z", metric="csat", score=score, expectation=expectation)
    log.add(ANSWERED, "r3", "2026-03-03T10:00:00Z", metric="csat", score=3, expectation=5, revision=1)
    log.add(ANSWERED, "r9", "2026-03-02T11:00:00Z", metric="nps", score=9, expectation=6)
    database.store(*log.rows())


def test_the_gap_is_reported_with_its_classes_and_ratio_apart_for_each_metric_and_scale(database: Database) -> None:
    answered(database)
    satisfaction, recommendation = json.loads(report(database, "expectation_gap", "--every", "all", "--json").out)
    assert satisfaction["definition"] == "gap.v1.csat.csat5.v1"
    assert (satisfaction["n"], satisfaction["value"]) == (4, 0)
    assert satisfaction["ci_high"] == pytest.approx(2.25033, abs=1e-5)
    assert satisfaction["sd"] == pytest.approx(2**0.5)
    assert [satisfaction[name]["value"] for name in ("above", "equal", "below")] == [0.5, 0.25, 0.25]
    assert satisfaction["ratio"]["value"] == 1
    assert (recommendation["definition"], recommendation["n"], recommendation["value"]) == ("gap.v1.nps.nps.v1", 1, 3)


def test_the_gap_is_told_as_a_table_and_as_csv(database: Database) -> None:
    answered(database)
    table = report(database, "expectation_gap", "--every", "all").out
    assert "below: disappointed" in table
    assert "50.0%" in table
    first, _ = csv.DictReader(io.StringIO(report(database, "expectation_gap", "--every", "all", "--csv").out))
    assert (first["n"], first["above_value"], first["ratio_value"]) == ("4", "0.5", "1.0")


def test_a_range_without_answers_has_no_value(database: Database) -> None:
    words = ("expectation_gap", "--from", "2026-03-01", "--to", "2026-03-02", "--compare", "previous")
    (line,) = json.loads(report(database, *words, "--json").out)
    assert (line["n"], line["value"], line["ratio"]["value"]) == (0, None, None)
    assert line["compared"]["verdict"] == "no data"
