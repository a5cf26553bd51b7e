"""Who waits longest, for whoever has just read that somebody waits too long: ``/waiting?team=returns``."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from heapq import nsmallest
from typing import Any, Final

from schemas.dimensions import DIMENSIONS
from schemas.live import Waiting
from streams.core.live import Look

MOST: Final = 1_000
"""Entries of one answer: more than a person reads, and too few to stop a worker."""

_LIMIT: Final = "limit"
_DEFAULT: Final = 50


class Unanswerable(ValueError):
    """A question that names what there is not; the message says what there is."""


def waiting_list(looks: Iterable[Look], as_of: int, query: Mapping[str, str]) -> list[dict[str, Any]]:
    """Those who wait, the longest first. ``as_of``: now, ms since 1970; ``query``: values of dimensions, and a limit.

    Raises:
        Unanswerable.
    """
    limit = _limit(query.get(_LIMIT, str(_DEFAULT)))
    wanted = [(_position(name), value) for name, value in query.items() if name != _LIMIT]
    found = (
        each
        for look in looks
        for each in look.waiting()
        if all(each.segment[position] == value for position, value in wanted)
    )
    return [_told(each, as_of) for each in nsmallest(limit, found, key=lambda each: (each.since, each.subject))]


def _told(each: Waiting, as_of: int) -> dict[str, Any]:
    names = {name: value for name, value in zip(DIMENSIONS, each.segment, strict=True) if value}
    return {
        "kind": each.kind,
        "subject": each.subject,
        "since": _moment(each.since),
        "seconds": max(0, as_of - each.since) // 1_000,
        "due": None if each.due is None else _moment(each.due),
        **names,
    }


def _moment(ms: int) -> str:
    return datetime.fromtimestamp(ms / 1_000, UTC).isoformat(timespec="seconds")


def _limit(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 0 < int(text[:9]) <= MOST:
        raise Unanswerable(f"limit is a number from 1 to {MOST}")
    return int(text)


def _position(name: str) -> int:
    if name not in DIMENSIONS:
        raise Unanswerable(f"there is no dimension {name!r}; there are {', '.join(DIMENSIONS)}, and limit")
    return DIMENSIONS.index(name)
