"""Live windows move by the minute, the day by the quarter hour, and lose nothing that leaves memory."""

import pytest
from msgspec.structs import replace

from schemas.live import Window
from streams.core import windows
from streams.core.cells import Tally, merged
from tests.unit.core.partition_log import CONFIGURATION, PartitionLog

DAY = "2026-03-02T"
NOON_MS = 1_772_452_800_000
MINUTE_MS = 60_000


def answers(log: PartitionLog, window: Window, as_of_ms: int) -> int:
    view = log.processor.look(as_of_ms).view()
    return sum(cell.n for cell in view.windows if cell.window == window and cell.metric == "nps")


def store(log: PartitionLog) -> None:
    log.processor.take_rows()
    log.processor.confirm()


def test_a_window_holds_its_whole_panes_up_to_the_current_one() -> None:
    log = PartitionLog()
    log.add("survey.answered", "r1", DAY + "12:00:30Z", metric="nps", score=9)
    assert answers(log, "5m", NOON_MS) == 1
    assert answers(log, "5m", NOON_MS + 5 * MINUTE_MS - 1) == 1
    assert answers(log, "5m", NOON_MS + 5 * MINUTE_MS) == 0
    assert answers(log, "1h", NOON_MS + 60 * MINUTE_MS - 1) == 1
    assert answers(log, "1h", NOON_MS + 60 * MINUTE_MS) == 0
    assert answers(log, "24h", NOON_MS + 23 * 60 * MINUTE_MS) == 1
    assert answers(log, "24h", NOON_MS + 25 * 60 * MINUTE_MS) == 0


def test_a_revision_moves_the_answer_within_its_window() -> None:
    log = PartitionLog()
    log.add("survey.answered", "r1", DAY + "12:00:30Z", metric="nps", score=9)
    assert answers(log, "5m", NOON_MS) == 1
    log.add("survey.withdrawn", "r1", DAY + "12:00:40Z")
    assert answers(log, "5m", NOON_MS) == 0


def test_the_hour_moves_by_the_minute_also_where_panes_close_early() -> None:
    log = PartitionLog(replace(CONFIGURATION, lateness_ms=MINUTE_MS))
    for minute in (2, 8, 50):
        log.add("survey.answered", f"r{minute}", f"{DAY}12:{minute:02}:00Z", metric="nps", score=9)
    store(log)
    assert answers(log, "1h", NOON_MS + 61 * MINUTE_MS) == 3
    assert answers(log, "1h", NOON_MS + 62 * MINUTE_MS) == 2
    assert answers(log, "1h", NOON_MS + 67 * MINUTE_MS) == 2
    assert answers(log, "1h", NOON_MS + 68 * MINUTE_MS) == 1


def test_late_answers_join_the_quarter_hours_that_left_memory_before() -> None:
    log = PartitionLog(replace(CONFIGURATION, late_part_shift=0))
    log.add("survey.answered", "r1", DAY + "12:00:30Z", metric="nps", score=9)
    log.add("survey.answered", "r2", DAY + "15:00:00Z", metric="nps", score=9)
    store(log)
    assert answers(log, "24h", NOON_MS + 181 * MINUTE_MS) == 2
    for number in range(3, 6):
        log.add("survey.answered", f"r{number}", DAY + "12:00:30Z", metric="nps", score=9)
        store(log)
        assert answers(log, "24h", NOON_MS + 181 * MINUTE_MS) == number
    log.restart()
    assert answers(log, "24h", NOON_MS + 181 * MINUTE_MS) == 5


def test_a_refresh_merges_the_cells_that_have_changed_and_no_others(monkeypatch: pytest.MonkeyPatch) -> None:
    log = PartitionLog()
    for number in range(50):
        log.add("case.opened", f"c{number}", DAY + "09:00:00Z", team=f"team-{number}")
    log.processor.look(log.processor.watermark)
    asked: list[object] = []

    def counted(one: Tally, other: Tally, weight: int = 1) -> Tally:
        asked.append(other)
        return merged(one, other, weight)

    monkeypatch.setattr(windows, "merged", counted)
    log.add("case.opened", "c50", DAY + "09:00:30Z", team="team-7")
    view = log.processor.look(log.processor.watermark).view()
    opened = [cell.n for cell in view.windows if cell.metric == "cases_opened" and cell.window == "1h"]
    assert (len(opened), sum(opened)) == (50, 51)
    # Of each of the three windows the old content goes and the new one comes.
    assert len(asked) <= 2 * 3
