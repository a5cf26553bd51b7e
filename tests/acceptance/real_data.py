"""The real data beside the repository, and the events that `cxstream import` makes of it."""

from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from tests.acceptance.command_line import cxstream
from tests.integration.local.stack_process import stack
from tests.oracle import itsm, olist

ROOT = Path(__file__).parents[2]
DATA = ROOT.parent / "shared" / "data"
MAPPINGS = ROOT / "tests" / "mappings"

SETTINGS = {"CX_DIMENSIONS": "channel,region,team,product,priority,reason"}
"""Keeps every dimension that the mappings fill."""

SLICE_INCIDENTS = 1_000
"""Of 13,302: some 20,000 events, as many as those of the orders."""


class _Event(msgspec.Struct):
    subject: str


_read_subject = msgspec.json.Decoder(_Event).decode


class RealEvents(NamedTuple):
    """Event files in the order of their rows, half of which step back in time."""

    incidents: Path
    orders: Path
    refused: int
    """Orders delivered before they were approved: their rows give no such span."""


class Run(NamedTuple):
    """What a finished `cxstream local` printed and left."""

    summary: dict[str, Any]
    data_dir: Path


def import_all(directory: Path) -> RealEvents:
    """Both files as events."""
    incidents, orders = directory / "incidents.jsonl", directory / "orders.jsonl"
    cxstream("import", MAPPINGS / "itsm.yaml", DATA / itsm.FILE, "--out", incidents)
    # Exit code 2: some rows failed, and each was named.
    done = cxstream("import", MAPPINGS / "olist.yaml", DATA / olist.FILE, "--out", orders, exit_code=2)
    return RealEvents(incidents, orders, done.stderr.count("is before order_aproved_at"))


def slice_of(events: RealEvents, directory: Path) -> RealEvents:
    """All orders and the first incidents; each incident is whole, since the rows are sorted by incident."""
    incidents = directory / "incidents.jsonl"
    seen: set[str] = set()
    with events.incidents.open("rb") as source, incidents.open("wb") as target:
        for line in source:
            seen.add(_read_subject(line).subject)
            if len(seen) > SLICE_INCIDENTS:
                break
            target.write(line)
    return events._replace(incidents=incidents)


def run_local(events: RealEvents, directory: Path, *arguments: str) -> Run:
    """`cxstream local` over the event files to its end."""
    files = ("--input", str(events.incidents), "--input", str(events.orders))
    with stack(directory, *files, "--until-done", "--json", *arguments, settings=SETTINGS) as running:
        assert running.end() == 0, running.output
        return Run(running.summary, running.data_dir)
