"""`make fuzz`: every target in a process of its own, one after the other, with a table at the end.

    python -m tests.fuzz                        a million inputs and more, with a seed of today
    python -m tests.fuzz TARGET --only NUMBER   one input again

Exit code 1 when there is a finding.
"""

import argparse
import subprocess
import sys
from datetime import UTC, datetime
from pkgutil import resolve_name
from typing import Final, NamedTuple

import msgspec

from tests.fuzz.harness import Finding, Result, fuzz


class Planned(NamedTuple):
    target: str
    """Module and class; a process loads but its own."""
    cases: int
    """In a nightly run; a hundredth of it is part of every test run."""


TARGETS: Final = {
    "events": Planned("events:Events", 600_000),
    "batches": Planned("batches:Batches", 250_000),
    "checkpoints": Planned("checkpoints:Checkpoints", 120_000),
    "worker-endpoint": Planned("worker_endpoint:WorkerEndpoint", 40_000),
    "files": Planned("files:InputFiles", 40_000),
    "engine-endpoint": Planned("engine_endpoint:EngineEndpoint", 15_000),
}


def run_one(name: str, seed: int, numbers: range) -> Result:
    """One target in this process; raises Finding."""
    shown = sys.stderr.isatty()

    def progress(done: int) -> None:
        if shown:
            print(f"\r{name}: {done:,} of {len(numbers):,}", end="", file=sys.stderr, flush=True)

    target = resolve_name(f"tests.fuzz.{TARGETS[name].target}")
    result = fuzz(name, target, seed, numbers, progress)
    if shown:
        print("\r\x1b[K", end="", file=sys.stderr)
    return result


def run_apart(name: str, seed: int, cases: int) -> Result | None:
    """The same in a process of its own, whose memory is measured; None after a finding, which it shows."""
    command = [sys.executable, "-m", "tests.fuzz", name, "--seed", str(seed), "--cases", str(cases), "--json"]
    ended = subprocess.run(command, stdout=subprocess.PIPE, check=False)
    return msgspec.json.decode(ended.stdout, type=Result) if ended.returncode == 0 else None


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description="Hostile input, a million times.")
    parser.add_argument("target", nargs="?", choices=TARGETS, help="only this one, in this process")
    parser.add_argument("--seed", type=int, default=int(f"{datetime.now(UTC):%Y%m%d}"), help="default: today")
    parser.add_argument("--cases", type=int, help="inputs of the target")
    parser.add_argument("--only", type=int, help="the input with this number")
    parser.add_argument("--json", action="store_true", help="the result for a program")
    chosen = parser.parse_args()
    if chosen.target is None:
        return _run_all(chosen.seed)
    cases = chosen.cases or TARGETS[chosen.target].cases
    numbers = range(cases) if chosen.only is None else range(chosen.only, chosen.only + 1)
    try:
        result = run_one(chosen.target, chosen.seed, numbers)
    except Finding as finding:
        print(f"{chosen.target}: {finding}", file=sys.stderr)
        return 1
    print(msgspec.json.encode(result).decode() if chosen.json else _line(result))
    return 0


def _run_all(seed: int) -> int:
    print(f"seed {seed}")
    print(f"{'target':<18}{'inputs':>10}{'findings':>10}{'seconds':>9}{'slowest':>12}{'peak':>9}{'growth':>9}")
    results = []
    for name, planned in TARGETS.items():
        result = run_apart(name, seed, planned.cases)
        print(_line(result) if result else f"{name:<18}{'':>10}{1:>10}", flush=True)
        results.append(result)
    print(f"{sum(each.cases for each in results if each):,} inputs, {results.count(None)} findings")
    return int(None in results)


def _line(result: Result) -> str:
    return (
        f"{result.target:<18}{result.cases:>10,}{0:>10}{result.seconds:>9.0f}{result.slowest_ms:>9.0f} ms"
        f"{result.peak_mb:>6.0f} MB{result.growth_mb:>6.0f} MB"
    )


if __name__ == "__main__":
    sys.exit(main())
