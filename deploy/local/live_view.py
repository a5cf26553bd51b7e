"""The live view on a terminal, and its one-line form for logs and pipes."""

import os
import shutil
import sys
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final, NamedTuple

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from deploy.local import wording
from deploy.local.alerts import Alert, Severity
from deploy.local.endpoints import Endpoints
from deploy.local.kpis import Kpis, by_segment, overall
from deploy.local.observation import Observation, WorkerSight
from schemas.live import Window

SEGMENT_BY: Final = "team"
_MOST_SEGMENTS: Final = 8  # rows of the segment table: with everything else they fit a terminal of 40 lines
_WINDOWS: Final[tuple[Window, ...]] = ("5m", "1h")
_MOST_ALERTS: Final = 6
_SEVERITY_STYLE: Final[Mapping[Severity, str]] = {"page": "bold red", "ticket": "yellow", "info": "dim"}
_STATE_STYLE: Final[Mapping[str, str]] = {"running": "green", "paused": "yellow", "failed": "red"}


class Scene(NamedTuple):
    """What is shown at one moment."""

    observation: Observation
    throughput: float | None
    """Events applied per second since the look before; None at the first look."""
    headline: str
    """What goes on: the story of the simulator, or how far publishing is."""


def panel(scene: Scene, endpoints: Endpoints) -> RenderableType:
    """Everything, as a screenful."""
    parts: list[RenderableType] = [
        Text.assemble(("cxstream local", "bold"), "   ", scene.headline),
        Text(_traffic(scene)),
        _workers(scene.observation.workers),
    ]
    live = scene.observation.live
    if live is None:
        parts.append(Text("no worker answers yet", style="yellow"))
    else:
        parts.append(_windows({window: overall(live, window) for window in _WINDOWS}))
        parts.append(_segments(by_segment(live, "5m", SEGMENT_BY)))
    if scene.observation.alerts is not None:
        parts.append(_alerts(scene.observation.alerts, scene.observation.at))
    parts.append(Text(where_to_look(endpoints), style="dim"))
    return Group(*parts)


def line(scene: Scene) -> str:
    """The same in one line."""
    live = scene.observation.live
    parts = [scene.headline, _traffic(scene)]
    if live is None:
        parts.append("no worker answers yet")
    else:
        now = overall(live, "5m")
        parts += [
            f"5 min: NPS {wording.nps(now.nps)}",
            f"CSAT {wording.percent(now.csat)}",
            f"first response p50 {wording.duration(now.reply_p50)} p95 {wording.duration(now.reply_p95)}",
            f"waiting {now.waiting:,}, longest {wording.duration(now.oldest_wait)}",
        ]
    if scene.observation.alerts is not None:
        told = Counter(f"{each.severity} {each.name}" for each in scene.observation.alerts if not each.inhibited)
        parts.append(f"alerts: {', '.join(f'{name} x{count}' for name, count in told.items()) or 'none'}")
    return " | ".join(part for part in parts if part)


def where_to_look(endpoints: Endpoints) -> str:
    """The endpoints, and what to type next."""
    report = f"{_program()} report --data-dir {os.path.relpath(endpoints.data_dir)}"
    query = "SELECT * FROM cx.kpi ORDER BY pane DESC LIMIT 9 FORMAT PrettyCompact"
    return "\n".join(
        [
            f"Kafka       {endpoints.broker}",
            f"ClickHouse  {endpoints.clickhouse}",
            *(f"worker {n}    {url}/metrics  /status  /live" for n, url in enumerate(endpoints.workers, start=1)),
            *([f"alerts      {endpoints.prometheus}/alerts  {endpoints.alertmanager}"] if endpoints.prometheus else []),
            f"logs        {os.path.relpath(endpoints.data_dir)}/logs",
            f"try         {report} nps --every 1m --by team",
            f"            curl {endpoints.clickhouse} --data '{query}'",
        ]
    )


