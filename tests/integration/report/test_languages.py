"""``--lang zh``: tables speak Chinese throughout; ids and abbreviations stay, and so do names that programs read."""

import io
import json
import re
from pathlib import Path
from typing import Final, get_args

import pytest

from schemas.metrics import load_registry
from streams.reporting.comparison import Verdict
from streams.reporting.waiting import Pair, WaitingLine
from streams.reporting.waiting_output import write_table
from streams.reporting.words import saying
from tests.integration.report.commands import report
from tests.integration.report.logged import Log
from tests.integration.report.stored_rows import Database, row
from tests.integration.report.test_expectations import answered

_ENGLISH: Final = re.compile(r"[a-z]{2,}(?![a-z0-9._])", re.IGNORECASE)
_STAY: Final = {"UTC", "NPS", "sd", "pp"}
"""The zone, and what Chinese reports abbreviate in the same way."""


def english(table: str, *ids: str) -> set[str]:
    """Words of a table that somebody forgot to translate; ``ids``: of metrics, dimensions and their values."""
    for each in sorted(ids, key=len, reverse=True):
        table = table.replace(each, " ")
    return set(_ENGLISH.findall(table)) - _STAY


def two_days(database: Database) -> None:
    for day, satisfied in (("01", 246), ("02", 264)):
        buckets = {5: satisfied, 1: 300 - satisfied}
        database.store(row(f"2026-01-{day}T10:00Z", buckets, "csat", "csat5.v1", team="blue"))


def test_the_search_finds_what_is_not_translated(database: Database) -> None:
    two_days(database)
    words = ("csat", "--from", "2026-01-02", "--compare", "previous")
    found = english(report(database, *words).out, "csat5.v1", "csat")
    assert found == {"start", "value", "interval", "before", "difference", "verdict", "to", "higher"}


@pytest.mark.parametrize("verdict", get_args(Verdict))
def test_every_verdict_has_its_chinese(verdict: str) -> None:
    assert saying("zh")(verdict) != verdict


@pytest.mark.parametrize("words", [(), ("--by", "team"), ("--compare", "previous"), ("--by", "team", "--top", "1")])
def test_a_metric_is_told_in_chinese(database: Database, words: tuple[str, ...]) -> None:
    two_days(database)
    table = report(database, "csat", *words, "--lang", "zh").out
    assert "95% 区间" in table
    assert english(table, "csat5.v1", "csat", "team", "blue") == set()


def test_a_verdict_is_told_in_chinese_and_json_keeps_the_word(database: Database) -> None:
    two_days(database)
    words = ("csat", "--from", "2026-01-02", "--compare", "previous", "--lang", "zh")
    assert "更高" in report(database, *words).out
    (line,) = json.loads(report(database, *words, "--json").out)
    assert line["compared"]["verdict"] == "higher"
    assert report(database, *words, "--csv").out.startswith("start,definition,n,value,")


def test_durations_and_gaps_are_told_in_chinese(database: Database) -> None:
    database.store(row("2026-01-01T10:00Z", {250: 2}, "first_response", "duration.v1", {300_000: 2}, 400_000))
    durations = report(database, "first_response", "--lang", "zh").out
    assert "以内" in durations
    assert english(durations, "duration.v1", "first_response") == set()
    answered(database)
    gaps = report(database, "expectation_gap", "--lang", "zh").out
    assert "低于期望：失望" in gaps
    assert english(gaps, "gap.v1.csat.csat5.v1", "gap.v1.nps.nps.v1", "expectation_gap") == set()


@pytest.mark.parametrize(("of_vip", "said"), [(100, "占客户群"), (4, "未加权, 答卷不足 5 份: vip 仅 4 份")])
def test_weighted_scores_and_why_there_are_none_are_told_in_chinese(
    database: Database, tmp_path: Path, of_vip: int, said: str
) -> None:
    base = tmp_path / "base.yaml"
    base.write_text("regular: 8000\nvip: 2000\n")
    for name, n in (("regular", 100), ("vip", of_vip), ("guest", 3)):
        database.store(row("2026-01-01T10:00Z", {10: n}, customer_class=name))
    words = ("nps", "--by", "customer_class", "--population", str(base), "--lang", "zh")
    table = report(database, *words).out
    assert said in table
    assert "3 份答卷不属于客户群中的任何一组" in table
    assert english(table, "nps.v1", "nps", "customer_class", "regular", "vip") == set()


def test_what_an_initiative_has_changed_is_told_in_chinese(database: Database) -> None:
    log = Log()
    for day, good in (("08", 60), ("12", 90)):
        log.answers(f"2026-03-{day}T10:00:00Z", {5: good, 1: 100 - good})
    log.reference("initiative.started", "training", "2026-03-10T00:00:00Z", kpi="satisfaction", expected=0.2)
    log.replay(database)
    table = report(database, "--initiative", "training", "--lang", "zh").out
    assert re.search(r"\+\d+\.\d pp 至 \+\d+\.\d pp", table)
    assert "至 现在" in table
    assert "更高" in table
    assert english(table, "csat5.v1", "csat", "training") == set()


def test_who_waits_is_told_in_chinese() -> None:
    metric, known = load_registry().metrics["first_response"], Pair(1.0, 0.5)
    line = WaitingLine({"team": "blue"}, 2, 2, dict.fromkeys(metric.targets_ms, known), known, Pair(10_000, None))
    out = io.StringIO()
    write_table([line], metric, ("team",), "zh", out)
    assert "等待中" in out.getvalue()
    assert english(out.getvalue(), "team", "blue") == set()
