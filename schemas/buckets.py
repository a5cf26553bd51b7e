"""Logarithmic duration buckets with integer bounds: every millisecond has one bucket on every machine.

Bucket ``i`` holds the whole milliseconds from ``bucket_low(i)`` to ``bucket_high(i)``, both inclusive. Bounds grow by
at most 102/98, so a bucket's middle is within 2 % of every value in it (gamma = (1 + a) / (1 - a) with a = 0.02). The
table is integer arithmetic throughout: a floating-point logarithm may round differently on another machine, and one
value in another bucket would break the equality of a replay.
"""

from bisect import bisect_left
from typing import Final

LONGEST_MS: Final = 10 * 366 * 86_400_000
"""Ten years: a longer duration is counted in the last bucket and exactly in the sum."""


def _bounds() -> tuple[int, ...]:
    bounds = [0]
    while bounds[-1] < LONGEST_MS:
        low = bounds[-1] + 1
        bounds.append(max(low, low * 102 // 98))
    return tuple(bounds)


BOUNDS: Final = _bounds()
"""Inclusive upper bound of each bucket in ms, ascending; bucket 0 holds only 0 ms."""

LAST_BUCKET: Final = len(BOUNDS) - 1


def bucket_of(duration_ms: int) -> int:
    """Bucket of a duration of ``duration_ms`` >= 0 ms; the last bucket for anything past `LONGEST_MS`."""
    return bisect_left(BOUNDS, duration_ms, 0, LAST_BUCKET)


def bucket_low(bucket: int) -> int:
    """Smallest duration in the bucket, ms."""
    return BOUNDS[bucket - 1] + 1 if bucket else 0


def bucket_high(bucket: int) -> int:
    """Largest duration in the bucket, ms."""
    return BOUNDS[bucket]


def bucket_middle(bucket: int) -> float:
    """Harmonic middle of the bucket, ms: the value whose relative error is equal at both ends, at most 2 %."""
    low, high = bucket_low(bucket), bucket_high(bucket)
    return 2 * low * high / (low + high) if high else 0.0
