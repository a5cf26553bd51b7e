"""Made-up sights and results of a soak."""

from msgspec.structs import replace

from schemas.status import WorkerStatus
from tests.soak.estimators import Look
from tests.soak.results import (
    Age,
    Bar,
    Checkpoints,
    Contrast,
    Events,
    Freshness,
    Memory,
    Results,
    Rows,
    Setup,
)
from tests.soak.watch import Sight

MIB = 2**20


def sight(at: float, mib: float, pid: int = 1, status: WorkerStatus | None = None) -> Sight:
    return Sight(Look(at, at + 0.01, status is not None), pid, round(mib * MIB), status)


def status(**values: object) -> WorkerStatus:
    return replace(WorkerStatus(worker="w", state="running", reason="", since=0), **values)


MEMORY = Memory(pid=1, began=0, ended=1_800, first=200, median=205, most=250, judged=1_200, slope=0.1)
EVENTS = Events(
    sent=100, acknowledged=100, in_logs=100, accepted=90, duplicates=6, late=5, rejected={"empty": 4}, lost=0
)
ROWS = Rows(rows=50, cells=40, digest="abc", undisturbed_digest="abc", counts_equal=True)
FRESH = Freshness(calm=Age(n=50, p50=1.5, p99=2.9, longest=3.5), all=Age(n=90, p50=2, p99=40, longest=float("inf")))
RESULTS = Results(
    setup=Setup(
        command="make soak MINUTES=30 SEED=1",
        date="2026-03-01",
        machine="Linux, 2 cores",
        versions={"Python": "3.11"},
        settings={"CX_LATENESS": "1h"},
        minutes=30,
        seed=1,
        rate=800,
    ),
    bars=(Bar(name="rows", wanted="equal", seen="equal", met=True),),
    events=EVENTS,
    rows=ROWS,
    row_freshness=FRESH,
    gauge_freshness=FRESH,
    standstill=Contrast(calm=1, disturbed=20),
    silence=Contrast(calm=0.1, disturbed=12),
    worst_lag=Contrast(calm=900, disturbed=30_000),
    memory=(MEMORY,),
    checkpoints=Checkpoints(written=10, mean_kib=200, mean_seconds=0.2, largest_kib=300, longest_seconds=1),
    load=2.5,
    restarts=0,
    deaths=(),
    faults=(),
)
