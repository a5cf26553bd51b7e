"""What became of the records of a partition, in numbers."""

import msgspec
from msgspec.structs import replace

from schemas.rejects import Reason


class Counts(msgspec.Struct):
    """An exact function of the partition's log."""

    accepted: int = 0
    duplicates: int = 0
    late: int = 0
    """Accepted events whose own pane was closed already."""
    rejected: dict[Reason, int] = {}
    folded: int = 0
    """Facts booked under ``__other__``; one that is taken back later still counts."""
    displaced: int = 0
    """Cases, responses and deadlines forgotten before their horizon, because the cap's worth of others had begun."""
    erased: int = 0
    """Events left out, since they tell of customers who were erased."""

    def reject(self, reason: Reason) -> None:
        """Count one record that became a dead letter."""
        self.rejected[reason] = self.rejected.get(reason, 0) + 1

    def copy(self) -> "Counts":
        """A copy that later records do not change."""
        return replace(self, rejected=dict(self.rejected))
