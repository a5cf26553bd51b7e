"""``python -m tests.deploy.prometheus.alarm_rates``: writes the runbook's tables about alarms anew, in a minute."""

import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Final

import numpy as np

from tests.bench.compare.table import markdown
from tests.deploy.prometheus.alarm_rates.detection import PER_HOUR, facts_to_tell, minutes_to_alarm, stories
from tests.deploy.prometheus.alarm_rates.false_alarms import of_waits, rates

RUNBOOK: Final = Path(__file__).parents[4] / "deploy" / "runbooks" / "kpis.md"


def false_alarms() -> str:
    header = ("alert", "about", "urgency", "alarms a month, healthy", "all just as good as the target")
    return markdown(header, ((*rate[:3], *map(_number, rate[3:])) for rate in rates()))


def waits() -> str:
    header = ("forgotten", "pages a month", "tickets a month")
    forgotten = (1_000_000, 100_000, 50_000, 10_000)
    return markdown(header, ((f"1 in {one:,}", *(f"{rate:.1f}" for rate in of_waits(1 / one))) for one in forgotten))


def detection() -> str:
    header = ("alert", "what happens", *(f"{per_hour} facts an hour" for per_hour in PER_HOUR))
    return markdown(header, _detections())


def _detections() -> Iterator[tuple[str, ...]]:
    for story in stories():
        found = (minutes_to_alarm(story, per_hour) for per_hour in PER_HOUR)
        yield story.alert, story.title, *(f"{_after(median)} ({_after(late)})" for median, late in found)


def evidence() -> str:
    header = ("of which are in time", "facts that tell so", *(f"at {per_hour} an hour" for per_hour in PER_HOUR))
    told = ((share, facts_to_tell(share)) for share in (0.78, 0.75, 0.7, 0.6, 0.4))
    return markdown(
        header, ((f"{share:.0%}", f"{n:,}", *(_after(60 * n / each) for each in PER_HOUR)) for share, n in told)
    )


TABLES: Final[Mapping[str, Callable[[], str]]] = {
    "false_alarms": false_alarms,
    "waits": waits,
    "detection": detection,
    "evidence": evidence,
}


def with_tables(text: str) -> str:
    """The runbook with these tables as they come out now."""
    for name, table in TABLES.items():
        text = re.sub(f"(?s)(?<=<!-- table: {name} -->\n).*?(?=<!-- end -->)", f"{table()}\n", text, count=1)
    return text


def _number(rate: float | None) -> str:
    return "-" if rate is None else f"{rate:.2f}"


def _after(minutes: float) -> str:
    return "not told" if np.isinf(minutes) else f"{minutes:.0f} min" if minutes < 120 else f"{minutes / 60:.1f} h"


if __name__ == "__main__":
    RUNBOOK.write_text(with_tables(RUNBOOK.read_text()))
