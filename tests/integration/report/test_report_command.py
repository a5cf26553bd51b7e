"""``cxstream report`` as people and programs run it."""

import csv
import io
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from deploy.local.ports import Ports
from schemas.metrics import load_registry
from sinks.clickhouse.migrate import migrate
from tests.clickhouse_engine import ClickHouseEngine
from tests.integration.report.commands import cxstream, report
from tests.integration.report.stored_rows import Database, row

ANSWERS = ["start", "segment", "definition", "n", "value", "ci_low", "ci_high", "total", "not_applicable", "histogram"]


def test_json_is_a_list_of_objects_with_the_promised_names(database: Database) -> None:
    database.store(row("2026-01-01T10:00Z", {10: 5, 8: 3, 2: 2}, team="blue"), row("2026-01-03T10:00Z", {0: 1}))
    result = report(database, "nps", "--by", "team", "--where", "team=blue", "--to", "2026-01-03", "--json")
    assert result.code == 0
    first, second = json.loads(result.out)
    assert list(first) == ANSWERS
    assert (first["start"], first["segment"]) == ("2026-01-01T00:00:00+00:00", {"team": "blue"})
    assert (first["n"], first["value"], first["definition"]) == (10, 30, "nps.v1")
    assert first["ci_low"] < 30 < first["ci_high"]
    assert first["histogram"]["10"] == 5
    assert (second["n"], second["value"]) == (0, None)


def test_json_without_any_line_is_an_empty_list(database: Database) -> None:
    result = report(database, "nps", "--json")
    assert (result.code, json.loads(result.out)) == (0, [])


def test_csv_has_a_column_per_dimension_and_no_value_where_there_is_none(database: Database) -> None:
    database.store(row("2026-01-01T10:00Z", {5: 3, 1: 1}, "csat", "csat5.v1", team='a "quoted", one'))
    words = ("csat", "--by", "team", "--from", "2026-01-01", "--to", "2026-01-03", "--least", "1")
    result = report(database, *words, "--csv")
    lines = list(csv.DictReader(io.StringIO(result.out)))
    assert [(line["team"], line["n"], line["value"]) for line in lines] == [
        ('a "quoted", one', "4", "0.75"),
        ('a "quoted", one', "0", ""),
    ]
    assert (lines[0]["histogram_5"], lines[0]["histogram_10"]) == ("3", "")


def test_segments_that_could_tell_of_single_customers_are_left_out_unless_asked_for(database: Database) -> None:
    panes = [("blue", 90), ("red", 3), ("green", 40), ("grey", 70)]
    database.store(*(row("2026-01-01T10:00Z", {10: n}, team=team) for team, n in panes))
    result = report(database, "nps", "--by", "team", "--json")
    assert [line["segment"]["team"] for line in json.loads(result.out)] == ["blue", "grey"]
    why = "segments with fewer than 5 facts, and those from which they would follow (--least)"
    assert result.err == f"2 lines are left out: {why}\n"
    assert len(json.loads(report(database, "nps", "--by", "team", "--least", "1", "--json").out)) == 4
    assert len(json.loads(report(database, "nps", "--by", "team", "--least", "80", "--json").out)) == 1


def test_how_work_went_is_shown_of_the_smallest_segment_too(database: Database) -> None:
    panes = (("blue", 90), ("red", 3))
    database.store(*(row("2026-01-01T10:00Z", {1: n}, "promise_kept", "ratio.v1", team=team) for team, n in panes))
    lines = json.loads(report(database, "promise_kept", "--by", "team", "--json").out)
    assert [line["n"] for line in lines] == [90, 3]


def test_a_segment_that_was_small_in_the_time_it_is_compared_with_is_left_out(database: Database) -> None:
    for day, of_red in (("01", 1), ("02", 50)):
        panes = (("blue", 90), ("red", of_red), ("green", 40), ("grey", 70))
        database.store(*(row(f"2026-01-{day}T10:00Z", {10: n}, team=team) for team, n in panes))
    words = ("nps", "--by", "team", "--from", "2026-01-02", "--to", "2026-01-03", "--compare", "previous", "--json")
    shown = [line["segment"]["team"] for line in json.loads(report(database, *words).out)]
    assert shown == ["blue", "grey"], "red, and green, from which it would follow"


def test_the_table_shows_shares_in_percent_durations_in_units_and_a_dash_for_no_data(database: Database) -> None:
    database.store(
        row("2026-01-01T10:00Z", {5: 3, 1: 1}, "csat", "csat5.v1"),
        row("2026-01-01T10:00Z", {250: 2}, "first_response", "duration.v1", {3_600_000: 2}, 400_000),
    )
    table = report(database, "csat", "--from", "2026-01-01", "--to", "2026-01-03", "--tz", "Europe/Berlin").out
    assert "75.0%" in table
    assert "2026-01-02 00:00+01:00" in table
    assert "–" in table
    assert "3 m 20 s" in report(database, "first_response").out


def test_a_side_of_the_range_may_be_written_as_how_long_ago(database: Database) -> None:
    now = datetime.now(UTC)
    for hours, n in ((30, 1), (8, 20), (3, 300)):
        database.store(row(f"{now - timedelta(hours=hours):%Y-%m-%dT%H:%MZ}", {10: n}))
    for words, n in ((["--from", "6h"], 300), (["--from", "1d"], 320), (["--from", "1d", "--to", "6h"], 20)):
        (line,) = json.loads(report(database, "nps", "--every", "all", *words, "--json").out)
        assert line["n"] == n


