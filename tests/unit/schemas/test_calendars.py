"""Calendars are data that says what is wrong with it."""

from datetime import date
from pathlib import Path

import pytest

from schemas.calendars import CalendarError, Shift, load_calendars

FILE = """
desk:
  zone: Europe/Berlin
  week: {monday: ["08:00-12:00", "13:30-18:00"], friday: ["21:00-02:00"], saturday: ["00:00-24:00"]}
  days: {2026-12-25: [], 2026-12-26: ["10:00-11:00"]}
"""


def test_a_file_gives_calendars_with_the_shifts_of_each_day(tmp_path: Path) -> None:
    file = tmp_path / "calendars.yaml"
    file.write_text(FILE)
    desk = load_calendars(file)["desk"]
    assert desk.shifts(date(2026, 12, 21)) == (Shift(480, 720), Shift(810, 1_080))
    assert desk.shifts(date(2026, 12, 18)) == (Shift(1_260, 1_560),)
    assert desk.shifts(date(2026, 12, 19)) == (Shift(0, 1_440),)
    assert desk.shifts(date(2026, 12, 25)) == ()
    assert desk.shifts(date(2026, 12, 26)) == (Shift(600, 660),)
    assert desk.shifts(date(2026, 12, 20)) == ()


@pytest.mark.parametrize(
    ("fields", "complaint"),
    [
        ("{zone: Mars/Olympus, week: {}}", "no IANA time zone"),
        ("{zone: ../etc/passwd, week: {}}", "no IANA time zone"),
        ("{zone: '', week: {}}", "no IANA time zone"),
        ('{zone: UTC, week: {monday: ["9-17"]}}', "'9-17' is no shift"),
        ('{zone: UTC, week: {monday: ["24:00-25:00"]}}', "is no shift"),
        ('{zone: UTC, days: {2026-12-25: ["10:00-10:00"]}, week: {}}', "a whole day is 00:00-24:00"),
        ("{zone: UTC, week: {someday: []}}", "Invalid enum value 'someday'"),
        ("{zone: UTC, week: {}, days: {25-12: []}}", "Expected `date`"),
        ("{zone: UTC, week: {}, holidays: []}", "unknown field `holidays`"),
        ("7", "Expected `object`"),
    ],
)
def test_a_calendar_that_cannot_be_used_says_what_is_wrong(tmp_path: Path, fields: str, complaint: str) -> None:
    file = tmp_path / "calendars.yaml"
    file.write_text(f"desk: {fields}")
    with pytest.raises(CalendarError, match=complaint):
        load_calendars(file)
