"""What an initiative has changed as JSON, CSV, or a table for people; and the list of initiatives."""

from collections.abc import Iterable, Mapping
from typing import IO, Any, Final, NamedTuple
from zoneinfo import ZoneInfo

from schemas.kpis import Unit, unit_of
from schemas.languages import Language
from streams.reporting import encoding
from streams.reporting.encoding import local, print_table, start_in_table, table_of
from streams.reporting.initiatives import Initiative
from streams.reporting.output import as_object
from streams.reporting.report import Line, Question
from streams.reporting.units import UNKNOWN, in_unit, step
from streams.reporting.words import saying

_CHINESE: Final = {"n before": "此前 n", "since": "此后", "expected": "预期", "now": "现在"}


class Effect(NamedTuple):
    """What is asked about an initiative."""

    initiative: Initiative
    question: Question
    """Of its time, beside as much time before."""
    expected: float | None
    """By the initiative, where the question is about its KPI."""


def write_json(lines: Iterable[Line], of: Effect, out: IO[str]) -> None:
    """A JSON list of objects, as of any compared report and with the initiative."""
    encoding.write_json((_object(line, of) for line in lines), out)


def write_csv(lines: Iterable[Line], of: Effect, out: IO[str]) -> None:
    """CSV with the same names."""
    encoding.write_csv((_object(line, of) for line in lines), out)


def write_table(lines: Iterable[Line], of: Effect, language: Language, out: IO[str]) -> None:
    """A table with each number in the unit people use."""
    initiative, question, say = of.initiative, of.question, saying(language, _CHINESE)
    unit, zone = unit_of(question.metric), question.zone
    ended = say("now") if initiative.ended is None else start_in_table(initiative.ended, zone)
    times = f"{start_in_table(initiative.started, zone)} {say('to')} {ended}, {zone.key}"
    names = ["n before", "n", "before", "since", "difference", "95 % interval", "p", "expected", "verdict"]
    title = f"{initiative.id}: {question.metric.id}, {times}"
    table = table_of(map(say, ("definition", *question.by)), map(say, names), title)
    expected = UNKNOWN if of.expected is None else step(of.expected, unit)
    for line in lines:
        assert line.compared is not None  # the question has a baseline
        before, found = line.compared.score, line.compared.difference
        table.add_row(
            line.definition,
            *(UNKNOWN if value is None else value for value in line.segment.values()),
            f"{before.n:,}",
            f"{line.score.n:,}",
            in_unit(before.value, unit),
            in_unit(line.score.value, unit),
            UNKNOWN if found is None else step(found.value, unit),
            UNKNOWN if found is None else f"{step(found.low, unit)} {say('to')} {step(found.high, unit)}",
            UNKNOWN if found is None else f"{found.p:.3f}",
            expected,
            say(line.compared.verdict or UNKNOWN),
        )
    print_table(table, out)


def _object(line: Line, of: Effect) -> dict[str, Any]:
    return {"initiative": of.initiative.id, "expected": of.expected} | as_object(line, of.question.zone)


def listed(initiative: Initiative, zone: ZoneInfo) -> dict[str, Any]:
    """One initiative under the names that `cxstream initiatives list --json` promises."""
    ended = initiative.ended
    return {
        "initiative": initiative.id,
        "kpi": initiative.kpi,
        "segment": {name: value for name, (value,) in initiative.where.items()},
        "started": local(initiative.started, zone).isoformat(),
        "ended": None if ended is None else local(ended, zone).isoformat(),
        "expected": initiative.expected,
    }


def write_list(found: Iterable[Initiative], units: Mapping[str, Unit], zone: ZoneInfo, out: IO[str]) -> None:
    """A table of initiatives; ``units``: of the KPIs that are known."""
    table = table_of(("initiative", "KPI", "for", "started", "ended"), ("expected",), zone.key)
    for each in found:
        table.add_row(
            each.id,
            each.kpi,
            ", ".join(f"{name} {value}" for name, (value,) in each.where.items()),
            start_in_table(each.started, zone),
            UNKNOWN if each.ended is None else start_in_table(each.ended, zone),
            step(each.expected, units[each.kpi]) if each.expected is not None and each.kpi in units else UNKNOWN,
        )
    print_table(table, out)
