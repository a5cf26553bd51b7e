"""What a worker has let go of goes back to the system, whichever thread had built it."""

import subprocess
import sys

import pytest

PROGRAM = """
from concurrent.futures import ThreadPoolExecutor
from resource import getpagesize

from streams.shell.memory import give_back, share_one_arena

def resident():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * getpagesize() / 2**20

def state():
    cells = [{each: 1 for each in range(number, number + 60)} for number in range(10_000)]
    return [cells, {}]

share_one_arena()
empty = resident()
for number in range(3):
    with ThreadPoolExecutor(1) as pool:
        held = pool.submit(state).result()
    held[1]["me"] = held
    full = resident()
    del held
    give_back()
print(full - empty, resident() - empty)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_state_that_is_let_go_is_no_memory_of_the_process_any_more() -> None:
    ended = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True)
    full, left = map(float, ended.stdout.split())
    assert full > 20, "MiB"
    assert left < full / 4
