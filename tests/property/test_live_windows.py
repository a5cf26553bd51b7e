"""Live windows over random histories: they show what a count over all facts of the window's panes gives."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from schemas.live import WINDOW_SECONDS
from streams.core.checkpoint import Checkpoint
from streams.core.processor import PartitionProcessor
from streams.core.records import Source
from tests.oracle.cells import cells
from tests.oracle.partition import walk
from tests.oracle.subjects import Event
from tests.property.effort import examples
from tests.property.histories import CONFIGURATION, LIMITS, START, logs, records

SOURCE = Source("cx.touchpoints", "topic-id", 0)
START_MINUTE = int(START.timestamp()) // 60

steps = st.lists(
    st.one_of(
        st.tuples(st.just("apply"), st.integers(1, 8)),
        st.tuples(st.just("store"), st.just(0)),
        st.tuples(st.just("restart"), st.just(0)),
        st.tuples(st.just("look"), st.integers(-5, 30)),
        st.tuples(st.just("look"), st.integers(-5, 1500)),
    ),
    max_size=25,
)


def expected(log: list[Event], first: int, last: int) -> Counter[tuple[str, str]]:
    """Facts per (metric, definition) in panes after ``first`` up to ``last``, without not-applicable answers; targets
    and initiatives are no measurements."""
    counts: Counter[tuple[str, str]] = Counter()
    for (metric, definition, minute, _), content in cells(walk(log, LIMITS).facts()).items():
        if first < minute <= last and not metric.startswith("reference."):
            counts[metric, definition] += content.n
    return +counts


@examples(300)
@given(logs(), steps)
def test_the_windows_show_every_fact_of_their_panes_whatever_left_memory(
    log: list[Event], history: list[tuple[str, int]]
) -> None:
    processor = PartitionProcessor(SOURCE, CONFIGURATION)
    applied = 0
    for step, number in [*history, ("look", 15)]:
        if step == "apply":
            applied = min(len(log), applied + number)
            processor.apply(records(log)[:applied])
        elif step == "store":
            processor.take_rows()
            processor.confirm()
        elif step == "restart":
            processor = PartitionProcessor.restore(SOURCE, Checkpoint.decode(processor.checkpoint().encode()))
        else:
            last = max(START_MINUTE + number, processor.watermark // 60_000)
            view = processor.look(last * 60_000 + 59_999).view()
            for window in WINDOW_SECONDS:
                first = last - WINDOW_SECONDS[window] // 60
                known = expected(log[:applied], first, last)
                if window == "24h" and known != expected(log[:applied], first + 15, last):
                    continue  # facts in the quarter hour that the window may or may not show
                shown: Counter[tuple[str, str]] = Counter()
                for cell in view.windows:
                    if cell.window == window:
                        shown[cell.metric, cell.definition] += cell.n
                assert +shown == known
