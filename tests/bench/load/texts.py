"""What events are written with: times, segments, and the values that are drawn."""

from datetime import UTC, datetime
from functools import lru_cache
from math import exp
from statistics import NormalDist
from typing import Final

SCORES: Final = (0, 2, 4, 5, 6, 6, 7, 7, 7, 8, 8, 8, 9, 9, 10, 10)
"""NPS answers, drawn evenly: 4 promoters, 7 passives, 5 detractors of 16."""

DURATIONS_MS: Final = tuple(int(60_000 * exp(1.2 * NormalDist().inv_cdf((rank + 0.5) / 4096))) for rank in range(4096))
"""Response times, drawn evenly: log-normal around one minute, from 1 s to one hour."""


def segment(number: int) -> str:
    """The dimensions of a segment as JSON: 5 channels, 10 regions, and as many teams as it takes."""
    channel, region, team = number % 5, number // 5 % 10, number // 50
    return f'"channel":"channel-{channel}","region":"region-{region}","team":"team-{team:04}"'


def iso(time: int) -> str:
    """RFC 3339 text of a time in ms."""
    return f"{_second(time // 1000)}.{time % 1000:03}Z"


@lru_cache(2**14)
def _second(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S")
