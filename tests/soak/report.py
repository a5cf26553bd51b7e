"""The results of a soak for people (Markdown) and for programs (JSON)."""

import math
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

import msgspec

from tests.soak.bars import MOST_GROWTH
from tests.soak.measuring import LEAST_JUDGED_SECONDS, OWN_WARM_UP_SECONDS, WARM_UP_SECONDS
from tests.soak.results import Age, Contrast, Fault, Memory, Results
from tests.soak.watch import LOOK_SECONDS

_VERDICT: Final = {True: "met", False: "**MISSED**", None: "not judged"}

_METHOD: Final = f"""\
- **Rows**: the digest of all cells against that of one worker that read the same logs afterwards, undisturbed, into
  another database; and the number of accepted, duplicate, late and rejected records of both.
- **Calm** is the time from the recovery after one fault to the beginning of the next. Looks are {LOOK_SECONDS:g} s
  apart, and no time here is more exact than that.
- **Freshness**: each partition gets a probe every two seconds, a case whose customer begins to wait. Its age counts
  from its Kafka timestamp, which the broker gives it, to the first look that finds its row in ClickHouse, and to the
  first scrape of `/metrics` in which its wait is the longest. It is calm by when it got there, not by when it was seen.
- **Standstill**: a partition had records, and none was applied. **Silence**: the main loop of a worker did not answer.
- **Memory**: Theil and Sen's slope over medians of 10 s, for each worker process, from {WARM_UP_SECONDS:g} s of the
  soak and {OWN_WARM_UP_SECONDS:g} s after it first had the most partitions it ever has; judged if that leaves
  {LEAST_JUDGED_SECONDS:g} s. The slope times that time may be {MOST_GROWTH:.0%} of the median. A restart begins another
  process. From the warm-up on the oldest worker is spared from faults that end a worker, so that one is judged for
  long; it meets all others, and at first takes over everything, since the other one is killed."""


def as_json(results: Results) -> bytes:
    """Infinite numbers are null."""
    document = msgspec.to_builtins(results) | {"passed": results.passed}
    return msgspec.json.format(msgspec.json.encode(document), indent=2) + b"\n"


def as_markdown(results: Results) -> str:
    sections: tuple[Callable[[Results], list[str]], ...] = (_head, _bars, _numbers, _memory, _faults, _how)
    return "\n\n".join("\n".join(section(results)) for section in sections) + "\n"


def _head(results: Results) -> list[str]:
    setup = results.setup
    versions = ", ".join(f"{name} {version}" for name, version in setup.versions.items())
    settings = ", ".join(f"`{name}={value}`" for name, value in setup.settings.items())
    return [
        f"# Soak: {'passed' if results.passed else 'FAILED'}",
        "",
        f"`{setup.command}`, {setup.date}, on {setup.machine}, load {results.load:.1f}.",
        f"{versions}.",
        "",
        f"{setup.minutes:g} minutes of mixed traffic at {setup.rate:g} events/s, in spikes three times that, with "
        f"{len(results.faults)} random faults, seed {setup.seed}; two workers, three brokers, one ClickHouse engine.",
        f"Settings that differ from the defaults: {settings}.",
    ]


def _bars(results: Results) -> list[str]:
    rows = [(bar.name, bar.wanted, bar.seen, _VERDICT[bar.met]) for bar in results.bars]
    return table(("bar", "wanted", "seen", ""), rows)


def _numbers(results: Results) -> list[str]:
    events, rows, checkpoints = results.events, results.rows, results.checkpoints
    rejected = ", ".join(f"{count:,} {reason}" for reason, count in events.rejected.items())
    return [
        "## Numbers",
        "",
        *table(
            ("", ""),
            [
                (
                    "events in",
                    f"{events.sent:,} sent, {events.acknowledged:,} acknowledged, {events.in_logs:,} in logs",
                ),
                ("what they were", f"{events.accepted:,} accepted ({events.late:,} late), {events.duplicates:,} twice"),
                ("dead letters", rejected),
                ("lost", f"{events.lost:,}"),
                ("rows out", f"{rows.rows:,} rows, {rows.cells:,} cells once partitions and late parts are merged"),
                ("digest", f"`{rows.digest}`"),
                ("digest, undisturbed", f"`{rows.undisturbed_digest}`"),
                ("event to row, calm", _age(results.row_freshness.calm)),
                ("event to row, all", _age(results.row_freshness.all)),
                ("event to gauge, calm", _age(results.gauge_freshness.calm)),
                ("event to gauge, all", _age(results.gauge_freshness.all)),
                ("longest standstill", _contrast(results.standstill, ".1f", "s")),
                ("longest silence", _contrast(results.silence, ".1f", "s")),
                ("worst lag", _contrast(results.worst_lag, ",.0f", "records")),
                ("restarts", f"{results.restarts} by faults, {len(results.deaths)} by themselves"),
                (
                    "checkpoints",
                    f"{checkpoints.written:,}; changed blocks {checkpoints.mean_kib:.0f} KiB on average, "
                    f"{checkpoints.largest_kib:.0f} at most; {checkpoints.mean_seconds:.2f} s on average, "
                    f"{checkpoints.longest_seconds:.2f} at most",
                ),
            ],
        ),
        *_quoted("A worker ended by itself", results.deaths),
    ]


def _memory(results: Results) -> list[str]:
    header = ("worker", "lived", "judged for", "first", "median", "most", "slope")
    rows = [_process(number, each) for number, each in enumerate(results.memory, start=1)]
    return ["## Memory of the workers", "", *table(header, rows)]


def _process(number: int, each: Memory) -> tuple[str, ...]:
    mib = [f"{size:.0f} MiB" if size else "-" for size in (each.first, each.median, each.most)]
    slope = "-" if each.slope is None else f"{each.slope:+.2f} MiB/min"
    return (f"{number}", f"{each.began:.0f} to {each.ended:.0f} s", f"{each.judged:.0f} s", *mib, slope)


def _faults(results: Results) -> list[str]:
    header = ("at", "fault", "lasted", "recovered after", "lag at worst")
    rows = [_fault(each) for each in results.faults]
    failures = [f"{each.at:.0f} s, {each.name}: {each.failure}" for each in results.faults if each.failure]
    return ["## Faults", "", *table(header, rows), *_quoted("Not recovered", failures)]


def _fault(each: Fault) -> tuple[str, ...]:
    recovered = "**NOT**" if each.recovered is None else f"{each.recovered:.1f} s"
    return (f"{each.at:.0f} s", each.name, f"{each.lasted:.1f} s", recovered, f"{each.worst_lag:,}")


def _how(_: Results) -> list[str]:
    return [f"## How it is measured\n\n{_METHOD}"]


def _quoted(title: str, texts: Iterable[str]) -> list[str]:
    return [f"\n{title}:\n\n```text\n{text}\n```" for text in texts]


def table(header: Sequence[str], rows: Sequence[Sequence[Any]]) -> list[str]:
    """A Markdown table."""
    return ["| " + " | ".join(cells) + " |" for cells in (header, ["---"] * len(header), *rows)]


def _age(age: Age) -> str:
    return f"p50 {_seconds(age.p50)}, p99 {_seconds(age.p99)}, longest {_seconds(age.longest)} of {age.n:,} probes"


def _seconds(value: float | None) -> str:
    if value is None:
        return "-"
    return f"{value:.1f} s" if math.isfinite(value) else "never"


def _contrast(contrast: Contrast, form: str, unit: str) -> str:
    return f"{contrast.calm:{form}} {unit} in calm, {contrast.disturbed:{form}} {unit} in trouble"
