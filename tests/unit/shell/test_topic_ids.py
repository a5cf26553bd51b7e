"""The connection on which topic ids are asked for: what it leaves behind, and what becomes of its errors."""

import gc
import threading
from pathlib import Path

import pytest
from kafka.errors import KafkaError, NotControllerError, SaslAuthenticationFailedError

from deploy.local.ports import Ports
from streams.kafka_access import KafkaUnreachable
from streams.settings import Settings
from streams.shell import topic_ids
from streams.shell.topic_ids import TopicIds

FILES = Path("/proc/self/fd")


class Answering:
    """An admin client of the library on a connection that fails when it is told to."""

    def __init__(self) -> None:
        self.error: KafkaError | None = None
        self.closed = False

    def describe_topics(self, topics: list[str]) -> list[dict[str, object]]:
        if self.error is not None:
            raise self.error
        return [{"name": topic, "error_code": 0, "topic_id": f"id of {topic}"} for topic in topics]

    def close(self) -> None:
        self.closed = True


@pytest.fixture
def connected(monkeypatch: pytest.MonkeyPatch) -> list[Answering]:
    """Connections in the order in which they were made."""
    made: list[Answering] = []

    def connect(_: Settings) -> Answering:
        made.append(Answering())
        return made[-1]

    monkeypatch.setattr(topic_ids, "connected_admin", connect)
    return made


def left_behind() -> tuple[int, int]:
    """Threads and open files, but for what the garbage collector finds."""
    gc.collect()
    return threading.active_count(), len(list(FILES.iterdir()))


def test_questions_while_no_broker_answers_leave_no_thread_and_no_file_open(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, ports: Ports
) -> None:
    caplog.set_level("CRITICAL", "kafka")  # records of errors would keep the frames with the sockets
    monkeypatch.setattr("streams.shell.admin._ANSWER_MS", 300)
    ids = TopicIds(Settings(brokers=(f"127.0.0.1:{ports.any()}",)))
    before = left_behind()
    for _ in range(5):
        with pytest.raises(KafkaUnreachable, match="no Kafka broker answers"):
            ids(["cx.surveys"])
    assert left_behind() == before


def test_questions_share_a_connection(connected: list[Answering]) -> None:
    ids = TopicIds(Settings())
    assert ids(["a", "b"]) == {"a": "id of a", "b": "id of b"}
    assert ids(["a"]) == {"a": "id of a"}
    assert len(connected) == 1


@pytest.mark.parametrize("error", [NotControllerError, SaslAuthenticationFailedError])
def test_whatever_fails_on_a_connection_may_pass_and_the_next_question_makes_a_new_one(
    connected: list[Answering], error: type[KafkaError]
) -> None:
    ids = TopicIds(Settings())
    ids(["a"])
    connected[0].error = error()
    with pytest.raises(KafkaUnreachable):
        ids(["a"])
    assert connected[0].closed
    assert ids(["a"]) == {"a": "id of a"}
    assert len(connected) == 2


def test_after_the_end_nothing_is_connected_any_more(connected: list[Answering]) -> None:
    ids = TopicIds(Settings())
    ids(["a"])
    ids.close()
    with pytest.raises(KafkaUnreachable):
        ids(["a"])
    assert [each.closed for each in connected] == [True]
