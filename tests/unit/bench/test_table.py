"""From measurements to the tables of the results files."""

import pytest

from tests.bench.compare.running import Measurement
from tests.bench.compare.table import HEADER, cells, lines, markdown
from tests.bench.freshness.overload import Sample, summary
from tests.bench.freshness.probes import percentiles
from tests.bench.growth.curves import Curve, Point, short, table


def run(program: str, number: int, seconds: float, cpu: float, right: bool | None = True, **rest: str) -> Measurement:
    return Measurement(
        program=program,
        load="clean",
        round=number,
        events=1_000,
        seconds=seconds,
        cpu_seconds=cpu,
        peak_bytes=number * 2**20,
        right=right,
        verdict="right" if right else "wrong: 1 fact",
        **rest,
    )


def test_a_ratio_is_taken_within_a_round_and_then_the_median() -> None:
    # Round 2 was on a machine three times as slow: within it the ratio is what it always is.
    runs = [run("cxstream", 1, 1, 2), run("quix", 1, 10, 4), run("cxstream", 2, 3, 6), run("quix", 2, 30, 12)]
    own, quix = lines(runs)
    assert (own.faster, own.leaner) == (1, 1)
    assert (quix.faster, quix.leaner) == (10, 2)


def test_speeds_and_ratios_are_medians_and_memory_is_the_largest() -> None:
    runs = [run("cxstream", number, 1, 1) for number in (1, 2, 3)]
    runs += [run("quix", number, seconds, 2) for number, seconds in ((1, 2), (2, 4), (3, 100))]
    quix = lines(runs)[1]
    assert quix.per_second == 250
    assert quix.faster == 4
    assert quix.peak_bytes == 3 * 2**20


def test_a_slice_is_compared_by_its_events_per_second() -> None:
    short_one = run("quix", 1, 1, 1)
    whole = Measurement(
        program="cxstream",
        load="clean",
        round=1,
        events=50_000,
        seconds=10,
        cpu_seconds=10,
        right=True,
        verdict="right",
    )
    assert lines([whole, short_one])[1].faster == 5


def test_the_speed_of_a_wrong_result_stands_in_brackets() -> None:
    line = lines([run("cxstream", 1, 1, 1), run("bytewax", 1, 2, 2), run("bytewax", 2, 2, 2, right=False)])[1]
    assert not line.counts
    shown = cells(line)
    assert shown[-1] == "wrong: 1 fact"
    assert shown[2:6] == ("(500)", "(2 x)", "(500)", "(2 x)")


def test_a_limit_has_no_result_and_counts() -> None:
    fetched = Measurement(
        program="fetch", load="clean", round=1, events=1_000, seconds=1, cpu_seconds=1, right=None, verdict=""
    )
    line = lines([run("cxstream", 1, 2, 2), fetched])[1]
    assert line.counts
    assert cells(line)[-1] == "-"
    assert cells(line)[3] == "0.5 x"


def test_a_program_that_did_not_finish_has_no_speed() -> None:
    failed = Measurement(program="flink", load="clean", round=1, right=False, verdict="did not finish", error="no Java")
    line = lines([run("cxstream", 1, 1, 1), failed])[1]
    assert (line.per_second, line.faster, line.result, line.counts) == (0, None, "did not finish", False)


def test_programs_come_in_the_order_of_the_round() -> None:
    runs = [run("decode", 1, 1, 1), run("cxstream", 1, 1, 1), run("faust-dict", 1, 1, 1)]
    assert [line.program.split(",")[0] for line in lines(runs)] == [
        "cxstream",
        "stock Faust",
        "limit: fetch and decode",
    ]


def test_every_cell_of_a_line_has_a_heading() -> None:
    assert len(cells(lines([run("cxstream", 1, 1, 1)])[0])) == len(HEADER)


def test_a_table_in_markdown() -> None:
    assert markdown(("a", "b"), [("1", "2")]) == "| a | b |\n| --- | --- |\n| 1 | 2 |"


@pytest.mark.parametrize(
    ("value", "text"), [(None, "-"), (0.0, "0"), (0.001234, "0.00123"), (12.345, "12.3"), (1234.5, "1,234"), (3.0, "3")]
)
def test_numbers_are_shown_with_three_digits(value: float | None, text: str) -> None:
    assert short(value) == text


def test_a_curve_has_a_line_per_size_and_a_column_per_series() -> None:
    curve = Curve(name="", grows="", measured="", term="", points=[Point(1, {"a": 1.0}), Point(10, {"a": 2, "b": 0.5})])
    assert table(curve) == [("1", "1", "-"), ("10", "2", "0.5")]


def test_overload_and_recovery_are_slopes_of_the_lag() -> None:
    during = [Sample(t, t * 1_000, 100 + t) for t in range(10)]
    after = [Sample(t, (19 - t) * 500, 105) for t in range(10, 20)]
    found = summary(during, after)
    assert found.growth == pytest.approx(1_000)
    assert found.recovery == pytest.approx(500)
    assert found.evenness == pytest.approx(1)
    assert (found.largest_lag, found.resident_before, found.resident_largest) == (9_000, 100, 109)
    assert found.seconds == 9


def test_a_recovery_in_jumps_is_not_linear() -> None:
    after = [Sample(t, lag, 0) for t, lag in enumerate((1_000, 1_000, 1_000, 1_000, 0))]
    assert summary(after, after).evenness < 0.6


def test_latencies_leave_out_the_first_probes_and_those_never_seen() -> None:
    published = [1_000, 2_000, 3_000, 4_000]
    found = percentiles(published, [9.0, 2.5, 4.5], skip=1)
    assert list(found or ()) == pytest.approx([1.0, 1.49])
    assert percentiles(published, [], skip=1) is None
