"""A report beside an earlier time: which period that is, what differs, and when nobody can tell."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from schemas.buckets import bucket_of
from schemas.metrics import load_registry
from schemas.rows import Row
from streams.reporting.comparison import Baseline, Compared
from streams.reporting.periods import Every, Period, local_seconds
from streams.reporting.report import Question, report
from tests.integration.report.stored_rows import Database, row

BERLIN = ZoneInfo("Europe/Berlin")
UTC = ZoneInfo("UTC")
REGISTRY = load_registry()


def seconds(text: str, zone: ZoneInfo) -> int:
    return local_seconds(datetime.fromisoformat(text), zone)


def ask(
    database: Database,
    baseline: Baseline,
    start: str,
    end: str,
    metric: str = "csat",
    every: Every = "1d",
    zone: ZoneInfo = UTC,
) -> list[Compared]:
    question = Question(
        REGISTRY.metrics[metric], every, zone, seconds(start, zone), seconds(end, zone), baseline=baseline
    )
    lines = list(report(question, database.contents))
    found = [line.compared for line in lines if line.compared is not None]
    assert len(found) == len(lines)
    return found


def satisfied(day: str, percent: int, n: int, definition: str = "csat5.v1") -> Row:
    return row(f"{day}T12:00Z", {5: percent * n // 100, 1: n - percent * n // 100}, "csat", definition)


@pytest.mark.parametrize(("n", "verdict"), [(200, "not distinguishable"), (300, "higher")])
def test_88_percent_after_82_is_higher_only_with_enough_answers(database: Database, n: int, verdict: str) -> None:
    database.store(satisfied("2026-03-01", 82, n), satisfied("2026-03-02", 88, n))
    (found,) = ask(database, "previous", "2026-03-02", "2026-03-03")
    assert found.verdict == verdict
    assert found.score.n == n
    assert found.difference is not None
    assert found.difference.value == pytest.approx(0.06)


def test_each_period_has_the_one_before_it_and_the_first_one_too(database: Database) -> None:
    database.store(*(satisfied(f"2026-03-0{day}", 80, 10 * day) for day in range(1, 5)))
    found = ask(database, "previous", "2026-03-02", "2026-03-05")
    assert [each.score.n for each in found] == [10, 20, 30]


@pytest.mark.parametrize(
    ("baseline", "every", "start", "end", "before"),
    [
        ("previous", "1d", "2026-03-30", "2026-03-31", ("2026-03-29", "2026-03-30")),
        ("previous", "1w", "2026-03-09", "2026-03-16", ("2026-03-02", "2026-03-09")),
        ("previous", "1mo", "2026-03-01", "2026-04-01", ("2026-02-01", "2026-03-01")),
        ("previous", "1mo", "2026-03-01", "2026-03-15", ("2026-02-01", "2026-02-15")),
        ("previous", "1h", "2026-03-02T10:00", "2026-03-02T11:00", ("2026-03-02T09:00", "2026-03-02T10:00")),
        ("previous", "all", "2026-03-05", "2026-03-08", ("2026-03-02", "2026-03-05")),
        ("same-weekday", "1d", "2026-04-02", "2026-04-03", ("2026-03-26", "2026-03-27")),
        ("year", "1mo", "2026-03-01", "2026-04-01", ("2025-03-01", "2025-04-01")),
        ("year", "1d", "2028-02-29", "2028-03-01", ("2027-02-28", "2027-03-01")),
    ],
)
def test_the_earlier_period_is_cut_on_the_local_calendar(
    database: Database, baseline: Baseline, every: Every, start: str, end: str, before: tuple[str, str]
) -> None:
    (found,) = ask(database, baseline, start, end, every=every, zone=BERLIN)
    assert found.period == Period(*(seconds(text, BERLIN) for text in before))
    assert found.verdict == "no data"


def test_periods_that_share_facts_are_not_compared(database: Database) -> None:
    database.store(*(satisfied(f"{year}-06-01", 80, 100) for year in (2024, 2025)))
    (found,) = ask(database, "year", "2024-01-01", "2026-01-01", every="all")
    assert (found.score.n, found.difference, found.verdict) == (100, None, "overlapping")
    two = ask(database, "year", "2024-01-01", "2026-01-01", every="1mo")
    assert {each.verdict for each in two} <= {"no data", "not distinguishable"}


def test_one_earlier_time_may_be_given_for_all_periods(database: Database) -> None:
    database.store(*(satisfied(f"2026-03-0{day}", 80, 10 * day) for day in range(1, 5)))
    baseline = Period(seconds("2026-03-01", UTC), seconds("2026-03-03", UTC))
    found = ask(database, baseline, "2026-03-03", "2026-03-05")
    assert [(each.score.n, each.period) for each in found] == [(30, baseline), (30, baseline)]


def test_too_few_answers_are_not_compared(database: Database) -> None:
    database.store(satisfied("2026-03-01", 0, 10), satisfied("2026-03-02", 100, 10))
    (found,) = ask(database, "previous", "2026-03-02", "2026-03-03")
    assert found.verdict == "too few"


def test_another_definition_is_marked_and_never_compared(database: Database) -> None:
    database.store(satisfied("2026-03-01", 80, 100, "csat5.v1"), satisfied("2026-03-02", 90, 100, "csat5.v2"))
    (found,) = ask(database, "previous", "2026-03-02", "2026-03-03")
    assert (found.verdict, found.difference, found.score.n) == ("other definition", None, 0)


def test_a_count_has_its_earlier_value_and_no_verdict(database: Database) -> None:
    for day, n in (("01", 5), ("02", 9)):
        counted = row(f"2026-03-{day}T12:00Z", {}, "cases_opened", "count.v1")._replace(n=n)
        database.store(counted)
    (found,) = ask(database, "previous", "2026-03-02", "2026-03-03", metric="cases_opened")
    assert (found.score.value, found.difference, found.verdict) == (5, None, None)


def test_durations_that_have_doubled_are_higher(database: Database) -> None:
    for day, ms in (("01", 60_000), ("02", 120_000)):
        spread = {bucket_of(ms + step): 10 for step in (0, 10_000, 20_000)}
        database.store(row(f"2026-03-{day}T12:00Z", spread, "first_response", "duration.v1", total=30 * (ms + 10_000)))
    (found,) = ask(database, "previous", "2026-03-02", "2026-03-03", metric="first_response")
    assert found.verdict == "higher"
    assert found.difference is not None
    assert found.difference.value == pytest.approx(60_000)
