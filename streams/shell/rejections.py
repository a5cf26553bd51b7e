"""Whether so many of a partition's newest records are rejected that their publisher is broken, not the records.

A release that publishes what is no event would otherwise be drained into the dead letters as fast as it comes, and
nobody would look before all of it is there.
"""

from collections import Counter, deque
from collections.abc import Collection, Sequence
from typing import Final, NamedTuple

from schemas.rejects import Reject
from streams.core.records import Record

NEWEST: Final = 10_000
"""Records that the share is taken of: fewer would stop a partition for one bad batch of a publisher among many."""


class Limits(NamedTuple):
    """What a partition is stopped at."""

    in_a_row: int
    """Rejected records without one good between them; 0 is no limit."""
    share: float
    """Of the `NEWEST` records, above which; 1 is no limit."""


class Rejections:
    """Counts the rejected among the records of one partition."""

    def __init__(self) -> None:
        self._in_a_row = 0
        self._newest: deque[tuple[int, int]] = deque()
        """Records and rejected ones of each chunk, the oldest first, no more than hold the newest."""
        self._records = self._rejected = 0
        self._reasons: Counter[str] = Counter()
        """Of the rejected in a row."""

    def saw(self, records: Sequence[Record], rejects: Collection[Reject]) -> None:
        """Counts one chunk; one without records, as a gap in the log gives, counts for nothing and is not kept."""
        if not records:
            return
        reasons = {reject.offset: reject.reason for reject in rejects}
        if reasons:
            for record in records:
                if record.offset in reasons:
                    self._in_a_row += 1
                    self._reasons[reasons[record.offset]] += 1
                else:
                    self._begin_row()
        else:
            self._begin_row()
        self._newest.append((len(records), len(reasons)))
        self._records += len(records)
        self._rejected += len(reasons)
        while self._records - self._newest[0][0] >= NEWEST:
            passed, rejected = self._newest.popleft()
            self._records -= passed
            self._rejected -= rejected

    def excess(self, limits: Limits) -> str | None:
        """What is beyond the limits, in words; None while nothing is."""
        if 0 < limits.in_a_row <= self._in_a_row:
            reason, _ = self._reasons.most_common(1)[0]
            return f"{self._in_a_row:,} records in a row were rejected, most of them as {reason}"
        if self._records >= NEWEST and self._rejected > limits.share * self._records:
            return f"{self._rejected:,} of the last {self._records:,} records were rejected"
        return None

    def _begin_row(self) -> None:
        if self._in_a_row:
            self._in_a_row = 0
            self._reasons.clear()