def _program() -> str:
    """``cxstream`` as this terminal can call it: by its path where the virtual environment is not activated."""
    installed = Path(sys.executable).with_name("cxstream")
    return "cxstream" if shutil.which("cxstream") else os.path.relpath(installed)


def _traffic(scene: Scene) -> str:
    seen = scene.observation
    unstored = sum(each.unstored for each in seen.partitions)
    return (
        f"{wording.number(scene.throughput)} events/s, {seen.applied:,} applied, "
        f"lag {wording.number(seen.lag)}, {unstored:,} rows to store"
    )


def _workers(workers: tuple[WorkerSight, ...]) -> Text:
    text = Text()
    for worker in workers:
        state = worker.status.state if worker.status else "silent"
        text.append(f"{worker.name} ")
        text.append(state, style=_STATE_STYLE.get(state, "yellow"))
        if worker.status:
            owned = len(worker.status.partitions)
            reason = f": {worker.status.reason}" if worker.status.reason else ""
            text.append(f" ({owned} partitions{reason})")
        text.append("   ")
    return text


def _windows(windows: Mapping[Window, Kpis]) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 3, 0, 0), title_justify="left")
    table.add_column("with 95 % interval")
    for window in windows:
        table.add_column(f"last {window}")
    rows: tuple[tuple[str, Callable[[Kpis], str]], ...] = (
        ("NPS", lambda kpis: wording.nps(kpis.nps)),
        ("CSAT (satisfied)", lambda kpis: wording.percent(kpis.csat)),
        ("CES (mean)", lambda kpis: wording.mean(kpis.ces)),
        ("first response p50", lambda kpis: _reply(kpis, kpis.reply_p50)),
        ("first response p95", lambda kpis: _reply(kpis, kpis.reply_p95)),
    )
    for name, text in rows:
        table.add_row(name, *(text(kpis) for kpis in windows.values()))
    now = next(iter(windows.values()))
    table.add_row("open / waiting now", f"{now.open:,} / {now.waiting:,}")
    table.add_row("longest wait now", wording.duration(now.oldest_wait))
    table.add_row("in a queue now, longest", f"{now.queued:,}, {wording.duration(now.oldest_queued)}")
    table.add_row("promised / overdue now", f"{now.owed:,} / {now.overdue:,}")
    return table


def _alerts(alerts: tuple[Alert, ...], now: float) -> RenderableType:
    if not alerts:
        return Text("no alert is up", style="green")
    table = Table(box=None, pad_edge=False, padding=(0, 3, 0, 0))
    for name in ("alert", "for", "what"):
        table.add_column(name)
    for alert in alerts[:_MOST_ALERTS]:
        style = "dim" if alert.inhibited else _SEVERITY_STYLE[alert.severity]
        urgency = "inhibited" if alert.inhibited else alert.severity
        table.add_row(
            f"{urgency} {alert.name}", wording.duration(1_000 * max(0.0, now - alert.since)), alert.summary, style=style
        )
    if (more := len(alerts) - _MOST_ALERTS) > 0:
        table.add_row(f"and {more} more", "", "", style="dim")
    return table


def _reply(kpis: Kpis, quantile_ms: float | None) -> str:
    return f"{wording.duration(quantile_ms)}, n {kpis.replies:,}" if kpis.replies else wording.UNKNOWN


def _segments(segments: Mapping[str, Kpis]) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 3, 0, 0))
    table.add_column(f"{SEGMENT_BY}, worst first")
    for name in ("waiting", "longest wait", "first response p95", "CSAT (satisfied), 5m"):
        table.add_column(name)
    for name, kpis in list(segments.items())[:_MOST_SEGMENTS]:
        table.add_row(
            name,
            f"{kpis.waiting:,}",
            wording.duration(kpis.oldest_wait),
            _reply(kpis, kpis.reply_p95),
            wording.percent(kpis.csat),
        )
    return table
