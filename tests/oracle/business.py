"""Business time of one case, by brute force: every open span of every day, in a zone whose clocks never change."""

from datetime import UTC, date, datetime, timedelta

from tests.oracle.subjects import Event, Fact, segment_of

Week = dict[str, list[str]]
Published = dict[str, list[tuple[int, Week]]]
"""Versions of calendars: since when (ms), and their shifts by day of the week."""
Spans = list[tuple[int, int]]
"""Open from and until, ms."""

TARGET = 300_000
DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_HORIZON = 30
"""Days after a question within which a due time lies, with the calendars of `tests.property.histories`, or none."""


def business_facts(
    ordered: list[Event], cycles: list[list[int]], watermark: int, known: Published, version: int
) -> list[Fact]:
    """Replies and resolutions in business time; ``cycles``: places of the events of each, from its beginning."""
    duration, ratio = f"duration.v{version}", f"ratio.v{version}"
    result: list[Fact] = []
    for place, event in enumerate(ordered):
        name = event.get("calendar")
        if cycles and place >= cycles[0][0] and name and name not in known:
            result.append(
                ("unknown_calendars", f"count.v{version}", event["time"], segment_of(*ordered[: place + 1]), 0)
            )
    for cycle in cycles:
        begun = ordered[cycle[0]]["time"]
        question: int | None = None
        turn: int | None = None
        is_first = True
        end = len(ordered)
        for place in cycle:
            event = ordered[place]
            here = segment_of(*ordered[: place + 1])
            names = names_of(ordered[: place + 1])
            if event.get("author") == "customer" and event["public"] and turn is None:
                turn = event["time"]
                question = place if question is None else question
            elif event.get("author") == "agent" and event["public"] and turn is not None:
                waited = _elapsed(names, known, turn, event["time"])
                if waited is not None:
                    result.append(("next_reply_business", duration, event["time"], here, waited))
                    if is_first:
                        result.append(("first_response_business", duration, event["time"], here, waited))
                turn = None
                if is_first:
                    end = min(end, place)
                is_first = False
            elif event["kind"] in ("resolved", "closed"):
                took = _elapsed(names, known, begun, event["time"])
                if event["kind"] == "resolved" and took is not None:
                    result.append(("resolution_business", duration, event["time"], here, took))
                end = min(end, place)
        if question is not None:
            result += _attained(ordered, question, end, watermark, known, ratio)
    return result


def _attained(
    ordered: list[Event], question: int, end: int, watermark: int, known: Published, ratio: str
) -> list[Fact]:
    """Whether the question at a place was answered, or its cycle ended, at the place ``end`` by its due time."""
    asked = ordered[question]["time"]
    until: int | None = None
    for place in range(question, len(ordered)):
        if until is not None and ordered[place]["time"] > until:
            return [("first_response_attainment_business", ratio, asked, segment_of(*ordered[:place]), 0)]
        if place == question or ordered[place].get("calendar"):
            until = due(names_of(ordered[: place + 1]), known, asked, TARGET)
        if place == end:
            if until is None or ordered[place].get("author") != "agent":
                return []
            return [("first_response_attainment_business", ratio, asked, segment_of(*ordered[: place + 1]), 1)]
    if until is not None and watermark > until:
        return [("first_response_attainment_business", ratio, asked, segment_of(*ordered), 0)]
    return []


def names_of(ordered: list[Event]) -> list[tuple[int, str]]:
    return [(event["time"], event["calendar"]) for event in ordered if event.get("calendar")]


def _spans(names: list[tuple[int, str]], known: Published, start: int, end: int) -> Spans | None:
    """What is open between two instants; None where that is unknown."""
    if not names or any(name not in known for _, name in names):
        return None
    result: Spans = []
    for at, (since, name) in enumerate(names):
        begins = start if at == 0 else max(start, since)
        ends = names[at + 1][0] if at + 1 < len(names) else end
        versions = sorted(known[name], key=lambda each: each[0])
        for number, (valid, week) in enumerate(versions):
            first = begins if number == 0 else max(begins, valid)
            last = versions[number + 1][0] if number + 1 < len(versions) else end
            result += _open(week, first, min(ends, last, end))
    return sorted(result)


def _open(week: Week, start: int, end: int) -> Spans:
    if start >= end:
        return []
    day = datetime.fromtimestamp(start / 1000, UTC).date() - timedelta(days=1)
    last = datetime.fromtimestamp(end / 1000, UTC).date()
    result: Spans = []
    while day <= last:
        for shift in week.get(DAYS[day.weekday()], []):
            opens, closes = (_instant(day, text) for text in shift.split("-"))
            closes += 86_400_000 if closes <= opens else 0
            if max(opens, start) < min(closes, end):
                result.append((max(opens, start), min(closes, end)))
        day += timedelta(days=1)
    return result


def _instant(day: date, clock: str) -> int:
    hours, minutes = map(int, clock.split(":"))
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp() * 1000) + (hours * 60 + minutes) * 60_000


def _elapsed(names: list[tuple[int, str]], known: Published, start: int, end: int) -> int | None:
    spans = _spans(names, known, start, end)
    return None if spans is None else sum(closes - opens for opens, closes in spans)


def due(names: list[tuple[int, str]], known: Published, asked: int, left: int) -> int | None:
    """When ``left`` ms of business time have passed since an instant; None where that is unknown, or never."""
    for opens, closes in _spans(names, known, asked, asked + _HORIZON * 86_400_000) or []:
        if closes - opens >= left:
            return opens + left
        left -= closes - opens
    return None
