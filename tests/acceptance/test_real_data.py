"""Real events in file order, through whole stacks, against a brute-force count over the CSV files."""

import csv
import gzip
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.command_line import report
from tests.acceptance.real_data import DATA, RealEvents, Run, run_local
from tests.integration.local.stack_process import digest
from tests.oracle import itsm, olist
from tests.oracle.expected import KINDS, Fact, Kind, expected, quantile

pytestmark = pytest.mark.timeout(900)

ORDERS = ("csat", "rating", "response_rate", "measured.approval", "measured.delivery", "measured.shipment")
"""Metrics that only orders have; `contradictions` come from both files, the others from incidents."""
DIMENSIONS = {"orders": ("region", "product"), "incidents": ("region", "priority", "team", "reason")}

PERCENTS = (50, 90, 95, 99)
QUANTILE_ERROR = 0.02
"""Relative error that the duration buckets allow."""


def questions() -> list[tuple[str, str]]:
    """Metric and dimension of every report; the values of a dimension, "" included, add up to the whole metric."""
    asked = []
    for metric in KINDS:
        dimensions = DIMENSIONS["orders"] if metric in ORDERS else DIMENSIONS["incidents"]
        both = (*dimensions, "product") if metric == "contradictions" else dimensions
        asked += [(metric, dimension) for dimension in both]
    return asked


@pytest.fixture(scope="module")
def facts() -> list[Fact]:
    return [*olist.Olist(DATA).facts, *itsm.facts(DATA)]


@pytest.mark.parametrize(("metric", "dimension"), questions())
def test_the_report_equals_the_count_over_the_rows_per_month(
    metric: str, dimension: str, real_run: Run, facts: list[Fact]
) -> None:
    lines = report(metric, "--every", "1mo", "--by", dimension, "--least", "1", "--data-dir", real_run.data_dir)
    wanted = expected((fact for fact in facts if fact.metric == metric), (dimension,))
    assert_equal(metric, lines, wanted.get(metric, {}))


def test_months_are_those_of_the_zone_asked_for(real_run: Run, facts: list[Fact]) -> None:
    zone = olist.ZONE
    lines = report(
        "csat", "--every", "1mo", "--by", "region", "--least", "1", "--tz", zone, "--data-dir", real_run.data_dir
    )
    wanted = expected(facts, ("region",), zone)["csat"]
    assert wanted != expected(facts, ("region",))["csat"], "the zone makes a difference"
    assert_equal("csat", lines, wanted)


def test_a_survey_that_comes_once_per_seller_counts_once(real_run: Run) -> None:
    with gzip.open(DATA / olist.FILE, "rt", encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    identity = ("order_purchase_timestamp", "customer_zip_code_prefix", "review_answer_timestamp")
    surveys = {tuple(row[column] for column in identity) for row in rows}
    assert len(surveys) < len(rows)
    (line,) = report("rating", "--every", "all", "--data-dir", real_run.data_dir)
    assert line["n"] == len(surveys)


def test_contradictory_times_are_counted_and_give_no_duration(real_run: Run, real_events: RealEvents) -> None:
    incidents = sum(fact.metric == "contradictions" for fact in itsm.facts(DATA))
    orders = olist.Olist(DATA)
    answers = sum(fact.metric == "contradictions" for fact in orders.facts)
    assert incidents > 0
    (line,) = report("contradictions", "--every", "all", "--data-dir", real_run.data_dir)
    assert line["n"] == incidents + answers
    assert real_events.refused == len(orders.negative) > 0, "the import names what it cannot measure"


def test_the_reconciliation_adds_up(real_run: Run, real_events: RealEvents) -> None:
    summary = real_run.summary
    lines = [json.loads(line) for file in real_events[:2] for line in file.read_bytes().splitlines()]
    surveys = sum(line["type"].startswith("cx.survey.") for line in lines)
    published = {"cx.surveys": surveys, "cx.touchpoints": len(lines) - surveys}
    assert {topic["topic"]: topic["published"] for topic in summary["topics"]} == published
    assert summary["settled"]
    assert summary["adds_up"]
    assert summary["bad_lines"] == 0
    for topic in summary["topics"]:
        assert topic["published"] == topic["accepted"] + topic["duplicates"]
        assert topic["dead_letters"] == 0
    identities = {(line["source"], line["id"]) for line in lines}
    assert sum(topic["accepted"] for topic in summary["topics"]) == len(identities)


@pytest.mark.kafka
def test_apache_kafka_leaves_the_same_rows(real_run: Run, real_events: RealEvents, tmp_path: Path) -> None:
    run = run_local(real_events, tmp_path, "--broker", "kafka")
    assert counts(run) == counts(real_run)
    assert digest(run.data_dir) == digest(real_run.data_dir)


def counts(run: Run) -> list[tuple[Any, ...]]:
    names = ("topic", "published", "accepted", "duplicates", "dead_letters")
    return [tuple(topic[name] for name in names) for topic in run.summary["topics"]]


def assert_equal(metric: str, lines: list[dict[str, Any]], wanted: Mapping[tuple[str, ...], dict[str, Any]]) -> None:
    """Every line with data equals its group, every other one has no value, and no group is missing."""
    found = {}
    for line in lines:
        key = (line["start"][:7], *line["segment"].values())
        if line["n"]:
            found[key] = line
        else:
            assert (line["value"], line["ci_low"], line["ci_high"]) == (None, None, None), key
    assert found.keys() == wanted.keys()
    for key, content in wanted.items():
        assert contents(found[key], KINDS[metric]) == exact_contents(content, found[key], KINDS[metric]), key
        if KINDS[metric] == "duration":
            assert_quantiles(found[key], content["values"])


def contents(line: dict[str, Any], kind: Kind) -> dict[str, Any]:
    """The integers of a line, under the oracle's names."""
    match kind:
        case "answers":
            hist = {int(code): count for code, count in line["histogram"].items() if count}
            return {"n": line["n"], "sum": line["total"], "hist": hist}
        case "duration":
            within = {target: share["n"] for target, share in line["within"].items()}
            return {"n": line["n"], "sum": line["total"], "within": within}
        case "ratio":
            return {"n": line["n"], "sum": line["yes"]}
        case "count":
            return {"n": line["n"]}


def exact_contents(content: dict[str, Any], line: dict[str, Any], kind: Kind) -> dict[str, Any]:
    if kind != "duration":
        return content
    values = content["values"]
    within = {target: sum(value <= milliseconds(target) for value in values) for target in line["within"]}
    return {"n": content["n"], "sum": content["sum"], "within": within}


def assert_quantiles(line: dict[str, Any], values: list[int]) -> None:
    for percent in PERCENTS:
        assert line[f"p{percent}"] == pytest.approx(quantile(values, percent), rel=QUANTILE_ERROR), (percent, line)
    assert line["smallest"] <= values[0]
    assert line["largest"] >= values[-1]


def milliseconds(target: str) -> int:
    return int(target[:-1]) * {"m": 60_000, "h": 3_600_000}[target[-1]]
