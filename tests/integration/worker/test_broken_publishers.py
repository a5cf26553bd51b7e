"""A publisher that sends what is no event is stopped before all of it is a dead letter."""

from collections.abc import Callable

from tests.integration.worker.deployment import Deployment, RunningWorker, eventually
from tests.integration.worker.test_worker import answers, settled

LIMIT = 50
BROKEN = [(b"broken publisher", b"{broken")]
"""One key, so one partition."""


def letters(deployment: Deployment) -> int:
    return sum(len(records) for records in deployment.records(deployment.settings.dead_letters_topic))


def stopped(worker: RunningWorker) -> list[int]:
    return [each.partition for each in worker.partitions() if each.blocked is not None]


def unready(worker: RunningWorker) -> bytes:
    """Why it is not ready; nothing while it is."""
    answer = worker.get("/readyz")
    return answer.data if answer is not None and answer.status == 503 else b""


def test_its_partition_is_stopped_and_said_so_and_the_others_go_on_until_somebody_decides(
    new_deployment: Callable[..., Deployment],
) -> None:
    deployment = new_deployment(dead_letters_in_a_row=LIMIT)
    deployment.publish(BROKEN * 2 * LIMIT)
    worker = deployment.worker()
    eventually(lambda: bool(stopped(worker)))
    (number,) = stopped(worker)
    eventually(lambda: b"records in a row were rejected, most of them as not_json" in unready(worker))

    deployment.publish([*BROKEN * 5 * LIMIT, *answers(0, 300)])
    ends = {n: len(records) for n, records in enumerate(deployment.records(deployment.settings.surveys_topic))}

    def others_are_read() -> bool:
        applied = {each.partition: each.applied for each in worker.partitions() if each.topic == deployment.topics[1]}
        return all(applied[n] == end - 1 for n, end in ends.items() if n != number)

    eventually(others_are_read)
    eventually(lambda: letters(deployment) >= LIMIT)
    assert letters(deployment) < 3 * LIMIT, "what was there when it stopped, and broken answers of other partitions"

    worker.process.kill()
    decided = deployment.worker(dead_letters_in_a_row=0)
    eventually(settled(decided, 7 * LIMIT + 300))
    assert stopped(decided) == []
