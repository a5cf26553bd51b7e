"""The memory of accepted events by which a second delivery of one is recognised."""

from collections import deque
from hashlib import blake2b
from itertools import chain, islice
from typing import Final

BLOCK: Final = 4_096
"""Identities per block. Full blocks never change, so a checkpoint writes each of them once."""

LONGEST: Final = 80
"""Identities longer than this many characters, or beyond ASCII, are kept as their 128-bit digest: it bounds the memory
per event."""


def identity(source: str, event_id: str) -> str:
    """The text that identifies an event: CloudEvents makes (source, id) unique."""
    text = f"{source}\0{event_id}"
    if len(text) <= LONGEST and text.isascii() and "\0" not in source:
        return text
    # Its length tells a source that contains the separator from one that ends there.
    return blake2b(f"{len(source)}\0{text}".encode(), digest_size=16).hexdigest()


class Duplicates:
    """The identities of the last ``limit`` accepted events of a partition, oldest first."""

    def __init__(self, limit: int, blocks: list[tuple[str, ...]], expired: int) -> None:
        """``blocks``: as `blocks` gave them; ``expired``: how many identities of the first block are past the limit."""
        self._limit = limit
        self._full = deque(block for block in blocks if len(block) == BLOCK)
        self._open = [each for block in blocks if len(block) < BLOCK for each in block]
        self.expired = expired
        # An identity may stand twice, past the limit and, accepted again since, within it: skip places, not identities.
        self.seen = set(islice(chain.from_iterable(blocks), expired, None))

    def add(self, event: str) -> None:
        """Remember an accepted event that is not in `seen`, and forget the one that is now past the limit."""
        self.seen.add(event)
        self._open.append(event)
        if len(self._open) == BLOCK:
            self._full.append(tuple(self._open))
            self._open = []
        if len(self.seen) > self._limit:
            self._forget_oldest()

    def limit_to(self, limit: int) -> None:
        """Remember ``limit`` events from here on."""
        self._limit = limit
        while len(self.seen) > limit:
            self._forget_oldest()

    def blocks(self) -> list[tuple[str, ...]]:
        """The memory as immutable blocks, oldest first."""
        return [*self._full, tuple(self._open)] if self._open else list(self._full)

    def _forget_oldest(self) -> None:
        oldest = self._full[0] if self._full else self._open
        self.seen.discard(oldest[self.expired])
        self.expired += 1
        if self._full and self.expired == BLOCK:
            self._full.popleft()
            self.expired = 0
