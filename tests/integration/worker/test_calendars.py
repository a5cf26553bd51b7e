"""Published calendars reach every partition, and its cases are counted in business time."""

import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tests.integration.worker.deployment import PARTITIONS, Deployment, eventually
from tests.integration.worker.test_worker import settled

CASES = 40
OPEN = "office: {zone: UTC, week: {monday: ['09:00-17:00'], tuesday: ['09:00-17:00']}}\n"
MONDAY = datetime(2026, 11, 9, 16, 50, tzinfo=UTC)
TUESDAY = datetime(2026, 11, 10, 9, 10, tzinfo=UTC)


def cxstream(deployment: Deployment, *words: object, **settings: object) -> tuple[int, str, str]:
    done = subprocess.run(
        [sys.executable, "-m", "streams", *map(str, words)],
        env=deployment.environment(**settings),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    return done.returncode, done.stdout, done.stderr


def event(kind: str, case: str, time: datetime, **data: Any) -> tuple[bytes, bytes]:
    document = {
        "specversion": "1.0",
        "id": f"{case}-{kind}-{data.get('author')}",
        "source": "/desk",
        "type": f"cx.case.{kind}.v1",
        "time": time.isoformat(),
        "subject": case,
        "data": data,
    }
    return case.encode(), json.dumps(document).encode()


def cases() -> Iterator[tuple[bytes, bytes]]:
    """Each asked before closing time and answered the next morning: twenty minutes of business time."""
    for number in range(CASES):
        case, asked = f"case-{number}", MONDAY + timedelta(seconds=number)
        yield event("opened", case, asked, calendar="office")
        yield event("message", case, asked, author="customer")
        yield event("message", case, TUESDAY + timedelta(seconds=number), author="agent")


def test_whatever_partition_a_case_is_in_its_calendar_is_known_there(deployment: Deployment, tmp_path: Path) -> None:
    (tmp_path / "hours.yaml").write_text(OPEN)
    code, out, err = cxstream(deployment, "calendars", tmp_path / "hours.yaml", "--from", "2026-01-01", "--json")
    assert code == 0, err
    told = {"calendars": ["office"], "effective_from": "2026-01-01T00:00:00.000+00:00", "partitions": PARTITIONS}
    assert json.loads(out) == told
    deployment.publish(cases(), deployment.settings.touchpoints_topic)
    eventually(settled(deployment.worker(), 3 * CASES + PARTITIONS))
    database = deployment.settings.clickhouse_database
    found = deployment._client.query(
        f"SELECT metric, sum(n), sum(total) FROM {database}.cells FINAL "
        "WHERE metric LIKE '%business' OR metric = 'unknown_calendars' GROUP BY metric ORDER BY metric"
    ).result_rows
    minutes = CASES * 20 * 60_000
    assert found == [
        ("first_response_attainment_business", CASES, 0),
        ("first_response_business", CASES, minutes),
        ("next_reply_business", CASES, minutes),
    ]


def test_a_published_file_takes_its_calendars_to_every_partition(deployment: Deployment, tmp_path: Path) -> None:
    published = {
        "specversion": "1.0",
        "id": "hours-1",
        "source": "/desk",
        "type": "cx.reference.calendar.published.v1",
        "time": "2026-11-01T00:00:00Z",
        "subject": "office",
        "data": {"zone": "UTC", "week": {"monday": ["09:00-17:00"]}},
    }
    (tmp_path / "events.jsonl").write_text(json.dumps(published) + "\n")
    code, _, err = cxstream(deployment, "publish", tmp_path / "events.jsonl")
    assert code == 0, err
    assert [len(records) for records in deployment.records(deployment.settings.touchpoints_topic)] == [1] * PARTITIONS


def test_what_is_no_file_of_calendars_is_refused_and_nothing_is_published(
    deployment: Deployment, tmp_path: Path
) -> None:
    for text, reason in (("office: {zone: Mars, week: {}}", "IANA"), ("[]", "hours.yaml"), ("{}", "no calendar")):
        (tmp_path / "hours.yaml").write_text(text)
        code, _, err = cxstream(deployment, "calendars", tmp_path / "hours.yaml")
        assert (code, reason in err) == (3, True), err
    assert deployment.records(deployment.settings.touchpoints_topic) == [[] for _ in range(PARTITIONS)]
