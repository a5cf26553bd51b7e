"""``python -m tests.bench.growth``: measures every curve, writes ``GROWTH.md``, ``.json`` and ``.svg``."""

import argparse
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

import msgspec

from tests.bench import machine
from tests.bench.compare.table import markdown
from tests.bench.environments import PROJECT, interpreter
from tests.bench.growth.curves import Curve, Point, table
from tests.bench.growth.queries import DASHBOARD, queries
from tests.bench.growth.state import state
from tests.bench.growth.throughput import restart, throughput
from tests.bench.load.plan import LIFECYCLE, OPEN_EVENTS, Load
from tests.bench.servers import Servers, servers

RESULTS: Final = Path(__file__).parents[1] / "GROWTH"
"""With the suffixes .md, .json and .svg."""

EVENTS: Final = 300_000
"""Per point of a throughput curve: some seconds of work."""

_SHARED: Final = 8
"""Times as many events where workers share them: the first would be done before the second has its partitions."""

EVENTS_PER_SECOND: Final = "events"


class Sizes(msgspec.Struct, frozen=True):
    """Where each curve is measured."""

    events: int = EVENTS
    segments: tuple[int, ...] = (10, 100, 1_000, 10_000, 100_000)
    cases: tuple[int, ...] = (1_000, 10_000, 100_000, 1_000_000)
    partitions: tuple[int, ...] = (1, 4, 16, 64)
    workers: tuple[int, ...] = (1, 2)
    malformed: tuple[float, ...] = (0.0, 0.001, 0.01, 0.1, 0.5)
    days: tuple[int, ...] = (1, 7, 30, 100, 400)


SMALL: Final = Sizes(60_000, (10, 100), (300, 1_000), (1, 4), (1, 2), (0.0, 0.1), (1, 2))
"""To see that everything works."""


def curves(running: Servers, sizes: Sizes) -> Iterator[Curve]:
    """All of them, one after the other."""

    def measured(at: Sequence[float], point: Callable[[float], Point]) -> list[Point]:
        return [_said(point(each)) for each in at]

    shared = _SHARED * sizes.events

    def of(**changes: object) -> Load:
        return msgspec.structs.replace(Load(mix="measured", events=sizes.events), **changes)

    yield Curve(
        name="Segments",
        grows="segments that occur",
        measured=EVENTS_PER_SECOND,
        term="Rows per event: the more segments, the fewer events share a cell, up to one row per event. Bounded by "
        "CX_SEGMENT_CAP per partition, past which segments are folded.",
        points=measured(sizes.segments, lambda at: throughput(running, at, of(segments=int(at)))),
    )
    restarted = [restart(running, at, _cases(at, sizes.events)) for at in sizes.cases]
    yield Curve(
        name="Open cases",
        grows="open cases, whole lifecycles",
        measured=EVENTS_PER_SECOND,
        term="Memory: a case is kept until CX_CASE_HORIZON and CX_CASE_HORIZON_EVENTS have both passed. Bounded by "
        "CX_SUBJECT_CAP per partition, past which the oldest are forgotten.",
        points=[_said(each.throughput) for each in restarted],
    )
    yield Curve(
        name="Restart",
        grows="open cases, whole lifecycles",
        measured="seconds until every partition is restored",
        term="Bytes of the checkpoints, read from Kafka and decoded, one partition after the other. Bounded as the "
        "state is.",
        points=[_said(each.starts) for each in restarted],
    )
    yield Curve(
        name="State of one partition",
        grows="open cases of one partition",
        measured="ms (size: MiB)",
        term="Bytes of the snapshot. The pause copies references, not contents; encoding and decoding take the rest of "
        "the time, in a thread. Bounded by the number of remembered cases; more partitions divide it.",
        points=measured(sizes.cases, lambda at: state(int(at))),
    )
    yield Curve(
        name="Partitions",
        grows="partitions, one worker",
        measured=EVENTS_PER_SECOND,
        term="Chunks get smaller, and a segment has one row per partition and minute. Bounded by partitions x segments "
        "rows a minute.",
        points=measured(sizes.partitions, lambda at: throughput(running, at, of(partitions=int(at)))),
    )
    yield Curve(
        name="Workers",
        grows="workers, 6 partitions",
        measured=EVENTS_PER_SECOND,
        term="Cores: broker and ClickHouse engine share them with the workers here, so this machine bounds it.",
        points=measured(sizes.workers, lambda at: throughput(running, at, of(events=shared), workers=int(at))),
    )
    yield Curve(
        name="Dead letters",
        grows="share of malformed records",
        measured=EVENTS_PER_SECOND,
        term="A dead letter costs an explanation and a record of its own in Kafka. Bounded by the producer's buffer: a "
        "worker waits for room and never drops one.",
        points=measured(sizes.malformed, lambda at: throughput(running, at, of(malformed=at))),
    )
    asked = queries(running, list(sizes.days))
    yield Curve(
        name="Queries",
        grows="stored days of 1 000 segments",
        measured="seconds",
        term="Rows read. The primary key (metric, definition, pane) narrows a question to its panes, so one about the "
        "last hour or day does not grow with what lies before it; one about everything reads everything.",
        points=[_of(point, lambda name: not name.startswith(DASHBOARD)) for point in asked],
    )
    yield Curve(
        name="Dashboards",
        grows="stored days of 1 000 segments",
        measured="seconds, all ClickHouse queries of a dashboard one after the other, over seven days",
        term="Rows of the days shown, whatever lies before them.",
        points=[_of(point, lambda name: name.startswith(DASHBOARD)) for point in asked],
    )


