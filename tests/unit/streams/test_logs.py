"""Log lines: a trouble that lasts does not fill the log."""

import json
import logging
from typing import Any

import pytest
import structlog

from streams import logs
from streams.logs import configure_logs


def lines(capfd: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capfd.readouterr().err.splitlines()]


def test_a_warning_is_told_once_a_minute_whoever_tells_it(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 1_000.0
    monkeypatch.setattr(logs, "monotonic", lambda: now)
    configure_logs("json", "info")
    ours, theirs = structlog.get_logger("ours"), logging.getLogger("aiokafka")
    for _ in range(100):
        ours.warning("not stored", error="refused")
        theirs.error("Unable connect to node with id %s: %s", 1, "refused")
    assert len(lines(capfd)) == 2
    now += 61
    ours.warning("not stored", error="refused")
    assert [line["event"] for line in lines(capfd)] == ["not stored"]


def test_other_words_values_or_speakers_are_another_trouble(capfd: pytest.CaptureFixture[str]) -> None:
    configure_logs("json", "info")
    structlog.get_logger("a").warning("not stored", error="refused")
    structlog.get_logger("a").warning("not stored", error="timed out")
    structlog.get_logger("b").warning("not stored", error="refused")
    logging.getLogger("aiokafka").error("node %s", 1)
    logging.getLogger("aiokafka").error("node %s", 2)
    assert len(lines(capfd)) == 5


def test_what_is_no_trouble_is_told_each_time(capfd: pytest.CaptureFixture[str]) -> None:
    configure_logs("json", "info")
    for _ in range(3):
        structlog.get_logger("a").info("state", state="running")
    assert len(lines(capfd)) == 3
