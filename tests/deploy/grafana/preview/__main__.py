"""``python -m tests.deploy.grafana.preview``: draws ``deploy/grafana/preview/<name>.png`` of every dashboard.

Pictures are drawn of recorded answers, so that the same dashboards give the same pictures. With ``--record`` the
answers come anew: a local stack runs the simulator's story under a real Prometheus until one team has been slow for a
while, some four minutes, and every panel asks its queries.
"""

import argparse
import sys
import tempfile
import time
from pathlib import Path
from typing import Final

from deploy.local.simulator.story import LONG
from tests.deploy.grafana.observation import observation
from tests.deploy.grafana.preview.answers import NotRecorded, ask_all
from tests.deploy.grafana.preview.pictures import COMMITTED, all_contents, draw
from tests.deploy.grafana.queries import boards

SECOND: Final = LONG.begin_of("outage") - 10
"""Of the story: just before the outage, in which all teams look alike."""


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m tests.deploy.grafana.preview", description=__doc__.split("\n\n")[0]
    )
    parser.add_argument("--record", action="store_true", help="ask a running stack first, some four minutes")
    if parser.parse_args().record:
        record()
    try:
        draw(all_contents(), COMMITTED)
    except NotRecorded as missing:
        print(f"not recorded: {missing}\nrecord the answers anew: --record", file=sys.stderr)
        return 1
    return 0


def record() -> None:
    """Take the answers of a stack whose one team has been slow for a while."""
    with tempfile.TemporaryDirectory() as scratch, observation(Path(scratch), "--rate", "40") as observed:
        while (left := observed.began + SECOND - time.time()) > 0:
            print(f"{left:.0f} s of the story are left", flush=True)
            time.sleep(min(20.0, left))
        ask_all([*boards("en").values()], observed, time.time()).record()


if __name__ == "__main__":
    sys.exit(main())
