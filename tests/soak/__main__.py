"""`python -m tests.soak`: runs a soak and writes its report; exit code 1 when a bar is missed."""

import argparse
import random
import shutil
import sys
from pathlib import Path
from typing import Final

from rich.console import Console

from tests.soak.report import as_json, as_markdown
from tests.soak.run import Plan, soak

RATE: Final = 800.0
"""A fifth of what two noisy cores take together with brokers, engine and this program; a spike is three times that."""

_HERE: Final = Path(__file__).parent


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=sys.modules["tests.soak"].__doc__)
    parser.add_argument("--minutes", type=float, default=30, help="how long traffic runs (default: %(default)g)")
    parser.add_argument("--seed", type=int, help="of traffic and faults (default: another one each time)")
    parser.add_argument("--rate", type=float, default=RATE, help="events per second (default: %(default)g)")
    parser.add_argument(
        "--data-dir", type=Path, default=Path("build/soak"), help="data and logs (default: %(default)s)"
    )
    parser.add_argument("--report", type=Path, default=_HERE / "REPORT.md", help="JSON goes beside it")
    given = parser.parse_args()
    seed = random.randrange(1_000) if given.seed is None else given.seed
    shutil.rmtree(given.data_dir, ignore_errors=True)
    results = soak(Plan(given.minutes, seed, given.rate, given.data_dir), Console())
    given.report.write_text(as_markdown(results))
    given.report.with_suffix(".json").write_bytes(as_json(results))
    print(as_markdown(results))
    return 0 if results.passed else 1


if __name__ == "__main__":
    sys.exit(main())
