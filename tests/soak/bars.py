"""What a soak has to show, and whether it did."""

from typing import Final

from tests.soak.results import Bar, Events, Fault, Freshness, Memory, Rows

FRESH_SECONDS: Final = 10.0
"""Until an event's row is stored and its gauge scraped, for 99 % of events while nothing is wrong. Rows are flushed and
windows computed every two seconds, and looks are half a second apart: 3 s on a quiet machine, more on a busy one."""

MOST_GROWTH: Final = 0.05
"""Of a process' memory, over the time for which it is judged: above the noise, below any leak that half an hour could
show."""

JUDGES_MEMORY_MINUTES: Final = 20.0
"""So long a soak has time for all warm-ups and for the least that is judged: if no worker has lived through them, that
is no excuse any more, but a bar missed."""


def bars(
    minutes: float,
    events: Events,
    rows: Rows,
    memory: tuple[Memory, ...],
    row_freshness: Freshness,
    gauge_freshness: Freshness,
    faults: tuple[Fault, ...],
    deaths: tuple[str, ...],
    blindness: str,
) -> tuple[Bar, ...]:
    """All of them. ``minutes``: how long the soak was to run; ``blindness``: of `Watch`."""
    return (
        Bar(
            name="rows",
            wanted="as of one undisturbed worker",
            seen="equal" if rows.equal else "NOT EQUAL",
            met=rows.equal,
        ),
        Bar(
            name="events",
            wanted="each sent one is counted as one thing, once",
            seen="all" if events.balanced else "NOT ALL",
            met=events.balanced,
        ),
        _growth(memory, minutes),
        _fresh("rows", row_freshness),
        _fresh("gauges", gauge_freshness),
        Bar(
            name="recovery",
            wanted="after every fault, by itself",
            seen=f"{sum(not each.failure for each in faults)} of {len(faults)}",
            met=not any(each.failure for each in faults),
        ),
        Bar(name="deaths", wanted="0 but by faults", seen=f"{len(deaths)}", met=not deaths),
        Bar(name="watch", wanted="sees all to the end", seen=blindness or "all", met=not blindness),
    )


def _growth(memory: tuple[Memory, ...], minutes: float) -> Bar:
    """Of each process that was watched long enough; the worst of them counts."""
    growths = [each.slope * each.judged / 60 / each.median for each in memory if each.slope is not None]
    wanted = f"no worker grows by more than {MOST_GROWTH:.0%} after warm-up"
    if not growths:
        excused = minutes < JUDGES_MEMORY_MINUTES
        return Bar(name="memory", wanted=wanted, seen="watched too briefly", met=None if excused else False)
    worst = max(growths)
    seen = f"{worst:+.1%} at most, {len(growths)} judged"
    return Bar(name="memory", wanted=wanted, seen=seen, met=worst <= MOST_GROWTH)


def _fresh(what: str, freshness: Freshness) -> Bar:
    p99 = freshness.calm.p99
    return Bar(
        name=f"freshness of {what}",
        wanted=f"p99 of at most {FRESH_SECONDS:g} s while nothing is wrong",
        seen="nothing was seen" if p99 is None else f"{p99:.1f} s",
        met=p99 is not None and p99 <= FRESH_SECONDS,
    )
