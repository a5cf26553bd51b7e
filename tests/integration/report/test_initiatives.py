"""What an initiative has changed: its time beside as much before, for whom it is."""

import csv
import io
import json
import re
from typing import Any

import pytest

from tests.integration.report.commands import Result, cxstream, report
from tests.integration.report.logged import Log
from tests.integration.report.stored_rows import Database

START, END = "2026-03-10T00:00:00Z", "2026-03-15T00:00:00Z"


def told(**start: Any) -> Log:
    """Team blue gets better on the tenth, team red does not; before and after what is looked at all is bad."""
    log = Log()
    for day in range(1, 20):
        for team in ("blue", "red"):
            good = 90 if day >= 10 and team == "blue" else 60
            outside = day < 5 or day >= 15
            log.answers(f"2026-03-{day:02}T10:00:00Z", {5: 0 if outside else good, 1: 100 - good}, team=team)
    log.reference("initiative.started", "training", START, kpi="satisfaction", **start)
    return log


def effect(database: Database, *words: str) -> dict[str, Any]:
    result = report(database, *words, "--initiative", "training", "--json")
    assert result.code == 0, result.err
    (line,) = json.loads(result.out)
    found: dict[str, Any] = line
    return found


def test_its_time_is_set_beside_as_much_before_in_its_segment_with_what_was_expected(database: Database) -> None:
    log = told(team="blue", expected=0.2)
    log.reference("initiative.ended", "training", END)
    log.replay(database)
    line = effect(database)
    assert (line["n"], line["value"], line["expected"]) == (500, 0.9, 0.2)
    before = line["compared"]
    assert (before["start"], before["end"]) == ("2026-03-05T00:00:00+00:00", "2026-03-10T00:00:00+00:00")
    assert (before["n"], before["value"], before["verdict"]) == (500, 0.6, "higher")
    assert before["difference"] == pytest.approx(0.3)
    assert before["ci_low"] < 0.3 < before["ci_high"]
    assert before["p"] < 0.001
    table = report(database, "--initiative", "training").out
    for text in ("training: csat, 2026-03-10", "+30.0 pp", "+20.0 pp", "higher"):
        assert text in table
    assert re.search(r"\+2\d\.\d pp to \+3\d\.\d pp", table)


def test_one_that_goes_on_is_looked_at_up_to_the_newest_data(database: Database) -> None:
    told(team="red").replay(database)
    line = effect(database)
    assert line["n"] == 500 + 5 * 40
    assert line["expected"] is None
    assert "to now" in report(database, "--initiative", "training").out


def test_one_that_has_only_begun_shows_that_there_is_no_data_yet(database: Database) -> None:
    log = told()
    log.reference("initiative.started", "training", "2026-04-01T00:00:00Z", kpi="satisfaction")
    log.replay(database)
    line = effect(database)
    assert (line["n"], line["value"], line["compared"]["verdict"]) == (0, None, "no data")


def test_another_metric_or_other_segments_may_be_asked_for_without_the_expectation(database: Database) -> None:
    log = told(expected=0.2)
    log.reference("initiative.ended", "training", END)
    log.replay(database)
    nps = report(database, "nps", "--initiative", "training", "--json").out
    assert [(line["n"], line["expected"]) for line in json.loads(nps)] == [(0, None)]
    rows = csv.DictReader(io.StringIO(report(database, "--initiative", "training", "--by", "team", "--csv").out))
    assert {row["team"]: row["compared_verdict"] for row in rows} == {"blue": "higher", "red": "not distinguishable"}


def test_the_list_names_kpi_segment_times_and_expectation(database: Database) -> None:
    log = told(team="blue", expected=0.2)
    log.reference("initiative.started", "chatbot", "2026-03-12T00:00:00Z", kpi="first_response_mean", expected=-30_000)
    log.reference("initiative.ended", "training", END)
    log.replay(database)

    def listed(*words: str) -> Result:
        return cxstream("initiatives", "list", *words, url=database.url, database=database.name)

    training, chatbot = json.loads(listed("--json").out)
    assert training == {
        "initiative": "training",
        "kpi": "satisfaction",
        "segment": {"team": "blue"},
        "started": "2026-03-10T00:00:00+00:00",
        "ended": "2026-03-15T00:00:00+00:00",
        "expected": 0.2,
    }
    assert (chatbot["ended"], chatbot["expected"], chatbot["segment"]) == (None, -30_000, {})
    table = listed().out
    for text in ("team blue", "2026-03-15 00:00+00:00", "+20.0 pp", "-30.0 s"):
        assert text in table


def test_one_that_began_again_after_it_ended_goes_on(database: Database) -> None:
    log = told()
    log.reference("initiative.ended", "training", END)
    log.reference("initiative.started", "training", "2026-03-16T00:00:00Z", kpi="satisfaction")
    log.replay(database)
    (one,) = json.loads(cxstream("initiatives", "list", "--json", url=database.url, database=database.name).out)
    assert (one["started"], one["ended"]) == ("2026-03-16T00:00:00+00:00", None)


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("--initiative", "chatbot"), "unknown initiative 'chatbot'; known are training"),
        (("--initiative", "training", "--from", "2026-03-01"), "--initiative has no --from"),
        (("--initiative", "training", "--compare", "year"), "--initiative has no --compare"),
        (("mood", "--initiative", "training"), "unknown metric 'mood'"),
    ],
)
def test_wrong_use_is_refused_in_one_line(database: Database, words: tuple[str, ...], complaint: str) -> None:
    told().replay(database)
    result = report(database, *words)
    assert (result.code, len(result.err.splitlines())) == (3, 1)
    assert complaint in result.err


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("Big plan", "--kpi", "satisfaction"), "'Big plan': Expected `str` matching regex"),
        (("plan", "--kpi", "joy"), "unknown KPI 'joy'"),
        (("plan", "--kpi", "satisfaction", "--expect", "much"), "--expect much: could not convert"),
        (("plan", "--kpi", "satisfaction", "--expect", "0.12345"), "--expect 0.12345: a number has more than four"),
        (("plan", "--kpi", "first_response_mean", "--expect", "-30"), "is no duration"),
        (("plan", "--kpi", "satisfaction", "--where", "team=a", "--where", "team=b"), "takes one value"),
    ],
)
def test_a_start_that_says_too_little_is_refused_before_kafka_is_asked(words: tuple[str, ...], complaint: str) -> None:
    result = cxstream("initiatives", "start", *words)
    assert (result.code, complaint in result.err) == (3, True), result.err
