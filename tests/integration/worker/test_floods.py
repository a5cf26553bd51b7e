"""A whole worker under floods of names and ids that nobody has seen before."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from tests.integration.worker.deployment import Deployment, RunningWorker, eventually, records_of

FLOOD = 100_000
"""Events of one flood; two of them, one after the other."""
SECONDS = 240
"""For one flood on a busy machine with two cores; alone it takes some twenty."""

MOST_GROWTH_BYTES = 64 * 2**20
"""From the end of the first flood to that of the second: all caps are reached within the first."""
MOST_BYTES = 512 * 2**20
"""Resident at any time: Python and libraries, 64 MiB of fetched records, caps and an exposition."""
MOST_METRICS_BYTES = 8 * 2**20

CAPS = {
    "dimensions": "channel,team",
    "dimension_cap": 100,
    "segment_cap": 500,
    "live_segments": 50,
    "duplicate_memory": 20_000,
    "case_horizon": "1m",
    "case_horizon_events": 5_000,
    "checkpoint_seconds": 2,
}


def flood(first: int, began: datetime) -> tuple[list[tuple[bytes, bytes]], list[tuple[bytes, bytes]]]:
    """Touchpoints and surveys, of which each names a case, response, customer, team, channel or measure of its own."""
    touchpoints: list[tuple[bytes, bytes]] = []
    surveys: list[tuple[bytes, bytes]] = []
    for number in range(first, first + FLOOD):
        time = began + timedelta(seconds=number * 3_000 / (2 * FLOOD))
        data: dict[str, object] = {"channel": f"channel-{number}", "team": f"team-{number % 997}-{number}"}
        match number % 4:
            case 0:
                kind, subject = "case.opened", f"case-{number}"
            case 1:
                kind, subject = "case.message", f"case-{number - 1}"
                data |= {"author": "customer"}
            case 2:
                kind, subject = "survey.answered", f"response-{number}"
                data |= {"metric": "nps", "score": number % 11}
            case _:
                kind, subject = "touchpoint.measured", f"thing-{number}"
                data |= {"measure": f"m{number}", "duration_ms": number, "channel": f"channel-{number % 211}"}
        event = {
            "specversion": "1.0",
            "id": f"e-{number}",
            "source": "/flood",
            "type": f"cx.{kind}.v1",
            "time": time.isoformat(),
            "subject": subject,
            "data": data,
        }
        (surveys if kind.startswith("survey") else touchpoints).append((subject.encode(), msgspec.json.encode(event)))
    return touchpoints, surveys


def memory(worker: RunningWorker, name: str) -> int:
    """Bytes, by a line of Linux's account of the process, such as VmRSS or VmHWM."""
    with open(f"/proc/{worker.process.pid}/status") as lines:
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(name))


def size(worker: RunningWorker, path: str) -> int:
    answer = worker.get(path)
    assert answer is not None
    assert answer.status == 200, path
    return len(answer.data)


def settled(worker: RunningWorker, published: int) -> Callable[[], bool]:
    def reached() -> bool:
        assert worker.get("/livez") is not None, "a probe is answered all the while"
        partitions = worker.partitions()
        stored = all(each.unstored == 0 and each.checkpointed == each.applied for each in partitions)
        return sum(map(records_of, partitions)) == published and stored

    return reached


@pytest.mark.kafka
@pytest.mark.timeout(4 * SECONDS)
@pytest.mark.parametrize("broker", ["kafka"], indirect=True)
def test_a_flood_of_new_names_and_ids_stays_within_the_caps_and_is_counted(
    new_deployment: Callable[..., Deployment],
) -> None:
    deployment = new_deployment(**CAPS)
    worker = deployment.worker()
    eventually(worker.is_running)
    began = datetime.now(UTC) - timedelta(hours=1)
    resident = []
    for first in (0, FLOOD):
        touchpoints, surveys = flood(first, began)
        deployment.publish(touchpoints, deployment.settings.touchpoints_topic)
        deployment.publish(surveys, deployment.settings.surveys_topic)
        eventually(settled(worker, first + FLOOD), seconds=SECONDS)
        assert size(worker, "/metrics") < MOST_METRICS_BYTES
        assert size(worker, "/live") < MOST_METRICS_BYTES
        assert size(worker, "/status") < 16_384
        resident.append(memory(worker, "VmRSS"))
    print(f"resident {[each >> 20 for each in resident]} MB, peak {memory(worker, 'VmHWM') >> 20} MB", end=" ")
    print(f"metrics {size(worker, '/metrics') >> 10} KB, status {size(worker, '/status')} bytes")
    assert resident[1] - resident[0] < MOST_GROWTH_BYTES
    assert memory(worker, "VmHWM") < MOST_BYTES
    for checkpoint in deployment.checkpoints().values():
        assert all(len(values) <= 100 for values in checkpoint.header.admitted.values())
        assert len(checkpoint.cases) + len(checkpoint.responses) < FLOOD // 2
        assert checkpoint.header.counts.folded > 0, "and what was folded is counted"
    assert deployment.stored() == deployment.expected()
