import time
from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import pytest

from deploy.local.probe import LivenessProbe, Patience
from tests.unit.local.clock import Clock
from tests.unit.local.livez import WELL, serve

PATIENCE = Patience(period=2, answer=5, failures=3, start=60)
STALLED = "503 agent: fetched records are not applied"


class Asked:
    """A probe of a server in this process."""

    def __init__(self, directory: Path) -> None:
        self.clock = Clock()
        self.endpoints = directory / "worker.json"
        self._saying = directory / "saying"
        self.say(WELL)
        self.server = serve(self.endpoints, self._saying)
        Thread(target=self.server.serve_forever, daemon=True).start()
        self.probe = LivenessProbe(self.endpoints, PATIENCE, self.clock)

    def say(self, text: str) -> None:
        self._saying.write_text(text)

    def hang(self) -> None:
        self._saying.unlink()

    def question(self) -> str | None:
        """The verdict after one more question and its answer, or the time for one."""
        self.clock.now += PATIENCE.period
        verdict = self.probe.check()
        deadline = time.monotonic() + 0.5
        while self.probe._question is not None:
            if time.monotonic() > deadline:
                self.clock.now += PATIENCE.answer
            verdict = self.probe.check()
            time.sleep(0.01)
        return verdict


@pytest.fixture
def asked(tmp_path: Path) -> Iterator[Asked]:
    asked = Asked(tmp_path)
    yield asked
    asked.server.shutdown()
    asked.server.server_close()


def test_a_process_that_is_well_is_left_alone(asked: Asked) -> None:
    assert [asked.question() for _ in range(5)] == [None] * 5


def test_three_bad_answers_in_a_row_are_the_end_and_the_last_one_is_the_reason(asked: Asked) -> None:
    asked.question()
    asked.say(STALLED)
    assert [asked.question() for _ in range(3)] == [None, None, "agent: fetched records are not applied"]


def test_a_good_answer_in_between_forgives_the_bad_ones(asked: Asked) -> None:
    asked.question()
    for _ in range(3):
        asked.say(STALLED)
        assert [asked.question() for _ in range(2)] == [None, None]
        asked.say(WELL)
        assert asked.question() is None


def test_an_answer_that_takes_too_long_is_a_bad_one(asked: Asked) -> None:
    asked.question()
    asked.hang()
    assert [asked.question() for _ in range(3)] == [None, None, "no answer within 5 s"]


def test_nobody_waits_for_an_answer(asked: Asked) -> None:
    asked.hang()
    began = time.monotonic()
    for _ in range(100):
        asked.probe.check()
    assert time.monotonic() - began < PATIENCE.answer


def test_a_process_that_does_not_listen_any_more_gives_no_answer(asked: Asked) -> None:
    asked.question()
    asked.server.shutdown()
    asked.server.server_close()
    *_, verdict = [asked.question() for _ in range(3)]
    assert verdict is not None
    assert verdict.startswith("no answer: ")


def test_a_process_that_has_never_been_well_has_its_time_to_start(asked: Asked) -> None:
    asked.endpoints.unlink()
    while asked.clock.now < PATIENCE.start - PATIENCE.period:
        assert asked.question() is None
    *_, verdict = [asked.question() for _ in range(4)]
    assert verdict is not None


def test_a_new_start_forgets_the_process_before(asked: Asked) -> None:
    asked.question()
    asked.say(STALLED)
    for _ in range(3):
        asked.question()
    asked.probe.begin()
    assert [asked.question() for _ in range(3)] == [None, None, None]
