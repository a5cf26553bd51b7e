"""Segments as small integers, with caps that are a function of the log."""

from collections.abc import Callable
from operator import attrgetter
from typing import Any, Final

from schemas.dimensions import DIMENSIONS, NO_SEGMENT, OTHER, Segment
from schemas.events import Dimensions

_MERGES_REMEMBERED: Final = 65_536
"""Pairs of segments whose merge is at hand: a log that brings ever new pairs must not fill the memory with them."""

_SPELLINGS: Final = 2
"""Times the cap on segments: combinations of values that are at hand. A segment has many spellings, since a dimension
it lacks may be empty, null or missing in the event."""


class Segments:
    """Numbers the segments of a partition in the order the log brings them; number 0 is `NO_SEGMENT`."""

    def __init__(
        self,
        dimensions: tuple[str, ...],
        dimension_cap: int,
        segment_cap: int,
        known: list[Segment],
        admitted: dict[str, list[str]],
    ) -> None:
        self.known = known
        self.admitted = admitted
        """The kept values of each dimension, in the order they came."""
        self.others = {number for number, segment in enumerate(known) if OTHER in segment}
        """Numbers of the segments in which something is folded into ``__other__``."""
        self._numbers = {segment: number for number, segment in enumerate(known)}
        self._admitted = {name: set(values) for name, values in admitted.items()}
        self._merged: dict[tuple[int, int, int], int] = {}
        self._named: dict[tuple[str | None, ...], int] = {}
        self.keep(dimensions, dimension_cap, segment_cap)

    def keep(self, dimensions: tuple[str, ...], dimension_cap: int, segment_cap: int) -> None:
        """From here on keep these dimensions under these caps; numbers given before stay valid."""
        self._positions = tuple(DIMENSIONS.index(name) for name in dimensions)
        self._dimension_cap = dimension_cap
        self._segment_cap = segment_cap
        self._values = _getter(dimensions)
        self._named.clear()
        for name in dimensions:
            self.admitted.setdefault(name, [])
            self._admitted.setdefault(name, set())

    def named(self, data: Dimensions) -> int:
        """Number of the segment that the event itself names."""
        values = self._values(data)
        number = self._named.get(values)
        return self._admit(values) if number is None else number

    def merge(self, earlier: int, own: int, segment_cap: int) -> int:
        """Number of the segment with the values of ``own``, and of ``earlier`` where ``own`` has none.

        ``segment_cap`` is that of the rules of the subject: under the present one a fact booked in
        ``__other__`` before the cap was raised would not be found again by its retraction.
        """
        if own == 0 or earlier == own:
            return earlier
        if earlier == 0:
            return own
        key = earlier, own, segment_cap
        number = self._merged.get(key)
        if number is None:
            if len(self._merged) >= _MERGES_REMEMBERED:
                self._merged.clear()
            pairs = zip(self.known[earlier], self.known[own], strict=True)
            number = self._merged[key] = self._number(tuple(new or old for old, new in pairs), segment_cap)
        return number

    def _admit(self, values: tuple[str | None, ...]) -> int:
        """Slow path of `named`: admit new values while their cap allows it, fold the rest into ``__other__``.

        A combination with a folded value is not remembered, since there is no bound on how many of them come.
        """
        segment = list(NO_SEGMENT)
        for position, value in zip(self._positions, values, strict=True):
            if not value:
                continue
            name = DIMENSIONS[position]
            admitted = self._admitted[name]
            if value in admitted:
                segment[position] = value
            elif len(admitted) < self._dimension_cap:
                admitted.add(value)
                self.admitted[name].append(value)
                segment[position] = value
            else:
                segment[position] = OTHER
        number = self._number(tuple(segment), self._segment_cap)
        if number not in self.others:
            if len(self._named) >= _SPELLINGS * self._segment_cap:
                self._named.clear()
            self._named[values] = number
        return number

    def _number(self, segment: Segment, cap: int) -> int:
        """Of the first ``cap`` segments; a later one is folded, also where it is known under a larger cap."""
        number = self._numbers.get(segment)
        if number is not None and number < cap:
            return number
        if number is None and len(self.known) < cap:
            return self._append(segment)
        return self._overflow(segment)

    def _overflow(self, segment: Segment) -> int:
        """Number of the segment with ``__other__`` wherever ``segment`` has a value; at most 2 ** kept dimensions."""
        rest = tuple(OTHER if value else "" for value in segment)
        number = self._numbers.get(rest)
        return self._append(rest) if number is None else number

    def _append(self, segment: Segment) -> int:
        number = self._numbers[segment] = len(self.known)
        self.known.append(segment)
        if OTHER in segment:
            self.others.add(number)
        return number


def _getter(dimensions: tuple[str, ...]) -> Callable[[Any], tuple[str | None, ...]]:
    """Reads the kept dimensions of an event's data as one tuple; attrgetter alone gives no tuple for fewer than two."""
    if not dimensions:
        return lambda data: ()
    if len(dimensions) == 1:
        read = attrgetter(dimensions[0])
        return lambda data: (read(data),)
    return attrgetter(*dimensions)
