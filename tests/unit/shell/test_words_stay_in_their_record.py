"""What people wrote into events reaches the dead-letter topic, in the letter itself, and nothing else of a worker."""

import json
from typing import Any

import msgspec
import pytest
from prometheus_client import generate_latest

from schemas.metrics import load_registry
from sinks.dead_letters import DeadLetter
from sinks.prometheus import PrometheusSink
from streams.logs import configure_logs
from tests.property.planting import EVENTS, WORDS, places, planted, raw_lines, shapes
from tests.unit.shell.chunks import chunk
from tests.unit.shell.workers import KEY, Letters, Surroundings

KEPT = ("channel", "region", "team", "product", "priority")


class KeptLetters(Letters):
    """Remembers the letters that were written."""

    def __init__(self) -> None:
        super().__init__()
        self.letters: list[DeadLetter] = []

    async def _write(self, batch: Any) -> None:
        self.letters += batch


def records() -> list[bytes]:
    """Each place of each event with the words in every shape; kept dimensions are shown on purpose, and left out."""
    events = [
        planted(event, place, value) | {"id": f"e{number}"}
        for number, event in enumerate(EVENTS)
        for place in places(event)
        if place[-1] not in KEPT
        for value in shapes(WORDS)
    ]
    return [*(json.dumps(event).encode() for event in events), *raw_lines(WORDS)]


@pytest.mark.parametrize("form", ["json", "console"])
async def test_no_log_metric_status_or_header_repeats_them(form: Any, capfd: pytest.CaptureFixture[str]) -> None:
    configure_logs(form, "debug")
    surroundings = Surroundings()
    surroundings.worker._dead_letters = letters = KeptLetters()
    sink = PrometheusSink(metrics=load_registry(), segments_shown=100)
    surroundings.worker._exposition = sink
    values = records()
    await surroundings.assign()
    await surroundings.worker.take(chunk(0, values))
    await surroundings.worker._show_live()
    await surroundings.checkpoint()
    surroundings.worker.failed(RuntimeError("with a traceback"))
    shown = [
        msgspec.json.encode(surroundings.worker.status()).decode(),
        msgspec.json.encode(surroundings.worker.live.view).decode(),
        generate_latest(sink.registry).decode(),
    ]
    queued = list(letters._queue)
    partition = surroundings.worker.partitions[KEY]
    await surroundings.worker.stop()
    assert len(queued) > len(values) / 2
    assert any(WORDS.encode() in (letter.value or b"") for letter in queued)
    assert sum(partition.status().counts.rejected.values()) == len(queued)
    for letter in queued:
        headers = {name: value for name, value in letter.all_headers() if name.startswith("cx-")}
        assert WORDS.encode() not in b"".join(value or b"" for value in headers.values()), headers
    for text in (*shown, *capfd.readouterr()):
        assert "Mrs Smith" not in text
