"""``python -m tests.bench.freshness``: freshness at shares of the top rate, and overload; writes ``FRESHNESS.md``.

1. The top rate: what a worker applies while a producer on the same machine publishes as much as it can. 2. At 10 %,
50 % and 90 % of it: probes from Kafka timestamp to row and to gauge. 3. At 200 %: lag and memory, then the recovery.
"""

import argparse
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import msgspec

from tests.bench import machine
from tests.bench.compare.table import markdown
from tests.bench.freshness import probes
from tests.bench.freshness.overload import Overload
from tests.bench.freshness.stages import OVERLOAD, Freshness, measure
from tests.bench.servers import servers

RESULTS: Final = Path(__file__).parents[1] / "FRESHNESS"
"""With the suffixes .md and .json."""


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.freshness", description=__doc__.split("\n\n")[0])
    parser.add_argument("--seconds", type=float, default=40, help="of each load that count (default: 40)")
    parser.add_argument("--output", type=Path, default=RESULTS, help="path without suffix (default: %(default)s)")
    arguments = parser.parse_args()
    facts = machine.description(f"make bench-freshness ({arguments.seconds:g} s per load)")
    with servers() as running:
        _write(arguments.output, facts, *measure(running, arguments.seconds))
    return 0


def _write(
    output: Path, facts: Mapping[str, str], top: float, at_shares: Sequence[Freshness], overload: Overload
) -> None:
    content = {"facts": facts, "top_rate": top, "freshness": at_shares, "overload": overload._asdict()}
    output.with_suffix(".json").write_bytes(msgspec.json.format(msgspec.json.encode(content), indent=1) + b"\n")
    header = ("of the top rate", "events/s published", "row p50", "row p99", "gauge p50", "gauge p99")
    rows = [
        (f"{each.share:.0%}", f"{each.published:,.0f}", *_seconds(each.row), *_seconds(each.gauge))
        for each in at_shares
    ]
    parts = [
        "# Freshness",
        "Written by `make bench-freshness`: one worker with default settings, a producer, Kafka and the ClickHouse "
        "engine on one machine; measured touchpoints of 1 000 segments. Seconds from an event's Kafka timestamp until "
        f"a query shows its row (asked every {probes.ROW_POLL_SECONDS:g} s) and until a scrape shows it in its gauge "
        f"(every {probes.SCRAPE_SECONDS:g} s). Rows go out every 2 s (`CX_FLUSH_SECONDS`) and "
        "gauges are renewed every 2 s (`CX_LIVE_SECONDS`).",
        machine.listed(facts),
        f"Top rate while the producer takes its share of the machine: {top:,.0f} events/s.",
        markdown(header, rows),
        f"At {OVERLOAD:.0%} the lag grows by {overload.growth:,.0f} records a second, up to {overload.largest_lag:,}; "
        f"the worker's memory goes from {overload.resident_before / 2**20:,.0f} to at most "
        f"{overload.resident_largest / 2**20:,.0f} MiB. Afterwards the lag shrinks by {overload.recovery:,.0f} records "
        f"a second and is gone after {overload.seconds:,.0f} s; a straight line explains {overload.evenness:.1%} of "
        "it.",
    ]
    output.with_suffix(".md").write_text("\n\n".join(parts) + "\n")


def _seconds(found: tuple[float, float] | None) -> tuple[str, str]:
    return (f"{found[0]:.2f} s", f"{found[1]:.2f} s") if found else ("-", "-")


if __name__ == "__main__":
    sys.exit(main())
