"""The range of a report as it is written on a command line."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
import typer

from streams.commands.report_options import range_of
from streams.reporting.periods import Every

NOW = datetime.fromisoformat("2026-03-29T10:41:17+02:00")
"""A Sunday; in Berlin the clocks went forward that morning."""


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.time", NOW.timestamp)


@pytest.mark.parametrize(
    ("ago", "every", "first"),
    [
        ("90m", "all", "2026-03-29T09:11+02:00"),
        ("90m", "1m", "2026-03-29T09:11+02:00"),
        ("90m", "15m", "2026-03-29T09:00+02:00"),
        ("6h", "1h", "2026-03-29T04:00+02:00"),
        ("9h", "1h", "2026-03-29T00:00+01:00"),
        ("12h", "1d", "2026-03-28T00:00+01:00"),
        ("7d", "1w", "2026-03-16T00:00+01:00"),
        ("30d", "1mo", "2026-02-01T00:00+01:00"),
    ],
)
def test_a_time_ago_begins_where_its_period_begins_so_that_no_period_is_cut(ago: str, every: Every, first: str) -> None:
    zone = ZoneInfo("Europe/Berlin")
    assert range_of(ago, None, zone, every) == (int(datetime.fromisoformat(first).timestamp()), None)
    assert range_of(None, ago, zone, every) == (None, int(datetime.fromisoformat(first).timestamp()))


def test_a_moment_is_meant_as_it_is_written_whatever_the_period() -> None:
    first, _ = range_of("2026-03-28T10:07", None, ZoneInfo("Europe/Berlin"), "1d")
    assert first == datetime.fromisoformat("2026-03-28T10:07+01:00").timestamp()


@pytest.mark.parametrize(
    "words", [("6h", "9h"), ("6h", "6h"), ("-6h", None), ("6", None), ("0h", None), ("99999d", None)]
)
def test_what_is_no_range_is_refused(words: tuple[str, str | None], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(typer.Exit):
        range_of(*words, ZoneInfo("UTC"))
    assert words[0] in capsys.readouterr().err
