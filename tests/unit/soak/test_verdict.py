"""Which soaks pass, and what their report says."""

from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from tests.soak.bars import bars
from tests.soak.report import as_json, as_markdown
from tests.soak.results import Age, Bar, Fault, Freshness
from tests.unit.soak.soaks import EVENTS, FRESH, MEMORY, RESULTS, ROWS

GOOD: dict[str, Any] = {
    "minutes": 30,
    "events": EVENTS,
    "rows": ROWS,
    "memory": (MEMORY,),
    "row_freshness": FRESH,
    "gauge_freshness": FRESH,
    "faults": (Fault(name="hang", at=1, lasted=5, recovered=2, worst_lag=9),),
    "deaths": (),
    "blindness": "",
}


NEVER = replace(FRESH.calm, p99=float("inf"))
OF_NOTHING = Age(n=0, p50=None, p99=None, longest=None)


def missed(**changed: object) -> list[str]:
    return [bar.name for bar in bars(**GOOD | changed) if bar.met is False]


def test_a_good_soak_misses_nothing() -> None:
    assert missed() == []
    assert all(bar.met for bar in bars(**GOOD))


@pytest.mark.parametrize(
    ("changed", "name"),
    [
        ({"rows": replace(ROWS, undisturbed_digest="other")}, "rows"),
        ({"rows": replace(ROWS, counts_equal=False)}, "rows"),
        ({"events": replace(EVENTS, accepted=89)}, "events"),
        ({"events": replace(EVENTS, acknowledged=99)}, "events"),
        ({"events": replace(EVENTS, in_logs=101)}, "events"),
        ({"events": replace(EVENTS, lost=1)}, "events"),
        ({"memory": (MEMORY, replace(MEMORY, slope=1.0))}, "memory"),
        ({"memory": (replace(MEMORY, slope=None),)}, "memory"),
        ({"memory": ()}, "memory"),
        ({"row_freshness": Freshness(calm=replace(FRESH.calm, p99=10.1), all=FRESH.all)}, "freshness of rows"),
        ({"gauge_freshness": Freshness(calm=NEVER, all=FRESH.all)}, "freshness of gauges"),
        ({"row_freshness": Freshness(calm=OF_NOTHING, all=FRESH.all)}, "freshness of rows"),
        ({"faults": (Fault(name="hang", at=1, lasted=5, recovered=None, worst_lag=9, failure="it hung"),)}, "recovery"),
        ({"deaths": ("exit code 1: out of memory",)}, "deaths"),
        ({"blindness": "rows: KeyError: 1"}, "watch"),
    ],
)  # fmt: skip
def test_each_promise_broken_misses_its_bar(changed: dict[str, object], name: str) -> None:
    assert missed(**changed) == [name]


def test_memory_is_not_judged_in_a_soak_that_is_too_short_for_it() -> None:
    unjudged = {"memory": (replace(MEMORY, slope=None),), "minutes": 19}
    (bar,) = [bar for bar in bars(**GOOD | unjudged) if bar.name == "memory"]
    assert bar.met is None


def test_shrinking_is_no_growth() -> None:
    assert missed(memory=(replace(MEMORY, slope=-5.0),)) == []


def test_a_soak_passes_unless_a_bar_is_missed() -> None:
    unjudged = Bar(name="memory", wanted="none", seen="watched too briefly", met=None)
    assert replace(RESULTS, bars=(unjudged,)).passed
    assert not replace(RESULTS, bars=(unjudged, replace(unjudged, met=False))).passed


def test_the_report_says_what_ran_and_what_failed() -> None:
    fault = Fault(name="hang", at=61, lasted=5, recovered=None, worst_lag=9, failure="it hung")
    late = Bar(name="recovery", wanted="after every fault", seen="0 of 1", met=False)
    text = as_markdown(replace(RESULTS, faults=(fault,), bars=(late,), deaths=("out of memory",)))
    assert text.startswith("# Soak: FAILED\n\n`make soak MINUTES=30 SEED=1`, 2026-03-01, on Linux, 2 cores")
    assert "| recovery | after every fault | 0 of 1 | **MISSED** |" in text
    assert "| 61 s | hang | 5.0 s | **NOT** | 9 |" in text
    assert "```text\n61 s, hang: it hung\n```" in text
    assert "```text\nout of memory\n```" in text
    assert as_markdown(RESULTS).startswith("# Soak: passed")


def test_programs_read_the_same_numbers() -> None:
    document = msgspec.json.decode(as_json(RESULTS))
    assert document["passed"]
    assert document["events"]["sent"] == 100
    assert document["row_freshness"]["calm"]["p99"] == 2.9
    assert document["row_freshness"]["all"]["longest"] is None, "never"
