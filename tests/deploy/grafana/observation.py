"""A local stack that runs under a real Prometheus, as dashboards see it: `cxstream local --watch`."""

import json
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, NamedTuple
from urllib.parse import urlencode

import urllib3

from sinks.clickhouse.client import connect
from tests.integration.local.stack_process import stack
from tests.integration.worker.deployment import eventually

_DIMENSIONS: Final = "channel,journey,stage,region,team,product"
"""The default ones that the simulator's events have, and those of the journey's dashboard."""

_LAST: Final = (
    "segment:cx_window_responses:nps",
    'group:cx_window_scored:share{level="stage"}',
    'segment:cx_window_outcomes:sum{metric="followup_rate"}',
    'max(sum by (team, channel, region, product) (segment:cx_window_responses:sum{metric="csat",window="1h"})) >= 5',
)
"""What takes longest to be there: answers come after cases, follow-ups are due later, and a segment has few answers."""

_DEADLINE_SECONDS: Final = 240


class Observation(NamedTuple):
    """Where to ask."""

    prometheus: str
    clickhouse: str
    began: float
    """When the stack was up and a story began, s since 1970."""

    def now(self, expression: str) -> list[Any]:
        """Result of an instant query."""
        return self._ask("query", query=expression)

    def lately(self, expression: str, start: float, end: float, step: float) -> list[Any]:
        """Result of a query over a time, s since 1970."""
        return self._ask("query_range", query=expression, start=str(start), end=str(end), step=str(step))

    def rows(self, sql: str) -> tuple[list[str], list[tuple[Any, ...]]]:
        """Columns and rows."""
        client = connect(self.clickhouse, "default", "", 30)
        try:
            found = client.query(sql)
            return list(found.column_names), list(found.result_rows)
        finally:
            client.close()

    def _ask(self, what: str, **fields: str) -> list[Any]:
        body = urlencode(fields)
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        answer = urllib3.request("POST", f"{self.prometheus}/api/v1/{what}", body=body, headers=form, timeout=30)
        found = json.loads(answer.data)
        assert found["status"] == "success", found
        result: list[Any] = found["data"]["result"]
        return result


@contextmanager
def observation(directory: Path, *arguments: str) -> Iterator[Observation]:
    """Of what `cxstream local` shows with these arguments, once there is something of everything."""
    with stack(directory / "stack", "--watch", *arguments, settings={"CX_DIMENSIONS": _DIMENSIONS}) as running:
        endpoints = running.await_up()
        assert endpoints.prometheus is not None
        found = Observation(endpoints.prometheus, endpoints.clickhouse, time.time())
        for series in _LAST:
            eventually(lambda series=series: _has(found, series), _DEADLINE_SECONDS, series)  # type: ignore[misc]
        yield found
        running.process.send_signal(signal.SIGTERM)
        running.end()


def _has(observation: Observation, series: str) -> bool:
    try:
        return bool(observation.now(series))
    except (urllib3.exceptions.HTTPError, ValueError):
        return False
