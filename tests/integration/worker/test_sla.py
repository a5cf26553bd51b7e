"""Published agreements reach every partition, and what they promised is judged there and reported by version."""

import json
from collections.abc import Iterator
from pathlib import Path

from tests.integration.worker.deployment import PARTITIONS, Deployment, eventually
from tests.integration.worker.test_calendars import MONDAY, TUESDAY, cxstream, event
from tests.integration.worker.test_worker import settled

CASES = 40
KEPT = 30
GOLD = "gold: {first_response: 15m}\n"


def cases() -> Iterator[tuple[bytes, bytes]]:
    """Some are answered within ten minutes, the others the next morning; the last event shows that the day has come."""
    for number in range(CASES):
        case = f"case-{number}"
        answered = MONDAY.replace(minute=59) if number < KEPT else TUESDAY
        yield event("opened", case, MONDAY, sla_policy="gold")
        yield event("message", case, MONDAY, author="customer")
        yield event("message", case, answered, author="agent")


def test_whatever_partition_a_case_is_in_its_agreement_is_known_there(deployment: Deployment, tmp_path: Path) -> None:
    (tmp_path / "sla.yaml").write_text(GOLD)
    code, out, err = cxstream(deployment, "sla", tmp_path / "sla.yaml", "--from", "2026-01-01", "--json")
    assert code == 0, err
    told = {"agreements": ["gold"], "effective_from": "2026-01-01T00:00:00.000+00:00", "partitions": PARTITIONS}
    assert json.loads(out) == told
    deployment.publish(cases(), deployment.settings.touchpoints_topic)
    eventually(settled(deployment.worker(), 3 * CASES + PARTITIONS))
    code, out, err = cxstream(deployment, "report", "sla_first_response", "--every", "all", "--json")
    assert code == 0, err
    (line,) = json.loads(out)
    assert (line["definition"], line["n"]) == ("ratio.v1.gold.20260101T000000Z", CASES)
    assert line["value"] == KEPT / CASES


def test_what_is_no_file_of_agreements_is_refused_and_nothing_is_published(
    deployment: Deployment, tmp_path: Path
) -> None:
    for text, reason in (("gold: {first_response: soon}", "soon"), ("[]", "sla.yaml"), ("{}", "no agreements")):
        (tmp_path / "sla.yaml").write_text(text)
        code, _, err = cxstream(deployment, "sla", tmp_path / "sla.yaml")
        assert (code, reason in err) == (3, True), err
    assert deployment.records(deployment.settings.touchpoints_topic) == [[] for _ in range(PARTITIONS)]