def _cases(open_cases: int, events: int) -> Load:
    """Enough events to have begun most of the cases under way."""
    return Load(mix="cases", events=max(events, open_cases * LIFECYCLE // OPEN_EVENTS), open_cases=open_cases)


def _of(point: Point, wanted: Callable[[str], bool]) -> Point:
    return Point(point.at, {name: value for name, value in point.values.items() if wanted(name)})


def _said(point: Point) -> Point:
    print(f"{point.at:g}: {', '.join(f'{name} {value:,.3g}' for name, value in point.values.items())}", flush=True)
    return point


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.growth", description=__doc__.split("\n\n")[0])
    parser.add_argument("--small", action="store_true", help="tiny sizes, to see that everything works")
    parser.add_argument("--output", type=Path, default=RESULTS, help="path without suffix (default: %(default)s)")
    arguments = parser.parse_args()
    plotter = interpreter(Path(__file__).with_name("plot.txt"))
    facts = machine.description("make bench-growth")
    drawn: list[Curve] = []
    with servers() as running:
        for curve in curves(running, SMALL if arguments.small else Sizes()):
            print(f"measured: {curve.name}", flush=True)
            drawn.append(curve)
            _write(arguments.output, facts, drawn)  # what is there is kept, should a later curve fail
    _plot(plotter, arguments.output)
    return 0


def _write(output: Path, facts: Mapping[str, str], drawn: Sequence[Curve]) -> None:
    content = {"facts": facts, "curves": drawn}
    output.with_suffix(".json").write_bytes(msgspec.json.format(msgspec.json.encode(content), indent=1) + b"\n")
    parts = [
        "# Growth",
        f"Written by `make bench-growth`. Events are measured touchpoints of 1 000 segments over 6 partitions, "
        f"{EVENTS:,} per point, 1 % late and 1 % delivered twice, unless the curve says otherwise.",
        machine.listed(facts),
        f"![curves]({output.name}.svg)",
    ]
    for curve in drawn:
        parts += [f"## {curve.name}", curve.term, markdown((curve.grows, *curve.series), table(curve))]
    output.with_suffix(".md").write_text("\n\n".join(parts) + "\n")


def _plot(plotter: Path, output: Path) -> None:
    files = [str(output.with_suffix(suffix).absolute()) for suffix in (".json", ".svg")]
    subprocess.run([str(plotter), "-m", "tests.bench.growth.plot", *files], check=True, cwd=PROJECT)


if __name__ == "__main__":
    sys.exit(main())
