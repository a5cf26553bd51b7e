"""Durations with those counted that have not ended: the Kaplan-Meier estimate (domain.md 4.5).

On the grid of duration buckets: of the n_j who are known to have waited as long as bucket j, a_j were answered in it,
so that of all a share S(j) = product of (1 - a_i / n_i) for i <= j waits longer. Who still waits counts up to the age
reached. That supposes that those who wait still are no others than those who were answered.
"""

from collections.abc import Iterator, Mapping

from schemas.buckets import bucket_high, bucket_middle


def still_waiting(ended: Mapping[int, int], ages: Mapping[int, int]) -> Iterator[tuple[int, float]]:
    """Buckets in which a wait ended, ascending, and the share of all that waits longer than each.

    ``ended`` and ``ages``: durations of those who were answered, ages of those who were not, by bucket.
    """
    at_risk = sum(ended.values()) + sum(ages.values())
    left = sorted(ages)
    share = 1.0
    for bucket in sorted(ended):
        while left and left[0] < bucket:
            at_risk -= ages[left.pop(0)]
        if ended[bucket]:
            share *= 1 - ended[bucket] / at_risk
            at_risk -= ended[bucket]
            yield bucket, share


def share_within(ended: Mapping[int, int], ages: Mapping[int, int], duration_ms: int) -> float | None:
    """Share of all that waits at most ``duration_ms``, to within a bucket; None when nobody was observed so long."""
    waits_longer = 1.0
    for bucket, share in still_waiting(ended, ages):
        if bucket_high(bucket) > duration_ms:
            return 1 - waits_longer
        waits_longer = share
    observed = max((bucket_high(bucket) for bucket, count in ages.items() if count), default=0)
    return 1 - waits_longer if waits_longer == 0.0 or observed >= duration_ms else None


def quantile(ended: Mapping[int, int], ages: Mapping[int, int], q: float) -> float | None:
    """The duration within which a share ``q`` of all is answered, ms, within 2 %; None when fewer were so far."""
    return next((bucket_middle(bucket) for bucket, share in still_waiting(ended, ages) if share <= 1 - q), None)
