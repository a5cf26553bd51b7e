"""Experience against expectation: both codes of one answer as one number, so that a histogram keeps them together.

A histogram of these pairs merges and retracts like any other, and gives means, gap, spread and ratio exactly
(domain.md 4.2, pair matrix).
"""

from typing import Final, NamedTuple

_BASE: Final = 100
"""More than any code of a scale: expected 4 and got 5 is 405."""


class Gap(NamedTuple):
    """What one customer expected and what came, in codes of one scale."""

    expected: int
    experienced: int

    @property
    def width(self) -> int:
        """Codes by which the experience is above the expectation; negative below."""
        return self.experienced - self.expected


def pair_of(gap: Gap) -> int:
    """Both codes, neither negative, as one."""
    return gap.expected * _BASE + gap.experienced


def gap_of(pair: int) -> Gap:
    """The codes of a pair."""
    return Gap(*divmod(pair, _BASE))
