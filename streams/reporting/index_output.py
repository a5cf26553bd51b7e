"""Indices as JSON, CSV, or tables for people: the indices, and below them the items they are made of."""

from collections.abc import Iterable
from typing import IO, Any, Final
from zoneinfo import ZoneInfo

from schemas.indices import Index
from schemas.languages import Language
from streams.reporting import encoding
from streams.reporting.asked import Asked
from streams.reporting.encoding import flat, local, print_table, start_in_table, table_of
from streams.reporting.indices import IndexLine
from streams.reporting.periods import Period
from streams.reporting.units import UNKNOWN, in_unit, interval
from streams.reporting.words import saying
from streams.statistics.estimates import NO_DATA

_CHINESE: Final = {
    "index": "指数",
    "item": "项目",
    "weight": "权重",
    "missing:": "缺少:",
    "0 to 100; the interval takes the items as independent": "0 至 100;区间按各项目相互独立计算",
}


def as_object(line: IndexLine, zone: ZoneInfo, language: Language) -> dict[str, Any]:
    """One line under the names that `cxstream report index --json` promises; means are in scale codes."""
    entry, weights = line.of.entry, line.of.weights
    return {
        "start": local(line.period.start, zone).isoformat(),
        "segment": dict(line.segment),
        "index": entry.definition,
        "name": entry.names[language],
        "metric": entry.metric,
        "definition": line.definition,
        "n": line.score.n,
        "value": line.score.value,
        "ci_low": line.score.low,
        "ci_high": line.score.high,
        "missing": " ".join(line.missing),
        "items": {
            name: {
                "name": entry.items[name].names[language],
                "weight": weights[name],
                "n": mean.n,
                "mean": mean.value,
                "ci_low": mean.low,
                "ci_high": mean.high,
            }
            for name, mean in line.items.items()
        },
    }


def write_json(lines: Iterable[IndexLine], zone: ZoneInfo, language: Language, out: IO[str]) -> None:
    """A JSON list of objects."""
    encoding.write_json((as_object(line, zone, language) for line in lines), out)


def write_csv(
    lines: Iterable[IndexLine], indices: Iterable[Index], asked: Asked, language: Language, out: IO[str]
) -> None:
    """CSV with the same names, those of items joined: ``items_test_drive_mean``, empty where an index lacks one."""
    columns: dict[str, None] = {}
    for index in indices:
        items = dict.fromkeys(index.entry.items, NO_DATA)
        empty = IndexLine(index, Period(0, 0), dict.fromkeys(asked.by), "", NO_DATA, items)
        columns |= dict.fromkeys(flat(as_object(empty, asked.zone, language)))
    encoding.write_csv((as_object(line, asked.zone, language) for line in lines), out, list(columns))


def write_tables(lines: Iterable[IndexLine], asked: Asked, language: Language, out: IO[str]) -> None:
    """The indices of each period, then their items."""
    say = saying(language, _CHINESE)
    caption = say("0 to 100; the interval takes the items as independent")
    places = [say(name) for name in ("start", *asked.by, "index")]
    indices = table_of(places, map(say, ("n", "value", "95 % interval")), f"{asked.zone.key}, {caption}")
    indices.add_column("")
    items = table_of([*places, say("item")], map(say, ("weight", "n", "mean", "95 % interval")))
    for line in lines:
        entry, weights = line.of.entry, line.of.weights
        segment = [UNKNOWN if value is None else value for value in line.segment.values()]
        place = [start_in_table(line.period.start, asked.zone), *segment, entry.names[language]]
        missing = [entry.items[name].names[language] for name in line.missing]
        indices.add_row(
            *place,
            f"{line.score.n:,}",
            in_unit(line.score.value, "code"),
            interval(line.score, "code", say),
            f"{say('missing:')} {', '.join(missing)}" if missing else "",
        )
        for name, mean in line.items.items():
            items.add_row(
                *place,
                entry.items[name].names[language],
                in_unit(weights[name], "share"),
                f"{mean.n:,}",
                in_unit(mean.value, "code"),
                interval(mean, "code", say),
            )
    print_table(indices, out)
    print_table(items, out)
