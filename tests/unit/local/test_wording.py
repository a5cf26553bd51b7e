import pytest

from deploy.local import wording
from streams.statistics.estimates import NO_DATA, Estimate, nps


@pytest.mark.parametrize(
    ("ms", "text"),
    [
        (None, "–"),
        (0, "0.0 s"),
        (420, "0.4 s"),
        (59_400, "59 s"),
        (59_600, "1 m"),
        (200_000, "3 m 20 s"),
        (3_600_000, "1 h"),
        (7_500_000, "2 h 5 m"),
        (273_600_000, "3 d 4 h"),
    ],
)
def test_durations_read_in_two_units(ms: float | None, text: str) -> None:
    assert wording.duration(ms) == text


def test_no_data_is_a_dash_and_never_a_zero() -> None:
    assert {wording.nps(NO_DATA), wording.percent(NO_DATA), wording.mean(NO_DATA), wording.number(None)} == {"–"}


def test_a_score_comes_with_its_interval_and_n() -> None:
    assert wording.nps(nps({10: 60, 8: 20, 2: 20})) == "+40 (+23 to +54), n 100"
    assert wording.percent(Estimate(1_200, 0.5, 0.47, 0.53)) == "50 % (47 % to 53 %), n 1,200"


def test_a_score_of_one_answer_has_no_interval() -> None:
    assert wording.mean(Estimate(1, 6.0, None, None)) == "6.0, n 1"
