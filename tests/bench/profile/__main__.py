"""``python -m tests.bench.profile``: where the time of a worker goes; writes ``PROFILE.md`` and ``.json``."""

import argparse
import sys
from pathlib import Path
from typing import Final

import msgspec

from tests.bench import machine
from tests.bench.compare.table import markdown
from tests.bench.environments import interpreter
from tests.bench.load.plan import Load, Mix
from tests.bench.profile.sampling import Profile, profile
from tests.bench.profile.stages import STAGES
from tests.bench.servers import servers

RESULTS: Final = Path(__file__).parents[1] / "PROFILE"
"""With the suffixes .md and .json."""

EVENTS: Final = 600_000
MIXES: Final[tuple[Mix, ...]] = ("measured", "surveys", "cases")

_ABOUT: Final = """\
# Where the time goes

Written by `make bench-profile`: a sampling profiler looks at one worker while it reads a topic that was filled before,
until everything is stored. Microseconds of CPU per event are those of the whole process, all threads; a stage has its
share of the samples. Which code is which stage: [profile/stages.py](profile/stages.py).
"""


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.profile", description=__doc__.split("\n\n")[0])
    parser.add_argument("--events", type=int, default=EVENTS, help="of each mix (default: %(default)s)")
    parser.add_argument("--output", type=Path, default=RESULTS, help="path without suffix (default: %(default)s)")
    arguments = parser.parse_args()
    facts = machine.description(f"make bench-profile ({arguments.events:,} events of each mix)")
    # Installed before anything runs, or the first worker would be half done when it is first looked at.
    profiler = interpreter(Path(__file__).with_name("profiler.txt")).with_name("py-spy")
    profiles = []
    with servers() as running:
        for mix in MIXES:
            profiles.append(profile(running, profiler, Load(mix=mix, events=arguments.events)))
            print(f"{mix}: {profiles[-1].microseconds:.1f} us per event", flush=True)
    arguments.output.with_suffix(".json").write_bytes(
        msgspec.json.format(msgspec.json.encode({"facts": facts, "profiles": profiles})) + b"\n"
    )
    arguments.output.with_suffix(".md").write_text(f"{_ABOUT}\n{machine.listed(facts)}\n\n{_table(profiles)}\n")
    return 0


def _table(profiles: list[Profile]) -> str:
    rows = [("all, us per event", *(f"{each.microseconds:.1f}" for each in profiles))]
    for stage in STAGES:
        of_each = (f"{each.shares[stage] * each.microseconds:.1f} ({each.shares[stage]:.0%})" for each in profiles)
        rows.append((stage, *of_each))
    return markdown(("stage", *(each.mix for each in profiles)), rows)


if __name__ == "__main__":
    sys.exit(main())
