"""A duration with those counted who wait now, as the workers tell."""

import sys
import time
from collections.abc import Sequence
from http.client import HTTPException
from typing import Final, get_args
from urllib.request import urlopen

import msgspec

from schemas.live import AgedMetric, LiveView, OpenAges
from schemas.metrics import Metric
from streams.commands.exits import Exit, fail
from streams.commands.reports.request import Request
from streams.core.live import merge_live
from streams.reporting import waiting_output
from streams.reporting.contents import Selection
from streams.reporting.periods import Period
from streams.reporting.report import PANE_SECONDS
from streams.reporting.waiting import waiting_lines

_LAST_SECONDS: Final = 3_600
"""What is looked at without --from: an hour, like the live window that alerts read."""
_PATIENCE_SECONDS: Final = 10
"""A worker that is busy answers within a second or two."""

_read_live: Final = msgspec.json.Decoder(LiveView).decode


def report_waiting(metric: Metric, request: Request, workers: Sequence[str]) -> None:
    """The durations up to now, of those who were answered and of everybody."""
    aged = get_args(AgedMetric)
    if metric.id not in aged:
        fail(Exit.WRONG_USE, f"--waiting is for {', '.join(aged)}: nobody waits for {metric.id}")
    if request.end is not None:
        fail(Exit.WRONG_USE, "--waiting has no --to: who waits is known of now")
    now = int(time.time())
    end = now - now % PANE_SECONDS + PANE_SECONDS
    period = Period(end - _LAST_SECONDS if request.start is None else request.start, end)
    ages = _ages(workers)
    selection = Selection(metric.id, request.by, request.where)
    with request.contents() as contents:
        lines = waiting_lines(metric, selection, period, ages, contents)
        if request.form == "json":
            waiting_output.write_json(lines, metric, sys.stdout)
        elif request.form == "csv":
            waiting_output.write_csv(lines, metric, sys.stdout)
        else:
            waiting_output.write_table(lines, metric, request.by, request.language, sys.stdout)


def _ages(workers: Sequence[str]) -> Sequence[OpenAges]:
    views = []
    for worker in workers:
        url = f"{worker.rstrip('/')}/live"
        if not url.startswith(("http://", "https://")):
            fail(Exit.WRONG_USE, f"--waiting {worker!r} is no address of a worker, such as http://127.0.0.1:9464")
        try:
            with urlopen(url, timeout=_PATIENCE_SECONDS) as answer:
                views.append(_read_live(answer.read()))
        except (OSError, HTTPException) as error:
            fail(Exit.UNREACHABLE, f"{url}: {error}; name every worker, or those who wait there are missing")
        except msgspec.MsgspecError as error:
            fail(Exit.WRONG_USE, f"{url} shows no live windows of a worker: {error}")
    return merge_live(views).ages
