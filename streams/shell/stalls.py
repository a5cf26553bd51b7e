"""Which things that have to move stand still, and for how long: plain bookkeeping, the time is given to it."""

from collections.abc import Hashable, Iterable
from typing import Final, NamedTuple

_LARGEST_STEP: Final = 0.25
"""Of the limit: more than this does not count between two looks. Whoever looks that rarely was stopped himself
(SIGSTOP, a computer asleep), and so was what he looks at."""


class Sign(NamedTuple):
    """One thing that moves as long as a worker is well."""

    name: str
    """For people; the same thing has the same name at every look."""
    mark: Hashable
    """Another value than at the last look is progress."""
    due: bool
    """Whether it has to move now. Where nothing is to be done, or others have to act first, standing still is right."""
    stalled: str
    """What to tell people when it stands still."""
    slack: float = 0.0
    """Seconds beyond the limit that one honest step of it may take."""


class Stalls:
    """Looks at signs again and again."""

    def __init__(self, limit: float) -> None:
        """``limit``: seconds after which what is due and does not move is stalled."""
        self._limit = limit
        self._looked_at: float | None = None
        self._standing: dict[str, tuple[Hashable, float]] = {}
        """Last mark of each sign, and how long it has been due at that."""

    def look(self, signs: Iterable[Sign], now: float) -> tuple[str, ...]:
        """What is stalled, for people. ``now``: monotonic seconds, never less than at the last look."""
        passed = min(now - (now if self._looked_at is None else self._looked_at), self._limit * _LARGEST_STEP)
        before, self._standing, self._looked_at = self._standing, {}, now
        stalled = []
        for sign in signs:
            mark, seconds = before.get(sign.name, (None, 0.0))
            seconds = seconds + passed if sign.due and mark == sign.mark else 0.0
            self._standing[sign.name] = (sign.mark, seconds)
            if seconds > self._limit + sign.slack:
                stalled.append(f"{sign.name}: {sign.stalled}")
        return tuple(stalled)