def test_a_comparison_is_told_in_each_format(database: Database) -> None:
    before, now = ({5: k, 1: 300 - k} for k in (246, 264))
    database.store(
        row("2026-01-01T10:00Z", before, "csat", "csat5.v1"), row("2026-01-02T10:00Z", now, "csat", "csat5.v1")
    )
    words = ["csat", "--from", "2026-01-02", "--compare", "previous"]
    (line,) = json.loads(report(database, *words, "--json").out)
    compared = line["compared"]
    assert (compared["start"], compared["n"], compared["verdict"]) == ("2026-01-01T00:00:00+00:00", 300, "higher")
    assert compared["difference"] == pytest.approx(0.06)
    assert compared["ci_low"] < compared["difference"] < compared["ci_high"]
    assert 0.03 < compared["p"] < 0.05 < compared["detectable"]
    (columns,) = csv.DictReader(io.StringIO(report(database, *words, "--csv").out))
    assert (columns["compared_n"], columns["compared_verdict"]) == ("300", "higher")
    table = report(database, *words).out
    assert "+6.0 pp" in table
    assert "higher" in table


def test_the_largest_segments_are_ranked_in_each_format(database: Database) -> None:
    database.store(*(row("2026-01-01T10:00Z", {10: n}, team=team) for team, n in (("blue", 2), ("red", 5), ("tan", 3))))
    words = ["nps", "--by", "team", "--top", "2", "--least", "1"]
    objects = json.loads(report(database, *words, "--json").out)
    told = [(each["segment"]["team"], each["share"], each["cumulative_share"]) for each in objects]
    assert told == [("red", 0.5, 0.5), ("tan", pytest.approx(0.3), pytest.approx(0.8))]
    first, _ = csv.DictReader(io.StringIO(report(database, *words, "--csv").out))
    assert (first["team"], first["share"], first["cumulative_share"]) == ("red", "0.5", "0.5")
    table = report(database, *words).out
    assert "with larger" in table
    assert "80.0%" in table


def test_the_digest_is_told_with_its_number_of_cells(database: Database) -> None:
    database.store(row("2026-01-01T10:00Z", {10: 1}), row("2026-01-01T10:00Z", {5: 1}, "csat", "csat5.v1"))
    everything = json.loads(report(database, "--digest", "--json").out)
    assert everything["cells"] == 2
    assert report(database, "--digest").out.startswith(f"sha256:{everything['sha256']}")
    assert json.loads(report(database, "nps", "--digest", "--json").out)["cells"] == 1


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (["npx"], "known are nps"),
        (["measured"], "measured.NAME"),
        ([], "--digest"),
        (["nps", "--by", "tem"], "unknown dimension 'tem'; known are channel"),
        (["nps", "--where", "tem=blue"], "unknown dimension 'tem'"),
        (["nps", "--where", "team"], "DIM=VALUE"),
        (["nps", "--top", "3"], "--by"),
        (["kpi", "--top", "3"], "ask for their metric"),
        (["nps", "--tz", "Europe/Berln"], "IANA"),
        (["nps", "--every", "2h"], "1mo"),
        (["nps", "--from", "yesterday"], "2026-03-01"),
        (["nps", "--from", "2026-01-01T10:00:30"], "full minute"),
        (["nps", "--from", "2026-01-02", "--to", "2026-01-02"], "not before"),
        (["nps", "--json", "--csv"], "exclude"),
        (["nps", "--compare", "yesterday"], "same-weekday"),
        (["nps", "--compare", "2026-03-02..2026-03-01"], "2026-02-01..2026-03-01"),
    ],
)
def test_wrong_use_leaves_with_3_and_says_what_to_write(words: list[str], hint: str) -> None:
    result = cxstream("report", *words)
    assert (result.code, result.out) == (3, "")
    assert hint in result.err


def test_a_service_that_does_not_answer_leaves_with_4_and_names_its_address() -> None:
    result = cxstream("report", "nps")
    assert result.code == 4
    assert "http://127.0.0.1:1" in result.err
    assert "Traceback" not in result.err


def test_a_database_that_was_never_migrated_leaves_with_3_and_says_so(clickhouse: ClickHouseEngine) -> None:
    result = cxstream("report", "nps", url=clickhouse.url, database="nowhere")
    assert result.code == 3
    assert "cxstream migrate" in result.err


def test_a_stopped_stack_is_read_from_its_files_and_a_running_one_from_its_endpoint(
    tmp_path: Path, ports: Ports
) -> None:
    engine = ClickHouseEngine(ports.any(), tmp_path)
    engine.start()
    try:
        client = engine.client()
        migrate(client, load_registry(), "cx")
        Database(client, "cx", engine.url).store(row("2026-01-01T10:00Z", {10: 5, 8: 3, 2: 2}, team="blue"))
        client.close()
        endpoints = tmp_path / "endpoints.json"
        endpoints.write_text(json.dumps({"pid": 1, "clickhouse": engine.url}))
        words = ("report", "nps", "--by", "team", "--json", "--data-dir", str(tmp_path))
        running = cxstream(*words)
        assert json.loads(running.out)[0]["value"] == 30, running.err
        endpoints.unlink()
        in_use = cxstream(*words)
        assert in_use.code == 4, in_use.err
        endpoints.write_text(json.dumps({"pid": 1, "clickhouse": engine.url}))
    finally:
        engine.stop()
    assert cxstream(*words) == running  # as after a kill: endpoints.json is still there
    endpoints.unlink()
    assert cxstream(*words) == running


def test_a_directory_without_a_stack_leaves_with_3(tmp_path: Path) -> None:
    result = cxstream("report", "nps", "--data-dir", str(tmp_path))
    assert result.code == 3
    assert "no local stack" in result.err
